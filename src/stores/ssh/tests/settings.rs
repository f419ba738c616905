//! Which settings are found.

use super::super::SshConfig;
use super::{DEVOPS, plant, repository, session};
use crate::model::{Kind, OrganizationName, Remedy, VariableScope};
use crate::testing::TestHome;

#[test]
fn settings_that_harm_azure_devops_are_named_by_line() {
    let home = TestHome::new();
    home.write(
        ".ssh/config",
        "# old\nHost ssh.dev.azure.com vs-ssh.visualstudio.com\n  HostkeyAlgorithms +ssh-rsa\n  PubkeyAcceptedKeyTypes=ssh-rsa\n\
         Host github.com\n  PubkeyAcceptedAlgorithms +ssh-rsa\nHost *\n  IdentityFile ~/.ssh/gone\n  PubkeyAcceptedAlgorithms +ssh-rsa\n",
    );
    repository(&home, "a", "git@ssh.dev.azure.com:v3/contoso/p/a", "");
    let found = home.find(&SshConfig);
    let told: Vec<_> = found
        .credentials
        .iter()
        .map(|one| {
            (
                one.location.line.unwrap(),
                one.location.entry.as_deref().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (
                3,
                "Host ssh.dev.azure.com vs-ssh.visualstudio.com: HostkeyAlgorithms +ssh-rsa"
            ),
            (
                4,
                "Host ssh.dev.azure.com vs-ssh.visualstudio.com: PubkeyAcceptedKeyTypes=ssh-rsa"
            ),
            (8, "Host *: IdentityFile ~/.ssh/gone"),
        ]
    );
    for one in &found.credentials {
        assert_eq!((one.kind, one.remedy), (Kind::SshSetting, Remedy::Manual));
        assert_eq!(
            one.organization.as_ref().map(OrganizationName::as_str),
            Some("contoso")
        );
        assert!(one.observed.harmful.is_some() && one.advice.is_some() && one.change.is_none());
    }
}

#[test]
fn harmless_settings_are_not_named() {
    let home = TestHome::new();
    plant(&home, "azure");
    let config = format!(
        "{DEVOPS}  HostKeyAlgorithms -ssh-rsa\n  PubkeyAcceptedAlgorithms rsa-sha2-512,rsa-sha2-256\nHost github.com\n  IdentityFile ~/.ssh/gone\n"
    );
    home.write(".ssh/config", config);
    assert!(home.find(&SshConfig).credentials.is_empty());
    home.write(".ssh/config", "Host *\n  HostKeyAlgorithms +ssh-rsa\n");
    assert!(
        home.find(&SshConfig).credentials.is_empty(),
        "nothing here uses Azure DevOps"
    );
}

/// Line, entry and reason of each finding.
fn told(found: &crate::stores::Found) -> Vec<(u32, &str, &str)> {
    let credentials = found.credentials.iter();
    credentials
        .map(|one| {
            (
                one.location.line.unwrap_or(0),
                one.location.entry.as_deref().unwrap_or("?"),
                one.observed.harmful.as_deref().unwrap(),
            )
        })
        .collect()
}

#[test]
fn settings_that_let_any_server_pass_for_azure_devops_are_named() {
    let home = TestHome::new();
    home.write(
        ".ssh/config",
        "Host github.com\n  StrictHostKeyChecking no\nHost *\n  StrictHostKeyChecking off\n  UserKnownHostsFile=/dev/null\n\
         Host ssh.dev.azure.com\n  StrictHostKeyChecking no\n",
    );
    repository(&home, "a", "git@ssh.dev.azure.com:v3/contoso/p/a", "");
    let found = home.find(&SshConfig);
    let lines: Vec<_> = told(&found)
        .iter()
        .map(|(line, _, reason)| (*line, reason.split(',').next().unwrap()))
        .collect();
    assert_eq!(
        lines,
        [(4, "it accepts any host key"), (5, "it forgets host keys")],
        "of the same keyword the first one holds"
    );
    home.write(
        ".ssh/config",
        "Host *\n  StrictHostKeyChecking accept-new\n  UserKnownHostsFile ~/.ssh/known_hosts ~/.ssh/more\n",
    );
    assert!(home.find(&SshConfig).credentials.is_empty());
}

#[test]
fn a_setting_in_gits_command_is_named_in_each_of_its_files_that_concern_azure_devops() {
    let home = TestHome::new();
    let command = "\tsshCommand = \"ssh -o StrictHostKeyChecking=no -o HostKeyAlgorithms=+ssh-rsa -o PubkeyAcceptedKeyTypes=+ssh-rsa\"\n";
    for (name, url) in [
        ("a", "git@ssh.dev.azure.com:v3/contoso/p/a"),
        ("b", "git@ssh.dev.azure.com:v3/fabrikam/p/b"),
        ("c", "git@github.com:contoso/c"),
    ] {
        repository(&home, name, url, command);
    }
    let found = home.find(&SshConfig);
    let path = |name: &str| home.path().join(name).join(".git/config");
    let paths: Vec<_> = found
        .credentials
        .iter()
        .map(|one| one.path.clone().unwrap())
        .collect();
    assert_eq!(paths, [path("a"), path("b")]);
    let (line, entry, reason) = told(&found)[0];
    assert_eq!((line, entry), (3, "core.sshCommand"));
    assert!(reason.contains("; it accepts any host key"), "{reason}");
    let one = &found.credentials[0];
    assert_eq!((one.kind, one.remedy), (Kind::SshSetting, Remedy::Manual));
    assert!(one.change.is_none());
}

#[test]
fn a_setting_in_the_environment_is_named_by_its_variable() {
    let home = TestHome::new();
    repository(
        &home,
        "a",
        "git@ssh.dev.azure.com:v3/contoso/p/a",
        "\tsshCommand = ssh -o StrictHostKeyChecking=no\n",
    );
    let command = "ssh -oUserKnownHostsFile=/dev/null";
    let found = session::find(&home, &SshConfig, &[("GIT_SSH_COMMAND", command.into())]);
    let [one] = &found.credentials[..] else {
        panic!("{:?}", found.credentials)
    };
    let location = &one.location;
    assert_eq!(location.variable.as_deref(), Some("GIT_SSH_COMMAND"));
    assert_eq!(location.scope, Some(VariableScope::Process));
    assert_eq!((&location.path, &location.entry), (&None, &None));
    assert!(one.observed.harmful.as_deref().unwrap().contains("forgets"));
}
