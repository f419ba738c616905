//! The step of the access tokens: a new one takes the place of the old ones.

use super::typed::step;
use super::{Guided, oauth};
use crate::cli::args::GuideArguments;
use crate::cli::fault::Fault;
use crate::cli::renew::{self, Offer, Renewal, Renewed};
use crate::cli::secret_file;
use crate::guide::{At, GuideFault, Helped, Talk};
use crate::model::{Organization, Secret, StepId};
use crate::renewal::{SavedSlots, Unfit, targets};

/// Refuses flags of this step that contradict each other, before anything is done.
pub(super) fn check(typed: &GuideArguments) -> Result<(), Fault> {
    let is_pats = step(typed)? == Some(StepId::Pats);
    if typed.oauth && !is_pats {
        return Err(Fault::wrong(
            "--oauth: it belongs to another step\n  hint: type rekey guide pats --oauth",
        ));
    }
    if typed.token_file.is_some() && !is_pats {
        return Err(Fault::wrong(
            "--token-file: only the step pats takes a token\n  hint: type rekey guide pats --token-file FILE",
        ));
    }
    Ok(())
}

/// Before the page is opened.
pub(super) fn prepare(
    guided: &Guided<'_>,
    _at: &At<'_>,
    talk: &mut Talk<'_>,
) -> Result<Helped, GuideFault> {
    // What needs no token comes first.
    oauth::offer(guided, talk)?;
    Ok(Helped::default())
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
        settled: false,
        findings: Some(renewed.found.scan.findings),
        slots: renewed.slots,
    }
}

/// Does at once what flags of this step say, on a terminal or without one; `None` where none was typed.
pub(super) fn at_once(guided: &Guided<'_>) -> Result<Option<Helped>, Fault> {
    if guided.typed.oauth {
        let told = oauth::set(guided);
        let told = told.map_err(|reason| Fault::failed(format!("--oauth: {reason}")))?;
        guided.session.say(told);
    }
    let Some(file) = &guided.typed.token_file else {
        return Ok(guided.typed.oauth.then(Helped::default));
    };
    let pasted = secret_file::read("--token-file", file)?;
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
    let renewed = renewal.fill(&checked, organization, guided.found, &|_| true)?;
    if !guided.session.json {
        guided
            .session
            .print(&renew::told(guided.session, &renewed.slots))?;
    }
    Ok(Some(helped(renewed)))
}

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
