//! Better than a token for git: Git Credential Manager signs in to Entra by itself
//! (git-credential-manager, docs/configuration.md, `credential.azreposCredentialType`).

use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::Guided;
use super::oauth_line::oauth_line;
use crate::guide::{GuideFault, Talk};
use crate::model::{Change, Digest, Edit, HelperKind, Location, Plan, Remedy, Splice};
use crate::platform::read::{self, ReadFault};
use crate::scan::Scanned;
use crate::token;

/// The variable that goes before every setting.
const VARIABLE: &str = "GCM_AZREPOS_CREDENTIALTYPE";
const BY_HAND: &str = "git config --global credential.azreposCredentialType oauth";

/// Whether git asks Git Credential Manager for any organization, by the helpers in effect.
pub(super) fn uses_git_manager(found: &Scanned) -> bool {
    let mut helpers = found.asked.iter().flat_map(|asked| &asked.helpers);
    helpers.any(|helper| helper.command.kind == HelperKind::Manager)
}

/// Offers it where git asks Git Credential Manager and does not sign in that way yet.
pub(super) fn offer(guided: &Guided<'_>, talk: &mut Talk<'_>) -> Result<(), GuideFault> {
    if !uses_git_manager(guided.found) || variable(guided).is_some() {
        return Ok(());
    }
    let plan = match plan(guided) {
        Ok(Some(plan)) => plan,
        Ok(None) => return Ok(()),
        Err(reason) => {
            guided.tell_lines(talk.out, &reason)?;
            return Ok(());
        }
    };
    let question =
        "Let Git Credential Manager sign in with your account, without tokens? (recommended)";
    if talk.prompt.choose(question, &["Yes", "No"])? != 0 {
        return Ok(());
    }
    let said = match guided.carry_out(&plan) {
        Ok(()) => DONE.to_owned(),
        Err(reason) => format!("It was not set: {reason}. Type `{BY_HAND}`."),
    };
    guided.tell_lines(talk.out, &said)?;
    Ok(())
}

/// What follows it.
pub(super) const DONE: &str = "Git Credential Manager signs in with your account from now on: type `git fetch` in a \
                               repository. `rekey undo` takes it back.";

/// Sets it; what is to be told then.
///
/// # Errors
/// Why not, as sentences.
pub(super) fn set(guided: &Guided<'_>) -> Result<&'static str, String> {
    if !uses_git_manager(guided.found) {
        return Err(
            "git does not ask Git Credential Manager here, so the setting would change nothing."
                .to_owned(),
        );
    }
    if variable(guided).is_some() {
        return Err(format!(
            "the variable {VARIABLE} goes before the setting: change it there."
        ));
    }
    match plan(guided)? {
        None => Ok("Git Credential Manager signs in with your account already."),
        Some(plan) => guided
            .carry_out(&plan)
            .map(|()| DONE)
            .map_err(|reason| format!("it was not set: {reason}.")),
    }
}

fn variable(guided: &Guided<'_>) -> Option<std::ffi::OsString> {
    let value = guided.session.platform.variable(VARIABLE);
    value.filter(|value| !value.is_empty())
}

/// The edit; `None` where it is set.
fn plan(guided: &Guided<'_>) -> Result<Option<Plan>, String> {
    let folders = guided.session.platform.folders();
    let fault = |path: &Path, reason: &str| {
        let shown = guided.shown_path(path);
        format!("{shown}: {reason}. Type `{BY_HAND}`.")
    };
    let home = folders.home.canonicalize();
    let home = home.map_err(|error| fault(&folders.home, &error.to_string()))?;
    // git reads both, and the first of these last.
    let candidates: [PathBuf; 2] = [
        home.join(".gitconfig"),
        folders.xdg_config.join("git/config"),
    ];
    for path in &candidates {
        let file = match read::regular(path, &home) {
            Ok(file) => file,
            Err(ReadFault::Absent) => continue,
            Err(refused) => return Err(fault(path, &refused.to_string())),
        };
        let unfit = || fault(path, "it is not text that git reads");
        let text = std::str::from_utf8(&file.bytes).map_err(|_| unfit())?;
        let Some((range, replacement)) = oauth_line(text).map_err(|()| unfit())? else {
            return Ok(None);
        };
        let change = Change::EditFile {
            path: file.target.clone(),
            base: Digest::of(&file.bytes),
            splices: vec![Splice {
                range,
                replacement: replacement.into_bytes().into(),
            }],
            git_config: true,
            sealed: false,
        };
        return Ok(Some(of_one(&file.target, change)));
    }
    let [path, _] = candidates;
    let (_, content) = oauth_line("").ok().flatten().unwrap_or_default();
    let change = Change::CreateFile {
        path: path.clone(),
        content: content.into_bytes().into(),
    };
    Ok(Some(of_one(&path, change)))
}

fn of_one(path: &Path, change: Change) -> Plan {
    let edit = Edit {
        id: "g1".to_owned(),
        finding: "azrepos-credential-type".to_owned(),
        location: Location {
            path: Some(token::shown_path(path)),
            entry: Some("credential.azreposCredentialType".to_owned()),
            ..Location::default()
        },
        remedy: Remedy::Consent,
        change,
    };
    Plan {
        run: Uuid::now_v7(),
        edits: vec![edit],
    }
}
