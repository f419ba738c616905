//! The two ways in which a file gets a name.

#![allow(unsafe_code, reason = "the standard library has no such calls")]

use std::cell::Cell;
use std::io;
use std::path::Path;

use windows_sys::Win32::Foundation::{
    ERROR_UNABLE_TO_MOVE_REPLACEMENT, ERROR_UNABLE_TO_MOVE_REPLACEMENT_2,
};
use windows_sys::Win32::Storage::FileSystem::{MOVEFILE_WRITE_THROUGH, MoveFileExW, ReplaceFileW};

use crate::platform::handles::{succeeded, wide};
use crate::platform::holders::patiently;

/// Puts `from` in the place of `to`, with what the system knows of `to` by itself: its short name, its object id.
///
/// # Errors
/// Where `to` is gone then, `from` is whole and waits for its name.
pub(super) fn replace(from: &Path, to: &Path) -> io::Result<()> {
    replace_by(from, to, by_system)
}

/// The call moves the old file away before it gives its name to the new one. Where a scanner holds the new file at that
/// moment, the name is nobody's, and all that is left is to give it to the new file: the call itself would only find no
/// file to replace.
fn replace_by(
    from: &Path,
    to: &Path,
    call: impl Fn(&Path, &Path) -> io::Result<()>,
) -> io::Result<()> {
    let moved_away = Cell::new(false);
    patiently(to, || {
        if !moved_away.get() {
            match call(from, to) {
                Err(error) if is_halfway(&error) && is_free(to) => moved_away.set(true),
                result => return result,
            }
        }
        put_new(from, to)
    })
}

/// By the documentation of `ReplaceFileW` the old file has lost its name after either, where no name for a copy was given.
fn is_halfway(error: &io::Error) -> bool {
    let code = error.raw_os_error().map(i32::cast_unsigned);
    matches!(
        code,
        Some(ERROR_UNABLE_TO_MOVE_REPLACEMENT | ERROR_UNABLE_TO_MOVE_REPLACEMENT_2)
    )
}

fn is_free(name: &Path) -> bool {
    std::fs::symlink_metadata(name).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

fn by_system(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(test)]
    if halfway::is_next() {
        return halfway::stop(to);
    }
    let (from, to) = (wide(from), wide(to));
    let none = std::ptr::null();
    // SAFETY: both names end in NUL and live through the call; the others may be null.
    succeeded(unsafe {
        ReplaceFileW(
            to.as_ptr(),
            from.as_ptr(),
            none,
            0,
            none.cast(),
            none.cast(),
        )
    })
}

/// Gives `from` the name `to`, unless something has it.
pub(super) fn put_new(from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (wide(from), wide(to));
    // SAFETY: both names end in NUL and live through the call.
    succeeded(unsafe { MoveFileExW(from.as_ptr(), to.as_ptr(), MOVEFILE_WRITE_THROUGH) })
}

/// A replacement that the system leaves halfway, which it does of itself only at the worst of moments.
#[cfg(test)]
pub(crate) mod halfway {
    use super::*;

    thread_local! {
        static NEXT: Cell<bool> = const { Cell::new(false) };
    }

    /// The next replacement of this thread takes the old file away and ends there.
    pub(crate) fn next() {
        NEXT.set(true);
    }

    pub(super) fn is_next() -> bool {
        NEXT.take()
    }

    pub(super) fn stop(to: &Path) -> io::Result<()> {
        std::fs::remove_file(to)?;
        // Not one of the errors by which it is finished at once: that fails as well then.
        Err(io::ErrorKind::PermissionDenied.into())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use std::os::windows::fs::OpenOptionsExt as _;
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_the_system_leaves_halfway_is_finished_although_a_scanner_holds_the_new_file() {
        for code in [
            ERROR_UNABLE_TO_MOVE_REPLACEMENT,
            ERROR_UNABLE_TO_MOVE_REPLACEMENT_2,
        ] {
            let folder = tempfile::tempdir().unwrap();
            let (from, to) = (folder.path().join("new"), folder.path().join("old"));
            std::fs::write(&from, "new").unwrap();
            std::fs::write(&to, "old").unwrap();
            let mut options = std::fs::OpenOptions::new();
            let held = options.read(true).share_mode(0).open(&from).unwrap();
            let soon = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(30));
                drop(held);
            });
            let calls = Cell::new(0);
            let halfway = |_: &Path, to: &Path| {
                calls.set(calls.get() + 1);
                std::fs::remove_file(to).unwrap();
                Err(io::Error::from_raw_os_error(code.cast_signed()))
            };
            replace_by(&from, &to, halfway).unwrap();
            soon.join().unwrap();
            assert_eq!(calls.get(), 1);
            assert_eq!(std::fs::read(&to).unwrap(), b"new");
        }
    }

    #[test]
    fn where_both_kept_their_names_it_is_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("new"), folder.path().join("old"));
        std::fs::write(&from, "new").unwrap();
        std::fs::write(&to, "old").unwrap();
        let first = Cell::new(true);
        let busy = |from: &Path, to: &Path| {
            if first.take() {
                let code = ERROR_UNABLE_TO_MOVE_REPLACEMENT.cast_signed();
                return Err(io::Error::from_raw_os_error(code));
            }
            by_system(from, to)
        };
        replace_by(&from, &to, busy).unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), b"new");
    }
}
