//! One file of the home, reached through no link.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use super::Fault;
use super::checkpoint::checkpoint;
use crate::model::Digest;
use crate::platform::files::{
    self, Attributes, FileFault, Folder, Opened, REPLACE_CAN_STOP_HALFWAY,
};
use crate::platform::read::LIMIT;

/// Opens the home and checks that it is the person's own. Safety rule 1.
pub(super) fn open_home(path: &Path) -> Result<Folder, Fault> {
    let fault = |fault: FileFault| Fault::Home {
        path: path.to_owned(),
        reason: fault.to_string(),
    };
    let home = Folder::open(path).map_err(fault)?;
    if home.is_mine().map_err(fault)? {
        return Ok(home);
    }
    Err(Fault::Home {
        path: path.to_owned(),
        reason: "it belongs to another user: run rekey as that person".to_owned(),
    })
}

/// A name in a folder below the home.
#[derive(Debug)]
pub(super) struct Target {
    folder: Folder,
    name: OsString,
}

/// What stands under the name.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) opened: Opened,
    pub(super) bytes: Vec<u8>,
    pub(super) digest: Digest,
}

impl Target {
    /// Opens the folder of a file; `relative` is the file's path below the home.
    pub(super) fn reach(home: &Folder, relative: &Path) -> Result<Self, FileFault> {
        let (parent, name) = files::below(Path::new(""), relative).ok_or(FileFault::Link)?;
        Ok(Self {
            folder: home.below(&parent)?,
            name,
        })
    }

    /// Opens and reads the file.
    pub(super) fn held(&self) -> Result<Held, FileFault> {
        let opened = self.folder.file(&self.name)?;
        let bytes = opened.read(LIMIT)?;
        let digest = Digest::of(&bytes);
        Ok(Held {
            opened,
            bytes,
            digest,
        })
    }

    /// What the name holds now: `None` where there is nothing.
    pub(super) fn digest(&self) -> Result<Option<Digest>, FileFault> {
        match self.held() {
            Ok(held) => Ok(Some(held.digest)),
            Err(FileFault::Absent) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Whether the name still leads to the very file that was read, with the same bytes.
    pub(super) fn is_still(&self, held: &Held) -> Result<bool, FileFault> {
        match self.held() {
            Ok(now) => Ok(now.opened.identity == held.opened.identity && now.digest == held.digest),
            Err(FileFault::Refused(reason)) => Err(FileFault::Refused(reason)),
            Err(_) => Ok(false),
        }
    }

    /// Writes a file beside this one, whole, and waits until it is on the disk. Without attributes it is the person's alone.
    pub(super) fn write_beside(
        &self,
        temporary: &OsStr,
        bytes: &[u8],
        attributes: Option<&Attributes>,
        like: Option<&File>,
    ) -> Result<(), FileFault> {
        let mut file = self.folder.create(temporary)?;
        checkpoint();
        file.write_all(bytes)?;
        checkpoint();
        // Writing sets the time of writing, so the attributes come last.
        if let Some(attributes) = attributes {
            attributes.apply(&file, like)?;
        }
        file.sync_all()?;
        checkpoint();
        Ok(())
    }

    pub(super) fn replace_with(&self, temporary: &OsStr) -> Result<(), FileFault> {
        self.folder.replace(temporary, &self.name)?;
        checkpoint();
        Ok(())
    }

    /// Whether a replacement took the name from the old file and did not give it to the new one, which waits beside it.
    pub(super) fn is_halfway(&self, temporary: &OsStr) -> bool {
        REPLACE_CAN_STOP_HALFWAY
            && self.digest() == Ok(None)
            && !matches!(self.folder.file(temporary), Err(FileFault::Absent))
    }

    /// Finishes a replacement that stopped halfway, where the new file is whole; false where there is none to finish.
    pub(super) fn finish(&self, temporary: &OsStr, whole: Digest) -> Result<bool, FileFault> {
        if !self.is_halfway(temporary) {
            return Ok(false);
        }
        let beside = self.folder.file(temporary)?.read(LIMIT)?;
        if Digest::of(&beside) != whole {
            return Ok(false);
        }
        self.put_new(temporary)?;
        Ok(true)
    }

    pub(super) fn put_new(&self, temporary: &OsStr) -> Result<(), FileFault> {
        self.folder.put_new(temporary, &self.name)?;
        checkpoint();
        Ok(())
    }

    pub(super) fn delete(&self) -> Result<(), FileFault> {
        self.folder.unlink(&self.name)?;
        checkpoint();
        Ok(())
    }

    pub(super) fn sync(&self) -> Result<(), FileFault> {
        self.folder.sync()
    }

    /// Removes what a stopped write left beside the file. That it cannot be removed changes nothing.
    pub(super) fn remove_beside(&self, temporary: &OsStr) {
        if files::is_temporary_name(temporary) && self.folder.file(temporary).is_ok() {
            let _ = self.folder.unlink(temporary);
        }
    }
}
