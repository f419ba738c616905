//! Options of `serve` for the sign-in at an identity provider.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use crate::oidc::OidcSettings;
use crate::server::SignIn;

#[derive(Args)]
#[command(next_help_heading = "Sign-in with work accounts")]
pub(crate) struct SignInOptions {
    /// The OpenID provider; for Entra https://login.microsoftonline.com/TENANT/v2.0.
    #[arg(
        long,
        value_name = "URL",
        env = "REKEY_COLLECTOR_OIDC_ISSUER",
        requires = "oidc_client_id"
    )]
    oidc_issuer: Option<String>,
    /// The collector's id at the provider; in Entra the application (client) ID.
    #[arg(
        long,
        value_name = "ID",
        env = "REKEY_COLLECTOR_OIDC_CLIENT_ID",
        requires = "oidc_issuer"
    )]
    oidc_client_id: Option<String>,
    /// A file with the client secret and nothing else.
    #[arg(
        long,
        value_name = "FILE",
        env = "REKEY_COLLECTOR_OIDC_CLIENT_SECRET_FILE",
        requires = "oidc_issuer"
    )]
    oidc_client_secret_file: Option<PathBuf>,
    /// Values of the claim that make an admin; several with commas.
    #[arg(
        long,
        value_name = "VALUES",
        value_delimiter = ',',
        env = "REKEY_COLLECTOR_OIDC_ADMINS"
    )]
    oidc_admins: Vec<String>,
    /// Values of the claim that make an auditor, who sees everything and changes nothing.
    #[arg(
        long,
        value_name = "VALUES",
        value_delimiter = ',',
        env = "REKEY_COLLECTOR_OIDC_AUDITORS"
    )]
    oidc_auditors: Vec<String>,
    /// The claim of the ID token that is looked at: `roles` has app roles, `groups` has groups.
    #[arg(
        long,
        value_name = "CLAIM",
        default_value = "roles",
        env = "REKEY_COLLECTOR_OIDC_ROLES_CLAIM"
    )]
    oidc_roles_claim: String,
    /// The only tenant whose people may sign in [default: the one that the issuer names].
    #[arg(long, value_name = "ID", env = "REKEY_COLLECTOR_OIDC_TENANT")]
    oidc_tenant: Option<String>,
    /// Certificates, PEM, to trust for the provider beside the system's.
    #[arg(long, value_name = "FILE", env = "REKEY_COLLECTOR_OIDC_CA")]
    oidc_ca: Option<PathBuf>,
    /// Where browsers reach the collector, https://HOST [default: from --listen on loopback].
    #[arg(long, value_name = "URL", env = "REKEY_COLLECTOR_PUBLIC_URL")]
    public_url: Option<String>,
    /// Take no names and passwords of the collector, only work accounts.
    #[arg(
        long,
        env = "REKEY_COLLECTOR_NO_LOCAL_SIGN_IN",
        requires = "oidc_issuer"
    )]
    no_local_sign_in: bool,
}

impl SignInOptions {
    /// Reads the secret and finds what cannot work.
    pub(crate) fn read(&self, listen: SocketAddr, tls: bool) -> anyhow::Result<SignIn> {
        let (Some(issuer), Some(client_id)) = (&self.oidc_issuer, &self.oidc_client_id) else {
            return Ok(SignIn::default());
        };
        let public_url = if let Some(url) = &self.public_url {
            url.clone()
        } else {
            anyhow::ensure!(
                listen.ip().is_loopback() && listen.port() != 0,
                "The provider must know where to send people back to. Give --public-url https://HOST, as browsers write it."
            );
            let scheme = if tls { "https" } else { "http" };
            format!("{scheme}://{listen}")
        };
        let settings = OidcSettings {
            issuer: issuer.clone(),
            client_id: client_id.clone(),
            client_secret: self
                .oidc_client_secret_file
                .as_deref()
                .map(secret)
                .transpose()?,
            public_url,
            roles_claim: self.oidc_roles_claim.clone(),
            admins: values(&self.oidc_admins),
            auditors: values(&self.oidc_auditors),
            tenant: self.oidc_tenant.clone(),
            ca: self.oidc_ca.clone(),
        };
        settings.check()?;
        Ok(SignIn {
            provider: Some(settings),
            no_local: self.no_local_sign_in,
        })
    }
}

fn values(given: &[String]) -> Vec<String> {
    let trimmed = given.iter().map(|value| value.trim().to_owned());
    trimmed.filter(|value| !value.is_empty()).collect()
}

fn secret(path: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(path).with_context(|| {
        format!(
            "--oidc-client-secret-file {} cannot be read.",
            path.display()
        )
    })?;
    let secret = text.trim();
    anyhow::ensure!(
        !secret.is_empty() && !secret.contains(char::is_whitespace),
        "--oidc-client-secret-file {} holds no secret: it needs the secret's value alone, on one line.",
        path.display()
    );
    Ok(secret.to_owned())
}
