//! Asks a process of the person's that listens on a Unix socket.

use std::time::Duration;

/// How long it may take to answer.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// How many bytes of an answer are read.
#[cfg(unix)]
const MOST: u64 = 64 * 1024;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SocketFault {
    /// There is no socket, or nobody listens on it.
    #[error("nobody listens there")]
    Nobody,
    /// It is no socket of the person's own.
    #[error("it is not a socket of yours")]
    Strange,
    /// It took too long.
    #[error("it did not answer in {} s", PATIENCE.as_secs())]
    Late,
    /// The system has none that can be reached.
    #[error("it cannot be asked on this system")]
    Unsupported,
    /// The system refused.
    #[error("{0}")]
    Refused(String),
}

#[cfg(unix)]
mod unix {
    use std::io::{Error, ErrorKind, Read as _, Write as _};
    use std::net::Shutdown;
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
    use std::os::unix::net::UnixStream;
    use std::path::{Path, PathBuf};
    use std::sync::mpsc;

    use zeroize::Zeroize as _;

    use super::{MOST, PATIENCE, SocketFault};
    use crate::model::Secret;

    /// Says something to whoever listens at `path`, and returns the answer, which may hold a secret.
    ///
    /// # Errors
    /// A [`SocketFault`].
    pub fn ask(path: &Path, request: &Secret) -> Result<Secret, SocketFault> {
        let metadata = std::fs::symlink_metadata(path).map_err(|error| fault(&error))?;
        // Whatever another user has put there must not be told anything.
        if !metadata.file_type().is_socket()
            || metadata.uid() != rustix::process::geteuid().as_raw()
        {
            return Err(SocketFault::Strange);
        }
        let mut stream = connect(path.to_owned())?;
        let talk = |stream: &mut UnixStream| {
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            stream.write_all(request.expose().as_bytes())?;
            stream.shutdown(Shutdown::Write)?;
            // Growing would leave copies of a secret behind.
            let mut bytes = Vec::with_capacity(4_096);
            match stream.take(MOST).read_to_end(&mut bytes) {
                Err(error) if error.kind() != ErrorKind::ConnectionReset => {
                    bytes.zeroize();
                    Err(error)
                }
                _ => Ok(bytes),
            }
        };
        let mut bytes = talk(&mut stream).map_err(|error| fault(&error))?;
        let answer = Secret::new(String::from_utf8_lossy(&bytes));
        bytes.zeroize();
        Ok(answer)
    }

    /// Connecting waits for ever where a stopped process has a full queue, so another thread does it.
    fn connect(path: PathBuf) -> Result<UnixStream, SocketFault> {
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let _ = sender.send(UnixStream::connect(path));
        });
        let connected = receiver
            .recv_timeout(PATIENCE)
            .map_err(|_| SocketFault::Late)?;
        connected.map_err(|error| fault(&error))
    }

    fn fault(error: &Error) -> SocketFault {
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::ConnectionRefused => {
                SocketFault::Nobody
            }
            ErrorKind::WouldBlock | ErrorKind::TimedOut => SocketFault::Late,
            ErrorKind::InvalidInput => SocketFault::Refused("its path is too long".to_owned()),
            _ => SocketFault::Refused(error.to_string()),
        }
    }

    #[cfg(test)]
    mod tests {
        #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

        use std::os::unix::net::UnixListener;

        use super::*;

        #[test]
        fn a_listener_is_asked_and_answers() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("socket");
            let listener = UnixListener::bind(&path).unwrap();
            let listening = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut heard = String::new();
                stream.read_to_string(&mut heard).unwrap();
                stream.write_all(format!("{heard}!").as_bytes()).unwrap();
            });
            let answer = ask(&path, &Secret::new("hello")).unwrap();
            assert_eq!(answer.expose(), "hello!");
            listening.join().unwrap();
            // The file stays when the process is gone.
            assert_eq!(ask(&path, &Secret::new("x")), Err(SocketFault::Nobody));
        }

        #[test]
        fn what_is_no_socket_is_told_nothing() {
            let folder = tempfile::tempdir().unwrap();
            let ask = |name: &str| ask(&folder.path().join(name), &Secret::new("x"));
            assert_eq!(ask("gone"), Err(SocketFault::Nobody));
            tempfile::NamedTempFile::new_in(folder.path())
                .unwrap()
                .persist(folder.path().join("file"))
                .unwrap();
            assert_eq!(ask("file"), Err(SocketFault::Strange));
        }
    }
}

#[cfg(unix)]
pub use unix::ask;

/// Windows has such sockets, but the standard library does not reach them.
///
/// # Errors
/// Always.
#[cfg(windows)]
pub fn ask(
    _path: &std::path::Path,
    _request: &crate::model::Secret,
) -> Result<crate::model::Secret, SocketFault> {
    Err(SocketFault::Unsupported)
}
