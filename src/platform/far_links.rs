//! Links that lead to another machine. To resolve one is to sign in there: whoever gets a link into a repository
//! would be told what the person signs in with.

use std::path::{Component, Path, PathBuf, Prefix};

/// Windows itself follows no more ("Reparse points and file operations").
const MOST: usize = 63;

/// Whether the link at `path` leads to another machine while the home is on this one. Nothing is asked of that machine.
pub(super) fn is_far(path: &Path, home: &Path) -> bool {
    !is_remote(home) && leads_far(path, |link| std::fs::read_link(link).ok())
}

fn leads_far(path: &Path, target_of: impl Fn(&Path) -> Option<PathBuf>) -> bool {
    let mut path = path.to_owned();
    for _ in 0..MOST {
        if is_remote(&path) {
            return true;
        }
        let from_root: Vec<&Path> = path.ancestors().collect();
        let mut from_root = from_root.into_iter().rev();
        let Some((link, target)) = from_root.find_map(|link| Some((link, target_of(link)?))) else {
            return false;
        };
        let behind = path.strip_prefix(link).unwrap_or(Path::new(""));
        let parent = link.parent().unwrap_or(Path::new(""));
        path = without_steps_up(&parent.join(target).join(behind));
    }
    false
}

/// A share, or what only Windows itself knows to be none.
fn is_remote(path: &Path) -> bool {
    let Some(Component::Prefix(prefix)) = path.components().next() else {
        return false;
    };
    !matches!(prefix.kind(), Prefix::Disk(_) | Prefix::VerbatimDisk(_))
}

fn without_steps_up(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                result.pop();
            }
            Component::CurDir => {}
            other => result.push(other),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target_of(link: &Path) -> Option<PathBuf> {
        let links = [
            (r"\\?\C:\home\near", "shop"),
            (r"\\?\C:\home\far", r"\\files\users"),
            (r"\\?\C:\home\device", r"\\.\UNC\files\users"),
            (r"\\?\C:\home\shop\chain", r"..\far\.npmrc"),
            (r"\\?\C:\home\absolute", r"C:\home\shop"),
            (r"\\?\C:\home\round", "round"),
        ];
        let mut links = links.into_iter();
        let found = links.find(|(known, _)| link == Path::new(known));
        found.map(|(_, target)| target.into())
    }

    #[test]
    fn a_link_to_another_machine_is_known_before_it_is_asked() {
        for (path, far) in [
            (r"\\?\C:\home\.npmrc", false),
            (r"\\?\C:\home\near\.npmrc", false),
            (r"\\?\C:\home\far", true),
            (r"\\?\C:\home\far\.npmrc", true),
            (r"\\?\C:\home\device", true),
            (r"\\?\C:\home\near\chain", true),
            (r"\\?\C:\home\absolute\.npmrc", false),
            (r"\\?\C:\home\round", false),
        ] {
            assert_eq!(leads_far(Path::new(path), target_of), far, "{path}");
        }
    }

    #[test]
    fn a_home_on_a_share_has_its_links_there() {
        let home = Path::new(r"\\?\UNC\files\users\dev");
        assert!(!is_far(&home.join("link"), home));
    }
}
