//! Takes values out of the encodings that tools put them in.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;

use super::{Token, recognize};
use crate::model::Secret;

/// A value out of its encodings.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The token, where it is one.
    pub token: Option<Token>,
    /// The user name that stood beside it in the same value.
    pub user: Option<String>,
    /// The innermost value.
    pub secret: Secret,
}

/// How a slot writes its values, by its owner's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As they are.
    Plain,
    /// Base64 of the value: npm's `_password`.
    Base64,
    /// Base64 of `user:password`: npm's `_auth`, Yarn's `npmAuthIdent`.
    Basic,
}

/// Longer values are no token in any encoding.
const LIMIT: usize = 2 * super::jwt::LIMIT;
/// `"Authorization: Basic " + base64(user + ":" + base64(":" + token))`, quoted and percent-encoded, is seven deep.
const DEPTH: usize = 10;

/// Takes a value out of its encodings: quotes, `Authorization:`, `Basic …`, `Bearer …`, base64 of a token
/// or of `user:token`, percent-encoding.
///
/// A decoding counts only where it leads to a token, or where `Basic` announced a user and password;
/// a password that happens to be valid base64 stays as it is.
pub fn open(value: &str) -> Opened {
    open_as(value, Encoding::Plain)
}

/// The same for a slot whose encoding is known, so that a password that is no token is decoded too.
pub fn open_as(value: &str, encoding: Encoding) -> Opened {
    let as_is = || Opened {
        token: None,
        user: None,
        secret: Secret::new(value),
    };
    if value.len() > LIMIT {
        return as_is();
    }
    let mut opening = Opening {
        text: value.to_owned(),
        user: None,
        fallback: None,
    };
    match encoding {
        Encoding::Plain => {}
        Encoding::Base64 => {
            if let Some(password) = printable(unquoted(value)) {
                opening.fallback = Some((None, password));
            }
        }
        Encoding::Basic => opening.expect_user_and_password(unquoted(value)),
    }
    for _ in 0..DEPTH {
        if let Some(token) = recognize(&opening.text) {
            return Opened {
                token: Some(token),
                user: opening.user,
                secret: Secret::new(opening.text),
            };
        }
        if !opening.step() {
            break;
        }
    }
    match opening.fallback {
        Some((user, secret)) => Opened {
            token: None,
            user,
            secret: Secret::new(secret),
        },
        None => as_is(),
    }
}

/// A value on its way out.
struct Opening {
    text: String,
    user: Option<String>,
    /// What it is where it holds no token.
    fallback: Option<(Option<String>, String)>,
}

impl Opening {
    /// Takes one layer off; false where there is none left.
    fn step(&mut self) -> bool {
        let text = unquoted(&self.text);
        let next = if text.len() < self.text.len() {
            text.to_owned()
        } else if let Some(rest) = after_word(text, "Authorization:") {
            rest.to_owned()
        } else if let Some(rest) = after_word(text, "Bearer ") {
            if !rest.contains(char::is_whitespace) {
                self.fallback = Some((None, rest.to_owned()));
            }
            rest.to_owned()
        } else if let Some(rest) = after_word(text, "Basic ") {
            let rest = rest.to_owned();
            self.expect_user_and_password(&rest);
            rest
        } else if let Some((user, secret)) = text.split_once(':') {
            let secret = secret.to_owned();
            self.user = Some(user.to_owned()).filter(|user| !user.is_empty());
            secret
        } else if text.contains('%') {
            match percent_decode_str(text).decode_utf8() {
                Ok(decoded) if decoded != text => decoded.into_owned(),
                _ => return false,
            }
        } else {
            match printable(text) {
                Some(decoded) => decoded,
                None => return false,
            }
        };
        self.text = next;
        true
    }

    fn expect_user_and_password(&mut self, encoded: &str) {
        if let Some(pair) = printable(encoded)
            && let Some((user, password)) = pair.split_once(':')
        {
            let user = Some(user.to_owned()).filter(|user| !user.is_empty());
            self.fallback = Some((user, password.to_owned()));
        }
    }
}

/// Both alphabets, with or without padding, as tools write it and people cut it.
const TOLERANT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// Base64 without padding, in either alphabet.
pub(super) fn decode(digits: &str) -> Option<Vec<u8>> {
    let standard = digits.replace('-', "+").replace('_', "/");
    TOLERANT.decode(standard).ok()
}

/// Base64 of printable text.
pub(super) fn printable(encoded: &str) -> Option<String> {
    let digits = encoded.trim_end_matches('=');
    if digits.is_empty() {
        return None;
    }
    let text = String::from_utf8(decode(digits)?).ok()?;
    let text = text.trim_end_matches(['\r', '\n']);
    (!text.contains(char::is_control)).then(|| text.to_owned())
}

/// Without blanks and one pair of quotes around.
fn unquoted(text: &str) -> &str {
    let text = text.trim();
    ['"', '\'']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(text)
}

fn after_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let (start, rest) = text.split_at_checked(word.len())?;
    start.eq_ignore_ascii_case(word).then(|| rest.trim_start())
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{entra_jwt, pat52, pat84};

    fn parts(opened: &Opened) -> (bool, Option<&str>, &str) {
        (
            opened.token.is_some(),
            opened.user.as_deref(),
            opened.secret.expose(),
        )
    }

    #[test]
    fn every_encoding_leads_to_the_token() {
        let jwt = entra_jwt("aaaabbbb-0000-cccc-1111-dddd2222eeee", 1);
        for token in [pat84('C', 'A', 1), pat52(1), jwt] {
            let user = "dev@contoso.com";
            let colon = STANDARD.encode(format!(":{token}"));
            let pair = STANDARD.encode(format!("{user}:{token}"));
            for (value, with_user) in [
                (token.clone(), None),
                (format!(" \"{token}\"\n"), None),
                (format!("Bearer {token}"), None),
                (format!("authorization: bearer  {token}"), None),
                (format!("AUTHORIZATION: Basic {colon}"), None),
                (format!("Authorization:basic {pair}"), Some(user)),
                (format!("\"Authorization: Basic {pair}\""), Some(user)),
                (STANDARD.encode(&token), None),
                (STANDARD_NO_PAD.encode(&token), None),
                (format!("{}==", STANDARD_NO_PAD.encode(&token)), None),
                (STANDARD.encode(format!("{token}\n")), None),
                (colon.clone(), None),
                (pair.clone(), Some(user)),
                (URL_SAFE.encode(format!("?~?~:{token}")), Some("?~?~")),
                (pair.replace('=', "%3D"), Some(user)),
                (format!("%20{token}"), None),
                (format!("{user}:{token}"), Some(user)),
                (STANDARD.encode(format!("{user}:{colon}")), None),
            ] {
                let opened = open(&value);
                assert_eq!(parts(&opened), (true, with_user, &*token), "{value}");
            }
        }
    }

    #[test]
    fn a_password_stays_as_it_is_even_where_it_is_valid_base64() {
        for password in [
            "aHVudGVyMg==",
            "hunter2",
            "100%",
            "a:b",
            "Basic training",
            "\"x\"",
            "Bearer of news",
            "",
        ] {
            assert_eq!(parts(&open(password)), (false, None, password));
        }
    }

    #[test]
    fn a_slot_that_is_known_to_be_encoded_is_decoded() {
        let pair = STANDARD.encode("dev:hunter:2");
        for opened in [
            open(&format!("Basic {pair}")),
            open_as(&pair, Encoding::Basic),
        ] {
            assert_eq!(parts(&opened), (false, Some("dev"), "hunter:2"));
        }
        let password = open_as("\"aHVudGVyMg==\"", Encoding::Base64);
        assert_eq!(parts(&password), (false, None, "hunter2"));
        assert_eq!(
            parts(&open_as("not base64!", Encoding::Basic)),
            (false, None, "not base64!")
        );
        assert_eq!(parts(&open("Bearer opaque")), (false, None, "opaque"));
    }

    proptest! {
        #[test]
        fn any_text_can_be_opened(text: String) {
            for encoding in [Encoding::Plain, Encoding::Base64, Encoding::Basic] {
                prop_assert!(open_as(&text, encoding).token.is_none());
            }
        }

        #[test]
        fn any_user_survives_the_encoding(user in "[\\p{L}\\p{N}@._+-]{1,20}", seed: u8) {
            let token = pat84('B', 'C', seed);
            let opened = open(&STANDARD.encode(format!("{user}:{token}")));
            prop_assert_eq!(parts(&opened), (true, Some(&*user), &*token));
        }
    }
}
