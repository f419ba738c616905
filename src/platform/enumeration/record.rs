//! `FILE_FULL_DIR_INFO` of winbase.h (`FileFullDirectoryInformation` in MS-FSCC), as many as fit into one answer.

use std::ffi::OsStr;

/// Bytes before the name.
const FIXED: usize = 68;

/// One entry of a folder, as its listing tells of it: nothing was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// `FILE_ATTRIBUTE_*` of winnt.h.
    pub(crate) attributes: u32,
    /// `IO_REPARSE_TAG_*` of winnt.h; 0 where the entry is no reparse point.
    pub(crate) tag: u32,
}

impl Entry {
    const DIRECTORY: u32 = 0x10;
    const DEVICE: u32 = 0x40;
    const REPARSE_POINT: u32 = 0x400;
    /// `OFFLINE`, `RECALL_ON_DATA_ACCESS`: reading it, or listing it, would fetch it.
    const ELSEWHERE: u32 = 0x1000 | 0x40_0000;
    /// `RECALL_ON_OPEN`. Listings alone say so; of an open file the same bit means that it has extended attributes, as
    /// the Linux in Windows gives them to what it writes (learn.microsoft.com, "File Attribute Constants").
    const RECALL_ON_OPEN: u32 = 0x4_0000;
    /// The bit of a tag that says that the entry stands for another one: `IsReparseTagNameSurrogate` of ntifs.h.
    const NAME_SURROGATE: u32 = 0x2000_0000;
    /// `APPEXECLINK`, `AF_UNIX`, and the pipes and devices of the Linux in Windows.
    const NO_FILE: [u32; 5] = [
        0x8000_001b,
        0x8000_0023,
        0x8000_0024,
        0x8000_0025,
        0x8000_0026,
    ];

    /// A folder, whatever is behind it.
    pub(crate) fn is_folder(self) -> bool {
        self.attributes & Self::DIRECTORY != 0
    }

    /// A symbolic link, a junction, a volume that is mounted here. A reparse point that does not say what it
    /// is, as some servers and Wine have it, is taken for one.
    pub(crate) fn is_link(self) -> bool {
        self.is_reparse_point() && (self.tag == 0 || self.tag & Self::NAME_SURROGATE != 0)
    }

    /// Something is in its way: a link, a cloud, a container, compression.
    pub(crate) fn is_reparse_point(self) -> bool {
        self.attributes & Self::REPARSE_POINT != 0
    }

    /// Its content is in a cloud or on a tape.
    pub(crate) fn is_placeholder(self) -> bool {
        self.attributes & Self::RECALL_ON_OPEN != 0 || Self::is_elsewhere(self.attributes)
    }

    /// The same of a file that was asked about by itself, and not by a listing.
    #[cfg_attr(not(windows), allow(dead_code, reason = "only Windows says so"))]
    pub(crate) fn is_elsewhere(attributes: u32) -> bool {
        attributes & Self::ELSEWHERE != 0
    }

    /// A socket, a pipe, a device, the alias of an installed program.
    pub(crate) fn is_odd(self) -> bool {
        self.attributes & Self::DEVICE != 0
            || self.is_reparse_point() && Self::NO_FILE.contains(&self.tag)
    }
}

/// Tells `each` of all entries of one answer but `.` and `..`. An answer that leads out of itself ends there.
#[cfg_attr(not(windows), allow(dead_code, reason = "only Windows lists so"))]
pub(super) fn read(answer: &[u8], name: &mut Name, each: &mut impl FnMut(&OsStr, Entry)) {
    let mut rest = answer;
    loop {
        let number = |at: usize| {
            let bytes = rest.get(at..at + 4)?.try_into().ok()?;
            Some(u32::from_le_bytes(bytes))
        };
        let (Some(next), Some(attributes), Some(length), Some(tag)) =
            (number(0), number(56), number(60), number(64))
        else {
            return;
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let Some(written) = rest.get(FIXED..).and_then(|behind| behind.get(..length)) else {
            return;
        };
        let mut entry = Entry { attributes, tag };
        if !entry.is_reparse_point() {
            // The same four bytes are then the size of extended attributes.
            entry.tag = 0;
        }
        name.with(written, |name| {
            if name != "." && name != ".." {
                each(name, entry);
            }
        });
        let next = usize::try_from(next).unwrap_or(usize::MAX);
        match rest.get(next..) {
            Some(behind) if next > 0 => rest = behind,
            _ => return,
        }
    }
}

/// Room for one name after the other.
#[derive(Debug, Default)]
pub(super) struct Name {
    units: Vec<u16>,
    text: String,
}

impl Name {
    /// The name of these bytes, which are UTF-16 and need not be sound.
    fn with(&mut self, written: &[u8], each: impl FnOnce(&OsStr)) {
        self.text.clear();
        self.units.clear();
        let units = written.chunks_exact(2);
        self.units
            .extend(units.map(|pair| u16::from_le_bytes([pair[0], pair[1]])));
        for character in char::decode_utf16(self.units.iter().copied()) {
            match character {
                Ok(character) => self.text.push(character),
                Err(_) => return each(&unsound(&self.units)),
            }
        }
        each(OsStr::new(&self.text));
    }
}

/// A name with half a character, which Windows allows: it is kept as it is, so that the entry can be opened.
#[cfg(windows)]
fn unsound(units: &[u16]) -> std::ffi::OsString {
    std::os::windows::ffi::OsStringExt::from_wide(units)
}

#[cfg(not(windows))]
fn unsound(units: &[u16]) -> std::ffi::OsString {
    String::from_utf16_lossy(units).into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One record as Windows writes it, `next` bytes before the next one.
    fn record(next: usize, attributes: u32, tag: u32, name: &[u16]) -> Vec<u8> {
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes();
        let mut bytes = number(next).to_vec();
        bytes.resize(56, 0xaa);
        bytes.extend(attributes.to_le_bytes());
        bytes.extend(number(name.len() * 2));
        bytes.extend(tag.to_le_bytes());
        bytes.extend(name.iter().flat_map(|unit| unit.to_le_bytes()));
        // Up to the next one, where it may be in this answer.
        bytes.resize(bytes.len().max(next.min(4096)), 0);
        bytes
    }

    fn all(answer: &[u8]) -> Vec<(String, Entry)> {
        let mut entries = Vec::new();
        read(answer, &mut Name::default(), &mut |name, entry| {
            entries.push((name.to_string_lossy().into_owned(), entry));
        });
        entries
    }

    fn units(name: &str) -> Vec<u16> {
        name.encode_utf16().collect()
    }

    #[test]
    fn every_entry_is_told_with_what_the_listing_says_of_it() {
        let answer = [
            record(80, 0x10, 0, &units(".")),
            record(80, 0x10, 0, &units("..")),
            record(96, 0x20, 0x55, &units(".NPMRC")),
            record(96, 0x410, 0xa000_0003, &units("Größe €")),
            record(0, 0x20, 0, &[u16::from(b'a'), 0xd800]),
        ]
        .concat();
        let entry = |attributes, tag| Entry { attributes, tag };
        assert_eq!(
            all(&answer),
            [
                (".NPMRC".to_owned(), entry(0x20, 0)),
                ("Größe €".to_owned(), entry(0x410, 0xa000_0003)),
                ("a\u{fffd}".to_owned(), entry(0x20, 0)),
            ]
        );
    }

    #[test]
    fn an_answer_that_leads_out_of_itself_ends_there() {
        let one = record(0, 0x20, 0, &units("one"));
        for cut in 0..one.len() {
            assert!(all(&one[..cut]).is_empty(), "{cut}");
        }
        let far = record(5000, 0x20, 0, &units("far"));
        assert_eq!(all(&far).len(), 1);
    }

    #[test]
    fn links_are_told_from_what_only_looks_like_one() {
        for (attributes, tag, link, placeholder, odd) in [
            (0x10, 0, false, false, false),
            // A junction, a symbolic link to a folder and to a file, one of the Linux in Windows.
            (0x410, 0xa000_0003, true, false, false),
            (0x410, 0xa000_000c, true, false, false),
            (0x420, 0xa000_000c, true, false, false),
            (0x420, 0xa000_001d, true, false, false),
            // OneDrive's, present and not; deduplicated; compressed; nothing said.
            (0x410, 0x9000_701a, false, false, false),
            (0x41_0410, 0x9000_701a, false, true, false),
            (0x4_0010, 0, false, true, false),
            (0x1020, 0, false, true, false),
            (0x420, 0x8000_0013, false, false, false),
            (0x420, 0x8000_0017, false, false, false),
            (0x410, 0, true, false, false),
            // A socket, an alias of the store, a device.
            (0x420, 0x8000_0023, false, false, true),
            (0x420, 0x8000_001b, false, false, true),
            (0x40, 0, false, false, true),
        ] {
            let entry = Entry { attributes, tag };
            let seen = (entry.is_link(), entry.is_placeholder(), entry.is_odd());
            assert_eq!(seen, (link, placeholder, odd), "{entry:x?}");
        }
    }

    #[test]
    fn a_file_with_extended_attributes_is_in_no_cloud() {
        let (attributes, tag) = (0x4_0020, 0);
        assert!(!Entry::is_elsewhere(attributes));
        assert!(Entry { attributes, tag }.is_placeholder());
        assert!(Entry::is_elsewhere(0x40_1620) && Entry::is_elsewhere(0x1020));
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_read(answer: Vec<u8>, next in 0..200_u32) {
            let _ = all(&answer);
            let mut answer = answer;
            answer.splice(..answer.len().min(4), next.to_le_bytes());
            let _ = all(&answer);
        }
    }
}
