//! A Cargo registry on loopback that only says where it is: `cargo login` and `cargo logout` ask no more.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Home;

/// Serves until it is dropped.
pub struct Registry {
    address: std::net::SocketAddr,
    done: Arc<AtomicBool>,
}

impl Registry {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let done = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&done);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    break;
                }
                answer(stream.unwrap(), &format!("http://{address}"));
            }
        });
        Self { address, done }
    }

    /// Runs `cargo` in the home while its registries lead here, and puts their own addresses back.
    pub fn cargo(&self, home: &Home, arguments: &[&str], input: &str) {
        let real = home.read(".cargo/config.toml");
        // Two registries may not share one index.
        let index = |number| format!("index = \"sparse+http://{}/{number}/\"", self.address);
        let lines = real.lines().enumerate().map(|(number, line)| {
            if line.starts_with("index") {
                index(number)
            } else {
                line.to_owned()
            }
        });
        home.write(".cargo/config.toml", lines.collect::<Vec<_>>().join("\n"));
        home.tool("cargo", arguments, &home.path(), input).expect(0);
        home.write(".cargo/config.toml", real);
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.done.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn answer(mut stream: TcpStream, base: &str) {
    let mut request = [0; 2048];
    let _ = stream.read(&mut request);
    let body = format!(r#"{{"dl":"{base}/dl","api":"{base}"}}"#);
    let length = body.len();
    let _ = write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    let _ = stream.shutdown(Shutdown::Both);
}
