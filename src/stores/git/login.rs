//! Credentials in the user-info of an address: `https://user:secret@host/path`.

use std::ops::Range;

use percent_encoding::percent_decode_str;

use crate::model::{Address, OrganizationName, Scope};
use crate::token;

/// A secret in an http address of Azure DevOps. Ranges are ranges in the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Login {
    /// Whose it is: the path's, else the organization in scope that the user names.
    pub(super) organization: Option<OrganizationName>,
    /// The user name where it is not the secret.
    pub(super) user: Option<String>,
    /// The secret out of its percent-encoding. Not for showing.
    pub(super) value: String,
    /// Where the secret stands.
    pub(super) span: Range<usize>,
    /// Where the user name ends, and where the host begins.
    user_end: usize,
    host: usize,
    /// Where the user-info begins.
    start: usize,
}

impl Login {
    /// Takes the organization that stands beside the address where the address names none.
    #[must_use]
    pub(super) fn beside(mut self, named: impl FnOnce() -> Option<OrganizationName>) -> Self {
        self.organization = self.organization.or_else(named);
        self
    }

    /// What to cut so that the address works without the secret.
    ///
    /// A user that is the organization stays: Azure DevOps' own clone addresses have it.
    pub(super) fn cut(&self) -> Range<usize> {
        let user = self.user.as_deref();
        let organization = self.organization.as_ref();
        match (user, organization) {
            (Some(user), Some(organization)) if organization.is(user) => {
                self.user_end..self.host - 1
            }
            _ => self.start..self.host,
        }
    }
}

/// The parts of an address. Ranges are ranges in the address.
pub(super) struct Parts {
    pub(super) user: Range<usize>,
    pub(super) password: Option<Range<usize>>,
    /// Host, port and path.
    pub(super) rest: usize,
}

/// Splits an http address that has user-info.
pub(super) fn parts(url: &str) -> Option<Parts> {
    let scheme = url.find("://")?;
    let is_http = ["http", "https"]
        .iter()
        .any(|name| url[..scheme].trim_start().eq_ignore_ascii_case(name));
    if !is_http {
        return None;
    }
    let start = scheme + 3;
    let authority = url[start..]
        .split(['/', '?', '#', '\\'])
        .next()
        .unwrap_or_default();
    let at = start + authority.rfind('@')?;
    let (user, password) = match url[start..at].find(':') {
        Some(colon) => (start..start + colon, Some(start + colon + 1..at)),
        None => (start..at, None),
    };
    Some(Parts {
        user,
        password,
        rest: at + 1,
    })
}

/// The text out of its percent-encoding.
pub(super) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Whether a user name is a secret: a token, or what has the length of one and fails its checksum.
///
/// No person's and no organization's name is so long.
pub(super) fn is_token(user: &str) -> bool {
    let is_long =
        matches!(user.len(), 52 | 84) && user.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_long || token::open(user).token.is_some()
}

/// Reads the secret in an address; `None` for other hosts and for a user name that is only a name.
pub(super) fn login(url: &str, scope: &Scope) -> Option<Login> {
    let Parts {
        user,
        password,
        rest,
    } = parts(url)?;
    let address = Address::parse(url)?;
    let name = decoded(&url[user.clone()]);
    let organization = address.organization.or_else(|| scope.named(&name).cloned());
    let password = password.filter(|password| !password.is_empty());
    // `token:x-oauth-basic@` and `token@` have the secret where the user stands.
    let secret_is_user = match &password {
        Some(password) => is_token(&name) && !is_token(&decoded(&url[password.clone()])),
        None => is_token(&name),
    };
    if secret_is_user {
        return Some(Login {
            organization,
            user: None,
            value: name,
            span: user.clone(),
            user_end: user.end,
            host: rest,
            start: user.start,
        });
    }
    let span = password?;
    Some(Login {
        organization,
        user: Some(name),
        value: decoded(&url[span.clone()]),
        span,
        user_end: user.end,
        host: rest,
        start: user.start,
    })
}

/// How many bytes of an address are looked at; a hostile file is one endless address.
const LONGEST: usize = 1024;

/// Secrets in all addresses of a text, each with where its address begins.
pub(super) fn logins(text: &str, scope: &Scope) -> Vec<(usize, Login)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find("://")) {
        let scheme_end = from + at;
        let letters = text[..scheme_end]
            .bytes()
            .rev()
            .take_while(u8::is_ascii_alphabetic)
            .count();
        let start = scheme_end - letters;
        let limit = text.floor_char_boundary(text.len().min(scheme_end + LONGEST));
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'<>".contains(byte);
        let url = &text[start..limit];
        let length = url.bytes().position(|byte| ends(&byte));
        let url = &url[..length.unwrap_or(url.len())];
        if let Some(login) = login(url, scope) {
            found.push((start, login));
        }
        from = scheme_end + 3;
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{pat52, scope};

    fn without(url: &str) -> Option<(String, Option<String>)> {
        let login = login(url, &scope(&["contoso"]))?;
        let mut rest = url.to_owned();
        rest.replace_range(login.cut(), "");
        let organization = login.organization.map(|name| name.to_string());
        Some((rest, organization))
    }

    #[test]
    fn only_the_secret_is_cut() {
        for (url, rest, organization) in [
            (
                "https://any:secret@dev.azure.com/contoso/p",
                "https://dev.azure.com/contoso/p",
                Some("contoso"),
            ),
            (
                "https://contoso:s%40@dev.azure.com/contoso/p",
                "https://contoso@dev.azure.com/contoso/p",
                Some("contoso"),
            ),
            (
                "https://CONTOSO:s@dev.azure.com",
                "https://CONTOSO@dev.azure.com",
                Some("contoso"),
            ),
            (
                "https://contoso:s@dev.azure.com/fabrikam/p",
                "https://dev.azure.com/fabrikam/p",
                Some("fabrikam"),
            ),
            (
                "https://:s@fabrikam.visualstudio.com:443/p",
                "https://fabrikam.visualstudio.com:443/p",
                Some("fabrikam"),
            ),
            (
                "HTTPS://a:b@c@DEV.azure.com/",
                "HTTPS://DEV.azure.com/",
                None,
            ),
        ] {
            let expected = (rest.to_owned(), organization.map(str::to_owned));
            assert_eq!(without(url), Some(expected), "{url}");
        }
    }

    #[test]
    fn a_token_may_stand_where_the_user_does() {
        let broken = "a".repeat(52);
        for (user_info, secret) in [
            (pat52(1), pat52(1)),
            (format!("{}:x-oauth-basic", pat52(1)), pat52(1)),
            (format!("{}:", pat52(1)), pat52(1)),
            (format!("{}:{}", pat52(1), pat52(2)), pat52(2)),
            (broken.clone(), broken),
        ] {
            let url = format!("https://{user_info}@dev.azure.com/contoso");
            assert_eq!(
                login(&url, &scope(&[])).map(|login| login.value),
                Some(secret)
            );
            let rest = without(&url).map(|(rest, _)| rest);
            assert_eq!(rest.as_deref(), Some("https://dev.azure.com/contoso"));
        }
    }

    #[test]
    fn a_name_or_another_host_is_no_secret() {
        for url in [
            "https://contoso@dev.azure.com/contoso/p",
            "https://jane%40contoso.com@dev.azure.com/contoso/p",
            "https://contoso:@dev.azure.com/contoso/p",
            "https://dev.azure.com/contoso/p",
            "https://a:b@github.com/contoso/p",
            "https://dev.azure.com:b@github.com/contoso/p",
            "https://a:b@tfs.contoso.com/tfs",
            "git@ssh.dev.azure.com:v3/contoso/p/r",
            "ssh://a:b@ssh.dev.azure.com/v3/contoso/p/r",
            "://a:b@dev.azure.com",
            "https://",
        ] {
            assert_eq!(without(url), None, "{url}");
        }
    }

    #[test]
    fn addresses_are_found_in_any_text() {
        let text =
            "x\tbranch 'm' of https://u:s@dev.azure.com/contoso/p\nhttps://github.com ftp://";
        let found = logins(text, &scope(&[]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, 16);
        assert_eq!(found[0].1.value, "s");
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(https?|://|[:@/é%4?#\\\\\" a]|dev.azure.com){0,12}") {
            for (start, login) in logins(&text, &scope(&["a"])) {
                prop_assert!(text[start..].get(login.cut()).is_some());
            }
            let _ = login(&text, &scope(&["a"]));
        }
    }
}
