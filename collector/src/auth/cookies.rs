//! Cookies: three of them, so no package is needed.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;

/// The value of a cookie that the browser sent.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// Whether a cookie goes along when another site leads here.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SameSite {
    /// Never.
    Strict,
    /// When somebody follows a link, or is sent back by the identity provider.
    Lax,
}

/// The header that sets a cookie, or removes it where `seconds` is 0.
pub(crate) fn set_cookie(
    name: &str,
    value: &str,
    secure: bool,
    same_site: SameSite,
    seconds: i64,
) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite={same_site:?}; Max-Age={seconds}{secure}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_cookie_of_that_very_name() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, "xa=1; a=2; b=3".parse().unwrap());
        assert_eq!(cookie(&headers, "a"), Some("2"));
        assert_eq!(cookie(&headers, "c"), None);
    }
}
