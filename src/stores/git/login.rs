//! Credentials in the user-info of an address: `https://user:secret@host/path`.

use std::ops::Range;

use crate::model::{Address, OrganizationName, Scope, Secret};
use crate::text::UserInfo;

/// Longer than the user and the host of any address.
const LONGEST: usize = 8 * 1024;

/// A secret in an http address of Azure DevOps. Ranges are ranges in the address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Login {
    /// Whose it is: the path's, else the organization in scope that the user names.
    pub(super) organization: Option<OrganizationName>,
    /// The user name where it is not the secret.
    pub(super) user: Option<String>,
    /// The secret out of its percent-encoding.
    pub(super) value: Secret,
    /// Where the secret stands.
    pub(super) span: Range<usize>,
    /// Where the user name ends.
    user_end: usize,
    /// The user-info with its `@`.
    range: Range<usize>,
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
                self.user_end..self.range.end - 1
            }
            _ => self.range.clone(),
        }
    }
}

/// Reads the secret in an http address; `None` for other hosts and for a user name that is only a name.
pub(super) fn login(url: &str, scope: &Scope) -> Option<Login> {
    let info = UserInfo::of(url)?;
    // Slashes further on belong to the path.
    let slashes = url.find("//")?;
    let scheme = url[..slashes].trim_start();
    let is_http = ["http:", "https:"]
        .iter()
        .any(|name| scheme.eq_ignore_ascii_case(name));
    if !is_http || info.range.start != slashes + 2 {
        return None;
    }
    let address = Address::parse(url)?;
    let name = info.user.expose();
    let organization = address.organization.or_else(|| scope.named(name).cloned());
    let (secret, span) = info.secret()?;
    // `token:x-oauth-basic@` and `token@` have the secret where the user stands.
    let user = (span != info.user_range).then(|| name.to_owned());
    Some(Login {
        organization,
        user,
        value: secret.clone(),
        span,
        user_end: info.user_range.end,
        range: info.range,
    })
}

/// Whether an address in these bytes may have a user: quicker than reading it as text.
pub(super) fn may_be_in(bytes: &[u8]) -> bool {
    let ends = |byte: &u8| *byte == b'/' || byte.is_ascii_whitespace();
    memchr::memmem::find_iter(bytes, "://").any(|at| {
        let authority = bytes.iter().skip(at + 3).take(LONGEST);
        authority
            .take_while(|byte| !ends(byte))
            .any(|byte| *byte == b'@')
    })
}

/// Secrets in all addresses of a text, each with where its address begins.
pub(super) fn logins(text: &str, scope: &Scope) -> Vec<(usize, Login)> {
    let read = |info: UserInfo| Some((info.address.start, login(&text[info.address], scope)?));
    UserInfo::find_all(text)
        .into_iter()
        .filter_map(read)
        .collect()
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
                login(&url, &scope(&[])).map(|login| login.value.expose().to_owned()),
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
        assert_eq!(found[0].1.value.expose(), "s");
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
