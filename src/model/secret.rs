//! A secret that cannot be printed, and text that may hold one in its user-info.

use std::fmt;
use std::hash::{Hash, Hasher};

use secrecy::{ExposeSecret, SecretString};

/// The value of a credential.
///
/// It has no `Display`, no `Serialize`, and a `Debug` that says nothing; it is wiped when dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes the value over.
    pub fn new(value: impl Into<String>) -> Self {
        Self(SecretString::from(value.into()))
    }

    /// The value itself, for comparing, fingerprinting and sending to its own service; for nothing that prints.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

impl Hash for Secret {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.expose().hash(state);
    }
}

/// Text that may hold addresses with user-info; it prints with every `user:password@` and `token@` replaced by `***@`.
///
/// It works on any text, not just on whole addresses, because entries quote addresses in their own
/// syntax (`url.https://…@host/.insteadOf`). A user name that equals the organization in the path
/// is not secret but is hidden all the same: nothing is lost by it.
#[derive(Clone, Copy)]
pub struct SafeUrl<'a>(pub &'a str);

impl fmt::Display for SafeUrl<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(start) = authority(rest) {
            let (before, after) = rest.split_at(start);
            formatter.write_str(before)?;
            let end = after
                .find(|character: char| {
                    matches!(character, '/' | '?' | '#' | '"' | '\'') || character.is_whitespace()
                })
                .unwrap_or(after.len());
            rest = match after[..end].rfind('@') {
                Some(at) => {
                    formatter.write_str("***")?;
                    &after[at..]
                }
                None => after,
            };
        }
        formatter.write_str(rest)
    }
}

/// Where the next authority begins: after `//`, or after the `scheme:/` that is left of an address in a path.
fn authority(text: &str) -> Option<usize> {
    let mut slashes = text.match_indices('/').map(|(at, _)| at);
    let start = slashes.find(|at| {
        let scheme = text[..*at].strip_suffix(':').unwrap_or_default();
        let mut letters = scheme.bytes().rev().take_while(u8::is_ascii_alphabetic);
        // One letter is a drive of Windows.
        text[at + 1..].starts_with('/') || letters.nth(1).is_some()
    })?;
    let doubled = text[start + 1..].starts_with('/');
    Some(start + 1 + usize::from(doubled))
}

impl fmt::Debug for SafeUrl<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_says_nothing_of_itself() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
    }

    #[test]
    fn user_info_is_hidden_wherever_an_address_stands() {
        for (text, shown) in [
            (
                "https://u:p@dev.azure.com/contoso",
                "https://***@dev.azure.com/contoso",
            ),
            ("https://p@h/a@b", "https://***@h/a@b"),
            (
                "url.https://u:p@ss@h/.insteadOf",
                "url.https://***@h/.insteadOf",
            ),
            (
                "a https://x@h b https://y:z@k c",
                "a https://***@h b https://***@k c",
            ),
            ("//u:p@h", "//***@h"),
            ("/h/https:/u:p@h/x", "/h/https:/***@h/x"),
            ("C:/a@b", "C:/a@b"),
            ("plain", "plain"),
        ] {
            assert_eq!(SafeUrl(text).to_string(), shown);
        }
    }
}
