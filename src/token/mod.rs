//! Forms of tokens and keys: what a value is, and what can be read from it without a network.

#[cfg(test)]
pub(crate) mod synthetic;

use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::model::{Kind, Secret};

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

/// Recognises a value that is one token and nothing else.
pub fn recognize(_value: &str) -> Option<Token> {
    None
}

/// Finds tokens in any text.
pub fn find_all(_text: &str) -> Vec<(std::ops::Range<usize>, Token)> {
    Vec::new()
}

/// Takes a value out of its encodings: `Basic …`, `Bearer …`, base64 of a token or of `user:token`, percent-encoding.
pub fn open(value: &str) -> Opened {
    Opened {
        token: recognize(value),
        user: None,
        secret: Secret::new(value),
    }
}
