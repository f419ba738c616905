//! What is remembered of the slots that a run empties.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::{EntrySite, FileSite, Part, Reader, Site, Slot, Template, can_hold};
use crate::model::{
    Change, Credential, Digest, Edit, Finding, Outcome, OutcomeState, Plan, Secret, Splice, splice,
};
use crate::text::Text;
use crate::token;

/// Slots that a plan would empty, with what is known of them before it does.
pub struct Candidates {
    slots: Vec<(String, Slot)>,
    files: BTreeMap<PathBuf, Before>,
    key: [u8; 32],
}

/// A file before it was changed.
struct Before {
    bytes: Zeroizing<Vec<u8>>,
    /// What each edit does to it; `None` deletes it.
    edits: Vec<(String, Option<Vec<Splice>>)>,
}

impl Candidates {
    /// The slots that these edits of the plan would empty. `key` is this workstation's own: with it nobody else can try
    /// what a remembered line said.
    pub fn of<'a>(
        plan: &Plan,
        approved: &HashSet<String>,
        found: impl IntoIterator<Item = (&'a Finding, &'a Credential)>,
        reader: &Reader<'_>,
        key: [u8; 32],
        now: Timestamp,
    ) -> Self {
        let mut candidates = Self {
            slots: Vec::new(),
            files: BTreeMap::new(),
            key,
        };
        let edits: Vec<&Edit> = plan
            .edits
            .iter()
            .filter(|edit| approved.contains(&edit.id))
            .collect();
        for edit in &edits {
            candidates.take_file(edit, reader);
        }
        for (finding, credential) in found {
            let Some(edit) = edits.iter().find(|edit| edit.finding == finding.id) else {
                continue;
            };
            if let Some(slot) = candidates.slot(edit, finding, credential, reader, now) {
                candidates.slots.push((edit.id.clone(), slot));
            }
        }
        candidates
    }

    fn take_file(&mut self, edit: &Edit, reader: &Reader<'_>) {
        let (path, base, splices) = match &edit.change {
            Change::DeleteFile { path, base } => (path, base, None),
            Change::EditFile {
                path,
                base,
                splices,
                sealed: false,
                ..
            } => (path, base, Some(splices.clone())),
            _ => return,
        };
        let before = match self.files.get_mut(path) {
            Some(before) => before,
            // What cannot be read now is not remembered; the executor says why it cannot.
            None => match reader.planned(path, *base, false) {
                Ok(bytes) => self.files.entry(path.clone()).or_insert(Before {
                    bytes,
                    edits: Vec::new(),
                }),
                Err(_) => return,
            },
        };
        before.edits.push((edit.id.clone(), splices));
    }

    fn slot(
        &self,
        edit: &Edit,
        finding: &Finding,
        credential: &Credential,
        reader: &Reader<'_>,
        now: Timestamp,
    ) -> Option<Slot> {
        let secret = credential
            .secret
            .as_ref()
            .filter(|_| can_hold(credential.kind))?;
        let site = match &edit.change {
            Change::DeleteFile { path, .. } => {
                let text = std::str::from_utf8(&self.files.get(path)?.bytes).ok()?;
                Site::File(FileSite {
                    path: path.to_str().is_some().then(|| path.clone())?,
                    git_config: false,
                    after: None,
                    parts: vec![Part {
                        at: 0,
                        instead: 0,
                        line_before: None,
                        template: clean(text, secret)?,
                    }],
                })
            }
            Change::EditFile {
                path,
                splices,
                git_config,
                sealed: false,
                ..
            } => {
                let text = Text::decode(&self.files.get(path)?.bytes);
                // Where several meet at one place, they go back in the order of the file.
                let mut cuts: Vec<&Splice> = splices.iter().collect();
                cuts.sort_by_key(|cut| cut.range.start);
                let parts: Option<Vec<_>> = cuts
                    .into_iter()
                    .map(|cut| {
                        let range = text.of_bytes(&cut.range)?;
                        let part = text.as_str().get(range)?;
                        Some(Part {
                            // Where it goes is known when all edits of the file are made.
                            at: cut.range.start,
                            instead: cut.replacement.len(),
                            line_before: None,
                            template: clean(part, secret).or_else(|| Template::of_text(part))?,
                        })
                    })
                    .collect();
                let parts = parts?;
                // All of it would go back, and no token with it.
                parts
                    .iter()
                    .any(|part| part.template.has_room())
                    .then_some(())?;
                Site::File(FileSite {
                    path: path.to_str().is_some().then(|| path.clone())?,
                    git_config: *git_config,
                    after: None,
                    parts,
                })
            }
            Change::DeleteVaultEntry {
                entry,
                base,
                shards,
                ..
            } if shards.is_empty() => {
                let held = reader.entry(entry, *base, secret).ok()?;
                Site::Entry(EntrySite {
                    ring: entry.ring.clone(),
                    label: entry.label.clone(),
                    attributes: entry.attributes.clone(),
                    content_type: held.content_type,
                    wide: held.wide,
                    template: held.template,
                })
            }
            _ => return None,
        };
        Some(Slot {
            finding: finding.id.clone(),
            store: finding.store.clone(),
            organization: finding.organization.clone()?,
            location: finding.location.clone(),
            address: credential.address.clone(),
            created: credential.observed.created,
            removed: now,
            site,
            filled: None,
        })
    }

    /// The slots that were emptied, with where their tokens go.
    pub fn emptied(self, outcomes: &[Outcome]) -> Vec<Slot> {
        let done: HashSet<&str> = outcomes
            .iter()
            .filter(|outcome| outcome.state == OutcomeState::Done)
            .map(|outcome| outcome.edit.as_str())
            .collect();
        let Self { slots, files, key } = self;
        let made = slots
            .into_iter()
            .filter(|(edit, _)| done.contains(edit.as_str()));
        made.filter_map(|(_, mut slot)| {
            if let Site::File(site) = &mut slot.site {
                let before = files.get(&site.path)?;
                settle(site, before, &done, &key)?;
            }
            Some(slot)
        })
        .collect()
    }
}

/// Finds where the parts of a slot are in the file as it is after all edits that were made.
fn settle(
    site: &mut FileSite,
    before: &Before,
    done: &HashSet<&str>,
    key: &[u8; 32],
) -> Option<()> {
    let made = before
        .edits
        .iter()
        .filter(|(edit, _)| done.contains(edit.as_str()));
    let all: Option<Vec<&Vec<Splice>>> = made.map(|(_, splices)| splices.as_ref()).collect();
    let Some(all) = all else {
        // The file is gone.
        return Some(());
    };
    let all: Vec<Splice> = all.into_iter().flatten().cloned().collect();
    let after = Zeroizing::new(splice(&before.bytes, all.clone()).ok()?);
    site.after = Some(Digest::of(&after));
    for part in &mut site.parts {
        let own = all
            .iter()
            .find(|it| it.range.start == part.at && it.replacement.len() == part.instead)?
            .range
            .clone();
        let mut at = own.start;
        let mut counted: Vec<&Splice> = Vec::new();
        for other in &all {
            if other.range == own || counted.contains(&other) {
                continue;
            }
            // Where two meet, neither can be put back alone.
            if other.range.start < own.end && own.start < other.range.end {
                return None;
            }
            if other.range.end <= own.start {
                at = (at + other.replacement.len()).checked_sub(other.range.len())?;
                counted.push(other);
            }
        }
        part.at = at;
        let starts_line = at == 0 || after.get(at - 1) == Some(&b'\n');
        let ends_line = before
            .bytes
            .get(own.clone())
            .is_some_and(|cut| cut.ends_with(b"\n"));
        if starts_line && ends_line && at > 0 {
            let line = after[..at - 1].rsplit(|byte| *byte == b'\n').next()?;
            part.line_before = Some(Digest::with_key(key, line));
        }
    }
    Some(())
}

/// The text with room for the token, where it holds no other.
fn clean(text: &str, secret: &Secret) -> Option<Template> {
    let template = Template::of(text, secret)?;
    let held = template
        .texts()
        .into_iter()
        .any(|text| !token::find_all(text).is_empty());
    (!held).then_some(template)
}
