#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use rstest::rstest;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::azure_devops::lifecycle::{PatError, PatRecord};
use crate::azure_devops::{Gateway, Services};
use crate::edit::checkpoint::checkpoint;
use crate::edit::checkpoint::stopping::{each_stop, stop_at};
use crate::guide::rotation::SavedRotations;
use crate::model::OrganizationName;
use crate::network::Deadline;
use crate::testing::Reply;
use crate::testing::fake_service::{FakeService, Issued};

const NAME: &str = "git on northwind";

/// A workstation with two slots that hold one old token, and the service beside it.
struct Workstation {
    fake: FakeService,
    services: Services,
    access_token: RefCell<Secret>,
    organization: OrganizationName,
    _folder: TempDir,
    state: StateFolder,
    key: FingerprintKey,
    old: Issued,
    slots: RefCell<BTreeMap<String, String>>,
    /// Tokens that were seen to work.
    proved: RefCell<Vec<String>>,
    readable: Cell<bool>,
    fault: RefCell<Option<&'static str>>,
    agrees: Cell<bool>,
}

fn now() -> Timestamp {
    "2026-11-29T16:00:00Z".parse().unwrap()
}

impl Workstation {
    fn new() -> Self {
        let fake = FakeService::new("contoso", Uuid::from_u128(2), now());
        let from = "2026-03-05T10:00:00Z";
        let old = fake.give(
            NAME,
            "vso.code_write vso.packaging",
            from,
            "2027-03-05T10:00:00Z",
        );
        let folder = TempDir::new().unwrap();
        let slots = ["npm", "git"].map(|slot| (slot.to_owned(), old.token.clone()));
        Self {
            services: Services::new(Some(Gateway::new(fake.url()).unwrap())).unwrap(),
            access_token: RefCell::new(Secret::new(fake.access_token())),
            fake,
            organization: OrganizationName::new("contoso").unwrap(),
            state: StateFolder::open(&folder.path().join("rekey")).unwrap(),
            _folder: folder,
            key: FingerprintKey::new([7; 32]),
            old,
            slots: RefCell::new(slots.into()),
            proved: RefCell::default(),
            readable: Cell::new(true),
            fault: RefCell::default(),
            agrees: Cell::new(true),
        }
    }

    fn rotation(&self) -> Rotation {
        let record = PatRecord {
            authorization_id: self.old.authorization_id,
            display_name: self.old.name.clone(),
            scope: self.old.scope.clone(),
            valid_from: self.old.valid_from,
            valid_to: self.old.valid_to,
            target_accounts: Some(vec![Uuid::nil()]),
        };
        Rotation {
            slots: vec!["npm".to_owned(), "git".to_owned()],
            ..Rotation::successor_of(&record)
        }
    }

    fn run(&self, plan: Vec<Rotation>) -> Result<Vec<Outcome>, RotationFault> {
        let token = self.access_token.borrow().clone();
        let rotator = Rotator {
            client: PatClient {
                services: &self.services,
                organization: &self.organization,
                access_token: &token,
                deadline: Deadline::after(Duration::from_secs(60)),
            },
            state: &self.state,
            fingerprints: &self.key,
            clock: &now,
        };
        rotator.run(plan, &mut Hands(self), &mut |question| match question {
            Question::Make(_) => true,
            Question::Revoke(..) => self.agrees.get(),
        })
    }

    /// The plan as a guide makes it: for slots that still hold the old token, where there are any.
    fn run_anew(&self) -> Vec<Outcome> {
        let holds_old = self
            .slots
            .borrow()
            .values()
            .any(|held| *held == self.old.token);
        let plan = holds_old.then(|| self.rotation());
        self.run(plan.into_iter().collect()).unwrap()
    }

    fn stopped(&self) -> RotationFault {
        match self.run(vec![self.rotation()]).unwrap().remove(0).ended {
            Ended::Stopped(fault) => fault,
            other => panic!("{other:?}"),
        }
    }

    fn living(&self) -> Vec<Issued> {
        self.fake.living()
    }

    /// The old token is there, or all slots hold one that was seen to work.
    fn nobody_is_locked_out(&self) {
        let living = self.living();
        if living.contains(&self.old) {
            return;
        }
        for held in self.slots.borrow().values() {
            assert!(
                living.iter().any(|one| one.token == *held),
                "a slot is dead"
            );
            assert!(
                self.proved.borrow().contains(held),
                "the old one went unproved"
            );
        }
    }

    /// All slots hold the one token that there is, and nothing is left to do.
    fn all_is_done(&self) {
        let living = self.living();
        let [one] = living.as_slice() else {
            panic!("an orphan: {living:?}");
        };
        assert_ne!(one.authorization_id, self.old.authorization_id);
        assert!(self.slots.borrow().values().all(|held| *held == one.token));
        assert!(self.proved.borrow().contains(&one.token));
        assert_eq!((&one.name, &one.scope), (&self.old.name, &self.old.scope));
        let saved = SavedRotations::load(&self.state).unwrap();
        assert_eq!(saved, SavedRotations::default());
    }

    fn state_holds_no_secret(&self) {
        let text = self
            .state
            .read("rotation.json")
            .unwrap()
            .unwrap_or_default();
        let text = String::from_utf8(text).unwrap();
        let access_token = self.access_token.borrow().clone();
        assert!(!text.contains(access_token.expose()));
        assert!(
            self.fake
                .issued()
                .iter()
                .all(|one| !text.contains(&one.token))
        );
    }
}

struct Hands<'w>(&'w Workstation);

impl Hands<'_> {
    fn fails(&self, at: &str) -> Result<(), String> {
        if *self.0.fault.borrow() == Some(at) {
            return Err(format!("no {at}"));
        }
        Ok(())
    }
}

impl Slots for Hands<'_> {
    fn fill(&mut self, slots: &[String], token: &Secret) -> Result<(), String> {
        self.fails("fill")?;
        for slot in slots {
            let held = token.expose().to_owned();
            self.0.slots.borrow_mut().insert(slot.clone(), held);
            checkpoint();
        }
        Ok(())
    }

    fn prove(&mut self, slots: &[String], token: &Secret) -> Result<(), String> {
        self.fails("proof")?;
        let held = self.0.slots.borrow();
        assert!(slots.iter().all(|slot| held[slot] == token.expose()));
        assert!(
            self.0
                .living()
                .iter()
                .any(|one| one.token == token.expose())
        );
        self.0.proved.borrow_mut().push(token.expose().to_owned());
        Ok(())
    }

    fn recall(&mut self, slots: &[String]) -> Option<Secret> {
        let held = self.0.slots.borrow();
        let first = held.get(slots.first()?)?;
        let alike = slots.iter().all(|slot| held.get(slot) == Some(first));
        (self.0.readable.get() && alike).then(|| Secret::new(first.clone()))
    }
}

#[test]
fn a_token_gets_a_successor_that_works_before_the_old_one_goes() {
    let station = Workstation::new();
    let outcomes = station.run(vec![station.rotation()]).unwrap();
    assert!(matches!(outcomes[0].ended, Ended::Finished), "{outcomes:?}");
    station.all_is_done();
    let made = &station.living()[0];
    let life = made.valid_from.duration_until(made.valid_to);
    assert_eq!(life, jiff::SignedDuration::from_hours(30 * 24));
    let lines: Vec<String> = station
        .fake
        .requests()
        .iter()
        .map(|request| request.line.split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(lines, ["GET", "POST", "DELETE"]);
}

#[rstest]
#[case(true)]
#[case(false)]
fn killed_at_any_step_the_next_run_leaves_no_orphan_and_locks_nobody_out(#[case] readable: bool) {
    let steps = each_stop(|number| {
        let station = Workstation::new();
        station.readable.set(readable);
        let stopped = stop_at(number, || station.run_anew()).is_none();
        station.nobody_is_locked_out();
        station.state_holds_no_secret();
        if stopped {
            station.run_anew();
        }
        station.all_is_done();
        stopped
    });
    assert!(steps > 15, "{steps}");
}

#[rstest]
#[case(true)]
#[case(false)]
fn killed_again_and_again_it_still_ends_well(#[case] readable: bool) {
    each_stop(|number| {
        let mut is_stopped = false;
        // Not each pair of steps: each waits for the disk many times.
        for again in (number % 4..).step_by(4) {
            let station = Workstation::new();
            station.readable.set(readable);
            is_stopped = stop_at(number, || station.run_anew()).is_none();
            let is_stopped_again = stop_at(again, || station.run_anew()).is_none();
            station.nobody_is_locked_out();
            station.run_anew();
            station.all_is_done();
            if !is_stopped_again {
                break;
            }
        }
        is_stopped
    });
}

#[test]
fn a_token_whose_answer_was_cut_is_found_and_revoked_by_the_next_run() {
    let station = Workstation::new();
    station.fake.after("POST", Reply::Cut);
    let fault = station.stopped();
    assert!(
        matches!(fault, RotationFault::Service(LifecycleFault::Network(_))),
        "{fault:?}"
    );
    assert_eq!(station.living().len(), 2);
    station.nobody_is_locked_out();
    station.run_anew();
    station.all_is_done();
}

#[test]
fn of_several_that_may_be_the_orphan_none_is_revoked() {
    let station = Workstation::new();
    station.fake.after("POST", Reply::Cut);
    station.stopped();
    station.fake.give(
        NAME,
        "app_token",
        "2026-11-29T16:10:00Z",
        "2027-01-01T00:00:00Z",
    );
    let fault = station.stopped();
    assert!(matches!(fault, RotationFault::Unclear(_)), "{fault:?}");
    assert_eq!(station.living().len(), 3);
    // It is said once, and then it goes on.
    station.run_anew();
    assert_eq!(station.living().len(), 3);
    assert!(station.fake.issued()[0].revoked);
}

#[test]
fn a_token_of_the_same_name_that_was_made_long_after_is_not_taken_for_the_orphan() {
    let station = Workstation::new();
    station.fake.instead_of("POST", Reply::Cut);
    station.stopped();
    let theirs = station.fake.give(
        NAME,
        "app_token",
        "2026-11-29T18:00:00Z",
        "2027-01-01T00:00:00Z",
    );
    assert!(matches!(station.stopped(), RotationFault::Unclear(_)));
    assert!(station.living().contains(&theirs));
}

#[test]
fn a_life_that_policy_finds_too_long_is_made_shorter() {
    for (longest, days) in [(20, 14), (14, 14), (7, 7), (5, 3), (1, 1)] {
        let station = Workstation::new();
        station.fake.set_longest_days(longest);
        let outcomes = station.run_anew();
        assert_eq!(outcomes[0].rotation.days, days);
        station.all_is_done();
        let made = &station.living()[0];
        let life = made.valid_from.duration_until(made.valid_to);
        assert_eq!(life, jiff::SignedDuration::from_hours(i64::from(days) * 24));
    }
}

#[test]
fn a_policy_that_refuses_is_told_and_nothing_is_touched() {
    for error in [
        PatError::FullScopePatPolicyViolation,
        PatError::GlobalPatPolicyViolation,
        PatError::DisablePatCreationPolicyViolation,
        PatError::PatLifespanPolicyViolation,
    ] {
        let station = Workstation::new();
        station.fake.refuse_creation(Some(error.name()));
        let fault = station.stopped();
        assert!(
            matches!(&fault, RotationFault::Service(LifecycleFault::Refused(found)) if *found == error),
            "{fault:?}"
        );
        assert!(fault.next_step().ends_with('.'));
        assert_eq!(station.living(), std::slice::from_ref(&station.old));
        assert!(
            station
                .slots
                .borrow()
                .values()
                .all(|held| *held == station.old.token)
        );
        let saved = SavedRotations::load(&station.state).unwrap();
        assert_eq!(saved, SavedRotations::default());
    }
}

#[test]
fn a_sign_in_that_has_ended_stops_all_and_the_next_goes_on() {
    let station = Workstation::new();
    station.fake.end_sign_ins();
    let other = Rotation {
        name: "rekey northwind code".to_owned(),
        slots: vec!["netrc".to_owned()],
        predecessor: None,
        ..station.rotation()
    };
    let outcomes = station.run(vec![station.rotation(), other]).unwrap();
    assert!(matches!(
        &outcomes[0].ended,
        Ended::Stopped(RotationFault::Service(LifecycleFault::SignIn(401)))
    ));
    assert!(matches!(
        &outcomes[1].ended,
        Ended::Stopped(RotationFault::NotTried)
    ));
    assert_eq!(station.fake.requests().len(), 1);
    *station.access_token.borrow_mut() = Secret::new(station.fake.access_token());
    station.run_anew();
    station.all_is_done();
}

#[test]
fn a_sign_in_that_ends_before_the_old_one_is_revoked_leaves_only_that() {
    let station = Workstation::new();
    station
        .fake
        .instead_of("DELETE", Reply::page(203, "<html>Sign In</html>"));
    assert!(matches!(
        station.stopped(),
        RotationFault::Service(LifecycleFault::SignIn(203))
    ));
    let saved = SavedRotations::load(&station.state).unwrap();
    assert_eq!(saved.unfinished(&station.organization).count(), 1);
    let before = station.fake.issued().len();
    station.run_anew();
    station.all_is_done();
    assert_eq!(station.fake.issued().len(), before);
}

#[test]
fn slots_that_cannot_be_filled_cost_no_token() {
    let station = Workstation::new();
    *station.fault.borrow_mut() = Some("fill");
    assert!(matches!(station.stopped(), RotationFault::NotFilled(_)));
    assert_eq!(station.living(), std::slice::from_ref(&station.old));
    *station.fault.borrow_mut() = None;
    station.run_anew();
    station.all_is_done();
}

#[rstest]
#[case(true, 1)]
#[case(false, 2)]
fn what_was_not_seen_to_work_revokes_nothing(#[case] readable: bool, #[case] made: usize) {
    let station = Workstation::new();
    station.readable.set(readable);
    *station.fault.borrow_mut() = Some("proof");
    assert!(matches!(station.stopped(), RotationFault::NotProved(_)));
    assert!(station.living().contains(&station.old));
    *station.fault.borrow_mut() = None;
    station.run_anew();
    station.all_is_done();
    assert_eq!(station.fake.issued().len(), 1 + made);
}

#[test]
fn a_person_may_keep_the_old_one_and_is_asked_again() {
    let station = Workstation::new();
    station.agrees.set(false);
    let outcomes = station.run_anew();
    assert!(matches!(outcomes[0].ended, Ended::OldKept), "{outcomes:?}");
    assert_eq!(station.living().len(), 2);
    station.agrees.set(true);
    station.run_anew();
    station.all_is_done();
}

#[test]
fn an_old_one_that_is_gone_already_is_done() {
    let station = Workstation::new();
    station.fake.revoke(station.old.authorization_id);
    let outcomes = station.run_anew();
    assert!(matches!(outcomes[0].ended, Ended::Finished), "{outcomes:?}");
    station.all_is_done();
}

#[test]
fn a_slot_found_later_is_filled_before_the_token_that_it_shares_is_revoked() {
    let station = Workstation::new();
    station.agrees.set(false);
    station.run_anew();
    let old = station.old.token.clone();
    station.slots.borrow_mut().insert("netrc".to_owned(), old);
    station.agrees.set(true);
    *station.fault.borrow_mut() = Some("fill");
    let later = Rotation {
        slots: vec!["netrc".to_owned()],
        ..station.rotation()
    };
    station.run(vec![later.clone()]).unwrap();
    assert!(station.living().contains(&station.old));
    *station.fault.borrow_mut() = None;
    station.run(vec![later]).unwrap();
    assert!(!station.living().contains(&station.old));
    let living = station.living();
    let slots = station.slots.borrow();
    assert!(
        slots
            .values()
            .all(|held| living.iter().any(|one| one.token == *held))
    );
}

#[test]
fn nothing_to_do_writes_nothing() {
    let station = Workstation::new();
    assert!(station.run(Vec::new()).unwrap().is_empty());
    assert_eq!(station.state.read("rotation.json").unwrap(), None);
    assert!(station.fake.requests().is_empty());
}
