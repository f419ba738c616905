//! Starts rekey without a window, for whoever looks on: the logon task of Windows has no other way.

#[cfg(windows)]
mod job;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs the `rekey` that lies beside this program, with no window and nothing to read, and gives its exit code.
///
/// Nothing but that one file is ever started: neither `PATH` nor the current folder has a say. On Windows it ends when
/// this program is ended.
///
/// # Errors
/// One sentence that says why it does not start, or that it was ended from outside.
#[allow(
    clippy::disallowed_methods,
    reason = "this is where programs are started"
)]
pub fn rekey_beside(this_program: &Path, arguments: &[&str]) -> Result<i32, String> {
    show_no_dialog();
    let rekey = beside(this_program)?;
    let mut command = Command::new(&rekey);
    command
        .args(arguments)
        .stdin(Stdio::null())
        // What a run has to say is in its log, its report and `rekey status`.
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt as _;
        use windows_sys::Win32::System::Threading::CREATE_NO_WINDOW;

        command.creation_flags(CREATE_NO_WINDOW);
    }
    // Task Scheduler, at its time limit or when somebody ends the task, ends this program alone and gives no warning:
    // that goes to windows, and neither this program nor rekey has one. Left alone, rekey would go on beside the
    // next run. To end it at any moment is safe: its journal has each change before it is made, and the next run
    // finishes or takes back what was begun. Where Windows refuses the job, rekey runs all the same.
    #[cfg(windows)]
    let job = job::Job::with_this_program();
    let status = command
        .status()
        .map_err(|error| format!("{} does not start: {error}", rekey.display()));
    // What rekey has left running, such as an agent for keys, is not this program's to end.
    #[cfg(windows)]
    if let Ok(job) = job {
        job.let_go().unwrap_or_default();
    }
    let status = status?;
    status
        .code()
        .ok_or_else(|| format!("{} was ended from outside", rekey.display()))
}

fn beside(this_program: &Path) -> Result<PathBuf, String> {
    let folder = this_program
        .parent()
        .filter(|folder| folder.is_absolute())
        .ok_or_else(|| format!("{} is in no folder", this_program.display()))?;
    Ok(folder.join(format!("rekey{}", std::env::consts::EXE_SUFFIX)))
}

/// A crash, or a drive without a disk, would put a dialog in front of the person; a started program inherits this.
fn show_no_dialog() {
    #[cfg(windows)]
    #[allow(unsafe_code, reason = "the system call has no safe wrapper")]
    {
        use windows_sys::Win32::System::Diagnostics::Debug::{
            SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SEM_NOOPENFILEERRORBOX, SetErrorMode,
        };

        // SAFETY: it takes flags and touches no memory of this process.
        unsafe {
            SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::disallowed_methods,
        reason = "tests stop at the first surprise, and plant a program"
    )]

    use super::*;

    #[test]
    fn only_the_program_beside_it_is_started() {
        let folder = std::env::temp_dir();
        let rekey = beside(&folder.join("rekeyw")).unwrap_or_default();
        assert_eq!(rekey.parent(), Some(folder.as_path()));
        assert!(rekey.file_stem().is_some_and(|name| name == "rekey"));
        assert!(beside(Path::new("rekeyw")).is_err());
    }

    #[test]
    fn a_program_that_is_not_there_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let error = rekey_beside(&folder.path().join("rekeyw"), &["run"]).unwrap_err();
        assert!(error.contains("does not start"), "{error}");
    }

    // Not on Windows: the program that is started is a script; `installer/windows/test-msi` starts the real one there.
    #[cfg(unix)]
    #[test]
    fn arguments_go_in_and_the_exit_code_comes_out() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let rekey = folder.path().join("rekey");
        let script = "#!/bin/sh\n[ \"$*\" = 'run --unattended' ] || exit 9\nread -r line && exit 8\nexit 3\n";
        std::fs::write(&rekey, script).unwrap();
        std::fs::set_permissions(&rekey, std::fs::Permissions::from_mode(0o755)).unwrap();
        let code = rekey_beside(&folder.path().join("rekeyw"), &["run", "--unattended"]);
        assert_eq!(code, Ok(3));
    }
}
