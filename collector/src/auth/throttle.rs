//! Slows down who guesses passwords, on all collectors of a database together.
//!
//! Counted are the tries of a name from an address, of an address, and of a name from everywhere. Many people
//! can come from one address (NAT), so of an address more wrong ones are taken than of one name there. And
//! nobody can shut somebody else out from afar: the count of a name from everywhere does not hold where its
//! owner has signed in before.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use crate::secret::Digest;
use crate::storage::{Counted, Result, Storage};

/// After so long without another try, counting begins anew.
const PAUSE: SignedDuration = SignedDuration::from_mins(10);

/// Of one name from one address.
const OF_NAME_AT_ADDRESS: i64 = 8;

/// Of one address, whoever's.
const OF_ADDRESS: i64 = 100;

/// Of one name, from wherever its owner has not been.
const OF_NAME: i64 = 100;

/// So long a place is remembered.
const PLACE: SignedDuration = SignedDuration::from_hours(24 * 60);

/// One try to sign in with a password.
pub(crate) struct Try {
    place: String,
    address: Digest,
    name: Option<Digest>,
    both: Digest,
}

impl Try {
    /// Counts the try; none where there were too many wrong ones. `user` is whose name it is, where it is
    /// somebody's.
    pub(crate) async fn begin(
        storage: &dyn Storage,
        name: &str,
        user: Option<i64>,
        address: IpAddr,
        now: Timestamp,
    ) -> Result<Option<Self>> {
        let place = place(address);
        let name = name.to_lowercase();
        let known = match user {
            Some(user) => storage.knows_place(user, &place, back(now, PLACE)).await?,
            None => false,
        };
        let attempt = Self {
            address: Digest::of(&format!("address {place}")),
            name: (!known).then(|| Digest::of(&format!("name {name}"))),
            both: Digest::of(&format!("name {name} at {place}")),
            place,
        };
        let mut counted = vec![Counted {
            key: attempt.address,
            limit: OF_ADDRESS,
        }];
        counted.extend(attempt.name.map(|key| Counted {
            key,
            limit: OF_NAME,
        }));
        counted.push(Counted {
            key: attempt.both,
            limit: OF_NAME_AT_ADDRESS,
        });
        let allowed = storage.count_try(&counted, now, back(now, PAUSE)).await?;
        Ok(allowed.then_some(attempt))
    }

    /// The password was right.
    pub(crate) async fn was_right(
        self,
        storage: &dyn Storage,
        user: i64,
        now: Timestamp,
    ) -> Result<()> {
        let others: Vec<_> = [Some(self.address), self.name]
            .into_iter()
            .flatten()
            .collect();
        storage.take_back(&[self.both], &others).await?;
        storage.keep_place(user, &self.place, now).await
    }
}

fn back(now: Timestamp, duration: SignedDuration) -> Timestamp {
    now.checked_sub(duration).unwrap_or(Timestamp::MIN)
}

/// Somebody with IPv6 has a whole /64 to themselves.
fn place(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_an_address_or_a_network_of_one_person() {
        for (address, expected) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:0:1:a:b:c:d", "2001:db8:0:1::/64"),
        ] {
            assert_eq!(place(address.parse().unwrap()), expected);
        }
    }
}
