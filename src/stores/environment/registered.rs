//! Variables that Windows keeps in its registry: the person's own, and those of the machine.
//!
//! Source: learn.microsoft.com, "Environment Variables"; a variable is a `REG_SZ` or a `REG_EXPAND_SZ`.

use std::ops::Range;
use std::path::PathBuf;

use super::holding::Part;
use super::variables::{Variable, look};
use crate::model::{
    Change, Content, Credential, Digest, Hive, PlaceState, RegistryData, RegistryKey, Remedy,
    Splice, VariableScope,
};
use crate::platform::registry::{Registry, RegistryFault, VARIABLES};
use crate::stores::Finder;

/// Where the machine's are.
const OF_MACHINE: &str = r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment";

const NUMBER: &str = "it is a number: no variable for Windows, and no token fits into it";
const BY_HAND: &str =
    "Take the token out of the value in \"Edit environment variables for your account\"";
const BY_ADMINISTRATOR: &str = "An administrator takes it out, among the system variables";

/// The variables of both; each place is entered.
pub(super) fn find(finder: &mut Finder<'_>) -> Vec<Credential> {
    let Some(registry) = finder.platform().registry() else {
        return Vec::new();
    };
    let keys = [
        (RegistryKey::of_person(VARIABLES), VariableScope::User),
        (
            RegistryKey::new(Hive::LocalMachine, OF_MACHINE),
            VariableScope::Machine,
        ),
    ];
    let found = keys.map(|(key, scope)| in_key(finder, registry.as_ref(), &key, scope));
    found.into_iter().flatten().collect()
}

fn in_key(
    finder: &mut Finder<'_>,
    registry: &dyn Registry,
    key: &RegistryKey,
    scope: VariableScope,
) -> Vec<Credential> {
    let place = PathBuf::from(key.to_string());
    let values = match registry.values(key) {
        Ok(values) => values,
        Err(RegistryFault::Absent) => {
            finder.place(&place, PlaceState::Absent, None);
            return Vec::new();
        }
        Err(fault) => {
            finder.unreadable(&place, fault.to_string());
            return Vec::new();
        }
    };
    finder.place(&place, PlaceState::Read, None);
    let mut variables = Vec::new();
    let mut data = Vec::new();
    for value in values {
        let reason = match &value.data {
            // Told of, and no fault: some program has left it there, and a place that is never read whole never ends.
            Ok(data) if data.as_number().is_some() => {
                let number = place.join(&value.name);
                finder.place(&number, PlaceState::Skipped, Some(NUMBER.to_owned()));
                continue;
            }
            Ok(data) if data.as_text().is_some() => None,
            Ok(data) => Some(format!(
                "its type is {}, and a variable is text",
                data.kind_name()
            )),
            Err(fault) => Some(fault.to_string()),
        };
        match (reason, value.data) {
            (None, Ok(held)) => {
                variables.push((value.name, held.as_text().unwrap_or_default()));
                data.push(held);
            }
            (reason, _) => {
                let value = place.join(&value.name);
                finder.unreadable(&value, reason.unwrap_or_default());
            }
        }
    }
    let written = registry.written(key);
    let found = look(&variables, scope, finder.scope()).into_iter();
    let found = found.filter_map(|variable| {
        let (name, value) = variables.get(variable.number)?;
        let data = data.get(variable.number)?;
        let mut credential = with_change(variable, key, name, value, data);
        credential.observed.written = written;
        Some(credential)
    });
    found.collect()
}

fn with_change(
    variable: Variable,
    key: &RegistryKey,
    name: &str,
    value: &str,
    data: &RegistryData,
) -> Credential {
    let mut credential = variable.credential;
    if key.hive != Hive::CurrentUser {
        credential.advice = Some(BY_ADMINISTRATOR.to_owned());
        return credential;
    }
    let splices = match variable.part {
        None | Some(Part::Whole) => Some(None),
        Some(Part::UserInfo(range)) if data.is_exact() => Some(Some(vec![Splice {
            range: in_bytes(value, &range),
            replacement: Content::default(),
        }])),
        Some(Part::UserInfo(_) | Part::Piece) => None,
    };
    match splices {
        Some(splices) => {
            credential.remedy = Remedy::Consent;
            credential.change = Some(Change::SetRegistryValue {
                key: key.path.clone(),
                values: vec![(name.to_owned(), Digest::of_value(data))],
                splices,
            });
        }
        None => credential.advice = Some(BY_HAND.to_owned()),
    }
    credential
}

/// Where a part of a text stands in its bytes of UTF-16.
fn in_bytes(text: &str, range: &Range<usize>) -> Range<usize> {
    let at = |end: usize| text.get(..end).unwrap_or(text).encode_utf16().count() * 2;
    at(range.start)..at(range.end)
}

/// Whether a variable of the process comes from one of these, so that it goes with it.
pub(super) fn is_inherited(registered: &[Credential], credential: &Credential) -> bool {
    let name = |credential: &Credential| {
        let name = credential.location.variable.as_deref();
        name.map(str::to_ascii_uppercase)
    };
    let same = |known: &Credential| {
        name(known) == name(credential)
            && known.kind == credential.kind
            && known.secret == credential.secret
            && known.observed.tenants == credential.observed.tenants
    };
    registered.iter().any(same)
}

#[cfg(test)]
#[path = "registered_tests.rs"]
mod tests;
