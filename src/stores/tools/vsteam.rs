//! Profiles of the PowerShell module `VSTeam`, which Yo Team shares: `vsteam_profiles.json` in the home.
//!
//! A list of `{"Name", "URL", "Type", "Pat", "Token", "Version"}`, or the one profile that is left of it. `Pat` is
//! base64 of `:TOKEN`, `Token` a bearer token as it is.
//! Source: MethodsAndPractices/vsteam, `Source/Public/Add-VSTeamProfile.ps1` and `Remove-VSTeamProfile.ps1`.

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged as _;

use crate::model::{Address, Kind, Remedy};
use crate::stores::git::stray;
use crate::stores::packages::{MOST, too_many};
use crate::stores::{About, Finder, Store};
use crate::text::{Cut, Document, UserInfo, is_reference, json};
use crate::token;

const NAME: &str = "vsteam";
const BROKEN: &str = "VSTeam cannot read this file either: delete it, and run Add-VSTeamProfile";

/// The store.
#[derive(Debug)]
pub struct Vsteam;

impl Store for Vsteam {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Profiles of the VSTeam module for PowerShell",
            clears: "Remove-VSTeamProfile NAME",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let path = finder.home().join("vsteam_profiles.json");
        let Some(document) = finder.open(&path) else {
            return;
        };
        let text = document.as_str();
        match json::value(text) {
            Ok(None) => {}
            Ok(Some(Value::Object(only))) => {
                let cut = Cut::of_item(text, &(only.start()..only.end()));
                profile(finder, &document, &only, &cut);
            }
            Ok(Some(Value::Array(profiles))) => {
                if profiles.elements.len() > MOST {
                    finder.unreadable(&path, too_many());
                }
                for (index, element) in profiles.elements.iter().take(MOST).enumerate() {
                    let cut = json::cut_element(text, &profiles, index);
                    if let (Value::Object(fields), Some(cut)) = (element, cut) {
                        profile(finder, &document, fields, &cut);
                    }
                }
            }
            Ok(Some(_)) => finder.unreadable(&path, "it is JSON but no list"),
            Err(reason) => {
                finder.unreadable(&path, reason);
                stray::enter(finder, &document, BROKEN);
            }
        }
    }
}

fn profile(finder: &mut Finder<'_>, document: &Document, fields: &Object<'_>, cut: &Cut) {
    let text = |name| {
        let value = json::get(fields, name)?.as_string_lit()?;
        Some(&*value.value)
    };
    let name = text("Name").unwrap_or_default();
    let address = text("URL").map(|url| match UserInfo::of(url) {
        Some(info) => Address::parse(&info.address_in(url)),
        None => Address::parse(url),
    });
    for slot in ["Pat", "Token"] {
        let Some(value) = json::get(fields, slot).and_then(Value::as_string_lit) else {
            continue;
        };
        let secret = &*value.value;
        if secret.trim().is_empty() || is_reference(secret) {
            continue;
        }
        let organization = match &address {
            Some(Some(address)) => address.organization.clone(),
            // A server of the company's own.
            Some(None) => continue,
            None if token::open(secret).token.is_none() => continue,
            None => None,
        };
        let draft = document
            .draft(NAME, Kind::Password)
            .organization(organization)
            .entry(format_args!("{name}.{slot}"))
            .at(value.start())
            .value(secret)
            .remedy(Remedy::Consent);
        finder.add(cut.clone().cut_from(draft).finish());
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::model::PlaceState;
    use crate::stores::checks::{secrets, shown, without};
    use crate::testing::{TestHome, entra_jwt, pat84};

    const FILE: &str = "vsteam_profiles.json";

    fn basic(token: &str) -> String {
        STANDARD.encode(format!(":{token}"))
    }

    /// As `ConvertTo-Json` of PowerShell 7 writes a profile in a list.
    fn entry(name: &str, url: &str, token: &str, bearer: &str) -> String {
        let kind = if bearer.is_empty() { "Pat" } else { "Bearer" };
        format!(
            "  {{\n    \"Name\": \"{name}\",\n    \"URL\": \"{url}\",\n    \"Type\": \"{kind}\",\n    \
             \"Pat\": \"{token}\",\n    \"Token\": \"{bearer}\",\n    \"Version\": \"VSTS\"\n  }}"
        )
    }

    fn list(entries: &[String]) -> String {
        format!("[\n{}\n]\n", entries.join(",\n"))
    }

    #[test]
    fn the_profiles_of_the_organization_go_and_ask() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        let bearer = entra_jwt("11111111-0000-4000-8000-000000000001", 1);
        let contoso = "https://dev.azure.com/contoso";
        let entries = [
            entry("work", contoso, &basic(&token), ""),
            entry(
                "other",
                "https://dev.azure.com/fabrikam",
                &basic("word"),
                "",
            ),
            entry(
                "server",
                "http://tfs.contoso.com:8080/tfs/defaultcollection",
                &basic(&token),
                "",
            ),
            entry(contoso, contoso, "", &bearer),
        ];
        home.write(FILE, list(&entries));
        let found = home.find(&Vsteam);
        let bearer_entry = format!("{contoso}.Token");
        assert_eq!(
            shown(&found),
            [
                ("contoso", Kind::Pat, Remedy::Consent, 6, "work.Pat"),
                ("fabrikam", Kind::Password, Remedy::Consent, 14, "other.Pat"),
                (
                    "contoso",
                    Kind::AccessToken,
                    Remedy::Consent,
                    31,
                    &*bearer_entry
                ),
            ]
        );
        assert_eq!(secrets(&found), [&token, &basic("word"), &bearer]);
        assert_eq!(without(&found, "contoso"), Some(list(&entries[1..3])));
    }

    #[test]
    fn the_last_profile_stands_alone_and_leaves_an_empty_file() {
        let home = TestHome::new();
        let only = entry(
            "work",
            "https://contoso.visualstudio.com",
            &pat84('C', 'A', 1),
            "",
        );
        for (mark, end) in [("", "\n"), ("\u{feff}", "\r\n"), ("", "")] {
            home.write(FILE, format!("{mark}{only}{end}").replace('\n', "\r\n"));
            let found = home.find(&Vsteam);
            assert_eq!(
                shown(&found),
                [("contoso", Kind::Pat, Remedy::Consent, 5, "work.Pat")]
            );
            assert_eq!(without(&found, "contoso").as_deref(), Some(mark));
        }
    }

    #[test]
    fn a_profile_in_utf16_keeps_its_encoding() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        let text = list(&[entry(
            "work",
            "https://dev.azure.com/contoso",
            &basic(&token),
            "",
        )]);
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        home.write(
            FILE,
            [0xff, 0xfe].into_iter().chain(units).collect::<Vec<_>>(),
        );
        let found = home.find(&Vsteam);
        assert_eq!(secrets(&found), [token]);
    }

    #[test]
    fn a_profile_without_an_address_counts_only_with_a_token() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        home.write(
            FILE,
            format!("[{{\"Pat\":\"word\"}},{{\"pat\":\"{token}\"}},{{\"Pat\":\"$PAT\"}},1]"),
        );
        assert_eq!(
            shown(&home.find(&Vsteam)),
            [("?", Kind::Pat, Remedy::Consent, 1, ".Pat")]
        );
    }

    #[test]
    fn a_token_in_a_broken_file_is_never_lost() {
        let home = TestHome::new();
        home.write(
            FILE,
            format!(
                "[{{\"URL\":\"https://dev.azure.com/contoso\",\"Pat\":\"{}",
                basic(&pat84('C', 'A', 1))
            ),
        );
        let found = home.find(&Vsteam);
        assert_eq!(
            shown(&found),
            [("contoso", Kind::Pat, Remedy::Manual, 1, "")]
        );
        assert_eq!(found.places[0].state, PlaceState::Unreadable);
        home.write(FILE, "7");
        assert_eq!(home.find(&Vsteam).places[0].state, PlaceState::Unreadable);
        for text in ["", "[]", "\r\n"] {
            home.write(FILE, text);
            let found = home.find(&Vsteam);
            assert_eq!(
                (shown(&found), found.places[0].state),
                (vec![], PlaceState::Read)
            );
        }
    }
}
