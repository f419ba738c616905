//! Asks a process of the person's that listens on a Unix socket.

use std::time::Duration;

/// How long it may take to answer.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// How many bytes of an answer are read.
#[cfg(unix)]
const MOST: usize = 64 * 1024;

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
    use std::io::{Error, ErrorKind, Read, Write};
    use std::net::Shutdown;
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
    use std::os::unix::net::UnixStream;
    use std::path::Path;
    use std::time::{Duration, Instant};

    use rustix::io::Errno;
    use rustix::net::{AddressFamily, SocketAddrUnix, SocketType};
    use zeroize::Zeroize as _;

    use super::{MOST, PATIENCE, SocketFault};
    use crate::model::Secret;

    /// How often a listener with a full queue is tried again.
    const STEP: Duration = Duration::from_millis(10);

    /// A connection that is over at one moment, however slowly the other end talks.
    pub(in crate::platform) struct Bounded {
        stream: UnixStream,
        deadline: Instant,
    }

    impl Bounded {
        /// From now on, everything has to be said within this time.
        #[cfg(target_os = "linux")]
        pub(in crate::platform) fn limit(&mut self, patience: Duration) {
            self.deadline = Instant::now() + patience;
        }

        fn left(&self) -> std::io::Result<Duration> {
            let left = self.deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            Ok(left)
        }
    }

    impl Read for Bounded {
        fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
            self.stream.set_read_timeout(Some(self.left()?))?;
            self.stream.read(bytes)
        }
    }

    impl Write for Bounded {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.stream.set_write_timeout(Some(self.left()?))?;
            self.stream.write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            self.stream.flush()
        }
    }

    /// Connects to a listener of the person's own, or of the system's.
    ///
    /// # Errors
    /// Where nobody listens in time; [`ErrorKind::PermissionDenied`] where it is another user's.
    pub(in crate::platform) fn connect(
        name: &SocketAddrUnix,
        patience: Duration,
    ) -> std::io::Result<Bounded> {
        let socket = socket()?;
        // Connecting waits for ever where a stopped process has a full queue.
        rustix::io::ioctl_fionbio(&socket, true)?;
        let deadline = Instant::now() + patience;
        loop {
            match rustix::net::connect(&socket, name) {
                Ok(()) => break,
                Err(Errno::AGAIN | Errno::INTR) if Instant::now() < deadline => {
                    std::thread::sleep(STEP);
                }
                Err(error) => return Err(error.into()),
            }
        }
        let stream = UnixStream::from(socket);
        stream.set_nonblocking(false)?;
        let (peer, ours) = (peer(&stream)?, rustix::process::geteuid().as_raw());
        // Whatever another user listens with must not be told anything; the system's own may know all anyway.
        if peer != ours && peer != 0 {
            return Err(ErrorKind::PermissionDenied.into());
        }
        Ok(Bounded { stream, deadline })
    }

    /// A socket that no program that is started meanwhile inherits.
    #[cfg(target_os = "linux")]
    fn socket() -> rustix::io::Result<OwnedFd> {
        let flags = rustix::net::SocketFlags::CLOEXEC;
        rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)
    }

    #[cfg(not(target_os = "linux"))]
    fn socket() -> rustix::io::Result<OwnedFd> {
        let socket = rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None)?;
        rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
        Ok(socket)
    }

    /// Who listens at the other end.
    #[cfg(target_os = "linux")]
    fn peer(stream: &UnixStream) -> std::io::Result<u32> {
        let peer = rustix::net::sockopt::socket_peercred(stream)?;
        Ok(peer.uid.as_raw())
    }

    #[cfg(not(target_os = "linux"))]
    #[allow(unsafe_code, reason = "rustix has no such call")]
    fn peer(stream: &UnixStream) -> std::io::Result<u32> {
        use std::os::fd::AsRawFd as _;

        let (mut user, mut group) = (0, 0);
        // SAFETY: the descriptor is open, and both places outlive the call.
        let failed =
            unsafe { libc::getpeereid(stream.as_raw_fd(), &raw mut user, &raw mut group) } != 0;
        if failed {
            return Err(Error::last_os_error());
        }
        Ok(user)
    }

    /// Says something to whoever listens at `path`, and returns the answer, which may hold a secret.
    ///
    /// # Errors
    /// A [`SocketFault`].
    pub fn ask(path: &Path, request: &Secret) -> Result<Secret, SocketFault> {
        ask_within(path, request, PATIENCE)
    }

    fn ask_within(
        path: &Path,
        request: &Secret,
        patience: Duration,
    ) -> Result<Secret, SocketFault> {
        let metadata = std::fs::symlink_metadata(path).map_err(|error| fault(&error))?;
        // Whatever another user has put there must not be told anything.
        if !metadata.file_type().is_socket()
            || metadata.uid() != rustix::process::geteuid().as_raw()
        {
            return Err(SocketFault::Strange);
        }
        // Growing would leave copies of a secret behind.
        let mut bytes = Vec::with_capacity(MOST + 1);
        let talked = talk(path, request, patience, &mut bytes);
        let answer = match talked {
            Err(error) if error.kind() != ErrorKind::ConnectionReset => Err(fault(&error)),
            _ => Ok(Secret::new(String::from_utf8_lossy(&bytes))),
        };
        bytes.zeroize();
        answer
    }

    fn talk(
        path: &Path,
        request: &Secret,
        patience: Duration,
        answer: &mut Vec<u8>,
    ) -> std::io::Result<()> {
        let mut stream = connect(&SocketAddrUnix::new(path)?, patience)?;
        stream.write_all(request.expose().as_bytes())?;
        stream.stream.shutdown(Shutdown::Write)?;
        let limit = u64::try_from(MOST).unwrap_or(u64::MAX);
        stream.take(limit).read_to_end(answer)?;
        Ok(())
    }

    fn fault(error: &Error) -> SocketFault {
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::ConnectionRefused => {
                SocketFault::Nobody
            }
            ErrorKind::WouldBlock | ErrorKind::TimedOut => SocketFault::Late,
            ErrorKind::PermissionDenied => SocketFault::Strange,
            ErrorKind::InvalidInput | ErrorKind::InvalidFilename => {
                SocketFault::Refused("its path is too long".to_owned())
            }
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
        fn one_that_says_a_byte_now_and_then_is_late_all_the_same() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("socket");
            let listener = UnixListener::bind(&path).unwrap();
            std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                while stream.write_all(b"x").is_ok() {
                    std::thread::sleep(Duration::from_millis(20));
                }
            });
            let begin = Instant::now();
            let asked = ask_within(&path, &Secret::new("x"), Duration::from_millis(200));
            assert_eq!(asked, Err(SocketFault::Late));
            assert!(begin.elapsed() < Duration::from_secs(5));
        }

        // Not on Windows: sockets of Unix.
        #[cfg(target_os = "linux")]
        #[test]
        fn a_full_queue_is_waited_for_in_vain() {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("socket");
            let name = SocketAddrUnix::new(&path).unwrap();
            let listener =
                rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None).unwrap();
            rustix::net::bind(&listener, &name).unwrap();
            rustix::net::listen(&listener, 0).unwrap();
            let patience = Duration::from_millis(100);
            let waiting: Vec<_> = (0..3).map(|_| connect(&name, patience)).collect();
            assert!(waiting.iter().any(Result::is_err));
            drop(waiting);
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

#[cfg(target_os = "linux")]
pub(super) use unix::Bounded;
#[cfg(unix)]
pub use unix::ask;
#[cfg(unix)]
pub(super) use unix::connect;

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
