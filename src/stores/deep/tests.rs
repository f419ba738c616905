//! What a look at every file finds, and what it leaves to the stores of known places.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Deep, NAME};
use crate::model::{Change, Credential, Kind, PlaceState, Remedy};
use crate::stores::Found;
use crate::stores::checks::secrets;
use crate::testing::{TestHome, entra_jwt, pat52, pat84};

/// Path below the home, organization, line and entry of each finding.
fn places(home: &TestHome, found: &Found) -> Vec<String> {
    let place = |credential: &Credential| {
        let location = &credential.location;
        let path = home.short(location.path.as_deref().unwrap_or_default());
        let line = location
            .line
            .map_or("-".to_owned(), |line| line.to_string());
        let organization = credential.organization.as_ref();
        format!(
            "{} {line} {}{}",
            path.strip_prefix("~/").unwrap_or(&path),
            organization.map_or("?", |name| name.as_str()),
            location
                .entry
                .as_deref()
                .map(|entry| format!(" {entry}"))
                .unwrap_or_default(),
        )
    };
    found.credentials.iter().map(place).collect()
}

#[test]
fn tokens_are_found_in_files_of_any_name() {
    let home = TestHome::new();
    let token = |seed| pat84('C', 'A', seed);
    home.write(
        ".npmrc.bak",
        format!(
            "\n//pkgs.dev.azure.com/contoso/f/:_password={}\n",
            STANDARD.encode(token(1))
        ),
    );
    home.write(
        "bin/deploy.sh",
        format!("# curl -u x:{} https://dev.azure.com/contoso\n", token(2)),
    );
    home.write(
        "node_modules/a/.cache/b.log",
        format!("a\nb\nhttps://contoso:{}@dev.azure.com\n", token(3)),
    );
    home.write(
        "x/.git/logs/HEAD",
        format!("clone: from https://{}@dev.azure.com/contoso/p\n", token(4)),
    );
    home.write("notes.txt", format!("the token is {}.", pat52(5)));
    let found = home.find(&Deep);
    assert_eq!(
        places(&home, &found),
        [
            ".npmrc.bak 2 contoso",
            "bin/deploy.sh 1 contoso",
            "node_modules/a/.cache/b.log 3 contoso",
            "notes.txt 1 ?",
            "x/.git/logs/HEAD 1 contoso",
        ]
    );
    assert_eq!(secrets(&found)[0], token(1));
    assert!(found.credentials.iter().all(|found| {
        found.remedy == Remedy::Manual && found.change.is_none() && found.advice.is_some()
    }));
}

#[test]
fn an_address_tells_whose_a_token_is_and_another_host_does_not() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    for (file, text) in [
        (
            "a",
            format!("https://u:{token}@dev.azure.com/fabrikam https://dev.azure.com/contoso"),
        ),
        (
            "b",
            format!("https://u:{token}@github.com/contoso https://dev.azure.com/contoso"),
        ),
        ("c", format!("{token}\nhttps://dev.azure.com/contoso\n")),
        (
            "d",
            format!("{token} https://dev.azure.com/contoso https://dev.azure.com/fabrikam"),
        ),
        ("e", format!("https://Contoso:{token}@dev.azure.com")),
    ] {
        home.write(file, text);
    }
    let found = home.find(&Deep);
    assert_eq!(
        places(&home, &found),
        [
            "a 1 fabrikam",
            "b 1 contoso",
            "c 1 contoso",
            "d 1 ?",
            "e 1 contoso"
        ]
    );
}

#[test]
fn utf16_with_a_mark_is_text_and_lines_are_counted() {
    let home = TestHome::new();
    let jwt = entra_jwt("aaaabbbb-0000-cccc-1111-dddd2222eeee", 1);
    let text = format!("\u{feff}é\r\n\r\n$token = '{jwt}'\r\n");
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    home.write("a.ps1", little);
    home.write("b.ps1", big);
    home.write("c.ps1", text);
    let found = home.find(&Deep);
    assert_eq!(
        places(&home, &found),
        ["a.ps1 3 ?", "b.ps1 3 ?", "c.ps1 3 ?"]
    );
    assert!(secrets(&found).iter().all(|secret| *secret == jwt));
    assert!(
        found
            .credentials
            .iter()
            .all(|found| found.kind == Kind::AccessToken)
    );
}

#[test]
fn a_file_that_is_a_token_and_nothing_else_can_go() {
    let home = TestHome::new();
    let path = home.write("token.txt", format!("{}\n", pat52(1)));
    home.write("other.txt", format!("x {}\n", pat52(1)));
    let script = format!("#!/bin/sh\nexport PAT={}\n", pat52(1));
    home.write("script.b64", STANDARD.encode(script));
    let found = home.find(&Deep);
    let [other, script, token] = &found.credentials[..] else {
        panic!("{}", found.credentials.len());
    };
    assert_eq!(
        [other.remedy, script.remedy, token.remedy],
        [Remedy::Manual, Remedy::Manual, Remedy::Consent]
    );
    assert!(matches!(&token.change, Some(Change::DeleteFile { path: gone, .. }) if *gone == path));
}

#[test]
fn a_place_in_a_programs_data_is_an_offset() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    home.write(
        "state.vscdb",
        format!("SQLite format 3\0\u{1}https://dev.azure.com/contoso\0key{token}x"),
    );
    let found = home.find(&Deep);
    assert_eq!(places(&home, &found), ["state.vscdb - contoso offset 50"]);
    assert_eq!(secrets(&found), [token]);
}

#[test]
fn the_same_token_is_told_a_few_times_and_no_more() {
    let home = TestHome::new();
    home.write("a.log", format!("{}\n", pat84('C', 'A', 1)).repeat(5000));
    assert_eq!(home.find(&Deep).credentials.len(), 8);
}

#[test]
fn a_token_behind_many_of_another_is_told() {
    let home = TestHome::new();
    let (often, once) = (pat84('C', 'A', 1), pat84('C', 'A', 2));
    let lines = format!("{often}\n").repeat(3000);
    home.write("text", format!("{lines}{once}\n"));
    home.write("data", format!("\0\n{lines}{once}\n"));
    let found = home.find(&Deep);
    assert_eq!(found.credentials.len(), 2 * 9);
    let lines = secrets(&found);
    assert_eq!(lines.iter().filter(|secret| **secret == once).count(), 2);
}

#[test]
fn more_tokens_than_are_listed_are_said_to_be_there() {
    let home = TestHome::new();
    let tokens: Vec<_> = (0..5_u8)
        .flat_map(|kind| (0..=255).map(move |seed| (kind, seed)))
        .map(|(kind, seed)| pat84(char::from(b'B' + kind), 'A', seed))
        .collect();
    home.write("text", tokens.join("\n"));
    home.write("data", format!("\0{}", tokens.join("\n")));
    let found = home.find(&Deep);
    assert_eq!(found.credentials.len(), 2 * 1000);
    let unreadable = |place: &&crate::model::Place| place.state == PlaceState::Unreadable;
    assert_eq!(found.places.iter().filter(unreadable).count(), 2);
}

// Not on Windows: holes are not told apart there.
#[cfg(target_os = "linux")]
#[test]
fn holes_are_not_read() {
    use std::io::{Seek as _, SeekFrom, Write as _};

    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    let path = home.write("disk", "boot");
    let mut file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_len(1 << 40).unwrap();
    file.seek(SeekFrom::Start(1 << 39)).unwrap();
    file.write_all(token.as_bytes()).unwrap();
    drop(file);
    let found = home.find(&Deep);
    assert_eq!(secrets(&found), [token]);
    let at = 1_u64 << 39;
    assert_eq!(places(&home, &found), [format!("disk - ? offset {at}")]);
}

#[test]
fn the_roots_are_the_places_and_rekeys_own_folder_is_none() {
    let home = TestHome::new();
    home.write(".local/state/rekey/quarantine/a", pat84('C', 'A', 1));
    home.write("a/b", "");
    let found = home.find(&Deep);
    assert!(found.credentials.is_empty());
    let places: Vec<_> = found
        .places
        .iter()
        .map(|place| (place.path.clone(), place.state))
        .collect();
    assert_eq!(
        places,
        [(crate::token::shown_path(&home.path()), PlaceState::Read)]
    );
}

// Not on Windows: links and pipes as Unix makes them.
#[cfg(unix)]
#[test]
fn pipes_sockets_and_links_are_never_opened() {
    let home = TestHome::new();
    let outside = TestHome::new();
    let token = outside.write("token", pat84('C', 'A', 1));
    std::os::unix::fs::symlink(&token, home.path().join("link")).unwrap();
    std::os::unix::fs::symlink(outside.path(), home.path().join("folder")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(home.path().join("socket")).unwrap();
    #[cfg(target_os = "linux")]
    rustix::fs::mknodat(
        rustix::fs::CWD,
        home.path().join("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    assert!(home.find(&Deep).credentials.is_empty());
}

#[test]
fn a_folder_of_many_files_is_read_to_its_end() {
    let home = TestHome::new();
    for number in 0..1500_u32 {
        home.write(&format!("many/{number:04}"), format!("{number}"));
    }
    for number in [0, 700, 1499] {
        home.write(&format!("many/{number:04}"), format!("x {}", pat52(1)));
    }
    let found = home.find(&Deep);
    assert_eq!(
        places(&home, &found),
        ["many/0000 1 ?", "many/0700 1 ?", "many/1499 1 ?"]
    );
}

#[test]
fn what_another_store_found_on_the_same_line_is_left_to_it() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    home.write(
        ".npmrc",
        format!("//pkgs.dev.azure.com/contoso/f/:_authToken={token}\n#:_authToken={token}\n"),
    );
    let mut credentials = home.find(&crate::stores::packages::Npm).credentials;
    credentials.extend(home.find(&Deep).credentials);
    assert_eq!(credentials.len(), 3);
    super::leave_out_known(&mut credentials);
    let left: Vec<_> = credentials
        .iter()
        .map(|found| (found.store, found.location.line))
        .collect();
    assert_eq!(left, [("npm", Some(1)), (NAME, Some(2))]);
}
