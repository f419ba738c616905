//! Which hosts a `known_hosts` file knows (sshd(8), its section on the format).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use sha1::Sha1;

use super::pattern;

/// Whether a line names the host, in clear or hashed.
pub(super) fn knows(text: &str, host: &str) -> bool {
    text.lines().any(|line| {
        let mut words = line.split_ascii_whitespace();
        let first = words.next().unwrap_or_default();
        let names = match first.as_bytes().first() {
            None | Some(b'#') => return false,
            Some(b'@') => words.next().unwrap_or_default(),
            Some(_) => first,
        };
        match names.strip_prefix("|1|") {
            Some(hashed) => is_hash_of(hashed, host).unwrap_or(false),
            None => names_closely(names, host),
        }
    })
}

/// `*` alone says nothing of this host.
fn names_closely(names: &str, host: &str) -> bool {
    pattern::list_matches(names.split(','), host)
        && names
            .split(',')
            .any(|name| !pattern::matches_all(name) && pattern::matches(name, host))
}

/// `salt|hash`, both in base64; the hash is HMAC-SHA1 of the name with the salt as key.
fn is_hash_of(hashed: &str, host: &str) -> Option<bool> {
    let (salt, hash) = hashed.split_once('|')?;
    let mut mac = Hmac::<Sha1>::new_from_slice(&STANDARD.decode(salt).ok()?).ok()?;
    mac.update(host.as_bytes());
    Some(mac.verify_slice(&STANDARD.decode(hash).ok()?).is_ok())
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, clippy::disallowed_methods)]

    use tempfile::TempDir;

    use super::*;
    use crate::testing::ssh_keys;

    const HOST: &str = "ssh.dev.azure.com";

    #[test]
    fn names_in_clear_are_read() {
        for (names, known) in [
            ("ssh.dev.azure.com", true),
            ("a,ssh.dev.azure.com,20.42.5.1", true),
            ("@cert-authority *.dev.azure.com", true),
            ("*", false),
            ("*,!ssh.dev.azure.com", false),
            ("#ssh.dev.azure.com", false),
            ("github.com", false),
            ("|1|x|y", false),
            ("", false),
        ] {
            assert_eq!(
                knows(&format!("{names} ssh-rsa AAAA"), HOST),
                known,
                "{names}"
            );
        }
    }

    #[test]
    fn names_that_ssh_keygen_hashed_are_recognised() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("known_hosts");
        let key = &ssh_keys::ed25519().public;
        std::fs::write(&file, format!("github.com {key}{HOST} {key}")).unwrap();
        let status = std::process::Command::new("ssh-keygen")
            .arg("-q")
            .arg("-H")
            .arg("-f")
            .arg(&file)
            .status();
        assert!(status.unwrap().success());
        let hashed = std::fs::read_to_string(&file).unwrap();
        assert!(!hashed.contains(HOST));
        assert!(knows(&hashed, HOST));
        assert!(!knows(&hashed, "vs-ssh.visualstudio.com"));
    }
}
