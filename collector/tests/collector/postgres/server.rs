//! Starting and stopping the server.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::programs::{Programs, USER, copy};

const READY_WITHIN: Duration = Duration::from_secs(30);

/// A server with an empty database.
pub(crate) struct Postgres {
    programs: Programs,
    data: PathBuf,
    log: PathBuf,
    port: u16,
    settings: Vec<String>,
    /// Any is right; this one is to be seen nowhere.
    password: String,
    server: Option<Child>,
    _folder: tempfile::TempDir,
}

#[allow(dead_code, reason = "not every program that includes this stops it")]
impl Postgres {
    /// A server that is quick, for it may lose everything in a power cut. `None` where none is
    /// installed, which is no fault except where changes are checked.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(&["fsync=off", "synchronous_commit=off", "shared_buffers=16MB"])
    }

    /// A server whose commits are on the disk.
    pub(crate) fn start_durable() -> Option<Self> {
        let mut settings = vec!["fsync=on", "synchronous_commit=on", "shared_buffers=16MB"];
        if cfg!(target_os = "linux") {
            // After a crash it makes every file durable: one by one that takes seconds, all at once a moment.
            settings.push("recovery_init_sync_method=syncfs");
        }
        Self::start_with(&settings)
    }

    /// A server with settings as in `postgresql.conf`.
    pub(crate) fn start_with(settings: &[&str]) -> Option<Self> {
        let Some(programs) = Programs::find() else {
            let nothing = "not tried: PostgreSQL's server is not installed";
            assert!(std::env::var_os("CI").is_none(), "{nothing}");
            eprintln!("{nothing}");
            return None;
        };
        let folder = tempfile::Builder::new()
            .prefix("rekey-postgres-")
            .tempdir()
            .unwrap();
        programs.hand_over(folder.path());
        let data = folder.path().join("data");
        copy(&programs.template(), &data);
        let mut postgres = Self {
            programs,
            data,
            log: folder.path().join("log"),
            port: 0,
            settings: settings.iter().map(|&setting| setting.to_owned()).collect(),
            password: format!("word-{:016x}", rand::random::<u64>()),
            server: None,
            _folder: folder,
        };
        // Somebody else may get a free port before the server does.
        let started = (0..5).any(|_| {
            postgres.port = free_port();
            postgres.try_to_start()
        });
        assert!(started, "{}", postgres.said());
        Some(postgres)
    }

    /// `postgres://user:password@127.0.0.1:port/database`.
    pub(crate) fn url(&self) -> String {
        format!(
            "postgres://{USER}:{}@127.0.0.1:{}/postgres",
            self.password, self.port
        )
    }

    /// What must be in no message and no log.
    pub(crate) fn password(&self) -> &str {
        &self.password
    }

    /// Ends the server as a fault does, without a word to whoever is connected, and starts it again.
    pub(crate) fn restart(&mut self) {
        self.stop();
        self.start_again();
    }

    /// Ends the server as a fault does.
    pub(crate) fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let mut stop = self.programs.command("pg_ctl");
            stop.args([
                "stop",
                "--mode",
                "immediate",
                "--no-wait",
                "--silent",
                "--pgdata",
            ]);
            let asked = stop.arg(&self.data).status();
            if !asked.is_ok_and(|status| status.success()) {
                let _ = server.kill();
            }
            let _ = server.wait();
        }
    }

    /// Starts it on the same port with what it has kept.
    pub(crate) fn start_again(&mut self) {
        assert!(self.try_to_start(), "{}", self.said());
    }

    /// The process, for who measures it.
    pub(crate) fn process(&self) -> Option<u32> {
        self.server.as_ref().map(Child::id)
    }

    /// Where the data lies.
    pub(crate) fn folder(&self) -> &std::path::Path {
        &self.data
    }

    fn try_to_start(&mut self) -> bool {
        let log = std::fs::File::create(&self.log).unwrap();
        let mut command = self.programs.command("postgres");
        command
            .arg("-D")
            .arg(&self.data)
            .args(["-p", &self.port.to_string()]);
        let own = ["listen_addresses=127.0.0.1", "unix_socket_directories="];
        for setting in own
            .into_iter()
            .chain(self.settings.iter().map(String::as_str))
        {
            command.args(["-c", setting]);
        }
        let server = command.stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let server = self.server.insert(server);
        let begun = Instant::now();
        while begun.elapsed() < READY_WITHIN && server.try_wait().unwrap().is_none() {
            if is_ready(&self.data, server.id()) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.stop();
        false
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The server's own word: the first line of this file is its process, the eighth how far it is
/// (`src/include/utils/pidfile.h` of PostgreSQL). A killed one leaves the file behind.
fn is_ready(data: &std::path::Path, process: u32) -> bool {
    let Ok(text) = std::fs::read_to_string(data.join("postmaster.pid")) else {
        return false;
    };
    let mut lines = text.lines();
    lines.next() == Some(process.to_string().as_str())
        && lines.nth(6).is_some_and(|state| state.trim() == "ready")
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn a_server_keeps_what_it_has_over_a_restart() {
    let Some(mut server) = Postgres::start() else {
        return;
    };
    let url = server.url();
    server.restart();
    assert_eq!(server.url(), url);
    server.stop();
    assert!(std::net::TcpStream::connect(("127.0.0.1", server.port)).is_err());
    server.start_again();
    assert!(std::net::TcpStream::connect(("127.0.0.1", server.port)).is_ok());
}
