//! SSH key files: what they are, and the fingerprints of their public half, without any passphrase.

use std::fmt::Write as _;

use md5::{Digest as _, Md5};
use ssh_key::public::{KeyData, RsaPublicKey};
use ssh_key::{HashAlg, Mpint, PrivateKey, PublicKey};

use super::{der, putty};

/// The only algorithm of user keys that Azure DevOps accepts.
pub const ACCEPTED: &str = "ssh-rsa";

/// The public half of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicHalf {
    /// `ssh-rsa`, `ssh-ed25519`, ...
    pub algorithm: String,
    /// The length of an RSA modulus.
    pub bits: Option<u32>,
    /// 16 pairs of hex digits: `aa:bb:…`.
    pub md5: String,
    /// `SHA256:` and base64 without padding.
    pub sha256: String,
    /// What its maker wrote beside it.
    pub comment: String,
}

/// A private key's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFile {
    /// `ssh-rsa`, `ssh-ed25519`, ...; `None` where only the passphrase would tell.
    pub algorithm: Option<String>,
    /// It has a passphrase.
    pub encrypted: bool,
    /// Its public half; `None` where only the passphrase would tell.
    pub public: Option<PublicHalf>,
    /// There is no private half in it: an agent or a device holds that.
    pub is_public: bool,
}

/// Reads a private key's file, or a public one that stands for a key in an agent. `beside` is the
/// text of the `.pub` file, for what the private one does not tell. `None` where it is no key at all.
pub fn key_file(text: &str, beside: Option<&str>) -> Option<KeyFile> {
    let beside = beside.and_then(public_half);
    let text = text.trim_start();
    if let Some(public) = public_half(text) {
        return Some(KeyFile {
            algorithm: Some(public.algorithm.clone()),
            encrypted: false,
            public: Some(public),
            is_public: true,
        });
    }
    let mut file = if text.starts_with("PuTTY-User-Key-File-") {
        putty::read(text)?
    } else {
        pem(text)?
    };
    match (&mut file.public, beside) {
        (Some(own), Some(beside)) if own.sha256 == beside.sha256 && own.comment.is_empty() => {
            own.comment = beside.comment;
        }
        // A `.pub` of another type cannot be this key's.
        (own @ None, Some(beside))
            if file
                .algorithm
                .as_deref()
                .is_none_or(|name| beside.algorithm.starts_with(name)) =>
        {
            file.algorithm = Some(beside.algorithm.clone());
            *own = Some(beside);
        }
        _ => {}
    }
    Some(file)
}

/// Reads a line of a `.pub` file.
pub fn public_half(text: &str) -> Option<PublicHalf> {
    let line = text.lines().find(|line| !line.trim().is_empty())?;
    facts(&PublicKey::from_openssh(line.trim()).ok()?)
}

/// Reads a public key as agents tell it (RFC 4253, section 6.6). `None` for a certificate, which
/// stands beside its key.
pub fn of_blob(blob: &[u8], comment: &str) -> Option<PublicHalf> {
    let mut key = PublicKey::from_bytes(blob).ok()?;
    if key.algorithm().as_str().contains("-cert-v") {
        return None;
    }
    key.set_comment(comment);
    facts(&key)
}

/// Reads an RSA host key as `PuTTY` remembers it.
pub fn of_putty(text: &str) -> Option<PublicHalf> {
    putty::host_key(text)
}

/// The facts of a public key.
pub(super) fn facts(key: &PublicKey) -> Option<PublicHalf> {
    let blob = key.to_bytes().ok()?;
    let mut md5 = String::with_capacity(47);
    for byte in Md5::digest(&blob) {
        let colon = if md5.is_empty() { "" } else { ":" };
        write!(md5, "{colon}{byte:02x}").ok()?;
    }
    let bits = key.key_data().rsa().and_then(|rsa| {
        let modulus = rsa.n.as_positive_bytes()?;
        let zeros = modulus.first()?.leading_zeros();
        Some(u32::try_from(modulus.len()).ok()?.checked_mul(8)? - zeros)
    });
    Some(PublicHalf {
        algorithm: key.algorithm().as_str().to_owned(),
        bits,
        md5,
        sha256: key.fingerprint(HashAlg::Sha256).to_string(),
        comment: key.comment().to_owned(),
    })
}

/// Reads the forms between `-----BEGIN …-----` and `-----END …-----`.
fn pem(text: &str) -> Option<KeyFile> {
    let (label, rest) = text.strip_prefix("-----BEGIN ")?.split_once("-----")?;
    let (body, _) = rest.split_once("-----END ")?;
    // RFC 1421: headers end at the first empty line.
    let (headers, body) = if body.contains(':') {
        let body = body.trim_start();
        body.split_once("\n\n")
            .or_else(|| body.split_once("\r\n\r\n"))?
    } else {
        ("", body)
    };
    let encrypted = headers.contains("ENCRYPTED");
    let plain = || der::decode(body).filter(|_| !encrypted);
    let (algorithm, encrypted, public) = match label {
        "OPENSSH PRIVATE KEY" => return openssh(text).or_else(|| openssh_public(body)),
        "RSA PRIVATE KEY" => (Some(ACCEPTED), encrypted, plain().and_then(|der| rsa(&der))),
        "EC PRIVATE KEY" => (Some("ecdsa"), encrypted, None),
        "DSA PRIVATE KEY" => (Some("ssh-dss"), encrypted, None),
        "ENCRYPTED PRIVATE KEY" => (None, true, None),
        "PRIVATE KEY" => {
            let der = der::decode(body)?;
            let public = der::pkcs8_rsa(&der).and_then(rsa);
            let algorithm = public.is_some().then_some(ACCEPTED);
            (algorithm, false, public)
        }
        _ => return None,
    };
    Some(KeyFile {
        algorithm: algorithm.map(str::to_owned),
        encrypted,
        public,
        is_public: false,
    })
}

fn openssh(text: &str) -> Option<KeyFile> {
    let key = PrivateKey::from_openssh(text).ok()?;
    let mut public = facts(key.public_key())?;
    key.comment().clone_into(&mut public.comment);
    Some(KeyFile {
        algorithm: Some(public.algorithm.clone()),
        encrypted: key.is_encrypted(),
        public: Some(public),
        is_public: false,
    })
}

/// The public half alone, which stands before what a passphrase locks (OpenSSH, `PROTOCOL.key`). The `ssh-key` crate takes no
/// private half that has a leading zero: every 256th key of ECDSA.
fn openssh_public(body: &str) -> Option<KeyFile> {
    let bytes = der::decode(body)?;
    let mut rest = bytes.strip_prefix(b"openssh-key-v1\0")?;
    let cipher = string(&mut rest)?;
    let (_kdf, _options) = (string(&mut rest)?, string(&mut rest)?);
    let (_count, mut rest) = rest.split_at_checked(4)?;
    let public = facts(&PublicKey::from_bytes(string(&mut rest)?).ok()?)?;
    Some(KeyFile {
        algorithm: Some(public.algorithm.clone()),
        encrypted: cipher != b"none",
        public: Some(public),
        is_public: false,
    })
}

/// The next text of a row, each of which has its length before it (RFC 4251, section 5).
fn string<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (length, more) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (text, more) = more.split_at_checked(length)?;
    *rest = more;
    Some(text)
}

/// The public half of a PKCS#1 private key.
fn rsa(der: &[u8]) -> Option<PublicHalf> {
    let (n, e) = der::pkcs1_public(der)?;
    of_numbers(e, n)
}

/// An RSA key of its exponent and its modulus, both from the highest byte on.
pub(super) fn of_numbers(e: &[u8], n: &[u8]) -> Option<PublicHalf> {
    let key = RsaPublicKey {
        e: Mpint::from_positive_bytes(e).ok()?,
        n: Mpint::from_positive_bytes(n).ok()?,
    };
    facts(&PublicKey::from(KeyData::Rsa(key)))
}

// Not on Windows: it starts the real ssh-keygen.
#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, clippy::disallowed_methods)]

    use std::path::Path;

    use proptest::prelude::*;
    use rstest::rstest;
    use tempfile::TempDir;

    use super::*;
    use crate::testing::ssh_keys::{generate, listed};

    fn read(path: &Path, with_public: bool) -> KeyFile {
        let beside = std::fs::read_to_string(path.with_added_extension("pub")).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        key_file(&text, with_public.then_some(&*beside)).unwrap()
    }

    fn assert_as_listed(public: &PublicHalf, path: &Path) {
        let (md5, sha256) = (listed(path, "md5"), listed(path, "sha256"));
        let mut words = md5.split(' ');
        let bits = words.next().unwrap().parse().unwrap();
        assert_eq!(words.next(), Some(&*format!("MD5:{}", public.md5)));
        assert_eq!(words.next(), Some(&*public.comment));
        assert_eq!(sha256.split(' ').nth(1), Some(&*public.sha256));
        if public.algorithm == ACCEPTED {
            assert_eq!(public.bits, Some(bits));
        }
    }

    #[rstest]
    #[case::rsa(&["-t", "rsa", "-b", "3072"], "ssh-rsa")]
    #[case::ed25519(&["-t", "ed25519"], "ssh-ed25519")]
    #[case::ecdsa(&["-t", "ecdsa", "-b", "384"], "ecdsa-sha2-nistp384")]
    fn the_openssh_form_tells_its_public_half_even_with_a_passphrase(
        #[case] form: &[&str],
        #[case] algorithm: &str,
    ) {
        let folder = TempDir::new().unwrap();
        for passphrase in ["", "correct horse"] {
            let name = format!("key{}", passphrase.len());
            let path = generate(folder.path(), &name, &[form, &["-N", passphrase]].concat());
            let key = read(&path, true);
            assert_eq!(key.algorithm.as_deref(), Some(algorithm));
            assert_eq!(key.encrypted, !passphrase.is_empty());
            assert_as_listed(key.public.as_ref().unwrap(), &path);
            let alone = read(&path, false).public.unwrap();
            assert_eq!(alone.md5, key.public.unwrap().md5);
        }
    }

    #[test]
    fn a_private_half_that_cannot_be_read_hides_no_key() {
        use base64::Engine as _;
        use base64::engine::general_purpose::STANDARD;

        let folder = TempDir::new().unwrap();
        for passphrase in ["", "correct horse"] {
            let name = format!("key{}", passphrase.len());
            let form = ["-t", "ecdsa", "-b", "384", "-N", passphrase];
            let path = generate(folder.path(), &name, &form);
            let text = std::fs::read_to_string(&path).unwrap();
            let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
            let mut bytes = STANDARD.decode(body).unwrap();
            // Its length is not that of what follows any more.
            bytes.truncate(bytes.len() - 16);
            let (begin, end) = (
                "-----BEGIN OPENSSH PRIVATE KEY-----",
                "-----END OPENSSH PRIVATE KEY-----",
            );
            let broken = format!("{begin}\n{}\n{end}\n", STANDARD.encode(bytes));
            assert!(PrivateKey::from_openssh(&broken).is_err());
            let key = key_file(&broken, None).unwrap();
            assert_eq!(key.encrypted, !passphrase.is_empty());
            let listed = listed(&path, "md5");
            let md5 = format!("MD5:{}", key.public.unwrap().md5);
            assert_eq!(listed.split(' ').nth(1), Some(&*md5));
        }
    }

    #[rstest]
    #[case::pem("PEM", "rsa", "ssh-rsa", true)]
    #[case::pkcs8("PKCS8", "rsa", "ssh-rsa", true)]
    #[case::ec("PEM", "ecdsa", "ecdsa", false)]
    fn older_forms_tell_what_they_can(
        #[case] form: &str,
        #[case] kind: &str,
        #[case] algorithm: &str,
        #[case] public_alone: bool,
    ) {
        let folder = TempDir::new().unwrap();
        let plain = generate(folder.path(), "plain", &["-t", kind, "-m", form, "-N", ""]);
        let locked = generate(
            folder.path(),
            "locked",
            &["-t", kind, "-m", form, "-N", "correct horse"],
        );
        let alone = read(&plain, false);
        assert_eq!(
            (alone.algorithm.as_deref(), alone.encrypted),
            (Some(algorithm), false)
        );
        assert_eq!(alone.public.is_some(), public_alone);
        let locked_alone = read(&locked, false);
        assert!(locked_alone.encrypted && locked_alone.public.is_none());
        for path in [&plain, &locked] {
            assert_as_listed(&read(path, true).public.unwrap(), path);
        }
        assert_eq!(
            alone.public.map(|public| public.md5),
            public_alone.then(|| read(&plain, true).public.unwrap().md5)
        );
    }

    #[test]
    fn a_foreign_public_key_beside_is_not_taken_for_its_half() {
        let folder = TempDir::new().unwrap();
        let locked = generate(
            folder.path(),
            "locked",
            &["-t", "rsa", "-m", "PEM", "-N", "correct horse"],
        );
        let other = generate(folder.path(), "other", &["-t", "ed25519", "-N", ""]);
        let other = std::fs::read_to_string(other.with_added_extension("pub")).unwrap();
        let key = key_file(&std::fs::read_to_string(locked).unwrap(), Some(&other)).unwrap();
        assert_eq!(key.public, None);
        assert_eq!(
            key_file(&other, None).unwrap().algorithm.as_deref(),
            Some("ssh-ed25519")
        );
    }

    #[test]
    fn putty_keeps_the_public_half_in_clear() {
        let folder = TempDir::new().unwrap();
        let path = generate(folder.path(), "key", &["-t", "rsa", "-N", ""]);
        let line = std::fs::read_to_string(path.with_added_extension("pub")).unwrap();
        let blob = line.split(' ').nth(1).unwrap();
        let (first, rest) = blob.split_at(64);
        let text = format!(
            "PuTTY-User-Key-File-3: ssh-rsa\r\nEncryption: aes256-cbc\r\nComment: dev@contoso.com\r\n\
             Public-Lines: 2\r\n{first}\r\n{rest}\r\nKey-Derivation: Argon2id\r\n"
        );
        let key = key_file(&text, None).unwrap();
        assert!(key.encrypted);
        assert_as_listed(&key.public.unwrap(), &path);
    }

    proptest! {
        #[test]
        fn any_text_can_be_looked_at(text: String, at in 0..2000_usize, with: u8) {
            let _ = key_file(&text, Some(&text));
            for start in ["-----BEGIN RSA PRIVATE KEY-----\n", "-----BEGIN OPENSSH PRIVATE KEY-----\n", "PuTTY-User-Key-File-2: "] {
                let _ = key_file(&format!("{start}{text}-----END "), None);
            }
            let mut broken = crate::testing::ssh_keys::ed25519().private.clone().into_bytes();
            let length = broken.len();
            broken[at % length] = with & 0x7f;
            let _ = key_file(&String::from_utf8(broken).unwrap(), None);
        }
    }
}
