//! The configuration is read as `ssh` reads it.

use std::sync::Mutex;

use super::super::connection::{Typed, evaluate};
use super::super::{SshConfig, config_file};
use crate::stores::{About, Finder, Store};
use crate::testing::TestHome;

/// The host called, the user, the keys offered, and how many settings of algorithms hold.
type Answer = (String, Option<String>, Vec<String>, usize);

/// A store that only asks what holds for one host.
struct Question {
    typed: Typed,
    answer: Mutex<Option<Answer>>,
}

impl Store for Question {
    fn about(&self) -> About {
        SshConfig.about()
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let home = finder.home().to_owned();
        let folder = home.join(".ssh");
        let file = config_file::load(finder, &folder.join("config"), &folder, &home);
        let files: Vec<_> = file.into_iter().collect();
        let connection = evaluate(&files, &self.typed, finder);
        let identities = connection.identities.iter();
        let identities =
            identities.filter_map(|one| Some(one.path.as_ref()?.display().to_string()));
        *self.answer.lock().unwrap() = Some((
            connection.host.clone(),
            connection.user.clone(),
            identities.collect(),
            connection.algorithms.len(),
        ));
    }
}

fn read(home: &TestHome, typed: &str) -> Answer {
    let (user, host) = typed
        .split_once('@')
        .map_or((None, typed), |(user, host)| (Some(user), host));
    let question = Question {
        typed: Typed {
            host: host.to_owned(),
            user: user.map(str::to_owned),
        },
        answer: Mutex::default(),
    };
    home.find(&question);
    question.answer.into_inner().unwrap().unwrap()
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
