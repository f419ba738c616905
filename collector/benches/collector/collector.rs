//! The collector's process, and what the system says of its memory and time.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::database::Database;
use crate::http::{self, Connection};
use crate::reports;

pub(crate) struct Collector {
    child: Child,
    pub(crate) address: SocketAddr,
}

/// What the first start shows.
#[derive(Clone)]
pub(crate) struct First {
    pub(crate) secret: String,
    pub(crate) api_token: String,
}

impl Drop for Collector {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Collector {
    /// On an empty database.
    pub(crate) fn first_start(database: &Database) -> (Self, First) {
        let (collector, stdout) = Self::spawn(&database.url(), "127.0.0.1:0");
        let lines: Vec<_> = BufReader::new(stdout)
            .lines()
            .take(3)
            .map(Result::unwrap)
            .collect();
        let after = |start: &str| {
            let found = lines.iter().find_map(|line| line.strip_prefix(start));
            found.expect("the first start shows it").to_owned()
        };
        let first = First {
            secret: after("enroll-secret: "),
            api_token: after("api-token: "),
        };
        (collector, first)
    }

    /// On a database that was set up, at a known address.
    pub(crate) fn start_at(url: &str, address: &str) -> Self {
        Self::spawn(url, address).0
    }

    fn spawn(url: &str, listen: &str) -> (Self, ChildStdout) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rekey-collector"))
            .args(["serve", "--listen", listen, "--database", url])
            .env("RUST_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut before = String::new();
        let url = said
            .by_ref()
            .map(Result::unwrap)
            .find_map(|line| {
                let url = line.strip_prefix("listening on http://").map(str::to_owned);
                before.push_str(&line);
                before.push('\n');
                url
            })
            .unwrap_or_else(|| panic!("the collector did not start:\n{before}"));
        // A full pipe would stop it.
        std::thread::spawn(move || {
            said.map_while(Result::ok)
                .for_each(|line| eprintln!("{line}"))
        });
        let stdout = child.stdout.take().unwrap();
        let address = url.parse().unwrap();
        (Self { child, address }, stdout)
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as a power cut does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks the admin's API.
    pub(crate) async fn admin(&self, first: &First, path: &str) -> Value {
        let bearer = format!("Bearer {}", first.api_token);
        let request = http::request("GET", path, &[("authorization", &bearer)], b"");
        let mut connection = Connection::open(self.address).await.unwrap();
        let answer = connection.ask(&request).await.unwrap();
        assert_eq!(answer.status, 200, "{path}");
        answer.json()
    }
}

/// The bytes of a request to enrol.
pub(crate) fn enrolment(first: &First, device: usize) -> Vec<u8> {
    let body = json!({ "secret": first.secret, "device": {
        "machine": reports::machine(device), "person": reports::person(device), "ring": reports::ring(device),
    } });
    let body = body.to_string();
    http::request(
        "POST",
        "/api/v1/enroll",
        &[("content-type", "application/json")],
        body.as_bytes(),
    )
}

/// Enrols and answers the token.
pub(crate) async fn enroll(connection: &mut Connection, first: &First, device: usize) -> String {
    let answer = connection.ask(&enrolment(first, device)).await.unwrap();
    assert_eq!(
        answer.status,
        200,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    answer.json()["token"].as_str().unwrap().to_owned()
}
