//! rekey's own folder: what it remembers between runs.
//!
//! | file | holds |
//! |---|---|
//! | `identity.json` | random ids of the machine and the person |
//! | `fingerprint.key` | 32 random bytes that key the fingerprints of secrets |
//! | `last-run.json` | [`LastRun`]: what `status` and `report` tell |
//! | `notice.json` | [`LastNotice`]: what the person was last told, and when |
//! | `steps.json` | what the person said of the steps |
//! | `slots.json` | [`SavedSlots`](crate::renewal::SavedSlots): what tokens were removed from, without them |
//! | `rotation.json` | [`SavedRotations`](crate::guide::rotation::SavedRotations): which renewals of tokens have begun |
//! | `accepted.json` | [`AcceptedFindings`]: what is meant to stay |
//! | `proved.json` | [`ProvedCredentials`]: what was seen to work with the new identity |
//! | `enrolment.json` | the device's id and token at the collector |
//! | `agent.json` | the collector's last word on cleaning |
//! | `sending.json` | when to try the collector again |
//! | `spool/` | reports that no collector has acknowledged |
//! | `logs/` | seven daily logs |

mod accepted;
mod last_notice;
mod last_run;
mod leftovers;
pub mod log;
mod proved;

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::typed_path;
use crate::platform::{self, own_files};

pub use accepted::{Acceptance, AcceptedFindings};
pub use last_notice::LastNotice;
pub use last_run::LastRun;
pub use proved::{Proved, ProvedCredentials};

/// rekey's own folder. It is the owner's alone.
#[derive(Debug, Clone)]
pub struct StateFolder {
    root: PathBuf,
}

/// What is wrong with the state folder, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum StateFault {
    /// The folder is a link, another user's, or cannot be made.
    #[error(
        "rekey's own folder {} cannot be used: {reason}; make it a plain folder that you own",
        typed_path(path)
    )]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file is there and cannot be understood.
    #[error(
        "{} cannot be understood ({reason}): move it away, and rekey begins a new one",
        typed_path(path)
    )]
    Broken {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file cannot be read.
    #[error(
        "{} cannot be read: {reason}; make it a plain file that you own, or move it away",
        typed_path(path)
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file cannot be written.
    #[error(
        "{} cannot be written: {reason}; is the disk full or read-only?",
        typed_path(path)
    )]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

#[derive(Serialize, Deserialize)]
struct Identity {
    machine: Uuid,
    person: Uuid,
}

impl StateFolder {
    /// The folder, made where it is missing.
    pub fn open(root: &Path) -> Result<Self, StateFault> {
        let state = Self {
            root: root.to_owned(),
        };
        own_files::make_folder(root).map_err(|error| state.fault(&error))?;
        Ok(state)
    }

    /// The folder where there is one; nothing is made.
    pub fn existing(root: &Path) -> Result<Option<Self>, StateFault> {
        let state = Self {
            root: root.to_owned(),
        };
        match own_files::check_folder(root) {
            Ok(()) => Ok(Some(state)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(state.fault(&error)),
        }
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A file or folder in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// A folder in it, made where it is missing.
    pub fn folder(&self, name: &str) -> Result<PathBuf, StateFault> {
        let path = self.path(name);
        own_files::make_folder(&path).map_err(|error| StateFault::Folder {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        Ok(path)
    }

    /// What the file says; `None` where there is none.
    pub fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StateFault> {
        let Some(bytes) = self.read(name)? else {
            return Ok(None);
        };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| StateFault::Broken {
                path: self.path(name),
                // serde's own text can quote what it found, and one of these files holds a token.
                reason: format!("line {}, column {}", error.line(), error.column()),
            })
    }

    /// Replaces the file as a whole.
    pub fn write_json<T: Serialize + ?Sized>(
        &self,
        name: &str,
        value: &T,
    ) -> Result<(), StateFault> {
        let mut bytes =
            serde_json::to_vec_pretty(value).map_err(|error| StateFault::Unwritable {
                path: self.path(name),
                reason: error.to_string(),
            })?;
        bytes.push(b'\n');
        self.write(name, &bytes)
    }

    /// The file's bytes; `None` where there is none.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StateFault> {
        own_files::read(&self.path(name)).map_err(|error| StateFault::Unreadable {
            path: self.path(name),
            reason: error.to_string(),
        })
    }

    /// Replaces the file's bytes as a whole.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StateFault> {
        own_files::write(&self.path(name), bytes)
            .map_err(|error| unwritable(self.path(name), &error))
    }

    /// Names the machine; random, made once.
    pub fn machine_id(&self) -> Result<Uuid, StateFault> {
        self.identity().map(|identity| identity.machine)
    }

    /// Names the person on this machine; random, made once.
    pub fn person_id(&self) -> Result<Uuid, StateFault> {
        self.identity().map(|identity| identity.person)
    }

    /// The key for fingerprints of secrets; random, made once, never sent.
    pub fn fingerprint_key(&self) -> Result<[u8; 32], StateFault> {
        let name = "fingerprint.key";
        let bytes = match self.read(name)? {
            Some(bytes) => bytes,
            None => self.create(name, &random::<32>(&self.path(name))?)?,
        };
        bytes.try_into().map_err(|_| StateFault::Broken {
            path: self.path(name),
            reason: "it has not 32 bytes".to_owned(),
        })
    }

    fn identity(&self) -> Result<Identity, StateFault> {
        let name = "identity.json";
        if let Some(identity) = self.read_json(name)? {
            return Ok(identity);
        }
        let id = || {
            random::<16>(&self.path(name))
                .map(|bytes| uuid::Builder::from_random_bytes(bytes).into_uuid())
        };
        let fresh = Identity {
            machine: id()?,
            person: id()?,
        };
        let bytes = serde_json::to_vec_pretty(&fresh).unwrap_or_default();
        self.create(name, &bytes)?;
        Ok(self.read_json(name)?.unwrap_or(fresh))
    }

    /// Makes the file unless another run was faster; what it then holds.
    fn create(&self, name: &str, bytes: &[u8]) -> Result<Vec<u8>, StateFault> {
        own_files::create(&self.path(name), bytes)
            .map_err(|error| unwritable(self.path(name), &error))?;
        Ok(self.read(name)?.unwrap_or_else(|| bytes.to_vec()))
    }

    fn fault(&self, error: &std::io::Error) -> StateFault {
        StateFault::Folder {
            path: self.root.clone(),
            reason: error.to_string(),
        }
    }
}

pub(crate) fn unwritable(path: PathBuf, error: &std::io::Error) -> StateFault {
    StateFault::Unwritable {
        path,
        reason: error.to_string(),
    }
}

fn random<const N: usize>(path: &Path) -> Result<[u8; N], StateFault> {
    platform::random().map_err(|fault| StateFault::Unwritable {
        path: path.to_owned(),
        reason: fault.to_string(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::disallowed_methods,
        reason = "tests stop at the first surprise"
    )]

    use super::*;

    fn state() -> (tempfile::TempDir, StateFolder) {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(&folder.path().join("rekey")).unwrap();
        (folder, state)
    }

    #[test]
    fn ids_and_key_are_made_once_and_kept() {
        let (_folder, state) = state();
        let again = StateFolder::existing(state.root()).unwrap().unwrap();
        assert_eq!(state.machine_id().unwrap(), again.machine_id().unwrap());
        assert_eq!(state.person_id().unwrap(), again.person_id().unwrap());
        assert_ne!(state.machine_id().unwrap(), state.person_id().unwrap());
        assert_eq!(
            state.fingerprint_key().unwrap(),
            again.fingerprint_key().unwrap()
        );
        assert_ne!(state.fingerprint_key().unwrap(), [0; 32]);
    }

    #[test]
    fn looking_makes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("rekey");
        assert!(StateFolder::existing(&root).unwrap().is_none());
        assert!(!root.exists());
    }

    #[test]
    fn a_broken_file_is_named_without_its_content() {
        let (_folder, state) = state();
        std::fs::write(state.path("identity.json"), "{\"machine\": \"hunter2\"}").unwrap();
        let fault = state.machine_id().unwrap_err().to_string();
        assert!(fault.contains("identity.json"), "{fault}");
        assert!(fault.contains("move it away"), "{fault}");
        assert!(!fault.contains("hunter2"), "{fault}");
    }

    #[test]
    fn a_short_key_is_broken_and_not_replaced() {
        let (_folder, state) = state();
        std::fs::write(state.path("fingerprint.key"), [7; 31]).unwrap();
        assert!(matches!(
            state.fingerprint_key(),
            Err(StateFault::Broken { .. })
        ));
        assert_eq!(
            std::fs::read(state.path("fingerprint.key")).unwrap(),
            [7; 31]
        );
    }

    #[test]
    fn what_is_written_is_read_again() {
        let (_folder, state) = state();
        assert_eq!(state.read_json::<Vec<u8>>("x.json").unwrap(), None);
        state.write_json("x.json", &[1, 2]).unwrap();
        assert_eq!(
            state.read_json::<Vec<u8>>("x.json").unwrap(),
            Some(vec![1, 2])
        );
    }

    #[test]
    fn a_file_where_the_folder_should_be_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("rekey");
        std::fs::write(&root, "").unwrap();
        let fault = StateFolder::open(&root).unwrap_err().to_string();
        assert!(fault.contains("it is not a folder"), "{fault}");
    }
}
