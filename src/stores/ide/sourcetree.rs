//! Sourcetree on Windows: `passwd`, a line for each user and host with the password sealed by DPAPI.
//!
//! No page of its maker describes the file; this goes by what people report of it. Its neighbour `userhosts` has
//! names only. On macOS the passwords are in the keychain.

use std::ops::Range;

use crate::model::{Address, Kind, OrganizationName, Remedy, Scope};
use crate::platform::System;
use crate::stores::packages::{MOST, too_many};
use crate::stores::{About, Finder, Store};
use crate::text::{Document, Line, lines};
use crate::token;

const HOSTS: [&str; 2] = ["dev.azure.com", ".visualstudio.com"];
/// The shortest text that may be a sealed password.
const SHORTEST: usize = 20;

/// The store.
#[derive(Debug)]
pub struct Sourcetree;

impl Store for Sourcetree {
    fn about(&self) -> About {
        About {
            name: "sourcetree",
            title: "Sourcetree passwords",
            clears: "Tools, Options, Authentication: remove the saved password of the host",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        if finder.platform().system() != System::Windows {
            return;
        }
        let folder = finder.folders().data.join("Atlassian").join("SourceTree");
        let Some(document) = finder.open(&folder.join("passwd")) else {
            return;
        };
        if lines(document.as_str()).nth(MOST).is_some() {
            finder.unreadable(document.path(), too_many());
        }
        for line in lines(document.as_str()).take(MOST) {
            if let Some(entry) = entry(&line, finder.scope()) {
                add(finder, &document, &line, &entry);
            }
        }
    }
}

/// What a line says.
struct Entry {
    name: String,
    organization: Option<OrganizationName>,
    /// Where the password stands in the line; `None` where the line has another form than is known.
    password: Option<Range<usize>>,
}

fn add(finder: &mut Finder<'_>, document: &Document, line: &Line<'_>, entry: &Entry) {
    let mut draft = document
        .draft(finder.store(), Kind::Password)
        .organization(entry.organization.clone())
        .entry(&entry.name)
        .at(line.range.start)
        .remedy(Remedy::Consent);
    match &entry.password {
        Some(password) => {
            let value = &line.text[password.clone()];
            // Somebody may have put a token there by hand.
            if token::open(value).token.is_some() {
                draft = draft.value(value);
            }
            draft = draft.cut(line.range.clone());
        }
        None => {
            draft = draft.remedy(Remedy::Manual).advice(
                "Close Sourcetree and delete the file passwd: it asks again for every host",
            );
        }
    }
    let mut credential = draft.finish();
    // Other organizations may share a host.
    if credential.organization.is_none() {
        credential.remedy = credential.remedy.max(Remedy::Consent);
    }
    finder.add(credential);
}

fn entry(line: &Line<'_>, scope: &Scope) -> Option<Entry> {
    let text = line.text;
    let lower = text.to_ascii_lowercase();
    let (at, host) = HOSTS
        .iter()
        .find_map(|host| Some((lower.find(host)?, host)))?;
    let is_host = |character: char| character.is_ascii_alphanumeric() || "-.".contains(character);
    let start = text[..at].trim_end_matches(is_host).len();
    let end = at + host.len();
    let before = text[..start].strip_suffix('@');
    let user = before.map(|before| {
        let own = before
            .rsplit(|character: char| character.is_whitespace() || "/\"=,;".contains(character));
        own.into_iter().next().unwrap_or_default()
    });
    let rest = &text[end..];
    let path_length = if rest.starts_with('/') {
        rest.find(|character: char| character.is_whitespace() || "\"=,;:".contains(character))
            .unwrap_or(rest.len())
    } else {
        0
    };
    let address = Address::from_parts(&text[start..end], user, &rest[..path_length])?;
    let named = || scope.named(user?).cloned();
    let name = match user {
        Some(user) => format!("{user}@{}", &text[start..end]),
        None => text[start..end].to_owned(),
    };
    Some(Entry {
        name,
        organization: address.organization.or_else(named),
        password: password(text, end + path_length),
    })
}

/// The last word behind the host, where it has the form of base64.
fn password(text: &str, host_end: usize) -> Option<Range<usize>> {
    let parts = |character: char| character.is_whitespace() || ":,;|".contains(character);
    let is_sign = |character: char| character.is_ascii_alphanumeric() || "+/=".contains(character);
    let line = text.trim_end();
    let rest = line.get(host_end..)?;
    let word = rest.rsplit(parts).next()?.trim_start_matches('=');
    let start = line.len() - word.len();
    let fits = word.len() >= SHORTEST && word.chars().all(is_sign);
    (fits && start > host_end).then_some(start..line.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stores::checks::{shown, without};
    use crate::testing::{TestHome, pat84};

    const FILE: &str = "AppData/Local/Atlassian/SourceTree/passwd";
    const SEALED: &str = "AQAAANCMnd8BFdERjHoAwE/Cl+sBAAAAzA==";

    #[test]
    fn the_line_of_a_host_goes_and_others_stay() {
        let home = TestHome::of(System::Windows);
        let others = format!(
            "me@bitbucket.org {SEALED}\r\nfabrikam@dev.azure.com:443 {SEALED}\r\nme@tfs.contoso.com {SEALED}\r\n"
        );
        let ours = format!(
            "contoso@dev.azure.com {SEALED}\r\nhttps://me@dev.azure.com/contoso/p/_git/r={SEALED}\r\nme@contoso.visualstudio.com:{SEALED}"
        );
        home.write(FILE, format!("\u{feff}{others}{ours}"));
        let found = home.find(&Sourcetree);
        let (password, consent) = (Kind::Password, Remedy::Consent);
        assert_eq!(
            shown(&found),
            [
                ("?", password, consent, 2, "fabrikam@dev.azure.com"),
                ("contoso", password, consent, 4, "contoso@dev.azure.com"),
                ("contoso", password, consent, 5, "me@dev.azure.com"),
                (
                    "contoso",
                    password,
                    consent,
                    6,
                    "me@contoso.visualstudio.com"
                ),
            ]
        );
        assert_eq!(
            without(&found, "contoso"),
            Some(format!("\u{feff}{others}"))
        );
        assert!(found.credentials.iter().all(|one| one.secret.is_none()));
    }

    #[test]
    fn a_line_of_another_form_is_left_to_the_person() {
        let home = TestHome::of(System::Windows);
        let token = pat84('C', 'A', 1);
        home.write(
            FILE,
            format!("<host>contoso.visualstudio.com</host>\nx@contoso.visualstudio.com {token}\n"),
        );
        let found = home.find(&Sourcetree);
        assert_eq!(
            shown(&found),
            [
                (
                    "contoso",
                    Kind::Password,
                    Remedy::Manual,
                    1,
                    "contoso.visualstudio.com"
                ),
                (
                    "contoso",
                    Kind::Pat,
                    Remedy::Consent,
                    2,
                    "x@contoso.visualstudio.com"
                ),
            ]
        );
        assert!(found.credentials[0].change.is_none());
    }

    #[test]
    fn other_systems_keep_it_in_their_vault() {
        let home = TestHome::new();
        home.write(FILE, format!("contoso@dev.azure.com {SEALED}"));
        assert!(home.find(&Sourcetree).places.is_empty());
    }

    proptest! {
        #[test]
        fn any_line_can_be_read(text in "(@|dev\\.azure\\.com|\\.visualstudio\\.com|[a/:= é+]|AQAAANCMnd8BFdERjHoA){0,12}") {
            for line in lines(&text) {
                let scope = crate::testing::scope(&["contoso"]);
                if let Some(entry) = entry(&line, &scope) {
                    let password = entry.password.unwrap_or_default();
                    prop_assert!(line.text.get(password).is_some());
                }
            }
        }
    }
}
