//! What is planned and what is not.

use uuid::Uuid;

use crate::edit::plan;
use crate::model::{
    Change, Credential, Digest, Finding, Kind, Location, Observed, OrganizationName, Remedy,
    Verdict,
};
use crate::testing::scope;

fn finding(id: &str) -> (Finding, Credential) {
    let credential = Credential {
        store: "npm",
        kind: Kind::Pat,
        organization: OrganizationName::new("contoso"),
        location: Location::default(),
        path: None,
        observed: Observed::default(),
        address: None,
        secret: None,
        remedy: Remedy::Automatic,
        advice: None,
        change: Some(Change::DeleteFile {
            path: "a".into(),
            base: Digest::of(b""),
        }),
    };
    let finding = Finding {
        id: id.to_owned(),
        store: "npm".to_owned(),
        kind: Kind::Pat,
        organization: Some("contoso".to_owned()),
        location: Location::default(),
        verdict: Verdict::Stale,
        evidence: Vec::new(),
        remedy: Remedy::Automatic,
        fingerprint: None,
        advice: None,
        accepted: None,
    };
    (finding, credential)
}

fn planned(findings: &[(Finding, Credential)]) -> Vec<(String, String)> {
    let plan = plan(
        Uuid::now_v7(),
        findings
            .iter()
            .map(|(finding, credential)| (finding, credential)),
        &scope(&["contoso"]),
    );
    let edits = plan.edits.into_iter();
    edits.map(|edit| (edit.id, edit.finding)).collect()
}

#[test]
fn one_edit_for_each_removable_finding_numbered_in_their_order() {
    let mut unsure = finding("second");
    unsure.0.verdict = Verdict::Unsure;
    let mut current = finding("current");
    current.0.verdict = Verdict::Current;
    let expected = [("e1", "first"), ("e2", "second")];
    assert_eq!(
        planned(&[finding("first"), current, unsure]),
        expected.map(|(id, finding)| (id.to_owned(), finding.to_owned()))
    );
}

#[test]
fn what_is_manual_accepted_out_of_scope_or_without_a_change_is_not_planned() {
    let mut manual = finding("manual");
    manual.0.remedy = Remedy::Manual;
    let mut accepted = finding("accepted");
    accepted.0.accepted = Some(rekey_report::Accepted {
        reason: "a robot's".to_owned(),
        until: None,
        by: "dev".to_owned(),
    });
    let mut other = finding("other");
    other.1.organization = OrganizationName::new("fabrikam");
    let mut changeless = finding("changeless");
    changeless.1.change = None;
    assert_eq!(planned(&[manual, accepted, other, changeless]), []);
}

#[test]
fn nothing_of_a_gated_organization_is_planned() {
    let mut scope = scope(&["contoso", "fabrikam"]);
    scope.organizations[0].gated = true;
    let mut nobody = finding("nobody's");
    nobody.1.organization = None;
    let findings = [finding("gated"), nobody];
    let planned = plan(
        Uuid::now_v7(),
        findings
            .iter()
            .map(|(finding, credential)| (finding, credential)),
        &scope,
    );
    assert_eq!(planned.edits.len(), 1);
    assert_eq!(planned.edits[0].finding, "nobody's");
    scope.organizations[1].gated = true;
    assert!(
        plan(
            Uuid::now_v7(),
            findings
                .iter()
                .map(|(finding, credential)| (finding, credential)),
            &scope
        )
        .edits
        .is_empty()
    );
}
