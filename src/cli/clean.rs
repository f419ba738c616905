//! `rekey clean`, and the end table that `run` shares.

use rekey_report::{HelperProof, Outcome, PlannedEdit, Scan, Step};
use serde::Serialize;

use super::args::{Consent, Places};
use super::fault::{Exit, Fault};
use super::job::Job;
use super::session::Session;
use super::show::{self, CYAN, styled};
use crate::model::{Edit, Finding, HelperState, OutcomeState};
use crate::policy::Mode;

/// `rekey.run/1`.
#[derive(Serialize)]
struct RunAnswer<'a> {
    schema: &'static str,
    run: uuid::Uuid,
    scan: &'a Scan,
    plan: Vec<PlannedEdit>,
    outcomes: &'a [Outcome],
    steps: &'a [Step],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    helpers: &'a [HelperProof],
}

/// Makes the plan's edits only.
pub(super) fn clean(session: &Session, places: &Places, consent: &Consent) -> Result<Exit, Fault> {
    let mut job = Job::begin(session, places, consent, false)?;
    job.carry_out()?;
    job.look_again()?;
    job.prove();
    job.remember()?;
    show_end(&job, false)?;
    Ok(job.exit(false))
}

/// What was done and what is left, with the exact command or page for each.
pub(super) fn show_end(job: &Job<'_>, with_steps: bool) -> Result<(), Fault> {
    let session = job.session;
    if session.json {
        return session.print_json(&RunAnswer {
            schema: "rekey.run/1",
            run: job.plan.run,
            scan: &job.found.scan,
            plan: job.plan.edits.iter().map(Into::into).collect(),
            outcomes: &job.outcomes,
            steps: &job.steps,
            helpers: &job.proofs,
        });
    }
    let layout = &session.layout;
    let mut parts = Vec::new();
    if job.mode == Mode::Interactive && !job.outcomes.is_empty() {
        // The question stands right above.
        session.print("\n")?;
    }
    if job.mode != Mode::ShowOnly {
        parts.push(show::outcomes(
            &job.plan.edits,
            |edit| job.is_address(edit),
            &job.outcomes,
            layout,
        ));
    }
    let open = job.left().scan.findings.iter();
    let open: Vec<_> = open
        .filter(|finding| show::is_open(finding))
        // A plan that was only shown is what is left: once is enough.
        .filter(|finding| job.mode != Mode::ShowOnly || !job.plans(finding))
        .map(|finding| match gated(job, finding) {
            Some(name) => Finding {
                advice: Some(format!("Nothing to do before {name} is connected")),
                ..finding.clone()
            },
            None => finding.clone(),
        })
        .collect();
    let open: Vec<_> = open.iter().collect();
    parts.push(show::unreadable(&job.left().scan.places, layout));
    parts.push(show::remaining(&open, layout));
    if with_steps {
        let steps: Vec<_> = job
            .steps
            .iter()
            .map(|step| {
                (
                    step.clone(),
                    super::guide::todo(&job.scope.organizations, step),
                )
            })
            .collect();
        parts.push(show::steps(&steps));
    }
    if !session.platform.hermetic() {
        parts.push(show::proofs(&job.proofs, layout, session.loudness > 0));
    }
    if !job.modernizes {
        parts.push(show::old_addresses_hint(&job.left().scan.old_addresses));
    }
    parts.push(last_line(job, with_steps));
    parts.retain(|part| !part.is_empty());
    session.print(&format!("{}\n", parts.join("\n").trim_end()))
}

/// The organization of a finding, while it is not connected yet.
fn gated(job: &Job<'_>, finding: &Finding) -> Option<String> {
    let name = finding.organization.as_deref()?;
    let organizations = &job.scope.organizations;
    let organization = organizations.iter().find(|one| one.name.is(name))?;
    organization.gated.then(|| organization.name.to_string())
}

fn last_line(job: &Job<'_>, with_steps: bool) -> String {
    let open = job.left().scan.findings.iter();
    let open = open.filter(|finding| show::is_open(finding)).count();
    let mut proofs = job.proofs.iter();
    let answers = proofs.any(|proof| proof.state == HelperState::StillAnswers);
    let left = match open {
        0 if answers => "nothing stale is left but what a helper answers".to_owned(),
        0 => "nothing stale is left".to_owned(),
        open => format!("{open} left"),
    };
    if job.paused {
        return "Cleaning is paused by the admin: nothing was changed.\n".to_owned();
    }
    if job
        .scope
        .organizations
        .iter()
        .all(|organization| organization.gated)
    {
        return "Not connected yet: nothing was changed.\n".to_owned();
    }
    if let Some(done) = done(job) {
        if job.session.settings.keep_days == 0 {
            return format!("{done}, {left}. undo.keep_days is 0: nothing was kept.\n");
        }
        return format!("{done}, {left}. {}.\n", undo(job));
    }
    let only_addresses = job.mode == Mode::ShowOnly && !job.plan.edits.is_empty();
    if open == 0 && !only_addresses {
        let mut left = left;
        left.replace_range(..1, "N");
        return format!("{left}.\n");
    }
    if job.mode == Mode::ShowOnly {
        if job.plan.edits.is_empty() {
            return format!(
                "Nothing was changed: {left}, and nothing of it can be removed for you.\n"
            );
        }
        let command = styled(
            CYAN,
            if with_steps {
                "rekey run"
            } else {
                "rekey clean"
            },
        );
        return format!(
            "Nothing was changed. To go ahead, type {command} in a terminal, or add --yes.\n"
        );
    }
    format!("Nothing was changed; {open} left.\n")
}

/// The edits that were made.
fn made<'j>(job: &'j Job<'_>) -> impl Iterator<Item = &'j Edit> {
    let done = job.outcomes.iter();
    done.filter(|outcome| outcome.state == OutcomeState::Done)
        .filter_map(|outcome| {
            let mut edits = job.plan.edits.iter();
            edits.find(|edit| edit.id == outcome.edit)
        })
}

/// How much was done; `None` for nothing.
fn done(job: &Job<'_>) -> Option<String> {
    let changed = made(job).filter(|edit| job.is_address(edit)).count();
    let removed = made(job).count() - changed;
    let addresses = if changed == 1 { "address" } else { "addresses" };
    match (removed, changed) {
        (0, 0) => None,
        (removed, 0) => Some(format!("{removed} removed")),
        (0, changed) => Some(format!("{changed} {addresses} changed")),
        _ => Some(format!("{removed} removed, {changed} {addresses} changed")),
    }
}

/// How much of it can be taken back.
fn undo(job: &Job<'_>) -> String {
    let command = styled(CYAN, "rekey undo");
    let kept = made(job).filter(|edit| edit.change.can_be_undone()).count();
    if kept == made(job).count() {
        format!("{command} puts everything back")
    } else if kept > 0 {
        format!("{command} puts everything back but what the plan said")
    } else {
        "It cannot be put back".to_owned()
    }
}
