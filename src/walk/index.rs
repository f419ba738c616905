//! Whether git's index lists a path, read from its beginning to its end and kept nowhere (gitformat-index(5)).
//!
//! An index of 100,000 files has 9 MB. libgit2 takes 25 MB for it; the answer here takes 64 KB.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use sha1::{Digest as _, Sha1};

use crate::platform::read;

const ROOM: usize = 64 * 1024;
/// No path of a file system is longer.
const LONGEST_NAME: u64 = 64 * 1024;
/// The checksum at the end: of SHA-1, or nothing is understood.
const CHECKSUM: u64 = HASH as u64;
const HASH: usize = 20;
/// What stands before the name of an entry: status, mode, object, flags.
const HEAD: usize = 62;
const MODE_AT: usize = 24;
const FLAGS_AT: usize = 60;
/// A length that does not fit into the flags.
const LONG_NAME: u16 = 0x0fff;
const EXTENDED: u16 = 0x4000;
/// The mode of a folder whose files are not listed one by one.
const SPARSE_FOLDER: u32 = 0o040_000;
/// Says that there are such folders.
const SPARSE: &[u8; 4] = b"sdir";

/// Whether the index lists the path (with slashes) at any stage of a merge; `None` where that cannot be told.
///
/// Everything that can be checked is: an index of another hash, of a later version, or one that is
/// split over two files is not understood rather than misread.
pub(super) fn lists(index: &Path, same: impl Fn(&[u8]) -> bool, path: &[u8]) -> Option<bool> {
    let (file, metadata) = read::open_plain(&index.canonicalize().ok()?).ok()?;
    let mut reader = Reader {
        bytes: BufReader::with_capacity(ROOM, file),
        left: metadata.len(),
        hash: Sha1::new(),
    };
    reader.lists(same, path)
}

struct Reader<R> {
    bytes: BufReader<R>,
    left: u64,
    /// Of all that was read.
    hash: Sha1,
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
        let hash: [u8; HASH] = self.hash.clone().finalize().into();
        let told = self.take()?;
        // git leaves it out where it is told to save that time.
        (told == hash || told == [0; HASH]).then_some(listed)
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
        let length_told = told == LONG_NAME || usize::from(told) == name.len();
        if !length_told || name.is_empty() || name.len() as u64 > LONGEST_NAME {
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
            let known = signature[0].is_ascii_uppercase() || signature == *SPARSE;
            if !known || size > self.left.checked_sub(CHECKSUM)? {
                return None;
            }
            self.pass(size)?;
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

    fn pass(&mut self, mut size: u64) -> Option<()> {
        self.left = self.left.checked_sub(size)?;
        while size > 0 {
            let bytes = self
                .bytes
                .fill_buf()
                .ok()
                .filter(|bytes| !bytes.is_empty())?;
            let count = bytes.len().min(usize::try_from(size).unwrap_or(usize::MAX));
            self.hash.update(&bytes[..count]);
            self.bytes.consume(count);
            size -= count as u64;
        }
        Some(())
    }

    fn until_nul(&mut self, name: &mut Vec<u8>) -> Option<()> {
        let limit = self.left.min(LONGEST_NAME);
        let from = name.len();
        let read = (&mut self.bytes).take(limit).read_until(0, name).ok()?;
        self.left -= read as u64;
        self.hash.update(name.get(from..)?);
        (name.pop()? == 0 && read > 0).then_some(())
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        self.left = self.left.checked_sub(N as u64)?;
        self.bytes.read_exact(&mut bytes).ok()?;
        self.hash.update(bytes);
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
            hash: Sha1::new(),
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
        bytes.resize(bytes.len() + hash, 7);
        sealed(bytes)
    }

    /// With the checksum at its end.
    fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
        bytes.truncate(bytes.len() - 20);
        let hash = Sha1::digest(&bytes);
        bytes.extend(hash);
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
            read(&sealed([entries, extension, checksum].concat()), "b")
        };
        assert_eq!(with(b"TREE\0\0\0\x02xx"), Some(true));
        assert_eq!(with(b"sdir\0\0\0\0"), Some(true));
        assert_eq!(with(b"link\0\0\0\x02xx"), None);
        assert_eq!(with(b"TREE\0\0\0\x99xx"), None);
    }

    #[test]
    fn an_index_that_was_torn_is_not_guessed() {
        let bytes = index(&["a", "b"], 20);
        let mut torn = bytes.clone();
        torn[40] ^= 1;
        assert_eq!(read(&torn, "c"), None);
        let last = bytes.len() - 20;
        torn[last..].fill(0);
        assert_eq!(read(&torn, "c"), Some(false));
    }

    #[test]
    fn names_that_only_grow_are_none() {
        let mut bytes = b"DIRC\0\0\0\x04".to_vec();
        bytes.extend(8_u32.to_be_bytes());
        for _ in 0..8 {
            bytes.extend([0; 60]);
            bytes.extend(LONG_NAME.to_be_bytes());
            bytes.push(0);
            bytes.resize(bytes.len() + 20_000, b'a');
            bytes.push(0);
        }
        bytes.resize(bytes.len() + 20, 0);
        assert_eq!(read(&bytes, "c"), None);
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
