//! `rekey guide`.

use super::fault::{Exit, Fault};
use super::session::Session;
use super::{find, scope};
use crate::guide::{GuideAnswer, GuideFault, SavedSteps, Stopped, Terminal, WalkThrough, page};
use crate::model::{Depth, Organization, Step, StepId, StepState};
use crate::reporting::{Standing, device_state};
use crate::scan::Scanned;
use crate::state::{LastRun, StateFolder};

/// Walks the person through their steps.
pub(super) fn guide(session: &Session, step: Option<&str>) -> Result<Exit, Fault> {
    let only = step.map(read_step).transpose()?;
    let memory = find::Memory::to_look(session)?;
    let scope = scope::learn(session, &memory)?;
    let state = StateFolder::open(&session.platform.folders().state).map_err(Fault::failed)?;
    // The places are looked at now: the last run may be days old.
    let found = find::find(
        session,
        &scope,
        &find::Extent::everywhere(session, Depth::default()),
        &memory,
    );
    let mut saved = SavedSteps::load(&state).map_err(Fault::failed)?;
    saved.remember(&scope.organizations, &found.scan.findings);
    saved.save(&state).map_err(Fault::failed)?;
    if session.json {
        let steps = crate::guide::steps(
            &scope.organizations,
            &found.scan.findings,
            &saved,
            session.now,
        );
        let answer = GuideAnswer::new(
            &steps,
            &scope.organizations,
            &found.ssh_keys(),
            &saved,
            uses_git_manager(session),
            only,
        );
        session.print_json(&answer)?;
        return Ok(exit(&steps));
    }
    let steps = walk(session, &state, &scope.organizations, &found, only)?;
    if let Some(mut last) = LastRun::load(&state).map_err(Fault::failed)? {
        // `status` tells of the steps as the person left them.
        last.steps.clone_from(&steps);
        last.state = device_state(&Standing::of(&last, session.settings.accept_allowed));
        last.save(&state).map_err(Fault::failed)?;
    }
    Ok(exit(&steps))
}

/// Goes through the steps on a terminal, or shows them where there is none.
pub(super) fn walk(
    session: &Session,
    state: &StateFolder,
    organizations: &[Organization],
    found: &Scanned,
    only: Option<StepId>,
) -> Result<Vec<Step>, Fault> {
    let mut saved = SavedSteps::load(state).map_err(Fault::failed)?;
    let findings = &found.scan.findings;
    let open = |address: &str| session.platform.open_in_browser(address);
    let copy = |text: &str| session.platform.copy(text);
    let walk = WalkThrough {
        organizations,
        findings,
        keys: &found.ssh_keys(),
        state,
        open: &open,
        copy: &copy,
        git_manager: uses_git_manager(session),
        width: usize::from(session.layout.width),
        only,
        now: session.now,
    };
    let mut out = super::charset::stdout();
    let walked = if session.interactive {
        walk.run(&mut saved, &mut Terminal, &mut out)
    } else {
        walk.print(&saved, &mut out)
    };
    match walked {
        Ok(steps) => Ok(steps),
        Err(GuideFault::Stopped(Stopped::ByPerson)) => {
            session.say("Stopped. rekey guide goes on from here.");
            let saved = SavedSteps::load(state).map_err(Fault::failed)?;
            Ok(crate::guide::steps(
                organizations,
                findings,
                &saved,
                session.now,
            ))
        }
        Err(fault) => Err(Fault::failed(fault)),
    }
}

/// The step's title and, on a line of its own, its page.
pub(super) fn todo(organizations: &[Organization], step: &Step) -> String {
    let mut organizations = organizations.iter();
    let Some(organization) = organizations.find(|one| one.name.is(&step.organization)) else {
        return step.id.to_string();
    };
    let page = page(step.id, organization, false);
    match page.address {
        Some(address) => format!("{}\n      {address}", page.title),
        None => page.title,
    }
}

/// Git asks Git Credential Manager, so that an Entra sign-in can take the place of a token.
fn uses_git_manager(session: &Session) -> bool {
    let folders = session.platform.folders();
    [
        folders.home.join(".gitconfig"),
        folders.xdg_config.join("git/config"),
    ]
    .iter()
    .any(|path| {
        git2::Config::open(path)
            .and_then(|config| config.get_string("credential.helper"))
            .is_ok_and(|helper| helper.contains("manager"))
    })
}

pub(super) fn read_step(text: &str) -> Result<StepId, Fault> {
    StepId::ALL
        .iter()
        .copied()
        .find(|step| step.as_str() == text)
        .ok_or_else(|| {
            let known: Vec<_> = StepId::ALL.iter().map(|step| step.as_str()).collect();
            Fault::wrong(format!(
                "{text:?} is no step\n  hint: they are {}",
                known.join(", ")
            ))
        })
}

fn exit(steps: &[Step]) -> Exit {
    let open = |step: &Step| matches!(step.state, StepState::Pending | StepState::Deferred);
    if steps.iter().any(open) {
        Exit::Remains
    } else {
        Exit::Done
    }
}
