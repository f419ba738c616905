//! Which steps there are and how far each is: pure, from the findings and what was saved.

use jiff::Timestamp;

use super::SavedSteps;
use crate::model::{
    DeferralLimits, Finding, Kind, Organization, Proof, Step, StepId, StepState, Tenant, Verdict,
};

/// Every step of every organization, in the order in which a person takes them.
///
/// `findings` are those that remain. An organization that is not connected yet (gated) has no steps: nothing is to be
/// done for it before the change.
pub fn steps(
    organizations: &[Organization],
    findings: &[Finding],
    saved: &SavedSteps,
    limits: &DeferralLimits,
    now: Timestamp,
) -> Vec<Step> {
    let mut steps = Vec::new();
    for organization in organizations
        .iter()
        .filter(|organization| !organization.gated)
    {
        for &id in StepId::ALL {
            let situation = Situation {
                organization,
                findings,
                saved,
            };
            let (state, proof) = situation.judge(id);
            let deferred = saved
                .deferral(&organization.name, id)
                .is_some_and(|deferral| limits.end(deferral.until) > now);
            let state = match state {
                StepState::Pending if deferred => StepState::Deferred,
                state => state,
            };
            steps.push(Step {
                id,
                organization: organization.name.to_string(),
                state,
                proof,
            });
        }
    }
    steps
}

struct Situation<'a> {
    organization: &'a Organization,
    findings: &'a [Finding],
    saved: &'a SavedSteps,
}

impl Situation<'_> {
    fn judge(&self, id: StepId) -> (StepState, Option<Proof>) {
        let name = &self.organization.name;
        let declared = self.saved.declared(name, id).is_some();
        let not_needed = self.saved.not_needed(name, id).is_some();
        match id {
            StepId::SignIn => by_word(declared, not_needed),
            // Without a sign that they concern the person nobody is asked; who says that they do is believed.
            StepId::Subscription => by_word(declared, not_needed || !self.seen(id)),
            // Only a work account can have the same address as a Microsoft account.
            StepId::MicrosoftAccount => {
                let disconnected = self.organization.tenant == Some(Tenant::MicrosoftAccount);
                by_word(declared, not_needed || disconnected || !self.seen(id))
            }
            StepId::Pats if self.has_stale(id) => PENDING,
            StepId::Caches if self.has_open(id) => PENDING,
            // Old keys stay, and a newer one that nobody has tried is not the one that was seen to work.
            StepId::SshKeys if self.saved.proved(name, id).is_some() && !self.has_unsure(id) => {
                VERIFIED
            }
            // A key is registered with the service, so that its file says nothing of whether this is done.
            StepId::SshKeys | StepId::Pats if self.called_for(id) => by_word(declared, not_needed),
            StepId::Caches if self.called_for(id) => VERIFIED,
            StepId::SshKeys | StepId::Pats | StepId::Caches => NOT_NEEDED,
        }
    }

    fn seen(&self, id: StepId) -> bool {
        self.saved.seen(&self.organization.name, id)
    }

    fn called_for(&self, id: StepId) -> bool {
        self.seen(id) || self.remaining(id).any(|finding| calls_for(id, finding))
    }

    fn has_stale(&self, id: StepId) -> bool {
        self.remaining(id)
            .any(|finding| finding.verdict == Verdict::Stale)
    }

    fn has_unsure(&self, id: StepId) -> bool {
        self.remaining(id)
            .any(|finding| finding.verdict == Verdict::Unsure)
    }

    fn has_open(&self, id: StepId) -> bool {
        self.remaining(id)
            .any(|finding| finding.verdict != Verdict::Current)
    }

    /// Findings of the step's kinds that nobody accepted.
    fn remaining(&self, id: StepId) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| {
            finding.accepted.is_none()
                && step_of(finding.kind) == Some(id)
                && concerns(finding, self.organization)
        })
    }
}

const PENDING: (StepState, Option<Proof>) = (StepState::Pending, None);
const VERIFIED: (StepState, Option<Proof>) = (StepState::Done, Some(Proof::Verified));
const NOT_NEEDED: (StepState, Option<Proof>) = (StepState::NotNeeded, None);

fn by_word(declared: bool, not_needed: bool) -> (StepState, Option<Proof>) {
    if declared {
        (StepState::Done, Some(Proof::Declared))
    } else if not_needed {
        NOT_NEEDED
    } else {
        PENDING
    }
}

/// The step that ends what a finding of this kind stands for.
fn step_of(kind: Kind) -> Option<StepId> {
    match kind {
        Kind::TenantCache | Kind::AccountBinding | Kind::PinnedTenant => Some(StepId::Caches),
        Kind::Pat | Kind::Password | Kind::SessionToken | Kind::AccessToken => Some(StepId::Pats),
        Kind::SshKey => Some(StepId::SshKeys),
        Kind::SshSetting => None,
    }
}

/// Whether the finding makes the step needed. A cache does whatever it says, so that clearing it is shown as done; a
/// token or a key that is current calls for nothing.
pub(super) fn calls_for(id: StepId, finding: &Finding) -> bool {
    finding.accepted.is_none()
        && step_of(finding.kind) == Some(id)
        && (id == StepId::Caches || finding.verdict != Verdict::Current)
}

/// Whether the finding is about the organization. A cache, a setting or a key that names none serves all; a token that
/// names none is nobody's.
pub(super) fn concerns(finding: &Finding, organization: &Organization) -> bool {
    match &finding.organization {
        Some(name) => organization.name.is(name),
        None => matches!(
            step_of(finding.kind),
            Some(StepId::Caches | StepId::SshKeys)
        ),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use rstest::rstest;

    use super::super::Signs;
    use super::super::testing::{finding, organization};
    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T08:00:00Z".parse().unwrap()
    }

    fn state(id: StepId, findings: &[Finding], saved: &SavedSteps) -> (StepState, Option<Proof>) {
        state_at(id, findings, saved, now())
    }

    fn state_at(
        id: StepId,
        findings: &[Finding],
        saved: &SavedSteps,
        now: Timestamp,
    ) -> (StepState, Option<Proof>) {
        let steps = steps(
            &[organization("contoso")],
            findings,
            saved,
            &DeferralLimits::default(),
            now,
        );
        let step = steps.into_iter().find(|step| step.id == id).unwrap();
        (step.state, step.proof)
    }

    fn seen(findings: &[Finding]) -> SavedSteps {
        let mut saved = SavedSteps::default();
        saved.remember(&[organization("contoso")], findings, &Signs::default());
        saved
    }

    const DECLARED: (StepState, Option<Proof>) = (StepState::Done, Some(Proof::Declared));

    #[rstest]
    #[case(StepId::SignIn, PENDING)]
    #[case(StepId::Caches, NOT_NEEDED)]
    #[case(StepId::Pats, NOT_NEEDED)]
    #[case(StepId::SshKeys, NOT_NEEDED)]
    #[case(StepId::MicrosoftAccount, NOT_NEEDED)]
    #[case(StepId::Subscription, NOT_NEEDED)]
    fn where_nothing_was_found_only_the_sign_in_is_asked(
        #[case] id: StepId,
        #[case] expected: (StepState, Option<Proof>),
    ) {
        assert_eq!(state(id, &[], &SavedSteps::default()), expected);
    }

    #[rstest]
    #[case(Kind::TenantCache)]
    #[case(Kind::AccountBinding)]
    #[case(Kind::PinnedTenant)]
    fn cleared_caches_are_verified_without_asking(#[case] kind: Kind) {
        let stale = [finding(kind, "contoso", Verdict::Stale)];
        let saved = seen(&stale);
        assert_eq!(state(StepId::Caches, &stale, &saved), PENDING);
        assert_eq!(state(StepId::Caches, &[], &saved), VERIFIED);
        let right = [finding(kind, "contoso", Verdict::Current)];
        assert_eq!(state(StepId::Caches, &right, &saved), VERIFIED);
        let unsure = [finding(kind, "contoso", Verdict::Unsure)];
        assert_eq!(state(StepId::Caches, &unsure, &saved), PENDING);
    }

    #[test]
    fn a_deleted_copy_of_a_token_is_not_a_dead_token() {
        let stale = [finding(Kind::Pat, "CONTOSO", Verdict::Stale)];
        let mut saved = seen(&stale);
        assert_eq!(state(StepId::Pats, &[], &saved), PENDING);
        saved.declare(&organization("contoso").name, StepId::Pats, now());
        assert_eq!(state(StepId::Pats, &[], &saved), DECLARED);
        assert_eq!(state(StepId::Pats, &stale, &saved), PENDING);
    }

    #[test]
    fn saying_that_tokens_do_not_apply_hides_no_stale_one() {
        let stale = [finding(Kind::Pat, "contoso", Verdict::Stale)];
        let mut saved = seen(&stale);
        saved.say_not_needed(&organization("contoso").name, StepId::Pats, now());
        assert_eq!(state(StepId::Pats, &stale, &saved), PENDING);
        assert_eq!(state(StepId::Pats, &[], &saved), NOT_NEEDED);
    }

    #[test]
    fn a_current_token_or_key_calls_for_nothing() {
        let current = [
            finding(Kind::Pat, "contoso", Verdict::Current),
            finding(Kind::SshKey, "contoso", Verdict::Current),
        ];
        let saved = seen(&current);
        assert_eq!(state(StepId::Pats, &current, &saved), NOT_NEEDED);
        assert_eq!(state(StepId::SshKeys, &current, &saved), NOT_NEEDED);
    }

    #[test]
    fn an_ssh_key_is_done_when_the_person_says_so_though_its_file_stays() {
        let stale = [finding(Kind::SshKey, "contoso", Verdict::Stale)];
        let mut saved = seen(&stale);
        assert_eq!(state(StepId::SshKeys, &stale, &saved), PENDING);
        saved.declare(&organization("contoso").name, StepId::SshKeys, now());
        assert_eq!(state(StepId::SshKeys, &stale, &saved), DECLARED);
    }

    #[test]
    fn a_key_that_was_seen_to_work_ends_the_step_until_another_takes_its_place() {
        let stale = [finding(Kind::SshKey, "contoso", Verdict::Stale)];
        let mut saved = seen(&stale);
        let name = organization("contoso").name;
        saved.prove(&name, StepId::SshKeys, "SHA256:one", now());
        assert_eq!(state(StepId::SshKeys, &stale, &saved), VERIFIED);
        let current = [finding(Kind::SshKey, "contoso", Verdict::Current)];
        assert_eq!(state(StepId::SshKeys, &current, &saved), VERIFIED);
        let another = [finding(Kind::SshKey, "contoso", Verdict::Unsure)];
        assert_eq!(state(StepId::SshKeys, &another, &saved), PENDING);
    }

    #[test]
    fn keys_that_ssh_no_longer_offers_are_told_until_the_step_ends() {
        let key = super::super::testing::key(Some("contoso"), "ssh-rsa", "aa:01");
        let other = super::super::testing::key(Some("fabrikam"), "ssh-rsa", "aa:02");
        let contoso = [organization("contoso")];
        let mut saved = SavedSteps::default();
        saved.remember_keys(&[key.clone(), key.clone(), other]);
        let told = saved.keys_for_support(&contoso, Vec::new());
        assert_eq!(told, std::slice::from_ref(&key));
        assert_eq!(saved.keys_for_support(&contoso, told.clone()), told);
        saved.prove(&contoso[0].name, StepId::SshKeys, "SHA256:one", now());
        assert_eq!(saved.keys_for_support(&contoso, Vec::new()), []);
        assert_eq!(saved.keys_for_support(&contoso, told.clone()), told);
    }

    #[test]
    fn an_accepted_finding_calls_for_nothing() {
        let mut accepted = finding(Kind::Pat, "contoso", Verdict::Stale);
        accepted.accepted = Some(rekey_report::Accepted {
            reason: "a build needs it".to_owned(),
            until: None,
            by: "dev".to_owned(),
        });
        let findings = [accepted];
        assert_eq!(state(StepId::Pats, &findings, &seen(&findings)), NOT_NEEDED);
    }

    #[test]
    fn another_organizations_findings_and_nobodys_tokens_call_for_nothing() {
        let mut nobodys = finding(Kind::Pat, "contoso", Verdict::Unsure);
        nobodys.organization = None;
        let findings = [finding(Kind::Pat, "fabrikam", Verdict::Stale), nobodys];
        assert_eq!(state(StepId::Pats, &findings, &seen(&findings)), NOT_NEEDED);
    }

    #[test]
    fn a_cache_that_names_no_organization_concerns_each() {
        let mut all = finding(Kind::TenantCache, "contoso", Verdict::Stale);
        all.organization = None;
        assert_eq!(
            state(StepId::Caches, &[all], &SavedSteps::default()),
            PENDING
        );
    }

    #[test]
    fn a_step_that_was_put_off_is_pending_again_from_that_time_on() {
        let name = organization("contoso").name;
        let until: Timestamp = "2026-11-24T08:00:00Z".parse().unwrap();
        let mut saved = SavedSteps::default();
        saved.defer(&name, StepId::SignIn, until);
        assert_eq!(
            state(StepId::SignIn, &[], &saved),
            (StepState::Deferred, None)
        );
        assert_eq!(state_at(StepId::SignIn, &[], &saved, until), PENDING);
        saved.defer(&name, StepId::SignIn, until);
        assert_eq!(saved.deferral(&name, StepId::SignIn).unwrap().count, 2);
    }

    #[test]
    fn an_organization_that_is_not_connected_yet_has_no_steps() {
        let mut gated = organization("contoso");
        gated.gated = true;
        assert_eq!(
            steps(
                &[gated],
                &[],
                &SavedSteps::default(),
                &DeferralLimits::default(),
                now()
            ),
            []
        );
    }

    fn clash() -> Signs {
        Signs {
            visual_studio: true,
            accounts: vec![(None, "dev@contoso.com".to_owned())],
        }
    }

    #[test]
    fn a_sign_asks_for_the_steps_that_rekey_cannot_see_and_is_remembered() {
        let mut saved = SavedSteps::default();
        let contoso = [organization("contoso")];
        saved.remember(&contoso, &[], &clash());
        saved.remember(&contoso, &[], &Signs::default());
        for id in [StepId::MicrosoftAccount, StepId::Subscription] {
            assert_eq!(state(id, &[], &saved), PENDING);
        }
    }

    #[test]
    fn a_deadline_ends_every_deferral() {
        let name = organization("contoso").name;
        let mut saved = SavedSteps::default();
        let day = |day: &str| format!("2026-11-{day}T08:00:00Z").parse().unwrap();
        saved.defer(&name, StepId::SignIn, day("30"));
        let limits = DeferralLimits {
            deadline: Some(day("25")),
            most: None,
        };
        for (now, wanted) in [
            (day("24"), StepState::Deferred),
            (day("25"), StepState::Pending),
        ] {
            let steps = steps(&[organization("contoso")], &[], &saved, &limits, now);
            assert_eq!(steps[0].state, wanted);
        }
    }

    #[test]
    fn after_a_disconnect_no_microsoft_account_clashes() {
        let mut disconnected = organization("contoso");
        disconnected.tenant = Some(Tenant::MicrosoftAccount);
        let mut saved = SavedSteps::default();
        saved.remember(&[disconnected.clone()], &[], &clash());
        let steps = steps(
            &[disconnected],
            &[],
            &saved,
            &DeferralLimits::default(),
            now(),
        );
        let step = steps
            .iter()
            .find(|step| step.id == StepId::MicrosoftAccount)
            .unwrap();
        assert_eq!(step.state, StepState::NotNeeded);
    }

    #[test]
    fn what_the_person_said_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let state = crate::state::StateFolder::open(folder.path()).unwrap();
        let mut saved = seen(&[finding(Kind::Pat, "contoso", Verdict::Stale)]);
        saved.defer(&organization("contoso").name, StepId::SignIn, now());
        saved.save(&state).unwrap();
        assert_eq!(SavedSteps::load(&state).unwrap(), saved);
    }
}
