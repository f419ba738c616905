//! Policy of the machine in the Windows registry, as a layer.
//!
//! A key of the list is a value of that name (`clean.consent`), or the value `consent` of the key `clean`. A list is a
//! `REG_MULTI_SZ`, or a key of that name whose values are the items, as Group Policy writes lists.

use super::expand::expand;
use super::keys::{KeyKind, PolicyKey};
use super::layer::{Layer, PolicyFault};
use super::values::{Data, Source, Value, Values};
use crate::model::{Hive, RegistryData, RegistryKey};
use crate::platform::registry::{MOST, Registry, RegistryFault};

/// Where it lies, below `HKEY_LOCAL_MACHINE`.
pub(super) const POLICY: &str = r"SOFTWARE\Policies\Rekey";

/// A list of tables is three names deep; deeper is no policy.
const DEEPEST: usize = 4;

/// What the machine's policy says, the view of 64 bits first. Windows has one for both; where a program of 32 bits wrote
/// into a view of its own, that counts too.
///
/// # Errors
/// A [`PolicyFault`] that names the key: what cannot be read or understood must not look as if nothing were set.
pub fn from_registry(registry: &dyn Registry) -> Result<Vec<(RegistryKey, Layer)>, PolicyFault> {
    let mut layers: Vec<(RegistryKey, Layer)> = Vec::new();
    for hive in Hive::MACHINE {
        let key = RegistryKey::new(hive, POLICY);
        let mut values = Vec::new();
        gather(registry, &key, "", 0, &mut values)?;
        if values.is_empty() {
            continue;
        }
        let layer = Values {
            source: &key,
            values,
        }
        .layer()?;
        if layers.iter().all(|(_, known)| *known != layer) {
            layers.push((key, layer));
        }
    }
    Ok(layers)
}

impl Source for RegistryKey {
    fn place(&self) -> String {
        self.to_string()
    }

    fn takes(&self, key: &PolicyKey) -> String {
        takes(key)
    }

    fn takes_text(&self) -> &'static str {
        "it takes text, as REG_SZ"
    }
}

fn fault(key: &RegistryKey, name: &str, message: impl Into<String>, hint: &str) -> PolicyFault {
    let place = match name {
        "" => key.to_string(),
        name => format!("{key}, {}", crate::token::shown(name)),
    };
    PolicyFault {
        place,
        message: message.into(),
        hint: hint.to_owned(),
    }
}

/// A value of the registry, whatever its type.
fn value_of(name: String, data: &RegistryData) -> Value {
    let read = data.as_text().map(Data::Text);
    let read = read.or_else(|| data.as_number().map(Data::Number));
    let read = read.or_else(|| data.as_list().map(Data::List));
    Value {
        name,
        data: read.unwrap_or(Data::Other),
        kind: data.kind_name(),
    }
}

const READABLE: &str = "see that everybody can read the key, and that it holds settings alone";

/// Values of the key and of those below it.
fn gather(
    registry: &dyn Registry,
    key: &RegistryKey,
    prefix: &str,
    depth: usize,
    values: &mut Vec<Value>,
) -> Result<(), PolicyFault> {
    let refused = |cause: RegistryFault| {
        let message = format!("it cannot be read: {cause}");
        fault(key, "", message, READABLE)
    };
    let there = match registry.values(key) {
        Ok(there) => there,
        Err(RegistryFault::Absent) => return Ok(()),
        Err(cause) => return Err(refused(cause)),
    };
    for value in there {
        let data = match value.data {
            Ok(data) => data,
            Err(cause) => return Err(refused(cause)),
        };
        // The default value of a key that has none of its own is often there, and empty.
        if value.name.is_empty() && data.as_text().is_some_and(|text| text.is_empty()) {
            continue;
        }
        let name = format!("{prefix}{}", value.name);
        let data = expanded(registry, key, &name, data)?;
        values.push(value_of(name, &data));
    }
    if depth >= DEEPEST || values.len() > MOST {
        return Err(refused(RegistryFault::TooMany));
    }
    for name in registry.keys(key).map_err(refused)? {
        let prefix = format!("{prefix}{name}.");
        gather(registry, &key.below(&name), &prefix, depth + 1, values)?;
    }
    Ok(())
}

/// The value with its variables replaced, where it is of the type that has some.
fn expanded(
    registry: &dyn Registry,
    key: &RegistryKey,
    name: &str,
    data: RegistryData,
) -> Result<RegistryData, PolicyFault> {
    let Some(text) = data.as_text().filter(|_| data.has_variables()) else {
        return Ok(data);
    };
    expand(registry, &text)
        .map(|text| RegistryData::text(&text))
        .map_err(|variable| {
            let message = format!("%{variable}% is no variable that this machine sets");
            let hint = "write the path out, `~` for the person's home; %ProgramData%, %ProgramFiles% and %SystemRoot% \
                        are known";
            fault(key, name, message, hint)
        })
}

fn takes(key: &PolicyKey) -> String {
    match key.kind {
        KeyKind::Bool => "it takes 1 or 0 as REG_DWORD, or true or false as REG_SZ".to_owned(),
        KeyKind::Number { min, max } => {
            format!("it takes a number from {min} to {max}, as REG_DWORD")
        }
        KeyKind::Choice(words) => format!("it takes {}, as REG_SZ", words.join(" or ")),
        KeyKind::Text | KeyKind::Secret => "it takes text, as REG_SZ".to_owned(),
        KeyKind::Time => "it takes a time such as 2026-11-20T18:00:00Z, as REG_SZ".to_owned(),
        KeyKind::List => "it takes a REG_MULTI_SZ, or a key with a REG_SZ for each item".to_owned(),
        KeyKind::Organizations => {
            "it takes a REG_MULTI_SZ of contoso;2026-11-20T18:00:00Z;GUID, or a key for each organization"
                .to_owned()
        }
    }
}

#[cfg(test)]
#[path = "registry_tests.rs"]
mod tests;
