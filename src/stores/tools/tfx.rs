//! Sign-ins of the command line for extensions, `tfx-cli`.
//!
//! `~/.tfx/ADDRESS/.allusers` holds `pat:TOKEN` or `basic:USER:PASSWORD`; the folder's name is the address without its
//! colons and with `_` for each `/`. Source: microsoft/tfs-cli, `app/lib/credstore.ts` and `app/lib/diskcache.ts`.

use crate::model::{Address, Kind, Remedy};
use crate::stores::{About, Finder, Store};
use crate::text::Document;

const NAME: &str = "tfx";

/// The store.
#[derive(Debug)]
pub struct Tfx;

impl Store for Tfx {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Command line for extensions (tfx)",
            clears: "tfx logout, for the address of the last tfx login",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        for folder in finder.list(&finder.home().join(".tfx")) {
            let name = folder.file_name().and_then(|name| name.to_str());
            let Some(url) = name.and_then(url) else {
                continue;
            };
            let Some(address) = Address::parse(&url) else {
                continue;
            };
            if let Some(document) = finder.open(&folder.join(".allusers")) {
                look_at(finder, &document, &url, address);
            }
        }
    }
}

/// The address that a folder is named for. No organization and no host has an underscore.
fn url(folder: &str) -> Option<String> {
    let (scheme, rest) = folder.split_once("__")?;
    let known = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    known.then(|| format!("{scheme}://{}", rest.replace('_', "/")))
}

fn look_at(finder: &mut Finder<'_>, document: &Document, url: &str, address: Address) {
    let text = document.as_str();
    let value = match text.split_once(':') {
        Some(("pat", token)) => token,
        Some(("basic", pair)) => pair.split_once(':').map_or(pair, |(_, password)| password),
        // Another form is a login for this address all the same.
        _ => text,
    };
    let value = value.trim();
    if value.is_empty() {
        return;
    }
    let draft = document
        .draft(NAME, Kind::Password)
        .organization(address.organization)
        .entry(url)
        .at(0)
        .value(value)
        .remedy(Remedy::Automatic)
        .delete_file();
    finder.add(draft.finish());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Credential;
    use crate::stores::checks::{secrets, shown, without};
    use crate::testing::{TestHome, pat52, pat84};

    #[test]
    fn the_file_of_each_address_of_the_organization_is_deleted() {
        let home = TestHome::new();
        let [one, two] = [pat84('C', 'A', 1), pat52(2)];
        for (folder, content) in [
            ("https__dev.azure.com_contoso", format!("pat:{one}")),
            (
                "https__contoso.visualstudio.com_DefaultCollection",
                format!("pat:{two}"),
            ),
            (
                "https__dev.azure.com_fabrikam_",
                "basic:dev:pass:word".into(),
            ),
            (
                "http__tfs.contoso.com8080_tfs_DefaultCollection",
                format!("pat:{one}"),
            ),
            ("https__marketplace.visualstudio.com", format!("pat:{one}")),
        ] {
            home.write(&format!(".tfx/{folder}/.allusers"), content);
        }
        home.write(".tfx/cache/.connection", "https://dev.azure.com/contoso");
        let found = home.find(&Tfx);
        let (automatic, consent) = (Remedy::Automatic, Remedy::Consent);
        assert_eq!(
            shown(&found),
            [
                (
                    "contoso",
                    Kind::Pat,
                    automatic,
                    1,
                    "https://contoso.visualstudio.com/DefaultCollection"
                ),
                (
                    "contoso",
                    Kind::Pat,
                    automatic,
                    1,
                    "https://dev.azure.com/contoso"
                ),
                (
                    "fabrikam",
                    Kind::Password,
                    automatic,
                    1,
                    "https://dev.azure.com/fabrikam/"
                ),
                (
                    "?",
                    Kind::Pat,
                    consent,
                    1,
                    "https://marketplace.visualstudio.com"
                ),
            ]
        );
        assert_eq!(secrets(&found), [&two, &one, "pass:word", &one]);
        let deletes = |credential: &Credential| {
            matches!(
                credential.change,
                Some(crate::model::Change::DeleteFile { .. })
            )
        };
        assert!(found.credentials.iter().all(deletes));
    }

    #[test]
    fn a_login_without_a_secret_is_nothing_and_one_of_another_form_is_one() {
        let home = TestHome::new();
        for (content, expected) in [
            ("", None),
            ("pat:", None),
            ("pat:\r\n", None),
            ("basic:dev:", None),
            ("basic:dev", Some("dev")),
            ("\u{feff}pat:word", Some("word")),
            ("word", Some("word")),
        ] {
            home.write(".tfx/https__dev.azure.com_contoso/.allusers", content);
            let found = home.find(&Tfx);
            assert_eq!(
                secrets(&found),
                expected.into_iter().collect::<Vec<_>>(),
                "{content}"
            );
            if expected.is_some() {
                assert_eq!(without(&found, "contoso"), None);
            }
        }
    }

    #[test]
    fn other_folders_are_left_alone() {
        let home = TestHome::new();
        for folder in [
            "cache",
            "__",
            "ftp__dev.azure.com_contoso",
            "dev.azure.com_contoso",
        ] {
            home.write(&format!(".tfx/{folder}/.allusers"), "pat:word");
        }
        let found = home.find(&Tfx);
        assert_eq!((shown(&found), found.places.len()), (vec![], 0));
    }
}
