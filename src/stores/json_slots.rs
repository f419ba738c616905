//! Strings of a JSON settings file, each with its path and with the objects around it.

use std::collections::HashMap;
use std::ops::Range;

use jsonc_parser::ast::{Array, Object, StringLit, Value};
use jsonc_parser::common::Ranged;

use super::names;
use super::packages::addresses;
use crate::model::{Address, Credential, Kind, OrganizationName, Remedy, Scope};
use crate::text::{
    Cut, Document, Draft, UserInfo, is_reference, is_token_like, json, only_organization,
};
use crate::token;

/// Strings of the largest file that is taken for settings.
const MOST: usize = 100_000;
/// Findings of one file; each costs a look at what is around it.
const MOST_FOUND: usize = 1_000;

/// A string in a JSON file.
#[derive(Debug, Clone)]
pub(super) struct Slot<'a, 't> {
    /// The names that lead to it; elements of arrays count from 0: `servers.ado.args[2]`.
    pub(super) path: String,
    /// The name of the member that it is, or is an element of.
    pub(super) name: &'a str,
    pub(super) value: &'a StringLit<'t>,
    /// The objects around it, the outermost first.
    pub(super) around: Vec<&'a Object<'t>>,
    item: Item<'a, 't>,
}

#[derive(Debug, Clone, Copy)]
enum Item<'a, 't> {
    Member(&'a Object<'t>, usize),
    Element(&'a Array<'t>, usize),
}

impl<'a> Slot<'a, '_> {
    /// Its text.
    pub(super) fn text(&self) -> &'a str {
        &self.value.value
    }

    /// Where it stands between its quotes.
    pub(super) fn range(&self) -> Range<usize> {
        self.value.start() + 1..self.value.end() - 1
    }

    /// What removes it.
    pub(super) fn cut(&self, text: &str) -> Option<Cut> {
        match self.item {
            Item::Member(object, index) => json::cut_member(text, object, index),
            Item::Element(array, index) => json::cut_element(text, array, index),
        }
    }

    /// What removes a run of elements of its array, itself the last of them.
    pub(super) fn cut_with(&self, text: &str, run: &Range<usize>) -> Option<Cut> {
        let Item::Element(array, index) = self.item else {
            return None;
        };
        let earlier = array
            .elements
            .iter()
            .take_while(|element| element.start() < run.start);
        let before = earlier.last().map_or(array.start() + 1, Ranged::end);
        let after = array.elements.get(index + 1);
        let after = after.map_or(array.end() - 1, Ranged::start);
        Some(Cut::among_comments(text, run, before, after))
    }

    /// Whether the other is an element of the same array.
    pub(super) fn is_beside(&self, other: &Slot<'_, '_>) -> bool {
        match (self.item, other.item) {
            (Item::Element(one, _), Item::Element(two, _)) => one.start() == two.start(),
            _ => false,
        }
    }

    /// A draft of the secret that it is, and nothing but that.
    pub(super) fn draft<'d>(&self, document: &'d Document, store: &'static str) -> Draft<'d> {
        let draft = document
            .draft(store, Kind::Password)
            .entry(&self.path)
            .at(self.value.start());
        match self.cut(document.as_str()) {
            Some(cut) => cut.cut_from(draft),
            None => draft,
        }
    }
}

/// Every string below an object in the order of the text; `path` is that of the object itself.
pub(super) fn below<'a, 't>(object: &'a Object<'t>, path: &str) -> Vec<Slot<'a, 't>> {
    let mut slots = Vec::new();
    collect_object(object, path, &mut Vec::new(), &mut slots);
    slots
}

fn collect_object<'a, 't>(
    object: &'a Object<'t>,
    path: &str,
    around: &mut Vec<&'a Object<'t>>,
    slots: &mut Vec<Slot<'a, 't>>,
) {
    around.push(object);
    for (index, member) in object.properties.iter().enumerate() {
        let name = member.name.as_str();
        let path = match path {
            "" => name.to_owned(),
            _ => format!("{path}.{name}"),
        };
        collect(
            &member.value,
            Item::Member(object, index),
            name,
            path,
            around,
            slots,
        );
    }
    around.pop();
}

fn collect<'a, 't>(
    value: &'a Value<'t>,
    item: Item<'a, 't>,
    name: &'a str,
    path: String,
    around: &mut Vec<&'a Object<'t>>,
    slots: &mut Vec<Slot<'a, 't>>,
) {
    if slots.len() >= MOST {
        return;
    }
    match value {
        Value::StringLit(value) => slots.push(Slot {
            path,
            name,
            value,
            around: around.clone(),
            item,
        }),
        Value::Object(object) => collect_object(object, &path, around, slots),
        Value::Array(array) => {
            for (index, element) in array.elements.iter().enumerate() {
                let path = format!("{path}[{index}]");
                collect(
                    element,
                    Item::Element(array, index),
                    name,
                    path,
                    around,
                    slots,
                );
            }
        }
        Value::NumberLit(_) | Value::BooleanLit(_) | Value::NullKeyword(_) => {}
    }
}

/// Tells whose a slot is by the addresses in the objects around it; remembers what each object says.
#[derive(Debug)]
pub(super) struct Owners<'x> {
    text: &'x str,
    known: HashMap<usize, Option<OrganizationName>>,
}

impl<'x> Owners<'x> {
    /// For a file of this text.
    pub(super) fn new(text: &'x str) -> Self {
        Self {
            text,
            known: HashMap::new(),
        }
    }

    /// The organization that the nearest object with any address names.
    pub(super) fn of(&mut self, slot: &Slot<'_, '_>) -> Option<OrganizationName> {
        let text = self.text;
        slot.around.iter().rev().find_map(|object| {
            let named = || {
                only_organization(&text[object.start()..object.end()]).or_else(|| named_in(object))
            };
            self.known
                .entry(object.start())
                .or_insert_with(named)
                .clone()
        })
    }
}

/// The organization that a member such as `AZDO_ORG` names, without an address.
fn named_in(object: &Object<'_>) -> Option<OrganizationName> {
    let mut members = object
        .properties
        .iter()
        .filter(|member| names::is_organization(member.name.as_str()));
    members.find_map(|member| OrganizationName::new(&member.value.as_string_lit()?.value))
}

/// What every settings file in JSON may hold: tokens in strings of any name, passwords in addresses of Azure DevOps,
/// and values of a token's form under names that are for Azure DevOps alone.
pub(super) fn credentials(
    document: &Document,
    slots: &[Slot<'_, '_>],
    store: &'static str,
    scope: &Scope,
    remedy: Remedy,
) -> Vec<Credential> {
    let mut owners = Owners::new(document.as_str());
    let mut found = Vec::new();
    for slot in slots {
        if found.len() >= MOST_FOUND {
            break;
        }
        found.extend(
            of_slot(document, slot, store, scope, &mut owners)
                .into_iter()
                .map(|draft| draft.remedy(remedy).finish()),
        );
    }
    found
}

/// The drafts of one string.
pub(super) fn of_slot<'d>(
    document: &'d Document,
    slot: &Slot<'_, '_>,
    store: &'static str,
    scope: &Scope,
    owners: &mut Owners<'_>,
) -> Vec<Draft<'d>> {
    let value = slot.text();
    if value.is_empty() || is_reference(value) {
        return Vec::new();
    }
    if value.contains("//") && UserInfo::of(value).is_some() {
        let drafts = addresses::in_part(document, store, slot.range(), &slot.path, scope);
        if !drafts.is_empty() {
            return drafts;
        }
        // The login of another host: what has the form of a token there is none of ours.
        if Address::parse(value).is_none() {
            return Vec::new();
        }
    }
    let by_form = is_token_like(value) && names::is_for_azure_devops(slot.name);
    if token::open(value).token.is_some() || by_form {
        let draft = slot
            .draft(document, store)
            .organization(owners.of(slot))
            .value(value);
        return vec![draft];
    }
    pieces(document, slot, store, owners)
}

/// Tokens inside of a longer text, such as a command line.
fn pieces<'d>(
    document: &'d Document,
    slot: &Slot<'_, '_>,
    store: &'static str,
    owners: &mut Owners<'_>,
) -> Vec<Draft<'d>> {
    let range = slot.range();
    let Some(text) = document.as_str().get(range.clone()) else {
        return Vec::new();
    };
    let tokens = token::find_all(text).into_iter();
    let drafts = tokens.map(|sighting| {
        document
            .draft(store, Kind::Password)
            .entry(&slot.path)
            .at(range.start + sighting.range.start)
            .organization(owners.of(slot))
            .sighted(&sighting)
            .cut_sighted(&sighting, range.start)
    });
    drafts.collect()
}
