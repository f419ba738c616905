//! What a server answered.

use http::HeaderMap;
use http::header::{AsHeaderName, CONTENT_TYPE, RETRY_AFTER};

/// A whole answer, of any status.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, decompressed; whole.
    pub body: Vec<u8>,
    pub(super) headers: HeaderMap,
}

impl Answer {
    /// Every value of a header, in order; what is no text is left out.
    pub fn headers(&self, name: impl AsHeaderName) -> impl Iterator<Item = &str> {
        let values = self.headers.get_all(name).into_iter();
        values.filter_map(|value| value.to_str().ok())
    }

    /// How many seconds the server asks to be left alone. A date is not read: no server of ours sends one.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        self.headers(RETRY_AFTER).next()?.trim().parse().ok()
    }

    /// Whether it says that its body is JSON.
    pub fn is_json(&self) -> bool {
        let kind = self.headers(CONTENT_TYPE).next().unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/json") || kind.ends_with("+json")
    }

    /// Whether it sends the client elsewhere.
    pub fn is_redirect(&self) -> bool {
        (300..400).contains(&self.status)
    }
}
