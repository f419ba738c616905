//! Asks an SSH agent which keys it holds (draft-ietf-sshm-ssh-agent, section 3.5), and nothing else.
//!
//! Agents sign only when they are asked to; a list of public keys moves no agent to ask the person.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

/// An agent that has more to say is none: OpenSSH stops here too.
const LONGEST_ANSWER: usize = 256 * 1024;
/// More keys than any server would let ssh(1) try.
const MOST_KEYS: usize = 2048;
/// How long an agent may take. One that asks its person first is not waited for.
const PATIENCE: Duration = Duration::from_secs(3);

const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;

/// A key that an agent holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentKey {
    /// The public half, in the form of RFC 4253.
    pub blob: Vec<u8>,
    /// What its owner calls it.
    pub comment: String,
}

/// Why an agent told nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgentFault {
    /// Nobody listens there.
    #[error("no agent listens there")]
    Absent,
    /// It did not answer in time.
    #[error("the agent does not answer")]
    Silent,
    /// It answered something else than a list of keys.
    #[error("the agent does not list its keys")]
    Odd,
    /// The system refused.
    #[error("{0}")]
    Refused(String),
}

/// The keys of the agent that listens at a socket, or at a named pipe on Windows.
///
/// # Errors
/// An [`AgentFault`].
pub fn keys(socket: &Path) -> Result<Vec<AgentKey>, AgentFault> {
    keys_within(socket, PATIENCE)
}

/// In a thread of its own: an agent may be slow in more ways than a socket has limits for.
fn keys_within(socket: &Path, patience: Duration) -> Result<Vec<AgentKey>, AgentFault> {
    let (answer, answered) = mpsc::channel();
    let socket: PathBuf = socket.to_owned();
    std::thread::Builder::new()
        .spawn(move || {
            let listed = connect(&socket, patience)
                .and_then(|mut stream| ask(&mut stream))
                .map_err(fault);
            // Nobody listens any more where it took too long.
            let _ = answer.send(listed);
        })
        .map_err(fault)?;
    let listed = answered
        .recv_timeout(patience)
        .map_err(|_| AgentFault::Silent)??;
    read(&listed).ok_or(AgentFault::Odd)
}

/// Sends the one request and reads the one answer, without its length.
fn ask(stream: &mut (impl Read + Write)) -> io::Result<Vec<u8>> {
    stream.write_all(&[0, 0, 0, 1, REQUEST_IDENTITIES])?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let (length, _) = number(&length).unwrap_or((usize::MAX, &[]));
    if length > LONGEST_ANSWER {
        return Ok(Vec::new());
    }
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

/// Reads a list of keys; `None` where it is none.
fn read(answer: &[u8]) -> Option<Vec<AgentKey>> {
    let (kind, rest) = answer.split_first()?;
    if *kind != IDENTITIES_ANSWER {
        return None;
    }
    let (count, mut rest) = number(rest)?;
    let mut keys = Vec::new();
    for _ in 0..count.min(MOST_KEYS) {
        let (blob, after) = string(rest)?;
        let (comment, after) = string(after)?;
        keys.push(AgentKey {
            blob: blob.to_vec(),
            comment: String::from_utf8_lossy(comment).into_owned(),
        });
        rest = after;
    }
    Some(keys)
}

/// A `uint32` of RFC 4251, and what follows it.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((usize::try_from(u32::from_be_bytes(*number)).ok()?, rest))
}

/// A `string` of RFC 4251, and what follows it.
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = number(bytes)?;
    rest.split_at_checked(length)
}

fn fault(error: io::Error) -> AgentFault {
    use io::ErrorKind::{
        ConnectionRefused, NotADirectory, NotFound, TimedOut, UnexpectedEof, WouldBlock,
    };

    match error.kind() {
        // A socket outlives its agent.
        NotFound | NotADirectory | ConnectionRefused => AgentFault::Absent,
        TimedOut | WouldBlock => AgentFault::Silent,
        UnexpectedEof => AgentFault::Odd,
        _ => AgentFault::Refused(error.to_string()),
    }
}

#[cfg(unix)]
fn connect(socket: &Path, patience: Duration) -> io::Result<impl Read + Write> {
    super::sockets::connect(&rustix::net::SocketAddrUnix::new(socket)?, patience)
}

/// Only a pipe is opened: what else a variable names may be a file, which writing would change.
#[cfg(windows)]
#[allow(
    clippy::disallowed_methods,
    reason = "a pipe is written to, and nothing on a disk"
)]
fn connect(socket: &Path, _patience: Duration) -> io::Result<std::fs::File> {
    let name = socket.to_string_lossy().replace('/', "\\");
    if !name.starts_with(r"\\.\pipe\") {
        return Err(io::ErrorKind::NotFound.into());
    }
    std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(name)
}

// Not on Windows: the agent answers at a socket of Unix.
#[cfg(all(test, unix))]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::disallowed_methods,
        reason = "tests stop at the first surprise"
    )]

    use std::os::unix::net::UnixListener;

    use proptest::prelude::*;

    use super::*;

    /// What is said of an agent that answers these bytes.
    fn said(bytes: &'static [u8]) -> Result<Vec<AgentKey>, AgentFault> {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("agent");
        let listener = UnixListener::bind(&socket).unwrap();
        let agent = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 5];
            stream.read_exact(&mut request).unwrap();
            assert_eq!(request, [0, 0, 0, 1, 11]);
            stream.write_all(bytes).unwrap();
        });
        let said = keys(&socket);
        agent.join().unwrap();
        said
    }

    #[test]
    fn a_list_of_keys_is_read() {
        assert_eq!(said(b"\0\0\0\x05\x0c\0\0\0\0"), Ok(Vec::new()));
        let key = AgentKey {
            blob: b"ab".to_vec(),
            comment: "dev\u{fffd}".to_owned(),
        };
        assert_eq!(
            said(b"\0\0\0\x13\x0c\0\0\0\x01\0\0\0\x02ab\0\0\0\x04dev\xff"),
            Ok(vec![key])
        );
    }

    #[test]
    fn anything_else_is_no_list() {
        for odd in [
            &b""[..],
            b"\0\0\0\x01\x05",
            b"\xff\xff\xff\xff\x0c",
            b"\0\0\0\x05\x0c\0\0\0\x02",
            b"\0\0\0\x09\x0c\0\0\0\x01\xff\xff\xff\xff",
        ] {
            assert_eq!(said(odd), Err(AgentFault::Odd), "{odd:?}");
        }
    }

    #[test]
    fn nobody_there_is_told_apart_from_somebody_silent() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("agent");
        assert_eq!(keys(&socket), Err(AgentFault::Absent));
        let listener = UnixListener::bind(&socket).unwrap();
        assert_eq!(
            keys_within(&socket, Duration::from_millis(20)),
            Err(AgentFault::Silent)
        );
        drop(listener);
        assert_eq!(keys(&socket), Err(AgentFault::Absent));
        std::fs::remove_file(&socket).unwrap();
        std::fs::write(&socket, "a file").unwrap();
        assert!(keys(&socket).is_err());
        assert_eq!(std::fs::read(&socket).unwrap(), b"a file");
    }

    proptest! {
        #[test]
        fn any_answer_can_be_read(mut answer: Vec<u8>) {
            let _ = read(&answer);
            answer.insert(0, IDENTITIES_ANSWER);
            let _ = read(&answer);
        }
    }
}
