//! As much of Azure DevOps on loopback as its command line tools ask for when they sign in.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What they ask where to find: connection data, and the roles on a publisher.
const LOCATIONS: &str = r#"{"count":2,"value":[
    {"id":"00d9565f-ed9c-4a06-9a50-00e7896ccab4","area":"Location","resourceName":"ConnectionData",
     "routeTemplate":"_apis/connectionData","resourceVersion":1,"minVersion":"1.0","maxVersion":"7.2","releasedVersion":"0.0"},
    {"id":"9461c234-c84c-4ed2-b918-2f0f92ad0a35","area":"securityroles","resourceName":"roleassignments",
     "routeTemplate":"_apis/{resource}/scopes/{scopeId}/roleassignments/resources/{resourceId}/{identityId}",
     "resourceVersion":1,"minVersion":"3.2","maxVersion":"7.2","releasedVersion":"0.0"}]}"#;

/// Serves until it is dropped.
pub struct Service {
    pub address: SocketAddr,
    done: Arc<AtomicBool>,
}

impl Service {
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
                answer(&stream.unwrap());
            }
        });
        Self { address, done }
    }

    /// For `node --require`: requests to any host over https come here over http.
    pub fn redirection(&self) -> String {
        let (host, port) = (self.address.ip(), self.address.port());
        format!(
            "const http = require('http');\nrequire('https').request = (options, callback) => http.request(\n  \
             {{ ...options, protocol: 'http:', agent: undefined, host: '{host}', hostname: '{host}', port: {port} }},\n  \
             callback);\n"
        )
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.done.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn answer(stream: &TcpStream) {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    let _ = reader.read_line(&mut first);
    let mut line = first.clone();
    while !line.trim_end().is_empty() {
        line.clear();
        let _ = reader.read_line(&mut line);
    }
    let body = if first.starts_with("OPTIONS") {
        LOCATIONS
    } else {
        "{}"
    };
    let mut writer = stream;
    let _ = write!(
        writer,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.shutdown(Shutdown::Write);
}
