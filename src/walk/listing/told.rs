//! What an entry is by what Windows tells of it.

use super::Kind;
use crate::platform::enumeration::Entry;

impl From<Entry> for Kind {
    fn from(entry: Entry) -> Self {
        // A link to something in a cloud is a link; where it leads is for the reader.
        if entry.is_odd() {
            Self::Other
        } else if entry.is_link() {
            Self::Link
        } else {
            match (entry.is_folder(), entry.is_placeholder()) {
                (true, true) => Self::CloudFolder,
                (true, false) => Self::Folder,
                (false, true) => Self::CloudFile,
                (false, false) => Self::File,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_and_tag_say_what_an_entry_is() {
        for (attributes, tag, kind) in [
            (0x20, 0, Kind::File),
            (0x26, 0, Kind::File),
            (0x10, 0, Kind::Folder),
            (0x410, 0xa000_0003, Kind::Link),
            (0x41_0410, 0xa000_000c, Kind::Link),
            (0x410, 0x9000_601a, Kind::Folder),
            (0x40_0410, 0x9000_601a, Kind::CloudFolder),
            (0x4_0010, 0, Kind::CloudFolder),
            (0x40_1620, 0x9000_601a, Kind::CloudFile),
            (0x420, 0x8000_0023, Kind::Other),
        ] {
            assert_eq!(
                Kind::from(Entry { attributes, tag }),
                kind,
                "{attributes:x}"
            );
        }
    }
}
