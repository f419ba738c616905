//! What is agreed to before anything is changed: by the person, by policy, and by the admin who may have paused it all.

use std::collections::HashMap;

use super::Job;
use crate::cli::fault::Fault;
use crate::cli::show::Subject;
use crate::cli::upkeep;
use crate::edit;
use crate::model::{Change, Edit, Outcome, OutcomeState, Remedy};
use crate::policy::{Decision, Settings, decide, decide_address};

impl Job<'_> {
    /// What is decided about each edit that removes or changes something that was found.
    pub(super) fn decisions(&self) -> HashMap<String, Decision> {
        // The organizations may be the person's answer or the last run's, which the settings do not know.
        let settings = Settings {
            scope: self.scope.clone(),
            ..self.session.settings.clone()
        };
        let edits = self.plan.edits.iter();
        edits
            .filter_map(|edit| {
                let decision = match self.subject(edit)? {
                    Subject::Finding(finding) => decide(finding, &settings, self.mode),
                    Subject::Address(_) => decide_address(&settings, self.mode),
                };
                Some((edit.id.clone(), decision))
            })
            .collect()
    }

    /// What cannot be put back is asked about first: the vault says only by trying whether it keeps a key for that. Nothing
    /// is tried for what is left alone anyway.
    pub(super) fn ask_where_nothing_is_kept(&mut self) -> Result<(), Fault> {
        if self.session.settings.keep_days == 0 {
            return Ok(());
        }
        let decisions = self.decisions();
        let is_meant = |edit: &Edit| {
            let decision = decisions.get(&edit.id);
            matches!(edit.change, Change::DeleteVaultEntry { .. })
                && matches!(decision, Some(Decision::Make | Decision::Ask { .. }))
        };
        if !self.plan.edits.iter().any(is_meant) || self.is_paused()? {
            return Ok(());
        }
        let state = self.session.edit_state().map_err(Fault::failed)?;
        let asked = edit::keep_or_ask(&mut self.plan, is_meant, &state);
        let findings = self.found.scan.findings.iter_mut();
        for finding in findings.filter(|it| asked.contains(&it.id)) {
            finding.remedy = finding.remedy.max(Remedy::Consent);
        }
        Ok(())
    }

    /// Whether the admin paused cleaning. The collector is asked once, before anything is written outside rekey's own state.
    pub(super) fn is_paused(&mut self) -> Result<bool, Fault> {
        if !self.asked_center {
            self.paused = upkeep::is_paused(self.session, &self.state)?;
            self.asked_center = true;
        }
        Ok(self.paused)
    }

    /// Why an edit was not made.
    pub(super) fn left_alone(&self, edit: &Edit, decision: Option<&Decision>) -> Outcome {
        let (state, reason) = match decision {
            _ if self.paused => (
                OutcomeState::Pending,
                "cleaning is paused by the admin".to_owned(),
            ),
            Some(Decision::Leave(state, reason)) => (*state, reason.clone()),
            Some(Decision::Make | Decision::Ask { .. }) => {
                (OutcomeState::Declined, "you said no".to_owned())
            }
            None => (
                OutcomeState::Pending,
                "what it is about was not found".to_owned(),
            ),
        };
        Outcome {
            edit: edit.id.clone(),
            state,
            reason: Some(reason),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use std::sync::Arc;

    use super::*;
    use crate::cli::args::{Consent, Places};
    use crate::cli::service::Asking;
    use crate::cli::session::Session;
    use crate::cli::show::Layout;
    use crate::platform::vault::memory::MemoryVault;
    use crate::policy::resolve;
    use crate::testing::{Pretended, TestHome, pat84, scope};

    /// A home whose vault has one entry of January, with a trial that was killed beside it where the test wants that.
    struct Fixture {
        home: TestHome,
        vault: MemoryVault,
    }

    impl Fixture {
        fn new() -> Self {
            let (home, vault) = (TestHome::new(), MemoryVault::new());
            let entry = [
                ("service", "git:https://dev.azure.com/contoso"),
                ("account", "dev"),
            ];
            vault.add(&entry, &pat84('C', 'A', 1));
            Self { home, vault }
        }

        fn session(&self) -> Session {
            let now = "2026-11-20T18:00:00Z".parse().unwrap();
            let mut settings = resolve(&[], now).unwrap();
            settings.scope = scope(&["contoso"]);
            for organization in &mut settings.scope.organizations {
                organization.connected_at = "2026-10-10T12:00:00Z".parse().ok();
            }
            Session {
                platform: Arc::new(Pretended::hermetic(&self.home).with_vault(&self.vault)),
                settings,
                now,
                layout: Layout {
                    width: 80,
                    home: String::new(),
                },
                interactive: false,
                json: true,
                offline: true,
                asking: Asking::default(),
                loudness: -1,
            }
        }

        fn put(&self) -> u32 {
            self.vault.inside(|inside| inside.put)
        }
    }

    fn begin<'s>(session: &'s Session, consent: &Consent) -> Job<'s> {
        let job = Job::begin(session, &Places::default(), consent, false).unwrap();
        assert_eq!(job.plan.edits.len(), 1);
        job
    }

    fn yes() -> Consent {
        Consent {
            yes: true,
            ..Consent::default()
        }
    }

    fn states(job: &Job<'_>) -> Vec<OutcomeState> {
        job.outcomes.iter().map(|outcome| outcome.state).collect()
    }

    #[test]
    fn nothing_is_put_into_a_vault_before_it_is_agreed_that_something_goes() {
        let fixture = Fixture::new();
        let session = fixture.session();
        let unattended = Consent {
            unattended: true,
            ..Consent::default()
        };
        let mut job = begin(&session, &unattended);
        job.carry_out().unwrap();
        assert_eq!(states(&job), [OutcomeState::Pending]);

        let mut paused = begin(&session, &yes());
        (paused.paused, paused.asked_center) = (true, true);
        paused.carry_out().unwrap();
        assert_eq!(states(&paused), [OutcomeState::Pending]);
        assert_eq!(fixture.put(), 0);
    }

    #[test]
    fn what_a_killed_trial_left_costs_no_copy() {
        let fixture = Fixture::new();
        let left = [("service", "dev.rekey.agent"), ("account", "trial")];
        let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        fixture.vault.add(&left, key);
        let session = fixture.session();
        let mut job = begin(&session, &yes());
        job.carry_out().unwrap();
        assert_eq!(states(&job), [OutcomeState::Done]);
        assert!(job.plan.edits[0].change.can_be_undone());
        // The trial's and the run's, of which the run's is there.
        assert_eq!((fixture.put(), fixture.vault.keys()), (2, 1));
    }
}
