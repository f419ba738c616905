//! A server on loopback that answers as it is told.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "unit tests and each test binary use their own part"
)]
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What a request said.
#[derive(Debug, Clone)]
pub struct Request {
    /// `POST /api/v1/reports`.
    pub line: String,
    /// All header lines; names and values in lower case.
    pub headers: String,
    /// The same, as they came.
    pub raw_headers: String,
    pub body: Vec<u8>,
}

/// What to answer.
#[derive(Debug, Clone)]
pub enum Reply {
    /// An answer.
    Say {
        status: u16,
        headers: Vec<(String, String)>,
        body: String,
    },
    /// Nothing, ever.
    Silence,
    /// An answer that breaks off.
    Cut,
}

impl Reply {
    pub fn status(status: u16, body: impl Into<String>) -> Self {
        Self::Say {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::status(status, body.to_string())
            .header("Content-Type", "application/json; charset=utf-8")
    }

    pub fn page(status: u16, body: &str) -> Self {
        Self::status(status, body).header("Content-Type", "text/html; charset=utf-8")
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Say { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

/// The server; it ends with this value.
pub struct Server {
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub fn new(answer: impl Fn(&Request) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let thread = std::thread::spawn(move || {
            // Connections that get no answer stay open until the end.
            let mut silent = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(request) = read(&stream) else { break };
                seen.lock().unwrap().push(request.clone());
                match answer(&request) {
                    Reply::Say {
                        status,
                        headers,
                        body,
                    } => say(&mut stream, status, &headers, &body),
                    Reply::Cut => {
                        let _ = write!(stream, "HTTP/1.1 200 x\r\ncontent-length: 100\r\n\r\n{{");
                    }
                    Reply::Silence => silent.push(stream),
                }
            }
        });
        Self {
            url,
            requests,
            thread: Some(thread),
        }
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A connection without a request ends the thread.
        drop(TcpStream::connect(self.url.trim_start_matches("http://")));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn say(stream: &mut TcpStream, status: u16, headers: &[(String, String)], body: &str) {
    let length = body.len();
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let _ = write!(
        stream,
        "HTTP/1.1 {status} x\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let line = line.strip_suffix(" HTTP/1.1\r\n")?.to_owned();
    let mut raw_headers = String::new();
    loop {
        let start = raw_headers.len();
        reader.read_line(&mut raw_headers).ok()?;
        if raw_headers[start..].trim().is_empty() {
            break;
        }
    }
    let headers = raw_headers.to_lowercase();
    let length = headers
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.trim().parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request {
        line,
        headers,
        raw_headers,
        body,
    })
}
