//! Changes as values: what an edit would do to a disk, bound to the bytes that it was planned against.

use std::fmt;
use std::ops::{Deref, Range};
use std::path::{Path, PathBuf};

use hmac::{Hmac, Mac as _};
use rekey_report::Action;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{Answered, Attributes, Question, VaultEntry, VaultSecret};

/// SHA-256 of a file's bytes; 64 hex digits in records.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// HMAC-SHA-256 of these bytes.
    pub fn with_key(key: &[u8; 32], bytes: &[u8]) -> Self {
        // HMAC takes a key of any length.
        let keyed = Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update(bytes));
        Self(keyed.map_or_else(|_| [0; 32], |mac| mac.finalize().into_bytes().into()))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl serde::Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{self:?}"))
    }
}

impl<'de> serde::Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let pairs = text.as_bytes().chunks(2);
        let bytes: Option<Vec<u8>> = pairs
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        bytes
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("a digest has 64 hex digits"))
    }
}

/// Bytes that are put into a file. A new token may be among them, so that they are never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Content(Zeroizing<Vec<u8>>);

impl Content {
    fn clear(&mut self) {
        *self = Self::default();
    }
}

impl<B: Into<Vec<u8>>> From<B> for Content {
    fn from(bytes: B) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }
}

impl Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} bytes", self.0.len())
    }
}

/// Bytes of a file and what takes their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splice {
    /// Byte offsets into the file as it was read.
    pub range: Range<usize>,
    /// What stands there afterwards; empty to cut.
    pub replacement: Content,
}

/// What removes a credential, or puts a new one in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Makes a file that is not there, for the person alone.
    CreateFile {
        /// The file; its folder is there.
        path: PathBuf,
        /// What it holds.
        content: Content,
    },
    /// Deletes one file.
    DeleteFile {
        /// The file itself, with links resolved.
        path: PathBuf,
        /// What it held when it was planned.
        base: Digest,
    },
    /// Cuts or replaces parts of one file. All edits of a run to one file are written at once.
    EditFile {
        /// The file itself, with links resolved.
        path: PathBuf,
        /// What it held when it was planned.
        base: Digest,
        /// In any order; equal splices of two edits count once, see [`splice`] for those that overlap.
        splices: Vec<Splice>,
        /// The file is a git config, so the action is `set-git-config`.
        git_config: bool,
        /// Windows has sealed the file for the person (DPAPI): the splices are of what is inside.
        sealed: bool,
    },
    /// Deletes one entry of a vault, with what its secret goes on in.
    DeleteVaultEntry {
        /// The entry, as it was listed when it was planned.
        entry: VaultEntry,
        /// Its attributes and secret then, see [`Digest::of_entry`].
        base: Digest,
        /// A sealed copy of it is kept first; without one it cannot be put back.
        kept: bool,
        /// Entries that hold the rest of the same secret, in order, each like `entry` and `base`. They go with it.
        shards: Vec<(VaultEntry, Digest)>,
    },
    /// Puts an entry into a vault; it takes the place of none.
    PutVaultEntry {
        /// The ring that it goes into, as the vault names it.
        ring: String,
        /// How people see it in a list.
        label: String,
        /// What programs look it up by.
        attributes: Attributes,
        /// What it holds.
        secret: VaultSecret,
        /// It is written down in a way that an undo can find it by.
        kept: bool,
    },
    /// Deletes or changes values of one key of the person's registry.
    SetRegistryValue {
        /// The key, below `HKEY_CURRENT_USER`: rekey changes nothing of the machine's.
        key: String,
        /// Each value with what it held when it was planned, in the order in which they go.
        values: Vec<(String, Digest)>,
        /// What is cut or replaced in the bytes of the only value; `None` deletes them all, and the key
        /// with them where it is empty then.
        splices: Option<Vec<Splice>>,
    },
    /// Has git's cache forget one credential. It was only in memory: nothing brings it back.
    Forget {
        /// Where the cache listens.
        socket: PathBuf,
        /// What it was asked for.
        question: Question,
        /// What it answered; another answer is left alone.
        answered: Answered,
    },
}

impl Change {
    /// The word for it in a plan.
    pub fn action(&self) -> Action {
        match self {
            Self::DeleteFile { .. } => Action::DeleteFile,
            Self::EditFile {
                git_config: true, ..
            } => Action::SetGitConfig,
            Self::CreateFile { .. }
            | Self::EditFile {
                git_config: false, ..
            } => Action::EditFile,
            Self::SetRegistryValue { .. } => Action::SetRegistryValue,
            Self::PutVaultEntry { .. } => Action::SetVaultEntry,
            Self::DeleteVaultEntry { .. } | Self::Forget { .. } => Action::DeleteVaultEntry,
        }
    }

    /// The file that it changes, where it is one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::CreateFile { path, .. }
            | Self::DeleteFile { path, .. }
            | Self::EditFile { path, .. } => Some(path),
            Self::SetRegistryValue { .. }
            | Self::DeleteVaultEntry { .. }
            | Self::PutVaultEntry { .. }
            | Self::Forget { .. } => None,
        }
    }

    /// What the file or entry held when the change was planned; `None` for what was not there, or only in memory.
    pub fn base(&self) -> Option<Digest> {
        match self {
            Self::DeleteFile { base, .. }
            | Self::EditFile { base, .. }
            | Self::DeleteVaultEntry { base, .. } => Some(*base),
            Self::SetRegistryValue { values, .. } => values.first().map(|(_, base)| *base),
            Self::CreateFile { .. } | Self::PutVaultEntry { .. } | Self::Forget { .. } => None,
        }
    }

    /// Whether an undo can take it back.
    pub fn can_be_undone(&self) -> bool {
        !matches!(
            self,
            Self::Forget { .. }
                | Self::DeleteVaultEntry { kept: false, .. }
                | Self::PutVaultEntry { kept: false, .. }
        )
    }
}

/// Two edits of one file want different things of the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("two edits of this file overlap at byte {0}")]
pub struct Overlap(pub usize);

/// The file's bytes with all splices made.
///
/// Cuts that overlap are one cut. A member of a list is cut with the separator on each side and the
/// separator put back; where such ranges meet on that very separator they are one range, and the
/// separator returns only if both neighbours want it. So any members of a list can go, each as an edit of its own.
///
/// # Errors
/// [`Overlap`] where splices meet otherwise and one of them puts something in, or where a range leaves the file.
pub fn splice(bytes: &[u8], mut splices: Vec<Splice>) -> Result<Vec<u8>, Overlap> {
    splices.sort_by_key(|splice| (splice.range.start, splice.range.end));
    splices.dedup();
    let mut result = Vec::with_capacity(bytes.len());
    let mut merged: Vec<Splice> = Vec::with_capacity(splices.len());
    for splice in splices {
        let Range { start, end } = splice.range;
        if end > bytes.len() || start > end {
            return Err(Overlap(start));
        }
        match merged.last_mut() {
            Some(last) if start < last.range.end => {
                let shared = &bytes[start..end.min(last.range.end)];
                let gives_way = |splice: &Splice| {
                    splice.replacement.is_empty() || *splice.replacement == *shared
                };
                if !(gives_way(last) && gives_way(&splice)) {
                    return Err(Overlap(start));
                }
                if splice.replacement.is_empty() {
                    last.replacement.clear();
                }
                last.range.end = last.range.end.max(end);
            }
            _ => merged.push(splice),
        }
    }
    let mut kept_from = 0;
    for splice in merged {
        result.extend_from_slice(&bytes[kept_from..splice.range.start]);
        result.extend_from_slice(&splice.replacement);
        kept_from = splice.range.end;
    }
    result.extend_from_slice(&bytes[kept_from..]);
    Ok(result)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    #[test]
    fn a_digest_survives_its_record() {
        let digest = Digest::of(b"contoso");
        let record = serde_json::to_string(&digest).unwrap();
        assert_eq!(record.len(), 66);
        assert_eq!(serde_json::from_str::<Digest>(&record).unwrap(), digest);
        assert!(serde_json::from_str::<Digest>("\"abc\"").is_err());
    }

    fn cut(range: Range<usize>) -> Splice {
        Splice {
            range,
            replacement: Content::default(),
        }
    }

    #[test]
    fn what_is_put_into_a_file_is_never_printed() {
        let splice = Splice {
            range: 1..2,
            replacement: b"hunter2".into(),
        };
        assert_eq!(
            format!("{splice:?}"),
            "Splice { range: 1..2, replacement: 7 bytes }"
        );
    }

    #[test]
    fn cuts_that_overlap_are_one_cut() {
        assert_eq!(
            splice(b"0123456789", vec![cut(4..8), cut(2..6), cut(2..6)]).unwrap(),
            b"0189"
        );
        assert_eq!(
            splice(b"0123456789", vec![cut(2..9), cut(3..4)]).unwrap(),
            b"019"
        );
    }

    #[test]
    fn a_replacement_never_meets_another_splice() {
        let put = Splice {
            range: 2..4,
            replacement: b"x".into(),
        };
        assert_eq!(
            splice(b"012345", vec![put.clone(), cut(4..5)]).unwrap(),
            b"01x5"
        );
        assert_eq!(
            splice(b"012345", vec![put.clone(), cut(3..5)]),
            Err(Overlap(3))
        );
        assert_eq!(splice(b"012345", vec![cut(1..3), put]), Err(Overlap(2)));
        assert_eq!(splice(b"012345", vec![cut(4..7)]), Err(Overlap(4)));
    }

    #[test]
    fn members_of_a_list_can_go_in_any_choice() {
        let first = cut(1..3);
        let middle = |start: usize| Splice {
            range: start..start + 3,
            replacement: b",".into(),
        };
        let last = cut(6..8);
        let all = [first, middle(2), middle(4), last];
        for (choice, left) in [
            (&[0][..], "[b,c,d]"),
            (&[1], "[a,c,d]"),
            (&[3], "[a,b,c]"),
            (&[0, 1], "[c,d]"),
            (&[1, 2], "[a,d]"),
            (&[2, 3], "[a,b]"),
            (&[0, 2], "[b,d]"),
            (&[1, 2, 3], "[a]"),
            (&[0, 1, 2, 3], "[]"),
        ] {
            let chosen = choice.iter().map(|index| all[*index].clone()).collect();
            let result = splice(b"[a,b,c,d]", chosen).unwrap();
            assert_eq!(String::from_utf8(result).unwrap(), left, "{choice:?}");
        }
    }
}
