//! After a clean-up: does any helper of git's own still answer for an organization?
//!
//! Only `get` is asked, which changes nothing. Git Credential Manager and commands of the shell are never
//! asked: the one may make a new token, the other may do anything.

mod ask;
mod ssh;

use jiff::Timestamp;

use self::ask::{NoAnswer, Questioner};
use crate::judge::{Known, Pats, evidence, judge};
use crate::model::{
    Answered, Credential, HelperKind, HelperProof, HelperState, Kind, Location, Observed,
    OrganizationName, Remedy, Scope, Secret, Verdict,
};
use crate::platform::Platform;
use crate::stores::git::helpers::{Asked, Helper};
use crate::text::hold;
use crate::token;

pub use ssh::{SshRefusal, SshTrial, Unlock, prove_ssh};

const SPARED: &str = "what it has is accepted, or another organization's";

/// What answers are judged by.
pub struct Trial<'a> {
    /// The system.
    pub platform: &'a dyn Platform,
    /// The organizations that changed.
    pub scope: &'a Scope,
    /// What becomes of tokens that still work.
    pub pats: Pats,
    /// The time of the run.
    pub now: Timestamp,
    /// Secrets that may be answered: accepted ones, and those of other organizations, which git hands out wherever
    /// it asks for the host alone.
    pub spared: &'a [&'a Secret],
    /// Whether rekey saw the credential work with the new identity.
    pub proved: &'a dyn Fn(&Credential) -> bool,
}

/// Asks every helper in effect for each organization that is connected.
pub fn prove(asked: &[Asked], trial: &Trial<'_>) -> Vec<HelperProof> {
    let questioner = Questioner::new(trial.platform);
    let mut proofs: Vec<HelperProof> = Vec::new();
    let is_gated = |name: &OrganizationName| trial.scope.get(name).is_none_or(|one| one.gated);
    for one in asked.iter().filter(|one| !is_gated(&one.organization)) {
        let mut known: Vec<&Helper> = Vec::new();
        for helper in &one.helpers {
            let again = |other: &&Helper| {
                other.command == helper.command && other.repository == helper.repository
            };
            if helper.command.kind == HelperKind::None || known.iter().any(again) {
                continue;
            }
            known.push(helper);
            proofs.push(proof(&questioner, helper, one, trial));
        }
    }
    proofs
}

fn proof(
    questioner: &Questioner<'_>,
    helper: &Helper,
    asked: &Asked,
    trial: &Trial<'_>,
) -> HelperProof {
    let (state, reason) = match questioner.ask(helper, &asked.questions) {
        Ok(heard) => {
            let (state, reason) = verdict(helper, &heard.answers, &asked.organization, trial);
            let part = heard
                .part
                .map(|(part, all)| format!("asked for {part} of {all} addresses"));
            (state, reason.or(part))
        }
        Err(NoAnswer::NotAsked(reason)) => (HelperState::NotAsked, Some(reason)),
        Err(NoAnswer::Failed(reason)) => (HelperState::Failed, Some(reason)),
    };
    let shown = helper.shown();
    HelperProof {
        helper: shown.kind,
        name: shown.name,
        repository: shown.repository,
        organization: asked.organization.to_string(),
        state,
        reason,
    }
}

/// What its answers mean: one that is not known to be current is one too many.
fn verdict(
    helper: &Helper,
    answers: &[Answered],
    name: &OrganizationName,
    trial: &Trial<'_>,
) -> (HelperState, Option<String>) {
    let mut verdicts = Vec::new();
    let mut spares = false;
    for answered in answers {
        let credential = credential(answered, name);
        let secret = credential.secret.as_ref();
        if secret.is_some_and(|secret| trial.spared.contains(&secret)) {
            spares = true;
            continue;
        }
        let known = Known {
            proved: (trial.proved)(&credential),
            ..Known::default()
        };
        let evidence = evidence(&credential, trial.scope, &known, trial.now);
        verdicts.push(judge(&evidence, trial.pats));
    }
    let word = if verdicts.contains(&Verdict::Stale) {
        "it is stale"
    } else if verdicts.contains(&Verdict::Unsure) {
        "nothing proves that it is current"
    } else if verdicts.is_empty() && spares {
        return (HelperState::AnswersCurrent, Some(SPARED.to_owned()));
    } else if verdicts.is_empty() {
        return (HelperState::Silent, None);
    } else {
        return (HelperState::AnswersCurrent, None);
    };
    let reason = format!("{word}: {}", what_to_do(helper));
    (HelperState::StillAnswers, Some(reason))
}

fn credential(answered: &Answered, name: &OrganizationName) -> Credential {
    let mut credential = Credential {
        store: "",
        kind: Kind::Password,
        organization: Some(name.clone()),
        location: Location::default(),
        path: None,
        observed: Observed::default(),
        address: None,
        secret: None,
        remedy: Remedy::Manual,
        advice: None,
        change: None,
    };
    hold(&mut credential, answered.password.expose());
    credential
}

fn what_to_do(helper: &Helper) -> String {
    match helper.command.kind {
        HelperKind::Store => {
            let file = helper.command.option("--file");
            let file = file.map_or_else(|| "~/.git-credentials".to_owned(), token::shown);
            format!("run rekey clean again, or take its line out of {file}")
        }
        HelperKind::Cache => "run rekey clean again, or git credential-cache exit".to_owned(),
        HelperKind::Libsecret => {
            "delete its entry in Passwords and Keys, or with secret-tool clear".to_owned()
        }
        HelperKind::Osxkeychain => "delete its entry in Keychain Access".to_owned(),
        HelperKind::Wincred => "delete its entry in Credential Manager".to_owned(),
        HelperKind::Manager | HelperKind::Inline | HelperKind::Other | HelperKind::None => {
            "have its owner erase it".to_owned()
        }
    }
}

// Not on Windows: it starts the real git.
#[cfg(all(test, unix))]
#[path = "tests.rs"]
mod tests;
