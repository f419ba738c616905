//! The configuration is read as `ssh` reads it.

use std::path::PathBuf;
use std::sync::Mutex;

use super::super::command::Command;
use super::super::connection::{Typed, evaluate};
use super::super::{SshConfig, config_file};
use super::session::session;
use crate::stores::{About, Finder, Store};
use crate::testing::{TestHome, find_on, scope};
use crate::walk::Projects;

/// What holds for one host.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Answer {
    pub(super) host: String,
    pub(super) user: String,
    pub(super) port: String,
    /// As they are written; none for the usual ones.
    pub(super) identities: Vec<String>,
    pub(super) identities_only: bool,
    pub(super) offers_keys: bool,
    /// Each with whatever it is set to.
    pub(super) others: Vec<(&'static str, String)>,
}

/// A store that only asks what holds for one host.
struct Question<'q> {
    typed: Typed,
    command: &'q str,
    config: PathBuf,
    answer: Mutex<Option<(Answer, Vec<Option<PathBuf>>)>>,
}

/// Settings that `ssh -G` shows as they are written.
pub(super) const SHOWN: [&str; 4] = [
    "hostkeyalias",
    "identityagent",
    "userknownhostsfile",
    "pkcs11provider",
];

impl Store for Question<'_> {
    fn about(&self) -> About {
        SshConfig.about()
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let home = finder.home().to_owned();
        let folder = home.join(".ssh");
        let file = config_file::load(finder, &self.config, &folder, None);
        let files: Vec<_> = file.into_iter().collect();
        let command = Command::read(self.command, None, finder);
        let connection = evaluate(Some(&command), &files, &self.typed, finder);
        let others = SHOWN.iter().filter_map(|keyword| {
            let setting = connection.setting(keyword)?;
            Some((*keyword, setting.arguments.join(" ")))
        });
        let answer = Answer {
            host: connection.host.clone(),
            user: connection
                .user
                .clone()
                .unwrap_or_else(|| finder.platform().person()),
            port: connection.port.clone(),
            identities: connection
                .identities
                .iter()
                .map(|one| one.text.clone())
                .collect(),
            identities_only: connection.flag("identitiesonly") == Some(true),
            offers_keys: connection.flag("pubkeyauthentication") != Some(false),
            others: others.collect(),
        };
        let paths = connection.identities.iter().map(|one| one.path.clone());
        *self.answer.lock().unwrap() = Some((answer, paths.collect()));
    }
}

fn question<'q>(command: &'q str, config: PathBuf, typed: &str) -> Question<'q> {
    let (user, host) = typed
        .split_once('@')
        .map_or((None, typed), |(user, host)| (Some(user), host));
    Question {
        typed: Typed {
            user: user.map(str::to_owned),
            ..Typed::host(host)
        },
        command,
        config,
        answer: Mutex::default(),
    }
}

/// The files that are offered, in place of their names, in the session of whoever runs the tests.
pub(super) fn paths_in_session(config: PathBuf, typed: &str) -> Vec<Option<PathBuf>> {
    let question = question("ssh", config, typed);
    let home = crate::platform::native().unwrap().home().to_owned();
    let variables = [("HOME", std::env::var_os("HOME").unwrap())];
    let session = session(&home, &variables);
    let projects = Projects::default();
    find_on(&question, &scope(&[]), &session, &home, &projects);
    question.answer.into_inner().unwrap().unwrap().1
}

pub(super) fn read(home: &TestHome, command: &str, typed: &str) -> Answer {
    let question = question(command, home.path().join(".ssh/config"), typed);
    let session = session(&home.path(), &[]);
    let projects = Projects::default();
    find_on(&question, &scope(&[]), &session, &home.path(), &projects);
    question.answer.into_inner().unwrap().unwrap().0
}

/// The files that are offered, in place of their names, where the home alone may be looked at.
fn paths(home: &TestHome, typed: &str) -> Vec<Option<PathBuf>> {
    let question = question("ssh", home.path().join(".ssh/config"), typed);
    home.find(&question);
    question.answer.into_inner().unwrap().unwrap().1
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
    let answer = read(&home, "ssh", "ssh.dev.azure.com");
    assert_eq!(answer.host, "ssh.dev.azure.com");
    assert_ne!(answer.user, "x");
    assert_eq!(answer.identities, ["/b"]);
    assert!(!mark.exists());
}

#[test]
fn files_that_include_each_other_end() {
    let home = TestHome::new();
    home.write(
        ".ssh/config",
        "Include config config config\nIdentityFile /a",
    );
    assert_eq!(read(&home, "ssh", "x").identities, ["/a"]);
}

#[test]
fn relative_includes_start_in_the_folder_of_ssh() {
    let home = TestHome::new();
    home.write(
        ".ssh/config",
        "Include conf.d/*.conf missing\nIdentityFile /own",
    );
    home.write(".ssh/conf.d/2.conf", "IdentityFile /second");
    home.write(".ssh/conf.d/1.conf", "IdentityFile /first");
    home.write(".ssh/conf.d/.3.conf", "IdentityFile /hidden");
    assert_eq!(
        read(&home, "ssh", "x").identities,
        ["/first", "/second", "/own"]
    );
}

#[test]
fn a_path_with_a_token_that_only_this_machine_would_tell_is_unknown_in_a_foreign_home() {
    let home = TestHome::new();
    home.write(
        ".ssh/config",
        "IdentityFile ~/.ssh/%h\nIdentityFile ~/.ssh/%C\nIdentityFile ~/.ssh/%L\nIdentityFile ${SECRET_HOME}/key\nIdentityFile ~other/key\nIdentityFile %x",
    );
    let folder = home.path().join(".ssh");
    assert_eq!(
        paths(&home, "host"),
        [Some(folder.join("host")), None, None, None, None, None]
    );
}
