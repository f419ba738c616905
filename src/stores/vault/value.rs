//! The token in what an entry holds: tools put more than it there.

use jiff::Timestamp;

use super::names::Writer;
use crate::model::Secret;
use crate::token;

/// The value of an entry, and the end that stands beside it.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) value: Secret,
    pub(super) expires: Option<Timestamp>,
}

/// Takes the value out; `None` where there is none. `account` may be the token itself.
pub(super) fn of(writer: Writer, content: &str, account: Option<&str>) -> Option<Value> {
    let (value, expires) = match writer {
        Writer::JetBrains => (jet_brains(content)?, None),
        // The older Java tool wraps its tokens in XML.
        Writer::CredentialManager if content.trim_start().starts_with('<') => {
            (token_in(content).unwrap_or(content), None)
        }
        // Both put one line more below the password for a sign-in that can be renewed.
        Writer::Git | Writer::CredentialManager => git(content),
        _ => (content, None),
    };
    // `https://TOKEN@host` leaves the token where the name stands.
    let account = account.filter(|account| token::recognize(account).is_some());
    let value = match account {
        Some(account) if token::open(value).token.is_none() => account,
        _ => value,
    };
    (!value.is_empty()).then(|| Value {
        value: Secret::new(value),
        expires,
    })
}

/// Since git 2.43, `password_expiry_utc=…` and `oauth_refresh_token=…` stand on lines of their own.
fn git(content: &str) -> (&str, Option<Timestamp>) {
    let (password, rest) = content.split_once('\n').unwrap_or((content, ""));
    let password = password.strip_suffix('\r').unwrap_or(password);
    let mut lines = rest.lines();
    let expires = lines.find_map(|line| line.strip_prefix("password_expiry_utc="));
    let expires = expires
        .and_then(|seconds| seconds.parse().ok())
        .and_then(|seconds| Timestamp::from_second(seconds).ok());
    (password, expires)
}

/// `user@password`, with a backslash before what belongs to the user; without an unescaped `@` there is no password.
fn jet_brains(content: &str) -> Option<&str> {
    let mut characters = content.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => {
                characters.next();
            }
            '@' => return content.get(at + 1..),
            _ => {}
        }
    }
    None
}

fn token_in(content: &str) -> Option<&str> {
    let mut found = token::find_all(content).into_iter();
    let range = found.find(|sighting| sighting.whole)?.range;
    content.get(range)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;
    use crate::testing::{pat52, pat84};

    fn value(writer: Writer, content: &str) -> Option<String> {
        of(writer, content, Some("dev")).map(|value| value.value.expose().to_owned())
    }

    #[test]
    fn each_writer_has_a_form_of_its_own() {
        let token = pat52(1);
        let xml = format!("<?xml version=\"1.0\"?>\n<token><value>{token}</value></token>");
        for (writer, content, expected) in [
            (Writer::Tool, token.as_str(), token.as_str()),
            (Writer::Git, "word\noauth_refresh_token=x", "word"),
            (Writer::Git, "word", "word"),
            (Writer::Git, "word\r\noauth_refresh_token=x", "word"),
            (
                Writer::CredentialManager,
                "word\noauth_refresh_token=x",
                "word",
            ),
            (Writer::JetBrains, "dev@word", "word"),
            (Writer::JetBrains, "dev\\@contoso.com@word@", "word@"),
            (Writer::JetBrains, "\\\\dev\\\\@word", "word"),
            (Writer::CredentialManager, &xml, &token),
            (Writer::CredentialManager, "<word", "<word"),
        ] {
            assert_eq!(value(writer, content).as_deref(), Some(expected));
        }
        for (writer, content) in [
            (Writer::JetBrains, "dev"),
            (Writer::Git, ""),
            (Writer::Git, "\na=b"),
        ] {
            assert_eq!(value(writer, content), None);
        }
    }

    #[test]
    fn the_end_of_a_password_stands_below_it() {
        let value = of(Writer::Git, "word\npassword_expiry_utc=1800000000\n", None).unwrap();
        assert_eq!(value.expires, Timestamp::from_second(1_800_000_000).ok());
    }

    #[test]
    fn a_token_may_stand_where_the_account_does() {
        let token = pat84('C', 'A', 1);
        let value = |content: &str| {
            let value = of(Writer::Git, content, Some(&token)).unwrap().value;
            value.expose().to_owned()
        };
        assert_eq!(value("x-oauth-basic"), token);
        assert_eq!(value(""), token);
        let other = pat52(1);
        assert_eq!(value(&other), other);
    }

    proptest! {
        #[test]
        fn any_content_can_be_read(content: String, at in 0..6_usize) {
            let writers = [Writer::Git, Writer::JetBrains, Writer::CredentialManager, Writer::Tool, Writer::Vsce, Writer::Other];
            let _ = of(writers[at], &content, None);
        }
    }
}
