//! Which organization an address belongs to (domain facts, host matching).

use percent_encoding::percent_decode_str;

use super::OrganizationName;

/// What an Azure DevOps address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Git over https, or the web site.
    Web,
    /// Git over SSH.
    Ssh,
    /// Azure Artifacts feeds.
    Packages,
    /// Another service host (`vssps`, `marketplace`, ...).
    Other,
}

/// An address on a host of Azure DevOps Services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Which service.
    pub service: Service,
    /// The host in lower case, without user-info and port.
    pub host: String,
    /// Whose it is; `None` for a host-only address.
    pub organization: Option<OrganizationName>,
}

/// Hosts where the organization is the first segment of the path.
const PATH_HOSTS: &[(&str, Service)] = &[
    ("dev.azure.com", Service::Web),
    ("codex.azure.com", Service::Web),
    ("pkgs.dev.azure.com", Service::Packages),
    ("vssps.dev.azure.com", Service::Other),
    ("vsaex.dev.azure.com", Service::Other),
    ("vsrm.dev.azure.com", Service::Other),
    ("feeds.dev.azure.com", Service::Packages),
    ("almsearch.dev.azure.com", Service::Other),
    ("extmgmt.dev.azure.com", Service::Other),
    ("auditservice.dev.azure.com", Service::Other),
    ("analytics.dev.azure.com", Service::Other),
    ("status.dev.azure.com", Service::Other),
    ("artifacts.dev.azure.com", Service::Packages),
    ("mcp.dev.azure.com", Service::Other),
];

/// Hosts below `visualstudio.com` that belong to no organization.
const SHARED_LABELS: &[&str] = &["marketplace", "app", "vs-ssh", "www", "my", "login"];

impl Address {
    /// Reads `scheme://[user@]host[:port]/path`, `//host/path`, `host/path`, a bare host, and git's
    /// `user@host:path`. `None` for any other host, on-premises servers above all.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_matches(['"', '\'']);
        let (rest, has_scheme) = match text.split_once("://") {
            Some((_, rest)) => (rest, true),
            None => match text.strip_prefix("//") {
                Some(rest) => (rest, true),
                None => (text, false),
            },
        };
        let authority_end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, mut path) = rest.split_at(authority_end);
        let (user, host_and_port) = match authority.rsplit_once('@') {
            Some((user_info, host)) => (user_info.split(':').next(), host),
            None => (None, authority),
        };
        let (host, after_colon) = match host_and_port.split_once(':') {
            Some((host, rest)) => (host, Some(rest)),
            None => (host_and_port, None),
        };
        // git's short form `git@host:v3/org/…` has a path where an address has a port.
        if let Some(start) = after_colon
            && !has_scheme
            && !start.bytes().all(|byte| byte.is_ascii_digit())
        {
            path = &rest[authority_end - start.len()..];
        }
        let path = path.trim_start_matches(['/', '\\']);
        Self::from_parts(host, user, path)
    }

    /// Reads an address that is given in parts, as credential helpers and netrc do.
    ///
    /// The user counts only where the host's form puts the organization there.
    pub fn from_parts(host: &str, user: Option<&str>, path: &str) -> Option<Self> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let mut segments = path
            .split(['/', '\\', '?', '#'])
            .filter(|segment| !segment.is_empty())
            .map(decode);
        if host == "ssh.dev.azure.com" || host == "vs-ssh.visualstudio.com" {
            let mut first = segments.next();
            if first.as_deref() == Some("v3") {
                first = segments.next();
            } else {
                // Before v3 the path had no organization: the user names it.
                first = None;
            }
            let organization = first
                .as_deref()
                .and_then(OrganizationName::new)
                .or_else(|| {
                    user.filter(|user| host.starts_with("vs-ssh") && *user != "git")
                        .and_then(|user| OrganizationName::new(&decode(user)))
                });
            return Some(Self {
                service: Service::Ssh,
                host,
                organization,
            });
        }
        if let Some((_, service)) = PATH_HOSTS.iter().find(|(name, _)| *name == host) {
            let organization = segments
                .next()
                .filter(|segment| !segment.starts_with('_'))
                .as_deref()
                .and_then(OrganizationName::new);
            return Some(Self {
                service: *service,
                host,
                organization,
            });
        }
        let labels = host.strip_suffix(".visualstudio.com")?;
        let (first, inner) = match labels.split_once('.') {
            Some((first, inner)) => (first, Some(inner)),
            None => (labels, None),
        };
        let service = match inner {
            None if SHARED_LABELS.contains(&first) => Service::Other,
            None => Service::Web,
            Some("pkgs") => Service::Packages,
            Some(_) => Service::Other,
        };
        let organization = if SHARED_LABELS.contains(&first) {
            None
        } else {
            OrganizationName::new(first)
        };
        Some(Self {
            service,
            host,
            organization,
        })
    }
}

/// A part of an address out of its percent signs.
pub(super) fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(Service, Option<String>)> {
        Address::parse(text).map(|address| {
            (
                address.service,
                address.organization.map(|name| name.as_str().to_owned()),
            )
        })
    }

    #[test]
    fn every_form_of_address_names_its_organization() {
        for (text, service) in [
            ("https://dev.azure.com/contoso/p/_git/r", Service::Web),
            ("https://user:pw@dev.azure.com/contoso", Service::Web),
            (
                "https://contoso.visualstudio.com/DefaultCollection/p/_git/r",
                Service::Web,
            ),
            ("https://codex.azure.com/contoso/", Service::Web),
            ("git@ssh.dev.azure.com:v3/contoso/p/r", Service::Ssh),
            (
                "ssh://git@ssh.dev.azure.com:22/v3/contoso/p/r",
                Service::Ssh,
            ),
            (
                "contoso@vs-ssh.visualstudio.com:v3/contoso/p/r",
                Service::Ssh,
            ),
            (
                "ssh://contoso@vs-ssh.visualstudio.com:22/p/_ssh/r",
                Service::Ssh,
            ),
            (
                "ssh://contoso@contoso.visualstudio.com:22/p/_ssh/r",
                Service::Web,
            ),
            (
                "https://pkgs.dev.azure.com/contoso/_packaging/f/npm/registry/",
                Service::Packages,
            ),
            (
                "//pkgs.dev.azure.com/contoso/p/_packaging/f/npm/",
                Service::Packages,
            ),
            (
                "sparse+https://pkgs.dev.azure.com/contoso/_packaging/f/Cargo/index/",
                Service::Packages,
            ),
            (
                "https://contoso.pkgs.visualstudio.com/_packaging/f/",
                Service::Packages,
            ),
            ("dev.azure.com/contoso", Service::Web),
            ("https://DEV.azure.com:443/contoso/", Service::Web),
            ("https://contoso.vssps.visualstudio.com/", Service::Other),
        ] {
            assert_eq!(
                read(text),
                Some((service, Some("contoso".into()))),
                "{text}"
            );
        }
    }

    #[test]
    fn a_host_alone_names_no_organization() {
        for text in [
            "https://dev.azure.com",
            "https://x@dev.azure.com/",
            "https://marketplace.visualstudio.com/a",
            "https://app.vssps.visualstudio.com/_apis",
        ] {
            assert_eq!(
                read(text).map(|(_, organization)| organization),
                Some(None),
                "{text}"
            );
        }
    }

    #[test]
    fn other_hosts_are_none_of_ours() {
        for text in [
            "https://github.com/contoso",
            "https://tfs.contoso.com/tfs/DefaultCollection",
            "https://dev.azure.com.contoso.com/contoso",
            "https://evildev.azure.com/contoso",
            "https://github.com/dev.azure.com/contoso",
            "https://dev.azure.com@github.com/contoso",
            "visualstudio.com",
            "",
            "//",
            "https://",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
