//! Named values of machine policy as a layer, wherever an administrator keeps them: in the registry of Windows, or in the
//! managed preferences of macOS.

use jiff::Timestamp;

use super::environment::Reader;
use super::keys::{KEYS, KeyKind, PolicyKey};
use super::layer::{Layer, LayerOrganization, PolicyFault, parse_time};
use super::nearest::nearest;
use crate::model::{OrganizationName, Tenant};
use crate::token;

/// Where values of policy are, and how an administrator knows them there.
pub(super) trait Source {
    /// How people know the place.
    fn place(&self) -> String;

    /// What a key takes there: one sentence without its end.
    fn takes(&self, key: &PolicyKey) -> String;

    /// The same of a text.
    fn takes_text(&self) -> &'static str;
}

/// What a value is. It may be a secret, so that it is never printed.
pub(super) enum Data {
    Text(String),
    Number(u64),
    Flag(bool),
    Time(Timestamp),
    List(Vec<String>),
    /// Nothing that a key takes.
    Other,
}

/// A value with its whole name, dots between its parts.
pub(super) struct Value {
    pub(super) name: String,
    pub(super) data: Data,
    /// What its type is called there.
    pub(super) kind: String,
}

/// The values of one source.
pub(super) struct Values<'s> {
    pub(super) source: &'s dyn Source,
    pub(super) values: Vec<Value>,
}

impl Values<'_> {
    fn fault(&self, name: &str, message: impl Into<String>, hint: &str) -> PolicyFault {
        PolicyFault {
            place: format!("{}, {}", self.source.place(), token::shown(name)),
            message: message.into(),
            hint: hint.to_owned(),
        }
    }

    /// The layer that they make.
    ///
    /// # Errors
    /// A [`PolicyFault`] that names the key.
    pub(super) fn layer(&self) -> Result<Layer, PolicyFault> {
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
    fn key_of<'v>(&self, value: &'v Value) -> Result<(&'static PolicyKey, &'v str), PolicyFault> {
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

    fn unknown(&self, value: &Value) -> PolicyFault {
        let hint = match nearest(&value.name) {
            Some(key) => format!("perhaps {key} is meant; docs/policy.md lists every key"),
            None => "docs/policy.md lists every key with its values".to_owned(),
        };
        self.fault(&value.name, "there is no such key", &hint)
    }

    fn wrong(&self, key: &PolicyKey, value: &Value) -> PolicyFault {
        let message = format!("its value cannot be used (it is a {})", value.kind);
        self.fault(&value.name, message, &self.source.takes(key))
    }

    /// The value in the words of a variable, by the kind of its key.
    fn text(&self, key: &PolicyKey, value: &Value) -> Result<String, PolicyFault> {
        let wrong = || self.wrong(key, value);
        match (&value.data, key.kind) {
            (Data::Text(text), kind) => of_text(text.trim(), kind).ok_or_else(wrong),
            (Data::Number(number), KeyKind::Number { min, max }) => {
                let within = (u64::from(min)..=u64::from(max)).contains(number);
                within.then(|| number.to_string()).ok_or_else(wrong)
            }
            (Data::Number(number @ 0..=1), kind) if is_switch(kind) => {
                Ok((*number == 1).to_string())
            }
            (Data::Flag(flag), kind) if is_switch(kind) => Ok(flag.to_string()),
            (Data::Time(time), KeyKind::Time) => Ok(time.to_string()),
            _ => Err(wrong()),
        }
    }

    /// The items of a list in one value.
    fn items(&self, key: &PolicyKey, value: &Value) -> Result<Vec<String>, PolicyFault> {
        if let Data::List(items) = &value.data {
            return Ok(items.clone());
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
        let place = |variable: &str| format!("{}, {}", self.source.place(), key_of(variable));
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
    fn tables(&self, fields: &[(&Value, &str)]) -> Result<Vec<LayerOrganization>, PolicyFault> {
        let mut tables: Vec<(&str, [String; 3])> = Vec::new();
        for (value, rest) in fields {
            let Some((table, field)) = rest.rsplit_once('.') else {
                return Err(self.unknown(value));
            };
            let place = ["name", "connected_at", "tenant"]
                .iter()
                .position(|known| known.eq_ignore_ascii_case(field))
                .ok_or_else(|| self.unknown(value))?;
            let text = match &value.data {
                Data::Text(text) => Some(text.clone()),
                Data::Time(time) if place == 1 => Some(time.to_string()),
                _ => None,
            };
            let text = text.ok_or_else(|| {
                let message = format!("its value cannot be used (it is a {})", value.kind);
                self.fault(&value.name, message, self.source.takes_text())
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

/// A text in the words of a variable; `None` where the key takes no such text.
fn of_text(text: &str, kind: KeyKind) -> Option<String> {
    match (kind, text) {
        (KeyKind::Bool, "1") => Some("true".to_owned()),
        (KeyKind::Bool, "0") => Some("false".to_owned()),
        (KeyKind::Number { min, max }, text) if !text.is_empty() => {
            let number: u32 = text.parse().ok()?;
            (min..=max).contains(&number).then(|| text.to_owned())
        }
        _ => Some(text.to_owned()),
    }
}

/// Whether a key takes true and false.
fn is_switch(kind: KeyKind) -> bool {
    match kind {
        KeyKind::Bool => true,
        KeyKind::Choice(words) => words.contains(&"true") && words.contains(&"false"),
        _ => false,
    }
}

fn variable_of(key: &str) -> String {
    format!("REKEY_{}", key.to_ascii_uppercase().replace('.', "_"))
}
