//! The words for kinds, verdicts and evidence.

use std::path::MAIN_SEPARATOR;

use rekey_report::{Accepted, EvidenceCode as Code};

use super::plain;
use crate::edit::Changed;
use crate::model::{Evidence, Finding, Kind, Location, VariableScope};
use crate::token::shown_path;

/// A kind as a person would say it.
pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::TenantCache => "tenant cache",
        Kind::AccountBinding => "bound account",
        Kind::PinnedTenant => "pinned tenant",
        Kind::Pat => "access token (PAT)",
        Kind::SessionToken => "session token",
        Kind::AccessToken => "Entra token",
        Kind::Password => "password",
        Kind::SshKey => "SSH key",
        Kind::SshSetting => "SSH setting",
    }
}

/// Why, in one sentence for each piece of evidence.
pub(super) fn reasons(finding: &Finding) -> String {
    // The token's own month outweighs its file's time: both beside each other can only confuse.
    let dated = finding.evidence.iter().any(|item| {
        matches!(
            item.code,
            Code::CreatedBeforeConnection | Code::CreatedAfterConnection
        )
    });
    let decides = |item: &&Evidence| match item.code {
        Code::WrittenAfterConnection | Code::CreatedInConnectionMonth => false,
        Code::WrittenBeforeConnection => !dated,
        _ => true,
    };
    let mut reasons: Vec<_> = finding
        .evidence
        .iter()
        .filter(decides)
        .map(reason)
        .collect();
    if reasons.is_empty() {
        reasons = finding.evidence.iter().map(reason).collect();
    }
    if reasons.is_empty() {
        "nothing here tells whether it is stale".to_owned()
    } else {
        reasons.join("; ")
    }
}

fn reason(evidence: &Evidence) -> String {
    let detail = &plain(&evidence.detail);
    let day = detail.split('T').next().unwrap_or(detail);
    match evidence.code {
        Code::RejectedByServer => "the service refuses it".to_owned(),
        Code::Expired => format!("it expired on {day}"),
        Code::AcceptedAsOldIdentity => format!("it works as the old identity {detail}"),
        Code::AcceptedAsCurrentIdentity => "it works as the new identity".to_owned(),
        Code::TenantDiffers => format!("it names another tenant ({detail})"),
        Code::TenantUnset => format!("it says that there is no tenant ({detail})"),
        Code::TenantMatches => "it names the tenant of today".to_owned(),
        Code::CreatedBeforeConnection => format!("made {detail}, before the connection"),
        Code::CreatedAfterConnection => format!("made {detail}, after the connection"),
        Code::CreatedInConnectionMonth => format!("made {detail}, the month of the connection"),
        Code::WrittenBeforeConnection => format!("last written {day}, before the connection"),
        Code::WrittenAfterConnection => format!("last written {day}, after the connection"),
        Code::ProvedByGuide => "seen to work with the new identity".to_owned(),
        // A setting's evidence is a sentence, a key's the name of its algorithm.
        Code::KeyTypeRefused if detail.contains(' ') => detail.clone(),
        Code::KeyTypeRefused => format!("Azure DevOps does not accept {detail}"),
        Code::UnknownOrganization => "no address beside it says whose it is".to_owned(),
    }
}

/// The entry within its place.
pub(super) fn entry(location: &Location) -> String {
    if let Some(target) = &location.target {
        return match &location.account {
            Some(account) => plain(&format!("{target} ({account})")),
            None => plain(target),
        };
    }
    let entry = location.entry.as_deref();
    match (location.line, entry.map(plain), location.scope) {
        (Some(line), Some(entry), _) => format!("line {line}: {entry}"),
        (Some(line), None, _) => format!("line {line}"),
        (None, Some(entry), Some(scope)) => format!("{}: {entry}", variable_of(scope)),
        (None, Some(entry), None) => entry,
        (None, None, Some(scope)) => variable_of(scope).to_owned(),
        (None, None, None) => "the whole file".to_owned(),
    }
}

/// Whose variable it is.
fn variable_of(scope: VariableScope) -> &'static str {
    match scope {
        VariableScope::Process => "a variable of this session",
        VariableScope::User => "a variable of all your sessions",
        VariableScope::Machine => "a variable of the machine",
    }
}

/// The place: a path, a vault or a variable.
pub(crate) fn place(location: &Location) -> String {
    if let Some(path) = &location.path {
        path.clone()
    } else if let Some(vault) = &location.vault {
        vault.clone()
    } else {
        location.variable.clone().unwrap_or_default()
    }
}

/// Who accepted something, until when, and why.
pub(crate) fn word(accepted: &Accepted) -> String {
    let until = accepted.until.map_or_else(String::new, |until| {
        format!(" until {}", until.strftime("%Y-%m-%d %H:%M UTC"))
    });
    let (by, reason) = (plain(&accepted.by), plain(&accepted.reason));
    format!("accepted{until} by {by}: {reason}")
}

/// What an edit changed.
pub(crate) fn changed(changed: &Changed) -> String {
    match changed {
        Changed::File(path) => {
            format!("~{MAIN_SEPARATOR}{}", plain(&shown_path(path)))
        }
        Changed::Entry(location) | Changed::Value(location) => {
            format!("{}, {}", plain(&place(location)), entry(location))
        }
    }
}

/// How much was changed: `2 files, 1 vault entry, 1 registry value`.
pub(crate) fn count_changed(all: &[Changed]) -> String {
    let of = |wanted: fn(&Changed) -> bool| all.iter().filter(|one| wanted(one)).count();
    let files = of(|one| matches!(one, Changed::File(_)));
    let entries = of(|one| matches!(one, Changed::Entry(_)));
    let values = of(|one| matches!(one, Changed::Value(_)));
    let mut words = Vec::new();
    if files > 0 || all.is_empty() {
        words.push(count(files, "file"));
    }
    match entries {
        0 => {}
        1 => words.push("1 vault entry".to_owned()),
        more => words.push(format!("{more} vault entries")),
    }
    if values > 0 {
        words.push(count(values, "registry value"));
    }
    words.join(", ")
}

/// A count with its noun: `1 place`, `2 places`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_a_place_of_its_own() {
        let mut location = Location {
            variable: Some("AZDO_PAT".to_owned()),
            scope: Some(VariableScope::Process),
            ..Location::default()
        };
        assert_eq!(place(&location), "AZDO_PAT");
        assert_eq!(entry(&location), "a variable of this session");
        location.entry = Some("http.extraHeader".to_owned());
        assert_eq!(
            entry(&location),
            "a variable of this session: http.extraHeader"
        );
    }
}
