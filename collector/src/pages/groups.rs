//! States by organization, operating system, ring and version of the agent, as tables.

use super::parts::{StateView, address};
use super::show::{grouped, share};
use crate::storage::{FindingNumbers, GroupNumbers, StateCounts, StoreNumbers};

/// The states in the order in which pages show them.
pub(super) const fn states(counts: StateCounts) -> [(&'static str, u64); 6] {
    [
        ("compliant", counts.compliant),
        ("action-needed", counts.action_needed),
        ("failed", counts.failed),
        ("waiting", counts.waiting),
        ("silent", counts.silent),
        ("not-reported", counts.not_reported),
    ]
}

/// One line of such a table.
pub(super) struct Group {
    pub(super) name: String,
    /// Where the name leads; empty for none.
    pub(super) href: String,
    /// Beside the name.
    pub(super) note: String,
    pub(super) cells: Vec<Cell>,
    /// How many of them are compliant, in percent.
    pub(super) done: String,
    /// Done in part by the person's word.
    pub(super) declared: String,
    pub(super) stale: String,
    pub(super) unsure: String,
}

pub(super) struct Cell {
    pub(super) state: StateView,
    pub(super) count: u64,
    pub(super) shown: String,
    /// The list of these devices; empty for none.
    pub(super) href: String,
}

/// `asked` is the field of the list's filter; it takes no empty value, so those have no link.
pub(super) fn group(
    name: String,
    label: String,
    asked: &'static str,
    devices: StateCounts,
    declared: u64,
    findings: FindingNumbers,
) -> Group {
    let list = |state: &str| {
        if name.is_empty() {
            String::new()
        } else {
            address("/devices", &[(asked, &name), ("state", state)])
        }
    };
    Group {
        cells: cells(devices, list),
        done: share(devices.compliant, devices.total()),
        declared: grouped(declared),
        stale: grouped(findings.stale),
        unsure: grouped(findings.unsure),
        href: list(""),
        note: String::new(),
        name: label,
    }
}

fn cells(devices: StateCounts, list: impl Fn(&str) -> String) -> Vec<Cell> {
    states(devices)
        .into_iter()
        .map(|(word, count)| Cell {
            state: StateView::of(word),
            count,
            shown: grouped(count),
            href: list(word),
        })
        .collect()
}

pub(super) fn systems(systems: Vec<GroupNumbers>) -> Vec<Group> {
    systems
        .into_iter()
        .map(|one| {
            let label = super::words::system(&one.name).to_owned();
            group(
                one.name,
                label,
                "system",
                one.devices,
                one.declared,
                one.findings,
            )
        })
        .collect()
}

/// Nothing where no ring has a name.
pub(super) fn rings(rings: Vec<GroupNumbers>) -> Vec<Group> {
    if rings.iter().all(|ring| ring.name.is_empty()) {
        return Vec::new();
    }
    rings
        .into_iter()
        .map(|one| {
            let label = match one.name.as_str() {
                "" => "without a ring".to_owned(),
                name => name.to_owned(),
            };
            group(
                one.name,
                label,
                "ring",
                one.devices,
                one.declared,
                one.findings,
            )
        })
        .collect()
}

/// What is left in one place.
pub(super) struct Store {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) devices: String,
    pub(super) stale: String,
    pub(super) unsure: String,
}

/// `state` narrows the list that the name leads to.
pub(super) fn store(numbers: StoreNumbers, state: &str) -> Store {
    Store {
        href: address("/devices", &[("place", &numbers.name), ("state", state)]),
        devices: grouped(numbers.devices),
        stale: grouped(numbers.findings.stale),
        unsure: grouped(numbers.findings.unsure),
        name: numbers.name,
    }
}
