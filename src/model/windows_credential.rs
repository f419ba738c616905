//! A credential of Windows as the attributes of a vault entry, named as in `CREDENTIALW` (learn.microsoft.com, wincred.h).
//!
//! All that Windows keeps of it is there, so that it can be put back, but for its secret and the time of writing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Attributes;

/// What it is looked up by, exactly. No other vault has an attribute of this name.
pub const TARGET_NAME: &str = "TargetName";
/// Its kind, as a number.
pub const TYPE: &str = "Type";
/// The account.
pub const USER_NAME: &str = "UserName";
/// What its writer says of it.
pub const COMMENT: &str = "Comment";
/// How long it is kept, and where it roams, as a number.
pub const PERSIST: &str = "Persist";
/// Another name.
pub const TARGET_ALIAS: &str = "TargetAlias";
/// Bits, as a number; absent where there are none.
pub const FLAGS: &str = "Flags";
/// Some text in it is no Unicode, so that it cannot be named again.
pub const NOT_UNICODE: &str = "NotUnicode";
/// Before the number of each further value that its writer keeps with it.
pub const VALUE: &str = "Attributes.";

/// `CRED_TYPE_GENERIC`: programs keep what they like in it.
pub const GENERIC: &str = "1";
/// `CRED_TYPE_DOMAIN_PASSWORD`: Windows itself signs in with it, and gives its password to no program.
pub const DOMAIN_PASSWORD: &str = "2";

/// A further value that its writer keeps with a credential (`CREDENTIAL_ATTRIBUTEW`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialValue {
    /// What it is called.
    pub keyword: String,
    /// Bits.
    pub flags: u32,
    /// Any bytes.
    pub value: Vec<u8>,
}

impl CredentialValue {
    /// It as one line: flags, value in base64, keyword.
    pub fn to_line(&self) -> String {
        let value = STANDARD.encode(&self.value);
        format!("{}:{value}:{}", self.flags, self.keyword)
    }

    /// Reads what [`CredentialValue::to_line`] gave.
    pub fn of_line(line: &str) -> Option<Self> {
        let mut parts = line.splitn(3, ':');
        let flags = parts.next()?.parse().ok()?;
        let value = STANDARD.decode(parts.next()?).ok()?;
        let keyword = parts.next()?.to_owned();
        Some(Self {
            keyword,
            flags,
            value,
        })
    }

    /// The value of this name in what a credential has.
    pub fn named(attributes: &Attributes, keyword: &str) -> Option<Vec<u8>> {
        let mut all = attributes
            .iter()
            .filter(|(name, _)| name.starts_with(VALUE))
            .filter_map(|(_, line)| Self::of_line(line));
        let found = all.find(|value| value.keyword == keyword)?;
        Some(found.value)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    #[test]
    fn a_value_survives_its_line() {
        let value = CredentialValue {
            keyword: "a:b".to_owned(),
            flags: 7,
            value: vec![0, 255, 58],
        };
        let line = value.to_line();
        assert_eq!(CredentialValue::of_line(&line), Some(value));
        let attributes = [("Attributes.00".to_owned(), line)].into();
        let found = CredentialValue::named(&attributes, "a:b");
        assert_eq!(found, Some(vec![0, 255, 58]));
        assert_eq!(CredentialValue::named(&attributes, "a"), None);
        for line in ["", "x:AA==:k", "1:%:k", "1:AA=="] {
            assert_eq!(CredentialValue::of_line(line), None, "{line}");
        }
    }
}
