//! The words for kinds, verdicts and evidence.

use rekey_report::EvidenceCode as Code;

use super::plain;
use crate::edit::Changed;
use crate::model::{Evidence, Finding, Kind, Location};
use crate::token::shown;

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
    match (location.line, location.entry.as_deref().map(plain)) {
        (Some(line), Some(entry)) => format!("line {line}: {entry}"),
        (Some(line), None) => format!("line {line}"),
        (None, Some(entry)) => entry,
        (None, None) => "the whole file".to_owned(),
    }
}

/// The place: a path, a vault or a variable.
pub(super) fn place(location: &Location) -> String {
    if let Some(path) = &location.path {
        path.clone()
    } else if let Some(vault) = &location.vault {
        vault.clone()
    } else {
        location.variable.clone().unwrap_or_default()
    }
}

/// What an edit changed.
pub(crate) fn changed(changed: &Changed) -> String {
    match changed {
        Changed::File(path) => format!("~/{}", plain(&shown(&path.to_string_lossy()))),
        Changed::Entry(location) => format!("{}, {}", plain(&place(location)), entry(location)),
    }
}

/// How much was changed: `2 files, 1 vault entry`.
pub(crate) fn count_changed(all: &[Changed]) -> String {
    let files = all.iter().filter(|one| matches!(one, Changed::File(_)));
    let files = files.count();
    let entries = match all.len() - files {
        1 => "1 vault entry".to_owned(),
        more => format!("{more} vault entries"),
    };
    match (files, all.len()) {
        (files, all) if files == all => count(files, "file"),
        (0, _) => entries,
        (files, _) => format!("{}, {entries}", count(files, "file")),
    }
}

/// A count with its noun: `1 place`, `2 places`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}
