//! Whose an entry is, by its attributes.
//!
//! Sources: git-ecosystem/git-credential-manager, `SecretServiceCollection.cs`; git, `git-credential-libsecret.c`;
//! jaraco/keyring, `backends/SecretService.py`; astral-sh/uv, `uv-keyring/src/secret_service.rs`; microsoft/vscode-vsce,
//! `store.ts`; Azure/azure-devops-cli-extension, `credential_store.py`; JetBrains/intellij-community,
//! `linuxSecretLibrary.kt`; desktop/desktop, `auth.ts`; the older Java tool's `GnomeKeyringBackedSecureStore.java`.

use std::fmt;

use super::{keychain, targets};
use crate::model::keychain_item;
use crate::model::windows_credential::TARGET_NAME;
use crate::model::{Address, Attributes, OrganizationName, Scope};
use crate::stores::git::gcm_files;
use crate::text::UserInfo;

/// Who wrote an entry, as far as it matters for removing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Writer {
    /// git's own helper.
    Git,
    /// Git Credential Manager and the tool before it.
    CredentialManager,
    /// A tool that asks for a token when it has none.
    Tool,
    /// The publishing tool of Visual Studio Code.
    Vsce,
    JetBrains,
    GitHubDesktop,
    Sourcetree,
    /// Windows itself, for servers that it signs in to: it gives the password to no program.
    Windows,
    /// Somebody else, or the person.
    Other,
}

/// An entry that is addressed to Azure DevOps.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) writer: Writer,
    pub(super) organization: Option<OrganizationName>,
    /// Nothing says where it is for, so it is for Azure DevOps only where it is a token of it.
    pub(super) only_as_token: bool,
    /// As its owner calls it.
    pub(super) target: String,
    pub(super) account: Option<String>,
}

/// Targets and accounts can hold a token or a password.
impl fmt::Debug for Named {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = formatter.debug_struct("Named");
        told.field("writer", &self.writer);
        told.field("organization", &self.organization);
        told.finish_non_exhaustive()
    }
}

/// What attributes say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    Named(Named),
    /// A feed's password; where the feed is stands in Poetry's own files.
    Poetry(String),
    /// The token of the Azure CLI that serves every organization.
    AzureCliDefault,
    /// Sign-ins that Microsoft's tools share.
    Msal,
    /// An entry for Azure DevOps that rekey neither reads nor removes, and why.
    Closed(Named, &'static str),
}

const ACCOUNTS: [&str; 6] = [
    "account",
    "username",
    "user",
    "Account",
    "UserName",
    keychain_item::ACCOUNT,
];
/// What has a name of its own in other attributes, or is no address by itself.
const NOT_ADDRESSES: [&str; 4] = ["Notes", "Title", "object", "xdg:schema"];
/// Forms that a browser fills in are the person's own.
const BROWSERS: [&str; 2] = ["org.epiphany.", "chrome_libsecret"];

pub(super) const POETRY: &str = "poetry-repository-";

/// The account that an entry is for.
pub(super) fn account(attributes: &Attributes) -> Option<&str> {
    let accounts = ACCOUNTS.iter().filter_map(|name| attributes.get(*name));
    accounts
        .map(String::as_str)
        .find(|account| !account.is_empty())
}

/// Reads the attributes of an entry; `None` for what has nothing to do with Azure DevOps.
pub(super) fn meaning(
    attributes: &Attributes,
    namespaces: &[String],
    scope: &Scope,
) -> Option<Meaning> {
    let get = |name: &str| attributes.get(name).map(String::as_str);
    if get(TARGET_NAME).is_some() {
        return targets::meaning(attributes, namespaces, scope);
    }
    if get(keychain_item::CLASS).is_some() {
        return keychain::meaning(attributes, namespaces, scope);
    }
    let schema = get("xdg:schema").unwrap_or_default();
    if BROWSERS.iter().any(|browser| schema.starts_with(browser)) {
        return None;
    }
    if attributes.contains_key("MsalClientID") {
        return Some(Meaning::Msal);
    }
    let account = account(attributes);
    if let Some(server) = get("server") {
        let (host, object) = (host_of(server), get("object").unwrap_or_default());
        let address = Address::from_parts(host, account, object)?;
        let named = || scope.named(account?).cloned();
        return Some(Meaning::Named(Named {
            writer: Writer::Git,
            organization: address.organization.or_else(named),
            only_as_token: false,
            target: format!("{}://{server}/{object}", get("protocol").unwrap_or("https"))
                .trim_end_matches('/')
                .to_owned(),
            account: account.map(str::to_owned),
        }));
    }
    let service = get("service").or_else(|| get("Key")).unwrap_or_default();
    if let Some(repository) = service.strip_prefix(POETRY) {
        return Some(Meaning::Poetry(repository.to_owned()));
    }
    if service.strip_prefix("azdevops-cli:").map(str::trim) == Some("default") {
        return Some(Meaning::AzureCliDefault);
    }
    let (writer, target) = match writer(service, namespaces) {
        // Whatever it was told to put before the address.
        Some(Writer::Other) if schema == "com.microsoft.GitCredentialManager" => {
            (Writer::CredentialManager, service)
        }
        Some(writer) => (writer, service),
        None => (Writer::Other, other_address(attributes)?),
    };
    let organization = match writer {
        Writer::Vsce => None,
        _ => gcm_files::organization(scope, address_in(target)?, account.unwrap_or_default()),
    };
    Some(Meaning::Named(Named {
        writer,
        organization,
        only_as_token: false,
        target: target.to_owned(),
        account: account.map(str::to_owned),
    }))
}

fn host_of(server: &str) -> &str {
    server.split_once(':').map_or(server, |(host, _)| host)
}

/// Who names services like this, where it is one of Azure DevOps.
pub(super) fn writer(service: &str, namespaces: &[String]) -> Option<Writer> {
    if service == "vscode-vsce" {
        return Some(Writer::Vsce);
    }
    Address::parse(address_in(service)?)?;
    let start = service.find("://").map_or(service, |at| &service[..at]);
    let prefix = start.trim_end_matches("https").trim_end_matches("http");
    let namespace = prefix.strip_suffix(':').unwrap_or_default();
    Some(match prefix {
        // `keyring set HOST USER` and pip name a host or an address.
        _ if !service.contains("://") || prefix.is_empty() => Writer::Tool,
        "uv:" | "azdevops-cli:" => Writer::Tool,
        "GitHub - " => Writer::GitHubDesktop,
        _ if prefix.starts_with("IntelliJ Platform ") => Writer::JetBrains,
        _ if namespaces.iter().any(|known| known == namespace) => Writer::CredentialManager,
        _ => Writer::Other,
    })
}

/// The address in the name of a service: from its scheme on.
pub(super) fn address_in(service: &str) -> Option<&str> {
    let Some(scheme_end) = service.find("://") else {
        return Some(service);
    };
    let scheme = service[..scheme_end]
        .rfind(|character: char| !character.is_ascii_alphabetic())
        .map_or(0, |at| {
            at + service[at..].chars().next().map_or(1, char::len_utf8)
        });
    service.get(scheme..)
}

/// An attribute that is an address of Azure DevOps as a whole, whatever its name.
fn other_address(attributes: &Attributes) -> Option<&str> {
    let candidates = attributes
        .iter()
        .filter(|(name, _)| !NOT_ADDRESSES.contains(&name.as_str()))
        .map(|(_, value)| value.as_str());
    let is_address = |text: &&str| {
        let whole = text.starts_with("https://") || text.starts_with("http://");
        whole && !text.contains(char::is_whitespace) && Address::parse(text).is_some()
    };
    candidates.filter(is_address).max_by_key(|text| {
        // The one that says most.
        let named = Address::parse(text).is_some_and(|address| address.organization.is_some());
        (named, UserInfo::of(text).is_some())
    })
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
