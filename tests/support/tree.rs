//! A home's whole content, to compare before and after.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::layout::STATE;

/// Larger files are compared by their length and time, in bytes.
const LARGE: u64 = 64 * 1024 * 1024;

/// One file, link or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    Folder {
        mode: u32,
    },
    File {
        mode: u32,
        bytes: Vec<u8>,
        written: std::time::SystemTime,
    },
    /// A file that is too large to be compared by its bytes.
    Large {
        mode: u32,
        length: u64,
        written: std::time::SystemTime,
    },
    Link(PathBuf),
    Other,
}

/// Everything below a folder but rekey's own state.
pub fn tree(root: &Path) -> BTreeMap<PathBuf, Entry> {
    let mut entries = BTreeMap::new();
    collect(root, root, &mut entries);
    entries
}

/// The paths that differ between two trees.
pub fn differences(
    before: &BTreeMap<PathBuf, Entry>,
    after: &BTreeMap<PathBuf, Entry>,
) -> Vec<String> {
    let mut paths: Vec<_> = before
        .keys()
        .chain(after.keys())
        .filter(|path| before.get(*path) != after.get(*path))
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

fn collect(root: &Path, folder: &Path, entries: &mut BTreeMap<PathBuf, Entry>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_owned();
        if name == Path::new(STATE) {
            continue;
        }
        let metadata = std::fs::symlink_metadata(&path).unwrap();
        let mode = mode(&metadata);
        let entry = if metadata.is_symlink() {
            Entry::Link(std::fs::read_link(&path).unwrap())
        } else if metadata.is_dir() {
            collect(root, &path, entries);
            // Folders that only lead to rekey's own state come with it.
            if Path::new(STATE).components().next() == name.components().next() {
                continue;
            }
            Entry::Folder { mode }
        } else if metadata.is_file() {
            let written = metadata.modified().unwrap();
            let length = metadata.len();
            if length > LARGE {
                let entry = Entry::Large {
                    mode,
                    length,
                    written,
                };
                entries.insert(name, entry);
                continue;
            }
            Entry::File {
                mode,
                // What may not be read is compared by its mode and time.
                bytes: std::fs::read(&path).unwrap_or_default(),
                written,
            }
        } else {
            Entry::Other
        };
        entries.insert(name, entry);
    }
}

#[cfg(unix)]
fn mode(metadata: &std::fs::Metadata) -> u32 {
    std::os::unix::fs::MetadataExt::mode(metadata)
}

#[cfg(not(unix))]
fn mode(_metadata: &std::fs::Metadata) -> u32 {
    0
}
