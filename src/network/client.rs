//! Sends requests.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::proxy::Proxies;
use super::{Answer, Deadline, NetworkFault, Request};

/// Whose certificates are believed.
#[derive(Debug, Clone, Copy)]
pub enum Trust<'a> {
    /// Those that the system believes.
    System,
    /// Those that this PEM file holds, and no others.
    Only(&'a Path),
    /// Only this workstation is talked to, without TLS and without a proxy.
    Loopback,
}

/// Sends requests and hears answers. Redirects are answers, and so is every status.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    proxies: Proxies,
    /// The longest time for one request.
    request: Duration,
    /// The longest body of an answer, in bytes.
    longest: u64,
}

impl Client {
    /// A client that takes so long to connect, so long for a request, and reads so many bytes of an answer at most.
    ///
    /// # Errors
    /// Where the certificates to trust cannot be read.
    pub fn new(
        trust: Trust<'_>,
        connect: Duration,
        request: Duration,
        longest: u64,
    ) -> Result<Self, NetworkFault> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let roots = match trust {
            Trust::Only(path) => RootCerts::new_with_certs(&certificates(path)?),
            Trust::System | Trust::Loopback => RootCerts::PlatformVerifier,
        };
        let tls = TlsConfig::builder()
            .root_certs(roots)
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let config = Agent::config_builder()
            .user_agent(concat!("rekey/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .https_only(!matches!(trust, Trust::Loopback))
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .timeout_connect(Some(connect))
            // Whether a proxy is in between is decided for each address.
            .proxy(None);
        Ok(Self {
            agent: config.build().new_agent(),
            proxies: match trust {
                Trust::Loopback => Proxies::none(),
                Trust::System | Trust::Only(_) => Proxies::of_system(),
            },
            request,
            longest,
        })
    }

    /// Sends it and hears the answer, before the deadline and within the time for one request.
    ///
    /// # Errors
    /// Where no whole answer comes.
    pub fn send(&self, request: Request, deadline: Deadline) -> Result<Answer, NetworkFault> {
        let left = deadline.left(self.request).ok_or(NetworkFault::TooSlow)?;
        let address: Uri = request
            .url
            .parse()
            .map_err(|error: http::uri::InvalidUri| NetworkFault::Request(error.to_string()))?;
        let proxy = self.proxies.of(&address)?;
        let mut builder = http::Request::builder().method(request.method).uri(address);
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        let built = builder
            .body(request.body)
            .map_err(|error| NetworkFault::Request(error.to_string()))?;
        let built = self
            .agent
            .configure_request(built)
            .timeout_global(Some(left))
            .proxy(proxy)
            .build();
        let mut response = self.agent.run(built)?;
        let body = response
            .body_mut()
            .with_config()
            .limit(self.longest)
            .read_to_vec()?;
        Ok(Answer {
            status: response.status().as_u16(),
            body,
            headers: std::mem::take(response.headers_mut()),
        })
    }
}

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, NetworkFault> {
    let fault = |reason: String| NetworkFault::Certificates {
        path: path.to_owned(),
        reason,
    };
    let pem = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
    let mut certificates = Vec::new();
    for item in parse_pem(&pem) {
        let item = item.map_err(|error| fault(super::fault::innermost(&error)))?;
        if let PemItem::Certificate(certificate) = item {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(fault("it holds no certificate".to_owned()));
    }
    Ok(certificates)
}
