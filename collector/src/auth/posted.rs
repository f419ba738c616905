//! What a page's form sends, after it was made sure that the page was ours.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use subtle::ConstantTimeEq as _;

use super::{cookie, form_token, session_cookie};
use crate::pages;
use crate::server::App;

/// The fields of a form whose `form` field is the token of this session. Any other page's form is refused.
///
/// Fields that the type does not name are left out of account.
pub(crate) struct Posted<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Posted<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let expected = cookie(request.headers(), session_cookie(app.secure)).map(form_token);
        let body = Bytes::from_request(request, app)
            .await
            .map_err(IntoResponse::into_response)?;
        if !expected.is_some_and(|expected| is_ours(&body, &expected)) {
            return Err(pages::foreign_form());
        }
        serde_urlencoded::from_bytes(&body)
            .map(Self)
            .map_err(|_| pages::foreign_form())
    }
}

fn is_ours(body: &[u8], expected: &str) -> bool {
    let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(body).unwrap_or_default();
    fields
        .iter()
        .any(|(name, value)| name == "form" && value.as_bytes().ct_eq(expected.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn only_the_token_in_the_field_form_counts() {
        assert!(is_ours(b"user=sam&form=abc", "abc"));
        for foreign in [&b"user=abc"[..], b"form=abd", b"form=", b"%ff"] {
            assert!(!is_ours(foreign, "abc"));
        }
    }
}
