//! One edit of a plan with what it is about, as people are asked about it.

use super::{Layout, plain, words};
use crate::model::{Change, Edit, Finding, Location, OldAddress, Remedy, Verdict};

/// What an edit removes or changes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Subject<'a> {
    /// A finding, which it removes.
    Finding(&'a Finding),
    /// A remote's old address, which it changes.
    Address(&'a OldAddress),
}

/// An edit and its subject.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Planned<'a> {
    pub edit: &'a Edit,
    pub subject: Subject<'a>,
}

impl Planned<'_> {
    /// Whether it changes an address and removes nothing.
    pub(crate) fn is_address(&self) -> bool {
        matches!(self.subject, Subject::Address(_))
    }

    /// The store whose heading it stands below.
    pub(super) fn store(&self) -> &str {
        match self.subject {
            Subject::Finding(finding) => &finding.store,
            Subject::Address(_) => "git-config",
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        match self.subject {
            Subject::Finding(finding) => words::kind(finding.kind),
            Subject::Address(_) => "old address",
        }
    }

    pub(super) fn verdict(&self) -> Option<Verdict> {
        match self.subject {
            Subject::Finding(finding) => Some(finding.verdict),
            Subject::Address(_) => None,
        }
    }

    /// Where in its place, why, and what a person should know before they agree.
    pub(super) fn what(&self) -> String {
        let mut lines = vec![words::entry(&self.edit.location)];
        match self.subject {
            Subject::Finding(finding) => {
                lines.push(words::reasons(finding));
                if finding.remedy == Remedy::Consent {
                    lines.push("something else may use it too".to_owned());
                }
            }
            Subject::Address(address) => {
                let modern = address.modern.as_deref().unwrap_or_default();
                lines.push(format!("becomes {}", plain(modern)));
            }
        }
        lines.extend(match &self.edit.change {
            Change::Forget { .. } => {
                Some("it is only in memory: rekey undo cannot bring it back".to_owned())
            }
            Change::DeleteVaultEntry { kept: false, .. } => Some(
                "rekey undo cannot bring it back: the vault keeps no key for its copy, or no copy can be made".to_owned(),
            ),
            _ => None,
        });
        lines.join("\n")
    }

    /// One line, for a list to pick from.
    pub(crate) fn one_line(&self, layout: &Layout) -> String {
        let word = self
            .verdict()
            .map_or_else(|| self.kind().to_owned(), |verdict| verdict.to_string());
        line(&word, &self.edit.location, layout)
    }
}

/// A finding in one line.
pub(crate) fn one_line(finding: &Finding, layout: &Layout) -> String {
    line(finding.verdict.as_str(), &finding.location, layout)
}

fn line(word: &str, location: &Location, layout: &Layout) -> String {
    let place = layout.short(&words::place(location));
    let text = format!("{word} {place}, {}", words::entry(location));
    // A line that wraps breaks a list's drawing.
    let room = usize::from(layout.width).saturating_sub(8).max(24);
    if text.chars().count() <= room {
        return text;
    }
    text.chars().take(room - 1).chain(['…']).collect()
}
