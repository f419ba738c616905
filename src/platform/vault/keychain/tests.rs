//! What the vault makes of what macOS answers.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use super::fake::{Fake, LOGIN};
use super::*;
use crate::model::keychain_item as names;

fn text(text: &str) -> PropertyValue {
    PropertyValue::text(text)
}

/// An internet password with all that one can have.
fn full() -> Properties {
    let properties = [
        ("acct", text("dev")),
        ("srvr", text("dev.azure.com")),
        ("ptcl", text("htps")),
        ("atyp", text("dflt")),
        ("path", text("contoso")),
        ("port", PropertyValue::Number(443)),
        ("sdmn", text("")),
        ("labl", text("dev.azure.com")),
        ("desc", text("Internet password")),
        ("icmt", text("a note")),
        ("crtr", PropertyValue::Number(1_634_887_266)),
        ("type", PropertyValue::Number(7)),
        ("invi", PropertyValue::Flag(true)),
        ("nega", PropertyValue::Flag(false)),
    ];
    let properties = properties.into_iter();
    properties
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn only(fake: &Fake) -> VaultEntry {
    let mut rings = fake.vault().list().unwrap();
    assert_eq!(rings.len(), 1);
    assert_eq!(rings[0].entries.len(), 1);
    rings.remove(0).entries.remove(0)
}

#[test]
fn an_entry_comes_back_with_all_that_it_had() {
    let fake = Fake::new();
    fake.wrote(LOGIN, "inet", full(), "word", false);
    let entry = only(&fake);
    let vault = fake.vault();
    assert_eq!(
        (entry.ring.as_str(), entry.label.as_str()),
        (LOGIN, "dev.azure.com")
    );
    assert!(entry.modified.unwrap().to_string().starts_with("2026-08"));
    for (name, value) in [
        (names::CLASS, "inet"),
        (names::SERVER, "dev.azure.com"),
        (names::PATH, "contoso"),
        (names::PORT, "443"),
        (names::INVISIBLE, "1"),
        (names::SECURITY_DOMAIN, ""),
    ] {
        assert_eq!(entry.attribute(name), Some(value), "{name}");
    }
    let held = vault.read(&entry).unwrap();
    assert_eq!(held.expose(), b"word");
    vault.delete(&entry).unwrap();
    assert!(fake.all().is_empty());
    assert_eq!(vault.read(&entry), Err(VaultFault::Gone));
    assert_eq!(vault.delete(&entry), Err(VaultFault::Gone));
    vault
        .put(LOGIN, &entry.label, &entry.attributes, &held)
        .unwrap();
    let mut expected = full();
    // What is false is what is not there.
    expected.remove("nega");
    assert_eq!(fake.all(), [(expected, b"word".to_vec())]);
    let again = only(&fake);
    assert_eq!(
        (&again.id, &again.attributes),
        (&entry.id, &entry.attributes)
    );
}

#[test]
fn bytes_of_a_writer_come_back() {
    let fake = Fake::new();
    let gena = PropertyValue::Bytes(vec![0, 255, 7]);
    let properties = Properties::from([
        ("svce".to_owned(), text("s")),
        ("acct".to_owned(), text("a")),
        ("gena".to_owned(), gena.clone()),
    ]);
    fake.wrote(LOGIN, "genp", properties.clone(), "word", false);
    let entry = only(&fake);
    let vault = fake.vault();
    let held = vault.read(&entry).unwrap();
    vault.delete(&entry).unwrap();
    vault.put(LOGIN, "", &entry.attributes, &held).unwrap();
    assert_eq!(fake.all()[0].0, properties);
}

#[test]
fn listing_asks_for_no_secret_and_a_secret_of_another_program_is_withheld() {
    let fake = Fake::new();
    let service = "git:https://dev.azure.com/contoso";
    fake.of_another(
        "genp",
        &[("svce", service), ("acct", "dev@contoso.com")],
        "word",
    );
    let entry = only(&fake);
    assert_eq!(fake.asked(), 0);
    assert!(fake.vault().read(&entry).unwrap().is_withheld());
    assert_eq!(fake.asked(), 1);
    fake.vault().delete(&entry).unwrap();
    assert!(fake.all().is_empty());
}

#[test]
fn nothing_is_replaced_and_what_was_written_since_is_not_deleted() {
    let fake = Fake::new();
    let texts = [("svce", "s"), ("acct", "a")];
    fake.of_all("genp", &texts, "old");
    let entry = only(&fake);
    let vault = fake.vault();
    let other = VaultSecret::new(b"new".into(), form::CONTENT);
    let put = vault.put(LOGIN, "", &entry.attributes, &other);
    assert_eq!(put, Err(VaultFault::Taken));
    fake.of_all("genp", &texts, "new");
    assert_eq!(vault.delete(&entry), Err(VaultFault::Gone));
    assert_eq!(fake.all().len(), 1);
}

#[test]
fn entries_that_differ_in_their_key_alone_are_told_apart() {
    let fake = Fake::new();
    let with = |path: &str| {
        let mut properties = full();
        properties.insert("path".to_owned(), text(path));
        fake.wrote(LOGIN, "inet", properties, path, false);
    };
    with("contoso");
    with("fabrikam");
    fake.has("/Users/dev/other.keychain", false);
    fake.wrote("/Users/dev/other.keychain", "inet", full(), "third", false);
    let rings = fake.vault().list().unwrap();
    let entries: Vec<_> = rings.iter().flat_map(|ring| &ring.entries).collect();
    let mut ids: Vec<_> = entries.iter().map(|entry| &entry.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((rings.len(), ids.len()), (2, 3));
    fake.vault().delete(entries[0]).unwrap();
    let left: Vec<_> = fake.all().into_iter().map(|(_, secret)| secret).collect();
    assert_eq!(left, [b"fabrikam".to_vec(), b"third".to_vec()]);
}

#[test]
fn a_locked_keychain_is_listed_and_not_asked() {
    let fake = Fake::new();
    fake.of_all("genp", &[("svce", "s"), ("acct", "a")], "word");
    let entry = only(&fake);
    fake.has(LOGIN, true);
    let vault = fake.vault();
    let rings = vault.list().unwrap();
    assert!(rings[0].locked && rings[0].entries.is_empty());
    assert_eq!(rings[0].label, "login");
    assert_eq!(vault.read(&entry), Err(VaultFault::Locked));
    assert_eq!(vault.delete(&entry), Err(VaultFault::Locked));
    assert_eq!(
        vault.find(LOGIN, &Attributes::new()),
        Err(VaultFault::Locked)
    );
    assert_eq!(
        vault.put(LOGIN, "", &entry.attributes, &VaultSecret::withheld()),
        Err(VaultFault::Locked)
    );
    assert_eq!(fake.asked(), 0);
    assert!(vault.unlocking().contains("Keychain Access"));
    fake.has_no_screen();
    assert!(vault.unlocking().contains("security unlock-keychain"));
}

#[test]
fn a_session_without_a_keychain_is_told() {
    let fake = Fake::new();
    let vault = fake.vault();
    assert_eq!(
        vault.find("another", &Attributes::new()),
        Err(VaultFault::Gone)
    );
    fake.has_none();
    assert!(matches!(vault.list(), Err(VaultFault::Absent(_))));
    fake.fails(Some(NOT_AVAILABLE));
    assert!(matches!(vault.list(), Err(VaultFault::Away(reason)) if reason.contains("screen")));
    fake.fails(Some(-1));
    assert!(
        matches!(vault.list(), Err(VaultFault::Refused(reason)) if reason.contains("error -1"))
    );
}

#[test]
fn what_has_another_form_is_left_alone() {
    let fake = Fake::new();
    let mut properties = full();
    properties.insert("acct".to_owned(), PropertyValue::Bytes(vec![255]));
    fake.wrote(LOGIN, "inet", properties, "word", false);
    let entry = only(&fake);
    assert_eq!(entry.attribute(names::INEXACT), Some(""));
    let vault = fake.vault();
    assert_eq!(vault.delete(&entry), Err(VaultFault::Gone));
    let put = vault.put(LOGIN, "", &entry.attributes, &VaultSecret::withheld());
    assert!(matches!(put, Err(VaultFault::Refused(_))));
    assert_eq!(fake.all().len(), 1);
}

#[test]
fn the_name_for_journals_tells_no_password() {
    let of = |service: &str| {
        let properties = Properties::from([("svce".to_owned(), text(service))]);
        id_of(LOGIN, &Item::of(Class::Generic, properties))
    };
    assert_eq!(of("git:https://dev@h/x"), of("git:https://dev:word@h/x"));
    assert_ne!(of("git:https://h/x"), of("git:https://h/y"));
    assert_eq!(of("git:https://h/x").len(), 16);
}

#[test]
fn keys_of_its_own_are_found_by_what_they_were_put_as() {
    let fake = Fake::new();
    let vault = fake.vault();
    let attributes: Attributes = [
        ("account".to_owned(), "undo 1".to_owned()),
        ("service".to_owned(), "dev.rekey.agent".to_owned()),
    ]
    .into();
    let secret = VaultSecret::new(b"key".into(), form::CONTENT);
    vault.put(LOGIN, "rekey: …", &attributes, &secret).unwrap();
    let found = vault.find(LOGIN, &attributes).unwrap();
    assert_eq!(found[0].attributes, attributes);
    assert_eq!(found[0].label, "rekey: …");
    assert!(vault.read(&found[0]).unwrap() == secret);
    assert_eq!(
        vault.put(LOGIN, "", &attributes, &secret),
        Err(VaultFault::Taken)
    );
    vault.delete(&found[0]).unwrap();
    assert!(vault.find(LOGIN, &attributes).unwrap().is_empty());
    let odd = vault.put(LOGIN, "", &Attributes::new(), &secret);
    assert!(matches!(odd, Err(VaultFault::Refused(_))));
}
