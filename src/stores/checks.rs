//! What tests of stores ask of a finding.

use super::Found;
use crate::model::{Credential, Kind, Remedy};
use crate::testing;

/// Organization, kind, remedy, line and entry of each finding, in the order of their places.
pub(crate) fn shown(found: &Found) -> Vec<(&str, Kind, Remedy, u32, &str)> {
    let credentials = found.credentials.iter();
    credentials
        .map(|credential| {
            let organization = credential.organization.as_ref();
            (
                organization.map_or("?", |name| name.as_str()),
                credential.kind,
                credential.remedy,
                credential.location.line.unwrap_or(0),
                credential.location.entry.as_deref().unwrap_or(""),
            )
        })
        .collect()
}

/// The text of the one file once all that belongs to this organization (`?`: to none) is removed; `None` if the file is deleted.
pub(crate) fn without(found: &Found, organization: &str) -> Option<String> {
    let chosen = |credential: &&Credential| {
        credential
            .organization
            .as_ref()
            .map_or("?", |name| name.as_str())
            == organization
    };
    let credentials = found.credentials.iter().filter(chosen);
    testing::after(credentials.filter_map(|credential| credential.change.as_ref()))
}

/// The text of the one file once the finding of this index is removed.
pub(crate) fn without_one(found: &Found, index: usize) -> Option<String> {
    testing::after(
        found
            .credentials
            .get(index)
            .and_then(|credential| credential.change.as_ref()),
    )
}

/// The secrets of all findings.
pub(crate) fn secrets(found: &Found) -> Vec<&str> {
    let credentials = found.credentials.iter();
    credentials
        .map(|credential| {
            credential
                .secret
                .as_ref()
                .map_or("", |secret| secret.expose())
        })
        .collect()
}
