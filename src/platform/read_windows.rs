//! Opens one file on Windows, once: the handle says what it is.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use windows_sys::Win32::Storage::FileSystem::{
    FILE_ATTRIBUTE_REPARSE_POINT, FILE_FLAG_OPEN_NO_RECALL, FILE_FLAG_OPEN_REPARSE_POINT,
};

use super::{ReadFault, refuse_odd};
use crate::platform::holders::patiently;
use crate::platform::verbatim::verbatim;

/// Opens the regular file at `path`, which must not be a link itself. A link that is there is opened itself, and
/// what is in a cloud stays there.
///
/// # Errors
/// A [`ReadFault`].
pub(crate) fn open_plain(path: &Path) -> Result<(File, Metadata), ReadFault> {
    let path = verbatim(path);
    let (file, metadata) = match open(&path, FILE_FLAG_OPEN_REPARSE_POINT) {
        Ok(opened) => opened,
        // A folder is refused like what nobody may read.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            refuse_odd(&std::fs::symlink_metadata(&path).map_err(ReadFault::of)?)?;
            return Err(ReadFault::of(error));
        }
        Err(error) => return Err(ReadFault::of(error)),
    };
    refuse_odd(&metadata)?;
    if metadata.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT == 0 {
        return Ok((file, metadata));
    }
    // Compressed, deduplicated, from a cloud and here: its bytes are to be had only by what stands in between.
    let (file, metadata) = open(&path, 0).map_err(ReadFault::of)?;
    refuse_odd(&metadata)?;
    Ok((file, metadata))
}

fn open(path: &Path, flags: u32) -> io::Result<(File, Metadata)> {
    let file = patiently(path, || {
        OpenOptions::new()
            .read(true)
            .custom_flags(flags | FILE_FLAG_OPEN_NO_RECALL)
            .open(path)
    })?;
    let metadata = file.metadata()?;
    Ok((file, metadata))
}
