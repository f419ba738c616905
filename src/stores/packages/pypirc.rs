//! `~/.pypirc`: uploads of twine and of build tools (packaging.python.org, "The .pypirc file").

use super::addresses;
use crate::model::{Address, Credential, Kind, Remedy, Scope};
use crate::stores::{About, Finder, Store};
use crate::text::ini::{Ini, Section};
use crate::text::{Document, is_reference};
use crate::token;

const NAME: &str = "pypirc";

/// The store.
#[derive(Debug)]
pub struct Pypirc;

impl Store for Pypirc {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Python upload passwords (.pypirc)",
            clears: "delete the line \"password\" of the feed in .pypirc",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let path = finder.home().join(".pypirc");
        let Some(document) = finder.open(&path) else {
            return;
        };
        let ini = Ini::parse(document.as_str());
        if let Some(offset) = ini.strange {
            let line = document.text().line(offset);
            finder.unreadable(&path, format!("line {line} is no setting"));
        }
        for section in &ini.sections {
            for credential in credentials(&document, section, finder.scope()) {
                finder.add(credential);
            }
        }
    }
}

fn credentials(document: &Document, section: &Section<'_>, scope: &Scope) -> Vec<Credential> {
    let text = document.as_str();
    let value = |key: &str| section.get(key).map(|setting| setting.value_in(text));
    let user = value("username");
    let address = value("repository").map(Address::parse);
    let mut found = Vec::new();
    for setting in &section.settings {
        let entry = format!("{}.{}", section.name, setting.key);
        let drafts = addresses::in_part(document, NAME, setting.value.clone(), &entry, scope);
        let drafts = drafts.into_iter();
        found.extend(drafts.map(|draft| draft.remedy(Remedy::Consent).finish()));

        let secret = setting.value_in(text);
        let is_password = setting.key.eq_ignore_ascii_case("password");
        if !is_password || secret.is_empty() || is_reference(secret) {
            continue;
        }
        let organization = match &address {
            Some(Some(address)) => {
                let in_path = address.organization.clone();
                in_path.or_else(|| addresses::named(scope, user?))
            }
            // Another host's password, or one of no host that has no known form.
            Some(None) => continue,
            None if token::open(secret).token.is_none() => continue,
            None => None,
        };
        let draft = document
            .draft(NAME, Kind::Password)
            .organization(organization)
            .entry(entry)
            .address(value("repository").unwrap_or_default())
            .at(setting.value.start)
            .value(secret)
            .remedy(Remedy::Consent)
            .cut(setting.range.clone());
        found.push(draft.finish());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PlaceState;
    use crate::stores::checks::{secrets, shown, without, without_one};
    use crate::testing::{TestHome, pat84};

    #[test]
    fn a_feed_loses_its_password_and_keeps_the_rest() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        let text = |line: &str| {
            format!(
                "[distutils]\nindex-servers =\n    contoso\n    fabrikam\n    other\n\n[contoso]\n\
                 repository = https://pkgs.dev.azure.com/contoso/_packaging/f/pypi/upload/\nusername = me\n{line}\n\
                 [fabrikam]\nrepository: https://pkgs.dev.azure.com/fabrikam/_packaging/f/pypi/upload/\npassword: theirs\n\n\
                 [other]\nrepository = https://registry.example.com/\npassword = pypi-elsewhere\n"
            )
        };
        home.write(".pypirc", text(&format!("password = {token}\n")));
        let found = home.find(&Pypirc);
        assert_eq!(
            shown(&found),
            [
                (
                    "contoso",
                    Kind::Pat,
                    Remedy::Consent,
                    10,
                    "contoso.password"
                ),
                (
                    "fabrikam",
                    Kind::Password,
                    Remedy::Consent,
                    14,
                    "fabrikam.password"
                ),
            ]
        );
        assert_eq!(secrets(&found), [token.as_str(), "theirs"]);
        assert_eq!(without(&found, "contoso"), Some(text("")));
    }

    #[test]
    fn user_info_in_the_repository_is_cut() {
        let home = TestHome::new();
        let text = |user: &str| {
            format!(
                "\u{feff}[a]\r\nrepository=https://{user}pkgs.dev.azure.com/contoso/_packaging/f/pypi/upload\r\n"
            )
        };
        home.write(".pypirc", text("u:p@") + "password=q");
        let found = home.find(&Pypirc);
        assert_eq!(secrets(&found), ["p", "q"]);
        assert_eq!(without(&found, "contoso"), Some(text("")));
        assert_eq!(without_one(&found, 1), Some(text("u:p@")));
    }

    #[test]
    fn what_only_begins_as_utf_16_is_said() {
        let home = TestHome::new();
        home.write(".pypirc", b"\xff\xfea\0b");
        let found = home.find(&Pypirc);
        assert_eq!(found.places[0].state, PlaceState::Unreadable);
    }

    #[test]
    fn a_password_of_no_host_counts_only_if_it_is_a_token() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        home.write(
            ".pypirc",
            format!("[a]\npassword={token}\n[b]\npassword=word\n[c]\npassword=${{PAT}}\nrepository=https://pkgs.dev.azure.com/contoso\n"),
        );
        // The file names one organization, so it is that one's.
        assert_eq!(
            shown(&home.find(&Pypirc)),
            [("contoso", Kind::Pat, Remedy::Consent, 2, "a.password")]
        );
    }

    #[test]
    fn a_token_beside_several_organizations_is_nobodys() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        let of = |name: &str| {
            format!(
                "[{name}]\nrepository=https://pkgs.dev.azure.com/{name}/_packaging/f/pypi/upload\n"
            )
        };
        let alone = format!("[a]\npassword={token}\n");
        for (text, organization) in [
            (alone.clone() + &of("contoso") + &of("fabrikam"), "?"),
            (alone.clone() + &of("fabrikam"), "fabrikam"),
            (alone, "?"),
        ] {
            home.write(".pypirc", text);
            assert_eq!(
                shown(&home.find(&Pypirc)),
                [(organization, Kind::Pat, Remedy::Consent, 2, "a.password")]
            );
        }
    }
}
