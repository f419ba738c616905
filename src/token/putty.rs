//! `PuTTY`'s private key files (the `PuTTY` manual, appendix C): the public half stands there in clear.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ssh_key::PublicKey;

use super::ssh::{KeyFile, facts};

/// Reads version 2 and 3.
pub(super) fn read(text: &str) -> Option<KeyFile> {
    let mut lines = text.lines();
    let algorithm = lines.next()?.split_once(": ")?.1.trim().to_owned();
    let mut encrypted = false;
    let mut comment = String::new();
    let mut blob = None;
    while let Some((name, value)) = lines.next().and_then(|line| line.split_once(": ")) {
        match name {
            "Encryption" => encrypted = value.trim() != "none",
            "Comment" => value.trim().clone_into(&mut comment),
            "Public-Lines" => {
                let count = value.trim().parse().ok()?;
                let digits: String = lines.by_ref().take(count).map(str::trim).collect();
                blob = STANDARD.decode(digits).ok();
                break;
            }
            _ => {}
        }
    }
    let public = blob
        .and_then(|blob| PublicKey::from_bytes(&blob).ok())
        .and_then(|mut key| {
            key.set_comment(comment);
            facts(&key)
        });
    Some(KeyFile {
        algorithm: Some(algorithm),
        encrypted,
        public,
        is_public: false,
    })
}
