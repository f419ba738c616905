//! Host keys that differ from the published one.

use std::process::Command;

use super::super::SshConfig;
use super::repository;
use crate::model::{Kind, Remedy};
use crate::stores::Found;
use crate::testing::TestHome;
use crate::testing::host_keys::PUBLISHED;
use crate::testing::ssh_keys::{ed25519, rsa};

fn told(found: &Found) -> Vec<(&str, u32, &str)> {
    let credentials = found.credentials.iter();
    credentials
        .map(|one| {
            let location = &one.location;
            let path = location.path.as_deref().unwrap();
            (
                path.rsplit('/').next().unwrap(),
                location.line.unwrap(),
                location.entry.as_deref().unwrap(),
            )
        })
        .collect()
}

#[test]
fn a_host_key_that_differs_from_the_published_one_is_named_by_line() {
    let home = TestHome::new();
    let (other, elliptic) = (rsa().public.trim(), ed25519().public.trim());
    home.write(
        ".ssh/known_hosts",
        format!(
            "ssh.dev.azure.com {PUBLISHED}\nvs-ssh.visualstudio.com,10.0.0.1 {other}\ngithub.com {other}\n\
             ssh.dev.azure.com {elliptic}\n@cert-authority *.azure.com {other}\n@revoked ssh.dev.azure.com {other}\n\
             @revoked *.dev.azure.com {PUBLISHED}\nssh.dev.azure.com ssh-rsa broken\n"
        ),
    );
    let found = home.find(&SshConfig);
    assert_eq!(
        told(&found),
        [
            ("known_hosts", 2, "vs-ssh.visualstudio.com ssh-rsa"),
            ("known_hosts", 7, "@revoked ssh.dev.azure.com ssh-rsa"),
        ]
    );
    let one = &found.credentials[0];
    assert_eq!((one.kind, one.remedy), (Kind::SshSetting, Remedy::Manual));
    assert!(one.change.is_none() && one.organization.is_none());
    let harmful = one.observed.harmful.as_deref().unwrap();
    assert!(harmful.contains("is not the one that Azure DevOps publishes"));
    let advice = one.advice.as_deref().unwrap();
    assert!(advice.contains("-R \"vs-ssh.visualstudio.com\"") && advice.contains("SHA256:ohD8"));
}

#[test]
fn hashed_names_and_other_files_are_compared_too() {
    let home = TestHome::new();
    let other = rsa().public.trim();
    let hashed = home.write(
        ".ssh/known_hosts",
        format!("github.com {other}\nssh.dev.azure.com {other}\n"),
    );
    let status = Command::new("ssh-keygen")
        .args(["-q", "-H", "-f"])
        .arg(&hashed)
        .status();
    assert!(status.unwrap().success());
    home.write(
        ".ssh/config",
        "Host devops\n  HostName ssh.dev.azure.com\n  Port 2022\n  UserKnownHostsFile ~/.ssh/%h /dev/null\n\
         Host aliased\n  HostName ssh.dev.azure.com\n  HostKeyAlias azure\n\
         Host github.com\n  UserKnownHostsFile ~/.ssh/theirs\n",
    );
    home.write(".ssh/theirs", format!("ssh.dev.azure.com {other}\n"));
    home.write(
        ".ssh/ssh.dev.azure.com",
        format!("ssh.dev.azure.com {other}\n[ssh.dev.azure.com]:2022 {other}\n[ssh.dev.azure.com]:2022 {PUBLISHED}\n"),
    );
    home.write(".ssh/known_hosts2", format!("azure {other}\n"));
    repository(&home, "a", "git@devops:v3/contoso/p/a", "");
    let found = home.find(&SshConfig);
    let mut lines = told(&found);
    lines.retain(|(file, ..)| *file != "config");
    assert_eq!(
        lines,
        [
            ("known_hosts", 2, "ssh.dev.azure.com ssh-rsa"),
            ("known_hosts2", 1, "azure ssh-rsa"),
            ("ssh.dev.azure.com", 2, "[ssh.dev.azure.com]:2022 ssh-rsa"),
        ]
    );
    let owners: Vec<_> = found
        .credentials
        .iter()
        .map(|one| one.organization.as_ref().map(ToString::to_string))
        .collect();
    assert!(owners.contains(&Some("contoso".to_owned())), "{owners:?}");
}

#[test]
fn known_hosts_in_any_form_are_read() {
    let home = TestHome::new();
    let other = rsa().public.trim();
    for text in [
        format!("\u{feff}ssh.dev.azure.com {other}\r\n"),
        format!("  ssh.dev.azure.com\t{other}"),
        format!("\n\n# x\n*.dev.azure.com {other}"),
    ] {
        home.write(".ssh/known_hosts", &text);
        assert_eq!(home.find(&SshConfig).credentials.len(), 1, "{text}");
    }
    home.write(
        ".ssh/known_hosts",
        format!("ssh.dev.azure.com {}", &other[..40]),
    );
    assert!(home.find(&SshConfig).credentials.is_empty());
}
