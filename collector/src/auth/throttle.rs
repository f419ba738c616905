//! Slows down who guesses passwords: so many wrong ones from one address, then a pause.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

const WRONG_ONES: u32 = 8;
const PAUSE: SignedDuration = SignedDuration::from_mins(10);

/// More addresses than that at once are an attack from many sides, which counting does not stop; memory stays bounded.
const ADDRESSES: usize = 10_000;

#[derive(Default)]
pub(crate) struct Throttle(Mutex<HashMap<IpAddr, (u32, Timestamp)>>);

impl Throttle {
    /// Whether the address may try now.
    pub(crate) fn allows(&self, address: IpAddr, now: Timestamp) -> bool {
        let wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        wrong
            .get(&address)
            .is_none_or(|(count, last)| *count < WRONG_ONES || now.duration_since(*last) >= PAUSE)
    }

    pub(crate) fn wrong(&self, address: IpAddr, now: Timestamp) {
        let mut wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.retain(|_, (_, last)| now.duration_since(*last) < PAUSE);
        if wrong.len() >= ADDRESSES {
            wrong.clear();
        }
        let entry = wrong.entry(address).or_insert((0, now));
        *entry = (entry.0 + 1, now);
    }

    pub(crate) fn right(&self, address: IpAddr) {
        let mut wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.remove(&address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn after_too_many_wrong_ones_there_is_a_pause() {
        let throttle = Throttle::default();
        let (address, other) = (
            IpAddr::from(Ipv4Addr::LOCALHOST),
            IpAddr::from(Ipv4Addr::new(192, 0, 2, 1)),
        );
        let now = Timestamp::UNIX_EPOCH;
        for _ in 0..WRONG_ONES {
            assert!(throttle.allows(address, now));
            throttle.wrong(address, now);
        }
        assert!(!throttle.allows(address, now));
        assert!(throttle.allows(other, now));
        assert!(throttle.allows(address, now + PAUSE));
    }
}
