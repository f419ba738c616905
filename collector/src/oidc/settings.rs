//! What `serve` was told about the identity provider.

use std::fmt;
use std::path::PathBuf;

use anyhow::Context as _;
use openidconnect::url::{Host, Url};

/// Settings of the sign-in with OpenID Connect.
#[derive(Clone)]
pub struct OidcSettings {
    /// The issuer, as its discovery document writes it.
    pub issuer: String,
    /// The collector's id at the provider.
    pub client_id: String,
    /// Its secret; none for a public client, which PKCE alone protects.
    pub client_secret: Option<String>,
    /// Where browsers reach the collector: scheme, host and port.
    pub public_url: String,
    /// The claim of the ID token that tells the role.
    pub roles_claim: String,
    /// Values of it that make an admin.
    pub admins: Vec<String>,
    /// Values of it that make an auditor.
    pub auditors: Vec<String>,
    /// The only tenant (`tid`) whose people may sign in. Where it is not given and the issuer's address has
    /// a GUID in it, as Entra's has, it is that one.
    pub tenant: Option<String>,
    /// Certificates, PEM, that are trusted beside the system's.
    pub ca: Option<PathBuf>,
}

impl OidcSettings {
    /// Finds what cannot work before anything is started.
    ///
    /// # Errors
    /// A sentence that says which option is wrong and how to write it.
    pub fn check(&self) -> anyhow::Result<()> {
        let issuer = address("--oidc-issuer", &self.issuer)?;
        anyhow::ensure!(
            issuer.query().is_none() && issuer.fragment().is_none(),
            "--oidc-issuer {} has a query. Give the issuer alone, without /.well-known/openid-configuration.",
            self.issuer
        );
        let public = address("--public-url", &self.public_url)?;
        anyhow::ensure!(
            public.path() == "/" && public.query().is_none() && public.fragment().is_none(),
            "--public-url {} has a path. The collector is at the root of its host: give https://HOST.",
            self.public_url
        );
        anyhow::ensure!(
            !self.admins.is_empty() || !self.auditors.is_empty(),
            "Nobody could sign in at {}: give the values of the claim `{}` that make an admin or an auditor, with --oidc-admins and --oidc-auditors.",
            self.issuer,
            self.roles_claim
        );
        Ok(())
    }

    /// Where the provider sends people back to.
    #[must_use]
    pub fn redirect_uri(&self) -> String {
        format!("{}/login/callback", self.public_url.trim_end_matches('/'))
    }

    /// The tenant that people must come from.
    #[must_use]
    pub fn expected_tenant(&self) -> Option<String> {
        self.tenant.clone().or_else(|| {
            let url = Url::parse(&self.issuer).ok()?;
            let mut parts = url.path_segments()?;
            parts
                .find(|part| uuid::Uuid::try_parse(part).is_ok())
                .map(str::to_lowercase)
        })
    }

    /// Whether the provider runs on this machine, as in tests.
    pub(super) fn on_loopback(&self) -> bool {
        Url::parse(&self.issuer).is_ok_and(|url| is_loopback(&url))
    }
}

impl fmt::Debug for OidcSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "OidcSettings({})", self.issuer)
    }
}

/// An address over TLS; in clear only on this machine.
fn address(option: &str, text: &str) -> anyhow::Result<Url> {
    let url = Url::parse(text)
        .ok()
        .with_context(|| format!("{option} {text} is no address. Write it like https://HOST."))?;
    anyhow::ensure!(
        url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)),
        "{option} {text} is not https. Sign-in goes over TLS; http is taken only for this machine."
    );
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn settings() -> OidcSettings {
        OidcSettings {
            issuer: "https://login.example/5B0F1C2E-0000-4000-8000-0123456789AB/v2.0".into(),
            client_id: "collector".into(),
            client_secret: None,
            public_url: "https://rekey.contoso.example".into(),
            roles_claim: "roles".into(),
            admins: vec!["rekey.admin".into()],
            auditors: Vec::new(),
            tenant: None,
            ca: None,
        }
    }

    #[test]
    fn the_tenant_is_read_from_the_issuer_where_nobody_gives_one() {
        let mut settings = settings();
        settings.check().unwrap();
        assert_eq!(
            settings.expected_tenant().unwrap(),
            "5b0f1c2e-0000-4000-8000-0123456789ab"
        );
        settings.tenant = Some("contoso".into());
        assert_eq!(settings.expected_tenant().unwrap(), "contoso");
        settings.tenant = None;
        settings.issuer = "https://login.example".into();
        assert_eq!(settings.expected_tenant(), None);
    }

    #[test]
    fn what_cannot_work_is_said_at_the_start() {
        type Spoil = fn(&mut OidcSettings);
        let wrong: [(Spoil, &str); 5] = [
            (|it| it.issuer = "login.example".into(), "--oidc-issuer"),
            (|it| it.issuer = "http://login.example".into(), "not https"),
            (
                |it| it.public_url = "https://a.example/rekey".into(),
                "path",
            ),
            (|it| it.public_url = "http://a.example".into(), "not https"),
            (|it| it.admins.clear(), "--oidc-admins"),
        ];
        for (spoil, word) in wrong {
            let mut settings = settings();
            spoil(&mut settings);
            let told = settings.check().unwrap_err().to_string();
            assert!(told.contains(word), "{told}");
        }
    }
}
