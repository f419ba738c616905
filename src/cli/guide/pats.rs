//! The step of the access tokens: a new one takes the place of the old ones.

use super::typed::step;
use super::{Guided, oauth};
use crate::cli::args::GuideArguments;
use crate::cli::fault::Fault;
use crate::cli::renew::{self, Automatic, Offer, Renewal, Renewed};
use crate::cli::{charset, secret_file};
use crate::guide::rotation::{Ended, Outcome};
use crate::guide::{At, GuideFault, Helped, SavedSteps, Talk};
use crate::model::{Organization, Secret, StepId};
use crate::renewal::{Purpose, SavedSlots, Target, Unfit, targets};

/// Refuses flags of this step that contradict each other, before anything is done.
pub(super) fn check(typed: &GuideArguments) -> Result<(), Fault> {
    if step(typed)? == Some(StepId::Pats) {
        return Ok(());
    }
    let flag = if typed.token_file.is_some() {
        "--token-file"
    } else if typed.automatic {
        "--automatic"
    } else if typed.oauth {
        "--oauth"
    } else {
        return Ok(());
    };
    Err(Fault::wrong(format!(
        "{flag}: it belongs to another step\n  hint: type rekey guide pats {flag}"
    )))
}

/// Before the page is opened: rekey can make the tokens itself where somebody can be signed in.
pub(super) fn prepare(
    guided: &Guided<'_>,
    at: &At<'_>,
    talk: &mut Talk<'_>,
) -> Result<Helped, GuideFault> {
    // What needs no token comes first.
    oauth::offer(guided, talk)?;
    let renewal = guided.renewal();
    if !renew::is_possible(&renewal, at.organization) {
        return Ok(Helped::default());
    }
    let found = guided.look_again();
    let saved = SavedSlots::load(guided.state)?;
    if targets(at.organization, found.pairs(), &saved).is_empty() {
        return Ok(Helped::default());
    }
    let ways = [
        "Sign in, and let rekey make new ones and revoke the old",
        "Make one yourself on the page",
    ];
    if talk.prompt.choose("How do you want new tokens?", &ways)? != 0 {
        return Ok(Helped::default());
    }
    let done = renew::automatic(
        &renewal,
        at.organization,
        found,
        Some(talk.prompt),
        talk.out,
    );
    let done = match done {
        Ok(done) => done,
        Err(fault) => {
            writeln!(talk.out, "  {fault}")?;
            return Ok(Helped::default());
        }
    };
    write!(talk.out, "{}", renew::rotated(&done))?;
    let helped = settle(guided, at.organization, done);
    let helped = helped.map_err(|fault| GuideFault::Failed(fault.to_string()))?;
    *talk.saved = SavedSteps::load(guided.state)?;
    Ok(helped)
}

/// After the page was opened, before the question: the token that was made there is put into its slots.
pub(super) fn finish(
    guided: &Guided<'_>,
    at: &At<'_>,
    talk: &mut Talk<'_>,
) -> Result<Helped, GuideFault> {
    let looked = guided.look_again();
    let renewal = guided.renewal();
    let offered = renew::offer(&renewal, at.organization, &looked, talk.prompt, talk.out);
    match offered.map_err(|fault| GuideFault::Failed(fault.to_string()))? {
        Ok(Offer::Done(renewed)) => Ok(helped(*renewed)),
        Ok(Offer::Nothing) => Ok(Helped::default()),
        Err(stopped) => Err(stopped.into()),
    }
}

fn helped(renewed: Renewed) -> Helped {
    Helped {
        failed: renewed.slots.iter().any(|slot| slot.state.is_error()),
        findings: Some(renewed.found.scan.findings),
        slots: renewed.slots,
        ..Helped::default()
    }
}

/// Does at once what flags of this step say, on a terminal or without one; `None` where none was typed.
pub(super) fn at_once(guided: &Guided<'_>) -> Result<Option<Helped>, Fault> {
    if guided.typed.oauth {
        let told = oauth::set(guided);
        let told = told.map_err(|reason| Fault::failed(format!("--oauth: {reason}")))?;
        guided.session.say(told);
    }
    if guided.typed.automatic {
        return automatically(guided).map(Some);
    }
    let Some(file) = &guided.typed.token_file else {
        return Ok(guided.typed.oauth.then(Helped::default));
    };
    let pasted = secret_file::read("--token-file", file)?;
    refuse_gated(guided)?;
    let renewal = guided.renewal();
    let saved = SavedSlots::load(guided.state).map_err(Fault::failed)?;
    let organizations = guided.scope.organizations.iter().filter(|one| !one.gated);
    let waiting: Vec<&Organization> = organizations
        .filter(|one| !targets(one, guided.found.pairs(), &saved).is_empty())
        .collect();
    let organization = one_of(&waiting, guided, &pasted)?;
    let targets = targets(organization, guided.found.pairs(), &saved);
    let checked = renewal
        .check(&pasted, organization, guided.found, &targets)
        .map_err(|unfit| match unfit {
            Unfit::Unclear(_) => Fault::failed(format!(
                "{unfit}\n  hint: nothing was changed; with --offline its form alone is checked"
            )),
            unfit => Fault::wrong(format!("--token-file: {unfit}")),
        })?;
    drop(targets);
    let purpose = guided.typed.tools.map(Purpose::from);
    let wanted = |target: &Target<'_>| purpose.is_none_or(|one| one == Purpose::of(target));
    let renewed = renewal.fill(&checked, organization, guided.found, &wanted)?;
    if !guided.session.json {
        guided
            .session
            .print(&renew::told(guided.session, &renewed.slots))?;
    }
    Ok(Some(helped(renewed)))
}

/// Nothing is changed before the change.
fn refuse_gated(guided: &Guided<'_>) -> Result<(), Fault> {
    if guided.scope.organizations.iter().all(|one| one.gated) {
        return Err(Fault::waiting(
            "no organization is connected to Microsoft Entra ID yet: nothing was changed",
        ));
    }
    Ok(())
}

/// Makes successors for every organization that waits.
fn automatically(guided: &Guided<'_>) -> Result<Helped, Fault> {
    refuse_gated(guided)?;
    let renewal = guided.renewal();
    let mut all = Helped::default();
    let mut out = charset::stderr();
    for organization in guided.scope.organizations.iter().filter(|one| !one.gated) {
        let found = guided.look_again();
        let done = renew::automatic(&renewal, organization, found, None, &mut out)?;
        if !guided.session.json {
            guided.session.print(&renew::rotated(&done))?;
        }
        let helped = settle(guided, organization, done)?;
        all.failed |= helped.failed;
        all.slots.extend(helped.slots);
        all.findings = helped.findings;
    }
    Ok(all)
}

/// Keeps that the step has ended, where every old token was seen to be revoked.
fn settle(
    guided: &Guided<'_>,
    organization: &Organization,
    done: Automatic,
) -> Result<Helped, Fault> {
    let revoked = |outcome: &Outcome| {
        matches!(outcome.ended, Ended::Finished) && outcome.rotation.predecessor.is_some()
    };
    let stopped = |outcome: &Outcome| matches!(outcome.ended, Ended::Stopped(_));
    let saved = SavedSlots::load(guided.state).map_err(Fault::failed)?;
    let nothing_waits = targets(organization, done.found.pairs(), &saved).is_empty();
    let settled = !done.outcomes.is_empty()
        && done.left == 0
        && nothing_waits
        && done.outcomes.iter().all(revoked);
    if settled {
        let mut steps = SavedSteps::load(guided.state).map_err(Fault::failed)?;
        steps.prove(
            &organization.name,
            StepId::Pats,
            REVOKED,
            guided.session.now,
        );
        steps.save(guided.state).map_err(Fault::failed)?;
    }
    Ok(Helped {
        settled,
        failed: done.outcomes.iter().any(stopped),
        slots: done.slots,
        findings: Some(done.found.scan.findings),
    })
}

/// What the proof of this step is of: no fingerprint, since every old token is gone.
const REVOKED: &str = "revoked";

/// The organization that the token is of, where it can be told.
fn one_of<'o>(
    waiting: &[&'o Organization],
    guided: &Guided<'_>,
    pasted: &Secret,
) -> Result<&'o Organization, Fault> {
    match waiting {
        [] => Err(Fault::wrong(
            "--token-file: no place on this workstation waits for a token",
        )),
        [one] => Ok(one),
        several => {
            let renewal = guided.renewal();
            let mut takes = several.iter().filter(|one| {
                let checked = renewal.check(pasted, one, guided.found, &[]);
                checked.is_ok_and(|checked| checked.is_proved)
            });
            if let (Some(one), None) = (takes.next(), takes.next()) {
                return Ok(one);
            }
            let names: Vec<_> = several.iter().map(|one| one.name.to_string()).collect();
            Err(Fault::wrong(format!(
                "--token-file: which organization is it of: {}?\n  hint: add --org NAME",
                names.join(", ")
            )))
        }
    }
}

impl Guided<'_> {
    fn renewal(&self) -> Renewal<'_> {
        Renewal {
            session: self.session,
            state: self.state,
            scope: self.scope,
        }
    }
}
