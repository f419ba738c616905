//! A bus for tests, whose answers a script gives.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};

use tempfile::TempDir;

use super::address::Address;
use super::read::Reader;
use super::value::Value;
use super::write::Writer;

/// Signature and body of an answer, or the name of an error.
pub(in crate::platform) type Scripted = Result<(&'static str, Writer), &'static str>;

/// It ends with its one connection.
pub(in crate::platform) struct Bus(TempDir);

impl Bus {
    /// Starts one that answers each call about an object as the script says; the first is `Hello`.
    pub(in crate::platform) fn start(
        script: impl FnMut(&str) -> Scripted + Send + 'static,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("bus")).unwrap();
        std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            serve(stream, script);
        });
        Self(folder)
    }

    pub(in crate::platform) fn address(&self) -> Address {
        Address::Path(self.0.path().join("bus"))
    }
}

fn serve(mut stream: UnixStream, mut script: impl FnMut(&str) -> Scripted) {
    let line = |stream: &mut UnixStream| {
        let mut byte = [0];
        while byte != *b"\n" {
            stream.read_exact(&mut byte).unwrap();
        }
    };
    line(&mut stream);
    stream.write_all(b"OK 1\r\n").unwrap();
    line(&mut stream);
    let mut start = [0; 16];
    while stream.read_exact(&mut start).is_ok() {
        let number = |at: usize| u32::from_le_bytes(start[at..at + 4].try_into().unwrap());
        let size = |at: usize| usize::try_from(number(at)).unwrap();
        let fields = size(12).next_multiple_of(8);
        let mut rest = vec![0; fields + size(4)];
        stream.read_exact(&mut rest).unwrap();
        let header = [&start[..], &rest[..fields]].concat();
        let values = Reader::new(&header, false).values("yyyyuua(yv)").unwrap();
        let mut fields = values[6].list().iter().map(Value::list);
        let object = fields.find(|field| field[0].number() == Some(1)).unwrap();
        let answer = answer(number(8), script(object[1].text().unwrap()));
        // Who waits no longer has gone.
        if stream.write_all(&answer).is_err() {
            return;
        }
    }
}

fn answer(to: u32, answer: Scripted) -> Vec<u8> {
    let (kind, code, text, body) = match answer {
        Ok((signature, body)) => (2, 8, signature, body.finish().to_vec()),
        Err(name) => (3, 4, name, Vec::new()),
    };
    let mut message = Writer::default();
    for byte in [b'l', kind, 0, 1] {
        message.byte(byte);
    }
    message.number(u32::try_from(body.len()).unwrap());
    message.number(1);
    message.array(8, |fields| {
        fields.byte(5);
        fields.variant("u", |value| value.number(to));
        fields.align(8);
        fields.byte(code);
        match kind {
            2 => fields.variant("g", |value| value.signature(text)),
            _ => fields.variant("s", |value| value.text(text)),
        }
    });
    message.align(8);
    message.raw(&body);
    message.finish().to_vec()
}
