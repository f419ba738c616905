//! A real `ssh-agent`, until the test ends.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary uses its own part"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The agent's process.
pub struct Agent {
    process: Child,
    pub socket: PathBuf,
}

impl Agent {
    /// Starts one that listens at this path.
    pub fn at(socket: PathBuf) -> Self {
        let process = Command::new("ssh-agent")
            .args(["-D", "-a"])
            .arg(&socket)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        while !socket.exists() {
            std::thread::sleep(Duration::from_millis(2));
        }
        Self { process, socket }
    }

    pub fn ssh_add(&self, arguments: &[&str]) {
        let output = Command::new("ssh-add")
            .arg("-q")
            .args(arguments)
            .env("SSH_AUTH_SOCK", &self.socket)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    }

    /// Adds a key file.
    pub fn add(&self, key: &Path) {
        // ssh-add refuses a key that others may read.
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(key, mode).unwrap();
        self.ssh_add(&[key.to_str().unwrap()]);
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
