//! Findings in, edits out.

use uuid::Uuid;

use crate::model::{Credential, Edit, Finding, OldRemote, Plan, Remedy, Scope, Verdict};

/// The edits that would remove what is stale or unsure, in the order of the findings.
///
/// Nothing is planned for what is current, accepted, manual, of an organization outside the scope or of
/// one that is gated. Who agrees to which edit is the caller's to ask.
pub fn plan<'a>(
    run: Uuid,
    findings: impl IntoIterator<Item = (&'a Finding, &'a Credential)>,
    scope: &Scope,
) -> Plan {
    let edits = findings
        .into_iter()
        .filter(|(finding, credential)| removable(finding, credential, scope))
        .filter_map(|(finding, credential)| Some((finding, credential, credential.change.clone()?)))
        .zip(1..)
        .map(|((finding, credential, change), number)| Edit {
            id: format!("e{number}"),
            finding: finding.id.clone(),
            location: finding.location.clone(),
            remedy: finding.remedy.max(credential.remedy),
            change,
        })
        .collect();
    Plan { run, edits }
}

/// Adds the edits that change old addresses, after all others. Each asks first: nothing about them is wrong.
pub fn modernize(plan: &mut Plan, remotes: &[OldRemote], scope: &Scope) {
    for (remote, number) in remotes.iter().zip(1..) {
        let organization = scope.get(&remote.organization);
        if let Some(change) = &remote.change
            && organization.is_some_and(|organization| !organization.gated)
        {
            plan.edits.push(Edit {
                id: format!("a{number}"),
                finding: remote.shown.id.clone(),
                location: remote.location.clone(),
                remedy: Remedy::Consent,
                change: change.clone(),
            });
        }
    }
}

fn removable(finding: &Finding, credential: &Credential, scope: &Scope) -> bool {
    let in_scope = match &credential.organization {
        Some(name) => scope.get(name).is_some_and(|it| !it.gated),
        None => scope.organizations.iter().any(|it| !it.gated),
    };
    in_scope
        && matches!(finding.verdict, Verdict::Stale | Verdict::Unsure)
        && finding.accepted.is_none()
        && finding.remedy.max(credential.remedy) != Remedy::Manual
}
