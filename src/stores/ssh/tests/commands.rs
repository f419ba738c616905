//! The command that git starts decides which settings and keys count.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::super::SshKey;
use super::connection::read;
use super::session::find;
use super::{DEVOPS, expected, keys, plant, repository};
use crate::model::PlaceState;
use crate::testing::TestHome;
use crate::testing::ssh_keys::listed;

const REMOTE: &str = "git@ssh.dev.azure.com:v3/contoso/p/a";

fn with_command(command: &str) -> TestHome {
    let home = TestHome::new();
    for key in ["id_rsa", "azure", "own", "other"] {
        plant(&home, key);
    }
    home.write(".ssh/config", DEVOPS);
    home.write(".ssh/second", "Host *\nIdentityFile ~/.ssh/other\n");
    repository(&home, "a", REMOTE, command);
    home
}

#[test]
fn the_command_of_a_repository_decides_which_keys_are_offered() {
    for (command, wanted) in [
        ("ssh", &["azure"][..]),
        ("ssh -i ~/.ssh/own", &["azure", "own"]),
        ("ssh -i ~/.ssh/gone", &["azure"]),
        ("ssh -i $HOME/.ssh/own -F none", &["own"]),
        ("ssh -F none", &["id_rsa"]),
        ("ssh -F ~/.ssh/second", &["other"]),
        (
            "ssh -F ~/.ssh/second -o IdentityFile=~/.ssh/own",
            &["other", "own"],
        ),
        (
            "env LANG=C /usr/bin/ssh -vi ~/.ssh/own -F /dev/null",
            &["own"],
        ),
        ("ssh -o PubkeyAuthentication=no", &[]),
        ("plink -batch -i ~/.ssh/own", &["own"]),
        ("\\\"C:/Program Files/PuTTY/plink.exe\\\" -batch", &[]),
        ("wrapper -i ~/.ssh/own", &["azure", "own"]),
    ] {
        let home = with_command(&format!("\tsshCommand = {command}\n"));
        let found = keys(&home, &home.find(&SshKey));
        let wanted: Vec<_> = wanted.iter().map(|key| (*key, Some("contoso"))).collect();
        assert_eq!(found, expected(&wanted), "{command}");
    }
}

#[test]
fn the_environment_goes_before_the_settings_and_a_program_after_them() {
    for (variables, command, wanted) in [
        (
            &[("GIT_SSH_COMMAND", "ssh -F none -i ~/.ssh/other")][..],
            "ssh -i ~/.ssh/own",
            &["other"][..],
        ),
        (&[("GIT_SSH", "/usr/bin/plink")], "", &[]),
        (&[("GIT_SSH", "/usr/bin/plink")], "ssh", &["azure"]),
        (&[("GIT_SSH", "/opt/our-ssh")], "", &["azure"]),
        (
            &[("GIT_SSH", "/opt/our-ssh"), ("GIT_SSH_VARIANT", "plink")],
            "",
            &[],
        ),
    ] {
        let command = if command.is_empty() {
            String::new()
        } else {
            format!("\tsshCommand = {command}\n")
        };
        let home = with_command(&command);
        let variables: Vec<_> = variables
            .iter()
            .map(|(name, value)| (*name, (*value).into()))
            .collect();
        let found = keys(&home, &find(&home, &SshKey, &variables));
        let wanted: Vec<_> = wanted.iter().map(|key| (*key, Some("contoso"))).collect();
        assert_eq!(found, expected(&wanted), "{variables:?} {command}");
    }
}

#[test]
fn a_variant_that_the_settings_name_holds() {
    let home =
        with_command("\tsshCommand = our-ssh -i ~/.ssh/own\n[ssh]\n\tvariant = tortoiseplink\n");
    assert_eq!(
        keys(&home, &home.find(&SshKey)),
        expected(&[("own", Some("contoso"))])
    );
}

#[test]
fn includes_hold_only_where_their_conditions_do() {
    let home = TestHome::new();
    for key in ["by_folder", "by_remote", "never"] {
        plant(&home, key);
    }
    home.write(
        ".gitconfig",
        "[includeIf \"gitdir:work/\"]\n\tpath = folder.inc\n[includeIf \"hasconfig:remote.*.url:git@ssh.dev.azure.com:v3/fabrikam/**\"]\n\
         \tpath = remote.inc\n[includeIf \"gitdir:WORK/\"]\n\tpath = never.inc\n[includeIf \"onbranch:main\"]\n\tpath = never.inc\n",
    );
    for (file, key) in [
        ("folder.inc", "by_folder"),
        ("remote.inc", "by_remote"),
        ("never.inc", "never"),
    ] {
        home.write(
            file,
            format!("[core]\n\tsshCommand = ssh -F none -i ~/.ssh/{key}\n"),
        );
    }
    repository(&home, "work/a", REMOTE, "");
    repository(&home, "b", "git@ssh.dev.azure.com:v3/fabrikam/p/b", "");
    let wanted = [
        ("by_folder", Some("contoso")),
        ("by_remote", Some("fabrikam")),
    ];
    assert_eq!(keys(&home, &home.find(&SshKey)), expected(&wanted));
}

#[test]
fn remotes_of_submodules_and_with_ports_and_aliases_count() {
    let home = TestHome::new();
    plant(&home, "id_rsa");
    plant(&home, "alias");
    home.write(
        ".ssh/config",
        "Host ado\n  HostName vs-ssh.visualstudio.com\n  IdentityFile ~/.ssh/alias\n",
    );
    repository(&home, "a", "https://github.com/contoso/a", "");
    home.write("a/.git/modules/sub/HEAD", "ref: refs/heads/main\n");
    home.write(
        "a/.git/modules/sub/config",
        "[remote \"origin\"]\n\turl = ssh://ssh.dev.azure.com:22/v3/northwind/p/sub\n\tpushurl = ado:v3/fabrikam/p/sub\n",
    );
    let wanted = [("alias", Some("fabrikam")), ("id_rsa", Some("northwind"))];
    assert_eq!(keys(&home, &home.find(&SshKey)), expected(&wanted));
}

#[test]
fn keys_on_a_card_are_said_not_to_be_looked_at() {
    let home = TestHome::new();
    home.write(".ssh/config", "PKCS11Provider /usr/lib/opensc-pkcs11.so\n");
    assert!(
        home.find(&SshKey)
            .places
            .iter()
            .all(|place| place.state != PlaceState::Skipped)
    );
    repository(&home, "a", REMOTE, "");
    let found = home.find(&SshKey);
    let place = found
        .places
        .iter()
        .find(|place| place.state == PlaceState::Skipped);
    assert_eq!(place.unwrap().path, "/usr/lib/opensc-pkcs11.so");
}

#[test]
fn none_keeps_the_usual_keys_out() {
    let home = TestHome::new();
    plant(&home, "id_rsa");
    home.write(".ssh/config", "Host *\nIdentityFile none\n");
    repository(&home, "a", REMOTE, "");
    assert!(home.find(&SshKey).credentials.is_empty());
}

/// A key that a security device holds, as ssh-keygen writes its file (PROTOCOL.key and PROTOCOL.u2f of OpenSSH).
fn on_a_device() -> String {
    let string =
        |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat();
    let name = string(b"sk-ssh-ed25519@openssh.com");
    let public = [string(&[7; 32]), string(b"ssh:")].concat();
    let mut private = [
        &[1; 8][..],
        &name,
        &public,
        &[1],
        &string(&[9; 64]),
        &string(b""),
        &string(b"dev@contoso.com"),
    ]
    .concat();
    for padding in 1.. {
        if private.len() % 8 == 0 {
            break;
        }
        private.push(padding);
    }
    let file = [
        b"openssh-key-v1\0",
        &*string(b"none"),
        &string(b"none"),
        &string(b""),
        &[0, 0, 0, 1],
        &string(&[name.clone(), public].concat()),
        &string(&private),
    ]
    .concat();
    let digits = STANDARD.encode(file);
    let lines: Vec<_> = digits
        .as_bytes()
        .chunks(70)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\n",
        lines.join("\n")
    )
}

#[test]
fn a_key_of_a_security_device_is_refused() {
    let home = TestHome::new();
    let path = home.write(".ssh/id_ed25519_sk", on_a_device());
    std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    repository(&home, "a", REMOTE, "");
    let found = home.find(&SshKey);
    let one = &found.credentials[0];
    assert_eq!(
        one.observed.refused_key.as_deref(),
        Some("sk-ssh-ed25519@openssh.com")
    );
    let key = one.observed.key.as_ref().unwrap();
    assert!(
        listed(&path, "md5").contains(&key.md5),
        "{}",
        listed(&path, "md5")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_command_and_any_configuration_can_be_read(command: String, config: String, word in r#"(-[a-zA-Z]|[-%~$"' ]){0,4}"#) {
        let home = TestHome::new();
        home.write(".ssh/config", format!("{config}\nMatch host x {word}\nIdentityFile {word}\n"));
        for text in [&command, &word, &format!("ssh {word} {command}"), &format!("plink {word} {command}")] {
            let _ = read(&home, text, "x");
        }
    }
}
