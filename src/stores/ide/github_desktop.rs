//! GitHub Desktop: for which addresses it remembers a sign-in.
//!
//! Source: desktop/desktop, `generic-git-auth.ts`: the user name is a value of the browser's local storage, under
//! `genericGitAuth/username/<address>`; the password is in the system's vault, which another store looks at.

use std::path::PathBuf;

use crate::model::{Address, PlaceState};
use crate::platform::System;
use crate::stores::folders::files_in;
use crate::stores::{About, Finder, Store};

const KEY: &[u8] = b"genericGitAuth/username/";
/// Longer than any address that is remembered.
const LONGEST: usize = 300;

/// The store.
#[derive(Debug)]
pub struct GitHubDesktop;

impl Store for GitHubDesktop {
    fn about(&self) -> About {
        About {
            name: "github-desktop",
            title: "GitHub Desktop",
            clears: "remove \"GitHub - https://dev.azure.com/ORGANIZATION\" from the system's vault; GitHub Desktop asks again",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        for folder in storages(finder) {
            // The log and the tables of a LevelDB.
            let files = files_in(finder, &folder, &["log", "ldb"]);
            if files.is_empty() {
                continue;
            }
            finder.place(&folder, PlaceState::Read, None);
            for file in files {
                // What cannot be read has user names at most, and none of them is a secret.
                let bytes = finder.peek(&file).unwrap_or_default();
                let remembered = addresses(&bytes).find(|(_, address)| concerns(finder, address));
                if let Some((text, _)) = remembered {
                    let reason = format!(
                        "GitHub Desktop remembers a sign-in to {text}; its password is in the system's vault"
                    );
                    finder.place(&folder, PlaceState::Skipped, Some(reason));
                    break;
                }
            }
        }
    }
}

fn concerns(finder: &Finder<'_>, address: &Address) -> bool {
    let organization = address.organization.as_ref();
    organization.is_none_or(|name| finder.scope().has(name))
}

fn storages(finder: &Finder<'_>) -> Vec<PathBuf> {
    const STORAGE: &str = "GitHub Desktop/Local Storage/leveldb";
    let folders = finder.folders();
    let mut found = vec![folders.config.join(STORAGE)];
    if finder.platform().system() == System::Linux {
        let flatpak = folders
            .home
            .join(".var/app/io.github.shiftey.Desktop/config");
        found.push(flatpak.join(STORAGE));
    }
    found
}

/// The addresses of Azure DevOps that stand behind the key.
fn addresses(bytes: &[u8]) -> impl Iterator<Item = (String, Address)> {
    let starts = bytes
        .windows(KEY.len())
        .enumerate()
        .filter(|(_, window)| *window == KEY);
    starts.filter_map(|(at, _)| {
        let rest = bytes.get(at + KEY.len()..)?;
        let end = rest
            .iter()
            .take(LONGEST)
            .position(|byte| !byte.is_ascii_graphic());
        let text = std::str::from_utf8(rest.get(..end?)?).ok()?;
        Some((text.to_owned(), Address::parse(text)?))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::TestHome;

    const LOG: &str = ".config/GitHub Desktop/Local Storage/leveldb/000003.log";

    /// As Chromium writes it: the origin, the kind of text, the key, and the value with its length.
    fn log(address: &str) -> Vec<u8> {
        let key = format!("_file://\0\u{1}genericGitAuth/username/{address}");
        [
            &[0x12, 0x34, 0x01, 0x01, 0x40][..],
            key.as_bytes(),
            b"\x08\x01contoso",
        ]
        .concat()
    }

    #[test]
    fn an_address_of_the_scope_is_told_of() {
        let home = TestHome::new();
        for (address, told) in [
            ("https://dev.azure.com/contoso", true),
            ("https://dev.azure.com", true),
            ("contoso.visualstudio.com", true),
            ("https://dev.azure.com/fabrikam", false),
            ("https://github.com", false),
        ] {
            home.write(LOG, log(address));
            let found = home.find(&GitHubDesktop);
            assert!(found.credentials.is_empty());
            let place = &found.places[0];
            assert_eq!(place.state == PlaceState::Skipped, told, "{address}");
            assert_eq!(place.reason.is_some(), told);
        }
    }

    #[test]
    fn where_it_is_not_there_nothing_is_said() {
        assert!(TestHome::new().find(&GitHubDesktop).places.is_empty());
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_searched(before in proptest::collection::vec(any::<u8>(), 0..20), after in proptest::collection::vec(any::<u8>(), 0..20)) {
            let bytes = [&before[..], KEY, &after[..]].concat();
            let _ = addresses(&bytes).count();
        }
    }
}
