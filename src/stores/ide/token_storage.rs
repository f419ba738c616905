//! Tokens that Visual Studio, and what borrows its sign-in (the add-in for Excel and Project), keep in the registry.
//!
//! Source: microsoft/Git-Credential-Manager-for-Windows, `TokenRegistry.cs`: each key below
//! `VSCommon\<version>\ClientServices\TokenStorage\VisualStudio\VssApp` has the values `Url`, `Type` and `Token`, the
//! last base64 of what DPAPI sealed, without entropy and in UTF-8. Microsoft's own advice is to delete the keys while Visual Studio is closed.

use std::path::{Path, PathBuf};

use crate::model::{
    Address, Change, Credential, Digest, Kind, Location, Observed, PlaceState, RegistryKey, Remedy,
    Secret,
};
use crate::platform::registry::{Registry, RegistryFault, RegistryValue};
use crate::stores::Finder;
use crate::stores::dpapi::{self, Opener};
use crate::text::hold;
use crate::token;

const VERSIONS: &str = r"Software\Microsoft\VSCommon";
const STORAGE: &str = r"ClientServices\TokenStorage\VisualStudio";

const TOKEN: &str = "Token";
const URL: &str = "Url";
/// What is said to Windows when it is sealed: nothing.
const ENTROPY: &[u8] = b"";

const ADVICE: &str =
    "Close Visual Studio first; it asks to sign in again, and so do Excel and Project";

/// The tokens of all versions; each storage that is there is entered.
pub(super) fn find(finder: &mut Finder<'_>) {
    let Some(registry) = finder.platform().registry() else {
        return;
    };
    let registry = registry.as_ref();
    let versions = RegistryKey::of_person(VERSIONS);
    for version in below(finder, registry, &versions) {
        let storage = version.below(STORAGE);
        for application in below(finder, registry, &storage) {
            let place = PathBuf::from(application.to_string());
            finder.place(&place, PlaceState::Read, None);
            for key in below(finder, registry, &application) {
                in_key(finder, registry, &key);
            }
        }
    }
}

/// The keys in a key; none where there is none. What cannot be listed is said.
fn below(finder: &mut Finder<'_>, registry: &dyn Registry, key: &RegistryKey) -> Vec<RegistryKey> {
    match registry.keys(key) {
        Ok(names) => names.iter().map(|name| key.below(name)).collect(),
        Err(RegistryFault::Absent) => Vec::new(),
        Err(fault) => {
            finder.unreadable(&PathBuf::from(key.to_string()), fault.to_string());
            Vec::new()
        }
    }
}

fn in_key(finder: &mut Finder<'_>, registry: &dyn Registry, key: &RegistryKey) {
    let place = PathBuf::from(key.to_string());
    let values = match registry.values(key) {
        Ok(values) => values,
        Err(fault) => return finder.unreadable(&place, fault.to_string()),
    };
    let named = |name: &str| {
        let mut values = values.iter();
        values.find(|value| value.name.eq_ignore_ascii_case(name))
    };
    // Without a token there is nothing to mend: rekey itself takes it first.
    let Some(token) = named(TOKEN) else {
        return;
    };
    let url = match named(URL).map(RegistryValue::text) {
        Some(Ok(url)) => url,
        Some(Err(reason)) => return finder.unreadable(&place, reason),
        None => return finder.unreadable(&place, "it has a token and no value Url"),
    };
    let Some(address) = Address::parse(&url) else {
        return;
    };
    let mut credential = Credential {
        store: finder.store(),
        kind: Kind::SessionToken,
        organization: address.organization,
        location: Location {
            path: Some(token::shown(&key.to_string())),
            entry: Some(token::shown(&url)),
            ..Location::default()
        },
        path: None,
        observed: Observed {
            written: registry.written(key),
            ..Observed::default()
        },
        address: None,
        secret: None,
        remedy: Remedy::Consent,
        advice: Some(ADVICE.to_owned()),
        change: change(key, &values),
    };
    match token.text() {
        Ok(text) => take(finder, &mut credential, &place, Secret::new(text)),
        // Addressed as it is, it goes all the same.
        Err(reason) => finder.unreadable(&place, reason),
    }
    finder.add(credential);
}

/// Gives the credential its token: what is inside of the seal, where the person's key opens it, or else the seal.
fn take(finder: &mut Finder<'_>, credential: &mut Credential, place: &Path, token: Secret) {
    if !dpapi::is_sealed(token.expose()) {
        return hold(credential, token.expose());
    }
    let organization = credential.organization.as_ref();
    if organization.is_none_or(|name| finder.scope().has(name)) {
        let opener = Opener::of(finder.platform());
        let opened = opener.open_text(token.expose(), ENTROPY);
        opener.tell(finder, place);
        if let Some(opened) = opened {
            return hold(credential, opened.expose());
        }
    }
    credential.secret = Some(token);
}

/// The token goes first: what is left of a key without one is for nothing. `None` where a value cannot be read, and so
/// not be kept.
fn change(key: &RegistryKey, values: &[RegistryValue]) -> Option<Change> {
    let bases = values.iter().map(|value| {
        let data = value.data.as_ref().ok()?;
        Some((value.name.clone(), Digest::of_value(data)))
    });
    let mut values = bases.collect::<Option<Vec<_>>>()?;
    values.sort_by_key(|(name, _)| !name.eq_ignore_ascii_case(TOKEN));
    Some(Change::SetRegistryValue {
        key: key.path.clone(),
        values,
        splices: None,
    })
}

#[cfg(test)]
#[path = "token_storage_tests.rs"]
mod tests;
