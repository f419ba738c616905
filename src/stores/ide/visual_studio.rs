//! Visual Studio on Windows: sealed sign-ins of its older versions, and workspaces whose owner is an old identity.
//!
//! Sources: microsoft/Git-Credential-Manager-for-Windows, `AdalTokenCache.cs` (the caches, sealed by DPAPI);
//! learn.microsoft.com, "Workspaces command". Git's passwords are in the system's vault; the tokens in the registry
//! are in a file of their own.

use std::path::PathBuf;

use super::{older_than_the_change, token_storage};
use crate::model::{Address, Kind, PlaceState, Remedy, TenantClaim};
use crate::platform::{Platform, System};
use crate::stores::folders::folders_in;
use crate::stores::{About, Finder, Store};
use crate::text::{Document, xml};

/// Sign-ins of Visual Studio 2017 and 2015; newer versions share the cache of other programs.
const SIGN_INS: &[&str] = &[
    ".IdentityService/IdentityServiceAdalCache.cache",
    "Microsoft/VSCommon/VSAccountManagement/AdalCache.cache",
    "Microsoft/VSCommon/VSAccountManagement/AdalCacheV2.cache",
];
const SIGN_IN_AGAIN: &str =
    "Close Visual Studio, delete the file, and sign in again under File, Account Settings";
/// The domain of a Microsoft account in the name of an identity.
const MICROSOFT_ACCOUNT: &str = "Windows Live ID";

/// The store.
#[derive(Debug)]
pub struct VisualStudio;

impl Store for VisualStudio {
    fn about(&self) -> About {
        About {
            name: "visual-studio",
            title: "Visual Studio",
            clears: "File, Account Settings: sign out, close Visual Studio, and sign in again",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        if finder.platform().system() != System::Windows {
            return;
        }
        token_storage::find(finder);
        for path in SIGN_INS {
            let path = finder.folders().data.join(path);
            if let Some(document) = finder.open(&path) {
                sign_ins(finder, &document);
            }
        }
        for path in workspace_caches(finder) {
            if let Some(document) = finder.open(&path) {
                workspaces(finder, &document);
            }
        }
    }
}

/// Whether it is, or was, installed for the person: each version keeps a folder of its own, and so does the sign-in that
/// they share.
pub fn is_seen(platform: &dyn Platform) -> bool {
    if platform.system() != System::Windows {
        return false;
    }
    let data = &platform.folders().data;
    let versions = std::fs::read_dir(data.join("Microsoft/VisualStudio"));
    let is_version = |entry: std::fs::DirEntry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // "17.0_0a1b2c3d"; other programs leave folders without a number there.
        name.split_once('.')
            .is_some_and(|(major, _)| major.parse::<u32>().is_ok_and(|major| major >= 14))
    };
    let mut versions = versions.into_iter().flatten().flatten();
    versions.any(is_version) || SIGN_INS.iter().any(|path| data.join(path).exists())
}

/// What was last written before the change holds only old sign-ins; a newer file may hold any.
fn sign_ins(finder: &mut Finder<'_>, document: &Document) {
    if document.bytes().is_empty() {
        return;
    }
    if !older_than_the_change(finder.scope(), document) {
        let reason = "Visual Studio has sealed its sign-ins here: where it shows the old account, sign out under File, Account Settings";
        finder.place(
            document.path(),
            PlaceState::Skipped,
            Some(reason.to_owned()),
        );
        return;
    }
    let draft = document
        .draft(finder.store(), Kind::AccountBinding)
        .remedy(Remedy::Consent)
        .advice(SIGN_IN_AGAIN)
        .delete_file();
    finder.add(draft.finish());
}

/// `<version>\Cache\VersionControl.config`, and one for each server below `Volatile`.
fn workspace_caches(finder: &mut Finder<'_>) -> Vec<PathBuf> {
    let root = finder.folders().data.join("Microsoft/Team Foundation");
    let mut folders = Vec::new();
    for version in folders_in(finder, &root) {
        let cache = version.join("Cache");
        let servers = folders_in(finder, &cache.join("Volatile"));
        folders.push(cache);
        folders.extend(servers);
    }
    let files = folders
        .iter()
        .map(|folder| folder.join("VersionControl.config"));
    files.filter(|file| !finder.is_absent(file)).collect()
}

fn workspaces(finder: &mut Finder<'_>, document: &Document) {
    let root = match xml::parse(document.as_str()) {
        Ok(root) => root,
        Err(fault) => return finder.unreadable(document.path(), fault.reason(document.text())),
    };
    let mut found = Vec::new();
    root.visit(&mut |around, element| {
        let server = around.last().and_then(|server| server.attribute("uri"));
        let address = server.and_then(|uri| Some((uri, Address::parse(&uri.value)?)));
        let owner = element.attribute("ownerName");
        let (Some((uri, address)), Some(owner)) = (address, owner) else {
            return;
        };
        let Some(claim) = claim(&owner.value) else {
            return;
        };
        let account = owner.value.split_once('\\').map(|(_, account)| account);
        let name = element
            .attribute("name")
            .map_or("", |name| name.value.as_str());
        let draft = document
            .draft(finder.store(), Kind::AccountBinding)
            .organization(address.organization.clone())
            .tenant(address.organization, claim)
            .entry(format_args!("workspace {name}"))
            .at(owner.range.start)
            .remedy(Remedy::Manual)
            .observe(|observed| observed.account = account.map(str::to_owned))
            .advice(format!("tf workspaces /collection:{}", uri.value));
        found.push(draft.finish());
    });
    for credential in found {
        finder.add(credential);
    }
}

/// The tenant in the name of an identity, `<domain>\<account>`; newer versions write a bare id, which says nothing.
fn claim(owner: &str) -> Option<TenantClaim> {
    let (domain, _) = owner.split_once('\\')?;
    if domain.eq_ignore_ascii_case(MICROSOFT_ACCOUNT) {
        return Some(TenantClaim::Unset);
    }
    TenantClaim::from_guid(domain)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use jiff::Timestamp;

    use super::*;
    use crate::model::Scope;
    use crate::stores::checks::{shown, without};
    use crate::testing::{TestHome, scope};

    const CACHE: &str = "AppData/Local/.IdentityService/IdentityServiceAdalCache.cache";
    const WORKSPACES: &str = "AppData/Local/Microsoft/Team Foundation/8.0/Cache/Volatile/0badf00d_https/VersionControl.config";

    fn connected(at: &str) -> Scope {
        let mut scope = scope(&["contoso"]);
        scope.organizations[0].connected_at = Some(at.parse::<Timestamp>().unwrap());
        scope
    }

    #[test]
    fn sign_ins_older_than_the_change_can_go() {
        let home = TestHome::of(System::Windows);
        home.write(CACHE, [1, 0, 0, 0, 0xd0, 0x8c]);
        let found = home.find_in_scope(&VisualStudio, &connected("2100-01-01T00:00:00Z"));
        assert_eq!(
            shown(&found),
            [("?", Kind::AccountBinding, Remedy::Consent, 0, "")]
        );
        assert_eq!(without(&found, "?"), None);
    }

    #[test]
    fn newer_sign_ins_are_told_of_and_are_no_finding() {
        let home = TestHome::of(System::Windows);
        home.write(CACHE, [1, 0, 0, 0, 0xd0, 0x8c]);
        for scope in [connected("2020-01-01T00:00:00Z"), scope(&["contoso"])] {
            let found = home.find_in_scope(&VisualStudio, &scope);
            assert!(found.credentials.is_empty());
            assert_eq!(found.places[0].state, PlaceState::Skipped);
        }
    }

    #[test]
    fn a_workspace_of_an_old_identity_is_shown() {
        let home = TestHome::of(System::Windows);
        let server = |uri: &str, owner: &str| {
            format!(
                "<ServerInfo uri=\"{uri}\" repositoryGuid=\"0badf00d-7e63-45aa-8f46-19e8bbfe18eb\">\r\n<WorkspaceInfo name=\"PC\" ownerName=\"{owner}\" ownerDisplayName=\"Dev\" computer=\"PC\" comment=\"\" />\r\n</ServerInfo>\r\n"
            )
        };
        let tenant = "8f1c5b0e-0000-4000-8000-00000000c0de";
        let text = [
            server(
                "https://dev:hunter2@dev.azure.com/contoso/",
                "Windows Live ID\\dev@contoso.example",
            ),
            server(
                "https://fabrikam.visualstudio.com/",
                &format!("{tenant}\\dev@fabrikam.example"),
            ),
            server(
                "https://dev.azure.com/contoso/",
                "3d275303-260a-4aa5-9fec-232c8964b74f",
            ),
            server("http://tfs:8080/tfs/contoso", "CONTOSO\\dev"),
        ];
        let text = format!(
            "<VersionControlServer><Servers>\r\n{}</Servers></VersionControlServer>",
            text.concat()
        );
        home.write(WORKSPACES, text);
        let found = home.find(&VisualStudio);
        assert_eq!(
            shown(&found),
            [
                (
                    "contoso",
                    Kind::AccountBinding,
                    Remedy::Manual,
                    3,
                    "workspace PC"
                ),
                (
                    "fabrikam",
                    Kind::AccountBinding,
                    Remedy::Manual,
                    6,
                    "workspace PC"
                ),
            ]
        );
        let advice = found.credentials[0].advice.as_deref().unwrap_or_default();
        assert!(
            advice.ends_with("https://***@dev.azure.com/contoso/"),
            "{advice}"
        );
        let claims = found
            .credentials
            .iter()
            .map(|one| one.observed.tenants[0].claim);
        let expected = [TenantClaim::Unset, TenantClaim::from_guid(tenant).unwrap()];
        assert!(claims.eq(expected));
        home.write(WORKSPACES, "<VersionControlServer>");
        assert_eq!(
            home.find(&VisualStudio).places.last().unwrap().state,
            PlaceState::Unreadable
        );
    }

    #[test]
    fn other_systems_have_no_visual_studio() {
        let home = TestHome::new();
        home.write(CACHE, "x");
        assert!(home.find(&VisualStudio).places.is_empty());
    }
}
