//! Where a workstation stands, from its report. Pure.

use std::collections::BTreeMap;

use rekey_report::{DeviceState, Finding, Proof, Report, StepState, Verdict};
use serde::{Deserialize, Serialize};

use crate::text;

/// So that a hostile report cannot fill the tables that are counted.
const MOST_ROWS: usize = 200;

/// Stale and unsure findings that nobody accepted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Counts {
    /// To be removed.
    pub stale: u32,
    /// Undecided.
    pub unsure: u32,
}

impl Counts {
    fn of<'a>(findings: impl Iterator<Item = &'a Finding>) -> Self {
        let mut counts = Self::default();
        for finding in findings.filter(|finding| finding.accepted.is_none()) {
            match finding.verdict {
                Verdict::Stale => counts.stale += 1,
                Verdict::Unsure => counts.unsure += 1,
                Verdict::Current => {}
            }
        }
        counts
    }

    const fn any(self) -> bool {
        self.stale + self.unsure > 0
    }
}

/// One organization on one workstation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OrganizationStanding {
    /// Its name as the report writes it.
    pub name: String,
    /// Where the workstation stands for this one.
    pub state: DeviceState,
    /// Not connected yet.
    pub gated: bool,
    /// What is left of it.
    pub findings: Counts,
}

impl OrganizationStanding {
    /// The name by which it is found: names are compared without case.
    #[must_use]
    pub fn key(&self) -> String {
        self.name.to_lowercase()
    }
}

/// A report, cut down to what is counted and listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Where the workstation stands.
    pub state: DeviceState,
    /// Of all its findings.
    pub findings: Counts,
    /// Steps that are pending or deferred.
    pub open_steps: u32,
    /// Steps that are done because the person said so.
    pub declared_steps: u32,
    /// Findings that somebody accepted.
    pub accepted: u32,
    /// Places and edits that failed.
    pub errors: u32,
    /// By organization.
    pub organizations: Vec<OrganizationStanding>,
    /// By place, only where something is left.
    pub stores: BTreeMap<String, Counts>,
}

impl Standing {
    /// Of one report.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let findings = Counts::of(report.findings.iter());
        let open_steps = steps(report, |step| {
            matches!(step.state, StepState::Pending | StepState::Deferred)
        });
        let state = proven(report, findings, open_steps);
        Self {
            state,
            findings,
            open_steps,
            declared_steps: steps(report, |step| {
                step.state == StepState::Done && step.proof == Some(Proof::Declared)
            }),
            accepted: accepted(report),
            errors: report.errors,
            organizations: organizations(report, state),
            stores: stores(report),
        }
    }
}

fn steps(report: &Report, which: impl Fn(&rekey_report::Step) -> bool) -> u32 {
    let count = report.steps.iter().filter(|step| which(step)).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn accepted(report: &Report) -> u32 {
    let findings = report.findings.iter();
    let count = findings
        .filter(|finding| finding.accepted.is_some())
        .count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The agent knows best where it stands, except that nothing is shown green that its own report
/// contradicts: an admin closes the change on that word.
fn proven(report: &Report, findings: Counts, open_steps: u32) -> DeviceState {
    let left = findings.any() || report.summary.stale + report.summary.unsure > 0 || open_steps > 0;
    let unknown = report.organizations.iter().any(|entry| entry.unknown);
    match report.state {
        DeviceState::Compliant | DeviceState::ActionNeeded if report.errors > 0 => {
            DeviceState::Failed
        }
        DeviceState::Compliant if left || unknown => DeviceState::ActionNeeded,
        said => said,
    }
}

fn organizations(report: &Report, state: DeviceState) -> Vec<OrganizationStanding> {
    let ownerless = Counts::of(
        report
            .findings
            .iter()
            .filter(|finding| finding.organization.is_none()),
    );
    let mut seen: Vec<OrganizationStanding> = Vec::new();
    let mut blamed = false;
    for entry in report.organizations.iter().take(MOST_ROWS) {
        let name = text::name(&entry.organization.name);
        let lowercase = name.to_lowercase();
        let same = |other: &str| other == name || other.to_lowercase() == lowercase;
        if name.is_empty() || seen.iter().any(|known| same(&known.name)) {
            continue;
        }
        let findings = Counts::of(
            report
                .findings
                .iter()
                .filter(|finding| finding.organization.as_deref().is_some_and(same)),
        );
        let open = steps(report, |step| {
            same(&step.organization)
                && matches!(step.state, StepState::Pending | StepState::Deferred)
        });
        let busy = findings.any() || open > 0 || entry.unknown || ownerless.any();
        let own = match state {
            DeviceState::Failed | DeviceState::Waiting => state,
            _ if entry.gated => DeviceState::Waiting,
            _ if busy => DeviceState::ActionNeeded,
            _ => DeviceState::Compliant,
        };
        blamed |= own == DeviceState::ActionNeeded;
        seen.push(OrganizationStanding {
            name,
            state: own,
            gated: entry.gated,
            findings,
        });
    }
    // The report says that something is left and not whose it is: then no organization is done.
    if state == DeviceState::ActionNeeded && !blamed {
        for organization in &mut seen {
            organization.state = state;
        }
    }
    seen
}

fn stores(report: &Report) -> BTreeMap<String, Counts> {
    let mut stores: BTreeMap<String, Counts> = BTreeMap::new();
    for finding in &report.findings {
        let counts = Counts::of(std::iter::once(finding));
        if !counts.any() {
            continue;
        }
        let store = text::name(&finding.store);
        if stores.len() >= MOST_ROWS && !stores.contains_key(&store) {
            continue;
        }
        let sum = stores.entry(store).or_default();
        sum.stale += counts.stale;
        sum.unsure += counts.unsure;
    }
    stores
}

#[cfg(test)]
#[path = "standing_tests.rs"]
mod tests;
