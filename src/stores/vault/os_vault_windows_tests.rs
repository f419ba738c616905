//! What the store finds in the Credential Manager, with entries as their writers make them. They run on every system.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use super::tests::{find, places, shown};
use super::*;
use crate::model::windows_credential::{COMMENT, TYPE, USER_NAME};
use crate::platform::vault::memory::MemoryVault;
use crate::stores::checks::secrets;
use crate::testing::{entra_jwt, pat52, pat84};

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn add(
    vault: &MemoryVault,
    target: &str,
    account: &str,
    comment: &str,
    blob: Vec<u8>,
) -> VaultEntry {
    let attributes = [
        (TARGET_NAME, target),
        (USER_NAME, account),
        (COMMENT, comment),
        (TYPE, "1"),
    ];
    let entry = vault.add(&attributes, "");
    vault.inside(|inside| {
        let last = inside.entries.last_mut().unwrap();
        last.1 = VaultSecret::new(blob, "application/octet-stream");
    });
    entry
}

#[test]
fn each_writer_has_its_own_encoding() {
    let vault = MemoryVault::new();
    let tokens = [
        pat52(1),
        pat84('C', 'A', 2),
        pat84('C', 'A', 3),
        pat84('C', 'A', 4),
    ];
    let renewed = format!("{}\noauth_refresh_token=x", tokens[1]);
    let wincred = "saved by git-credential-wincred";
    let upn = "dev@contoso.com";
    add(
        &vault,
        "git:https://contoso.visualstudio.com",
        "Personal Access Token",
        "",
        utf16(&tokens[0]),
    );
    add(
        &vault,
        "git:https://dev.azure.com/contoso",
        upn,
        "",
        utf16(&renewed),
    );
    add(
        &vault,
        "git:https://dev.azure.com",
        "x",
        wincred,
        utf16(&format!("{}\r\na=b", tokens[2])),
    );
    add(
        &vault,
        "vscode-vsce/contoso",
        "contoso",
        "",
        tokens[3].clone().into_bytes(),
    );
    add(&vault, "git:https://github.com", "dev", "", utf16("theirs"));
    let found = find(&vault);
    let pat = |organization, remedy, target| (organization, Kind::Pat, remedy, target);
    assert_eq!(
        shown(&found),
        [
            pat(
                "contoso",
                Remedy::Automatic,
                "git:https://contoso.visualstudio.com"
            ),
            pat(
                "contoso",
                Remedy::Automatic,
                "git:https://dev.azure.com/contoso"
            ),
            pat("?", Remedy::Consent, "git:https://dev.azure.com"),
            pat("?", Remedy::Consent, "vscode-vsce/contoso"),
        ]
    );
    assert_eq!(secrets(&found), tokens.each_ref().map(String::as_str));
    assert_eq!(vault.inside(|inside| inside.read.len()), 4);
}

#[test]
fn a_secret_in_pieces_is_one_finding() {
    let vault = MemoryVault::new();
    let token = entra_jwt("22222222-0000-4000-8000-000000000002", 1_700_000_000);
    let name = "https://pkgs.dev.azure.com/contoso/_packaging/f/pypi/upload";
    let (one, two) = token.as_bytes().split_at(40);
    let part = |suffix: &str, blob: &[u8]| {
        let target = format!("{name}{suffix}");
        add(&vault, &target, "dev", targets::PYTHON, blob.to_vec())
    };
    let second = part("-shard-0001", two);
    let first = part("", one);
    let found = find(&vault);
    let expected = ("contoso", Kind::AccessToken, Remedy::Automatic, name);
    assert_eq!(shown(&found), [expected]);
    assert_eq!(secrets(&found), [token.as_str()]);
    let Some(Change::DeleteVaultEntry {
        entry,
        shards,
        kept: true,
        ..
    }) = &found.credentials[0].change
    else {
        unreachable!("it can be deleted");
    };
    assert_eq!(*entry, first);
    assert_eq!(shards[0].0, second);
}

#[test]
fn what_is_no_text_is_told_of_and_asked_about() {
    let vault = MemoryVault::new();
    let target = "git:https://dev.azure.com/contoso";
    add(
        &vault,
        target,
        "dev",
        "",
        b"\x01\0\0\0\xd0\x8c\x9d\xdf\xff".to_vec(),
    );
    let found = find(&vault);
    let expected = ("contoso", Kind::Password, Remedy::Consent, target);
    assert_eq!(shown(&found), [expected]);
    assert_eq!(secrets(&found), [""]);
    assert_eq!(found.credentials[0].advice.as_deref(), Some(ODD));
    assert!(
        found.credentials[0]
            .change
            .as_ref()
            .unwrap()
            .can_be_undone()
    );
}

#[test]
fn what_windows_keeps_to_itself_is_asked_about_and_not_undoable() {
    let vault = MemoryVault::new();
    let entry = |kind| {
        let attributes = [(TARGET_NAME, "contoso.visualstudio.com"), (TYPE, kind)];
        vault.add(&attributes, "")
    };
    entry("2");
    entry("3");
    let found = find(&vault);
    let expected = (
        "contoso",
        Kind::Password,
        Remedy::Consent,
        "contoso.visualstudio.com",
    );
    assert_eq!(shown(&found), [expected]);
    assert!(
        !found.credentials[0]
            .change
            .as_ref()
            .unwrap()
            .can_be_undone()
    );
    let (path, state, reason) = places(&found)[1];
    assert_eq!(
        (path, state),
        ("memory, contoso.visualstudio.com", PlaceState::Skipped)
    );
    assert!(reason.contains("certificate"), "{reason}");
}

#[test]
fn the_end_that_git_was_told_of_is_known() {
    let vault = MemoryVault::new();
    let value = CredentialValue {
        keyword: "git_password_expiry_utc".to_owned(),
        flags: 0,
        value: utf16("1800000000"),
    };
    let attributes = [
        (TARGET_NAME, "git:https://dev.azure.com/contoso"),
        (TYPE, "1"),
        ("Attributes.00", &value.to_line()),
    ];
    vault.add(&attributes, "word");
    let found = find(&vault);
    let expires = found.credentials[0].observed.expires;
    assert_eq!(expires, Timestamp::from_second(1_800_000_000).ok());
}

#[test]
fn a_session_without_a_vault_is_locked_with_advice() {
    let vault = MemoryVault::new();
    vault.inside(|inside| inside.away = true);
    let found = find(&vault);
    let expected = ("memory", PlaceState::Locked, "it is out of reach");
    assert_eq!(places(&found), [expected]);
}
