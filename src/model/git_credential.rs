//! What git and its credential helpers say to each other (git-credential(1), INPUT/OUTPUT FORMAT).

use super::address::decode;
use super::{Address, OrganizationName, Secret};

/// Without it a helper keeps bearer tokens to itself (git 2.46); older ones pass over it.
const BEARER_TOO: &str = "capability[]=authtype\n";

/// Which credential is asked for, always over https.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// The host, with its port where it is not the usual one.
    pub host: String,
    /// The path without slashes around it; helpers take `None` for any.
    pub path: Option<String>,
    /// The user name; helpers take `None` for any.
    pub username: Option<String>,
}

impl Question {
    /// `None` where a part has a line end or a NUL, which the format cannot carry.
    pub fn new(host: &str, path: Option<&str>, username: Option<&str>) -> Option<Self> {
        let carried = |text: &str| !text.contains(['\n', '\r', '\0']);
        let parts = [Some(host), path, username];
        let fits = parts.into_iter().flatten().all(carried);
        (fits && !host.is_empty()).then(|| Self {
            host: host.to_owned(),
            path: path.map(str::to_owned),
            username: username.map(str::to_owned),
        })
    }

    /// What git asks for a remote at this address, where it keeps the path; `None` where it is not http.
    pub fn of_url(url: &str) -> Option<Self> {
        let (scheme, rest) = url.trim().split_once("://")?;
        let is_http = ["http", "https"]
            .iter()
            .any(|name| scheme.eq_ignore_ascii_case(name));
        if !is_http {
            return None;
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (user_info, host) = match authority.rsplit_once('@') {
            Some((user_info, host)) => (Some(user_info), host),
            None => (None, authority),
        };
        let user = user_info.and_then(|user_info| user_info.split(':').next());
        let path = decode(path.trim_matches('/'));
        let user = user.map(decode);
        Self::new(
            host,
            Some(path.as_str()).filter(|path| !path.is_empty()),
            user.as_deref().filter(|user| !user.is_empty()),
        )
    }

    /// Whose credential it asks for.
    pub fn organization(&self) -> Option<OrganizationName> {
        let path = self.path.as_deref().unwrap_or_default();
        Address::from_parts(self.host_name(), None, path)?.organization
    }

    /// The host without a port.
    fn host_name(&self) -> &str {
        self.host.split(':').next().unwrap_or_default()
    }

    /// Whether a setting for this address holds for it too, as git matches them (git-config(1), `http.<url>.*`).
    pub fn is_covered_by(&self, address: &str) -> bool {
        let (scheme, rest) = match address.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, address),
        };
        if scheme.is_some_and(|scheme| !scheme.eq_ignore_ascii_case("https")) {
            return false;
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(decode(user)), host),
            None => (None, authority),
        };
        let host = host.strip_suffix(":443").unwrap_or(host);
        let path = decode(path.trim_matches('/'));
        let own = self.path.as_deref().unwrap_or_default();
        let covers_path = match own.strip_prefix(path.as_str()) {
            Some(rest) => path.is_empty() || rest.is_empty() || rest.starts_with('/'),
            None => false,
        };
        (user.is_none() || user == self.username)
            && covers_host(host, self.host_name())
            && covers_path
    }

    /// The forms in which tools ask for an organization whatever the repository: git with and without
    /// `credential.useHttpPath`, Git Credential Manager, and the host of before `dev.azure.com`.
    pub fn of_organization(name: &OrganizationName) -> Vec<Self> {
        let name = name.as_str();
        let host = format!("{}.visualstudio.com", name.to_ascii_lowercase());
        [
            Self::new("dev.azure.com", Some(name), None),
            Self::new("dev.azure.com", None, Some(name)),
            Self::new(&host, None, None),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The address that it asks for, without a user.
    pub fn address(&self) -> String {
        match &self.path {
            Some(path) => format!("https://{}/{path}", self.host),
            None => format!("https://{}", self.host),
        }
    }

    /// What a helper reads from standard input.
    pub fn lines(&self) -> String {
        let mut lines = format!("protocol=https\nhost={}\n", self.host);
        let parts = [("path", &self.path), ("username", &self.username)];
        for (key, value) in parts {
            if let Some(value) = value {
                lines.push_str(&format!("{key}={value}\n"));
            }
        }
        lines
    }

    /// What git's cache reads from its socket to tell a credential (git, builtin/credential-cache.c).
    pub fn asked_of_cache(&self) -> Secret {
        let lines = self.lines();
        Secret::new(format!("action=get\ntimeout=900\n{BEARER_TOO}{lines}"))
    }

    /// What git's cache reads to forget exactly this credential.
    pub fn forgotten_by_cache(&self, known: &Answered) -> Secret {
        let exact = Self {
            username: known.username.clone().or_else(|| self.username.clone()),
            ..self.clone()
        };
        let key = known.key;
        let password = known.password.expose();
        Secret::new(format!(
            "action=erase\ntimeout=900\n{BEARER_TOO}{}{key}={password}\n",
            exact.lines()
        ))
    }
}

/// Labels are the same, or `*` for one whole label.
fn covers_host(pattern: &str, host: &str) -> bool {
    let mut labels = host.split('.');
    let mut patterns = pattern.split('.');
    loop {
        match (patterns.next(), labels.next()) {
            (None, None) => return true,
            (Some(pattern), Some(label))
                if pattern == "*" || pattern.eq_ignore_ascii_case(label) => {}
            _ => return false,
        }
    }
}

/// A credential that a helper gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The user name.
    pub username: Option<String>,
    /// The password, which is where Azure DevOps takes tokens, or a bearer token.
    pub password: Secret,
    /// What the format calls it: `password` or `credential`.
    key: &'static str,
}

impl Answered {
    /// Reads what a helper said; `None` where it gave no password.
    pub fn parse(said: &Secret) -> Option<Self> {
        let value = |key: &str| {
            let lines = said.expose().lines();
            let mut values = lines.filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            values.next_back()
        };
        ["password", "credential"].into_iter().find_map(|key| {
            let password = value(key).filter(|password| !password.is_empty())?;
            Some(Self {
                username: value("username").map(str::to_owned),
                password: Secret::new(password),
                key,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_organization_is_asked_for_in_every_form() {
        let name = OrganizationName::new("Contoso").unwrap();
        let lines: Vec<String> = Question::of_organization(&name)
            .iter()
            .map(Question::lines)
            .collect();
        assert_eq!(
            lines,
            [
                "protocol=https\nhost=dev.azure.com\npath=Contoso\n",
                "protocol=https\nhost=dev.azure.com\nusername=Contoso\n",
                "protocol=https\nhost=contoso.visualstudio.com\n",
            ]
        );
    }

    #[test]
    fn a_remote_is_asked_for_as_git_does() {
        let read = |url: &str| {
            let question = Question::of_url(url)?;
            let organization = question.organization().map(|name| name.to_string());
            Some((question.lines().replace('\n', " "), organization))
        };
        assert_eq!(
            read("https://dev%40x@dev.azure.com/contoso/My%20App/_git/r/"),
            Some((
                "protocol=https host=dev.azure.com path=contoso/My App/_git/r username=dev@x "
                    .to_owned(),
                Some("contoso".to_owned())
            ))
        );
        assert_eq!(
            read("https://contoso.visualstudio.com:443")
                .unwrap()
                .1
                .as_deref(),
            Some("contoso")
        );
        assert_eq!(read("git@ssh.dev.azure.com:v3/contoso/p/r"), None);
        assert_eq!(read("https://dev.azure.com/a%0ab"), None);
    }

    #[test]
    fn settings_hold_for_what_their_address_covers() {
        let question = Question::of_url("https://me@dev.azure.com/contoso/p/_git/r").unwrap();
        for (address, covers) in [
            ("https://dev.azure.com", true),
            ("https://dev.azure.com/", true),
            ("https://dev.azure.com:443/contoso", true),
            ("https://dev.azure.com/cont", false),
            ("https://dev.azure.com/fabrikam", false),
            ("https://me@dev.azure.com", true),
            ("https://you@dev.azure.com", false),
            ("https://*.azure.com", true),
            ("https://*.com", false),
            ("http://dev.azure.com", false),
            ("dev.azure.com", true),
            ("https://github.com", false),
            ("azrepos:org/contoso", false),
        ] {
            assert_eq!(question.is_covered_by(address), covers, "{address}");
        }
    }

    #[test]
    fn only_a_password_is_an_answer() {
        for (said, password) in [
            ("username=dev\npassword=a=b\n", Some("a=b")),
            (
                "capability[]=authtype\nauthtype=Bearer\ncredential=jwt\n",
                Some("jwt"),
            ),
            ("username=dev\n", None),
            ("password=\n", None),
            ("", None),
        ] {
            let answered = Answered::parse(&Secret::new(said));
            let found = answered
                .as_ref()
                .map(|answered| answered.password.expose().to_owned());
            assert_eq!(found.as_deref(), password, "{said}");
        }
    }

    #[test]
    fn what_shall_be_forgotten_is_named_exactly() {
        let question = Question::new("dev.azure.com", Some("contoso"), None).unwrap();
        let known = Answered::parse(&Secret::new("username=dev\npassword=secret\n")).unwrap();
        assert_eq!(
            question.forgotten_by_cache(&known).expose(),
            "action=erase\ntimeout=900\ncapability[]=authtype\nprotocol=https\nhost=dev.azure.com\npath=contoso\nusername=dev\npassword=secret\n"
        );
    }

    proptest! {
        #[test]
        fn no_part_can_add_a_line(host in "[a-z\n\r\0]{0,4}", path in "[a-z\n=]{0,4}") {
            if let Some(question) = Question::new(&host, Some(&path), None) {
                prop_assert_eq!(question.lines().lines().count(), 3);
                let known = Answered::parse(&Secret::new("password=x")).unwrap();
                prop_assert_eq!(question.forgotten_by_cache(&known).expose().lines().count(), 7);
            }
        }

        #[test]
        fn any_answer_is_read(text in "(password|credential|username|=|\n|x){0,9}") {
            let _ = Answered::parse(&Secret::new(text));
        }
    }
}
