//! DPAPI of Windows: bytes that only this person opens, at this computer (learn.microsoft.com, `CryptProtectData`).
//!
//! Windows keeps the key and never shows it. Nothing here asks the person anything, and the keys of the machine are not used.

#[cfg(test)]
pub(crate) mod memory;
#[cfg(windows)]
mod windows;

use zeroize::Zeroizing;

#[cfg(windows)]
pub(crate) use windows::CurrentUser;

/// Seals bytes for the person who runs this process.
pub trait Dpapi: Send + Sync {
    /// The bytes, sealed. Who opens them must say the same `entropy`, which is no secret and may be empty.
    ///
    /// # Errors
    /// Where Windows refuses.
    fn protect(&self, bytes: &[u8], entropy: &[u8]) -> Result<Vec<u8>, DpapiFault>;

    /// What was sealed, in memory that is wiped.
    ///
    /// # Errors
    /// [`DpapiFault::NotTheirs`] where the person's key does not open it.
    fn unprotect(&self, sealed: &[u8], entropy: &[u8]) -> Result<Zeroizing<Vec<u8>>, DpapiFault>;
}

/// Why Windows did not seal or open: the end of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DpapiFault {
    /// Another person or another computer sealed it, or it is damaged: Windows tells these apart no better.
    #[error("another user or another computer sealed it, or it is damaged")]
    NotTheirs,
    /// Something else.
    #[error("{0}")]
    Refused(String),
}
