//! What is remembered of the steps between runs: `steps.json`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rekey_report::SshKey;
use serde::{Deserialize, Serialize};

use super::Signs;
use super::steps::{calls_for, concerns};
use crate::model::{Finding, Organization, OrganizationName, StepId};
use crate::state::{StateFault, StateFolder};

const NAME: &str = "steps.json";

/// What the person said, and what was seen on this workstation, by organization.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedSteps {
    /// By the organization's name in lower case.
    organizations: BTreeMap<String, BTreeMap<StepId, SavedStep>>,
    /// Public keys of before the change. ssh offers them no longer once the new one is set up, and Support has yet to
    /// clear them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    old_keys: Vec<SshKey>,
}

/// One step of one organization.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct SavedStep {
    /// Something on this workstation called for the step once; removing it ends no step.
    seen: bool,
    /// When the person said that it is done.
    declared: Option<Timestamp>,
    /// When the person said that it does not apply.
    not_needed: Option<Timestamp>,
    /// How far it was put off.
    deferral: Option<Deferral>,
    /// What was seen to work.
    #[serde(skip_serializing_if = "Option::is_none")]
    proved: Option<Proved>,
}

/// What rekey saw work, for a step that ends with that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Proved {
    /// The SHA256 fingerprint of a key.
    fingerprint: String,
    at: Timestamp,
}

/// A step that was put off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deferral {
    /// It is pending again from then on.
    pub until: Timestamp,
    /// How often it was put off.
    pub count: u32,
}

impl SavedSteps {
    /// What was saved; nothing where there is no file.
    pub fn load(state: &StateFolder) -> Result<Self, StateFault> {
        Ok(state.read_json(NAME)?.unwrap_or_default())
    }

    /// Saves it.
    pub fn save(&self, state: &StateFolder) -> Result<(), StateFault> {
        state.write_json(NAME, self)
    }

    /// Remembers which steps the findings and signs call for. A run calls it before it removes anything.
    pub fn remember(
        &mut self,
        organizations: &[Organization],
        findings: &[Finding],
        signs: &Signs,
    ) {
        for organization in organizations {
            for (id, is_seen) in [
                (StepId::MicrosoftAccount, signs.clash(&organization.name)),
                (StepId::Subscription, signs.visual_studio),
            ] {
                if is_seen {
                    self.step(&organization.name, id).seen = true;
                }
            }
            for id in [StepId::Caches, StepId::Pats, StepId::SshKeys] {
                let wanted = findings
                    .iter()
                    .any(|finding| calls_for(id, finding) && concerns(finding, organization));
                if wanted {
                    self.step(&organization.name, id).seen = true;
                }
            }
        }
    }

    /// The person says that the step is done.
    pub fn declare(&mut self, organization: &OrganizationName, id: StepId, now: Timestamp) {
        let step = self.step(organization, id);
        step.declared = Some(now);
        step.not_needed = None;
    }

    /// The person says that the step does not apply to them.
    pub fn say_not_needed(&mut self, organization: &OrganizationName, id: StepId, now: Timestamp) {
        let step = self.step(organization, id);
        step.not_needed = Some(now);
        step.declared = None;
    }

    /// The person puts the step off; what they said of it before counts no more.
    pub fn defer(&mut self, organization: &OrganizationName, id: StepId, until: Timestamp) {
        let step = self.step(organization, id);
        let count = step.deferral.map_or(0, |deferral| deferral.count);
        // Whoever puts it off has it before them, though nothing here shows it.
        step.seen |= matches!(id, StepId::MicrosoftAccount | StepId::Subscription);
        step.deferral = Some(Deferral {
            until,
            count: count.saturating_add(1),
        });
        step.declared = None;
        step.not_needed = None;
    }

    /// rekey saw the key with this fingerprint work.
    pub fn prove(
        &mut self,
        organization: &OrganizationName,
        id: StepId,
        fingerprint: &str,
        now: Timestamp,
    ) {
        let step = self.step(organization, id);
        // A proof shows that the step was needed, whatever was said of it.
        step.seen = true;
        step.not_needed = None;
        step.proved = Some(Proved {
            fingerprint: fingerprint.to_owned(),
            at: now,
        });
    }

    /// The fingerprint of the key that rekey saw work, and when.
    pub fn proved(&self, organization: &OrganizationName, id: StepId) -> Option<(&str, Timestamp)> {
        let proved = self.get(organization, id)?.proved.as_ref()?;
        Some((&proved.fingerprint, proved.at))
    }

    /// Remembers keys of before the change, each once.
    pub fn remember_keys(&mut self, keys: &[SshKey]) {
        for key in keys {
            if !self.old_keys.contains(key) {
                self.old_keys.push(key.clone());
            }
        }
    }

    /// What Support clears for these organizations: keys that were found now, and while the step of the keys is open also
    /// those that ssh has ceased to offer.
    pub fn keys_for_support(
        &self,
        organizations: &[Organization],
        found: Vec<SshKey>,
    ) -> Vec<SshKey> {
        let is_open = |name: &OrganizationName| {
            self.proved(name, StepId::SshKeys).is_none()
                && self.declared(name, StepId::SshKeys).is_none()
        };
        let waits = |key: &&SshKey| {
            let own = key.organization.as_deref();
            let mut whose = organizations
                .iter()
                .filter(|one| own.is_none_or(|own| one.name.is(own)));
            whose.any(|one| is_open(&one.name))
        };
        let mut keys = found;
        for key in self.old_keys.iter().filter(waits) {
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
        keys
    }

    /// Whether something on this workstation called for the step once.
    pub fn seen(&self, organization: &OrganizationName, id: StepId) -> bool {
        self.get(organization, id).is_some_and(|step| step.seen)
    }

    /// When the person said that the step is done.
    pub fn declared(&self, organization: &OrganizationName, id: StepId) -> Option<Timestamp> {
        self.get(organization, id)?.declared
    }

    /// When the person said that the step does not apply.
    pub fn not_needed(&self, organization: &OrganizationName, id: StepId) -> Option<Timestamp> {
        self.get(organization, id)?.not_needed
    }

    /// How far and how often the step was put off; a time that is past counts no more.
    pub fn deferral(&self, organization: &OrganizationName, id: StepId) -> Option<Deferral> {
        self.get(organization, id)?.deferral
    }

    fn get(&self, organization: &OrganizationName, id: StepId) -> Option<&SavedStep> {
        self.organizations.get(&key(organization))?.get(&id)
    }

    fn step(&mut self, organization: &OrganizationName, id: StepId) -> &mut SavedStep {
        self.organizations
            .entry(key(organization))
            .or_default()
            .entry(id)
            .or_default()
    }
}

fn key(organization: &OrganizationName) -> String {
    organization.as_str().to_ascii_lowercase()
}
