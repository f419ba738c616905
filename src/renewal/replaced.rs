//! A new token in the place of an old one that is still there.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::{Occurrence, Template, can_hold, occurrences};
use crate::model::{
    Change, Content, Credential, Digest, RegistryKey, Secret, Splice, VaultEntry, VaultSecret,
};
use crate::platform::Platform;
use crate::platform::read::{self, ReadFault};
use crate::text::Text;

/// Reads slots once more: how a token is written there is known only from the place itself.
pub struct Reader<'p> {
    platform: &'p dyn Platform,
    home: std::path::PathBuf,
}

impl<'p> Reader<'p> {
    /// For the places of this home.
    pub fn new(platform: &'p dyn Platform) -> Self {
        let home = platform.home();
        Self {
            platform,
            home: home.canonicalize().unwrap_or_else(|_| home.to_owned()),
        }
    }

    /// What a file holds now.
    pub(super) fn file(&self, path: &Path) -> Result<Zeroizing<Vec<u8>>, ReadFault> {
        let read = read::regular(path, &self.home)?;
        Ok(Zeroizing::new(read.bytes))
    }

    /// What a file held when its edit was planned, out of its seal.
    pub(super) fn planned(
        &self,
        path: &Path,
        base: Digest,
        sealed: bool,
    ) -> Result<Zeroizing<Vec<u8>>, String> {
        let bytes = self.file(path).map_err(|fault| fault.to_string())?;
        if Digest::of(&bytes) != base {
            return Err("it was changed after it was read".to_owned());
        }
        if !sealed {
            return Ok(bytes);
        }
        let dpapi = self.platform.dpapi();
        let dpapi = dpapi.ok_or("Windows has sealed it, and no key is asked for here")?;
        dpapi
            .unprotect(&bytes, b"")
            .map_err(|fault| fault.to_string())
    }

    /// What an entry of the vault holds, as text; and whether it is of UTF-16.
    pub(super) fn entry(
        &self,
        entry: &VaultEntry,
        base: Digest,
        secret: &Secret,
    ) -> Result<EntryText, String> {
        let vault = self.platform.vault().ok_or("there is no vault here")?;
        let held = vault.read(entry).map_err(|fault| fault.to_string())?;
        if Digest::of_entry(&entry.attributes, &held) != base {
            return Err("it was changed after it was read".to_owned());
        }
        EntryText::of(&held, secret).ok_or_else(|| UNKNOWN.to_owned())
    }

    fn registry(&self) -> Result<Arc<dyn crate::platform::registry::Registry>, String> {
        self.platform
            .registry()
            .ok_or_else(|| "there is no registry here".to_owned())
    }
}

/// The secret of an entry, as its owner writes it.
pub(super) struct EntryText {
    pub(super) wide: bool,
    pub(super) content_type: String,
    pub(super) template: Template,
}

impl EntryText {
    fn of(held: &VaultSecret, secret: &Secret) -> Option<Self> {
        let bytes = held.expose();
        let plain = std::str::from_utf8(bytes).ok();
        let content_type = held.content_type.clone();
        if let Some(template) = plain.and_then(|text| Template::of(text, secret)) {
            return Some(Self {
                wide: false,
                content_type,
                template,
            });
        }
        let (pairs, odd) = bytes.as_chunks::<2>();
        let units = pairs.iter().map(|pair| u16::from_le_bytes(*pair));
        let text: String = char::decode_utf16(units).collect::<Result<_, _>>().ok()?;
        let text = Zeroizing::new(text);
        let template = Template::of(&text, secret).filter(|_| odd.is_empty())?;
        Some(Self {
            wide: true,
            content_type,
            template,
        })
    }
}

/// The secret of an entry with a token in it.
pub(super) fn entry_secret(
    template: &Template,
    wide: bool,
    content_type: &str,
    token: &Secret,
) -> VaultSecret {
    let text = template.fill(token);
    let bytes = if wide {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    } else {
        text.as_bytes().to_vec()
    };
    VaultSecret::new(bytes, content_type)
}

/// What is said where a token stands in a form that cannot be written anew.
pub(super) const UNKNOWN: &str =
    "how the old token is written there is not known: put the new one in by hand";

/// The changes that put the token where the credential's own stands, in its encoding and with what is around it.
///
/// # Errors
/// Why that cannot be done: the end of a sentence.
pub fn replaced(
    credential: &Credential,
    token: &Secret,
    reader: &Reader<'_>,
) -> Result<Vec<Change>, String> {
    let unknown = || UNKNOWN.to_owned();
    let secret = credential
        .secret
        .as_ref()
        .filter(|_| can_hold(credential.kind));
    let secret = secret.ok_or_else(unknown)?;
    match credential.change.as_ref().ok_or_else(unknown)? {
        Change::DeleteFile { path, base } => {
            let bytes = reader.planned(path, *base, false)?;
            let text = Text::decode(&bytes);
            let all = 0..text.as_str().len();
            let splices = splices(&text, &[all], secret, token).ok_or_else(unknown)?;
            Ok(vec![Change::EditFile {
                path: path.clone(),
                base: *base,
                splices,
                git_config: false,
                sealed: false,
            }])
        }
        Change::EditFile {
            path,
            base,
            splices: cuts,
            git_config,
            sealed,
        } => {
            let bytes = reader.planned(path, *base, *sealed)?;
            let text = Text::decode(&bytes);
            let ranges: Option<Vec<_>> = cuts.iter().map(|cut| text.of_bytes(&cut.range)).collect();
            let splices = splices(&text, &ranges.ok_or_else(unknown)?, secret, token);
            Ok(vec![Change::EditFile {
                path: path.clone(),
                base: *base,
                splices: splices.ok_or_else(unknown)?,
                git_config: *git_config,
                sealed: *sealed,
            }])
        }
        Change::DeleteVaultEntry {
            entry,
            base,
            kept,
            shards,
        } if shards.is_empty() => {
            let held = reader.entry(entry, *base, secret)?;
            let put = Change::PutVaultEntry {
                ring: entry.ring.clone(),
                label: entry.label.clone(),
                attributes: entry.attributes.clone(),
                secret: entry_secret(&held.template, held.wide, &held.content_type, token),
                kept: *kept,
            };
            let delete = Change::DeleteVaultEntry {
                entry: entry.clone(),
                base: *base,
                kept: *kept,
                shards: Vec::new(),
            };
            Ok(vec![delete, put])
        }
        Change::SetRegistryValue { key, values, .. } => {
            let [(name, base)] = values.as_slice() else {
                return Err(unknown());
            };
            let data = reader.registry()?.value(&RegistryKey::of_person(key), name);
            let data = data.map_err(|fault| fault.to_string())?;
            if Digest::of_value(&data) != *base {
                return Err("it was changed after it was read".to_owned());
            }
            let text = data
                .as_text()
                .filter(|_| data.is_exact())
                .ok_or_else(unknown)?;
            let found = occurrences(&text, secret);
            if found.is_empty() {
                return Err(unknown());
            }
            let at = |end: usize| text[..end].encode_utf16().count() * 2;
            let splices = found.iter().map(|one| Splice {
                range: at(one.range.start)..at(one.range.end),
                replacement: wide(&one.template.fill(token)),
            });
            Ok(vec![Change::SetRegistryValue {
                key: key.clone(),
                values: values.clone(),
                splices: Some(splices.collect()),
            }])
        }
        Change::DeleteVaultEntry { .. }
        | Change::CreateFile { .. }
        | Change::PutVaultEntry { .. }
        | Change::Forget { .. } => Err(unknown()),
    }
}

fn wide(text: &str) -> Content {
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.into()
}

/// Puts the token wherever the old one stands in these ranges of the text; `None` where it stands nowhere.
fn splices(
    text: &Text,
    ranges: &[Range<usize>],
    old: &Secret,
    token: &Secret,
) -> Option<Vec<Splice>> {
    let mut splices = Vec::new();
    for range in ranges {
        for Occurrence {
            range: found,
            template,
        } in occurrences(text.as_str().get(range.clone())?, old)
        {
            let range = range.start + found.start..range.start + found.end;
            splices.push(Splice {
                range: text.bytes_of(&range),
                replacement: text.encode(&template.fill(token)).into(),
            });
        }
    }
    (!splices.is_empty()).then_some(splices)
}
