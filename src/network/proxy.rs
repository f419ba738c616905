//! The proxy that the system or the environment sets for an address.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use ureq::{Proxy, ProxyProtocol};

use super::NetworkFault;

/// Which addresses go through which proxy.
#[derive(Debug)]
pub(super) struct Proxies(Option<Matcher>);

impl Proxies {
    /// As the environment says, and what it leaves open as the system does.
    pub(super) fn of_system() -> Self {
        Self(Some(Matcher::from_system()))
    }

    /// None at all.
    pub(super) fn none() -> Self {
        Self(None)
    }

    /// The proxy for this address, where one is set.
    pub(super) fn of(&self, address: &Uri) -> Result<Option<Proxy>, NetworkFault> {
        let matched = self
            .0
            .as_ref()
            .and_then(|matcher| matcher.intercept(address));
        matched.map(|matched| proxy(&matched)).transpose()
    }
}

fn proxy(matched: &Intercept) -> Result<Proxy, NetworkFault> {
    let fault = |reason: &str| NetworkFault::Proxy(reason.to_owned());
    let uri = matched.uri();
    let protocol = match uri.scheme_str() {
        Some("http") | None => ProxyProtocol::Http,
        Some("https") => ProxyProtocol::Https,
        Some(other) => {
            return Err(fault(&format!(
                "{other} is not supported, http and https are"
            )));
        }
    };
    let host = uri.host().ok_or_else(|| fault("it names no host"))?;
    let mut builder = Proxy::builder(protocol).host(host);
    if let Some(port) = uri.port_u16() {
        builder = builder.port(port);
    }
    if let Some((user, password)) = matched.basic_auth().and_then(credentials) {
        builder = builder.username(&user).password(&password);
    }
    builder
        .build()
        .map_err(|error| fault(&super::fault::innermost(&error)))
}

/// User and password of `Basic …`.
fn credentials(value: &http::HeaderValue) -> Option<(String, String)> {
    let digits = value.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(digits).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    fn of(proxy: &str, no: &str, address: &'static str) -> Result<Option<Proxy>, NetworkFault> {
        let matcher = Matcher::builder().https(proxy).no(no).build();
        Proxies(Some(matcher)).of(&Uri::from_static(address))
    }

    #[test]
    fn an_address_goes_through_the_proxy_that_is_set_for_it() {
        let found = of(
            "http://dev:p%40ss@proxy.contoso.com:3128",
            "",
            "https://dev.azure.com/",
        );
        let found = found.unwrap().unwrap();
        assert_eq!((found.host(), found.port()), ("proxy.contoso.com", 3128));
        assert_eq!(found.username(), Some("dev"));
        assert_eq!(found.password(), Some("p@ss"));
    }

    #[test]
    fn what_is_left_out_goes_straight() {
        let found = of(
            "proxy.contoso.com",
            ".contoso.com",
            "https://collector.contoso.com/",
        );
        assert_eq!(found, Ok(None));
        assert_eq!(
            Proxies::none().of(&Uri::from_static("https://dev.azure.com/")),
            Ok(None)
        );
    }

    #[test]
    fn a_proxy_of_another_kind_is_named_and_never_passed_by() {
        let fault = of("socks5://proxy.contoso.com", "", "https://dev.azure.com/").unwrap_err();
        assert!(fault.to_string().contains("socks5"), "{fault}");
    }
}
