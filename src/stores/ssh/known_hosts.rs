//! Which hosts a `known_hosts` file knows (sshd(8), its section on the format).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use sha1::Sha1;

use super::pattern::{self, Case};

/// One line that names keys of hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'t> {
    /// Where it begins in the text.
    pub(super) offset: usize,
    /// `@revoked`, `@cert-authority`.
    pub(super) marker: Option<&'t str>,
    names: &'t str,
    /// The type of the key and the key, as in a `.pub` file.
    pub(super) key: &'t str,
}

impl Line<'_> {
    /// Whether it names the host, in clear or hashed.
    pub(super) fn names(&self, host: &str) -> bool {
        match self.names.strip_prefix("|1|") {
            Some(hashed) => is_hash_of(hashed, host).unwrap_or(false),
            None => names_closely(self.names, host),
        }
    }
}

/// The lines of a file.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut next = 0;
    text.split_inclusive('\n').filter_map(move |whole| {
        let offset = next;
        next += whole.len();
        let (first, rest) = word(whole);
        let (marker, (names, rest)) = match first.as_bytes().first()? {
            b'#' => return None,
            b'@' => (Some(first), word(rest)),
            _ => (None, (first, rest)),
        };
        Some(Line {
            offset,
            marker,
            names,
            key: rest.trim(),
        })
    })
}

/// The first word, and what follows it.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim_ascii_start();
    let end = text.find(|next: char| next.is_ascii_whitespace());
    text.split_at(end.unwrap_or(text.len()))
}

/// Whether a line names the host.
pub(super) fn knows(text: &str, host: &str) -> bool {
    lines(text).any(|line| line.names(host))
}

/// `*` alone says nothing of this host.
fn names_closely(names: &str, host: &str) -> bool {
    pattern::list_matches(names.split(','), host, Case::Any)
        && names
            .split(',')
            .any(|name| !pattern::matches_all(name) && pattern::matches(name, host, Case::Any))
}

/// `salt|hash`, both in base64; the hash is HMAC-SHA1 of the name with the salt as key.
fn is_hash_of(hashed: &str, host: &str) -> Option<bool> {
    let (salt, hash) = hashed.split_once('|')?;
    let mut mac = Hmac::<Sha1>::new_from_slice(&STANDARD.decode(salt).ok()?).ok()?;
    mac.update(host.as_bytes());
    Some(mac.verify_slice(&STANDARD.decode(hash).ok()?).is_ok())
}

// Not on Windows: it starts the real ssh-keygen.
#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, clippy::disallowed_methods)]

    use proptest::prelude::*;
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

    #[test]
    fn each_line_tells_its_key_and_what_marks_it() {
        let text = "# a\n\n  a,b\tssh-rsa AAAA x y\r\n@revoked  c ssh-rsa BBBB\n@revoked\nd";
        let read: Vec<_> = lines(text)
            .map(|line| (line.offset, line.marker, line.names, line.key))
            .collect();
        assert_eq!(
            read,
            [
                (5, None, "a,b", "ssh-rsa AAAA x y"),
                (29, Some("@revoked"), "c", "ssh-rsa BBBB"),
                (54, Some("@revoked"), "", ""),
                (63, None, "d", "")
            ]
        );
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text: String) {
            for line in lines(&text) {
                prop_assert!(text[line.offset..].contains(line.names));
                let _ = line.names(HOST);
            }
        }
    }
}
