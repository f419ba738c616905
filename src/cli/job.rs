//! The line that `clean` and `run` share: recover, learn, find, plan, ask, carry out, look again.

mod consent;

use std::collections::{BTreeSet, HashSet};

use rekey_report::{DeviceState, ReportedOrganization, SshKey};

use super::args::{Consent, Places};
use super::changes::carry_out;
use super::fault::{Exit, Fault};
use super::find::Extent;
use super::session::Session;
use super::show::{Planned, Subject};
use super::{ask, find, scope, service, show};
use crate::edit;
use crate::guide::{SavedSteps, steps};
use crate::model::{
    Edit, Finding, HelperProof, HelperState, Outcome, OutcomeState, Plan, Scope, Secret, Step,
    StepState, Verdict,
};
use crate::policy::{Decision, Mode};
use crate::proof::{Trial, prove};
use crate::renewal::{Candidates, Reader, SavedSlots};
use crate::reporting::{Standing, count_errors, device_state};
use crate::scan::Scanned;
use crate::state::{LastRun, StateFolder};

/// Refuses flags that contradict each other.
pub(super) fn check_consent(consent: &Consent) -> Result<(), Fault> {
    if consent.yes && consent.unattended {
        return Err(Fault::wrong(
            "--yes and --unattended contradict each other\n  hint: --yes is your own word, --unattended leaves it to machine policy",
        ));
    }
    Ok(())
}

/// What would be changed.
fn planned(mode: Mode, modernizes: bool, found: &Scanned, scope: &Scope) -> Plan {
    let mut plan = edit::plan(found.scan.run, found.pairs(), scope);
    if mode != Mode::Interactive {
        // Without somebody to ask, what is unsure is no part of the plan.
        let stale: HashSet<_> = found
            .scan
            .findings
            .iter()
            .filter(|finding| finding.verdict == Verdict::Stale)
            .map(|finding| finding.id.as_str())
            .collect();
        plan.edits
            .retain(|edit| stale.contains(edit.finding.as_str()));
    }
    if modernizes {
        edit::modernize(&mut plan, &found.old_remotes, scope);
    }
    plan
}

/// How a command was started, from its flags and the terminal.
fn mode(session: &Session, consent: &Consent) -> Mode {
    if consent.dry_run {
        Mode::ShowOnly
    } else if consent.yes {
        Mode::Yes
    } else if consent.unattended {
        Mode::Unattended
    } else if session.interactive && !session.json {
        Mode::Interactive
    } else {
        Mode::ShowOnly
    }
}

/// One run, as far as it has come.
pub(super) struct Job<'s> {
    pub session: &'s Session,
    pub mode: Mode,
    /// `--dry-run`: nothing is remembered or sent either.
    pub dry: bool,
    /// `--modernize-remotes`.
    pub modernizes: bool,
    pub state: StateFolder,
    pub scope: Scope,
    places: Places,
    pub memory: find::Memory,
    pub found: Scanned,
    /// What the service said of the tokens in it.
    words: service::Words,
    pub plan: Plan,
    pub outcomes: Vec<Outcome>,
    /// What is there after the edits.
    pub left: Option<Scanned>,
    pub paused: bool,
    asked_center: bool,
    pub steps: Vec<Step>,
    /// What git's helpers answer after the edits.
    pub proofs: Vec<HelperProof>,
    recovery_failed: bool,
}

impl<'s> Job<'s> {
    /// Finishes what a killed run left, learns the organizations, finds, and plans.
    pub(super) fn begin(
        session: &'s Session,
        places: &Places,
        consent: &Consent,
        asks_tenants: bool,
    ) -> Result<Self, Fault> {
        find::check_depth(session, places)?;
        let mode = mode(session, consent);
        let folders = session.platform.folders();
        let state = StateFolder::open(&folders.state).map_err(Fault::failed)?;
        let recovery_failed = super::upkeep::recover(session)?;
        let memory = match mode {
            Mode::ShowOnly => find::Memory::to_look(session)?,
            Mode::Interactive | Mode::Yes | Mode::Unattended => find::Memory::load(session)?,
        };
        let mut scope = scope::learn(session, &memory)?;
        let known = if asks_tenants {
            service::learn_tenants(session, &mut scope)
        } else {
            BTreeSet::new()
        };
        let mut found = find::find(session, &scope, &Extent::of(session, places), &memory);
        // Whatever stands here: it is no typing error.
        found.seen.extend(known);
        let words = service::verify(session, &scope, &mut found);
        scope::warn_of_unknown(session, &scope, &found);
        scope::say_undated(session, &scope);
        let plan = planned(mode, consent.modernize_remotes, &found, &scope);
        Ok(Self {
            session,
            mode,
            dry: consent.dry_run,
            modernizes: consent.modernize_remotes,
            state,
            scope,
            places: places.clone(),
            memory,
            found,
            words,
            plan,
            outcomes: Vec::new(),
            left: None,
            paused: false,
            asked_center: false,
            steps: Vec::new(),
            proofs: Vec::new(),
            recovery_failed,
        })
    }

    /// What an edit removes or changes.
    fn subject(&self, edit: &Edit) -> Option<Subject<'_>> {
        let scan = &self.found.scan;
        let finding = scan.findings.iter().find(|one| one.id == edit.finding);
        finding.map(Subject::Finding).or_else(|| {
            let address = scan.old_addresses.iter().find(|one| one.id == edit.finding);
            address.map(Subject::Address)
        })
    }

    /// Whether an edit changes an address and removes nothing.
    pub(super) fn is_address(&self, edit: &Edit) -> bool {
        matches!(self.subject(edit), Some(Subject::Address(_)))
    }

    /// Whether the plan has an edit that removes the finding.
    pub(super) fn plans(&self, finding: &Finding) -> bool {
        self.plan
            .edits
            .iter()
            .any(|edit| edit.finding == finding.id)
    }

    /// Shows the plan, asks once, and makes the edits that were agreed to.
    pub(super) fn carry_out(&mut self) -> Result<(), Fault> {
        let session = self.session;
        self.ask_where_nothing_is_kept()?;
        let decisions = self.decisions();
        let entries: Vec<_> = self
            .plan
            .edits
            .iter()
            .filter_map(|edit| {
                let subject = self.subject(edit)?;
                Some(Planned { edit, subject })
            })
            .collect();
        if !session.json && !entries.is_empty() {
            let intent = |edit: &Edit| match decisions.get(&edit.id) {
                Some(Decision::Ask { covered: false }) => show::Intent::Choice,
                // A plan that is only shown says what an agreed one would do.
                Some(Decision::Leave(..)) if self.mode != Mode::ShowOnly => show::Intent::Leave,
                _ => show::Intent::Make,
            };
            let title = show::styled(show::BOLD, "The plan");
            let plan = show::plan(&entries, intent, &session.layout);
            let gap = if self.mode == Mode::Interactive {
                "\n"
            } else {
                ""
            };
            session.print(&format!("{gap}{title}\n\n{plan}"))?;
        }
        let mut approved = if self.paused {
            HashSet::new()
        } else {
            ask::approve(&entries, &decisions, self.mode, session)?
        };
        if !approved.is_empty() && self.is_paused()? {
            approved.clear();
        }
        if !self.dry {
            self.remember_steps()?;
        }
        let made = if approved.is_empty() {
            Vec::new()
        } else {
            self.execute(&approved)?
        };
        // A dry run has no outcomes: nothing became of anything.
        if !self.dry {
            let edits = self.plan.edits.iter();
            self.outcomes = edits
                .map(|edit| {
                    let made = made.iter().find(|outcome| outcome.edit == edit.id);
                    let left = || self.left_alone(edit, decisions.get(&edit.id));
                    made.cloned().unwrap_or_else(left)
                })
                .collect();
        }
        Ok(())
    }

    fn execute(&self, approved: &HashSet<String>) -> Result<Vec<Outcome>, Fault> {
        let session = self.session;
        let keep_days = session.settings.keep_days;
        let reader = Reader::new(session.platform.as_ref());
        let key = self.state.fingerprint_key().map_err(Fault::failed)?;
        let found = self.found.pairs();
        let emptying = Candidates::of(&self.plan, approved, found, &reader, key, session.now);
        let outcomes = carry_out(session, &self.plan, approved, keep_days)?;
        // A new token goes where the old one was, also days later.
        let mut slots = SavedSlots::load(&self.state).map_err(Fault::failed)?;
        slots.add(emptying.emptied(&outcomes));
        slots.save(&self.state).map_err(Fault::failed)?;
        Ok(outcomes)
    }

    /// Which steps the findings call for is known only before they are gone.
    pub(super) fn remember_steps(&self) -> Result<(), Fault> {
        let mut saved = SavedSteps::load(&self.state).map_err(Fault::failed)?;
        saved.remember(
            &self.scope.organizations,
            &self.found.scan.findings,
            &super::guide::signs(self.session, &self.found),
        );
        saved.remember_keys(&self.found.ssh_keys());
        saved.save(&self.state).map_err(Fault::failed)
    }

    /// Looks and plans once more, where something changed before the plan was shown.
    pub(super) fn find_anew(&mut self) -> Result<(), Fault> {
        self.memory = find::Memory::load(self.session)?;
        let seen = std::mem::take(&mut self.found.seen);
        self.found = self.find(&self.places);
        self.found.seen.extend(seen);
        self.plan = planned(self.mode, self.modernizes, &self.found, &self.scope);
        Ok(())
    }

    fn find(&self, places: &Places) -> Scanned {
        let extent = Extent::of(self.session, places);
        let mut found = find::find(self.session, &self.scope, &extent, &self.memory);
        self.words.apply(self.session, &self.scope, &mut found);
        found
    }

    /// Looks again where something changed: what is said to be gone was seen to be gone.
    pub(super) fn look_again(&mut self) -> Result<(), Fault> {
        if self
            .outcomes
            .iter()
            .any(|outcome| outcome.state == OutcomeState::Done)
        {
            let mut left = self.find(&self.places);
            // It is the end of this run, not another one.
            left.scan.run = self.plan.run;
            self.left = Some(left);
        }
        self.take_steps()
    }

    /// Asks git's helpers whether they still answer. A plan that was only shown has changed nothing to prove.
    pub(super) fn prove(&mut self) {
        if self.dry || self.paused || self.mode == Mode::ShowOnly {
            return;
        }
        let session = self.session;
        let left = self.left();
        let accepted = left
            .pairs()
            .filter(|(finding, _)| finding.accepted.is_some())
            .filter_map(|(_, credential)| credential.secret.as_ref());
        let spared: Vec<&Secret> = accepted.chain(&left.others).collect();
        let trial = Trial {
            platform: session.platform.as_ref(),
            scope: &self.scope,
            pats: session.settings.pats,
            now: session.now,
            spared: &spared,
            proved: &|credential| self.memory.proves(credential, &self.scope),
        };
        self.proofs = prove(&left.asked, &trial);
        for proof in &self.proofs {
            let reason = proof.reason.as_deref().unwrap_or_default();
            tracing::info!(helper = %proof.helper, organization = proof.organization, state = %proof.state, reason);
        }
    }

    /// The person's steps as they stand now.
    pub(super) fn take_steps(&mut self) -> Result<(), Fault> {
        let saved = SavedSteps::load(&self.state).map_err(Fault::failed)?;
        let findings = &self.left().scan.findings;
        self.steps = steps(
            &self.scope.organizations,
            findings,
            &saved,
            &self.session.settings.deferral,
            self.session.now,
        );
        Ok(())
    }

    /// What is there now.
    pub(super) fn left(&self) -> &Scanned {
        self.left.as_ref().unwrap_or(&self.found)
    }

    /// How many places and edits failed.
    pub(super) fn errors(&self) -> u32 {
        let failed = count_errors(&self.left().scan.places, &self.outcomes, &self.proofs);
        failed.saturating_add(u32::from(self.recovery_failed))
    }

    fn waiting(&self) -> bool {
        self.paused
            || self
                .scope
                .organizations
                .iter()
                .all(|organization| organization.gated)
    }

    /// Where the workstation stands.
    pub(super) fn device_state(&self) -> DeviceState {
        device_state(&Standing {
            findings: &self.left().scan.findings,
            steps: &self.steps,
            organizations: &self.organizations(),
            helpers: &self.proofs,
            errors: self.errors(),
            paused: self.paused,
            accept_allowed: self.session.settings.accept_allowed,
        })
    }

    /// The organizations, with what this run learnt of them.
    pub(super) fn organizations(&self) -> Vec<ReportedOrganization> {
        let seen_before = |name: &str| {
            LastRun::load(&self.state)
                .ok()
                .flatten()
                .is_some_and(|last| {
                    last.organizations
                        .iter()
                        .any(|one| !one.unknown && one.organization.name.eq_ignore_ascii_case(name))
                })
        };
        let unknown = scope::unknown(&self.scope, &self.found);
        let typed = self.session.settings.scope_is_typed;
        self.scope
            .organizations
            .iter()
            .map(|organization| ReportedOrganization {
                organization: organization.into(),
                gated: organization.gated,
                unknown: typed
                    && unknown.contains(&organization)
                    && !seen_before(organization.name.as_str()),
            })
            .collect()
    }

    /// What Support clears: what is there now, and what ssh no longer offers since the guide set a new key up.
    fn old_keys(&self) -> Result<Vec<SshKey>, Fault> {
        let saved = SavedSteps::load(&self.state).map_err(Fault::failed)?;
        Ok(saved.keys_for_support(&self.scope.organizations, self.left().ssh_keys()))
    }

    /// What the next `status` tells: of the whole workstation, also where only a part was cleaned.
    pub(super) fn remember(&mut self) -> Result<LastRun, Fault> {
        let is_part = !(self.places.only.is_empty() && self.places.skip.is_empty());
        let part = is_part.then(|| (self.left.take(), self.steps.clone()));
        if part.is_some() {
            let everywhere = Places::default();
            let whole = self.find(&everywhere);
            self.left = Some(whole);
            self.take_steps()?;
        }
        let mut scan = self.left().scan.clone();
        // They say nothing of where the workstation stands, and each call of `status --detect` would read them.
        scan.old_addresses.clear();
        let last = LastRun {
            run: self.plan.run,
            at: self.session.now,
            state: self.device_state(),
            scan,
            depth: self.session.settings.depth,
            organizations: self.organizations(),
            outcomes: self.outcomes.clone(),
            steps: self.steps.clone(),
            helpers: self.proofs.clone(),
            errors: self.errors(),
            ssh_keys: self.old_keys()?,
        };
        if !self.dry {
            last.save(&self.state).map_err(Fault::failed)?;
        }
        if let Some((left, steps)) = part {
            (self.left, self.steps) = (left, steps);
        }
        Ok(last)
    }

    /// The exit code. Steps count only for `run`, whose business they are.
    pub(super) fn exit(&self, with_steps: bool) -> Exit {
        let summary = self.left().scan.summary;
        let open = |step: &Step| matches!(step.state, StepState::Pending | StepState::Deferred);
        let answers = |proof: &HelperProof| proof.state == HelperState::StillAnswers;
        if self.errors() > 0 {
            Exit::Failed
        } else if self.waiting() {
            Exit::Waiting
        } else if summary.stale + summary.unsure > 0
            || self.proofs.iter().any(answers)
            || with_steps && self.steps.iter().any(open)
        {
            Exit::Remains
        } else {
            Exit::Done
        }
    }
}
