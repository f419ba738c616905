//! Which settings are found.

use super::super::SshConfig;
use super::{DEVOPS, plant, repository};
use crate::model::{Kind, OrganizationName, Remedy};
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
