//! The user-info of an address: where it stands and what it says.

use std::ops::Range;

use percent_encoding::percent_decode_str;

use super::is_reference;
use crate::model::Secret;
use crate::token;

/// Longer than any address that is meant (RFC 9110 asks for 8,000 octets).
const LONGEST: usize = 8 * 1024;
/// More than any setting lists; keeps a hostile text from being copied once for each of its addresses.
const MOST: usize = 1_000;

/// The user-info of an address (RFC 3986, 3.2.1). Ranges are offsets in the text that was searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserInfo {
    /// The whole address, with its user-info.
    pub address: Range<usize>,
    /// The user-info and its `@`: cutting it leaves an address without credentials.
    pub range: Range<usize>,
    /// The user name as it stands there.
    pub user_range: Range<usize>,
    /// The password as it stands there; `None` without a colon.
    pub password_range: Option<Range<usize>>,
    /// The user name, decoded; some people put the token here.
    pub user: Secret,
    /// The password, decoded; `None` without a colon.
    pub password: Option<Secret>,
}

impl UserInfo {
    /// The user-info of the first address in the text that has any.
    pub fn of(text: &str) -> Option<Self> {
        Self::each(text).next()
    }

    /// The user-info of every address in the text, in their order.
    ///
    /// An address begins with a scheme or `//` and ends at white space or a quote, so that lists of
    /// addresses and quoted ones are read too. At most a thousand are told of. git's short form `user@host:path` is none: it holds no secret.
    pub fn find_all(text: &str) -> Vec<Self> {
        Self::each(text).take(MOST).collect()
    }

    /// One after another, so that who wants the first does not pay for the rest.
    fn each(text: &str) -> impl Iterator<Item = Self> {
        let mut from = 0;
        std::iter::from_fn(move || {
            loop {
                let authority = from + text[from..].find("//")? + 2;
                let limit = text.floor_char_boundary(authority + LONGEST);
                let end = authority + length_until(&text[authority..limit], ends_authority);
                from = end;
                if let Some(at) = text[authority..end].rfind('@') {
                    return Some(Self::at(text, authority, authority + at));
                }
            }
        })
    }

    fn at(text: &str, start: usize, at: usize) -> Self {
        let scheme = text[..start - 2]
            .bytes()
            .rev()
            .take(LONGEST)
            .take_while(|byte| byte.is_ascii_alphanumeric() || b":+-.".contains(byte))
            .count();
        let limit = text.floor_char_boundary(start + LONGEST);
        let end = start + length_until(&text[start..limit], ends_address);
        let (user_end, password_range) = match text[start..at].find(':') {
            Some(colon) => (start + colon, Some(start + colon + 1..at)),
            None => (at, None),
        };
        Self {
            address: start - 2 - scheme..end,
            range: start..at + 1,
            user_range: start..user_end,
            user: decode(&text[start..user_end]),
            password: password_range
                .clone()
                .map(|password| decode(&text[password])),
            password_range,
        }
    }

    /// The part that is a credential, and its range: the password, or a user name that has the form of a token.
    ///
    /// A user name alone is none, nor is what stands for the value of a variable.
    pub fn secret(&self) -> Option<(&Secret, Range<usize>)> {
        let user = is_token_like(self.user.expose());
        match (&self.password, &self.password_range) {
            (Some(password), Some(range))
                if !(password.expose().is_empty()
                    || user && token::recognize(password.expose()).is_none()) =>
            {
                (!is_reference(password.expose())).then(|| (password, range.clone()))
            }
            _ => user.then(|| (&self.user, self.user_range.clone())),
        }
    }

    /// The address without its user-info.
    pub fn address_in(&self, text: &str) -> String {
        let before = &text[self.address.start..self.range.start];
        let after = &text[self.range.end..self.address.end];
        [before, after].concat()
    }
}

/// No organization's or person's name is as long as a token, so the length tells one whose checksum fails.
pub fn is_token_like(value: &str) -> bool {
    let long =
        matches!(value.len(), 52 | 84) && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
    long || token::recognize(value).is_some()
}

fn decode(text: &str) -> Secret {
    Secret::new(percent_decode_str(text).decode_utf8_lossy())
}

fn length_until(text: &str, ends: fn(char) -> bool) -> usize {
    text.find(ends).unwrap_or(text.len())
}

fn ends_authority(character: char) -> bool {
    matches!(character, '/' | '?' | '#' | '\\') || ends_address(character)
}

fn ends_address(character: char) -> bool {
    matches!(character, '"' | '\'') || character.is_whitespace()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;

    fn parts(text: &str) -> Option<(String, Option<String>, String)> {
        UserInfo::of(text).map(|info| {
            let password = info.password.as_ref().map(|secret| secret.expose().into());
            let user = info.user.expose().to_owned();
            (user, password, info.address_in(text))
        })
    }

    #[test]
    fn user_and_password_are_decoded_and_can_be_cut() {
        for (text, user, password, rest) in [
            ("https://u:p%40q@h/x", "u", Some("p@q"), "https://h/x"),
            ("https://u@h", "u", None, "https://h"),
            ("https://:p@h:8080/", "", Some("p"), "https://h:8080/"),
            ("//u:p:q@h/x@y", "u", Some("p:q"), "//h/x@y"),
            (
                "sparse+https://u:p@h/i/",
                "u",
                Some("p"),
                "sparse+https://h/i/",
            ),
            ("a=\"https://u:p@h/\" b", "u", Some("p"), "https://h/"),
        ] {
            let expected = (user.into(), password.map(String::from), rest.into());
            assert_eq!(parts(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn an_address_without_user_info_has_none() {
        for text in [
            "https://h/a@b",
            "https://h?q=a@b",
            "git@h:p",
            "//h",
            "",
            "@",
            "//",
        ] {
            assert_eq!(UserInfo::of(text), None, "{text}");
        }
    }

    #[test]
    fn every_address_of_a_list_is_found() {
        let text = "https://a:1@h/ \n https://h/\n\thttps://b:2@k/";
        let found = UserInfo::find_all(text);
        let addresses = found.iter().map(|info| info.address_in(text));
        assert_eq!(addresses.collect::<Vec<_>>(), ["https://h/", "https://k/"]);
    }

    #[test]
    fn the_secret_is_the_password_or_a_user_that_looks_like_a_token() {
        let long = "a".repeat(52);
        for (text, secret) in [
            ("https://u:p@h", Some("p")),
            ("https://contoso@h", None),
            ("https://contoso:@h", None),
            ("https://u:${TOKEN}@h", None),
            (&format!("https://{long}@h"), Some(long.as_str())),
            (&format!("https://{long}:@h"), Some(long.as_str())),
            (
                &format!("https://{long}:x-oauth-basic@h"),
                Some(long.as_str()),
            ),
        ] {
            let info = UserInfo::of(text).unwrap();
            let found = info.secret();
            assert_eq!(found.as_ref().map(|(value, _)| value.expose()), secret);
            if let Some((_, range)) = found {
                assert_eq!(Some(&text[range]), secret);
            }
        }
    }

    #[test]
    fn a_hostile_text_is_not_searched_without_end() {
        let found = UserInfo::find_all(&"//a:b@".repeat(500_000));
        assert_eq!(found.len(), MOST);
        assert!(found.iter().all(|info| info.address.len() <= LONGEST + 2));
    }

    proptest! {
        #[test]
        fn any_text_can_be_searched(text in "[a:/@%é\" ]{0,30}") {
            for info in UserInfo::find_all(&text) {
                prop_assert!(text[info.range.clone()].ends_with('@'));
                prop_assert!(!info.address_in(&text).is_empty());
                let _ = info.secret();
            }
        }
    }
}
