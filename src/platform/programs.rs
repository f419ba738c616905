//! Other programs: found by absolute path, started with nothing to read or to ask.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// How long to watch whether a program fails at once.
const WATCHED: Duration = Duration::from_secs(2);

/// The program of this name in one of the absolute folders of `PATH`.
///
/// A relative folder, such as `.`, would let whoever fills the current folder choose the program.
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "other systems have fixed paths")
)]
pub(super) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|program| is_executable(program))
}

#[cfg(unix)]
fn is_executable(program: &Path) -> bool {
    program.is_file() && rustix::fs::access(program, rustix::fs::Access::EXEC_OK).is_ok()
}

/// Starts a program that shows something to the person, and does not wait for its end.
///
/// # Errors
/// A few words where it cannot start, or fails at once.
#[allow(
    clippy::disallowed_methods,
    reason = "this is where programs are started"
)]
pub(super) fn start(program: &Path, arguments: &[&str]) -> Result<(), String> {
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

#[cfg(test)]
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
    fn a_program_that_fails_at_once_is_told() {
        let shell = find("sh").unwrap_or_default();
        assert_eq!(start(&shell, &["-c", "exit 0"]), Ok(()));
        assert!(start(&shell, &["-c", "exit 3"]).is_err_and(|error| error.contains('3')));
        assert!(start(Path::new("/nowhere/at/all"), &[]).is_err());
    }
}
