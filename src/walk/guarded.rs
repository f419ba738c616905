//! Folders that macOS guards: whoever looks into one makes it ask the person, where neither they nor management have
//! answered before.
//!
//! Sources: support.apple.com, "Control access to files and folders on Mac"; developer.apple.com, "Privacy Preferences Policy
//! Control" (`SystemPolicyDesktopFolder`, `SystemPolicyDocumentsFolder`, `SystemPolicyDownloadsFolder`,
//! `SystemPolicyNetworkVolumes`, `SystemPolicyRemovableVolumes`). Below cloud folders, looking fetches files, too.

use std::path::{Component, Path, PathBuf};

/// Below the home.
const IN_HOME: &[&str] = &[
    "Desktop",
    "Documents",
    "Downloads",
    "Library/CloudStorage",
    "Library/Mobile Documents",
    "Pictures/Photos Library.photoslibrary",
];
/// Where other disks and networks are mounted.
const VOLUMES: &str = "/Volumes";

const REASON: &str =
    "macOS guards this folder and would ask you: name it, or a folder below it, in scan.roots";
/// Links that lead on and on lead nowhere.
const MOST_LINKS: usize = 8;

/// Folders that are not entered uninvited; none on other systems.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guarded {
    folders: Vec<PathBuf>,
    invited: Vec<PathBuf>,
}

impl Guarded {
    /// Those of a person's own Mac. Who names a root that is one, or lies below one, has invited rekey there.
    pub fn of_macos(home: &Path, roots: &[PathBuf]) -> Self {
        let in_home = IN_HOME.iter().map(|name| home.join(name));
        let volumes = PathBuf::from(VOLUMES);
        let mut folders: Vec<PathBuf> = in_home.chain([volumes]).collect();
        // A home on another disk is a home.
        folders.retain(|folder| !is_below(home, folder));
        let invited = roots.iter();
        let invited = invited.filter(|root| folders.iter().any(|folder| is_below(root, folder)));
        Self {
            invited: invited.cloned().collect(),
            folders,
        }
    }

    /// The folders themselves, and why they are not entered.
    pub(super) fn folders(&self) -> impl Iterator<Item = (&Path, &'static str)> {
        let folders = self.folders.iter();
        folders.map(|folder| (folder.as_path(), REASON))
    }

    /// Why a file is not looked at, there or where it leads.
    pub fn forbids(&self, path: &Path) -> Option<&'static str> {
        if self.folders.is_empty() {
            return None;
        }
        let mut path = path.to_owned();
        for _ in 0..MOST_LINKS {
            if self.is_uninvited(&path) {
                return Some(REASON);
            }
            let target = path.read_link().ok()?;
            path = plain(&path.parent()?.join(target));
        }
        None
    }

    fn is_uninvited(&self, path: &Path) -> bool {
        let below = |folders: &[PathBuf]| folders.iter().any(|folder| is_below(path, folder));
        below(&self.folders) && !below(&self.invited)
    }
}

/// Whether a path is a folder or lies in it. Disks of macOS know no case, unless somebody made them so.
fn is_below(path: &Path, folder: &Path) -> bool {
    let mut names = path.components();
    folder.components().all(|wanted| {
        names
            .next()
            .is_some_and(|name| name.as_os_str().eq_ignore_ascii_case(wanted.as_os_str()))
    })
}

/// Without `.` and `..`, as they are written.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guarded(roots: &[&str]) -> Guarded {
        let roots: Vec<_> = roots.iter().map(PathBuf::from).collect();
        Guarded::of_macos(Path::new("/Users/dev"), &roots)
    }

    fn forbids(roots: &[&str], path: &str) -> bool {
        guarded(roots).forbids(Path::new(path)).is_some()
    }

    #[test]
    fn what_macos_guards_is_not_entered_uninvited() {
        for (path, forbidden) in [
            ("/Users/dev/Documents", true),
            ("/Users/dev/documents/src/.npmrc", true),
            ("/Users/dev/Desktop/a", true),
            (
                "/Users/dev/Library/Mobile Documents/com~apple~CloudDocs/a",
                true,
            ),
            ("/Users/dev/Library/CloudStorage/OneDrive-Contoso/a", true),
            ("/Volumes/disk/src", true),
            ("/Users/dev/src/Documents/a", false),
            ("/Users/dev/DocumentsOld", false),
            ("/Users/dev/Library/Application Support/pip/pip.conf", false),
            ("/Users/dev/.npmrc", false),
            ("/etc/npmrc", false),
        ] {
            assert_eq!(forbids(&["/Users/dev"], path), forbidden, "{path}");
        }
    }

    #[test]
    fn a_root_invites_to_itself_and_no_further() {
        let roots = ["/Users/dev", "/Users/dev/Documents/src", "/Volumes/code"];
        for (path, forbidden) in [
            ("/Users/dev/Documents/src/shop/.npmrc", false),
            ("/Users/dev/Documents/other", true),
            ("/Users/dev/Desktop", true),
            ("/Volumes/code/a", false),
            ("/Volumes/backup/a", true),
        ] {
            assert_eq!(forbids(&roots, path), forbidden, "{path}");
        }
        assert!(!forbids(
            &["/Users/dev/Documents"],
            "/Users/dev/Documents/a"
        ));
    }

    #[test]
    fn a_home_on_another_disk_is_at_home_there() {
        let guarded = Guarded::of_macos(Path::new("/Volumes/disk/dev"), &[]);
        let forbids = |path: &str| guarded.forbids(Path::new(path)).is_some();
        assert!(!forbids("/Volumes/disk/dev/.npmrc"));
        assert!(forbids("/Volumes/disk/dev/Documents/a"));
    }

    #[test]
    fn other_systems_guard_nothing() {
        let path = Path::new("/Users/dev/Documents");
        assert_eq!(Guarded::default().forbids(path), None);
    }

    // Not on Windows: it makes links for administrators alone.
    #[cfg(unix)]
    #[test]
    #[allow(
        clippy::unwrap_used,
        clippy::disallowed_methods,
        reason = "a test prepares its own folder"
    )]
    fn a_link_into_a_guarded_folder_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().canonicalize().unwrap();
        let guarded = Guarded::of_macos(&home, &[]);
        std::fs::create_dir(home.join("dotfiles")).unwrap();
        for (target, link, forbidden) in [
            ("Documents/dotfiles/npmrc", ".npmrc", true),
            (".npmrc", ".netrc", true),
            ("../Documents/x", "dotfiles/x", true),
            ("dotfiles/y", ".pypirc", false),
            (".loop", ".loop", false),
        ] {
            std::os::unix::fs::symlink(target, home.join(link)).unwrap();
            let found = guarded.forbids(&home.join(link)).is_some();
            assert_eq!(found, forbidden, "{link}");
        }
    }
}
