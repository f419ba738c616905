//! Policy of the machine in the Windows registry, as a layer.
//!
//! A key of the list is a value of that name (`clean.consent`), or the value `consent` of the key `clean`. A list is a
//! `REG_MULTI_SZ`, or a key of that name whose values are the items, as Group Policy writes lists.

use super::environment::Reader;
use super::expand::expand;
use super::keys::{KEYS, KeyKind, PolicyKey};
use super::layer::{Layer, LayerOrganization, PolicyFault, parse_time};
use crate::model::{Hive, OrganizationName, RegistryData, RegistryKey, Tenant};
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
        let layer = Values { key: &key, values }.layer()?;
        if layers.iter().all(|(_, known)| *known != layer) {
            layers.push((key, layer));
        }
    }
    Ok(layers)
}

/// A value with its whole name, dots between its parts.
struct Named {
    name: String,
    data: RegistryData,
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

const READABLE: &str = "see that everybody can read the key, and that it holds settings alone";

/// Values of the key and of those below it.
fn gather(
    registry: &dyn Registry,
    key: &RegistryKey,
    prefix: &str,
    depth: usize,
    values: &mut Vec<Named>,
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
        values.push(Named { name, data });
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

/// The values of one view.
struct Values<'k> {
    key: &'k RegistryKey,
    values: Vec<Named>,
}

impl Values<'_> {
    fn fault(&self, name: &str, message: impl Into<String>, hint: &str) -> PolicyFault {
        fault(self.key, name, message, hint)
    }

    fn layer(&self) -> Result<Layer, PolicyFault> {
        let mut texts: Vec<(&PolicyKey, String)> = Vec::new();
        let mut lists: Vec<(&PolicyKey, Vec<(&str, String)>)> = Vec::new();
        let mut fields = Vec::new();
        for value in &self.values {
            let (key, rest) = self.key_of(value)?;
            match (key.kind, rest) {
                (KeyKind::List | KeyKind::Organizations, "") => {
                    let items = self.items(key, value)?;
                    let items = items.into_iter().map(|item| (value.name.as_str(), item));
                    add(&mut lists, key, items.collect());
                }
                (KeyKind::Organizations, rest) if rest.contains('.') => fields.push((value, rest)),
                (KeyKind::List | KeyKind::Organizations, _) => {
                    let text = self.text(key, value)?;
                    add(&mut lists, key, vec![(&value.name, text)]);
                }
                (_, "") => {
                    let text = self.text(key, value)?;
                    if let Some((_, known)) = texts.iter().find(|(known, _)| *known == key)
                        && *known != text
                    {
                        let hint = "leave one of its two values";
                        return Err(self.fault(&value.name, "it is set twice", hint));
                    }
                    texts.push((key, text));
                }
                _ => return Err(self.unknown(value)),
            }
        }
        let mut layer = self.scalars(&texts)?;
        for (key, items) in lists {
            let texts = || items.iter().map(|(_, text)| text.clone()).collect();
            match key.name {
                "scan.roots" => layer.scan.roots = Some(texts()),
                "scan.exclude" => layer.scan.exclude = Some(texts()),
                _ => {
                    let read = items
                        .iter()
                        .map(|(name, line)| self.organization(name, line));
                    layer.organizations = Some(read.collect::<Result<_, _>>()?);
                }
            }
        }
        let tables = self.tables(&fields)?;
        if !tables.is_empty() {
            layer.organizations.get_or_insert_default().extend(tables);
        }
        Ok(layer)
    }

    /// The key of the list that a value is of, and what its name has behind that of the key.
    fn key_of<'v>(&self, value: &'v Named) -> Result<(&'static PolicyKey, &'v str), PolicyFault> {
        let of = |key: &PolicyKey| {
            let (start, rest) = value.name.split_at_checked(key.name.len())?;
            if !start.eq_ignore_ascii_case(key.name) {
                return None;
            }
            match rest.strip_prefix('.') {
                Some(rest) => Some(rest),
                None => rest.is_empty().then_some(""),
            }
        };
        KEYS.iter()
            .find_map(|key| Some((key, of(key)?)))
            .ok_or_else(|| self.unknown(value))
    }

    fn unknown(&self, value: &Named) -> PolicyFault {
        let hint = match nearest(&value.name) {
            Some(key) => format!("perhaps {key} is meant; docs/policy.md lists every key"),
            None => "docs/policy.md lists every key with its values".to_owned(),
        };
        self.fault(&value.name, "there is no such key", &hint)
    }

    fn wrong(&self, key: &PolicyKey, value: &Named) -> PolicyFault {
        let message = format!(
            "its value cannot be used (it is a {})",
            value.data.kind_name()
        );
        self.fault(&value.name, message, &takes(key))
    }

    /// The value in the words of a variable, by the kind of its key.
    fn text(&self, key: &PolicyKey, value: &Named) -> Result<String, PolicyFault> {
        let wrong = || self.wrong(key, value);
        let data = &value.data;
        if let Some(text) = data.as_text() {
            let text = text.trim().to_owned();
            return match key.kind {
                KeyKind::Bool if text == "1" => Ok("true".to_owned()),
                KeyKind::Bool if text == "0" => Ok("false".to_owned()),
                KeyKind::Number { min, max } if !text.is_empty() => {
                    let number: u32 = text.parse().map_err(|_| wrong())?;
                    let within = (min..=max).contains(&number);
                    within.then_some(text).ok_or_else(wrong)
                }
                _ => Ok(text),
            };
        }
        let number = data.as_number().ok_or_else(wrong)?;
        let switch = |words: &[&str]| words.contains(&"true") && words.contains(&"false");
        match key.kind {
            KeyKind::Number { min, max } => {
                let within = (u64::from(min)..=u64::from(max)).contains(&number);
                within.then(|| number.to_string()).ok_or_else(wrong)
            }
            KeyKind::Bool if number < 2 => Ok((number == 1).to_string()),
            KeyKind::Choice(words) if number < 2 && switch(words) => Ok((number == 1).to_string()),
            _ => Err(wrong()),
        }
    }

    /// The items of a list in one value.
    fn items(&self, key: &PolicyKey, value: &Named) -> Result<Vec<String>, PolicyFault> {
        if let Some(items) = value.data.as_list() {
            return Ok(items);
        }
        let text = self.text(key, value)?;
        let items = text.split(',').map(str::trim);
        let items = items.filter(|item| !item.is_empty());
        Ok(items.map(str::to_owned).collect())
    }

    /// What is no list is read as variables are, so that each key has one reader.
    fn scalars(&self, texts: &[(&PolicyKey, String)]) -> Result<Layer, PolicyFault> {
        let key_of = |variable: &str| {
            KEYS.iter()
                .find(|key| variable_of(key.name) == variable)
                .map_or(variable, |key| key.name)
                .to_owned()
        };
        let value = |variable: &str| {
            let mut texts = texts.iter();
            let (_, text) = texts.find(|(key, _)| variable_of(key.name) == variable)?;
            Some(text.clone())
        };
        let place = |variable: &str| format!("{}, {}", self.key, key_of(variable));
        Reader {
            value: &value,
            place: &place,
        }
        .layer()
    }

    /// `contoso;2026-11-20T18:00:00Z;GUID`: what is not known is left out.
    fn organization(&self, name: &str, line: &str) -> Result<LayerOrganization, PolicyFault> {
        let mut parts = line.split(';').map(str::trim);
        let mut part = || parts.next().unwrap_or_default();
        let (organization, time, tenant) = (part(), part(), part());
        if !part().is_empty() {
            let hint = "it takes contoso;2026-11-20T18:00:00Z;GUID";
            return Err(self.fault(name, "it has more than three parts", hint));
        }
        self.read_organization(name, organization, time, tenant)
    }

    fn read_organization(
        &self,
        name: &str,
        organization: &str,
        time: &str,
        tenant: &str,
    ) -> Result<LayerOrganization, PolicyFault> {
        let wrong = |message: String| {
            let hint = "it takes a name, and perhaps a time and a tenant";
            self.fault(name, message, hint)
        };
        let known = OrganizationName::new(organization).ok_or_else(|| {
            wrong(
                "its name is no organization's: for https://dev.azure.com/contoso it is contoso"
                    .to_owned(),
            )
        })?;
        let connected_at = match time {
            "" => None,
            time => Some(
                parse_time(time).map_err(|message| wrong(format!("connected_at: {message}")))?,
            ),
        };
        let tenant: Option<Tenant> = match tenant {
            "" => None,
            tenant => {
                let read: Result<Tenant, String> = tenant.parse();
                Some(read.map_err(|message| wrong(format!("tenant: {message}")))?)
            }
        };
        Ok(LayerOrganization {
            name: known,
            connected_at,
            tenant,
        })
    }

    /// `organizations\1` with the values `name`, `connected_at` and `tenant`.
    fn tables(&self, fields: &[(&Named, &str)]) -> Result<Vec<LayerOrganization>, PolicyFault> {
        let mut tables: Vec<(&str, [String; 3])> = Vec::new();
        for (value, rest) in fields {
            let Some((table, field)) = rest.rsplit_once('.') else {
                return Err(self.unknown(value));
            };
            let place = ["name", "connected_at", "tenant"]
                .iter()
                .position(|known| known.eq_ignore_ascii_case(field))
                .ok_or_else(|| self.unknown(value))?;
            let text = value.data.as_text();
            let text = text.ok_or_else(|| {
                let message = format!(
                    "its value cannot be used (it is a {})",
                    value.data.kind_name()
                );
                self.fault(&value.name, message, "it takes text, as REG_SZ")
            })?;
            let known = tables.iter().position(|(known, _)| *known == table);
            let known = known.unwrap_or_else(|| {
                tables.push((table, Default::default()));
                tables.len() - 1
            });
            if let Some((_, texts)) = tables.get_mut(known)
                && let Some(known) = texts.get_mut(place)
            {
                text.trim().clone_into(known);
            }
        }
        let read = tables.iter().map(|(table, [name, time, tenant])| {
            let place = format!("organizations.{table}");
            self.read_organization(&place, name, time, tenant)
        });
        read.collect()
    }
}

fn add<'k, 'v>(
    lists: &mut Vec<(&'k PolicyKey, Vec<(&'v str, String)>)>,
    key: &'k PolicyKey,
    items: Vec<(&'v str, String)>,
) {
    match lists.iter_mut().find(|(known, _)| *known == key) {
        Some((_, known)) => known.extend(items),
        None => lists.push((key, items)),
    }
}

fn variable_of(key: &str) -> String {
    format!("REKEY_{}", key.to_ascii_uppercase().replace('.', "_"))
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

/// The key that a misspelt name is nearest to: one letter wrong, missing, too many, or swapped.
fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    KEYS.iter()
        .map(|key| key.name)
        .find(|key| is_near(name.as_bytes(), key.as_bytes()))
}

fn is_near(one: &[u8], other: &[u8]) -> bool {
    let alike = |one: &[u8], other: &[u8]| {
        let pairs = one.iter().zip(other);
        pairs.take_while(|(one, other)| one == other).count()
    };
    let start = alike(one, other);
    let (one, other) = (&one[start..], &other[start..]);
    let swapped = one.len() >= 2
        && other.len() >= 2
        && one[0] == other[1]
        && one[1] == other[0]
        && one[2..] == other[2..];
    let longer = one.len().max(other.len());
    let wrong = longer > 0
        && (one.get(1..) == other.get(1..)
            || one.get(1..) == Some(other)
            || Some(one) == other.get(1..));
    swapped || wrong
}

#[cfg(test)]
#[path = "registry_tests.rs"]
mod tests;
