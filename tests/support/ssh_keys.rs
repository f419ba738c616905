//! SSH keys that the real `ssh-keygen` makes when a test runs.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::disallowed_methods
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// A key pair as text.
pub struct Pair {
    pub private: String,
    pub public: String,
}

impl Pair {
    /// Writes both files.
    pub fn write(&self, private: &Path) {
        std::fs::create_dir_all(private.parent().unwrap()).unwrap();
        std::fs::write(private, &self.private).unwrap();
        std::fs::write(private.with_added_extension("pub"), &self.public).unwrap();
    }
}

/// An RSA key of 2048 bits, made once for each test program.
pub fn rsa() -> &'static Pair {
    static KEY: OnceLock<Pair> = OnceLock::new();
    KEY.get_or_init(|| pair(&["-t", "rsa", "-b", "2048", "-N", ""]))
}

/// An Ed25519 key, made once for each test program.
pub fn ed25519() -> &'static Pair {
    static KEY: OnceLock<Pair> = OnceLock::new();
    KEY.get_or_init(|| pair(&["-t", "ed25519", "-N", ""]))
}

fn pair(arguments: &[&str]) -> Pair {
    let folder = tempfile::TempDir::new().unwrap();
    let private = generate(folder.path(), "key", arguments);
    Pair {
        private: std::fs::read_to_string(&private).unwrap(),
        public: std::fs::read_to_string(private.with_added_extension("pub")).unwrap(),
    }
}

/// A new key with its `.pub` beside it.
pub fn generate(folder: &Path, name: &str, arguments: &[&str]) -> PathBuf {
    let path = folder.join(name);
    let status = Command::new("ssh-keygen")
        .args(["-q", "-C", "dev@contoso.com", "-f"])
        .arg(&path)
        .args(arguments)
        .status()
        .unwrap();
    assert!(status.success());
    path
}

/// What `ssh-keygen -l` says: bits, fingerprint, comment, type.
pub fn listed(path: &Path, hash: &str) -> String {
    let output = Command::new("ssh-keygen")
        .args(["-l", "-E", hash, "-f"])
        .arg(path)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}
