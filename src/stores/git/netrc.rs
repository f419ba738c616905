//! netrc files: git (through curl), pip, uv and others take passwords from them.

mod parse;
mod room;

use std::path::PathBuf;

use self::parse::{Entry, Netrc};
use super::configs::open_each;
use super::stray;
use crate::model::{Address, Kind, OrganizationName, Remedy};
use crate::stores::folders::homes;
use crate::stores::{About, Finder, Store};
use crate::text::{Document, is_token_like};
use crate::token;

/// `~/.netrc`, `~/_netrc`, `~/.authinfo` and `$NETRC`.
pub struct NetRc;

const ODD: &str = "Programs cannot read this file: mend it, and take the token out, with an editor";

impl Store for NetRc {
    fn about(&self) -> About {
        About {
            name: "netrc",
            title: "Passwords in netrc files",
            clears: "Delete the machine's entry from the file with an editor",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        // Tools differ in which of the first two they look for on Windows.
        let names = [".netrc", "_netrc", ".authinfo"];
        let mut files: Vec<PathBuf> = homes(finder)
            .iter()
            .flat_map(|home| names.map(|name| home.join(name)))
            .collect();
        let moved = finder.platform().variable("NETRC").map(PathBuf::from);
        files.extend(moved.filter(|path| path.is_absolute()));
        for document in open_each(finder, files) {
            read(finder, &document);
        }
    }
}

fn read(finder: &mut Finder<'_>, document: &Document) {
    let text = document.as_str();
    let netrc = Netrc::parse(text);
    if let Some(offset) = netrc.fault {
        let line = document.text().line(offset);
        let reason = format!("the quote in line {line} does not end; mend that line");
        finder.unreadable(document.path(), reason);
        return stray::enter(finder, document, ODD);
    }
    for entry in &netrc.entries {
        if let Some((organization, secret)) = slot(finder, entry) {
            let machine = entry.machine.as_ref();
            let name = machine.map_or_else(
                || "default".to_owned(),
                |machine| format!("machine {}", machine.text),
            );
            let mut draft = document
                .draft(finder.store(), Kind::Password)
                .listed()
                .organization(organization)
                .entry(stray::without_tokens(&name))
                .at(secret.span.start)
                .value(&secret.text)
                .remedy(Remedy::Consent);
            for cut in entry.cuts(text) {
                draft = draft.cut(cut);
            }
            finder.add(draft.finish());
        }
    }
}

/// The secret of an entry for Azure DevOps, and whose it is.
fn slot<'e>(
    finder: &Finder<'_>,
    entry: &'e Entry,
) -> Option<(Option<OrganizationName>, &'e parse::Token)> {
    let login = entry.login.as_ref();
    // A user name alone is no secret, unless a token was put in its place.
    let secret = entry
        .password
        .as_ref()
        .filter(|password| !password.text.is_empty())
        .or_else(|| login.filter(|login| is_token_like(&login.text)))?;
    let Some(machine) = &entry.machine else {
        let is_token = token::open(&secret.text).token.is_some();
        return is_token.then_some((None, secret));
    };
    let organization = Address::parse(&machine.text)?.organization;
    let by_login = || finder.scope().named(&login?.text).cloned();
    Some((organization.or_else(by_login), secret))
}

#[cfg(test)]
#[path = "netrc_tests.rs"]
mod tests;
