//! NuGet: feed passwords in `nuget.config`.
//!
//! Source: learn.microsoft.com, "Common NuGet configurations" and "nuget.config reference".

use std::path::{Path, PathBuf};

use super::addresses::{self, Owner};
use super::nuget_xml::{Login, NugetConfig};
use super::{MOST, listed, understood};
use crate::model::{Address, Credential, Kind, Remedy, Scope, Secret};
use crate::platform::System;
use crate::stores::dpapi::{self, Opener};
use crate::stores::{About, Finder, Store};
use crate::text::{Document, Draft, is_reference, with_lines};
use crate::token;

const NAME: &str = "nuget";
const FILE: &str = "NuGet.Config";
/// What NuGet says to Windows when it seals a password or a key (NuGet/NuGet.Client, EncryptionUtility.cs).
const ENTROPY: &[u8] = b"NuGet";

/// The store.
#[derive(Debug)]
pub struct Nuget;

struct Settings {
    document: Document,
    config: NugetConfig,
    remedy: Remedy,
}

impl Store for Nuget {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "NuGet feed passwords",
            clears: "dotnet nuget remove source NAME, or cut its element below packageSourceCredentials",
        }
    }

    fn project_files(&self) -> &'static [&'static str] {
        &["nuget.config"]
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let mut files = Vec::new();
        for path in user_files(finder) {
            files.extend(open(finder, &path, Remedy::Automatic));
        }
        for path in finder.project_files() {
            files.extend(open(finder, path, Remedy::Consent));
        }
        for path in machine_files(finder) {
            files.extend(open(finder, &path, Remedy::Manual));
        }
        for file in &files {
            let opener = Opener::of(finder.platform());
            for credential in credentials(file, &files, finder.scope(), &opener) {
                finder.add(credential);
            }
            opener.tell(finder, file.document.path());
        }
    }
}

fn user_files(finder: &mut Finder<'_>) -> Vec<PathBuf> {
    let folders = finder.folders();
    let places = match finder.platform().system() {
        System::Windows => vec![folders.config.join("NuGet")],
        // dotnet's folder, and the one of mono and nuget.exe.
        System::MacOs | System::Linux => vec![
            folders.home.join(".nuget").join("NuGet"),
            folders.xdg_config.join("NuGet"),
        ],
    };
    let mut files = Vec::new();
    for place in places {
        let main = listed(finder, &place, |name| name.eq_ignore_ascii_case(FILE));
        files.extend(if main.is_empty() {
            vec![place.join(FILE)]
        } else {
            main
        });
        files.extend(listed(finder, &place.join("config"), is_config));
        // dotnet keeps its further files one folder up.
        if let Some(above) = place.parent().filter(|above| above.ends_with(".nuget")) {
            files.extend(listed(finder, &above.join("config"), is_config));
        }
    }
    files
}

fn machine_files(finder: &mut Finder<'_>) -> Vec<PathBuf> {
    let platform = finder.platform();
    if platform.hermetic() {
        return Vec::new();
    }
    let folder = match platform.system() {
        System::Windows => platform
            .variable("ProgramFiles(x86)")
            .map(|programs| PathBuf::from(programs).join("NuGet").join("Config")),
        System::MacOs => Some("/Library/Application Support/NuGet/Config".into()),
        System::Linux => Some("/etc/opt/NuGet/Config".into()),
    };
    folder.map_or_else(Vec::new, |folder| listed(finder, &folder, is_config))
}

fn is_config(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".config")
}

fn open(finder: &mut Finder<'_>, path: &Path, remedy: Remedy) -> Option<Settings> {
    let document = finder.open_once(path)?;
    let config = NugetConfig::parse(document.as_str());
    let config = config.map_err(|fault| fault.reason(document.text()));
    let entries = |config: &NugetConfig| config.logins.len().max(config.sources.len());
    Some(Settings {
        config: understood(finder, &document, config, entries, MOST)?,
        document,
        remedy,
    })
}

fn credentials(
    file: &Settings,
    all: &[Settings],
    scope: &Scope,
    opener: &Opener,
) -> Vec<Credential> {
    let (document, config) = (&file.document, &file.config);
    let mut drafts = Vec::new();
    for source in &config.sources {
        let entry = format!("packageSources/{}", source.key);
        let range = source.value_range.clone();
        drafts.extend(addresses::in_part(document, NAME, range, &entry, scope));
    }
    for login in &config.logins {
        let owner = owner(login, file, all);
        let draft = password(document, login, owner, scope, opener);
        drafts.extend(draft.map(|draft| match feed(login, file, all) {
            Some(feed) => draft.address(feed),
            None => draft,
        }));
    }
    for key in &config.keys {
        let Some(address) = Address::parse(&key.key) else {
            continue;
        };
        // Azure Artifacts wants some key and looks at none, so most are a dummy such as "az".
        let opened = dpapi::is_sealed(&key.value)
            .then(|| opener.open_text(&key.value, ENTROPY))
            .flatten();
        let value = opened.as_ref().map_or(key.value.as_str(), Secret::expose);
        let is_token = token::open(value).token.is_some();
        let is_closed = opened.is_none() && dpapi::is_sealed(&key.value);
        if is_token || is_closed {
            let draft = document
                .draft(NAME, Kind::Password)
                .organization(address.organization)
                .entry(format_args!("apikeys/{}", key.key))
                .at(key.value_range.start);
            let draft = if is_token { draft.value(value) } else { draft };
            drafts.push(draft.cut(with_lines(document.as_str(), &key.range)));
        }
    }
    let finished = drafts.into_iter().map(|draft| {
        let mut credential = draft.remedy(file.remedy).finish();
        // A sealed password has no value that would show it to be of no known organization.
        if credential.organization.is_none() {
            credential.remedy = credential.remedy.max(Remedy::Consent);
        }
        credential
    });
    finished.collect()
}

fn password<'d>(
    document: &'d Document,
    login: &Login,
    owner: Owner,
    scope: &Scope,
    opener: &Opener,
) -> Option<Draft<'d>> {
    let clear = login.get("ClearTextPassword");
    let entry = clear.or_else(|| login.get("Password"))?;
    if is_reference(&entry.value) {
        return None;
    }
    // What stands under "Password" is sealed, unless somebody wrote a token there by hand.
    let readable = clear.is_some() || token::open(&entry.value).token.is_some();
    let opened = match &owner {
        _ if readable => None,
        Owner::AzureDevOps(Some(name)) if !scope.has(name) => None,
        Owner::AzureDevOps(_) => opener.open_text(&entry.value, ENTROPY),
        // It may be anybody's.
        Owner::Unknown => opener.quiet().open_text(&entry.value, ENTROPY),
        Owner::Other => None,
    };
    let value = if readable {
        Some(entry.value.as_str())
    } else {
        opened.as_ref().map(Secret::expose)
    };
    let user = login.get("Username").map_or("", |user| &user.value);
    let organization = match owner {
        Owner::AzureDevOps(organization) => organization.or_else(|| addresses::named(scope, user)),
        Owner::Unknown if value.is_some_and(|value| token::open(value).token.is_some()) => None,
        Owner::Unknown | Owner::Other => return None,
    };
    let draft = document
        .draft(NAME, Kind::Password)
        .organization(organization)
        .entry(format_args!("packageSourceCredentials/{}", login.source))
        .at(entry.value_range.start)
        .cut(with_lines(document.as_str(), &login.range));
    Some(match value {
        Some(value) => draft.value(value),
        None => draft,
    })
}

/// The address of the feed's name, in this file or another.
fn feed<'f>(login: &Login, file: &'f Settings, all: &'f [Settings]) -> Option<&'f str> {
    let files = std::iter::once(file).chain(all);
    let mut sources = files.flat_map(|file| &file.config.sources);
    let same = sources.find(|source| source.key.eq_ignore_ascii_case(&login.source))?;
    Some(&same.value)
}

/// What this file says of the feed's name, else what the others say.
fn owner(login: &Login, file: &Settings, all: &[Settings]) -> Owner {
    let named = |file: &Settings| {
        let sources = file.config.sources.iter();
        let same = sources.filter(|source| source.key.eq_ignore_ascii_case(&login.source));
        same.map(|source| Address::parse(&source.value))
            .collect::<Vec<_>>()
    };
    match named(file) {
        addresses if addresses.is_empty() => {
            addresses::owner(&all.iter().flat_map(named).collect::<Vec<_>>())
        }
        addresses => addresses::owner(&addresses),
    }
}

#[cfg(test)]
#[path = "nuget_tests.rs"]
mod tests;
