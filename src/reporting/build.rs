//! Makes the report of a run. Pure.

use std::collections::HashMap;

use rekey_report::{
    Finding, Outcome, OutcomeState, PlaceState, PlannedEdit, REPORT_SCHEMA, Report, Summary,
};
use uuid::Uuid;

use super::redact::Redactor;
use super::settings::ReportSettings;
use super::workstation::Workstation;
use crate::state::LastRun;

/// The report of the run, as far as policy lets it speak. `sequence` counts the reports of this workstation from 1.
pub fn build(
    run: &LastRun,
    workstation: &Workstation,
    settings: &ReportSettings,
    id: Uuid,
    sequence: u64,
) -> Report {
    let redactor = Redactor::new(workstation, settings);
    let places = &run.scan.places;
    let told = |state: PlaceState| !matches!(state, PlaceState::Read | PlaceState::Absent);
    let read = places
        .iter()
        .filter(|place| place.state == PlaceState::Read)
        .count();
    Report {
        schema: REPORT_SCHEMA.to_owned(),
        id,
        run: run.run,
        sequence,
        scanned_at: run.at,
        machine: workstation.machine.clone(),
        person: workstation.person(settings),
        agent: env!("CARGO_PKG_VERSION").to_owned(),
        ring: settings.ring.clone(),
        state: run.state,
        organizations: run.organizations.clone(),
        findings: run
            .scan
            .findings
            .iter()
            .map(|finding| redactor.finding(finding))
            .collect(),
        places: places
            .iter()
            .filter(|place| told(place.state))
            .map(|place| redactor.place(place))
            .collect(),
        places_read: u32::try_from(read).unwrap_or(u32::MAX),
        summary: Summary::of(&run.scan.findings),
        outcomes: run
            .outcomes
            .iter()
            .map(|outcome| redactor.outcome(outcome))
            .collect(),
        steps: run.steps.clone(),
        errors: run.errors,
        ssh_keys: run.ssh_keys.clone(),
    }
}

/// The findings that are still there: all but those whose every edit was carried out.
pub fn remaining(findings: &[Finding], plan: &[PlannedEdit], outcomes: &[Outcome]) -> Vec<Finding> {
    let done: HashMap<&str, bool> = outcomes
        .iter()
        .map(|outcome| {
            let carried_out = matches!(
                outcome.state,
                OutcomeState::Done | OutcomeState::AlreadyDone
            );
            (outcome.edit.as_str(), carried_out)
        })
        .collect();
    let mut gone: HashMap<&str, bool> = HashMap::new();
    for edit in plan {
        let carried_out = done.get(edit.id.as_str()).copied().unwrap_or(false);
        let all = gone.entry(&edit.finding).or_insert(true);
        *all &= carried_out;
    }
    findings
        .iter()
        .filter(|finding| !gone.get(finding.id.as_str()).copied().unwrap_or(false))
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use rekey_report::{
        Accepted, Action, Evidence, EvidenceCode, Location, Place, Remedy, Verdict,
    };

    use super::super::settings::{ReportPaths, ReportPerson};
    use super::super::testing::{finding, last_run, workstation};
    use super::*;

    /// A run with the home and the person's name in every text that can hold them.
    fn talkative() -> LastRun {
        let mut run = last_run();
        let mut found = finding("a", Verdict::Stale);
        found.location = Location {
            path: Some("/home/dev/.npmrc".to_owned()),
            path_bytes: Some("L2hvbWUvZGV2".to_owned()),
            entry: Some("includeIf.gitdir:/home/dev/".to_owned()),
            account: Some("dev@contoso.com".to_owned()),
            ..Location::default()
        };
        found.advice = Some("delete /home/dev/.npmrc by hand".to_owned());
        found.evidence = vec![Evidence {
            code: EvidenceCode::AcceptedAsOldIdentity,
            detail: "dev@contoso.com".to_owned(),
        }];
        found.accepted = Some(Accepted {
            reason: "/home/dev/build needs it".to_owned(),
            until: None,
            by: "dev".to_owned(),
        });
        run.scan.findings = vec![found];
        run.scan.places = [PlaceState::Read, PlaceState::Absent, PlaceState::Unreadable]
            .map(|state| Place {
                store: "npm".to_owned(),
                path: "/home/dev/.npmrc".to_owned(),
                state,
                reason: Some("/home/dev/.npmrc is a pipe".to_owned()),
            })
            .to_vec();
        run.outcomes = vec![Outcome {
            edit: "1".to_owned(),
            state: OutcomeState::Failed,
            reason: Some("/home/dev/.npmrc is read-only".to_owned()),
        }];
        run
    }

    fn text(settings: &ReportSettings) -> String {
        let report = build(&talkative(), &workstation(), settings, Uuid::nil(), 1);
        serde_json::to_string_pretty(&report).unwrap()
    }

    #[test]
    fn by_default_the_home_folder_stays_here() {
        let text = text(&ReportSettings::default());
        assert!(!text.contains("/home/dev"), "{text}");
        assert!(!text.contains("L2hvbWUvZGV2"), "{text}");
        assert!(text.contains("~/.npmrc"), "{text}");
        assert!(text.contains(r#""name": "dev""#), "{text}");
    }

    #[test]
    fn without_paths_and_person_neither_is_told() {
        for person in [ReportPerson::Hash, ReportPerson::None] {
            let text = text(&ReportSettings {
                paths: ReportPaths::None,
                person,
                ring: None,
            });
            for word in ["npmrc", "/home", "~", "dev@", "\"dev\""] {
                assert!(!text.contains(word), "{word}: {text}");
            }
        }
    }

    #[test]
    fn read_and_absent_places_are_only_counted() {
        let report = build(
            &talkative(),
            &workstation(),
            &ReportSettings::default(),
            Uuid::nil(),
            1,
        );
        assert_eq!(report.places_read, 1);
        assert_eq!(report.places.len(), 1);
        assert_eq!(report.places[0].state, PlaceState::Unreadable);
    }

    #[test]
    fn what_is_accepted_is_told_and_not_counted() {
        let report = build(
            &talkative(),
            &workstation(),
            &ReportSettings::default(),
            Uuid::nil(),
            1,
        );
        assert_eq!(report.findings.len(), 1);
        assert_eq!(report.summary.stale, 0);
    }

    #[test]
    fn a_finding_is_gone_only_when_all_its_edits_were_carried_out() {
        let edit = |id: &str, finding: &str| PlannedEdit {
            id: id.to_owned(),
            finding: finding.to_owned(),
            action: Action::EditFile,
            location: Location::default(),
            remedy: Remedy::Automatic,
        };
        let outcome = |edit: &str, state| Outcome {
            edit: edit.to_owned(),
            state,
            reason: None,
        };
        let findings = ["done", "half", "changed", "unplanned", "unheard"]
            .map(|id| finding(id, Verdict::Stale));
        let plan = [
            edit("1", "done"),
            edit("2", "half"),
            edit("3", "half"),
            edit("4", "changed"),
            edit("5", "unheard"),
        ];
        let outcomes = [
            outcome("1", OutcomeState::AlreadyDone),
            outcome("2", OutcomeState::Done),
            outcome("3", OutcomeState::Failed),
            outcome("4", OutcomeState::ChangedMeanwhile),
        ];
        let left = remaining(&findings, &plan, &outcomes);
        let left: Vec<_> = left.iter().map(|finding| finding.id.as_str()).collect();
        assert_eq!(left, ["half", "changed", "unplanned", "unheard"]);
    }
}
