//! What the real `pass` and `gpg` wrote.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests run the real tools and stop at the first surprise"
)]

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::super::*;
use crate::model::Kind;
use crate::platform::Platform;
use crate::stores::Found;
use crate::testing::{Pretended, TestHome, find_on, pat84, scope};
use crate::walk::Projects;

/// A home with a password store; its agent ends with it.
struct Store {
    home: TestHome,
}

impl Drop for Store {
    fn drop(&mut self) {
        self.tool("gpgconf", &["--kill", "all"], "");
    }
}

impl Store {
    /// `None` where the tools are not installed.
    fn new(passphrase: &str) -> Option<Self> {
        for tool in ["gpg", "gpgconf", "pass"] {
            if Command::new(tool).arg("--version").output().is_err() {
                println!("skipped: {tool} is not installed");
                return None;
            }
        }
        let store = Self {
            home: TestHome::new(),
        };
        store.home.write("keys/.made", "");
        set_private(&store.home.path().join("keys"));
        let made = [
            "--batch",
            "--quiet",
            "--pinentry-mode",
            "loopback",
            "--passphrase",
            passphrase,
            "--quick-gen-key",
            "dev@contoso.example",
            "default",
            "default",
            "never",
        ];
        assert!(store.tool("gpg", &made, ""));
        assert!(store.tool("pass", &["init", "dev@contoso.example"], ""));
        Some(store)
    }

    fn insert(&self, organization: &str, secret: &str) {
        let name = format!("git/https/dev.azure.com/{organization}/dev@contoso.example");
        let text = format!(
            "{secret}\nservice=https://dev.azure.com/{organization}\naccount=dev@contoso.example\n"
        );
        assert!(self.tool("pass", &["insert", "-m", &name], &text));
    }

    fn tool(&self, program: &str, arguments: &[&str], input: &str) -> bool {
        let mut child = Command::new(program)
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.home.path())
            .env("GNUPGHOME", self.home.path().join("keys"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).unwrap();
        drop(stdin);
        child.wait().unwrap().success()
    }

    fn agent_socket(&self) -> PathBuf {
        let said = Command::new("gpgconf")
            .args(["--list-dirs", "agent-socket"])
            .env("GNUPGHOME", self.home.path().join("keys"))
            .output()
            .unwrap();
        PathBuf::from(String::from_utf8(said.stdout).unwrap().trim())
    }

    fn find(&self) -> Found {
        let keys = self.home.path().join("keys");
        let platform = Pretended::at_work(&self.home).with("GNUPGHOME", keys);
        let home = platform.home().to_owned();
        find_on(
            &GcmFiles,
            &scope(&["contoso"]),
            &platform,
            &home,
            &Projects::default(),
        )
    }
}

fn set_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;

    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700)).unwrap();
}

/// Organization, kind and month of each finding.
fn rows(found: &Found) -> Vec<String> {
    let credentials = found.credentials.iter();
    credentials
        .map(|one| {
            let created = one.observed.created;
            let month = created.map_or("-".to_owned(), |date| date.strftime("%Y-%m").to_string());
            format!(
                "{} {} {month}",
                one.organization.as_ref().unwrap(),
                one.kind
            )
        })
        .collect()
}

fn locked(found: &Found) -> Vec<&str> {
    let places = found.places.iter();
    places
        .filter(|place| place.state == PlaceState::Locked)
        .map(|place| place.path.rsplit('/').next().unwrap())
        .collect()
}

#[test]
fn the_month_is_read_where_the_agent_opens_without_a_question() {
    let Some(store) = Store::new("") else { return };
    store.insert("contoso", &pat84('C', 'C', 1));
    store.insert("fabrikam", &pat84('C', 'C', 2));
    let found = store.find();
    assert_eq!(
        rows(&found),
        ["contoso pat 2026-03", "fabrikam password -"],
        "what is not in scope stays closed"
    );
    assert_eq!(locked(&found), [""; 0]);
    assert_eq!(
        found.credentials[0].secret.as_ref().unwrap().expose(),
        pat84('C', 'C', 1)
    );
    assert_eq!(found.credentials[0].kind, Kind::Pat);

    // With a home alone nothing is decrypted.
    let found = store.home.find(&GcmFiles);
    assert_eq!(rows(&found), ["contoso password -", "fabrikam password -"]);
    assert_eq!(locked(&found), [""; 0]);

    // Without an agent there is nobody who could open it, and none is started.
    assert!(store.tool("gpgconf", &["--kill", "gpg-agent"], ""));
    let found = store.find();
    assert_eq!(rows(&found), ["contoso password -", "fabrikam password -"]);
    assert_eq!(locked(&found), ["dev@contoso.example.gpg"]);
    assert!(!store.agent_socket().exists(), "an agent was started");
}

#[test]
fn a_key_whose_passphrase_nobody_gave_stays_closed() {
    let Some(store) = Store::new("secret words") else {
        return;
    };
    store.insert("contoso", &pat84('C', 'C', 1));
    assert!(store.tool("gpgconf", &["--kill", "gpg-agent"], ""));
    assert!(store.tool("gpgconf", &["--launch", "gpg-agent"], ""));
    let found = store.find();
    assert_eq!(rows(&found), ["contoso password -"]);
    assert_eq!(locked(&found), ["dev@contoso.example.gpg"]);
    assert!(found.credentials[0].change.is_some());
}
