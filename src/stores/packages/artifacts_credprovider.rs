//! The session tokens that the Azure Artifacts credential provider keeps for NuGet, npm and pip.
//!
//! `SessionTokenCache.dat` is `{"<feed address>":"<token>"}` in plain JSON, on Windows inside DPAPI.
//! Source: microsoft/artifacts-credprovider, `Util/SessionTokenCache.cs`, `Util/EncryptedFileWithPermissions.cs`.

use jsonc_parser::ast::{Object, ObjectProp};
use jsonc_parser::common::Ranged as _;

use crate::model::{Address, Credential, Kind, Remedy, Scope};
use crate::stores::dpapi::Opener;
use crate::stores::{About, Finder, Store};
use crate::text::{Document, Draft, json};

const NAME: &str = "artifacts-credprovider";

/// The store.
#[derive(Debug)]
pub struct ArtifactsCredprovider;

impl Store for ArtifactsCredprovider {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Azure Artifacts session tokens",
            clears: "delete SessionTokenCache.dat; the next restore signs in again",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let folders = finder.folders();
        // .NET 8 moved the folder on macOS, so both can be there; elsewhere the two are one or only one is used.
        let mut places = vec![folders.data.clone(), folders.xdg_data.clone()];
        places.dedup();
        for folder in places {
            let path = folder
                .join("MicrosoftCredentialProvider")
                .join("SessionTokenCache.dat");
            if let Some(document) = finder.open_once(&path) {
                look_at(finder, &document);
            }
        }
    }
}

fn look_at(finder: &mut Finder<'_>, document: &Document) {
    if !document.is_sealed() {
        return read(finder, document);
    }
    let opener = Opener::of(finder.platform());
    match opener.open(document.bytes(), b"") {
        Some(content) => read(finder, &document.unsealed(content.to_vec())),
        None => finder.add(whole(document, finder.scope()).finish()),
    }
    opener.tell(finder, document.path());
}

fn read(finder: &mut Finder<'_>, document: &Document) {
    match json::object(document.as_str()) {
        Ok(None) => {}
        Ok(Some(object)) => {
            for (index, member) in object.properties.iter().enumerate() {
                if let Some(credential) = token(document, &object, index, member) {
                    finder.add(credential);
                }
            }
        }
        Err(reason) => {
            let draft = whole(document, finder.scope());
            finder.add(
                draft
                    .observe(|observed| observed.broken = Some(reason))
                    .finish(),
            );
        }
    }
}

/// A file whose entries cannot be told apart: all are session tokens, which the next restore renews.
fn whole<'d>(document: &'d Document, scope: &Scope) -> Draft<'d> {
    let organization = match scope.organizations.as_slice() {
        [only] => Some(only.name.clone()),
        _ => None,
    };
    document
        .draft(NAME, Kind::SessionToken)
        .organization(organization)
        .remedy(Remedy::Automatic)
        .delete_file()
}

fn token(
    document: &Document,
    object: &Object<'_>,
    index: usize,
    member: &ObjectProp<'_>,
) -> Option<Credential> {
    let feed = member.name.as_str();
    let address = Address::parse(feed)?;
    let value = member.value.as_string_lit()?;
    let draft = document
        .draft(NAME, Kind::SessionToken)
        .organization(address.organization)
        .entry(feed)
        .at(member.start())
        .value(&value.value)
        .remedy(Remedy::Automatic);
    let cut = json::cut_member(document.as_str(), object, index)?;
    Some(cut.cut_from(draft).finish())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{Change, Digest, PlaceState, splice};
    use crate::platform::System;
    use crate::platform::dpapi::Dpapi as _;
    use crate::platform::dpapi::memory::MemoryDpapi;
    use crate::stores::checks::{find_with_dpapi, secrets, shown, without};
    use crate::testing::{TestHome, pat84, scope, sealed};

    const FILE: &str = ".local/share/MicrosoftCredentialProvider/SessionTokenCache.dat";

    fn feed(organization: &str, name: &str) -> String {
        format!("https://pkgs.dev.azure.com/{organization}/_packaging/{name}/nuget/v3/index.json")
    }

    #[test]
    fn only_entries_of_the_organization_go() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        // As Newtonsoft's `SerializeObject` writes it: one line.
        let entry = |organization, name| format!("\"{}\":\"{token}\"", feed(organization, name));
        let other = "\"https://registry.example.com/index.json\":\"elsewhere\"";
        let theirs = entry("fabrikam", "f");
        home.write(
            FILE,
            format!(
                "{{{},{theirs},{},{other},{}}}",
                entry("contoso", "a"),
                entry("contoso", "b"),
                entry("contoso", "c")
            ),
        );
        let found = home.find(&ArtifactsCredprovider);
        let expected = [
            ("contoso", "a"),
            ("fabrikam", "f"),
            ("contoso", "b"),
            ("contoso", "c"),
        ];
        let expected =
            expected.map(|(organization, name)| (organization, feed(organization, name)));
        assert_eq!(
            shown(&found),
            expected.each_ref().map(|(organization, entry)| {
                (
                    *organization,
                    Kind::SessionToken,
                    Remedy::Automatic,
                    1,
                    entry.as_str(),
                )
            })
        );
        assert_eq!(secrets(&found), [&token; 4]);
        assert_eq!(
            without(&found, "contoso"),
            Some(format!("{{{theirs},{other}}}"))
        );
    }

    #[test]
    fn what_cannot_be_read_goes_whole() {
        let blob = sealed();
        for (bytes, broken) in [
            (blob.as_slice(), false),
            (b"{\"https://", true),
            (b"\0\0", true),
        ] {
            let home = TestHome::of(System::Windows);
            home.write(
                "AppData/Local/MicrosoftCredentialProvider/SessionTokenCache.dat",
                bytes,
            );
            let found = home.find(&ArtifactsCredprovider);
            let expected = ("contoso", Kind::SessionToken, Remedy::Automatic, 0, "");
            assert_eq!(shown(&found), [expected]);
            assert_eq!(found.credentials[0].observed.broken.is_some(), broken);
            assert_eq!(without(&found, "contoso"), None);
            let both = scope(&["contoso", "fabrikam"]);
            let found = home.find_in_scope(&ArtifactsCredprovider, &both);
            assert_eq!(shown(&found)[0].0, "?");
        }
    }

    #[test]
    fn what_windows_opens_loses_single_entries_and_is_sealed_again() {
        let home = TestHome::of(System::Windows);
        let keys = Arc::new(MemoryDpapi::of(1));
        let token = pat84('C', 'A', 1);
        let entry = |organization, name| format!("\"{}\":\"{token}\"", feed(organization, name));
        let (ours, theirs) = (entry("contoso", "a"), entry("fabrikam", "f"));
        let content = format!("{{{ours},{theirs}}}");
        let sealed = keys.protect(content.as_bytes(), b"").unwrap_or_default();
        home.write(
            "AppData/Local/MicrosoftCredentialProvider/SessionTokenCache.dat",
            &sealed,
        );
        let found = find_with_dpapi(&home, &ArtifactsCredprovider, &keys);
        assert_eq!(secrets(&found), [&token; 2]);
        assert_eq!(shown(&found)[0].4, feed("contoso", "a"));
        let Some(Change::EditFile {
            base,
            splices,
            sealed: true,
            ..
        }) = &found.credentials[0].change
        else {
            unreachable!()
        };
        assert_eq!(*base, Digest::of(&sealed));
        let left = splice(content.as_bytes(), splices.clone());
        assert_eq!(left, Ok(format!("{{{theirs}}}").into_bytes()));

        let stranger = Arc::new(MemoryDpapi::of(2));
        let found = find_with_dpapi(&home, &ArtifactsCredprovider, &stranger);
        assert_eq!(without(&found, "contoso"), None);
        assert_eq!(found.places[0].state, PlaceState::Locked);
    }

    #[test]
    fn user_info_of_a_feed_is_not_shown() {
        let home = TestHome::new();
        let text = "{\"https://u:s3cret@pkgs.dev.azure.com/contoso/\":\"x\"}";
        home.write(FILE, text);
        let found = home.find(&ArtifactsCredprovider);
        assert_eq!(
            shown(&found)[0].4,
            "https://***@pkgs.dev.azure.com/contoso/"
        );
        assert_eq!(shown(&found)[0].0, "contoso");
    }

    #[test]
    fn a_mac_has_two_places() {
        let home = TestHome::of(System::MacOs);
        let text = format!("{{\"{}\":\"x\"}}", feed("contoso", "a"));
        home.write(FILE, &text);
        home.write(
            "Library/Application Support/MicrosoftCredentialProvider/SessionTokenCache.dat",
            &text,
        );
        assert_eq!(shown(&home.find(&ArtifactsCredprovider)).len(), 2);
    }

    #[test]
    fn an_empty_cache_and_other_hosts_are_nothing() {
        let home = TestHome::new();
        for text in [
            "",
            "\u{feff}{}",
            "{\"https://registry.example.com/\":\"x\"}",
            "{\"x\":1}",
        ] {
            home.write(FILE, text);
            assert_eq!(shown(&home.find(&ArtifactsCredprovider)), [], "{text}");
        }
    }
}
