//! Who may: devices by their token, scripts by an API token, people by a session.

mod caller;
mod certified;
mod cookies;
mod device;
mod password;
mod posted;
mod session;
mod throttle;
mod viewer;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

pub(crate) use caller::Caller;
pub(crate) use certified::Certified;
pub(crate) use cookies::{SameSite, cookie, set_cookie};
pub(crate) use device::DeviceAuth;
pub(crate) use password::Passwords;
pub(crate) use posted::Posted;
pub(crate) use session::{Session, form_token, session_cookie, used_after, without_session};
pub(crate) use throttle::Try;
pub(crate) use viewer::{Admin, Viewer};

pub(crate) use password::hash as hash_password;

/// The token of `Authorization: Bearer T`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim())
        .filter(|token| !token.is_empty())
}
