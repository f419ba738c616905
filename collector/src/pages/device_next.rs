//! What an admin can do next about a device, in words. Pure.

use rekey_report::{
    DeviceState, Kind, OutcomeState, PlaceState, Remedy, Report, StepState, Verdict,
};

use super::version::is_old;
use crate::storage::{Device, DeviceStatus};

/// The most pressing first; empty where there is nothing to do.
pub(super) fn next(device: &Device, report: Option<&Report>) -> Vec<String> {
    let mut all = Vec::new();
    let mut say = |text: &str| all.push(text.to_owned());
    if device.cloned_at.is_some() {
        say(
            "Two machines report as this one, so one of them was copied from the other. Have the person run `rekey enroll` anew on one of them.",
        );
    }
    match device.status {
        DeviceStatus::NotReported => {
            say(
                "Ask the person to run `rekey run` once, or look whether its scheduled start was installed.",
            );
        }
        DeviceStatus::Silent => say(
            "Is the machine still in use? If it is, have the person run `rekey run`: its log says why no report arrives. If it is not used any more, nothing is left to do on it.",
        ),
        DeviceStatus::Reported(DeviceState::Waiting) => say(
            "Nothing yet: it goes on by itself when the organization is connected, or when cleaning is allowed again in the settings.",
        ),
        DeviceStatus::Reported(_) => {}
    }
    if let Some(report) = report {
        about_report(report, &mut say);
    }
    if device.agent.as_deref().is_some_and(is_old) {
        say(
            "Its agent is older than this collector. Install the current one by device management.",
        );
    }
    all
}

fn about_report(report: &Report, say: &mut impl FnMut(&str)) {
    let left = |remedy, verdict| {
        report.findings.iter().any(|finding| {
            finding.accepted.is_none()
                && finding.kind != Kind::SshKey
                && finding.remedy == remedy
                && finding.verdict == verdict
        })
    };
    if report
        .outcomes
        .iter()
        .any(|outcome| outcome.state == OutcomeState::Failed)
    {
        say(
            "An edit failed; the reasons are below, under the last run's changes. Nothing was lost: each edit is done whole or not at all.",
        );
    }
    if report
        .places
        .iter()
        .any(|place| place.state == PlaceState::Locked)
    {
        say(
            "A vault was locked. It is looked at when rekey runs while the person is signed in and the vault is open.",
        );
    }
    if report
        .places
        .iter()
        .any(|place| place.state == PlaceState::Unreadable)
    {
        say(
            "A place could not be read; it is listed below with the reason. What is in it is not known.",
        );
    }
    if left(Remedy::Manual, Verdict::Stale) {
        say(
            "Something has to be removed by hand. Send the person the advice that stands beside it.",
        );
    }
    if left(Remedy::Consent, Verdict::Stale) || report.findings.iter().any(unsure) {
        say(
            "Some things go only when the person agrees: ask them to run `rekey run` on a terminal.",
        );
    }
    if report
        .steps
        .iter()
        .any(|step| matches!(step.state, StepState::Pending | StepState::Deferred))
    {
        say("Steps are open that only the person can take. `rekey guide` leads them through.");
    }
    if !report.ssh_keys.is_empty() {
        say("Its SSH keys are among those for Support to clear; see the page SSH keys.");
    }
    if report.organizations.iter().any(|entry| entry.unknown) {
        say(
            "It names an organization that nobody knows. Look for a typing error in the policy (`organizations`).",
        );
    }
}

fn unsure(finding: &rekey_report::Finding) -> bool {
    finding.accepted.is_none() && finding.verdict == Verdict::Unsure && finding.kind != Kind::SshKey
}
