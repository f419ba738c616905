//! `rekey guide --json`.

use jiff::Timestamp;
use rekey_report::SshKey;
use serde::Serialize;

use super::support::request;
use super::{Instead, SavedSteps, page};
use crate::model::{DeferralLimits, Organization, Proof, Step, StepId, StepState};
use crate::renewal::FilledSlot;

/// The schema name of [`GuideAnswer`].
pub const GUIDE_SCHEMA: &str = "rekey.guide/1";

/// All steps with what to do for each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GuideAnswer {
    /// `rekey.guide/1`.
    pub schema: &'static str,
    /// When the steps must be done; absent where nobody has set it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// In the order in which a person takes them.
    pub steps: Vec<GuideStep>,
    /// What became of the slots that a new token was to go into; absent where none was given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub slots: Vec<FilledSlot>,
}

/// One step with what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GuideStep {
    /// Which step.
    pub id: StepId,
    /// For which organization.
    pub organization: String,
    /// How far it is.
    pub state: StepState,
    /// How it is known that it is done.
    pub proof: Option<Proof>,
    /// The page to open.
    pub address: Option<String>,
    /// What to do, a sentence or two each.
    pub instructions: Vec<String>,
    /// What to type for it.
    pub command: String,
    /// What to send to Support for it; absent where there is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support: Option<String>,
    /// Until when it is put off; null unless it is.
    pub deferred_until: Option<Timestamp>,
    /// How often more it may be put off; absent where nobody has set a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deferrals_left: Option<u32>,
}

impl GuideAnswer {
    /// The answer for these steps; `only` leaves out the others.
    pub fn new(
        steps: &[Step],
        organizations: &[Organization],
        keys: &[SshKey],
        saved: &SavedSteps,
        limits: &DeferralLimits,
        instead: &dyn Fn(&Organization) -> Instead,
        only: Option<StepId>,
    ) -> Self {
        let told = |step: &Step| {
            let organization = organizations
                .iter()
                .find(|organization| organization.name.is(&step.organization))?;
            let page = page(step.id, organization, instead(organization));
            let deferral = saved.deferral(&organization.name, step.id);
            Some(GuideStep {
                id: step.id,
                organization: step.organization.clone(),
                state: step.state,
                proof: step.proof,
                address: page.address,
                instructions: page.instructions,
                command: page.command,
                support: (step.id == StepId::SshKeys)
                    .then(|| request(organization, keys))
                    .flatten(),
                deferred_until: deferral
                    .filter(|_| step.state == StepState::Deferred)
                    .map(|deferral| limits.end(deferral.until)),
                deferrals_left: limits.left(deferral.map_or(0, |deferral| deferral.count)),
            })
        };
        Self {
            schema: GUIDE_SCHEMA,
            deadline: limits.deadline,
            slots: Vec::new(),
            steps: steps
                .iter()
                .filter(|step| only.is_none_or(|only| step.id == only))
                .filter_map(told)
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::super::steps;
    use super::super::testing::{key, organization};
    use super::*;

    #[test]
    fn a_step_is_told_with_its_page_its_command_and_its_time() {
        let contoso = [organization("contoso")];
        let mut saved = SavedSteps::default();
        let now = "2026-11-23T08:00:00Z".parse().unwrap();
        saved.defer(
            &contoso[0].name,
            StepId::SignIn,
            "2026-11-24T08:00:00Z".parse().unwrap(),
        );
        let steps = steps(&contoso, &[], &saved, &DeferralLimits::default(), now);
        let answer = GuideAnswer::new(
            &steps,
            &contoso,
            &[],
            &saved,
            &DeferralLimits::default(),
            &|_| Instead::default(),
            Some(StepId::SignIn),
        );
        let mut value = serde_json::to_value(&answer).unwrap();
        let instructions = value["steps"][0]["instructions"].take();
        assert!(instructions.as_array().unwrap().len() > 1);
        assert_eq!(
            value,
            serde_json::json!({
                "schema": "rekey.guide/1",
                "steps": [{
                    "id": "sign-in",
                    "organization": "contoso",
                    "state": "deferred",
                    "proof": null,
                    "address": "https://dev.azure.com/contoso",
                    "instructions": null,
                    "command": "rekey guide sign-in",
                    "deferred_until": "2026-11-24T08:00:00Z"
                }]
            })
        );
    }

    #[test]
    fn what_support_needs_is_told_with_the_step_of_the_keys_alone() {
        let contoso = [organization("contoso")];
        let saved = SavedSteps::default();
        let steps = steps(
            &contoso,
            &[],
            &saved,
            &DeferralLimits::default(),
            Timestamp::UNIX_EPOCH,
        );
        let keys = [key(None, "ssh-rsa", "aa:02")];
        let answer = GuideAnswer::new(
            &steps,
            &contoso,
            &keys,
            &saved,
            &DeferralLimits::default(),
            &|_| Instead::default(),
            None,
        );
        for step in answer.steps {
            let told = step.support.is_some_and(|text| text.ends_with("aa:02"));
            assert_eq!(told, step.id == StepId::SshKeys, "{}", step.id);
        }
    }
}
