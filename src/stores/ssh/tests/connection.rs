//! The configuration is read as `ssh` reads it.

use super::super::config_file;
use super::super::connection::{Typed, evaluate};
use crate::platform::Hermetic;
use crate::platform::System;
use crate::stores::{Finder, Look};
use crate::testing::TestHome;
use crate::walk::Projects;

/// What is read for that host: the host called, the user, the keys offered.
fn read(home: &TestHome, typed: &str) -> (String, Option<String>, Vec<String>, usize) {
    let path = home.path();
    let platform = Hermetic::new(System::Linux, &path);
    let look = Look {
        platform: &platform,
        scope: &crate::testing::scope(&[]),
        projects: &Projects::default(),
        home: &path,
    };
    let mut finder = Finder::new(look, "ssh-config", &[]);
    let folder = path.join(".ssh");
    let files: Vec<_> = config_file::load(&mut finder, &folder.join("config"), &folder, &path)
        .into_iter()
        .collect();
    let (user, host) = typed
        .split_once('@')
        .map_or((None, typed), |(user, host)| (Some(user), host));
    let typed = Typed {
        host: host.to_owned(),
        user: user.map(str::to_owned),
    };
    let connection = evaluate(&files, &typed, &finder);
    let identities = connection.identities.iter();
    let identities = identities.filter_map(|one| Some(one.path.as_ref()?.display().to_string()));
    (
        connection.host.clone(),
        connection.user.clone(),
        identities.collect(),
        connection.algorithms.len(),
    )
}

const CONFIG: &str = "
IdentityFile ~/.ssh/first
Host devops_contoso
    HostName ssh.dev.azure.com
    User git
    IdentityFile \"~/.ssh/with blank\"
    IdentityFile ~/.ssh/%n_%h_%r
Host devops_* !devops_fabrikam
    HostName vs-ssh.visualstudio.com
    IdentityFile=~/.ssh/wild
Include conf.d/*.conf missing
Match host ssh.dev.azure.com user git
    IdentityFile ~/.ssh/matched
Match originalhost devops_contoso !host github.com
    IdentityFile ~/.ssh/original
Match !all
    IdentityFile ~/.ssh/never
Host github.com
    Include only_github
Host *
    User somebody
    IdentityFile ~/.ssh/last
";

fn home() -> TestHome {
    let home = TestHome::new();
    home.write(
        ".ssh/config",
        CONFIG.replace("~/", &format!("{}/", home.path().display())),
    );
    home.write(
        ".ssh/conf.d/1.conf",
        "IdentityFile /included/always\nHost devops_contoso\nIdentityFile /included/contoso",
    );
    home.write(
        ".ssh/conf.d/2.conf",
        "Host github.com\nIdentityFile /included/github",
    );
    home.write(".ssh/conf.d/.3.conf", "IdentityFile /included/hidden");
    home.write(
        ".ssh/only_github",
        "Host *\nIdentityFile /included/only_github",
    );
    home
}

#[test]
fn it_answers_as_ssh_does() {
    let home = home();
    // ssh takes relative includes from the real home, so they are absolute for it.
    let folder = home.path().join(".ssh");
    let text = std::fs::read_to_string(folder.join("config")).unwrap();
    let text = text
        .replace("conf.d/", &format!("{}/conf.d/", folder.display()))
        .replace(
            "Include only",
            &format!("Include {}/only", folder.display()),
        );
    let config = home.write("for-ssh", text);
    for host in [
        "devops_contoso",
        "devops_fabrikam",
        "devops_x",
        "github.com",
        "git@ssh.dev.azure.com",
    ] {
        let output = std::process::Command::new("ssh")
            .arg("-G")
            .arg("-F")
            .arg(&config)
            .arg(host)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let values = |keyword: &str| -> Vec<String> {
            let values = said
                .lines()
                .filter_map(|line| line.strip_prefix(keyword)?.strip_prefix(' '));
            values.map(str::to_owned).collect()
        };
        let (called, user, identities, _) = read(&home, host);
        assert_eq!(values("hostname"), [called], "{host}");
        assert_eq!(values("user"), [user.unwrap()], "{host}");
        // `-G` shows tokens as they are written.
        let shown = values("identityfile");
        let shown: Vec<_> = shown
            .iter()
            .map(|path| path.replace("%n_%h_%r", "devops_contoso_ssh.dev.azure.com_git"))
            .collect();
        assert_eq!(shown, identities, "{host}");
    }
}

#[test]
fn what_only_a_program_would_tell_is_unknown() {
    let home = TestHome::new();
    let mark = home.path().join("ran");
    home.write(
            ".ssh/config",
            format!(
                "Match exec \"touch {0}\"\nIdentityFile /a\nHostName other\nMatch originalhost ssh.dev.azure.com exec \"touch {0}\"\nIdentityFile /b\nUser x\nMatch host github.com exec true\nIdentityFile /c\n",
                mark.display()
            ),
        );
    let (host, user, identities, _) = read(&home, "ssh.dev.azure.com");
    assert_eq!((&*host, user), ("ssh.dev.azure.com", None));
    assert_eq!(identities, ["/b"]);
    assert!(!mark.exists());
}

#[test]
fn files_that_include_each_other_end() {
    let home = TestHome::new();
    home.write(
        ".ssh/config",
        "Include config config config\nIdentityFile /a",
    );
    let (.., identities, _) = read(&home, "x");
    assert!(!identities.is_empty());
}

#[test]
fn the_first_setting_of_algorithms_holds_under_either_name() {
    let home = TestHome::new();
    home.write(
            ".ssh/config",
            "PubkeyAcceptedKeyTypes a\nPubkeyAcceptedAlgorithms +ssh-rsa\nHostKeyAlgorithms b\nHostKeyAlgorithms c",
        );
    assert_eq!(read(&home, "x").3, 2);
}
