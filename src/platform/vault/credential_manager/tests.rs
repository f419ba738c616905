//! What the vault makes of what Windows answers.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use super::fake::Fake;
use super::*;
use crate::model::windows_credential::CredentialValue;

/// An entry with all that an entry can have.
fn full() -> Stored {
    let value = |keyword: &str, value: &[u8]| CredentialValue {
        keyword: keyword.to_owned(),
        flags: 0,
        value: value.to_vec(),
    };
    Stored {
        flags: 4,
        kind: 1,
        target: "git:https://dev@dev.azure.com/contoso".to_owned(),
        comment: Some("saved by git-credential-wincred".to_owned()),
        last_written: 0,
        persist: 3,
        values: vec![
            value("git_password_expiry_utc", b"1\0\xff"),
            value("other:one", b""),
        ],
        alias: Some(String::new()),
        user: Some("dev".to_owned()),
        exact: true,
    }
}

fn secret() -> VaultSecret {
    VaultSecret::new(b"w\0\xff".to_vec(), form::CONTENT)
}

/// One with this entry, and the entry as it is listed.
fn with(stored: &Stored) -> (Fake, VaultEntry) {
    let fake = Fake::default();
    fake.write(stored, &secret()).unwrap();
    let entry = fake.vault().list().unwrap().remove(0).entries.remove(0);
    (fake, entry)
}

#[test]
fn an_entry_comes_back_with_all_that_it_had() {
    let (fake, entry) = with(&full());
    let vault = fake.vault();
    let before = fake.all();
    assert_eq!(entry.label, "git:https://dev@dev.azure.com/contoso");
    assert!(entry.modified.unwrap().to_string().starts_with("2025-08"));
    let held = vault.read(&entry).unwrap();
    assert!(held == secret());
    vault.delete(&entry).unwrap();
    assert!(fake.all().is_empty());
    assert_eq!(vault.read(&entry), Err(VaultFault::Gone));
    assert_eq!(vault.delete(&entry), Err(VaultFault::Gone));
    vault
        .put(RING, &entry.label, &entry.attributes, &held)
        .unwrap();
    assert_eq!(fake.all(), before);
    let found = vault.find(RING, &entry.attributes).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id, entry.id);
}

#[test]
fn what_an_entry_has_not_it_does_not_get() {
    let stored = Stored {
        kind: 1,
        target: "vscode-vsce/contoso".to_owned(),
        persist: 1,
        exact: true,
        ..Stored::default()
    };
    let (fake, entry) = with(&stored);
    fake.vault().delete(&entry).unwrap();
    fake.vault()
        .put(RING, "", &entry.attributes, &secret())
        .unwrap();
    assert_eq!(fake.all()[0].0, stored);
}

#[test]
fn nothing_is_replaced() {
    let (fake, entry) = with(&full());
    let before = fake.all();
    let mut other = entry.attributes.clone();
    other.insert(TARGET_NAME.to_owned(), entry.label.to_uppercase());
    other.insert("UserName".to_owned(), "another".to_owned());
    for attributes in [&entry.attributes, &other] {
        let put = fake.vault().put(RING, "", attributes, &secret());
        assert_eq!(put, Err(VaultFault::Taken));
    }
    assert_eq!(fake.all(), before);
}

#[test]
fn what_another_program_wrote_since_is_not_deleted() {
    let (fake, entry) = with(&full());
    fake.write(&full(), &secret()).unwrap();
    assert_eq!(fake.vault().delete(&entry), Err(VaultFault::Gone));
    assert_eq!(fake.all().len(), 1);
}

#[test]
fn a_password_that_windows_keeps_to_itself_is_not_read() {
    let stored = Stored { kind: 2, ..full() };
    let (fake, entry) = with(&stored);
    assert!(fake.vault().read(&entry).unwrap().expose().is_empty());
    fake.vault().delete(&entry).unwrap();
    assert!(fake.all().is_empty());
}

#[test]
fn names_that_are_no_unicode_are_left_alone() {
    let stored = Stored {
        exact: false,
        ..full()
    };
    let (fake, entry) = with(&stored);
    let vault = fake.vault();
    assert_eq!(vault.read(&entry), Err(VaultFault::Gone));
    assert_eq!(vault.delete(&entry), Err(VaultFault::Gone));
    let put = vault.put(RING, "", &entry.attributes, &secret());
    assert!(matches!(put, Err(VaultFault::Refused(_))));
}

#[test]
fn an_empty_list_is_no_fault_and_a_session_without_a_vault_is_told() {
    let fake = Fake::default();
    let vault = fake.vault();
    assert!(vault.list().unwrap()[0].entries.is_empty());
    fake.fails(Some(NO_SESSION));
    let Err(VaultFault::Away(reason)) = vault.list() else {
        unreachable!("there is no vault");
    };
    assert!(reason.contains("Remote Desktop"), "{reason}");
    fake.fails(Some(5));
    assert!(matches!(vault.list(), Err(VaultFault::Refused(reason)) if reason.contains("error 5")));
}

#[test]
fn the_name_for_journals_tells_no_password() {
    let of = |target: &str| {
        let target = target.to_owned();
        id_of(&Stored { target, ..full() })
    };
    assert_eq!(of("git:https://dev@H/x"), of("git:https://dev:word@h/x"));
    assert_ne!(of("git:https://h/x"), of("git:https://h/y"));
    assert_eq!(of("git:https://h/x").len(), 16);
}

#[test]
fn keys_of_its_own_are_found_by_what_they_were_put_as() {
    let fake = Fake::default();
    let vault = fake.vault();
    let attributes: Attributes = [
        ("account".to_owned(), "undo 1".to_owned()),
        ("service".to_owned(), "dev.rekey.agent".to_owned()),
    ]
    .into();
    vault.put(RING, "rekey: …", &attributes, &secret()).unwrap();
    let stored = fake.all().remove(0).0;
    assert_eq!(stored.target, "dev.rekey.agent/undo 1");
    assert_eq!(
        (stored.persist, stored.comment),
        (2, Some("rekey: …".to_owned()))
    );
    let found = vault.find(RING, &attributes).unwrap();
    assert_eq!(found[0].attributes, attributes);
    assert!(vault.read(&found[0]).unwrap() == secret());
    let taken = vault.put(RING, "", &attributes, &secret());
    assert_eq!(taken, Err(VaultFault::Taken));
    vault.delete(&found[0]).unwrap();
    assert!(vault.find(RING, &attributes).unwrap().is_empty());
    let odd = vault.put(RING, "", &Attributes::new(), &secret());
    assert!(matches!(odd, Err(VaultFault::Refused(_))));
    assert_eq!(vault.find("another", &attributes), Err(VaultFault::Gone));
}
