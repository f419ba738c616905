//! Whose home it is, and who we are.

use std::path::Path;

/// Safety rule 1: rekey works as the person, in a home that they own.
#[cfg(unix)]
pub(super) fn may_change(home: &Path) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt as _;

    let owner = std::fs::metadata(home)
        .map_err(|error| format!("the home folder {} cannot be read: {error}", home.display()))?
        .uid();
    let me = rustix::process::geteuid().as_raw();
    if owner == me {
        return Ok(());
    }
    Err(format!(
        "{} belongs to another user (uid {owner}, this is uid {me}): run rekey as that person",
        home.display()
    ))
}

#[cfg(windows)]
pub(super) use super::windows::may_change;

/// The sign-in name, from the environment of the session.
pub(super) fn person() -> String {
    ["USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| "unknown".to_owned())
}

/// The version of the operating system.
pub(super) fn version() -> Option<String> {
    #[cfg(target_os = "linux")]
    return super::linux::version();
    #[cfg(target_os = "macos")]
    return super::macos::version();
    #[cfg(windows)]
    return super::windows::version();
}
