//! The address that a request really comes from.

use std::net::IpAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::api::Rejected;
use crate::server::{App, Peer};

/// The caller's address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller(pub(crate) IpAddr);

impl FromRequestParts<App> for Caller {
    type Rejection = Rejected;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Rejected> {
        of(parts, app)
            .map(Self)
            .ok_or_else(|| Rejected::bad("no-address", "The caller's address is not known."))
    }
}

/// None only where the server was started without addresses, as no collector is.
pub(super) fn of(parts: &Parts, app: &App) -> Option<IpAddr> {
    let ConnectInfo(peer) = parts.extensions.get::<ConnectInfo<Peer>>()?;
    Some(told(app.behind_proxy, peer.address.ip(), &parts.headers))
}

/// Behind a proxy it is the address that the proxy itself added last; what comes before it anybody can write.
fn told(behind_proxy: bool, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let told = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|address| address.trim().parse().ok())
        .next_back();
    told.filter(|_| behind_proxy).unwrap_or(peer)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_is_believed_and_only_its_own_word() {
        let peer: IpAddr = "192.0.2.1".parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "10.0.0.1, 198.51.100.7".parse().unwrap());
        assert_eq!(told(false, peer, &headers), peer);
        assert_eq!(told(true, peer, &headers).to_string(), "198.51.100.7");
        assert_eq!(told(true, peer, &HeaderMap::new()), peer);
    }
}
