//! One request to a collector and its answer: over TLS off loopback, without redirects, within its time.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rekey_report::Rejection;
use reqwest::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, RequestBuilder};
use url::{Host, Url};

use super::SendFault;
use crate::model::{SafeUrl, Secret};

/// No answer of a collector's to a device is longer.
const LONGEST_ANSWER: usize = 64 * 1024;
/// The most of a collector's own words that are shown.
const LONGEST_MESSAGE: usize = 200;

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// To connect.
    pub connect: Duration,
    /// For one request.
    pub request: Duration,
    /// For the question whether cleaning is allowed, with an enrolment before it.
    pub question: Duration,
    /// For all sending of one run.
    pub sending: Duration,
    /// The longest pause before the second try.
    pub pause: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            request: Duration::from_secs(10),
            question: Duration::from_secs(3),
            sending: Duration::from_secs(8),
            pause: Duration::from_secs(1),
        }
    }
}

/// A collector that may be talked to.
#[derive(Debug, Clone)]
pub struct Collector {
    base: Url,
    name: String,
    loopback: bool,
    ca_file: Option<PathBuf>,
    pub(super) timing: Timing,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
    pub(super) retry_after_seconds: Option<u64>,
}

impl Collector {
    /// A collector at `url`, which must be https off loopback. With a CA file its certificates alone are trusted, without
    /// one those of the system.
    pub fn new(url: &str, ca_file: Option<&Path>) -> Result<Self, SendFault> {
        let fault = |reason: &str| SendFault::Address {
            url: SafeUrl(url).to_string(),
            reason: reason.to_owned(),
        };
        let mut base = Url::parse(url.trim())
            .map_err(|error| fault(&format!("{error}; write https://HOST[:PORT]")))?;
        let loopback = match base.host() {
            Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => return Err(fault("it names no host; write https://HOST[:PORT]")),
        };
        match base.scheme() {
            "https" => {}
            "http" if loopback => {}
            "http" => {
                return Err(fault(
                    "reports go over https only, except to this workstation itself; write https://",
                ));
            }
            _ => return Err(fault("write https://HOST[:PORT]")),
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(fault("a user name or password has no place in it"));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(fault("nothing may follow its path"));
        }
        let path = format!("{}/", base.path().trim_end_matches('/'));
        base.set_path(&path);
        Ok(Self {
            name: base.as_str().trim_end_matches('/').to_owned(),
            base,
            loopback,
            ca_file: ca_file.map(Path::to_owned),
            timing: Timing::default(),
        })
    }

    /// The same with other limits of time.
    #[must_use]
    pub fn with_timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }

    /// Its address, always written the same way.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(super) fn client(&self) -> Result<Client, SendFault> {
        // Fails where another part of the program was first, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .user_agent(concat!("rekey/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .https_only(!self.loopback)
            .connect_timeout(self.timing.connect)
            .timeout(self.timing.request);
        if self.loopback {
            builder = builder.no_proxy();
        }
        if let Some(path) = &self.ca_file {
            builder = builder.tls_certs_only(certificates(path)?);
        }
        builder
            .build()
            .map_err(|error| SendFault::Client(innermost(&error)))
    }

    /// Sends the request. What the collector says in its answer is never trusted to hold no secret.
    pub(super) async fn call(&self, request: RequestBuilder) -> Result<Answer, SendFault> {
        let fault = |error: reqwest::Error| self.fault(&error);
        let mut response = request.send().await.map_err(fault)?;
        let retry_after_seconds = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(fault)? {
            body.extend_from_slice(&chunk);
            if body.len() > LONGEST_ANSWER {
                return Err(self.odd("its answer is too long"));
            }
        }
        Ok(Answer {
            status: response.status().as_u16(),
            body,
            retry_after_seconds,
        })
    }

    /// Runs network work to its end or to its limit. Nothing of it lives on.
    pub(super) fn block_on<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = Result<T, SendFault>>,
    ) -> Result<T, SendFault> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| SendFault::Client(error.to_string()))?;
        let result = runtime.block_on(async { tokio::time::timeout(limit, work).await });
        // Looking a name up blocks a thread, and a plain drop would wait for it.
        runtime.shutdown_background();
        result.unwrap_or_else(|_| Err(self.too_slow()))
    }

    pub(super) fn too_slow(&self) -> SendFault {
        SendFault::TooSlow {
            collector: self.name.clone(),
        }
    }

    pub(super) fn odd(&self, reason: &str) -> SendFault {
        SendFault::Odd {
            collector: self.name.clone(),
            reason: reason.to_owned(),
        }
    }

    /// An answer that is no yes. `secrets` are hidden should the collector say them back.
    pub(super) fn refused(&self, answer: &Answer, secrets: &[&Secret]) -> SendFault {
        if (300..400).contains(&answer.status) {
            return self.odd("it sends us elsewhere, and redirects are not followed");
        }
        let said = serde_json::from_slice::<Rejection>(&answer.body)
            .map_or_else(|_| "no reason given".to_owned(), |said| said.message);
        let said = secrets
            .iter()
            .filter(|secret| !secret.expose().is_empty())
            .fold(said, |said, secret| said.replace(secret.expose(), "***"));
        let message = said
            .chars()
            .filter(|character| !character.is_control())
            .take(LONGEST_MESSAGE)
            .collect();
        SendFault::Refused {
            collector: self.name.clone(),
            status: answer.status,
            message,
        }
    }

    fn fault(&self, error: &reqwest::Error) -> SendFault {
        if error.is_timeout() && !error.is_connect() {
            return self.too_slow();
        }
        SendFault::Unreachable {
            collector: self.name.clone(),
            reason: innermost(error),
        }
    }
}

/// `Authorization: Bearer …`, marked so that nothing below prints it.
pub(super) fn bearer(request: RequestBuilder, token: &Secret) -> Result<RequestBuilder, SendFault> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
        .map_err(|_| SendFault::Client("the device's token is no header value".to_owned()))?;
    value.set_sensitive(true);
    Ok(request.header(AUTHORIZATION, value))
}

fn certificates(path: &Path) -> Result<Vec<Certificate>, SendFault> {
    let fault = |reason: String| SendFault::CaFile {
        path: path.to_owned(),
        reason,
    };
    let pem = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
    let certificates =
        Certificate::from_pem_bundle(&pem).map_err(|error| fault(innermost(&error)))?;
    if certificates.is_empty() {
        return Err(fault("it holds no certificate".to_owned()));
    }
    Ok(certificates)
}

/// The cause of causes: "Connection refused", not "error sending request for url".
fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::disallowed_methods,
        reason = "tests stop at the first surprise"
    )]

    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://collector.contoso.com", "https://collector.contoso.com")]
    #[case(
        "https://Collector.contoso.com/rekey/",
        "https://collector.contoso.com/rekey"
    )]
    #[case("http://127.0.0.1:8787", "http://127.0.0.1:8787")]
    #[case("http://[::1]:8787/", "http://[::1]:8787")]
    #[case("http://localhost:8787", "http://localhost:8787")]
    fn these_collectors_may_be_talked_to(#[case] url: &str, #[case] name: &str) {
        let collector = Collector::new(url, None).unwrap();
        assert_eq!(collector.name(), name);
        assert_eq!(
            collector.url("api/v1/agent"),
            format!("{name}/api/v1/agent")
        );
    }

    #[rstest]
    #[case("http://collector.contoso.com", "https only")]
    #[case("http://127.0.0.1.contoso.com", "https only")]
    #[case("http://10.0.0.1", "https only")]
    #[case("ftp://collector.contoso.com", "write https://")]
    #[case("collector.contoso.com", "write https://")]
    #[case("https://u:hunter2@collector.contoso.com", "user name")]
    #[case("https://collector.contoso.com/?x=1", "nothing may follow")]
    fn these_may_not(#[case] url: &str, #[case] reason: &str) {
        let fault = Collector::new(url, None).unwrap_err().to_string();
        assert!(fault.contains(reason), "{fault}");
        assert!(fault.contains("collector.url"), "{fault}");
        assert!(!fault.contains("hunter2"), "{fault}");
    }

    #[test]
    fn a_ca_file_that_is_none_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let fault = || {
            Collector::new("https://collector.contoso.com", Some(&path))
                .unwrap()
                .client()
                .unwrap_err()
                .to_string()
        };
        assert!(fault().contains("ca.pem"), "{}", fault());
        std::fs::write(&path, "no certificate").unwrap();
        assert!(fault().contains("no certificate"), "{}", fault());
    }

    #[test]
    fn a_client_with_the_systems_own_trust_can_be_made() {
        Collector::new("https://collector.contoso.com", None)
            .unwrap()
            .client()
            .unwrap();
    }
}
