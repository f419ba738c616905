//! What a file has beside its bytes on Windows: flags, times, owner, access list and other streams.

#![allow(unsafe_code, reason = "the standard library sets none of them")]

use std::fs::File;
use std::io;
use std::mem::size_of;
use std::os::windows::fs::MetadataExt as _;
use std::os::windows::io::AsRawHandle as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_ATTRIBUTE_ARCHIVE, FILE_ATTRIBUTE_HIDDEN, FILE_ATTRIBUTE_NORMAL,
    FILE_ATTRIBUTE_NOT_CONTENT_INDEXED, FILE_ATTRIBUTE_READONLY, FILE_ATTRIBUTE_SYSTEM,
    FILE_BASIC_INFO, FileBasicInfo, SetFileInformationByHandle,
};

use super::super::Opened;
use super::streams;
use crate::platform::access;
use crate::platform::handles::succeeded;

/// The flags that a program may set; the others tell how the system keeps the file.
const SETTABLE: u32 = FILE_ATTRIBUTE_READONLY
    | FILE_ATTRIBUTE_HIDDEN
    | FILE_ATTRIBUTE_SYSTEM
    | FILE_ATTRIBUTE_ARCHIVE
    | FILE_ATTRIBUTE_NOT_CONTENT_INDEXED;

/// A file's attributes, as they are put on the file that takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes {
    /// Read-only, hidden, and so on.
    flags: u32,
    /// In steps of 100 ns since 1601; 0 where it was not noted.
    #[serde(default)]
    created: i64,
    modified: i64,
    accessed: i64,
    /// In the text form of security descriptors, like the access list.
    #[serde(default)]
    owner: Option<String>,
    #[serde(default)]
    access: Option<String>,
    #[serde(default)]
    streams: Vec<Stream>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Stream {
    name: String,
    /// base64.
    content: String,
}

impl Attributes {
    /// The attributes of a file, with the times that it had before rekey read it.
    ///
    /// # Errors
    /// Where one cannot be read.
    pub fn of(opened: &Opened) -> io::Result<Self> {
        let (file, metadata) = (&opened.file, &opened.metadata);
        let streams = streams::of(file)?.into_iter();
        Ok(Self {
            flags: metadata.file_attributes(),
            created: metadata.creation_time().cast_signed(),
            modified: metadata.last_write_time().cast_signed(),
            accessed: metadata.last_access_time().cast_signed(),
            owner: access::owner_of(file).ok(),
            access: access::list_of(file)?,
            streams: streams
                .map(|(name, content)| Stream {
                    name,
                    content: STANDARD.encode(content),
                })
                .collect(),
        })
    }

    /// Puts them on a new file.
    ///
    /// # Errors
    /// Where one cannot be set: the new file must then not take the old one's place.
    pub fn apply(&self, to: &File, _like: Option<&File>) -> io::Result<()> {
        for Stream { name, content } in &self.streams {
            let content = STANDARD.decode(content).map_err(io::Error::other)?;
            streams::write(to, name, &content).map_err(|error| named("other streams", &error))?;
        }
        if let Some(owner) = &self.owner {
            access::offer_owner(to, owner);
        }
        if let Some(access) = &self.access {
            access::set_list(to, access).map_err(|error| named("access list", &error))?;
        }
        // Writing a stream sets the times, so they come last.
        set_basic_information(
            to,
            &FILE_BASIC_INFO {
                CreationTime: self.created,
                LastAccessTime: self.accessed,
                LastWriteTime: self.modified,
                ChangeTime: 0,
                FileAttributes: settable(self.flags),
            },
        )
        .map_err(|error| named("flags and times", &error))
    }
}

/// Sets the flags of an open file and leaves its times.
pub(super) fn set_flags(file: &File, flags: u32) -> io::Result<()> {
    let information = FILE_BASIC_INFO {
        FileAttributes: settable(flags),
        ..FILE_BASIC_INFO::default()
    };
    set_basic_information(file, &information)
}

/// Zero would mean "leave them"; "normal" counts only by itself.
fn settable(flags: u32) -> u32 {
    match flags & SETTABLE {
        0 => FILE_ATTRIBUTE_NORMAL,
        flags => flags,
    }
}

fn named(what: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("its {what} cannot be kept: {error}"))
}

fn set_basic_information(file: &File, information: &FILE_BASIC_INFO) -> io::Result<()> {
    let size = u32::try_from(size_of::<FILE_BASIC_INFO>()).map_err(io::Error::other)?;
    let pointer = std::ptr::from_ref(information).cast();
    // SAFETY: the handle is open, and the pointer is to a value of the class's type and size.
    succeeded(unsafe {
        SetFileInformationByHandle(file.as_raw_handle(), FileBasicInfo, pointer, size)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;
    use crate::platform::read::LIMIT;

    #[test]
    fn the_largest_streams_that_are_kept_can_be_read_again() {
        let content = vec![0; usize::try_from(streams::LARGEST).unwrap()];
        let attributes = Attributes {
            flags: 0,
            created: 0,
            modified: 0,
            accessed: 0,
            owner: None,
            access: None,
            streams: vec![Stream {
                name: ":Zone.Identifier:$DATA".to_owned(),
                content: STANDARD.encode(content),
            }],
        };
        let record = serde_json::to_vec(&attributes).unwrap();
        assert!((record.len() as u64) < LIMIT, "{}", record.len());
    }
}
