//! Asks one helper, in a way that cannot prompt, hang or change anything.

use std::cell::OnceCell;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::model::{Answered, ConfigLevel, HelperKind, Question};
use crate::platform::programs::Call;
use crate::platform::sockets::{self, SocketFault};
use crate::platform::vault::VaultFault;
use crate::platform::{Platform, Programs, System};
use crate::stores::git::credential_cache::MOST_ASKED;
use crate::stores::git::helpers::{self, Helper};

/// How long one helper may think about one question.
const LIMIT: Duration = Duration::from_secs(5);
/// How much it may say.
const MOST: usize = 64 * 1024;
/// How many questions a helper is asked that has to be started for each.
const QUESTIONS: usize = 30;

const NOT_INSTALLED: &str = "it is not installed, so git gets no answer from it either";

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoAnswer {
    /// On purpose.
    NotAsked(String),
    /// It went wrong.
    Failed(String),
}

/// What a helper said.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Each answer once.
    pub(super) answers: Vec<Answered>,
    /// How many questions it was asked of how many, where that were too many.
    pub(super) part: Option<(usize, usize)>,
}

pub(super) struct Questioner<'a> {
    platform: &'a dyn Platform,
    programs: Option<Programs>,
    /// Where git keeps its own programs.
    git_folder: OnceCell<Option<PathBuf>>,
}

/// A program, and what stands before the word `get`.
struct Command {
    program: PathBuf,
    arguments: Vec<OsString>,
}

impl<'a> Questioner<'a> {
    pub(super) fn new(platform: &'a dyn Platform) -> Self {
        Self {
            platform,
            programs: platform.programs(),
            git_folder: OnceCell::new(),
        }
    }

    /// What a helper answers to any of the questions.
    pub(super) fn ask(&self, helper: &Helper, questions: &[Question]) -> Result<Heard, NoAnswer> {
        refuse(helper)?;
        if helper.command.kind == HelperKind::Osxkeychain && self.platform.system() == System::MacOs
        {
            // macOS asks the person where the entry was written by another build of the helper, such as Apple's or Homebrew's.
            return Err(not_asked(
                "asking could make macOS ask you: the keychain was listed instead",
            ));
        }
        let Some(programs) = &self.programs else {
            return Err(not_asked("with --home no program is started or asked"));
        };
        if helper.command.kind == HelperKind::Cache {
            return self.ask_cache(helper, questions);
        }
        let command = self.command(helper, programs)?;
        let arguments: Vec<&OsStr> = command.arguments.iter().map(OsString::as_os_str).collect();
        answers(questions, QUESTIONS, |question| {
            let said = programs.run(&Call {
                program: &command.program,
                arguments: &arguments,
                input: question.lines().as_bytes(),
                limit: LIMIT,
                most: MOST,
            });
            match said {
                Ok(said) if said.success => Ok(Answered::parse(&said.output)),
                Ok(_) => Err(NoAnswer::Failed(
                    "it ended with an error: see what git credential fill says".to_owned(),
                )),
                Err(fault) => Err(NoAnswer::Failed(fault.to_string())),
            }
        })
    }

    fn ask_cache(&self, helper: &Helper, questions: &[Question]) -> Result<Heard, NoAnswer> {
        let socket = helpers::socket(&helper.command, self.platform)
            .ok_or_else(|| not_asked("rekey does not understand where its socket is"))?;
        answers(questions, MOST_ASKED, |question| {
            match sockets::ask(&socket, &question.asked_of_cache()) {
                Ok(said) => Ok(Answered::parse(&said)),
                Err(SocketFault::Nobody) => Ok(None),
                Err(SocketFault::Unsupported | SocketFault::Strange) => {
                    Err(not_asked("its socket is not one that rekey can ask"))
                }
                Err(fault) => Err(NoAnswer::Failed(fault.to_string())),
            }
        })
    }

    fn command(&self, helper: &Helper, programs: &Programs) -> Result<Command, NoAnswer> {
        let mut options = helper.command.words.iter().skip(1).map(OsString::from);
        let git = || {
            let git = programs.git();
            git.ok_or_else(|| NoAnswer::Failed("git is not found in PATH".to_owned()))
        };
        let mut command = match helper.command.kind {
            // Part of git itself, so git is asked whatever path the setting names.
            HelperKind::Store => {
                let mut arguments = vec![OsString::from("credential-store")];
                if let Some(file) = helper.command.option("--file") {
                    let file = helpers::file(file, self.platform.home())
                        .ok_or_else(|| not_asked("rekey does not understand where its file is"))?;
                    arguments.extend(["--file".into(), file.into_os_string()]);
                }
                Command {
                    program: git()?,
                    arguments,
                }
            }
            _ if helper.command.is_named() => {
                let name = helper.command.name().unwrap_or_default();
                let git = git()?;
                let program = format!("git-credential-{name}");
                let of_git = self.git_folder(programs, &git).map(|folder| {
                    folder.join(format!("{program}{}", std::env::consts::EXE_SUFFIX))
                });
                // A setting that came from another system is common.
                if programs.find(&program).is_none() && !of_git.is_some_and(|path| path.is_file()) {
                    return Err(not_asked(NOT_INSTALLED));
                }
                let mut arguments = vec![OsString::from(format!("credential-{name}"))];
                arguments.extend(&mut options);
                Command {
                    program: git,
                    arguments,
                }
            }
            _ => {
                let program = helper.command.name().unwrap_or_default();
                let program = helpers::file(program, self.platform.home())
                    .filter(|path| Path::new(path).is_absolute())
                    .ok_or_else(|| not_asked("rekey does not understand where it is"))?;
                if !program.is_file() {
                    return Err(not_asked(NOT_INSTALLED));
                }
                Command {
                    program,
                    arguments: options.collect(),
                }
            }
        };
        // In a session without the vault wincred would be silent, which is no proof.
        let needs_vault = match helper.command.kind {
            HelperKind::Libsecret => true,
            HelperKind::Wincred => self.platform.system() == System::Windows,
            _ => false,
        };
        if needs_vault {
            self.check_vault()?;
        }
        command.arguments.push("get".into());
        Ok(command)
    }

    /// libsecret's looks through the whole keyring and has it unlock what is locked, which asks the person.
    fn check_vault(&self) -> Result<(), NoAnswer> {
        let locked = || not_asked("the keyring is locked: unlock it, then run rekey again");
        let vault = self.platform.vault();
        let vault = vault.ok_or_else(|| not_asked("the keyring cannot be read on this system"))?;
        match vault.list() {
            Ok(rings) if rings.iter().any(|ring| ring.locked) => Err(locked()),
            Ok(_) => Ok(()),
            Err(VaultFault::Locked) => Err(locked()),
            Err(fault) => Err(not_asked(&fault.to_string())),
        }
    }

    /// Where git looks first for a helper that is named (git(1), `--exec-path`).
    fn git_folder(&self, programs: &Programs, git: &Path) -> Option<&Path> {
        let folder = self.git_folder.get_or_init(|| {
            let said = programs.run(&Call {
                program: git,
                arguments: &["--exec-path".as_ref()],
                input: b"",
                limit: LIMIT,
                most: MOST,
            });
            let said = said.ok().filter(|said| said.success)?;
            Some(PathBuf::from(said.output.expose().trim_end()))
        });
        folder.as_deref()
    }
}

/// Whom rekey never asks, whatever the system.
fn refuse(helper: &Helper) -> Result<(), NoAnswer> {
    let is_repositorys = matches!(helper.level, ConfigLevel::Local | ConfigLevel::Worktree);
    match helper.command.kind {
        HelperKind::Manager => Err(not_asked(
            "asking could make a new token: its stores were read instead",
        )),
        HelperKind::Inline => Err(not_asked(
            "it is a command that could do anything: look at it yourself",
        )),
        HelperKind::Other | HelperKind::None => Err(not_asked(
            "it is not git's own: ask its owner or look yourself",
        )),
        _ if helper.command.needs_shell => {
            Err(not_asked("only a shell could tell what its setting means"))
        }
        // Whoever fills a folder with a repository must not choose what is started.
        HelperKind::Libsecret | HelperKind::Osxkeychain | HelperKind::Wincred
            if is_repositorys && !helper.command.is_named() =>
        {
            Err(not_asked("a repository names the program by its path"))
        }
        _ => Ok(()),
    }
}

fn answers(
    questions: &[Question],
    most: usize,
    mut ask: impl FnMut(&Question) -> Result<Option<Answered>, NoAnswer>,
) -> Result<Heard, NoAnswer> {
    // The forms that hold whatever the repository stand last, and are always asked.
    let skipped = questions.len().saturating_sub(most);
    let mut heard = Heard {
        answers: Vec::new(),
        part: (skipped > 0).then_some((most, questions.len())),
    };
    for question in questions.iter().skip(skipped) {
        if let Some(answered) = ask(question)?
            && !heard.answers.contains(&answered)
        {
            heard.answers.push(answered);
        }
    }
    Ok(heard)
}

fn not_asked(reason: &str) -> NoAnswer {
    NoAnswer::NotAsked(reason.to_owned())
}
