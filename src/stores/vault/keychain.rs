//! Whose an entry of a macOS keychain is, by its class and attributes.
//!
//! Sources: git-ecosystem/git-credential-manager, `MacOSKeychain.cs`, and the Java tool before it; git,
//! `git-credential-osxkeychain.c`; jaraco/keyring, `backends/macOS`; astral-sh/uv, `uv-keyring/src/macos.rs`; microsoft/vscode-vsce,
//! `store.ts`, and desktop/desktop, `auth.ts`, both by atom/node-keytar, `keytar_mac.cc`; Azure/azure-devops-cli-extension,
//! `credential_store.py`; JetBrains/intellij-community, `keychainLibrary`. What Sourcetree writes no page of its maker
//! describes; this goes by what people report of it.

use super::names::{self, Meaning, Named, POETRY, Writer};
use crate::model::keychain_item::{
    ACCOUNT, AUTHENTICATION, CLASS, FORM, GENERIC, HTTP, INEXACT, INTERNET, PATH, PORT, PROTOCOL,
    SERVER, SERVICE,
};
use crate::model::{Address, Attributes, Scope};
use crate::stores::git::gcm_files;

/// The services of MSAL's caches (git-credential-manager, `MicrosoftAuthentication.cs`).
const OF_MSAL: [&str; 2] = [
    "Microsoft.Developer.IdentityService",
    "GitCredentialManager.MSAL",
];
/// Between host and user, in the names of Sourcetree's entries.
const OF_SOURCETREE: &str = " Access Key for ";
const OF_GITHUB_DESKTOP: [&str; 2] = ["GitHub - ", "GitHub Desktop Dev - "];

const ODD: &str = "its name is no text: look at it in the app Keychain Access";

/// Reads what an entry says; `None` for what has nothing to do with Azure DevOps.
pub(super) fn meaning(
    attributes: &Attributes,
    namespaces: &[String],
    scope: &Scope,
) -> Option<Meaning> {
    let entry = Entry { attributes, scope };
    let meaning = match attributes.get(CLASS)?.as_str() {
        GENERIC => entry.generic(namespaces)?,
        INTERNET => entry.internet()?,
        _ => return None,
    };
    Some(match meaning {
        Meaning::Named(named) if attributes.contains_key(INEXACT) => Meaning::Closed(named, ODD),
        meaning => meaning,
    })
}

struct Entry<'a> {
    attributes: &'a Attributes,
    scope: &'a Scope,
}

impl<'a> Entry<'a> {
    /// A text that says something.
    fn get(&self, name: &str) -> Option<&'a str> {
        let text = self.attributes.get(name)?.as_str();
        (!text.is_empty()).then_some(text)
    }

    fn named(&self, writer: Writer, target: &str) -> Named {
        Named {
            writer,
            organization: None,
            only_as_token: false,
            target: target.to_owned(),
            account: self.get(ACCOUNT).map(str::to_owned),
        }
    }

    fn generic(&self, namespaces: &[String]) -> Option<Meaning> {
        let service = self.get(SERVICE)?;
        let account = self.get(ACCOUNT);
        if OF_MSAL.contains(&service) {
            return Some(Meaning::Msal);
        }
        if let Some(repository) = service.strip_prefix(POETRY) {
            return Some(Meaning::Poetry(repository.to_owned()));
        }
        if service.strip_prefix("azdevops-cli:").map(str::trim) == Some("default") {
            return Some(Meaning::AzureCliDefault);
        }
        if let Some((host, user)) = service.split_once(OF_SOURCETREE) {
            return self.of_host(Writer::Sourcetree, service, host, Some(user), "");
        }
        let is_desktop = OF_GITHUB_DESKTOP
            .iter()
            .any(|start| service.starts_with(start));
        let writer = if is_desktop {
            Writer::GitHubDesktop
        } else {
            names::writer(service, namespaces)?
        };
        let mut named = self.named(writer, service);
        if writer != Writer::Vsce {
            let address = names::address_in(service)?;
            Address::parse(address)?;
            let account = account.unwrap_or_default();
            named.organization = gcm_files::organization(self.scope, address, account);
        }
        Some(Meaning::Named(named))
    }

    fn internet(&self) -> Option<Meaning> {
        // What was typed into a page is the person's own.
        if self.get(AUTHENTICATION) == Some(FORM) {
            return None;
        }
        let server = self.get(SERVER)?;
        if let Some((host, user)) = server.split_once(OF_SOURCETREE) {
            return self.of_host(Writer::Sourcetree, server, host, Some(user), "");
        }
        let scheme = match self.get(PROTOCOL) {
            Some(HTTP) => "http",
            _ => "https",
        };
        let port = match self.get(PORT) {
            Some(port) if port != "0" && !server.contains(':') => format!(":{port}"),
            _ => String::new(),
        };
        let path = self.get(PATH).unwrap_or_default().trim_start_matches('/');
        let target = format!("{scheme}://{server}{port}/{path}");
        let target = target.trim_end_matches('/');
        self.of_host(Writer::Git, target, server, self.get(ACCOUNT), path)
    }

    fn of_host(
        &self,
        writer: Writer,
        target: &str,
        host: &str,
        user: Option<&str>,
        path: &str,
    ) -> Option<Meaning> {
        let host = host.split_once(':').map_or(host, |(host, _)| host);
        let address = Address::from_parts(host, user, path)?;
        let by_user = || self.scope.named(user?).cloned();
        let mut named = self.named(writer, target);
        named.account = named.account.or_else(|| user.map(str::to_owned));
        named.organization = address.organization.or_else(by_user);
        Some(Meaning::Named(named))
    }
}

#[cfg(test)]
#[path = "keychain_tests.rs"]
mod tests;
