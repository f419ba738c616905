//! Tokens of publishers for the Visual Studio Code Marketplace: `~/.vsce`, `{"publishers":[{"name","pat"}]}`.
//!
//! They are tokens of Azure DevOps, often for all of a person's organizations, and nothing beside them names one.
//! Source: microsoft/vscode-vsce, `src/store.ts` (`FileStore`, where no keyring is at hand or `VSCE_STORE=file`).

use jsonc_parser::ast::{Array, Value};
use jsonc_parser::common::Ranged as _;

use crate::model::{Credential, Kind, Remedy};
use crate::stores::git::stray;
use crate::stores::packages::{MOST, too_many};
use crate::stores::{About, Finder, Store};
use crate::text::{Document, is_reference, json};

const NAME: &str = "vsce";
const BROKEN: &str = "vsce cannot read this file either: delete it, and run vsce login PUBLISHER";

/// The store.
#[derive(Debug)]
pub struct Vsce;

impl Store for Vsce {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Publishers of Visual Studio Code extensions (vsce)",
            clears: "vsce logout PUBLISHER",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let path = finder.home().join(".vsce");
        let Some(document) = finder.open(&path) else {
            return;
        };
        let object = match json::object(document.as_str()) {
            Ok(object) => object,
            Err(reason) => {
                finder.unreadable(&path, reason);
                return stray::enter(finder, &document, BROKEN);
            }
        };
        let publishers = object
            .as_ref()
            .and_then(|object| object.get_array("publishers"));
        let Some(publishers) = publishers else { return };
        if publishers.elements.len() > MOST {
            finder.unreadable(&path, too_many());
        }
        for index in 0..publishers.elements.len().min(MOST) {
            if let Some(credential) = publisher(&document, publishers, index) {
                finder.add(credential);
            }
        }
    }
}

fn publisher(document: &Document, publishers: &Array<'_>, index: usize) -> Option<Credential> {
    let Value::Object(publisher) = publishers.elements.get(index)? else {
        return None;
    };
    let token = publisher.get_string("pat")?;
    if token.value.trim().is_empty() || is_reference(&token.value) {
        return None;
    }
    let draft = document
        .draft(NAME, Kind::Password)
        .entry(json::string(publisher, "name").unwrap_or_default())
        .at(token.start())
        .value(&token.value)
        .remedy(Remedy::Consent);
    let cut = json::cut_element(document.as_str(), publishers, index)?;
    Some(cut.cut_from(draft).finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PlaceState;
    use crate::stores::checks::{secrets, shown, without, without_one};
    use crate::testing::{TestHome, pat52, pat84};

    fn entry(name: &str, token: &str) -> String {
        format!("{{\"name\":\"{name}\",\"pat\":\"{token}\"}}")
    }

    /// As `JSON.stringify({publishers})` writes it: one line without a break.
    fn file(entries: &[String]) -> String {
        format!("{{\"publishers\":[{}]}}", entries.join(","))
    }

    #[test]
    fn each_publisher_goes_alone_and_asks() {
        let home = TestHome::new();
        let (one, two) = (pat84('C', 'A', 1), pat52(2));
        let entries = [
            entry("contoso", &one),
            entry("fabrikam", &two),
            entry("northwind", ""),
        ];
        home.write(".vsce", file(&entries));
        let found = home.find(&Vsce);
        assert_eq!(
            shown(&found),
            [
                ("?", Kind::Pat, Remedy::Consent, 1, "contoso"),
                ("?", Kind::Pat, Remedy::Consent, 1, "fabrikam"),
            ]
        );
        assert_eq!(secrets(&found), [&one, &two]);
        assert_eq!(without_one(&found, 0), Some(file(&entries[1..])));
        assert_eq!(
            without_one(&found, 1),
            Some(file(&[entries[0].clone(), entries[2].clone()]))
        );
        assert_eq!(without(&found, "?"), Some(file(&entries[2..])));
    }

    #[test]
    fn a_file_that_a_person_laid_out_keeps_its_layout() {
        let home = TestHome::new();
        let text = |entry: &str| {
            format!(
                "\u{feff}{{\r\n  \"publishers\": [\r\n{entry}    {{ \"name\": \"b\" }}\r\n  ]\r\n}}"
            )
        };
        let token = pat84('C', 'A', 1);
        home.write(
            ".vsce",
            text(&format!("    {{ \"pat\": \"{token}\" }},\r\n")),
        );
        let found = home.find(&Vsce);
        assert_eq!(shown(&found), [("?", Kind::Pat, Remedy::Consent, 3, "")]);
        assert_eq!(without(&found, "?"), Some(text("")));
    }

    #[test]
    fn a_token_in_a_broken_file_is_never_lost() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        home.write(
            ".vsce",
            format!("{{\"publishers\":[{}", entry("contoso", &token)),
        );
        let found = home.find(&Vsce);
        assert_eq!(shown(&found), [("?", Kind::Pat, Remedy::Manual, 1, "")]);
        assert_eq!(found.places[0].state, PlaceState::Unreadable);
        assert_eq!(found.credentials[0].change, None);
    }

    #[test]
    fn nothing_is_made_of_nothing() {
        let home = TestHome::new();
        for text in [
            "",
            "{}",
            "{\"publishers\":{}}",
            "{\"publishers\":[1,{\"pat\":1},{\"name\":\"a\",\"pat\":\"${VSCE_PAT}\"}]}",
        ] {
            home.write(".vsce", text);
            assert_eq!(shown(&home.find(&Vsce)), [], "{text}");
        }
    }
}
