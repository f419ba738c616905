//! Credentials in git config files: user-info of addresses, authorization headers, odd settings.

mod logs;
mod named;
mod scan;
mod wsl;

use std::path::Path;

use self::scan::{Scanner, Source};
use super::configs::{Config, Reach};
use super::{login, stray};
use crate::model::{Kind, Remedy};
use crate::stores::{About, Finder, Store};
use crate::text::Document;
use crate::token;

/// Every config file of git and what it names, `.gitmodules`, `.lfsconfig`, `FETCH_HEAD` and logs.
pub struct GitConfig;

const BROKEN: &str = "git cannot read this file: take the token out of it with an editor";
const LFS: &str =
    "A repository shares this file: take the user and the token out of its address, and commit";
const FETCHED: &str =
    "git writes this file anew with every fetch: mend the remote's address, then run git fetch";

const TRACED: &str = "Delete this log, and take credential.writelog out of git config: Git Credential Manager \
                      writes what it does there";

impl Store for GitConfig {
    fn about(&self) -> About {
        About {
            name: "git-config",
            title: "Tokens in git config and remote addresses",
            clears: "git remote set-url REMOTE https://dev.azure.com/ORGANIZATION/PROJECT/_git/REPOSITORY",
        }
    }

    fn project_files(&self) -> &'static [&'static str] {
        &[".gitmodules", ".lfsconfig"]
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let configs = finder.git_configs();
        for config in configs.files() {
            if config.parsed.fault.is_some() {
                stray::enter(finder, &config.document, BROKEN);
                continue;
            }
            let source = Source {
                remotes: configs.remotes(config),
                by_hand: None,
            };
            Scanner::new(finder, config, source).scan();
        }
        named::find(finder, configs);
        for path in finder.project_files() {
            shared_file(finder, path);
        }
        for git_dir in configs.git_dirs() {
            fetched(finder, &git_dir.join("FETCH_HEAD"));
            logs::find(finder, git_dir);
            traced(finder, &git_dir.join("git-credential-manager.log"));
        }
        wsl::tell(finder);
    }
}

/// A config file that belongs to the content of a repository.
fn shared_file(finder: &mut Finder<'_>, path: &Path) {
    let Some(document) = finder.open(path) else {
        return;
    };
    let config = Config::new(document, Reach::Several);
    if let Some(offset) = config.parsed.fault {
        let line = config.document.text().line(offset);
        finder.unreadable(
            path,
            format!("line {line} is not git config; mend that line"),
        );
        return stray::enter(finder, &config.document, BROKEN);
    }
    let is_lfs = path.file_name().is_some_and(|name| name == ".lfsconfig");
    let source = Source {
        remotes: None,
        by_hand: is_lfs.then_some(LFS),
    };
    Scanner::new(finder, &config, source).scan();
}

/// Opens a file of git's own where it has an address with a user.
fn holding_login(finder: &mut Finder<'_>, path: &Path) -> Option<Document> {
    finder.open_holding(path, login::may_be_in)
}

/// `FETCH_HEAD` names the address of each fetched branch.
fn fetched(finder: &mut Finder<'_>, path: &Path) {
    // Every repository has one and hardly any has a secret in it: only those become places.
    let Some(document) = holding_login(finder, path) else {
        return;
    };
    for (start, login) in login::logins(document.as_str(), finder.scope()) {
        let draft = document
            .draft(finder.store(), Kind::Pat)
            .organization(login.organization)
            .at(start + login.span.start)
            .value(login.value.expose())
            .remedy(Remedy::Manual)
            .advice(FETCHED);
        finder.add(draft.finish());
    }
}

/// What the older Git Credential Manager wrote of its work (its docs/Configuration.md, `writelog`).
fn traced(finder: &mut Finder<'_>, path: &Path) {
    if finder.is_absent(path) {
        return;
    }
    // It grows, and hardly ever holds a token: only then it becomes a place.
    if let Some(document) = finder.open_holding(path, |bytes| !token::sight(bytes).is_empty()) {
        stray::enter(finder, &document, TRACED);
    }
}

#[cfg(test)]
#[path = "git_config_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "git_config_files_tests.rs"]
mod files_tests;
