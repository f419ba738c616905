//! Where a request may go. There is no other way to make an address, so that no token goes anywhere else.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;

use crate::model::{Address, OrganizationName, Service};

/// One address of the service, or of the sign-in of Microsoft Entra ID.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// `HOST/PATH[?QUERY]`, reached over https on its usual port.
    rest: String,
}

/// What stays as it is in a part of a query.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

impl Endpoint {
    /// The organization's own page.
    pub fn organization(name: &OrganizationName) -> Self {
        Self::new(format!("dev.azure.com/{name}"))
    }

    /// Who a token belongs to.
    pub fn connection_data(name: &OrganizationName) -> Self {
        Self::new(format!(
            "dev.azure.com/{name}/_apis/connectionData?api-version=7.1-preview.1"
        ))
    }

    /// The person's tokens. `query`: more parameters, each `(name, value)`.
    pub fn tokens(name: &OrganizationName, query: &[(&str, &str)]) -> Self {
        let mut rest =
            format!("vssps.dev.azure.com/{name}/_apis/tokens/pats?api-version=7.1-preview.1");
        for (key, value) in query {
            let (key, value) = (encoded(key), encoded(value));
            rest.push_str(&format!("&{key}={value}"));
        }
        Self::new(rest)
    }

    /// Where a tenant's sign-in begins with a code for another device.
    pub fn device_code(tenant: Uuid) -> Self {
        Self::sign_in(tenant, "devicecode")
    }

    /// Where a tenant's sign-in gives its tokens.
    pub fn token(tenant: Uuid) -> Self {
        Self::sign_in(tenant, "token")
    }

    /// The page of a tenant's sign-in. `query`: its parameters, each `(name, value)`.
    pub fn authorize(tenant: Uuid, query: &[(&str, &str)]) -> Self {
        let Self { mut rest } = Self::sign_in(tenant, "authorize");
        for (place, (key, value)) in query.iter().enumerate() {
            let sign = if place == 0 { '?' } else { '&' };
            let (key, value) = (encoded(key), encoded(value));
            rest.push_str(&format!("{sign}{key}={value}"));
        }
        Self::new(rest)
    }

    fn sign_in(tenant: Uuid, path: &str) -> Self {
        Self::new(format!(
            "login.microsoftonline.com/{tenant}/oauth2/v2.0/{path}"
        ))
    }

    /// The address that a slot names, where it is one of the organization's own: for a repository where git begins a
    /// fetch, for a feed the feed itself.
    pub fn of_slot(address: &str, organization: &OrganizationName) -> Option<Self> {
        let parsed = Address::parse(address)?;
        if parsed.organization.as_ref() != Some(organization) {
            return None;
        }
        let (_, rest) = address.split_once("//")?;
        let path = rest.split_once('/').map_or("", |(_, path)| path);
        // User-info and port go, and so does what only a client knows of.
        let path = path.split(['?', '#']).next()?.trim_end_matches('/');
        let in_path = path
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        let climbs = path.split('/').any(|part| matches!(part, "." | ".."));
        if !in_path || climbs {
            return None;
        }
        let host = parsed.host;
        match parsed.service {
            Service::Web if path.contains("_git/") => Some(Self::new(format!(
                "{host}/{path}/info/refs?service=git-upload-pack"
            ))),
            Service::Packages => Some(Self::new(format!("{host}/{path}"))),
            Service::Web | Service::Ssh | Service::Other => None,
        }
    }

    fn new(rest: String) -> Self {
        Self { rest }
    }

    /// `HOST/PATH[?QUERY]`.
    pub(super) fn rest(&self) -> &str {
        &self.rest
    }

    /// The whole address, for a browser.
    pub fn address(&self) -> String {
        format!("https://{}", self.rest)
    }

    /// Its host.
    pub fn host(&self) -> &str {
        self.rest.split('/').next().unwrap_or_default()
    }
}

fn encoded(text: &str) -> impl std::fmt::Display {
    utf8_percent_encode(text, PLAIN)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    fn contoso() -> OrganizationName {
        OrganizationName::new("contoso").unwrap()
    }

    #[test]
    fn a_slot_is_asked_at_its_own_address() {
        for (address, rest) in [
            (
                "https://dev:secret@dev.azure.com/contoso/p/_git/r?x=1",
                "dev.azure.com/contoso/p/_git/r/info/refs?service=git-upload-pack",
            ),
            (
                "https://contoso.visualstudio.com/p/_git/r/",
                "contoso.visualstudio.com/p/_git/r/info/refs?service=git-upload-pack",
            ),
            (
                "//pkgs.dev.azure.com/Contoso/_packaging/f/npm/registry/",
                "pkgs.dev.azure.com/Contoso/_packaging/f/npm/registry",
            ),
            (
                "https://contoso.pkgs.visualstudio.com:8443/_packaging/f/nuget/v3/index.json",
                "contoso.pkgs.visualstudio.com/_packaging/f/nuget/v3/index.json",
            ),
        ] {
            let found = Endpoint::of_slot(address, &contoso());
            assert_eq!(found.as_ref().map(Endpoint::rest), Some(rest), "{address}");
        }
    }

    #[test]
    fn no_other_address_is_one() {
        for address in [
            "https://dev.azure.com/fabrikam/p/_git/r",
            "https://dev.azure.com.contoso.com/contoso/p/_git/r",
            "https://contoso.com/contoso/_packaging/f/npm/",
            "https://dev.azure.com@contoso.com/contoso/p/_git/r",
            "https://dev.azure.com/contoso",
            "git@ssh.dev.azure.com:v3/contoso/p/r",
            "https://pkgs.dev.azure.com/contoso/../fabrikam/_packaging/f/npm/",
            "https://pkgs.dev.azure.com/contoso/a b",
            "https://pkgs.dev.azure.com/contoso\\@contoso.com/f",
            "pkgs.dev.azure.com",
        ] {
            assert_eq!(Endpoint::of_slot(address, &contoso()), None, "{address}");
        }
    }

    #[test]
    fn the_sign_in_has_one_host() {
        let tenant = Uuid::from_u128(1);
        let page = Endpoint::authorize(tenant, &[("state", "a&b"), ("scope", "x/.default")]);
        assert_eq!(
            page.address(),
            format!(
                "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize?state=a%26b&scope=x%2F.default"
            )
        );
        for endpoint in [Endpoint::device_code(tenant), Endpoint::token(tenant), page] {
            assert_eq!(endpoint.host(), "login.microsoftonline.com");
        }
    }

    #[test]
    fn what_stands_in_a_query_cannot_leave_it() {
        let query = [("continuationToken", "a&b=c#/ü")];
        let endpoint = Endpoint::tokens(&contoso(), &query);
        assert!(
            endpoint
                .rest()
                .ends_with("&continuationToken=a%26b%3Dc%23%2F%C3%BC")
        );
        assert_eq!(endpoint.host(), "vssps.dev.azure.com");
    }
}
