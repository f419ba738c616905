//! Which keys are found, and whose they are.

use std::collections::BTreeMap;
use std::process::Command;

use super::super::{SshConfig, SshKey};
use super::{DEVOPS, expected, keys, plant, repository};
use crate::model::{Kind, Remedy};
use crate::platform::System;
use crate::testing::ssh_keys::{ed25519, listed, rsa};
use crate::testing::{TestHome, scope};

#[test]
fn a_key_for_azure_devops_is_told_of_and_never_changed() {
    let home = TestHome::new();
    plant(&home, "azure");
    plant(&home, "id_rsa");
    home.write(".ssh/config", DEVOPS);
    repository(&home, "src/a", "git@ssh.dev.azure.com:v3/contoso/p/a", "");
    let found = home.find(&SshKey);
    assert_eq!(keys(&home, &found), expected(&[("azure", Some("contoso"))]));
    let key = &found.credentials[0];
    let path = home.path().join(".ssh/azure");
    assert_eq!((key.kind, key.remedy), (Kind::SshKey, Remedy::Manual));
    assert!(key.change.is_none() && key.secret.is_none() && key.observed.written.is_some());
    assert_eq!(key.location.path.as_deref(), path.to_str());
    let facts = key.observed.key.as_ref().unwrap();
    assert!(listed(&path, "md5").contains(&facts.md5));
    assert!(listed(&path, "sha256").contains(&facts.sha256));
    assert_eq!(
        (facts.algorithm.as_str(), facts.bits, facts.encrypted),
        ("ssh-rsa", Some(2048), false)
    );
    assert_eq!(key.observed.refused_key, None);
    let advice = key.advice.as_ref().unwrap();
    assert!(
        advice.contains("https://dev.azure.com/contoso/_usersSettings/keys")
            && advice.contains(&facts.md5)
    );
}

/// What shows it, and how it is planted; it is given a line of known hosts.
type Plant = (&'static str, fn(&TestHome, &str));

#[test]
fn usual_keys_count_only_where_something_shows_ssh_with_azure_devops() {
    let host = "ssh.dev.azure.com";
    let public = &ed25519().public;
    let shows: [(Plant, Option<&str>, bool); 6] = [
        (("nothing", |_, _| {}), None, false),
        (
            ("another host", |home, _| {
                home.write(
                    ".ssh/config",
                    "Host *\n  User git\nHost github.com\n  User git\n",
                );
                repository(home, "a", "git@github.com:contoso/a", "");
            }),
            None,
            false,
        ),
        (
            ("https alone", |home, _| {
                repository(home, "a", "https://dev.azure.com/contoso/p/_git/a", "");
            }),
            None,
            false,
        ),
        (
            ("a block", |home, _| {
                home.write(".ssh/config", "Host *.dev.azure.com\n  User git\n");
            }),
            None,
            true,
        ),
        (
            ("a remote", |home, _| {
                repository(
                    home,
                    "a",
                    "ssh://git@ssh.dev.azure.com:22/v3/contoso/p/a",
                    "",
                );
            }),
            Some("contoso"),
            true,
        ),
        (
            ("a known host", |home, known| {
                home.write(".ssh/known_hosts", known);
            }),
            None,
            true,
        ),
    ];
    for ((what, plant_it), owner, shown) in shows {
        let home = TestHome::new();
        plant(&home, "id_rsa");
        plant(&home, "other");
        plant_it(&home, &format!("{host} {public}"));
        let wanted = if shown {
            expected(&[("id_rsa", owner)])
        } else {
            BTreeMap::new()
        };
        assert_eq!(keys(&home, &home.find(&SshKey)), wanted, "{what}");
    }
}

#[test]
fn a_hashed_known_host_shows_it_too() {
    let home = TestHome::new();
    plant(&home, "id_rsa");
    let known = home.write(
        ".ssh/known_hosts",
        format!("vs-ssh.visualstudio.com {}", ed25519().public),
    );
    let status = Command::new("ssh-keygen")
        .args(["-q", "-H", "-f"])
        .arg(&known)
        .status();
    assert!(status.unwrap().success());
    assert_eq!(
        keys(&home, &home.find(&SshKey)),
        expected(&[("id_rsa", None)])
    );
}

#[test]
fn each_alias_brings_its_key_to_its_organization() {
    let home = TestHome::new();
    for key in ["for_contoso", "for_fabrikam", "for_northwind", "id_rsa"] {
        plant(&home, key);
    }
    let block = |name: &str| {
        format!(
            "Host devops_{name}\n  HostName ssh.dev.azure.com\n  IdentityFile ~/.ssh/for_{name}\n"
        )
    };
    home.write(
        ".ssh/config",
        ["contoso", "fabrikam", "northwind"].map(block).concat(),
    );
    // The real host is among the known ones because of the aliases alone.
    home.write(
        ".ssh/known_hosts",
        format!("ssh.dev.azure.com {}", ed25519().public),
    );
    repository(&home, "a", "git@devops_fabrikam:v3/fabrikam/p/a", "");
    let found = home.find(&SshKey);
    let wanted = expected(&[
        ("for_contoso", Some("contoso")),
        ("for_fabrikam", Some("fabrikam")),
        ("for_northwind", None),
    ]);
    assert_eq!(keys(&home, &found), wanted);
}

#[test]
fn a_key_of_several_organizations_is_the_ones_in_scope() {
    let home = TestHome::new();
    plant(&home, "id_rsa");
    repository(&home, "a", "git@ssh.dev.azure.com:v3/contoso/p/a", "");
    repository(&home, "b", "git@ssh.dev.azure.com:v3/Fabrikam/p/b", "");
    for (names, owner) in [
        (&["contoso"][..], Some("contoso")),
        (&["contoso", "fabrikam"], None),
        (&["northwind"], Some("contoso")),
    ] {
        let found = home.find_in_scope(&SshKey, &scope(names));
        assert_eq!(
            keys(&home, &found),
            expected(&[("id_rsa", owner)]),
            "{names:?}"
        );
    }
}

#[test]
fn what_git_tells_ssh_to_offer_counts() {
    let home = TestHome::new();
    for key in ["own", "work", "everywhere", "rewritten"] {
        plant(&home, key);
    }
    home.write(
        ".gitconfig",
        "[core]\n\tsshCommand = ssh -i ~/.ssh/everywhere\n[includeIf \"gitdir:~/work/\"]\n\tpath = .gitconfig-work\n\
         [url \"git@ssh.dev.azure.com:v3/contoso/p/\"]\n\tinsteadOf = ado:\n",
    );
    home.write(
        ".gitconfig-work",
        "[core]\n\tsshCommand = \"ssh -o IdentitiesOnly=yes -o 'IdentityFile=~/.ssh/work'\"\n",
    );
    let own = "\tsshCommand = ssh -F none -i ~/.ssh/own\n";
    repository(
        &home,
        "work/a",
        "git@vs-ssh.visualstudio.com:v3/contoso/p/a",
        "",
    );
    repository(
        &home,
        "b",
        "fabrikam@vs-ssh.visualstudio.com:v3/fabrikam/p/b",
        own,
    );
    repository(
        &home,
        "c",
        "git@github.com:contoso/c",
        "\tsshCommand = ssh -i ~/.ssh/rewritten\n",
    );
    repository(
        &home,
        "d",
        "ado:d",
        "\tsshCommand = ssh -i ~/.ssh/rewritten\n",
    );
    repository(&home, "e", "git@github.com:contoso/e", "");
    let wanted = [
        ("own", Some("fabrikam")),
        ("rewritten", Some("contoso")),
        ("work", Some("contoso")),
    ];
    assert_eq!(keys(&home, &home.find(&SshKey)), expected(&wanted));
    repository(&home, "f", "git@ssh.dev.azure.com:v3/northwind/p/f", "");
    let found = keys(&home, &home.find(&SshKey));
    assert!(found.contains_key("everywhere"));
}

#[test]
fn a_refused_type_is_named_unless_an_accepted_usual_key_does_its_work() {
    let home = TestHome::new();
    ed25519().write(&home.path().join(".ssh/id_ed25519"));
    repository(&home, "a", "git@ssh.dev.azure.com:v3/contoso/p/a", "");
    let found = home.find(&SshKey);
    assert_eq!(
        keys(&home, &found),
        expected(&[("id_ed25519", Some("contoso"))])
    );
    assert_eq!(
        found.credentials[0].observed.refused_key.as_deref(),
        Some("ssh-ed25519")
    );
    assert!(
        found.credentials[0]
            .advice
            .as_ref()
            .unwrap()
            .contains("ssh-keygen -t rsa")
    );

    plant(&home, "id_rsa");
    assert_eq!(
        keys(&home, &home.find(&SshKey)),
        expected(&[("id_rsa", Some("contoso"))])
    );

    home.write(
        ".ssh/config",
        "Host ssh.dev.azure.com\nIdentityFile ~/.ssh/id_ed25519\nIdentityFile ~/.ssh/id_rsa\n",
    );
    assert_eq!(
        home.find(&SshKey).credentials.len(),
        2,
        "who names it means it"
    );
}

#[test]
fn a_key_in_an_agent_stands_there_as_its_public_half() {
    let home = TestHome::new();
    home.write(".ssh/azure.pub", &rsa().public);
    home.write(".ssh/config", DEVOPS);
    assert_eq!(
        keys(&home, &home.find(&SshKey)),
        expected(&[("azure.pub", None)])
    );
    assert!(home.find(&SshConfig).credentials.is_empty());
}

#[test]
fn windows_paths_are_read() {
    let home = TestHome::of(System::Windows);
    plant(&home, "azure");
    home.write(
        ".ssh/config",
        "Host ssh.dev.azure.com\r\n  IdentityFile ~\\.ssh\\azure\r\n",
    );
    assert_eq!(
        keys(&home, &home.find(&SshKey)),
        expected(&[("azure", None)])
    );
}
