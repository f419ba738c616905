//! Git's own credential store: one address with user and password a line (git-credential-store(1)).

use std::path::PathBuf;

use super::configs::{open_each, resolve};
use super::helper_command::{HelperCommand, below_home, kind_of};
use super::login::login;
use super::stray;
use crate::model::{HelperKind, Kind, Remedy};
use crate::stores::folders::homes;
use crate::stores::{About, Finder, Store};
use crate::text::Document;
use crate::token;

/// `~/.git-credentials`, `$XDG_CONFIG_HOME/git/credentials`, and files that `credential.helper` names.
pub struct GitCredentialStore;

const ODD: &str = "git does not read this line: take it out with an editor";

impl Store for GitCredentialStore {
    fn about(&self) -> About {
        About {
            name: "git-credential-store",
            title: "Passwords in git's credential store",
            clears: "git credential reject (with protocol, host and path on standard input)",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let folders = finder.folders();
        let homes = homes(finder);
        let mut files: Vec<PathBuf> = homes
            .iter()
            .map(|home| home.join(".git-credentials"))
            .collect();
        files.push(folders.xdg_config.join("git/credentials"));
        let helpers = finder.settings().values("credential", "helper");
        files.extend(
            helpers.filter_map(|helper| resolve(&named_file(helper)?, &folders.home, None)),
        );
        for document in open_each(finder, files) {
            read(finder, &document);
        }
    }
}

fn read(finder: &mut Finder<'_>, document: &Document) {
    let text = document.as_str();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let span = start..start + line.len();
        start = span.end;
        let url = line.trim_end_matches(['\n', '\r']);
        let draft = document.draft(finder.store(), Kind::Pat).listed();
        if let Some(login) = login(url, finder.scope()) {
            let draft = draft
                .organization(login.organization)
                .entry(stray::without_tokens(url))
                .at(span.start)
                .value(login.value.expose())
                .remedy(Remedy::Automatic)
                .cut(span);
            finder.add(draft.finish());
        } else if !url.contains("://") {
            // Git keeps a line that it cannot read for ever.
            for sighting in token::find_all(url) {
                let draft = document.draft(finder.store(), Kind::Pat).listed();
                let draft = draft
                    .at(span.start)
                    .sighted(&sighting)
                    .remedy(Remedy::Manual)
                    .advice(ODD);
                finder.add(draft.finish());
            }
        }
    }
}

/// The file in `store --file PATH`, which git hands to a shell.
fn named_file(helper: &str) -> Option<String> {
    let command = HelperCommand::parse(helper);
    let is_store = |word: &String| kind_of(word) == HelperKind::Store;
    let named = command.words.iter().any(is_store);
    named
        .then(|| command.option("--file"))
        .flatten()
        .map(below_home)
}

#[cfg(test)]
#[path = "credential_store_tests.rs"]
mod tests;
