//! Listens on this workstation for the browser's one answer (RFC 8252 §7.3).

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use url::form_urlencoded;
use zeroize::Zeroizing;

use super::{SignInFault, token_answer};
use crate::model::Secret;

/// How much of a request is read, in bytes.
const LONGEST: usize = 16 * 1024;
/// How long one that has connected may take. Browsers also connect and say nothing.
const PATIENCE: Duration = Duration::from_secs(2);

const SIGNED_IN: &str = "You are signed in. You can close this page and go back to rekey.";
const REFUSED: &str = "The sign-in did not work. Go back to rekey: it says why.";
const NOTHING: &str = "There is nothing here.";

/// A door that only this workstation can reach.
#[derive(Debug)]
pub(super) struct Loopback {
    listener: TcpListener,
    port: u16,
}

impl Loopback {
    /// Opens it, on a port that the system chooses.
    pub(super) fn open() -> Result<Self, SignInFault> {
        let fault = |error: std::io::Error| SignInFault::NoListener(error.to_string());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(fault)?;
        // Who waits must be able to stop.
        listener.set_nonblocking(true).map_err(fault)?;
        let port = listener.local_addr().map_err(fault)?.port();
        Ok(Self { listener, port })
    }

    /// Where the browser is to come. Microsoft Entra ID takes any port with this name, and with no number.
    pub(super) fn address(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// The code that the browser brings, once it does: `None` where nobody has come so far.
    ///
    /// # Errors
    /// What the sign-in's page says instead.
    pub(super) fn answer(&self, state: &Secret) -> Option<Result<Secret, SignInFault>> {
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => {
                    if let Some(answer) = self.hear(stream, state) {
                        return Some(answer);
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return None,
                // One that went away again.
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionAborted => {}
                Err(error) => return Some(Err(SignInFault::NoListener(error.to_string()))),
            }
        }
    }

    /// The answer to this sign-in; whatever else comes is nobody's.
    fn hear(&self, mut stream: TcpStream, state: &Secret) -> Option<Result<Secret, SignInFault>> {
        let query = self.query(&stream);
        let answer = query.and_then(|query| read(&query, state));
        let (status, text) = match &answer {
            Some(Ok(_)) => ("200 OK", SIGNED_IN),
            Some(Err(_)) => ("200 OK", REFUSED),
            None => ("404 Not Found", NOTHING),
        };
        say(&mut stream, status, text);
        answer
    }

    /// What stands after the question mark of `GET /?…`, where the browser asks for this door by its name.
    fn query(&self, stream: &TcpStream) -> Option<Zeroizing<String>> {
        let head = head(stream)?;
        let mut lines = std::str::from_utf8(&head).ok()?.lines();
        let target = lines.next()?.strip_prefix("GET /?")?;
        let (query, version) = target.split_once(' ')?;
        let is_here = lines.any(|line| {
            let header = line.split_once(':');
            header.is_some_and(|(name, value)| {
                name.eq_ignore_ascii_case("host") && self.is_own_name(value.trim())
            })
        });
        (is_here && version.starts_with("HTTP/1.")).then(|| Zeroizing::new(query.to_owned()))
    }

    fn is_own_name(&self, host: &str) -> bool {
        let names = ["localhost", "127.0.0.1"];
        names
            .iter()
            .any(|name| host == format!("{name}:{}", self.port))
    }
}

/// The lines before the body, within the time that one may take in all.
fn head(mut stream: &TcpStream) -> Option<Zeroizing<Vec<u8>>> {
    let begin = Instant::now();
    stream.set_nonblocking(false).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    let mut head = Zeroizing::new(Vec::with_capacity(LONGEST));
    let mut part = Zeroizing::new([0; 1024]);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let left = PATIENCE.checked_sub(begin.elapsed())?;
        // Zero would be no limit at all.
        stream
            .set_read_timeout(Some(left.max(Duration::from_millis(1))))
            .ok()?;
        let read = stream.read(part.as_mut_slice()).ok()?;
        if read == 0 || head.len() + read > LONGEST {
            return None;
        }
        head.extend_from_slice(part.get(..read)?);
    }
    Some(head)
}

fn read(query: &str, state: &Secret) -> Option<Result<Secret, SignInFault>> {
    let value = |name: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        let (_, value) = pairs.find(|(known, _)| known == name)?;
        Some(Zeroizing::new(value.into_owned()))
    };
    // An answer to somebody else's sign-in, or to nobody's.
    if value("state")?.as_str() != state.expose() {
        return None;
    }
    if let Some(error) = value("error") {
        let description = value("error_description").unwrap_or_default();
        return Some(Err(token_answer::of_page(&error, &description)));
    }
    value("code").map(|code| Ok(Secret::new(code.as_str())))
}

fn say(stream: &mut TcpStream, status: &str, text: &str) {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>rekey</title><p>{text}</p></html>"
    );
    // Who has gone away by now has no use for it.
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'\r\n\
         Connection: close\r\n\r\n{page}",
        page.len()
    );
    let _ = stream.shutdown(std::net::Shutdown::Write);
}
