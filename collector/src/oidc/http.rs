//! How the provider is spoken to: over TLS, no redirects, and neither long nor large.

use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use anyhow::Context as _;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};
use tokio_rustls::rustls::crypto::ring;

const CONNECT: Duration = Duration::from_secs(5);
const REQUEST: Duration = Duration::from_secs(10);

/// A discovery document, a set of keys and an ID token are some kilobytes.
const LONGEST: usize = 1024 * 1024;

pub(super) struct Http(Client);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpFault {
    #[error("no answer came: {0}")]
    Away(#[source] reqwest::Error),
    #[error("the answer is longer than {LONGEST} bytes")]
    TooLong,
    #[error("the request or the answer cannot be read: {0}")]
    Malformed(#[source] axum::http::Error),
}

impl Http {
    /// Trusts what the system trusts and the certificates of `ca`. A provider on this machine is not looked
    /// for behind a proxy.
    pub(super) fn new(ca: Option<&Path>, on_loopback: bool) -> anyhow::Result<Self> {
        // reqwest is built without cryptography of its own. A second call fails, which is as good.
        let _ = ring::default_provider().install_default();
        let mut builder = Client::builder()
            .user_agent(concat!("rekey-collector/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            .timeout(REQUEST);
        if on_loopback {
            builder = builder.no_proxy();
        }
        if let Some(path) = ca {
            builder = builder.tls_certs_merge(certificates(path)?);
        }
        let client = builder
            .build()
            .context("The certificates that this system trusts cannot be read.")?;
        Ok(Self(client))
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpFault> {
        let request = reqwest::Request::try_from(request).map_err(HttpFault::Away)?;
        let mut answer = self.0.execute(request).await.map_err(HttpFault::Away)?;
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(HttpFault::Away)? {
            if body.len() + piece.len() > LONGEST {
                return Err(HttpFault::TooLong);
            }
            body.extend_from_slice(&piece);
        }
        let mut response = axum::http::Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            *headers = std::mem::take(answer.headers_mut());
        }
        response.body(body).map_err(HttpFault::Malformed)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpFault;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpFault>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

fn certificates(path: &Path) -> anyhow::Result<Vec<Certificate>> {
    let told = || {
        format!(
            "--oidc-ca {} cannot be read as certificates in PEM.",
            path.display()
        )
    };
    let text = std::fs::read(path).with_context(told)?;
    let found = Certificate::from_pem_bundle(&text).with_context(told)?;
    anyhow::ensure!(!found.is_empty(), told());
    Ok(found)
}
