//! Where the workstation stands: one rule for the report, for `status` and for exit codes.

use std::collections::HashSet;

use rekey_report::{
    DeviceState, Finding, HelperProof, HelperState, Outcome, OutcomeState, Place, PlaceState,
    ReportedOrganization, Step, StepState, Verdict,
};

use crate::state::LastRun;

/// What the rule looks at.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// What remains after the run.
    pub findings: &'a [Finding],
    /// The person's steps.
    pub steps: &'a [Step],
    /// The organizations in scope, with what is known of them.
    pub organizations: &'a [ReportedOrganization],
    /// What git's helpers answered after the run.
    pub helpers: &'a [HelperProof],
    /// How many places and edits failed.
    pub errors: u32,
    /// An admin paused cleaning.
    pub paused: bool,
    /// Policy: what the person accepted counts as done.
    pub accept_allowed: bool,
}

impl<'a> Standing<'a> {
    /// What a run that was not paused left behind, under this policy on what is accepted.
    pub fn of(run: &'a LastRun, accept_allowed: bool) -> Self {
        Self {
            findings: &run.scan.findings,
            steps: &run.steps,
            organizations: &run.organizations,
            helpers: &run.helpers,
            errors: run.errors,
            paused: false,
            accept_allowed,
        }
    }
}

/// Where the workstation stands.
///
/// An error outranks all else. An organization that is not connected yet leaves nothing to do: its findings wait with
/// it. A name that nobody knows is never compliant, because it may be a typing error.
pub fn device_state(standing: &Standing<'_>) -> DeviceState {
    if standing.errors > 0 {
        return DeviceState::Failed;
    }
    let gated = |organization: &ReportedOrganization| organization.gated;
    let organizations = standing.organizations;
    if !organizations.is_empty() && organizations.iter().all(gated) {
        return DeviceState::Waiting;
    }
    let answers = |proof: &HelperProof| proof.state == HelperState::StillAnswers;
    let open = has_open_finding(standing)
        || standing.helpers.iter().any(answers)
        || standing
            .steps
            .iter()
            .any(|step| matches!(step.state, StepState::Pending | StepState::Deferred))
        || organizations
            .iter()
            .any(|organization| organization.unknown);
    match (open, standing.paused) {
        (true, true) => DeviceState::Waiting,
        (true, false) => DeviceState::ActionNeeded,
        (false, _) if organizations.iter().any(gated) => DeviceState::Waiting,
        (false, _) => DeviceState::Compliant,
    }
}

/// Whether a place may hold what nobody saw: without it no look is whole.
pub fn is_unread(place: &Place) -> bool {
    matches!(place.state, PlaceState::Unreadable | PlaceState::Locked)
}

/// How many places could not be read, how many edits failed, and how many helpers could not be asked.
pub fn count_errors(places: &[Place], outcomes: &[Outcome], helpers: &[HelperProof]) -> u32 {
    let unread = places
        .iter()
        .filter(|place| is_unread(place))
        // A file that several kinds of places look into is one error.
        .map(|place| &place.path)
        .collect::<HashSet<_>>();
    let failed = outcomes
        .iter()
        .filter(|outcome| outcome.state == OutcomeState::Failed);
    // Each is asked once for every organization.
    let silent = helpers
        .iter()
        .filter(|proof| proof.state == HelperState::Failed)
        .map(|proof| (proof.helper, &proof.name, &proof.repository))
        .collect::<HashSet<_>>();
    u32::try_from(unread.len() + failed.count() + silent.len()).unwrap_or(u32::MAX)
}

fn has_open_finding(standing: &Standing<'_>) -> bool {
    let is_due = |finding: &&Finding| {
        let accepted = finding.accepted.is_some() && standing.accept_allowed;
        let gated = standing.organizations.iter().any(|reported| {
            let name = &reported.organization.name;
            let own = finding.organization.as_ref();
            reported.gated && own.is_some_and(|own| own.eq_ignore_ascii_case(name))
        });
        !accepted && !gated
    };
    standing
        .findings
        .iter()
        .filter(is_due)
        .any(|finding| finding.verdict != Verdict::Current)
}

#[cfg(test)]
mod tests {
    use rekey_report::{Accepted, StepId};
    use rstest::rstest;

    use super::super::testing::{finding, reported};
    use super::*;

    const CLEAN: Standing<'static> = Standing {
        findings: &[],
        steps: &[],
        organizations: &[],
        helpers: &[],
        errors: 0,
        paused: false,
        accept_allowed: false,
    };

    #[test]
    fn a_helper_that_still_answers_leaves_something_to_do() {
        let proof = |state| HelperProof {
            helper: rekey_report::HelperKind::Store,
            name: None,
            repository: None,
            organization: "contoso".to_owned(),
            state,
            reason: None,
        };
        for (state, expected) in [
            (HelperState::StillAnswers, DeviceState::ActionNeeded),
            (HelperState::AnswersCurrent, DeviceState::Compliant),
            (HelperState::NotAsked, DeviceState::Compliant),
            (HelperState::Failed, DeviceState::Compliant),
        ] {
            let standing = Standing {
                helpers: &[proof(state)],
                ..CLEAN
            };
            assert_eq!(device_state(&standing), expected, "{state}");
        }
    }

    #[rstest]
    #[case(Verdict::Stale, DeviceState::ActionNeeded)]
    #[case(Verdict::Unsure, DeviceState::ActionNeeded)]
    #[case(Verdict::Current, DeviceState::Compliant)]
    fn only_what_is_current_may_remain(#[case] verdict: Verdict, #[case] expected: DeviceState) {
        let standing = Standing {
            findings: &[finding("a", verdict)],
            organizations: &[reported("contoso")],
            ..CLEAN
        };
        assert_eq!(device_state(&standing), expected);
    }

    #[rstest]
    #[case(StepState::Pending, DeviceState::ActionNeeded)]
    #[case(StepState::Deferred, DeviceState::ActionNeeded)]
    #[case(StepState::Done, DeviceState::Compliant)]
    #[case(StepState::NotNeeded, DeviceState::Compliant)]
    fn no_step_may_be_open(#[case] state: StepState, #[case] expected: DeviceState) {
        let step = Step {
            id: StepId::SignIn,
            organization: "contoso".to_owned(),
            state,
            proof: None,
        };
        let standing = Standing {
            steps: &[step],
            ..CLEAN
        };
        assert_eq!(device_state(&standing), expected);
    }

    #[test]
    fn an_error_outranks_all_else() {
        let mut gated = reported("contoso");
        gated.gated = true;
        let standing = Standing {
            organizations: &[gated],
            errors: 1,
            ..CLEAN
        };
        assert_eq!(device_state(&standing), DeviceState::Failed);
    }

    #[test]
    fn what_is_accepted_counts_as_done_only_where_policy_says_so() {
        let mut accepted = finding("a", Verdict::Stale);
        accepted.accepted = Some(Accepted {
            reason: "a build needs it".to_owned(),
            until: None,
            by: "dev".to_owned(),
        });
        let findings = [accepted];
        let mut standing = Standing {
            findings: &findings,
            ..CLEAN
        };
        assert_eq!(device_state(&standing), DeviceState::ActionNeeded);
        standing.accept_allowed = true;
        assert_eq!(device_state(&standing), DeviceState::Compliant);
    }

    #[test]
    fn findings_wait_with_an_organization_that_is_not_connected_yet() {
        let mut gated = reported("contoso");
        gated.gated = true;
        let findings = [finding("a", Verdict::Stale)];
        let one = [gated.clone()];
        let mut standing = Standing {
            findings: &findings,
            organizations: &one,
            ..CLEAN
        };
        assert_eq!(device_state(&standing), DeviceState::Waiting);
        let two = [gated, reported("fabrikam")];
        standing.organizations = &two;
        assert_eq!(device_state(&standing), DeviceState::Waiting);
        let mut due = finding("b", Verdict::Stale);
        due.organization = Some("fabrikam".to_owned());
        let findings = [finding("a", Verdict::Stale), due];
        standing.findings = &findings;
        assert_eq!(device_state(&standing), DeviceState::ActionNeeded);
    }

    #[test]
    fn paused_cleaning_waits_only_while_there_is_something_to_clean() {
        let findings = [finding("a", Verdict::Stale)];
        let paused = Standing {
            paused: true,
            ..CLEAN
        };
        assert_eq!(device_state(&paused), DeviceState::Compliant);
        let standing = Standing {
            findings: &findings,
            ..paused
        };
        assert_eq!(device_state(&standing), DeviceState::Waiting);
    }

    #[test]
    fn an_organization_that_nobody_knows_is_never_compliant() {
        let mut unknown = reported("contosso");
        unknown.unknown = true;
        let standing = Standing {
            organizations: &[unknown],
            ..CLEAN
        };
        assert_eq!(device_state(&standing), DeviceState::ActionNeeded);
    }

    #[test]
    fn unread_places_and_failed_edits_are_errors() {
        let place = |state| Place {
            store: "npm".to_owned(),
            path: format!("/home/dev/{state}"),
            state,
            reason: None,
        };
        let outcome = |state| Outcome {
            edit: "1".to_owned(),
            state,
            reason: None,
        };
        let places = PlaceState::ALL.iter().copied().map(place);
        let outcomes = OutcomeState::ALL.iter().copied().map(outcome);
        let places: Vec<_> = places.collect();
        let outcomes: Vec<_> = outcomes.collect();
        assert_eq!(count_errors(&places, &outcomes, &[]), 3);
        let twice: Vec<_> = places.iter().chain(&places).cloned().collect();
        assert_eq!(
            count_errors(&twice, &outcomes, &[]),
            3,
            "one file is one error"
        );
    }
}
