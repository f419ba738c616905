//! The hosts of Azure DevOps on loopback, over TLS: a proxy that tools are told to use, whose certificates they are told to
//! trust.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

const HOSTS: [&str; 3] = ["dev.azure.com", "pkgs.dev.azure.com", "vssps.dev.azure.com"];

/// What a tool asked.
#[derive(Debug, Clone)]
pub struct Asked {
    pub host: String,
    /// `GET /contoso/...`.
    pub line: String,
    /// The password of `Authorization: Basic`.
    pub password: Option<String>,
}

/// An answer.
pub struct Said {
    pub status: u16,
    pub kind: &'static str,
    pub body: Vec<u8>,
}

/// The proxy; it ends with this value.
pub struct Proxy {
    pub url: String,
    /// The authority that tools must trust, as PEM.
    pub authority: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Answers whatever is asked of the hosts; others are not reached.
    pub fn new(answer: impl Fn(&Asked) -> Said + Send + Sync + 'static) -> Self {
        let (authority, config) = certificates();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let ends = Arc::new(AtomicBool::new(false));
        let (seen, over) = (Arc::clone(&asked), Arc::clone(&ends));
        let answer = Arc::new(answer);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    break;
                }
                let (config, seen) = (Arc::clone(&config), Arc::clone(&seen));
                let answer = Arc::clone(&answer);
                // A connection that breaks off is the tool's affair.
                std::thread::spawn(move || serve(stream.ok()?, config, &seen, answer.as_ref()));
            }
        });
        Self {
            url,
            authority,
            asked,
            ends,
            thread: Some(thread),
        }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        let address = self.url.trim_start_matches("http://");
        let _ = TcpStream::connect(address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn certificates() -> (String, Arc<ServerConfig>) {
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    // With the name of what it signs it would look like one that signed itself.
    let name = &mut parameters.distinguished_name;
    name.push(DnType::CommonName, "northwind");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = parameters.self_signed(&key).unwrap();
    let own = KeyPair::generate().unwrap();
    let names: Vec<String> = HOSTS.iter().map(ToString::to_string).collect();
    let issuer = Issuer::from_params(&parameters, &key);
    let certificate = CertificateParams::new(names)
        .unwrap()
        .signed_by(&own, &issuer)
        .unwrap();
    let secret = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], secret)
        .unwrap();
    (authority.pem(), Arc::new(config))
}

fn head(stream: &mut impl Read) -> Option<Vec<String>> {
    let mut reader = BufReader::with_capacity(1, stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            return Some(lines);
        }
        lines.push(line);
    }
}

fn serve(
    mut stream: TcpStream,
    config: Arc<ServerConfig>,
    seen: &Mutex<Vec<Asked>>,
    answer: &(dyn Fn(&Asked) -> Said + Sync),
) -> Option<()> {
    let lines = head(&mut stream)?;
    let target = lines.first()?.split(' ').nth(1)?;
    let host = target.strip_suffix(":443")?.to_owned();
    if !HOSTS.contains(&host.as_str()) {
        write!(stream, "HTTP/1.1 502 no such host\r\n\r\n").ok()?;
        return None;
    }
    write!(stream, "HTTP/1.1 200 connected\r\n\r\n").ok()?;
    let mut stream = StreamOwned::new(ServerConnection::new(config).ok()?, stream);
    loop {
        let lines = head(&mut stream)?;
        let line = lines.first()?.rsplit_once(' ')?.0.to_owned();
        let password = lines.iter().find_map(|line| password(line));
        let asked = Asked {
            host: host.clone(),
            line,
            password,
        };
        seen.lock().unwrap().push(asked.clone());
        let said = answer(&asked);
        write!(
            stream,
            "HTTP/1.1 {} x\r\ncontent-type: {}\r\ncontent-length: {}\r\nwww-authenticate: Basic realm=\"contoso\"\r\n\r\n",
            said.status,
            said.kind,
            said.body.len()
        )
        .ok()?;
        stream.write_all(&said.body).ok()?;
        stream.flush().ok()?;
    }
}

fn password(line: &str) -> Option<String> {
    use base64::Engine as _;
    let (name, value) = line.split_once(':')?;
    if !name.eq_ignore_ascii_case("authorization") {
        return None;
    }
    let digits = value.trim().strip_prefix("Basic ")?;
    let pair = base64::engine::general_purpose::STANDARD
        .decode(digits)
        .ok()?;
    let pair = String::from_utf8(pair).ok()?;
    Some(pair.split_once(':')?.1.to_owned())
}
