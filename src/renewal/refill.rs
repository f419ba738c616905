//! A new token in a slot that an old one was removed from.

use super::replaced::entry_secret;
use super::{FileSite, Part, Reader, Site, Slot};
use crate::model::{Change, Content, Digest, Secret, Splice};
use crate::platform::read::ReadFault;
use crate::text::Text;

/// Places whose entries stand for themselves, so that one can be added at the end.
const LISTS: [&str; 3] = ["git-credential-store", "netrc", "npm"];

/// The change that puts the token where the old one was. `key` is this workstation's own, as when the slot was remembered.
///
/// # Errors
/// Why that cannot be done: the end of a sentence.
pub fn refill(
    slot: &Slot,
    token: &Secret,
    reader: &Reader<'_>,
    key: &[u8; 32],
) -> Result<Change, String> {
    match &slot.site {
        Site::Entry(site) => Ok(Change::PutVaultEntry {
            ring: site.ring.clone(),
            label: site.label.clone(),
            attributes: site.attributes.clone(),
            secret: entry_secret(&site.template, site.wide, &site.content_type, token),
            kept: true,
        }),
        Site::File(site) => file(slot, site, token, reader, key),
    }
}

fn file(
    slot: &Slot,
    site: &FileSite,
    token: &Secret,
    reader: &Reader<'_>,
    key: &[u8; 32],
) -> Result<Change, String> {
    let bytes = match reader.file(&site.path) {
        Ok(bytes) => bytes,
        Err(ReadFault::Absent) => {
            let whole: Vec<_> = site
                .parts
                .iter()
                .map(|part| part.template.fill(token))
                .collect();
            let alone = site.after.is_none() || LISTS.contains(&slot.store.as_str());
            if !alone {
                return Err("its file is gone: put the token in by hand".to_owned());
            }
            let content: Vec<u8> = whole.iter().flat_map(|text| text.bytes()).collect();
            return Ok(Change::CreateFile {
                path: site.path.clone(),
                content: content.into(),
            });
        }
        Err(fault) => return Err(fault.to_string()),
    };
    let base = Digest::of(&bytes);
    let text = Text::decode(&bytes);
    let is_as_left = site.after == Some(base);
    let splices: Result<Vec<_>, String> = site
        .parts
        .iter()
        .map(|part| {
            let at = if is_as_left {
                Some(part.at..part.at + part.instead)
            } else {
                anchored(slot, part, &bytes, key)
            };
            let range = at.ok_or(CHANGED)?;
            let mut filled = part.template.fill(token);
            if range.start == bytes.len()
                && !is_as_left
                && bytes.last().is_some_and(|it| *it != b'\n')
            {
                filled.insert(0, '\n');
            }
            Ok(Splice {
                range,
                replacement: Content::from(text.encode(&filled)),
            })
        })
        .collect();
    Ok(Change::EditFile {
        path: site.path.clone(),
        base,
        splices: splices?,
        git_config: site.git_config,
        sealed: false,
    })
}

const CHANGED: &str =
    "its file was changed after the old token was removed: put the new one in by hand";

/// Where a part goes in a file that was changed since: after the line that it stood after, where there is just one such
/// line; at the end, where that is as good as anywhere.
fn anchored(
    slot: &Slot,
    part: &Part,
    bytes: &[u8],
    key: &[u8; 32],
) -> Option<std::ops::Range<usize>> {
    if part.instead > 0 {
        return None;
    }
    let mut after = Vec::new();
    if let Some(wanted) = part.line_before {
        let mut at = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            at += line.len();
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            if Digest::with_key(key, line) == wanted {
                after.push(at);
            }
        }
    }
    match after.as_slice() {
        [at] => Some(*at..*at),
        _ if LISTS.contains(&slot.store.as_str()) && part.template.is_lines() => {
            Some(bytes.len()..bytes.len())
        }
        _ => None,
    }
}
