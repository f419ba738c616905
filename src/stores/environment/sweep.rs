//! From the statements of a file to the credentials that stand in it.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use super::holding::{self, Held, Part};
use super::names::{self, Pin};
use super::script::{Assignment, Removal, Statement};
use super::siblings::Siblings;
use crate::model::{Credential, Kind, Remedy, Scope, TenantClaim};
use crate::stores::Finder;
use crate::stores::git::{authority_claim, is_microsoft_account};
use crate::stores::owner::Owner;
use crate::text::{Custody, Document, Draft, is_reference};

/// More findings than any file has that a person wrote.
const MOST: usize = 1_000;

/// More variables than any file has that may hold a secret: each is asked whose it is among all the others.
const MOST_ASKED: usize = 5_000;

/// What the person does with a line that does more than setting a variable.
const BY_HAND: &str = "Take the token out of this line with an editor: it does other things too";

/// One file's statements, looked through for one store.
pub(super) struct Sweep<'s> {
    pub(super) document: &'s Document,
    pub(super) store: &'static str,
    pub(super) scope: &'s Scope,
    pub(super) statements: &'s [Statement],
    /// What the person does where rekey changes nothing in files of this kind.
    pub(super) only_by_hand: Option<&'static str>,
    /// Take what only has the form of a token for a password: not in files of samples.
    pub(super) by_form: bool,
}

/// What was found in a file.
pub(super) struct Swept {
    credentials: Vec<Credential>,
    /// Why there may be more.
    cut_short: Option<String>,
}

/// Enters what was found in a file.
pub(super) fn enter(finder: &mut Finder<'_>, path: &Path, swept: Swept) {
    for credential in swept.credentials {
        finder.add(credential);
    }
    if let Some(reason) = swept.cut_short {
        finder.unreadable(path, reason);
    }
}

/// What one variable is found to be.
enum Finding<'s> {
    Secret(&'s Assignment, Held),
    Pinned(&'s Assignment, Option<TenantClaim>),
}

impl<'s> Sweep<'s> {
    /// The credentials in the order of the file.
    pub(super) fn credentials(&self) -> Swept {
        let all = self.statements.iter().flat_map(|it| &it.assignments);
        let pairs = all.map(|it| (it.name.as_str(), it.value.as_str()));
        let siblings = Siblings::new(pairs, self.scope);
        let mut found = Vec::new();
        let mut asked = 0;
        for statement in self.statements {
            let all = statement.assignments.iter();
            asked += all
                .filter(|it| holding::may_hold(&it.name, &it.value))
                .count();
            if asked > MOST_ASKED {
                break;
            }
            let findings: Vec<_> = (statement.assignments.iter())
                .flat_map(|assignment| self.in_assignment(assignment, &siblings))
                .collect();
            let crowded = crowded(&findings);
            for finding in findings {
                found.push(self.of_variable(finding, &siblings, &crowded));
            }
            for part in around(statement) {
                self.in_words(statement, part, &mut found);
            }
            if found.len() > MOST {
                break;
            }
        }
        let cut_short = if found.len() > MOST {
            Some(format!("only its first {MOST} tokens are shown"))
        } else if asked > MOST_ASKED {
            Some(format!(
                "it sets more than {MOST_ASKED} variables that may hold a token"
            ))
        } else {
            None
        };
        found.truncate(MOST);
        Swept {
            credentials: found,
            cut_short,
        }
    }

    fn in_assignment(&self, assignment: &'s Assignment, siblings: &Siblings) -> Vec<Finding<'s>> {
        let Assignment { name, value, .. } = assignment;
        if let Some(pinned) = pinned(name, value) {
            return vec![Finding::Pinned(assignment, pinned.claim)];
        }
        if !holding::may_hold(name, value) {
            return Vec::new();
        }
        let owner = siblings.owner(name);
        let held = holding::in_variable(name, value, &owner, self.scope);
        held.into_iter()
            .filter(|held| self.by_form || !held.by_form)
            .map(|held| Finding::Secret(assignment, held))
            .collect()
    }

    fn of_variable(
        &self,
        finding: Finding<'s>,
        siblings: &Siblings,
        crowded: &HashMap<usize, usize>,
    ) -> Credential {
        let alone = |removal: &Removal| match removal {
            Removal::Word { command, .. } => crowded.get(command).is_none_or(|count| *count < 2),
            Removal::Lines(_) | Removal::Item(_) => true,
        };
        match finding {
            Finding::Pinned(assignment, claim) => {
                let owner = siblings.owner(&assignment.name);
                let organization = owner.organization();
                let mut draft = self
                    .document
                    .draft(self.store, Kind::PinnedTenant)
                    .organization(organization.clone())
                    .entry(&assignment.name)
                    .at(assignment.written.start);
                if let Some(claim) = claim {
                    draft = draft.tenant(organization, claim);
                }
                let removal = assignment.removal.clone().filter(alone);
                self.finish(draft, removal)
            }
            Finding::Secret(assignment, held) => {
                let inside = self.inside(assignment);
                let removal = match (&held.part, inside) {
                    (Part::Whole, _) => assignment.removal.clone().filter(alone),
                    (Part::UserInfo(range), Some(start)) if assignment.removal.is_some() => {
                        Some(Removal::Lines(start + range.start..start + range.end))
                    }
                    (Part::UserInfo(_) | Part::Piece, _) => None,
                };
                let at = inside.map_or(assignment.written.start, |start| start + held.span.start);
                let draft = self.secret(held, &assignment.name, at);
                self.finish(draft, removal)
            }
        }
    }

    /// Tokens and addresses in the words of a statement.
    fn in_words(&self, statement: &Statement, part: Range<usize>, found: &mut Vec<Credential>) {
        let text = self.document.as_str();
        let Some(words) = text.get(part.clone()) else {
            return;
        };
        if !holding::may_hold("", words) {
            return;
        }
        for mut held in holding::in_text(words, self.scope) {
            if held.owner == Owner::Unknown {
                let whole = text.get(statement.content.clone());
                let named = whole.and_then(holding::organization_in);
                held.owner = Owner::AzureDevOps(named);
            }
            let at = part.start + held.span.start;
            found.push(self.finish(self.secret(held, &statement.label, at), None));
        }
    }

    fn secret(&self, held: Held, entry: &str, at: usize) -> Draft<'s> {
        let listed = held.owner == Owner::Nobody;
        let mut draft = self
            .document
            .draft(self.store, Kind::Pat)
            .organization(held.owner.organization())
            .entry(entry)
            .at(at)
            .value(&held.value);
        if listed {
            draft = draft.listed();
        }
        if held.by_form {
            draft = draft.by_form();
        }
        draft
    }

    fn finish(&self, draft: Draft<'s>, removal: Option<Removal>) -> Credential {
        let own = matches!(self.document.custody(), Custody::Own | Custody::HardLinked);
        let draft = match (self.only_by_hand, removal) {
            (Some(advice), _) => draft.remedy(Remedy::Manual).advice(advice),
            (None, Some(removal)) => removal.cut_from(draft.remedy(Remedy::Consent)),
            (None, None) if own => draft.remedy(Remedy::Manual).advice(BY_HAND),
            (None, None) => draft.remedy(Remedy::Manual),
        };
        draft.finish()
    }

    /// Where the value begins in the text, if it stands there as it is, without escapes.
    fn inside(&self, assignment: &Assignment) -> Option<usize> {
        let written = self.document.as_str().get(assignment.written.clone())?;
        let at = written.find(&assignment.value)?;
        Some(assignment.written.start + at)
    }
}

/// How many words with something in them each command has.
fn crowded(findings: &[Finding<'_>]) -> HashMap<usize, usize> {
    let mut counts = HashMap::new();
    for finding in findings {
        let (Finding::Secret(assignment, _) | Finding::Pinned(assignment, _)) = finding;
        if let Some(Removal::Word { command, .. }) = &assignment.removal {
            *counts.entry(*command).or_insert(0) += 1;
        }
    }
    counts
}

/// The parts of a statement that are no values of variables.
fn around(statement: &Statement) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = statement.content.start;
    for assignment in &statement.assignments {
        parts.push(start..assignment.written.start);
        start = assignment.written.end;
    }
    parts.push(start..statement.content.end);
    parts.retain(|part| part.start < part.end);
    parts
}

/// A tenant that a variable pins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pinned {
    /// What it says, where that can be told.
    pub(super) claim: Option<TenantClaim>,
}

/// The tenant that a variable pins; `None` where it pins none.
pub(super) fn pinned(name: &str, value: &str) -> Option<Pinned> {
    let pin = names::pin(&names::spelled(name))?;
    let value = value.trim();
    if value.is_empty() || is_reference(value) || value.contains(['$', '(']) {
        return None;
    }
    let claim = match pin {
        // A tenant may also be given as a domain, of which nothing can be told.
        Pin::Tenant => TenantClaim::from_guid(value),
        Pin::ServicePrincipal => value.split('/').next().and_then(TenantClaim::from_guid),
        Pin::Authority => authority_claim(value),
        Pin::Account => {
            is_microsoft_account(value).then_some(())?;
            Some(TenantClaim::Unset)
        }
    };
    Some(Pinned { claim })
}
