//! A connection to a bus (D-Bus Specification, "Authentication Protocol" and "Message Protocol").

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::time::{Duration, Instant};

use rustix::net::SocketAddrUnix;
use zeroize::Zeroizing;

use super::address::Address;
use super::read::Reader;
use super::value::Value;
use super::write::Writer;
use crate::platform::sockets::{self, Bounded};

/// The longest answer that is read.
const LIMIT: usize = 16 << 20;
/// How many calls wait for their answers at a time.
const AT_ONCE: usize = 64;

const CALL: u8 = 1;
const ANSWER: u8 = 2;
const ERROR: u8 = 3;
/// Nothing is started to answer a call.
const NO_AUTO_START: u8 = 2;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::platform) enum BusFault {
    /// No answer came in time.
    Late,
    /// Nobody listens there.
    Closed,
    /// The bus is another user's.
    NotMine,
    /// What came is no D-Bus message.
    Garbled,
    /// The peer answered with this error, such as `org.freedesktop.Secret.Error.IsLocked`.
    Error(String),
}

impl From<io::Error> for BusFault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Self::Late,
            ErrorKind::PermissionDenied => Self::NotMine,
            _ => Self::Closed,
        }
    }
}

/// What one peer is asked.
pub(in crate::platform) struct Call<'c> {
    pub(in crate::platform) to: &'c str,
    pub(in crate::platform) object: &'c str,
    pub(in crate::platform) interface: &'c str,
    pub(in crate::platform) method: &'c str,
    pub(in crate::platform) signature: &'c str,
    pub(in crate::platform) body: Writer,
}

type Answer = Result<Vec<Value>, BusFault>;

/// An open connection.
pub(in crate::platform) struct Connection {
    stream: Bounded,
    serial: u32,
    /// How long calls that wait together may wait.
    limit: Duration,
    /// When all of them have waited too long.
    end: Instant,
}

impl Connection {
    /// Connects and says who we are.
    pub(in crate::platform) fn open(address: &Address, limit: Duration) -> Result<Self, BusFault> {
        let name = match address {
            Address::Path(path) => SocketAddrUnix::new(path.as_path()),
            Address::Abstract(name) => SocketAddrUnix::new_abstract_name(name.as_bytes()),
        };
        let name = name.map_err(io::Error::from)?;
        let mut connection = Self {
            stream: sockets::connect(&name, limit)?,
            serial: 0,
            limit,
            end: Instant::now() + limit,
        };
        let ours = rustix::process::geteuid();
        connection.authenticate(ours.as_raw())?;
        connection.call(Call {
            to: "org.freedesktop.DBus",
            object: "/org/freedesktop/DBus",
            interface: "org.freedesktop.DBus",
            method: "Hello",
            signature: "",
            body: Writer::default(),
        })?;
        Ok(connection)
    }

    /// From now on, calls that wait together are answered within this time, and all of them within the other.
    pub(in crate::platform) fn limit(&mut self, limit: Duration, all: Duration) {
        self.limit = limit;
        self.end = Instant::now() + all;
    }

    fn authenticate(&mut self, user: u32) -> Result<(), BusFault> {
        let user = user.to_string();
        let user: String = user.bytes().map(|digit| format!("{digit:02x}")).collect();
        let hello = format!("\0AUTH EXTERNAL {user}\r\n");
        self.send(hello.as_bytes())?;
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            let mut byte = [0];
            self.receive(&mut byte)?;
            line.extend(byte);
            if line.len() > 1_000 {
                return Err(BusFault::Garbled);
            }
        }
        if !line.starts_with(b"OK") {
            return Err(BusFault::NotMine);
        }
        self.send(b"BEGIN\r\n")
    }

    /// Asks and waits for the answer.
    pub(in crate::platform) fn call(&mut self, call: Call<'_>) -> Answer {
        let mut answers = self.calls([call])?;
        answers.pop().unwrap_or(Err(BusFault::Garbled))
    }

    /// Asks all of them without waiting for each answer in between; the answers are in their order.
    pub(in crate::platform) fn calls<'c>(
        &mut self,
        calls: impl IntoIterator<Item = Call<'c>>,
    ) -> Result<Vec<Answer>, BusFault> {
        let mut calls = calls.into_iter().peekable();
        let mut answers = Vec::new();
        while calls.peek().is_some() {
            // Many answers take longer than one, and a peer that sends them is alive.
            let left = self.end.saturating_duration_since(Instant::now());
            self.stream.limit(self.limit.min(left));
            let mut waiting = HashMap::new();
            let base = answers.len();
            for call in calls.by_ref().take(AT_ONCE) {
                self.serial = self.serial.wrapping_add(1).max(1);
                waiting.insert(self.serial, base + waiting.len());
                let message = message(self.serial, call);
                self.send(&message)?;
            }
            answers.resize_with(base + waiting.len(), || Err(BusFault::Garbled));
            while !waiting.is_empty() {
                let (to, answer) = self.next_answer()?;
                let place = waiting.remove(&to).and_then(|at| answers.get_mut(at));
                if let Some(place) = place {
                    *place = answer;
                }
            }
        }
        Ok(answers)
    }

    /// The next answer, with the call that it belongs to. Signals are passed over.
    fn next_answer(&mut self) -> Result<(u32, Answer), BusFault> {
        loop {
            let mut start = [0; 16];
            self.receive(&mut start)?;
            let big_endian = match start[0] {
                b'l' => false,
                b'B' => true,
                _ => return Err(BusFault::Garbled),
            };
            let mut sizes = Reader::new(&start, big_endian);
            let sizes = sizes.values("yyyyuuu").ok_or(BusFault::Garbled)?;
            let size = |at: usize| {
                let number = sizes.get(at).and_then(Value::number);
                let size = number.and_then(|number| usize::try_from(number).ok());
                size.filter(|size| *size <= LIMIT).ok_or(BusFault::Garbled)
            };
            let (body, fields) = (size(4)?, size(6)?.next_multiple_of(8));
            let mut rest = Zeroizing::new(vec![0; fields + body]);
            self.receive(&mut rest)?;
            let kind = start[1];
            if kind == ANSWER || kind == ERROR {
                let whole = Zeroizing::new([&start[..], &rest].concat());
                return answer(&whole, 16 + fields, big_endian).ok_or(BusFault::Garbled);
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), BusFault> {
        Ok(self.stream.write_all(bytes)?)
    }

    fn receive(&mut self, bytes: &mut [u8]) -> Result<(), BusFault> {
        Ok(self.stream.read_exact(bytes)?)
    }
}

fn message(serial: u32, call: Call<'_>) -> Zeroizing<Vec<u8>> {
    let mut message = Writer::default();
    for byte in [b'l', CALL, NO_AUTO_START, 1] {
        message.byte(byte);
    }
    let length = u32::try_from(call.body.len()).unwrap_or(u32::MAX);
    message.number(length);
    message.number(serial);
    message.array(8, |fields| {
        let texts = [
            (1, "o", call.object),
            (2, "s", call.interface),
            (3, "s", call.method),
            (6, "s", call.to),
        ];
        for (code, signature, text) in texts {
            fields.align(8);
            fields.byte(code);
            fields.variant(signature, |value| value.text(text));
        }
        if !call.signature.is_empty() {
            fields.align(8);
            fields.byte(8);
            fields.variant("g", |value| value.signature(call.signature));
        }
    });
    message.align(8);
    message.raw(&call.body.finish());
    message.finish()
}

/// Reads an answer whose body begins at this offset.
fn answer(whole: &[u8], body_at: usize, big_endian: bool) -> Option<(u32, Answer)> {
    let mut header = Reader::new(whole.get(..body_at)?, big_endian);
    let header = header.values("yyyyuua(yv)")?;
    let fields = header.last()?.list();
    let field = |code: u64| {
        let mut entries = fields.iter().map(Value::list);
        entries.find_map(|entry| match entry {
            [name, value] if name.number() == Some(code) => Some(value),
            _ => None,
        })
    };
    let to = field(5)?.number().and_then(|to| u32::try_from(to).ok())?;
    if header.get(1)?.number()? == u64::from(ERROR) {
        let name = field(4).and_then(Value::text).unwrap_or_default();
        return Some((to, Err(BusFault::Error(name.to_owned()))));
    }
    let signature = field(8).and_then(Value::text).unwrap_or_default();
    let values = Reader::new(whole.get(body_at..)?, big_endian).values(signature);
    Some((to, values.ok_or(BusFault::Garbled)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::super::scripted::Bus;
    use super::*;

    fn question<'c>() -> Call<'c> {
        Call {
            to: "x",
            object: "/",
            interface: "x",
            method: "x",
            signature: "",
            body: Writer::default(),
        }
    }

    #[test]
    fn many_answers_may_take_longer_than_one_but_not_for_ever() {
        let second = Duration::from_secs(1);
        for (all, is_late) in [(second * 30, false), (second * 3 / 2, true)] {
            let mut answers = 0;
            // Hello, then two batches, of which each takes a second.
            let bus = Bus::start(move |_| {
                answers += 1;
                if answers == 2 || answers == 2 + AT_ONCE {
                    std::thread::sleep(second);
                }
                Ok(("", Writer::default()))
            });
            let mut connection = Connection::open(&bus.address(), second * 3).unwrap();
            connection.limit(second * 3 / 2, all);
            let calls = (0..=AT_ONCE).map(|_| question());
            let answered = connection.calls(calls).map(|answers| answers.len());
            let expected = if is_late {
                Err(BusFault::Late)
            } else {
                Ok(AT_ONCE + 1)
            };
            assert_eq!(answered, expected);
        }
    }
}
