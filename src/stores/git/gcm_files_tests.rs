#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

// Not on Windows: it starts the real pass.
#[cfg(unix)]
#[path = "gcm_files/pass_tests.rs"]
mod pass;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::model::Place;
use crate::platform::dpapi::Dpapi as _;
use crate::platform::dpapi::memory::MemoryDpapi;
use crate::stores::checks::find_with_dpapi;
use crate::stores::git::testing::{cleaned, rows, secrets};
use crate::testing::{TestHome, after, pat52, pat84};

/// What the tool writes.
fn entry(secret: &str, service: &str) -> String {
    format!("{secret}\nservice={service}\naccount=jane@contoso.com\n")
}

#[test]
fn entries_of_the_plain_store_go_whole() {
    let home = TestHome::new();
    let (old, new) = (pat84('C', 'A', 1), pat52(2));
    for (path, secret, service) in [
        (
            "dev.azure.com/contoso/jane@contoso.com",
            &old,
            "https://dev.azure.com/contoso",
        ),
        (
            "dev.azure.com/fabrikam/jane",
            &new,
            "https://dev.azure.com/fabrikam",
        ),
        (
            "contoso.visualstudio.com/DefaultCollection/p/x",
            &old,
            "https://contoso.visualstudio.com/DefaultCollection/p",
        ),
        ("dev.azure.com/jane", &new, "https://dev.azure.com"),
        ("github.com/jane", &new, "https://github.com"),
    ] {
        home.write(
            &format!(".gcm/store/git/https/{path}.credential"),
            entry(secret, service),
        );
    }
    home.write(".gcm/store/git/https/dev.azure.com/contoso/note.txt", &new);
    home.write(
        ".gcm/store/git/https/dev.azure.com/contoso/empty.credential",
        "",
    );
    let found = home.find(&GcmFiles);
    assert_eq!(
        rows(&found),
        [
            "pat contoso 1 https://contoso.visualstudio.com/DefaultCollection/p automatic",
            "pat - 1 https://dev.azure.com consent",
            "pat contoso 1 https://dev.azure.com/contoso automatic",
            "pat fabrikam 1 https://dev.azure.com/fabrikam automatic",
        ]
    );
    assert_eq!(secrets(&found), [&old, &new, &old, &new]);
    assert_eq!(after(found.credentials[2].change.as_ref()), None);
    assert!(
        found
            .places
            .iter()
            .all(|place| !place.path.contains("github.com"))
    );
}

#[test]
fn an_account_that_is_the_organization_names_it_for_a_host_alone() {
    let home = TestHome::new();
    let token = pat52(1);
    for (file, account) in [("contoso", "Contoso"), ("b", "fabrikam"), ("c", "jane")] {
        home.write(
            &format!(".gcm/store/git/https/dev.azure.com/{file}.credential"),
            format!("{token}\nservice=https://dev.azure.com\naccount={account}\n"),
        );
    }
    home.write(
        ".gcm/store/git/https/dev.azure.com/fabrikam/contoso.credential",
        entry(&token, "https://dev.azure.com/fabrikam"),
    );
    home.write(
        ".password-store/git/https/dev.azure.com/contoso.gpg",
        "sealed",
    );
    assert_eq!(
        rows(&home.find(&GcmFiles)),
        [
            "pat - 1 https://dev.azure.com consent",
            "pat - 1 https://dev.azure.com consent",
            "pat contoso 1 https://dev.azure.com automatic",
            "pat fabrikam 1 https://dev.azure.com/fabrikam automatic",
            "password contoso - https://dev.azure.com automatic",
        ]
    );
}

#[test]
fn a_store_that_is_not_there_is_a_place_all_the_same() {
    let home = TestHome::new();
    home.write(".gcm/store/readme", "");
    let found = home.find(&GcmFiles);
    let state = |end: &str| {
        let place = found
            .places
            .iter()
            .find(|place| Path::new(&place.path).ends_with(end));
        place.unwrap().state
    };
    assert_eq!(state(".gcm/store"), PlaceState::Read);
    assert_eq!(state(".password-store"), PlaceState::Absent);
}

#[test]
fn a_store_that_was_moved_is_found() {
    let home = TestHome::new();
    home.write(
        ".gitconfig",
        "[credential]\n\tplaintextStorePath = ~/moved\n\tnamespace = mine\n\tgpgPassStorePath = /elsewhere\n",
    );
    home.write(
        "moved/mine/https/dev.azure.com/contoso/x.credential",
        entry("s", "https://dev.azure.com/contoso"),
    );
    let found = home.find(&GcmFiles);
    assert_eq!(
        rows(&found),
        ["password contoso 1 https://dev.azure.com/contoso automatic"]
    );
    let elsewhere = |place: &&Place| Path::new(&place.path).ends_with("elsewhere");
    let skipped = found.places.iter().find(elsewhere);
    assert_eq!(skipped.unwrap().state, PlaceState::Skipped);
}

#[test]
fn an_encrypted_entry_is_known_by_its_path() {
    let home = TestHome::new();
    home.write(
        ".password-store/git/https/dev.azure.com/contoso/jane.gpg",
        b"\x85\x02\x0cservice=x",
    );
    home.write(
        ".password-store/git/https/dev.azure.com:8443/jane.gpg",
        b"\x85",
    );
    home.write(
        ".password-store/bank/dev.azure.com/contoso/jane.gpg",
        b"\x85",
    );
    let found = home.find(&GcmFiles);
    assert_eq!(
        rows(&found),
        [
            "password contoso - https://dev.azure.com/contoso automatic",
            "password - - https://dev.azure.com consent",
        ]
    );
    assert_eq!(secrets(&found), [""; 0]);

    let windows = TestHome::of(System::Windows);
    let path = ".gcm/dpapi_store/git/https/dev.azure.com-8443/contoso/jane.credential";
    windows.write(
        path,
        entry("AQAAANCMnd8=", "https://dev.azure.com:8443/contoso"),
    );
    let found = windows.find(&GcmFiles);
    assert_eq!(
        rows(&found),
        ["password contoso - https://dev.azure.com:8443/contoso automatic"]
    );
    assert_eq!(secrets(&found), [""; 0]);
}

#[test]
fn an_entry_that_windows_opens_is_judged_by_its_token() {
    let home = TestHome::of(System::Windows);
    let keys = Arc::new(MemoryDpapi::of(1));
    let token = pat84('C', 'A', 1);
    let seal = |keys: &MemoryDpapi, text: &str| {
        STANDARD.encode(keys.protect(text.as_bytes(), b"").unwrap())
    };
    let folder = ".gcm/dpapi_store/git/https/dev.azure.com/";
    // As the tool writes it, with the line ends of Windows.
    let entry = |secret: String, organization: &str| {
        format!(
            "{secret}\r\nservice=https://dev.azure.com/{organization}\r\naccount=jane@contoso.com\r\n"
        )
    };
    for (path, text) in [
        (
            "contoso/jane.credential",
            entry(seal(&keys, &token), "contoso"),
        ),
        (
            "fabrikam/jane.credential",
            entry(seal(&keys, &token), "fabrikam"),
        ),
        (
            "contoso/other.credential",
            entry(seal(&MemoryDpapi::of(2), "x"), "contoso"),
        ),
    ] {
        home.write(&format!("{folder}{path}"), text);
    }
    let found = find_with_dpapi(&home, &GcmFiles, &keys);
    assert_eq!(
        rows(&found),
        [
            "pat contoso 1 https://dev.azure.com/contoso automatic",
            "password contoso - https://dev.azure.com/contoso automatic",
            // Only what may be in scope is opened.
            "password fabrikam - https://dev.azure.com/fabrikam automatic",
        ]
    );
    assert_eq!(secrets(&found), [token.as_str()]);
    let told = found.places.iter().filter(|place| place.reason.is_some());
    let told: Vec<_> = told
        .map(|place| (place.state, place.path.ends_with("other.credential")))
        .collect();
    assert_eq!(told, [(PlaceState::Locked, true)]);

    keys.refuse();
    let found = find_with_dpapi(&home, &GcmFiles, &keys);
    assert_eq!(secrets(&found), [""; 0]);
    assert_eq!(rows(&found).len(), 3);
}

// Not on Windows: links as Unix makes them.
#[cfg(unix)]
#[test]
fn links_within_a_store_are_not_followed() {
    let home = TestHome::new();
    let path = home.write(
        "other/contoso/x.credential",
        entry("s", "https://dev.azure.com/contoso"),
    );
    let host = home.path().join(".gcm/store/git/https/dev.azure.com");
    home.write(".gcm/store/git/https/dev.azure.com/keep", "");
    std::os::unix::fs::symlink(path.parent().unwrap(), host.join("contoso")).unwrap();
    std::os::unix::fs::symlink(&host, host.join("loop")).unwrap();
    assert_eq!(rows(&home.find(&GcmFiles)), [""; 0]);
}

#[test]
fn the_older_store_and_what_its_migration_left_lose_single_entries() {
    let home = TestHome::new();
    let token = pat52(3);
    let one = |key: &str, value: &str| {
        format!(
            "        <entry>\n            <key>{key}</key>\n            <value>\n                {value}\n            </value>\n        </entry>\n"
        )
    };
    let password = |text: &str| {
        format!("<Password>{text}</Password>\n                <Username>jane</Username>")
    };
    let contoso = one("git:https://contoso.visualstudio.com", &password(&token));
    let bare = one("gcm4ml:git:https://dev.azure.com", &password("a&amp;b"));
    let other = one("git:https://github.com", &password("hub"));
    let issued = one(
        "git:https://fabrikam.visualstudio.com",
        &format!("<Type>Personal</Type>\n                <Value>{token}</Value>"),
    );
    let file = |tokens: &str, credentials: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<insecureStore>\n    <Tokens>\n{tokens}    </Tokens>\n    <Credentials>\n{credentials}    </Credentials>\n</insecureStore>\n"
        )
    };
    let path = home.write(
        "git-credential-manager/insecureStore.xml.old",
        file(&issued, &format!("{contoso}{other}{bare}")),
    );
    let found = home.find(&GcmFiles);
    assert_eq!(
        rows(&found),
        [
            "pat fabrikam 8 git:https://fabrikam.visualstudio.com automatic",
            "pat contoso 16 git:https://contoso.visualstudio.com automatic",
            "password - 30 gcm4ml:git:https://dev.azure.com consent",
        ]
    );
    assert_eq!(secrets(&found), [token.as_str(), &token, "a&b"]);
    assert_eq!(
        cleaned(&found, &path, Some("contoso")).unwrap(),
        file(&issued, &format!("{other}{bare}"))
    );
}

#[test]
fn a_broken_older_store_is_never_silent() {
    let home = TestHome::new();
    let token = pat52(3);
    home.write(
        "git-credential-manager/insecureStore.xml",
        format!("<insecureStore><Tokens>{token}"),
    );
    let found = home.find(&GcmFiles);
    assert_eq!(rows(&found), ["pat - 1 - manual"]);
    let broken = found
        .places
        .iter()
        .find(|place| place.path.ends_with("insecureStore.xml"));
    assert_eq!(broken.unwrap().state, PlaceState::Unreadable);
}

#[test]
fn a_token_in_a_file_of_another_layout_is_not_passed_over() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    home.write(
        "git-credential-manager/insecureStore.xml",
        format!("<insecureStore><Tokens><Token><key>git:https://contoso.visualstudio.com</key><Value>{token}</Value></Token></Tokens></insecureStore>"),
    );
    let found = home.find(&GcmFiles);
    assert_eq!(rows(&found), ["pat contoso 1 - manual"]);
}
