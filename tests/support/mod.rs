//! A home that real tools write into, and the real rekey run on it.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses its own part"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise, plant what they look for, and say what they cannot try"
)]

pub mod collector;
#[cfg(windows)]
pub mod credentials;
pub mod fake_service;
pub mod forms;
#[cfg(windows)]
pub mod host_keys;
pub mod http;
#[cfg(target_os = "linux")]
pub mod keyring;
pub mod layout;
pub mod odd_places;
pub mod plain;
pub mod process;
pub mod real;
pub mod registry;
pub mod server;
pub mod service;
pub mod shown;
pub mod tokens;
pub mod tree;
#[cfg(windows)]
pub mod windows_files;
#[cfg(windows)]
pub mod windows_machine;
#[cfg(windows)]
pub mod windows_registry;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub use process::{bounded, with_input};
use rekey::guide::SavedSteps;
use rekey::model::{OrganizationName, StepId};
use rekey::state::StateFolder;
use serde_json::Value;
use tempfile::TempDir;

/// When `contoso` was connected in most tests.
pub const CONNECTED: &str = "2026-10-10T12:00:00Z";
/// The tenant that `contoso` belongs to since then.
pub const TENANT: &str = "22222222-0000-4000-8000-000000000002";
/// The tenant that it belonged to before.
pub const OLD_TENANT: &str = "11111111-0000-4000-8000-000000000001";

/// Says that a real tool is missing, so that nothing is tried with it. Where changes are checked none may be: nobody reads
/// there what a test that passed has said.
#[track_caller]
pub fn not_tried(missing: &str) {
    let is_checked = std::env::var_os("CI").is_some_and(|set| !set.is_empty());
    assert!(!is_checked, "{missing}; ci/test installs it on Debian");
    eprintln!("NOT TRIED: {missing}");
}

/// A home folder.
pub struct Home {
    folder: TempDir,
}

/// What a command answered.
pub struct Answer {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Answer {
    pub fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Stdout as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr))
    }

    /// The answer, once its exit code is this one.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout: {}\nstderr: {}",
            self.stdout, self.stderr
        );
        self
    }
}

impl Home {
    pub fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
        }
    }

    /// As a person types it.
    pub fn path(&self) -> PathBuf {
        let real = self.folder.path().canonicalize().unwrap();
        let typed = rekey::model::unprefixed(real.to_str().unwrap());
        PathBuf::from(typed.as_ref())
    }

    /// Where this system has what Linux has at this path below a home.
    pub fn join(&self, path: &str) -> PathBuf {
        self.path().join(layout::here(path))
    }

    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    pub fn read(&self, path: &str) -> String {
        String::from_utf8(std::fs::read(self.join(path)).unwrap()).unwrap()
    }

    /// rekey on this home, with nothing of the caller's environment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rekey"));
        command.args(arguments).arg("--home").arg(self.path());
        command.env_clear().env("USER", "dev").stdin(Stdio::null());
        // Windows finds its own libraries by the last of them.
        for name in ["PATH", "SystemRoot"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command
    }

    /// rekey as the person at their own machine, whose home this is: it may start programs.
    pub fn command_at_work(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rekey"));
        command.args(arguments).arg("--offline").env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.path()).env("USER", "dev");
        command.stdin(Stdio::null());
        command
    }

    /// The same, about `contoso`.
    pub fn at_work(&self, arguments: &[&str]) -> Answer {
        bounded(&mut self.command_at_work(&[arguments, &about_contoso()].concat()))
    }

    /// The person declares every step of an organization, as the guide would let them.
    pub fn declare_all_steps(&self, organization: &str) {
        let state = StateFolder::open(&self.join(layout::STATE)).unwrap();
        let mut saved = SavedSteps::load(&state).unwrap();
        let organization = OrganizationName::new(organization).unwrap();
        for &step in StepId::ALL {
            saved.declare(&organization, step, CONNECTED.parse().unwrap());
        }
        saved.save(&state).unwrap();
    }

    pub fn rekey(&self, arguments: &[&str]) -> Answer {
        bounded(&mut self.command(arguments))
    }

    /// rekey about `contoso`, whose tenant and day of connection are known.
    pub fn about_contoso(&self, arguments: &[&str]) -> Answer {
        self.rekey(&[arguments, &about_contoso()].concat())
    }

    /// A real tool, at home here and nowhere else.
    pub fn tool(&self, program: &str, arguments: &[&str], folder: &Path, input: &str) -> Answer {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
            .env("HOME", self.path())
            .env("USER", "dev")
            .env("LANG", "C.UTF-8");
        command
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0");
        command
            .env("npm_config_update_notifier", "false")
            .env("npm_config_logs_max", "0");
        if let Some(rustup) = std::env::var_os("RUSTUP_HOME")
            .map(PathBuf::from)
            .or_else(rustup_home)
        {
            command.env("RUSTUP_HOME", rustup);
        }
        if let Some(pyenv) = std::env::var_os("PYENV_ROOT") {
            command.env("PYENV_ROOT", pyenv);
        }
        with_input(&mut command, input)
    }

    /// `git` in a folder of this home.
    #[track_caller]
    pub fn git(&self, folder: &str, arguments: &[&str]) -> String {
        let folder = self.join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        self.tool("git", arguments, &folder, "").expect(0).stdout
    }
}

/// The flags that say which organization moved, where to and when.
pub fn about_contoso() -> [&'static str; 6] {
    [
        "--org",
        "contoso",
        "--tenant",
        TENANT,
        "--connected-at",
        CONNECTED,
    ]
}

/// The tool chain is the machine's, also where `HOME` is a test's.
fn rustup_home() -> Option<PathBuf> {
    std::env::var_os("HOME")
        .map(|home| PathBuf::from(home).join(".rustup"))
        .filter(|path| path.is_dir())
}

/// Findings of a scan or run with this verdict, as `store entry-or-path` lines, sorted.
pub fn findings(scan: &Value, verdict: &str) -> Vec<String> {
    let mut lines: Vec<_> = scan["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["verdict"] == verdict)
        .map(|finding| {
            let location = &finding["location"];
            let place = location["entry"]
                .as_str()
                .or(location["path"].as_str())
                .unwrap_or_default();
            format!("{} {place}", finding["store"].as_str().unwrap())
        })
        .collect();
    lines.sort();
    lines
}
