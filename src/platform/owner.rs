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
pub(super) use super::profiles::{is_service as is_system, may_change};

/// Whether this is root: whoever looks on at a desktop is somebody else.
#[cfg(unix)]
pub(super) fn is_system() -> bool {
    rustix::process::geteuid().is_root()
}

/// The sign-in name, from the environment of the session; device management may start rekey without one,
/// and then the home's own name tells people apart.
pub(super) fn person(home: &Path) -> String {
    ["USER", "LOGNAME", "USERNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .or_else(|| {
            home.file_name()
                .map(|name| name.to_string_lossy().into_owned())
        })
        .unwrap_or_else(|| "unknown".to_owned())
}

// Not on Windows: owners by number; `profiles.rs` asks the same there.
#[cfg(all(test, unix))]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::disallowed_methods,
        reason = "tests stop at the first surprise, and need a folder of another user"
    )]

    use std::os::unix::fs::{MetadataExt as _, chown};

    use super::*;

    #[test]
    fn a_home_of_ones_own_may_be_changed() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(may_change(home.path()), Ok(()));
        assert!(may_change(&home.path().join("gone")).is_err_and(|error| error.contains("gone")));
    }

    #[test]
    fn another_users_home_may_not_even_by_root() {
        let home = tempfile::tempdir().unwrap();
        let me = rustix::process::geteuid().as_raw();
        // Only root can give a folder away; others try the root folder.
        let others = if chown(home.path(), Some(me + 1), None).is_ok() {
            home.path()
        } else {
            Path::new("/")
        };
        assert_ne!(std::fs::metadata(others).unwrap().uid(), me);
        assert!(may_change(others).is_err_and(|error| error.contains("another user")));
    }
}
