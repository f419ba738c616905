//! Whose an entry of the Windows Credential Manager is, by its name, comment and account.
//!
//! Sources: git-ecosystem/git-credential-manager and the tool before it, `WindowsCredentialManager.cs`, `Secret.cs`; git,
//! `git-credential-wincred.c`; jaraco/keyring, `backends/Windows.py`; astral-sh/uv, `uv-keyring/src/windows.rs`; atom/node-keytar,
//! `keytar_win.cc` (vsce, GitHub Desktop); Azure/azure-devops-cli-extension, `credential_store.py`. Visual Studio writes
//! its entries for git as Git Credential Manager does.

use super::names::{self, Meaning, Named, POETRY, Writer};
use super::shards;
use crate::model::windows_credential::{
    COMMENT, DOMAIN_PASSWORD, GENERIC, NOT_UNICODE, TARGET_NAME, TYPE, USER_NAME,
};
use crate::model::{Address, Attributes, Scope};
use crate::stores::git::gcm_files;

/// What Windows puts before names in some lists.
const NAMESPACES: [&str; 2] = ["LegacyGeneric:target=", "Domain:target="];

const WINCRED: &str = "saved by git-credential-wincred";
pub(super) const PYTHON: &str = "Stored using python-keyring";
/// In the comments of the Rust keyring, which uv has a copy of.
const RUST: &str = " (keyring v";

/// The name as its writer gave it.
pub(super) fn plain(target: &str) -> &str {
    let mut namespaces = NAMESPACES.iter();
    namespaces
        .find_map(|namespace| target.strip_prefix(namespace))
        .unwrap_or(target)
}

/// Reads what an entry says; `None` for what has nothing to do with Azure DevOps.
pub(super) fn meaning(
    attributes: &Attributes,
    namespaces: &[String],
    scope: &Scope,
) -> Option<Meaning> {
    let get = |name: &str| attributes.get(name).map(String::as_str);
    let target = plain(get(TARGET_NAME)?);
    let account = get(USER_NAME).filter(|account| !account.is_empty());
    let kind = get(TYPE).unwrap_or_default();
    let named = |writer, organization| Named {
        writer,
        organization,
        only_as_token: false,
        target: target.to_owned(),
        account: account.map(str::to_owned),
    };
    if get(NOT_UNICODE).is_some() || !matches!(kind, GENERIC | DOMAIN_PASSWORD) {
        let address = names::address_in(target).and_then(Address::parse)?;
        let reason = if kind == GENERIC {
            "its name is no Unicode: look at it in Credential Manager"
        } else {
            "it is a certificate or another kind that rekey does not read: look at it in Credential Manager"
        };
        let named = named(Writer::Other, address.organization);
        return Some(Meaning::Closed(named, reason));
    }
    if kind == DOMAIN_PASSWORD {
        let organization = Address::parse(target)?.organization;
        return Some(Meaning::Named(named(Writer::Windows, organization)));
    }
    let (writer, service) = written(
        target,
        account,
        get(COMMENT).unwrap_or_default(),
        namespaces,
    )?;
    if writer == Writer::Tool {
        if let Some(repository) = service.strip_prefix(POETRY) {
            return Some(Meaning::Poetry(repository.to_owned()));
        }
        if service.strip_prefix("azdevops-cli:").map(str::trim) == Some("default") {
            return Some(Meaning::AzureCliDefault);
        }
    }
    let organization = if writer == Writer::Vsce {
        None
    } else {
        let address = names::address_in(service)?;
        Address::parse(address)?;
        gcm_files::organization(scope, address, account.unwrap_or_default())
    };
    Some(Meaning::Named(named(writer, organization)))
}

/// Who wrote an entry of this name, and what its writer would call the service.
fn written<'t>(
    target: &'t str,
    account: Option<&str>,
    comment: &str,
    namespaces: &[String],
) -> Option<(Writer, &'t str)> {
    // The account stands before or behind the service where a tool keeps several of one.
    let behind = |target: &'t str, between: char| {
        let rest = target.strip_prefix(account?)?;
        rest.strip_prefix(between)
    };
    if comment == PYTHON {
        let target = shards::first_name(target).unwrap_or(target);
        return Some((Writer::Tool, behind(target, '@').unwrap_or(target)));
    }
    if comment.contains(RUST) {
        return Some((Writer::Tool, behind(target, '.').unwrap_or(target)));
    }
    if target.starts_with("vscode-vsce/") {
        return Some((Writer::Vsce, target));
    }
    if target.starts_with("GitHub - ") || target.starts_with("GitHub Desktop Dev - ") {
        // keytar puts the account behind the service, where it would look like an organization.
        let by_account =
            account.and_then(|account| target.strip_suffix(account)?.strip_suffix('/'));
        let by_last = target.rsplit_once('/').map(|(service, _)| service);
        let mut forms = [by_account, by_last, Some(target)].into_iter().flatten();
        let service =
            forms.find(|form| names::address_in(form).and_then(Address::parse).is_some())?;
        return Some((Writer::GitHubDesktop, service));
    }
    if comment == WINCRED {
        return Some((Writer::Git, target));
    }
    let writer = names::writer(target, namespaces)?;
    let is_tools = target.starts_with("azdevops-cli:") || target.starts_with("uv:");
    Some(match writer {
        // A bare address is nobody's own form here: people and programs of all kinds write such entries.
        Writer::Tool if !is_tools => (Writer::Other, target),
        writer => (writer, target),
    })
}

#[cfg(test)]
#[path = "targets_tests.rs"]
mod tests;
