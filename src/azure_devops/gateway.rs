//! A server of a test that stands in for the service.

#[cfg(feature = "test-gateway")]
use url::{Host, Url};

/// The variable that names it. A package has neither the name nor the way to make one.
#[cfg(feature = "test-gateway")]
pub const GATEWAY: &str = "REKEY_TEST_GATEWAY";

/// `http://127.0.0.1:PORT`: a request for `https://HOST/PATH` goes to `http://127.0.0.1:PORT/HOST/PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gateway {
    base: String,
}

impl Gateway {
    /// Reads what the variable says.
    ///
    /// # Errors
    /// One sentence, where it is anything but plain http on this workstation.
    #[cfg(feature = "test-gateway")]
    pub fn new(text: &str) -> Result<Self, String> {
        let fault = || format!("{GATEWAY}={text:?}: it must be http://127.0.0.1:PORT");
        let url = Url::parse(text).map_err(|_| fault())?;
        let loopback = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            // A name may lead anywhere.
            Some(Host::Domain(_)) | None => false,
        };
        let bare = url.path() == "/" && url.query().is_none() && url.username().is_empty();
        if url.scheme() != "http" || !loopback || !bare || url.password().is_some() {
            return Err(fault());
        }
        Ok(Self {
            base: url.as_str().trim_end_matches('/').to_owned(),
        })
    }

    pub(super) fn url(&self, rest: &str) -> String {
        format!("{}/{rest}", self.base)
    }
}

#[cfg(all(test, feature = "test-gateway"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    #[test]
    fn only_this_workstation_can_stand_in() {
        for text in [
            "http://127.0.0.1:8080",
            "http://127.0.0.1:8080/",
            "http://[::1]:1",
        ] {
            assert!(Gateway::new(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "https://127.0.0.1:1",
            "http://localhost:1",
            "http://10.0.0.1",
            "http://127.0.0.1.contoso.com",
            "http://127.0.0.1:1/path",
            "http://u@127.0.0.1:1",
        ] {
            assert!(Gateway::new(text).unwrap_err().contains(GATEWAY), "{text}");
        }
    }

    #[test]
    fn host_and_path_follow_its_address() {
        let gateway = Gateway::new("http://127.0.0.1:8080").unwrap();
        let url = gateway.url("dev.azure.com/contoso");
        assert_eq!(url, "http://127.0.0.1:8080/dev.azure.com/contoso");
    }
}
