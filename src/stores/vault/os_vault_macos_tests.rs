//! What the store finds in keychains, with entries as their writers make them. They run on every system.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use super::tests::{places, shown};
use super::*;
use crate::platform::vault::keychain::fake::{Fake, LOGIN};
use crate::stores::Found;
use crate::stores::checks::secrets;
use crate::testing::{Pretended, TestHome, find_on, pat84, scope};
use crate::walk::Projects;

fn find(keychains: &Fake) -> Found {
    let home = TestHome::of(System::MacOs);
    let platform = Pretended::hermetic(&home).with_any_vault(keychains.vault());
    let scope = scope(&["contoso"]);
    find_on(
        &OsVault,
        &scope,
        &platform,
        &home.path(),
        &Projects::default(),
    )
}

const GCM: &[(&str, &str)] = &[
    ("svce", "git:https://dev.azure.com/contoso"),
    ("acct", "dev@contoso.com"),
    ("labl", "git:https://dev.azure.com/contoso"),
];
const OSXKEYCHAIN: &[(&str, &str)] = &[
    ("srvr", "dev.azure.com"),
    ("acct", "contoso"),
    ("ptcl", "htps"),
    ("atyp", "dflt"),
    ("path", "contoso"),
    ("labl", "dev.azure.com"),
];

#[test]
fn what_belongs_to_other_programs_is_judged_by_its_time_and_asked_about() {
    let keychains = Fake::new();
    keychains.of_another("genp", GCM, "word");
    keychains.of_another("inet", OSXKEYCHAIN, "word");
    keychains.of_another("genp", &[("svce", "git:https://github.com")], "theirs");
    keychains.of_another("inet", &[("srvr", "github.com")], "theirs");
    let found = find(&keychains);
    let expected = |target| ("contoso", Kind::Password, Remedy::Consent, target);
    assert_eq!(
        shown(&found),
        [
            expected("git:https://dev.azure.com/contoso"),
            expected("https://dev.azure.com/contoso")
        ]
    );
    // What is for other hosts is not asked for.
    assert_eq!(keychains.asked(), 2);
    for credential in &found.credentials {
        assert!(credential.secret.is_none() && credential.observed.written.is_some());
        assert!(
            credential
                .advice
                .as_deref()
                .unwrap()
                .contains("asks for it again")
        );
        let change = credential.change.as_ref().unwrap();
        assert!(!change.can_be_undone());
    }
    assert_eq!(places(&found), [("Keychain: login", PlaceState::Read, "")]);
}

#[test]
fn what_every_program_may_read_is_judged_by_what_it_holds() {
    let keychains = Fake::new();
    let token = pat84('C', 'A', 1);
    keychains.of_all("genp", GCM, &token);
    let lines = format!("{token}\npassword_expiry_utc=1800000000\n");
    keychains.of_all("inet", OSXKEYCHAIN, &lines);
    let found = find(&keychains);
    let expected = |target| ("contoso", Kind::Pat, Remedy::Automatic, target);
    assert_eq!(
        shown(&found),
        [
            expected("git:https://dev.azure.com/contoso"),
            expected("https://dev.azure.com/contoso")
        ]
    );
    assert_eq!(secrets(&found), [token.as_str(), token.as_str()]);
    let ends = found.credentials[1].observed.expires;
    assert_eq!(ends, Timestamp::from_second(1_800_000_000).ok());
    let mut changes = found.credentials.iter().map(|one| one.change.as_ref());
    assert!(changes.all(|change| change.unwrap().can_be_undone()));
}

#[test]
fn entries_of_applications_keep_their_own_advice() {
    let keychains = Fake::new();
    let sourcetree = [("svce", "dev.azure.com Access Key for contoso")];
    keychains.of_another("genp", &sourcetree, "word");
    let publisher = [("svce", "vscode-vsce"), ("acct", "contoso")];
    keychains.of_another("genp", &publisher, "word");
    let found = find(&keychains);
    let advice: Vec<_> = found
        .credentials
        .iter()
        .map(|credential| credential.advice.as_deref().unwrap())
        .collect();
    assert!(advice[0].starts_with("Sourcetree asks"), "{advice:?}");
    assert!(advice[1].starts_with("vsce logout"), "{advice:?}");
}

#[test]
fn a_feed_without_an_address_is_no_finding_where_nobody_can_see_a_token() {
    let keychains = Fake::new();
    keychains.of_another("genp", &[("svce", "poetry-repository-feed")], "word");
    assert!(find(&keychains).credentials.is_empty());
}

#[test]
fn a_locked_keychain_is_a_place_that_is_locked_and_the_others_are_read() {
    let keychains = Fake::new();
    keychains.of_all("genp", GCM, "word");
    keychains.has("/Users/dev/Library/Keychains/work.keychain-db", true);
    let found = find(&keychains);
    assert_eq!(found.credentials.len(), 1);
    let advice = "unlock it in the app Keychain Access, then run rekey again";
    assert_eq!(
        places(&found),
        [
            ("Keychain: login", PlaceState::Read, ""),
            ("Keychain: work", PlaceState::Locked, advice)
        ]
    );
    assert_eq!(LOGIN.rsplit('/').next(), Some("login.keychain-db"));
}

#[test]
fn a_session_without_a_keychain_is_locked_where_the_person_has_one() {
    let keychains = Fake::new();
    keychains.has_none();
    let found = find(&keychains);
    assert_eq!(places(&found), [("Keychain", PlaceState::Absent, "")]);
    let home = TestHome::of(System::MacOs);
    home.write("Library/Keychains/login.keychain-db", "");
    let platform = Pretended::hermetic(&home).with_any_vault(keychains.vault());
    let scope = scope(&["contoso"]);
    let found = find_on(
        &OsVault,
        &scope,
        &platform,
        &home.path(),
        &Projects::default(),
    );
    let [(_, PlaceState::Locked, reason)] = places(&found)[..] else {
        unreachable!("its file is there");
    };
    assert!(reason.contains("this session has no keychain"), "{reason}");
}
