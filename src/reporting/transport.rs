//! One request to a collector and its answer: over TLS off loopback, without redirects, within its time.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rekey_report::Rejection;
use url::{Host, Url};

use super::SendFault;
use crate::model::{SafeUrl, Secret};
use crate::network::{Answer, Client, Deadline, NetworkFault, Request, Trust};

/// No answer of a collector's to a device is longer.
const LONGEST_ANSWER: u64 = 64 * 1024;
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

/// The collector's reason, cut short. `secrets` are hidden should it say them back.
pub(super) fn words(answer: &Answer, secrets: &[&Secret]) -> String {
    let said = serde_json::from_slice::<Rejection>(&answer.body)
        .map_or_else(|_| "no reason given".to_owned(), |said| said.message);
    secrets
        .iter()
        .filter(|secret| !secret.expose().is_empty())
        .fold(said, |said, secret| said.replace(secret.expose(), "***"))
        .chars()
        .filter(|character| !character.is_control())
        .take(LONGEST_MESSAGE)
        .collect()
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
        let trust = match &self.ca_file {
            _ if self.loopback => Trust::Loopback,
            Some(path) => Trust::Only(path),
            None => Trust::System,
        };
        let Timing {
            connect, request, ..
        } = self.timing;
        Client::new(trust, connect, request, LONGEST_ANSWER).map_err(|fault| self.fault(fault))
    }

    /// Sends the request. What the collector says in its answer is never trusted to hold no secret.
    pub(super) fn call(
        &self,
        client: &Client,
        request: Request,
        deadline: Deadline,
    ) -> Result<Answer, SendFault> {
        client
            .send(request, deadline)
            .map_err(|fault| self.fault(fault))
    }

    pub(super) fn odd(&self, reason: &str) -> SendFault {
        SendFault::Odd {
            collector: self.name.clone(),
            reason: reason.to_owned(),
        }
    }

    /// An answer that is no yes.
    pub(super) fn refused(&self, answer: &Answer, secrets: &[&Secret]) -> SendFault {
        if answer.is_redirect() {
            return self.odd("it sends us elsewhere, and redirects are not followed");
        }
        SendFault::Refused {
            collector: self.name.clone(),
            status: answer.status,
            message: words(answer, secrets),
        }
    }

    pub(super) fn fault(&self, fault: NetworkFault) -> SendFault {
        let collector = self.name.clone();
        match fault {
            NetworkFault::TooSlow => SendFault::TooSlow { collector },
            NetworkFault::TooLong => self.odd("its answer is too long"),
            NetworkFault::Request(reason) => SendFault::Client(reason),
            NetworkFault::Certificates { path, reason } => SendFault::CaFile { path, reason },
            NetworkFault::Unreachable(reason) => SendFault::Unreachable { collector, reason },
            NetworkFault::Proxy(_) => SendFault::Unreachable {
                collector,
                reason: fault.to_string(),
            },
        }
    }
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
