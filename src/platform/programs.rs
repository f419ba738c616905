//! Other programs: found by absolute path, started with nothing to read or to ask.

mod attended;
mod azure_cli;
mod bounded;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::time::Duration;

use bounded::Manner;
pub use bounded::{Call, ProgramFault, Said};

/// How long to watch whether a program fails at once.
#[cfg(unix)]
const WATCHED: Duration = Duration::from_secs(2);

/// The variables that a program may see beside `PATH`: where the person's files and the session's services are.
const PASSED: &[&str] = &[
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "GNUPGHOME",
    "SystemRoot",
    // Git for Windows takes these two for the home before the profile (git, compat/mingw.c).
    "HOMEDRIVE",
    "HOMEPATH",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "ProgramData",
    "TEMP",
    "TMP",
];

/// The variables by which a program finds the person's screen.
#[cfg(target_os = "linux")]
const OF_DESKTOP: &[&str] = &["DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY"];

/// The variables by which a program that talks with the person knows how.
const OF_TERMINAL: &[&str] = &["TERM", "LANG", "LC_ALL", "LC_CTYPE", "LC_MESSAGES"];

/// How much a program may say of errors, in bytes; what follows is not heard.
const MOST_ERRORS: usize = 64 * 1024;

/// What keeps git and gpg from asking, and from settings that could make them start something else.
const QUIET: &[(&str, &str)] = &[
    ("LC_ALL", "C"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GCM_INTERACTIVE", "never"),
    ("GIT_ASKPASS", ""),
    ("SSH_ASKPASS", ""),
    // Aliases, hooks and traces are settings; a helper of git's own needs none of them.
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
];

/// The programs of this machine, started as the person.
#[derive(Debug, Clone)]
pub struct Programs {
    folders: Vec<PathBuf>,
    environment: Vec<(OsString, OsString)>,
    /// What the Azure CLI may see beside it.
    of_azure_cli: Vec<(OsString, OsString)>,
}

impl Programs {
    /// The programs in the absolute folders of `PATH`, as these variables name them.
    pub fn new(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let folders = absolute_folders(variable("PATH"));
        let mut environment: Vec<(OsString, OsString)> = PASSED
            .iter()
            .filter_map(|name| Some((OsString::from(name), variable(name)?)))
            .collect();
        if let Ok(path) = std::env::join_paths(&folders) {
            environment.push(("PATH".into(), path));
        }
        environment.extend(
            QUIET
                .iter()
                .map(|(name, value)| (OsString::from(name), OsString::from(value))),
        );
        Self {
            folders,
            environment,
            of_azure_cli: azure_cli::environment(variable),
        }
    }

    /// The same programs, which may also find the person's screen.
    #[cfg(target_os = "linux")]
    pub(super) fn on_desktop(mut self, variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let known = OF_DESKTOP.iter();
        let set = known.filter_map(|name| Some((OsString::from(name), variable(name)?)));
        self.environment.extend(set);
        self
    }

    /// The program of this name.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        find_in(&self.folders, name)
    }

    /// git itself, and never a stand-in that offers to install it.
    pub fn git(&self) -> Option<PathBuf> {
        const USUAL: &[&str] = if cfg!(target_os = "macos") {
            &[
                "/Library/Developer/CommandLineTools/usr/bin/git",
                "/Applications/Xcode.app/Contents/Developer/usr/bin/git",
            ]
        } else if cfg!(windows) {
            &[r"C:\Program Files\Git\cmd\git.exe"]
        } else {
            &["/usr/bin/git"]
        };
        let is_stand_in =
            |path: &PathBuf| cfg!(target_os = "macos") && path.starts_with("/usr/bin");
        self.find("git")
            .filter(|path| !is_stand_in(path))
            .or_else(|| {
                let mut usual = USUAL.iter().map(PathBuf::from);
                usual.find(|path| is_executable(path))
            })
    }

    /// The same programs, which also see this variable. It is never a secret.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Starts a program and waits for its end, but no longer than it was given.
    ///
    /// # Errors
    /// A [`ProgramFault`].
    pub fn run(&self, call: &Call<'_>) -> Result<Said, ProgramFault> {
        bounded::run(call, &self.environment, Manner::default())
    }

    /// The same, and what it says of errors is heard too. On a terminal it may ask the person there.
    ///
    /// # Errors
    /// A [`ProgramFault`].
    pub fn hear(&self, call: &Call<'_>, on_terminal: bool) -> Result<Said, ProgramFault> {
        let manner = Manner {
            most_errors: MOST_ERRORS,
            on_terminal,
        };
        bounded::run(call, &self.environment, manner)
    }

    /// Starts a program that talks with the person on their terminal, and waits for its end; true where it succeeded.
    ///
    /// # Errors
    /// A [`ProgramFault`] where it does not start.
    pub fn attend(
        &self,
        program: &Path,
        arguments: &[&OsStr],
        folder: &Path,
    ) -> Result<bool, ProgramFault> {
        let mut environment = self.environment.clone();
        // It speaks the person's language, and knows how to draw.
        environment.retain(|(name, _)| name != "LC_ALL");
        environment.extend(
            OF_TERMINAL
                .iter()
                .filter_map(|name| Some((OsString::from(name), std::env::var_os(name)?))),
        );
        attended::attend(program, arguments, &environment, folder)
    }
}

/// A relative folder, such as `.`, would let whoever fills the current folder choose the program.
fn absolute_folders(path: Option<OsString>) -> Vec<PathBuf> {
    let path = path.unwrap_or_default();
    std::env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .collect()
}

fn find_in(folders: &[PathBuf], name: &str) -> Option<PathBuf> {
    find_file_in(folders, &format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

fn find_file_in(folders: &[PathBuf], name: &str) -> Option<PathBuf> {
    folders
        .iter()
        .map(|folder| folder.join(name))
        .find(|program| is_executable(program))
}

/// The program of this name in one of the absolute folders of `PATH`.
#[cfg(any(target_os = "linux", all(test, unix)))]
pub(super) fn find(name: &str) -> Option<PathBuf> {
    find_in(&absolute_folders(std::env::var_os("PATH")), name)
}

#[cfg(unix)]
fn is_executable(program: &Path) -> bool {
    program.is_file() && rustix::fs::access(program, rustix::fs::Access::EXEC_OK).is_ok()
}

#[cfg(windows)]
fn is_executable(program: &Path) -> bool {
    program.is_file()
}

/// Starts a program that shows something to the person, and does not wait for its end.
///
/// # Errors
/// A few words where it cannot start, or fails at once.
#[cfg(unix)]
#[allow(
    clippy::disallowed_methods,
    reason = "this is where programs are started"
)]
pub(super) fn start(program: &Path, arguments: &[&str]) -> Result<(), String> {
    use std::process::{Command, Stdio};

    let shown = program.display();
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{shown} does not start ({error})"))?;
    let step = Duration::from_millis(20);
    let mut watched = Duration::ZERO;
    while watched < WATCHED {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("{shown} failed ({status})")),
            Ok(None) => {}
            Err(error) => return Err(format!("{shown} cannot be watched ({error})")),
        }
        std::thread::sleep(step);
        watched += step;
    }
    Ok(())
}

// Not on Windows: the programs are of Unix.
#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_by_its_absolute_path() {
        assert!(find("sh").is_some_and(|path| path.is_absolute()));
        assert_eq!(find("no-program-has-this-name"), None);
        // A folder is no program.
        assert_eq!(find("."), None);
    }

    #[test]
    fn a_relative_folder_of_path_is_not_looked_into() {
        let programs = Programs::new(|name| (name == "PATH").then(|| ".:bin:/bin".into()));
        assert_eq!(programs.folders, [PathBuf::from("/bin")]);
        assert_eq!(programs.find("sh"), Some(PathBuf::from("/bin/sh")));
    }

    #[test]
    fn git_finds_the_home_that_it_finds_without_rekey() {
        let programs = Programs::new(|name| Some(name.into()));
        for name in ["HOME", "HOMEDRIVE", "HOMEPATH", "USERPROFILE"] {
            let passed = (OsString::from(name), OsString::from(name));
            assert!(programs.environment.contains(&passed), "{name}");
        }
    }

    #[test]
    fn a_program_that_fails_at_once_is_told() {
        let shell = find("sh").unwrap_or_default();
        assert_eq!(start(&shell, &["-c", "exit 0"]), Ok(()));
        assert!(start(&shell, &["-c", "exit 3"]).is_err_and(|error| error.contains('3')));
        assert!(start(Path::new("/nowhere/at/all"), &[]).is_err());
    }
}
