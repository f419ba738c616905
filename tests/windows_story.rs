//! The tenant cache from find to undo, as the Windows program itself does it.

#![cfg(windows)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise, and plant what they look for"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tempfile::TempDir;

/// `https://dev.azure.com/contoso/` with the tenant of nobody, and
/// `https://fabrikam.visualstudio.com/` with one of its own.
const TENANT_CACHE: &str = concat!(
    "H4sIAAAAAAAC/8soKSkottLXT0kt00usKi1K1UvOz9VPzs8ryS/O17c1gAJdLAQMMGRAzUhLTCrKzE7M1SvLLC5NzC",
    "kuKU3JzAebZ2sIBbpGQKBrDAS6JkCga4oEGABtGj45jAAAAA==",
);

const SCOPE: [&str; 6] = [
    "--org",
    "contoso",
    "--tenant",
    "22222222-0000-4000-8000-000000000002",
    "--connected-at",
    "2026-10-10T12:00:00Z",
];

struct Home(TempDir);

impl Home {
    /// A home that is laid out as on Windows.
    fn new() -> Self {
        let home = Self(TempDir::new().unwrap());
        let cache = home.cache();
        std::fs::create_dir_all(cache.parent().unwrap()).unwrap();
        std::fs::write(cache, STANDARD.decode(TENANT_CACHE).unwrap()).unwrap();
        home
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn cache(&self) -> PathBuf {
        self.path()
            .join(r"AppData\Local\GitCredentialManager\tenant.cache")
    }

    /// Stdout of rekey on this home, once its exit code is one of these.
    #[track_caller]
    fn rekey(&self, arguments: &[&str], codes: &[i32]) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_rekey"))
            .args(arguments)
            .arg("--home")
            .arg(self.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let stderr = String::from_utf8_lossy(&output.stderr);
        let code = output.status.code();
        assert!(
            code.is_some_and(|code| codes.contains(&code)),
            "{arguments:?} ended with {code:?}\nstdout: {stdout}\nstderr: {stderr}"
        );
        stdout
    }

    fn scan(&self, codes: &[i32]) -> Value {
        let stdout = self.rekey(&[&["scan", "--json"], &SCOPE[..]].concat(), codes);
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"))
    }
}

#[test]
fn a_stale_tenant_cache_is_found_deleted_and_given_back() {
    let home = Home::new();
    let whole = std::fs::read(home.cache()).unwrap();

    let scan = home.scan(&[1]);
    let findings = scan["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{scan:#}");
    let finding = &findings[0];
    assert_eq!(finding["store"], "gcm-tenant-cache");
    assert_eq!(finding["kind"], "tenant-cache");
    assert_eq!(finding["verdict"], "stale");
    assert_eq!(finding["remedy"], "automatic");
    let path = finding["location"]["path"].as_str().unwrap();
    assert!(path.ends_with("tenant.cache"), "{path}");
    assert_eq!(scan["summary"]["stale"], 1);
    assert_eq!(
        std::fs::read(home.cache()).unwrap(),
        whole,
        "scan changes nothing"
    );

    // Whether steps are left for the person is not what is looked at here.
    home.rekey(&[&["clean", "--yes"], &SCOPE[..]].concat(), &[0, 1]);
    assert!(!home.cache().exists(), "the cache is gone");
    assert_eq!(home.scan(&[0, 1])["summary"]["stale"], 0);

    home.rekey(&["undo"], &[0]);
    assert_eq!(
        std::fs::read(home.cache()).unwrap(),
        whole,
        "every byte is back"
    );
    assert_eq!(home.scan(&[1])["summary"]["stale"], 1);
}

#[test]
fn a_cache_of_another_organization_alone_stays() {
    let home = Home::new();
    let scope = [
        "--org",
        "northwind",
        "--connected-at",
        "2026-10-10T12:00:00Z",
    ];
    home.rekey(
        &[&["clean", "--yes", "--offline"], &scope[..]].concat(),
        &[0, 1],
    );
    assert!(home.cache().exists());
}
