//! As much of HTTP as the tests need: one request a connection, over plain TCP to loopback.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

/// How long a server may keep a test waiting.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a server answered.
pub struct Response {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Response {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// Sends one request. Version 1.0, so that the body ends where the connection does.
pub fn request(method: &str, url: &str, token: &str, body: Option<&[u8]>) -> Response {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let body = body.unwrap_or_default();
    let head = format!(
        "{method} /{path} HTTP/1.0\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut writer = &stream;
    writer.write_all(head.as_bytes()).unwrap();
    writer.write_all(body).unwrap();
    let mut reader = BufReader::new(&stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).unwrap().parse().unwrap();
    while line.trim_end() != "" {
        line.clear();
        reader.read_line(&mut line).unwrap();
    }
    let mut body = Vec::new();
    reader.read_to_end(&mut body).unwrap();
    Response { status, body }
}

/// A server on loopback, until it is dropped.
pub struct Loopback {
    pub address: SocketAddr,
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Loopback {
    /// Hands each connection to `serve`, one after the other, with the server's own address.
    pub fn start(mut serve: impl FnMut(TcpStream, SocketAddr) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let done = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&done);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().map(Result::unwrap) {
                if ended.load(Ordering::SeqCst) {
                    break;
                }
                serve(stream, address);
            }
        });
        Self {
            address,
            done,
            thread: Some(thread),
        }
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.done.store(true, Ordering::SeqCst);
        // Wakes the thread.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// A server that is no collector: it takes connections and says the same to each, or nothing at all.
pub struct Stub {
    pub url: String,
    _server: Loopback,
}

impl Stub {
    /// Answers every request with this status.
    pub fn answering(status: u16) -> Self {
        Self::of(Loopback::start(move |stream, _| {
            answer(&stream, |_| (status, String::new()));
        }))
    }

    /// Takes the connection and stays silent.
    pub fn silent() -> Self {
        // Held, because a connection that is dropped is closed, which would be an answer.
        let mut held = Vec::new();
        Self::of(Loopback::start(move |stream, _| held.push(stream)))
    }

    fn of(server: Loopback) -> Self {
        Self {
            url: format!("http://{}", server.address),
            _server: server,
        }
    }
}

/// Answers one request, of which `say` sees the first line, with a status and JSON.
///
/// Reads the request whole first: closing earlier would reset the connection instead of answering.
pub fn answer(stream: &TcpStream, say: impl FnOnce(&str) -> (u16, String)) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line).unwrap_or(0) > 2 {
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if first.is_empty() {
            first.clone_from(&line);
        }
        line.clear();
    }
    drop(reader.take(length).read_to_end(&mut Vec::new()));
    let (status, body) = say(&first);
    let mut writer = stream;
    drop(write!(
        writer,
        "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    ));
    drop(stream.shutdown(Shutdown::Write));
}
