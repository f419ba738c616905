//! What a scan tells beside its findings: credential helpers, and remotes with old addresses.

use std::fmt::Write as _;

use super::{BOLD, CYAN, DIM, Layout, RED, YELLOW, plain, styled, words};
use crate::model::{CredentialHelper, HelperKind, HelperProof, HelperState, OldAddress};

/// How many old addresses are shown where nobody asked for more.
const SHOWN: usize = 5;

/// The helpers that git asks; without `-v` only where they are not what everybody has.
pub(crate) fn helpers(helpers: &[CredentialHelper], layout: &Layout, verbose: bool) -> String {
    let is_odd = |helper: &CredentialHelper| {
        helper.repository.is_some() || matches!(helper.kind, HelperKind::Inline | HelperKind::Other)
    };
    let notable = helpers.len() > 1 || helpers.iter().any(is_odd);
    if helpers.is_empty() || !(notable || verbose) {
        return String::new();
    }
    let mut text = format!(
        "{}  {}\n",
        styled(BOLD, "Credential helpers"),
        styled(DIM, "git asks them in this order")
    );
    for helper in helpers {
        let name = helper_name(helper.kind, helper.name.as_deref());
        let _ = write!(text, "  {name}");
        if let Some(scope) = &helper.scope {
            let _ = write!(text, " for {}", plain(scope));
        }
        if let Some(repository) = &helper.repository {
            let _ = write!(text, " in {}", layout.short(repository));
        }
        let _ = writeln!(
            text,
            "  {}",
            styled(
                DIM,
                format!("{} line {}", layout.short(&helper.path), helper.line)
            )
        );
    }
    text.push('\n');
    text
}

/// A helper as people know it.
fn helper_name(kind: HelperKind, name: Option<&str>) -> String {
    match (kind, name) {
        (HelperKind::Inline, _) => "a command of the shell".to_owned(),
        (HelperKind::None, _) => "none of those before".to_owned(),
        (_, Some(name)) => plain(name),
        (kind, None) => kind.to_string(),
    }
}

/// What helpers answered after the clean-up: those that still answer, those that were not asked and why,
/// and a word for those that are silent.
pub(crate) fn proofs(proofs: &[HelperProof], layout: &Layout, verbose: bool) -> String {
    let mut text = String::new();
    let who = |proof: &HelperProof| {
        let name = helper_name(proof.helper, proof.name.as_deref());
        match &proof.repository {
            Some(repository) => format!("{name} in {}", layout.short(repository)),
            None => name,
        }
    };
    let mut silent: Vec<String> = Vec::new();
    let mut told: Vec<String> = Vec::new();
    for proof in proofs {
        let (who, whose) = (who(proof), &proof.organization);
        let reason = plain(proof.reason.as_deref().unwrap_or_default());
        let line = match proof.state {
            HelperState::StillAnswers => {
                let word = styled(RED, "still answers");
                format!("git's helper {who} {word} for {whose}: {reason}")
            }
            HelperState::Failed => {
                let word = styled(YELLOW, "could not be asked");
                format!("git's helper {who} {word} for {whose}: {reason}")
            }
            HelperState::NotAsked => {
                format!("git's helper {who} was not asked for {whose}: {reason}")
            }
            HelperState::AnswersCurrent if verbose && reason.is_empty() => {
                format!("git's helper {who} answers for {whose} with a credential that is current")
            }
            HelperState::AnswersCurrent if verbose => {
                format!("git's helper {who} answers for {whose}: {reason}")
            }
            HelperState::AnswersCurrent => continue,
            HelperState::Silent if !reason.is_empty() => {
                format!("git's helper {who} is silent for {whose}: {reason}")
            }
            HelperState::Silent => {
                if !silent.contains(&who) {
                    silent.push(who);
                }
                continue;
            }
        };
        // One helper may be set in many places.
        if !told.contains(&line) {
            told.push(line);
        }
    }
    if !silent.is_empty() {
        let names = silent.join(", ");
        let _ = writeln!(text, "Asked, and silent: git's helper {names}");
    }
    for line in told {
        let _ = writeln!(text, "{line}");
    }
    text
}

/// Remotes with old addresses, each with the command that changes it.
pub(crate) fn old_addresses(addresses: &[OldAddress], layout: &Layout, verbose: bool) -> String {
    if addresses.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "{}  {}\n",
        styled(BOLD, "Old addresses"),
        styled(DIM, "they work, but Azure DevOps is at dev.azure.com now")
    );
    let shown = if verbose { addresses.len() } else { SHOWN };
    for address in addresses.iter().take(shown) {
        let place = layout.short(&address.path);
        let line = address
            .line
            .map(|line| format!(" line {line}"))
            .unwrap_or_default();
        let _ = writeln!(text, "  {place}{line}: {}", plain(&address.entry));
        let todo = match &address.command {
            Some(command) => plain(command),
            None => format!(
                "Change {} by hand: look the new address up under Clone",
                plain(&address.address)
            ),
        };
        let _ = writeln!(text, "      {todo}");
    }
    if addresses.len() > shown {
        let more = addresses.len() - shown;
        let _ = writeln!(text, "  and {more} more: -v lists them");
    }
    let command = styled(CYAN, "rekey clean --modernize-remotes");
    let _ = writeln!(text, "  All at once: {command}\n");
    text
}

/// One line for the end of a run that did not change them.
pub(crate) fn old_addresses_hint(addresses: &[OldAddress]) -> String {
    if addresses.is_empty() {
        return String::new();
    }
    let remotes = words::count(addresses.len(), "remote");
    let verb = if addresses.len() == 1 { "has" } else { "have" };
    let command = styled(CYAN, "rekey clean --modernize-remotes");
    format!("{remotes} still {verb} an old address: {command}\n")
}
