//! Forms of tokens and keys: what a value is, and what can be read from it without a network.

mod der;
mod encoded;
mod find;
mod fingerprint;
mod jwt;
mod marvin;
pub mod pat52;
pub mod pat84;
mod putty;
mod shown;
pub mod ssh;

pub use encoded::{Encoding, Opened, open, open_as};
pub use find::{Sighting, find_all, long_runs, sight};
pub use fingerprint::FingerprintKey;
use jiff::Timestamp;
use jiff::civil::Date;
pub use jwt::is_azure_devops;
pub use shown::{hide, shown, shown_path};
use uuid::Uuid;

use crate::model::Kind;

/// The form of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A personal access token of 84 characters, which has its month inside.
    Pat84,
    /// A personal access token of 52 characters.
    Pat52,
    /// A JWT of Entra for the Azure DevOps audience.
    EntraJwt,
    /// A JWT that Azure DevOps issued itself.
    ServiceJwt,
}

/// What a token says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its form.
    pub form: Form,
    /// The first day of the month in which it was made.
    pub created: Option<Date>,
    /// When it ends.
    pub expires: Option<Timestamp>,
    /// The tenant that it was issued in.
    pub tenant: Option<Uuid>,
}

impl Token {
    /// The kind of a finding that holds it.
    pub fn kind(&self) -> Kind {
        match self.form {
            Form::Pat84 | Form::Pat52 => Kind::Pat,
            Form::EntraJwt => Kind::AccessToken,
            Form::ServiceJwt => Kind::SessionToken,
        }
    }
}

/// Recognises a value that is one token and nothing else.
pub fn recognize(value: &str) -> Option<Token> {
    pat84::parse(value)
        .or_else(|| pat52::parse(value))
        .or_else(|| jwt::parse(value))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;
    use crate::testing::{pat52, pat84};

    fn base62() -> impl Strategy<Value = u8> {
        prop_oneof![b'0'..=b'9', b'A'..=b'Z', b'a'..=b'z']
    }

    #[test]
    fn tokens_of_different_seeds_differ_where_it_is_random() {
        assert_ne!(pat84('C', 'A', 1)[..40], pat84('C', 'A', 2)[..40]);
        assert_ne!(pat52(1)[..3], pat52(2)[..3]);
    }

    proptest! {
        #[test]
        fn any_text_can_be_looked_at(text: String, form in "[A-Za-z0-9]{52}JQQJ99CA[A-Za-z0-9]{16}AZDO.{4}") {
            prop_assert_eq!(recognize(&text), None);
            prop_assert_eq!(recognize(&form), None);
        }

        #[test]
        fn a_token_with_one_changed_character_is_none(seed: u8, at in 0..84_usize, to in base62()) {
            for token in [pat84('C', 'A', seed), pat52(seed)] {
                prop_assert!(recognize(&token).is_some());
                let mut changed = token.clone().into_bytes();
                let length = changed.len();
                changed[at % length] = to;
                let changed = String::from_utf8(changed).unwrap();
                prop_assert_eq!(recognize(&changed).is_some(), changed == token);
            }
        }
    }
}
