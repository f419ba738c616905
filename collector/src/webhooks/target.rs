//! Where a webhook may go. An admin sets the address, and the collector stands inside: it must not be made to speak to
//! what only it can reach, such as the metadata service of a cloud.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

enum Host {
    Name(String),
    Address(IpAddr),
}

/// The host of an address, brackets of IPv6 taken off.
fn host(url: &Url) -> Option<Host> {
    let text = url.host_str()?;
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    Some(match bare.parse() {
        Ok(address) => Host::Address(address),
        Err(_) => Host::Name(text.to_owned()),
    })
}

/// Why an address is not spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Not an address with a host, or one with a name and password or a part after `#`.
    NoAddress,
    /// In clear to another machine.
    Clear,
    /// Link-local (also the metadata services of clouds), multicast and the like: never.
    Never,
    /// This machine, or a private network, and that is not switched on.
    Private,
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NoAddress => "this is no address like https://HOST/PATH",
            Self::Clear => "only https is allowed, except on this machine",
            Self::Never => "this address is never allowed",
            Self::Private => "addresses inside are allowed only with --webhooks-private",
        })
    }
}

impl std::error::Error for Refused {}

/// The address, where it may be spoken to; a name is looked up when it is.
pub(crate) fn parse(text: &str, private: bool) -> Result<Url, Refused> {
    let url = Url::parse(text).map_err(|_| Refused::NoAddress)?;
    let host = host(&url).ok_or(Refused::NoAddress)?;
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if !plain || !matches!(url.scheme(), "http" | "https") {
        return Err(Refused::NoAddress);
    }
    let loopback = match host {
        Host::Address(address) => {
            allowed(address, private)?;
            address.to_canonical().is_loopback()
        }
        Host::Name(name) => name.eq_ignore_ascii_case("localhost"),
    };
    if url.scheme() == "http" && !loopback {
        return Err(Refused::Clear);
    }
    Ok(url)
}

/// What may be shown of an address: services put their secret into the path.
pub(crate) fn shown(text: &str) -> String {
    match Url::parse(text) {
        Ok(url) => format!("{}/…", url.origin().ascii_serialization()),
        Err(_) => "…".to_owned(),
    }
}

fn allowed(address: IpAddr, private: bool) -> Result<(), Refused> {
    match address.to_canonical() {
        IpAddr::V4(address) => allowed_4(address, private),
        IpAddr::V6(address) => allowed_6(address, private),
    }
}

fn allowed_4(address: Ipv4Addr, private: bool) -> Result<(), Refused> {
    let [first, second, ..] = address.octets();
    let shared = first == 100 && (64..128).contains(&second);
    let never = first == 0
        || first >= 224
        || address.is_link_local()
        // The metadata service of one cloud is in the shared range.
        || address == Ipv4Addr::new(100, 100, 100, 200)
        || address == Ipv4Addr::new(168, 63, 129, 16);
    match () {
        () if never => Err(Refused::Never),
        () if (address.is_loopback() || address.is_private() || shared) && !private => {
            Err(Refused::Private)
        }
        () => Ok(()),
    }
}

fn allowed_6(address: Ipv6Addr, private: bool) -> Result<(), Refused> {
    let parts = address.segments();
    let [first, second, ..] = parts;
    // An IPv4 address in the clothes of IPv6 (RFC 6052, RFC 3056).
    let inner = match (first, second) {
        (0x64, 0xff9b) => Some([parts[6], parts[7]]),
        (0x2002, _) => Some([parts[1], parts[2]]),
        _ => None,
    };
    if let Some([high, low]) = inner {
        let bits = (u32::from(high) << 16) | u32::from(low);
        return allowed_4(Ipv4Addr::from_bits(bits), private);
    }
    let never = address.is_unspecified()
        || address.is_multicast()
        || address.is_unicast_link_local()
        || address == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    match () {
        () if never => Err(Refused::Never),
        () if (address.is_loopback() || address.is_unique_local()) && !private => {
            Err(Refused::Private)
        }
        () => Ok(()),
    }
}

/// Looks names up and gives only addresses that may be spoken to, so that a name cannot change its mind in between.
pub(super) struct Resolver {
    pub(super) private: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private;
        Box::pin(async move {
            let mut refused = None;
            let mut good: Vec<SocketAddr> = Vec::new();
            for address in tokio::net::lookup_host((name.as_str(), 0)).await? {
                match allowed(address.ip(), private) {
                    Ok(()) => good.push(address),
                    Err(why) => refused = Some(why),
                }
            }
            match refused {
                Some(why) if good.is_empty() => Err(why.into()),
                _ => Ok(Box::new(good.into_iter()) as Addrs),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str, private: bool) -> Option<Refused> {
        parse(text, private).err()
    }

    #[test]
    fn inner_addresses_need_to_be_switched_on() {
        for text in [
            "https://10.1.2.3/x",
            "https://192.168.0.1/x",
            "https://172.16.0.1/",
            "https://[fd12::1]/",
            "http://127.0.0.1:9/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::10.0.0.1]/",
            "https://100.64.0.1/",
            "https://0x7f000001/",
        ] {
            assert_eq!(refused(text, false), Some(Refused::Private), "{text}");
            assert_eq!(refused(text, true), None, "{text}");
        }
        assert_eq!(refused("https://hooks.contoso.example/a?b=c", false), None);
    }

    #[test]
    fn metadata_services_and_their_like_are_never_spoken_to() {
        for text in [
            "https://169.254.169.254/latest/meta-data",
            "https://[fe80::1]/",
            "https://[fd00:ec2::254]/",
            "https://[::ffff:169.254.169.254]/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://100.100.100.200/",
            "https://168.63.129.16/",
            "https://0.0.0.0/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://2852039166/",
        ] {
            assert_eq!(refused(text, true), Some(Refused::Never), "{text}");
        }
    }

    #[test]
    fn only_https_leaves_this_machine() {
        assert_eq!(
            refused("http://hooks.contoso.example/", true),
            Some(Refused::Clear)
        );
        assert_eq!(refused("http://10.0.0.1/", true), Some(Refused::Clear));
        assert_eq!(refused("http://localhost:8080/", true), None);
        for text in [
            "",
            "hooks.contoso.example",
            "ftp://hooks.contoso.example/",
            "https://user:pass@hooks.contoso.example/",
            "https://hooks.contoso.example/#x",
            "file:///etc/passwd",
        ] {
            assert_eq!(refused(text, true), Some(Refused::NoAddress), "{text}");
        }
    }

    #[test]
    fn a_secret_in_the_path_is_not_shown() {
        assert_eq!(
            shown("https://hooks.contoso.example/services/T0/B0/secret"),
            "https://hooks.contoso.example/…"
        );
    }
}
