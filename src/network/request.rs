//! What a server is asked.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use serde::Serialize;

use super::NetworkFault;
use crate::model::Secret;

/// A request that is not sent yet.
#[derive(Debug)]
pub struct Request {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    fn new(method: Method, url: impl Into<String>) -> Self {
        Self {
            method,
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// `GET`.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new(Method::GET, url)
    }

    /// `POST`.
    pub fn post(url: impl Into<String>) -> Self {
        Self::new(Method::POST, url)
    }

    /// `DELETE`.
    pub fn delete(url: impl Into<String>) -> Self {
        Self::new(Method::DELETE, url)
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.push((name, HeaderValue::from_static(value)));
        self
    }

    /// With these bytes.
    #[must_use]
    pub fn body(mut self, kind: &'static str, body: Vec<u8>) -> Self {
        self.body = body;
        self.header(CONTENT_TYPE, kind)
    }

    /// With this value as JSON.
    ///
    /// # Errors
    /// Where it is no JSON.
    pub fn json(self, value: &impl Serialize) -> Result<Self, NetworkFault> {
        let body =
            serde_json::to_vec(value).map_err(|error| NetworkFault::Request(error.to_string()))?;
        Ok(self.body("application/json", body))
    }

    /// `Authorization: Bearer …`, marked so that nothing below prints it.
    ///
    /// # Errors
    /// Where the token cannot stand in a header.
    pub fn bearer(self, token: &Secret) -> Result<Self, NetworkFault> {
        self.authorization("Bearer", token)
    }

    /// `Authorization: Basic …` with this user and password.
    ///
    /// # Errors
    /// Where they cannot stand in a header.
    pub fn basic(self, user: &str, password: &Secret) -> Result<Self, NetworkFault> {
        let pair = Secret::new(format!("{user}:{}", password.expose()));
        let digits = Secret::new(STANDARD.encode(pair.expose()));
        self.authorization("Basic", &digits)
    }

    fn authorization(mut self, scheme: &str, value: &Secret) -> Result<Self, NetworkFault> {
        // The text is the secret's own copy, wiped where it ends.
        let text = Secret::new(format!("{scheme} {}", value.expose()));
        let mut value = HeaderValue::from_str(text.expose())
            .map_err(|_| NetworkFault::Request("the token cannot stand in a header".to_owned()))?;
        value.set_sensitive(true);
        self.headers.push((AUTHORIZATION, value));
        Ok(self)
    }
}
