//! `rekey run`.

use inquire::{Confirm, InquireError};

use super::args::{Consent, GuideArguments, Places};
use super::central::{Center, tell};
use super::clean::show_end;
use super::fault::{Exit, Fault};
use super::guide::Guided;
use super::job::Job;
use super::notice;
use super::session::Session;
use super::show::{self, CYAN, styled};
use crate::model::{Step, StepState};
use crate::policy::Mode;

/// The main job: find, show the plan, clean, guide, report.
pub(super) fn run(session: &Session, places: &Places, consent: &Consent) -> Result<Exit, Fault> {
    let mut job = Job::begin(session, places, consent, true)?;
    if job.mode == Mode::Interactive {
        renew_first(&mut job)?;
    }
    job.carry_out()?;
    job.look_again()?;
    job.prove();
    if job.mode == Mode::Interactive {
        show_end(&job, true)?;
        offer_guide(&mut job)?;
    }
    let last = job.remember()?;
    if !job.dry
        && let Some(center) = Center::of(session, &job.state)?
    {
        center.sender.keep(&job.state, &last)?;
        tell(session, &center.send(false)?);
    }
    if job.mode != Mode::Interactive {
        show_end(&job, true)?;
    }
    if job.mode == Mode::Unattended {
        notice::show(session, &job.state, &last);
    }
    Ok(job.exit(true))
}

/// New tokens before the old ones go.
fn renew_first(job: &mut Job<'_>) -> Result<(), Fault> {
    // Which steps the old ones call for is known only while they are there.
    job.remember_steps()?;
    let guided = Guided {
        session: job.session,
        state: &job.state,
        scope: &job.scope,
        memory: &job.memory,
        found: &job.found,
        typed: &GuideArguments::default(),
        only: None,
    };
    if guided.renew_first()? {
        job.find_anew()?;
    }
    Ok(())
}

fn offer_guide(job: &mut Job<'_>) -> Result<(), Fault> {
    if !job
        .steps
        .iter()
        .any(|step| step.state == StepState::Pending)
    {
        return Ok(());
    }
    let answer = Confirm::new("Go through your own steps now?")
        .with_default(true)
        .with_help_message("rekey guide goes on from where you stop")
        .prompt();
    match answer {
        Ok(true) => {
            let guided = Guided {
                session: job.session,
                state: &job.state,
                scope: &job.scope,
                memory: &job.memory,
                found: job.left(),
                typed: &GuideArguments::default(),
                only: None,
            };
            job.steps = guided.walk()?;
            let open =
                |step: &&Step| matches!(step.state, StepState::Pending | StepState::Deferred);
            job.session
                .print(&match job.steps.iter().filter(open).count() {
                    0 => "\nAll your steps are done.\n".to_owned(),
                    count => format!(
                        "\n{} left: {} goes on with them.\n",
                        show::count(count, "step"),
                        styled(CYAN, "rekey guide")
                    ),
                })
        }
        Ok(false) | Err(InquireError::OperationCanceled | InquireError::OperationInterrupted) => {
            Ok(())
        }
        Err(error) => Err(Fault::failed(format!(
            "the question cannot be asked: {error}"
        ))),
    }
}
