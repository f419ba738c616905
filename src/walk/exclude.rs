//! Folders that policy excludes, by name or path.

use std::ffi::OsStr;
use std::path::{Component, Path};

use crate::text::Wildcard;

/// `dist`, `*.bak`, `work/*/dist`, `/srv/mirror`, `~/old`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exclude {
    /// The names of the path from its end, `*` in them standing for any run of characters.
    reversed: Vec<String>,
    /// The path starts at the root of the file system.
    anchored: bool,
}

impl Exclude {
    /// `None` for a pattern that names nothing.
    pub(super) fn new(pattern: &str, home: Option<&Path>) -> Option<Self> {
        let expanded = match (pattern.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => home.join(rest).to_string_lossy().into_owned(),
            (Some(_), None) => return None,
            (None, _) => pattern.to_owned(),
        };
        let path = Path::new(&expanded);
        let mut reversed = Vec::new();
        for component in path.components().rev() {
            match component {
                Component::Normal(name) => reversed.push(name.to_string_lossy().into_owned()),
                Component::ParentDir => return None,
                Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
            }
        }
        (!reversed.is_empty()).then(|| Self {
            reversed,
            anchored: path.has_root(),
        })
    }

    /// Whether the entry `name` of `folder` is meant.
    pub(super) fn matches(&self, folder: &Path, name: &OsStr) -> bool {
        let mut path = folder
            .components()
            .rev()
            .filter_map(|component| match component {
                Component::Normal(name) => Some(name),
                _ => None,
            });
        let Some((last, before)) = self.reversed.split_first() else {
            return false;
        };
        like(last, name)
            && before
                .iter()
                .all(|part| path.next().is_some_and(|name| like(part, name)))
            && !(self.anchored && path.next().is_some())
    }
}

/// Whether a name fits a pattern with `*`; without case where the system has none.
fn like(pattern: &str, name: &OsStr) -> bool {
    let wildcard = Wildcard {
        question: false,
        any_case: cfg!(any(windows, target_os = "macos")),
    };
    wildcard.fits(pattern.as_bytes(), name.as_encoded_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excludes(pattern: &str, path: &str) -> bool {
        let path = Path::new(path);
        Exclude::new(pattern, Some(Path::new("/home/dev"))).is_some_and(|exclude| {
            exclude.matches(
                path.parent().unwrap_or(path),
                path.file_name().unwrap_or_default(),
            )
        })
    }

    #[test]
    fn a_name_is_excluded_everywhere() {
        assert!(excludes("dist", "/home/dev/shop/dist"));
        assert!(excludes("dist/", "/home/dev/shop/dist"));
        assert!(!excludes("dist", "/home/dev/shop/distant"));
    }

    #[test]
    fn an_absolute_path_is_excluded_there_only() {
        assert!(excludes("/srv/mirror", "/srv/mirror"));
        assert!(!excludes("/srv/mirror", "/home/dev/srv/mirror"));
        assert!(excludes("~/old", "/home/dev/old"));
        assert!(!excludes("~/old", "/home/dev/shop/old"));
        assert!(excludes("shop/dist", "/home/dev/shop/dist"));
    }

    #[test]
    fn a_star_stands_for_a_part_of_one_name() {
        assert!(excludes(
            "*.photoslibrary",
            "/home/dev/Pictures/a.photoslibrary"
        ));
        assert!(excludes("~/*/di*t", "/home/dev/shop/dist"));
        assert!(!excludes("~/*/dist", "/home/dev/shop/web/dist"));
        assert!(excludes("a*b*c", "/x/a1b2b3c"));
        assert!(!excludes("a*b*c", "/x/a1c2b3"));
        assert!(excludes("***", "/x/a"));
    }

    #[test]
    fn a_pattern_that_names_nothing_excludes_nothing() {
        for pattern in ["", "/", ".", "../x", "~/.."] {
            assert!(!excludes(pattern, "/home/dev/x"), "{pattern}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        assert!(!excludes(
            &"*a".repeat(64),
            &format!("/x/{}b", "a".repeat(250))
        ));
    }
}
