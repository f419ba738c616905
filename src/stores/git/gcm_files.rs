//! Files of Git Credential Manager's own stores: plain text, DPAPI, `pass`, and the older Java tool's XML.

mod insecure;
mod pass;

use std::path::{Path, PathBuf};

use self::pass::{Opened, Opener};
use super::configs::{folders, list, may_look_at, open_named, outside, resolve};
use super::stray;
use crate::model::{Address, Kind, OrganizationName, PlaceState, Remedy, Scope};
use crate::platform::System;
use crate::stores::{About, Finder, Store, dpapi};
use crate::text::{Document, UserInfo};
use crate::token;

/// `~/.gcm/store`, `~/.gcm/dpapi_store`, `~/.password-store/git`, `~/git-credential-manager/insecureStore.xml`.
pub struct GcmFiles;

/// How deep below a host's folder an entry may be.
const DEPTH: u32 = 8;
/// How many entries of one store are read.
const ENTRIES: usize = 5_000;

/// One kind of folder (GCM, PlaintextCredentialStore.cs and its kin).
struct Layout {
    /// Below the home.
    usual: &'static str,
    variable: &'static str,
    /// The key below `credential` in git config, in lower case.
    setting: &'static str,
    /// How entries end.
    extension: &'static str,
    form: Form,
    on: fn(System) -> bool,
}

/// How an entry holds its secret.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// In its first line, in clear.
    Clear,
    /// In its first line, sealed by Windows, in base64 (GCM, DpapiCredentialStore.cs).
    Dpapi,
    /// As a whole, encrypted to a key of gpg's.
    Gpg,
}

const LAYOUTS: &[Layout] = &[
    Layout {
        usual: ".gcm/store",
        variable: "GCM_PLAINTEXT_STORE_PATH",
        setting: "plaintextstorepath",
        extension: "credential",
        form: Form::Clear,
        on: |_| true,
    },
    Layout {
        usual: ".gcm/dpapi_store",
        variable: "GCM_DPAPI_STORE_PATH",
        setting: "dpapistorepath",
        extension: "credential",
        form: Form::Dpapi,
        on: |system| system == System::Windows,
    },
    Layout {
        usual: ".password-store",
        variable: "PASSWORD_STORE_DIR",
        setting: "gpgpassstorepath",
        extension: "gpg",
        form: Form::Gpg,
        on: |system| system != System::Windows,
    },
];

impl Store for GcmFiles {
    fn about(&self) -> About {
        About {
            name: "gcm-files",
            title: "Credential files of Git Credential Manager",
            clears: "git credential-manager erase (with protocol, host and path on standard input)",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let namespaces = namespaces(finder);
        let opener = Opener::new(finder.platform());
        for layout in LAYOUTS {
            if !(layout.on)(finder.platform().system()) {
                continue;
            }
            for root in roots(finder, layout) {
                for namespace in &namespaces {
                    Walk::new(layout, &opener).namespace(finder, &root.join(namespace));
                }
            }
        }
        insecure::find(finder);
    }
}

/// `git`, and what a variable or a setting names instead.
pub(in crate::stores) fn namespaces(finder: &Finder<'_>) -> Vec<String> {
    let variable = finder.platform().variable("GCM_NAMESPACE");
    let settings = finder.settings().values("credential", "namespace");
    let others = variable
        .and_then(|name| name.into_string().ok())
        .into_iter()
        .chain(settings.map(str::to_owned));
    let mut names = vec!["git".to_owned()];
    for name in others {
        let plain = !name.is_empty()
            && name
                .bytes()
                .all(|byte| !matches!(byte, b'/' | b'\\' | b'.' | 0));
        if plain && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The usual folder, and what a variable or a setting names instead.
fn roots(finder: &mut Finder<'_>, layout: &Layout) -> Vec<PathBuf> {
    let home = finder.home();
    let variable = finder
        .platform()
        .variable(layout.variable)
        .map(PathBuf::from);
    let settings = finder.settings().values("credential", layout.setting);
    let mut roots = vec![home.join(layout.usual)];
    roots.extend(variable.filter(|path| path.is_absolute()));
    roots.extend(settings.filter_map(|path| resolve(path, home, None)));
    roots.sort_unstable();
    roots.dedup();
    roots.retain(|root| {
        let allowed = may_look_at(finder, root);
        if !allowed {
            outside(finder, root);
        } else if finder.is_absent(root) {
            finder.place(root, PlaceState::Absent, None);
        } else {
            finder.place(root, PlaceState::Read, None);
            // What keeps it from being listed takes the place's word.
            finder.list(root);
        }
        allowed
    });
    roots
}

/// Goes through one namespace of one store; only folders of Azure DevOps hosts are entered.
struct Walk<'l> {
    layout: &'l Layout,
    opener: &'l Opener,
    left: usize,
}

impl<'l> Walk<'l> {
    fn new(layout: &'l Layout, opener: &'l Opener) -> Self {
        Self {
            layout,
            opener,
            left: ENTRIES,
        }
    }

    fn namespace(&mut self, finder: &mut Finder<'_>, folder: &Path) {
        for scheme in ["https", "http"] {
            for host in folders(finder, &folder.join(scheme)) {
                let name = host.file_name().unwrap_or_default().to_string_lossy();
                let url = format!("{scheme}://{}", host_name(&name));
                if Address::parse(&url).is_some() {
                    self.folder(finder, &host, &url, DEPTH);
                }
            }
        }
    }

    fn folder(&mut self, finder: &mut Finder<'_>, folder: &Path, url: &str, depth: u32) {
        for path in list(finder, folder, std::fs::FileType::is_file) {
            if path
                .extension()
                .is_none_or(|extension| extension != self.layout.extension)
            {
                continue;
            }
            if self.left == 0 {
                return finder.unreadable(folder, "there are too many entries to read them all");
            }
            self.left -= 1;
            if let Some(document) = open_named(finder, &path) {
                self.entry(finder, &document, url);
            }
        }
        if depth == 0 {
            return;
        }
        for inner in folders(finder, folder) {
            let name = inner
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            self.folder(finder, &inner, &format!("{url}/{name}"), depth - 1);
        }
    }

    fn entry(&self, finder: &mut Finder<'_>, document: &Document, url: &str) {
        let text = document.as_str();
        let inside = text.lines().find_map(|line| line.strip_prefix("service="));
        let service = inside
            .filter(|service| self.layout.form != Form::Gpg && Address::parse(service).is_some())
            .unwrap_or(url);
        let organization = organization(finder.scope(), service, &self.account(document));
        // Only what may be in scope is decrypted.
        let is_wanted = organization
            .as_ref()
            .is_none_or(|name| finder.scope().has(name));
        let remedy = match organization {
            Some(_) => Remedy::Automatic,
            None => Remedy::Consent,
        };
        let mut draft = document
            .draft(finder.store(), Kind::Password)
            .organization(organization)
            .entry(stray::without_tokens(service))
            .remedy(remedy)
            .delete_file();
        let first = text.lines().next().unwrap_or_default();
        match self.layout.form {
            Form::Clear if first.is_empty() => return,
            Form::Clear => draft = draft.at(0).value(first),
            // Somebody may have put a token there by hand.
            Form::Dpapi if token::open(first).token.is_some() => draft = draft.at(0).value(first),
            Form::Dpapi if is_wanted => {
                let opener = dpapi::Opener::of(finder.platform());
                if let Some(secret) = opener.open_text(first, b"") {
                    draft = draft.at(0).value(secret.expose());
                }
                opener.tell(finder, document.path());
            }
            Form::Gpg if is_wanted => match self.opener.open(finder.platform(), document.bytes()) {
                Opened::Open(text) => {
                    draft = draft.value(text.expose().lines().next().unwrap_or_default());
                }
                Opened::Locked(advice) => {
                    let advice = Some(advice.to_owned());
                    finder.place(document.path(), PlaceState::Locked, advice);
                }
                Opened::NotTried => {}
            },
            Form::Dpapi | Form::Gpg => {}
        }
        finder.add(draft.finish());
    }

    /// The user name, which a file in clear says inside, and whose name is that of every entry's file.
    fn account(&self, document: &Document) -> String {
        let text = document.as_str();
        let inside = text.lines().find_map(|line| line.strip_prefix("account="));
        if let Some(account) = inside.filter(|_| self.layout.form != Form::Gpg) {
            return account.to_owned();
        }
        let stem = document.path().file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }
}

/// Whose a service address is: its path's, else the organization in scope that its user or the entry's account names.
pub(in crate::stores) fn organization(
    scope: &Scope,
    service: &str,
    account: &str,
) -> Option<OrganizationName> {
    let named = |user: &str| scope.named(user).cloned();
    let by_user = || named(UserInfo::of(service)?.user.expose());
    let address = Address::parse(service)?;
    let by_address = address.organization.or_else(by_user);
    by_address.or_else(|| named(account))
}

/// The host in a folder's name, which has a port after a colon, or after a hyphen on Windows.
fn host_name(folder: &str) -> &str {
    let (host, port) = folder.rsplit_once([':', '-']).unwrap_or((folder, ""));
    let has_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    if has_port { host } else { folder }
}

#[cfg(test)]
#[path = "gcm_files_tests.rs"]
mod tests;
