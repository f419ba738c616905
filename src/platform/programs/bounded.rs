//! One program that is asked something: what it may say, and how long it may take, have an end.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use zeroize::{Zeroize as _, Zeroizing};

use crate::model::Secret;

/// How often a program is looked at.
const STEP: Duration = Duration::from_millis(2);
/// How long what a program has said may take to arrive after its end.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// What to start.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Its absolute path.
    pub program: &'a Path,
    /// What follows its name.
    pub arguments: &'a [&'a OsStr],
    /// What it reads from standard input; no secret is given to a program in any other way.
    pub input: &'a [u8],
    /// How long it may take.
    pub limit: Duration,
    /// How many bytes it may say. With 0 nobody listens, and what it leaves running in the background is not waited for.
    pub most: usize,
}

/// What a program said.
#[derive(Debug)]
pub struct Said {
    /// Its exit code was 0.
    pub success: bool,
    /// Standard output. It may hold a secret, so it is one.
    pub output: Secret,
    /// The beginning of standard error, where somebody listens to it; a secret for the same reason.
    pub errors: Secret,
}

/// How it is listened to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Manner {
    /// How many bytes of what it says of errors are heard.
    pub(super) most_errors: usize,
    /// It may read from the person's terminal.
    #[cfg_attr(
        not(unix),
        expect(dead_code, reason = "nothing keeps a program from the console there")
    )]
    pub(super) on_terminal: bool,
}

/// Why a program said nothing that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProgramFault {
    /// The system refused to start it.
    #[error("it does not start ({0})")]
    NoStart(String),
    /// It was ended when its time was over.
    #[error("it did not answer in {} s", .0.as_secs())]
    Late(Duration),
    /// It said more than it may.
    #[error("it says too much")]
    TooMuch,
    /// The system lost it.
    #[error("it cannot be watched ({0})")]
    Lost(String),
}

/// Starts it and waits for its end.
pub(super) fn run(
    call: &Call<'_>,
    environment: &[(OsString, OsString)],
    manner: Manner,
) -> Result<Said, ProgramFault> {
    let mut child = spawn(call, environment, manner)?;
    if let Some(mut stdin) = child.stdin.take() {
        let mut input = call.input.to_vec();
        // A program that does not read would hold up who writes.
        std::thread::spawn(move || {
            let _ = stdin.write_all(&input);
            input.zeroize();
        });
    }
    let said = child.stdout.take().map(|pipe| gather(pipe, call.most));
    let errors = child
        .stderr
        .take()
        .map(|pipe| gather(pipe, manner.most_errors));
    let is_heard = said.is_some();
    if let Err(fault) = wait(&mut child, call.limit) {
        end(&mut child);
        return Err(fault);
    }
    let said = said.and_then(|said| said.recv_timeout(LAST_WORDS).ok());
    let nothing = (!is_heard).then(Vec::new);
    let Some(mut bytes) = said.or(nothing) else {
        end(&mut child);
        return Err(ProgramFault::Late(call.limit));
    };
    let errors = errors.and_then(|errors| errors.recv_timeout(LAST_WORDS).ok());
    let errors = Zeroizing::new(errors.unwrap_or_default());
    let errors = Secret::new(String::from_utf8_lossy(&errors));
    let status = child.wait();
    if bytes.len() > call.most {
        bytes.zeroize();
        return Err(ProgramFault::TooMuch);
    }
    let output = Secret::new(String::from_utf8_lossy(&bytes));
    bytes.zeroize();
    let status = status.map_err(|error| ProgramFault::Lost(error.to_string()))?;
    Ok(Said {
        success: status.success(),
        output,
        errors,
    })
}

#[allow(
    clippy::disallowed_methods,
    reason = "this is where programs are started"
)]
fn spawn(
    call: &Call<'_>,
    environment: &[(OsString, OsString)],
    manner: Manner,
) -> Result<Child, ProgramFault> {
    let mut command = Command::new(call.program);
    command
        .args(call.arguments)
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::piped())
        .stdout(if call.most == 0 {
            Stdio::null()
        } else {
            Stdio::piped()
        })
        .stderr(if manner.most_errors > 0 {
            Stdio::piped()
        } else {
            // What goes there may be anything, and nobody reads it.
            Stdio::null()
        });
    // Settings of the current folder, which may be anybody's, must not reach it, and those of a repository that the
    // program lies in must not either. On Windows everybody may put one into the root.
    let folder = if cfg!(windows) {
        call.program.parent()
    } else {
        call.program.ancestors().last()
    };
    if let Some(folder) = folder {
        let above = folder.parent().unwrap_or(folder);
        command
            .current_dir(folder)
            .env("GIT_CEILING_DIRECTORIES", above);
    }
    #[cfg(unix)]
    if !manner.on_terminal {
        use std::os::unix::process::CommandExt as _;

        // A group of its own can be ended whole, and cannot read from the person's terminal.
        command.process_group(0);
    }
    command
        .spawn()
        .map_err(|error| ProgramFault::NoStart(error.to_string()))
}

/// Reads to the end, or one byte more than it may be.
fn gather(pipe: impl Read + Send + 'static, most: usize) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        // Growing would leave copies of a secret behind.
        let mut bytes = Vec::with_capacity(most + 1);
        let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        let _ = pipe.take(limit).read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

fn wait(child: &mut Child, limit: Duration) -> Result<(), ProgramFault> {
    let begin = Instant::now();
    loop {
        match has_ended(child) {
            Ok(true) => return Ok(()),
            Ok(false) if begin.elapsed() >= limit => return Err(ProgramFault::Late(limit)),
            Ok(false) => std::thread::sleep(STEP),
            Err(error) => return Err(ProgramFault::Lost(error.to_string())),
        }
    }
}

/// Leaves its status to be fetched: until then no other group can get its number, which may still be ended.
#[cfg(unix)]
fn has_ended(child: &mut Child) -> std::io::Result<bool> {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

    let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let id = id.ok_or(std::io::ErrorKind::NotFound)?;
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    Ok(waitid(WaitId::Pid(id), look)?.is_some())
}

#[cfg(windows)]
fn has_ended(child: &mut Child) -> std::io::Result<bool> {
    Ok(child.try_wait()?.is_some())
}

/// Ends it, and on Unix all that it started.
fn end(child: &mut Child) {
    #[cfg(unix)]
    {
        use rustix::process::{Pid, Signal, kill_process_group};

        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
    let _ = child.kill();
    let _ = child.wait();
}

// Not on Windows: the programs are of Unix.
#[cfg(all(test, unix))]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::disallowed_methods,
        reason = "tests stop at the first surprise"
    )]

    use super::*;
    use crate::platform::programs::Programs;

    fn shell(script: &str, input: &str, limit: Duration) -> Result<Said, ProgramFault> {
        let environment = |name: &str| match name {
            "PATH" => Some("/usr/bin:/bin".into()),
            "HOME" => Some("/nowhere".into()),
            "GIT_DIR" | "LD_PRELOAD" => Some("/evil".into()),
            _ => None,
        };
        let programs = Programs::new(environment);
        programs.run(&Call {
            program: &programs.find("sh").unwrap(),
            arguments: &["-c".as_ref(), script.as_ref()],
            input: input.as_bytes(),
            limit,
            most: 1_000,
        })
    }

    const LONG: Duration = Duration::from_mins(1);

    #[test]
    fn a_program_reads_its_input_and_its_words_are_a_secret() {
        let said = shell("read word; echo got $word; exit 3", "hunter2\n", LONG).unwrap();
        assert!(!said.success);
        assert_eq!(said.output.expose(), "got hunter2\n");
        assert!(!format!("{said:?}").contains("hunter2"));
    }

    #[test]
    fn it_sees_only_what_it_may() {
        let said = shell("env | cut -d= -f1 | sort", "", LONG).unwrap();
        let seen: Vec<&str> = said.output.expose().lines().collect();
        for passed in [
            "HOME",
            "PATH",
            "GIT_TERMINAL_PROMPT",
            "GCM_INTERACTIVE",
            "SSH_ASKPASS",
        ] {
            assert!(seen.contains(&passed), "{seen:?}");
        }
        for kept_back in ["GIT_DIR", "LD_PRELOAD", "DISPLAY"] {
            assert!(!seen.contains(&kept_back), "{seen:?}");
        }
    }

    #[test]
    fn no_repository_around_the_program_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("bin/tool");
        std::fs::create_dir_all(folder.path().join("bin")).unwrap();
        std::fs::create_dir_all(folder.path().join(".git")).unwrap();
        let script = "#!/bin/sh\npwd; git rev-parse --git-dir || echo none\n";
        let mut file = tempfile::NamedTempFile::new_in(folder.path()).unwrap();
        file.write_all(script.as_bytes()).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        file.as_file().set_permissions(mode).unwrap();
        file.into_temp_path().persist(&program).unwrap();
        let call = Call {
            program: &program,
            arguments: &[],
            input: b"",
            limit: LONG,
            most: 1_000,
        };
        let environment = [("PATH".into(), "/usr/bin:/bin".into())];
        let said = run(&call, &environment, Manner::default()).unwrap();
        assert_eq!(said.output.expose(), "/\nnone\n");
    }

    #[test]
    fn one_that_hangs_is_ended_with_all_that_it_started() {
        let limit = Duration::from_millis(300);
        let begin = Instant::now();
        assert_eq!(
            shell("sleep 1000 & sleep 1000", "", limit).unwrap_err(),
            ProgramFault::Late(limit)
        );
        // One that goes on in the background holds the pipe.
        assert!(shell("sleep 1000 & exit 0", "", limit).is_err());
        assert!(begin.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn one_that_nobody_listens_to_may_go_on_in_the_background() {
        let programs = Programs::new(|name| (name == "PATH").then(|| "/usr/bin:/bin".into()));
        let begin = Instant::now();
        let said = programs.run(&Call {
            program: &programs.find("sh").unwrap(),
            arguments: &["-c".as_ref(), "echo x; sleep 30 & exit 3".as_ref()],
            input: b"",
            limit: LONG,
            most: 0,
        });
        let said = said.unwrap();
        assert_eq!((said.success, said.output.expose()), (false, ""));
        assert!(begin.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn one_that_never_stops_talking_is_cut_off() {
        assert_eq!(
            shell("head -c 1001 /dev/zero", "", LONG).unwrap_err(),
            ProgramFault::TooMuch
        );
        let limit = Duration::from_secs(5);
        assert!(shell("yes", "", limit).is_err());
    }

    #[test]
    fn one_that_does_not_read_is_waited_for_all_the_same() {
        let input = "x".repeat(1 << 20);
        assert!(shell("exit 0", &input, LONG).unwrap().success);
    }

    #[test]
    fn what_it_says_of_errors_is_heard_where_that_is_asked_for() {
        let programs = Programs::new(|name| (name == "PATH").then(|| "/usr/bin:/bin".into()));
        let programs = programs.with("WORD", "one").with("WORD", "two");
        let said = programs.hear(
            &Call {
                program: &programs.find("sh").unwrap(),
                arguments: &["-c".as_ref(), "echo out; echo $WORD >&2; exit 1".as_ref()],
                input: b"",
                limit: LONG,
                most: 1_000,
            },
            false,
        );
        let said = said.unwrap();
        assert_eq!(said.output.expose(), "out\n");
        assert_eq!(said.errors.expose(), "two\n");
    }

    #[test]
    fn one_that_is_not_there_is_told() {
        let call = Call {
            program: Path::new("/nowhere/at/all"),
            arguments: &[],
            input: b"",
            limit: LONG,
            most: 1,
        };
        assert!(matches!(
            run(&call, &[], Manner::default()),
            Err(ProgramFault::NoStart(_))
        ));
    }
}
