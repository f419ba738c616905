//! Listens on this workstation for the browser's one answer (RFC 8252 §7.3).

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Duration;

use url::form_urlencoded;
use zeroize::Zeroizing;

use super::{SignInFault, token_answer};
use crate::model::Secret;

/// How much of a request is read.
const LONGEST: u64 = 16 * 1024;
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
        stream.set_nonblocking(false).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.set_write_timeout(Some(PATIENCE)).ok()?;
        let mut reader = BufReader::new(stream.take(LONGEST));
        let mut line = Zeroizing::new(String::new());
        reader.read_line(&mut line).ok()?;
        let mut is_here = false;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let Some((name, value)) = header.split_once(':') else {
                break;
            };
            if name.eq_ignore_ascii_case("host") {
                let host = value.trim();
                is_here = ["localhost", "127.0.0.1"]
                    .iter()
                    .any(|name| host == format!("{name}:{}", self.port));
            }
        }
        let target = line.strip_prefix("GET /?")?;
        let (query, version) = target.trim_end().split_once(' ')?;
        (is_here && version.starts_with("HTTP/1.")).then(|| Zeroizing::new(query.to_owned()))
    }
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
