//! A Credential Manager in memory, as Windows has it: names without case, and a write replaces.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::sync::{Arc, Mutex};

use super::form::Stored;
use super::{Calls, CredentialManager, NOT_FOUND};
use crate::model::VaultSecret;
use crate::platform::vault::Vault;

#[derive(Default)]
struct Inside {
    all: Vec<(Stored, VaultSecret)>,
    error: Option<u32>,
    /// The next time of writing.
    clock: u64,
}

/// What a test sets and looks at.
#[derive(Clone, Default)]
pub(crate) struct Fake(Arc<Mutex<Inside>>);

impl Fake {
    pub(crate) fn vault(&self) -> Arc<dyn Vault> {
        Arc::new(CredentialManager(self.clone()))
    }

    /// Every call ends with this error.
    pub(super) fn fails(&self, error: Option<u32>) {
        self.0.lock().unwrap().error = error;
    }

    /// All that is in it, times aside.
    pub(super) fn all(&self) -> Vec<(Stored, Vec<u8>)> {
        let inside = self.0.lock().unwrap();
        let all = inside.all.iter().map(|(stored, secret)| {
            let stored = Stored {
                last_written: 0,
                ..stored.clone()
            };
            (stored, secret.expose().to_vec())
        });
        all.collect()
    }

    fn with<T>(&self, work: impl FnOnce(&mut Inside) -> Result<T, u32>) -> Result<T, u32> {
        let mut inside = self.0.lock().unwrap();
        inside.error.map_or(Ok(()), Err)?;
        work(&mut inside)
    }
}

impl Inside {
    fn place(&self, target: &str, kind: u32) -> Option<usize> {
        let target = target.to_lowercase();
        self.all
            .iter()
            .position(|(stored, _)| stored.kind == kind && stored.target.to_lowercase() == target)
    }
}

impl Calls for Fake {
    fn enumerate(&self) -> Result<Vec<Stored>, u32> {
        self.with(|inside| match inside.all.as_slice() {
            [] => Err(NOT_FOUND),
            all => Ok(all.iter().map(|(stored, _)| stored.clone()).collect()),
        })
    }

    fn read(&self, target: &str, kind: u32) -> Result<(Stored, VaultSecret), u32> {
        self.with(|inside| {
            let place = inside.place(target, kind).ok_or(NOT_FOUND)?;
            Ok(inside.all[place].clone())
        })
    }

    fn write(&self, stored: &Stored, secret: &VaultSecret) -> Result<(), u32> {
        self.with(|inside| {
            if let Some(place) = inside.place(&stored.target, stored.kind) {
                inside.all.remove(place);
            }
            inside.clock += 1;
            let stored = Stored {
                last_written: 134_000_000_000_000_000 + inside.clock,
                ..stored.clone()
            };
            inside.all.push((stored, secret.clone()));
            Ok(())
        })
    }

    fn delete(&self, target: &str, kind: u32) -> Result<(), u32> {
        self.with(|inside| {
            let place = inside.place(target, kind).ok_or(NOT_FOUND)?;
            inside.all.remove(place);
            Ok(())
        })
    }
}
