//! Runs rekey with an end in sight, as somebody else, or at a terminal of a given width.

use std::io::{Read, Write as _};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::Answer;

/// Far longer than any command on a small home takes: what is not done by then hangs.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a tool answers to this input.
#[track_caller]
pub fn with_input(command: &mut Command, input: &str) -> Answer {
    command.stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let spawned = command.spawn();
    let mut child = spawned.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    Answer::of(&child.wait_with_output().unwrap())
}

/// What the command answers. One that hangs is killed, and the test fails.
#[track_caller]
pub fn bounded(command: &mut Command) -> Answer {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let stdout = drain(child.stdout.take().unwrap());
    let stderr = drain(child.stderr.take().unwrap());
    let begin = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begin.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("it hangs: {command:?}");
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    Answer::of(&Output {
        status,
        stdout: stdout.join().unwrap(),
        stderr: stderr.join().unwrap(),
    })
}

fn drain(mut pipe: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

/// `nobody`: a session bus turns away a user who has no name.
#[cfg(unix)]
const NOBODY: u32 = 65_534;

/// Somebody whom the system's rights hold. Where the tests run as root that is another user.
#[cfg(unix)]
pub struct Person {
    /// The user, and a copy of the program that they can reach.
    other: Option<(u32, tempfile::TempDir)>,
}

#[cfg(unix)]
impl Person {
    /// Makes the home theirs.
    pub fn without_privilege(home: &super::Home) -> Self {
        if !rustix::process::geteuid().is_root() {
            return Self { other: None };
        }
        let folder = tempfile::TempDir::new().unwrap();
        super::plain::set_mode(folder.path(), 0o755);
        std::fs::copy(env!("CARGO_BIN_EXE_rekey"), folder.path().join("rekey")).unwrap();
        let person = Self {
            other: Some((NOBODY, folder)),
        };
        person.give(&home.path());
        person
    }

    /// Makes a folder that is theirs, and those above it.
    pub fn own(&self, home: &super::Home, folder: &std::path::Path) {
        std::fs::create_dir_all(home.join(folder.to_str().unwrap())).unwrap();
        for part in folder.ancestors() {
            self.give_one(&home.join(part.to_str().unwrap()));
        }
        super::plain::set_mode(&home.join(folder.to_str().unwrap()), 0o700);
    }

    fn give(&self, path: &std::path::Path) {
        self.give_one(path);
        let metadata = path.symlink_metadata().unwrap();
        if metadata.is_dir() {
            for entry in std::fs::read_dir(path).unwrap() {
                self.give(&entry.unwrap().path());
            }
        }
    }

    fn give_one(&self, path: &std::path::Path) {
        if let Some((user, _)) = &self.other {
            std::os::unix::fs::lchown(path, Some(*user), Some(*user)).unwrap();
        }
    }

    /// rekey on their home, started by them.
    pub fn rekey(&self, home: &super::Home, arguments: &[&str]) -> Answer {
        if self.other.is_none() {
            return home.rekey(arguments);
        }
        let mut command = self.command(env!("CARGO_BIN_EXE_rekey"));
        command.args(arguments).arg("--home").arg(home.path());
        bounded(command.env("USER", "dev"))
    }

    /// A program that they start, with nothing in its environment.
    pub fn command(&self, program: &str) -> Command {
        use std::os::unix::process::CommandExt as _;

        let rekey = env!("CARGO_BIN_EXE_rekey");
        let mut command = match &self.other {
            Some((user, folder)) => {
                let copy = folder.path().join("rekey");
                let reached = if program == rekey {
                    copy
                } else {
                    program.into()
                };
                let mut command = Command::new(reached);
                command.uid(*user).gid(*user);
                command
            }
            None => Command::new(program),
        };
        command.env_clear().stdin(Stdio::null()).current_dir("/");
        command
    }

    /// The same about `contoso`.
    pub fn about_contoso(&self, home: &super::Home, arguments: &[&str]) -> Answer {
        self.rekey(home, &[arguments, &super::about_contoso()].concat())
    }
}
