//! The token caches that Visual Studio, Git Credential Manager, Azure PowerShell and the Artifacts credential provider share.
//!
//! Sources: git-ecosystem/git-credential-manager, `MicrosoftAuthentication.cs`; microsoft/artifacts-credprovider,
//! `Util/EnvUtil.cs`; Azure/azure-powershell, notes of Az.Accounts 2.15.1 (names that end in `.cae` and `.nocae`).

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::{moved, msal};
use crate::platform::System;
use crate::stores::{About, Finder, Store};

const NAME: &str = "msal-cache";
const HOW: &str = "Sign out of this account in the tool that uses it (Visual Studio, Azure PowerShell), and in again \
    with the work account; other tools share this file";
/// Where variables of the Artifacts credential provider move it to, the later name first.
const MOVED: [&str; 2] = [
    "ARTIFACTS_CREDENTIALPROVIDER_MSAL_FILECACHE_LOCATION",
    "NUGET_CREDENTIALPROVIDER_MSAL_FILECACHE_LOCATION",
];

/// The store.
#[derive(Debug)]
pub struct MsalCache;

impl Store for MsalCache {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Sign-ins that Microsoft's developer tools share",
            clears: "sign out of the account in the tool that uses it, and in again with the work account",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        for path in files(finder) {
            if let Some(document) = finder.open_once(&path) {
                msal::look_at(finder, &document, HOW);
            }
        }
    }
}

fn files(finder: &mut Finder<'_>) -> Vec<PathBuf> {
    let folders = finder.folders();
    let shared = match finder.platform().system() {
        System::Windows => folders.data.join(".IdentityService"),
        // On macOS a file without content marks an entry of the keychain.
        System::MacOs | System::Linux => folders.home.join(".local").join(".IdentityService"),
    };
    let own = folders.home.join(".gcm").join("msal");
    let mut files = vec![shared.join("msal.cache"), own.join("app.cache")];
    let others = finder.list(&shared).into_iter();
    files.extend(others.filter(|path| is_shared(path)));
    let others = finder.list(&own).into_iter();
    files.extend(others.filter(|path| path.extension().is_some_and(|kind| kind == "cache")));
    let provider = |data: &Path| {
        data.join("MicrosoftCredentialProvider")
            .join("MSALTokenCache.dat")
    };
    files.extend([&folders.data, &folders.xdg_data].map(|data| provider(data)));
    files.extend(MOVED.iter().filter_map(|variable| moved(finder, variable)));
    let mut seen = HashSet::new();
    files.retain(|path| seen.insert(path.clone()));
    files
}

/// Azure PowerShell misspells one of the names.
fn is_shared(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let starts = |name: &str| name.starts_with("msal.cache") || name.starts_with("masl.cache");
    name.is_some_and(starts) && path.extension().is_none_or(|kind| kind != "lockfile")
}
