//! Strings of a JSON settings file, each with its path and with the objects around it.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use jsonc_parser::ast::{Array, Object, StringLit, Value};
use jsonc_parser::common::Ranged;

use super::Finder;
use super::names;
use super::owner::Owner;
use super::packages::{self, addresses};
use crate::model::{Kind, OrganizationName, Remedy, Scope};
use crate::text::{
    Cut, Document, Draft, UserInfo, is_reference, json, only_organization, tokens_beside_addresses,
};
use crate::token;

/// Strings of the largest file that is taken for settings.
const MOST: usize = 100_000;
/// Findings of one file; each costs a look at what is around it.
pub(super) const MOST_FOUND: usize = packages::MOST;
/// As much of a path as people are shown; a hostile name may be as long as its file.
const LONGEST_PATH: usize = 1024;

/// A string in a JSON file.
#[derive(Debug, Clone)]
pub(super) struct Slot<'a, 't> {
    /// The name of the member that it is, or is an element of.
    pub(super) name: &'a str,
    pub(super) value: &'a StringLit<'t>,
    item: Item<'a, 't>,
    /// The object or array that it stands in, as an item of what is around that.
    above: Option<Rc<Node<'a, 't>>>,
}

#[derive(Debug, Clone, Copy)]
enum Item<'a, 't> {
    Member(&'a Object<'t>, usize),
    Element(&'a Array<'t>, usize),
}

#[derive(Debug)]
struct Node<'a, 't> {
    item: Item<'a, 't>,
    above: Option<Rc<Self>>,
}

impl<'a, 't> Slot<'a, 't> {
    /// Its text.
    pub(super) fn text(&self) -> &'a str {
        &self.value.value
    }

    /// Where it stands between its quotes.
    pub(super) fn range(&self) -> Range<usize> {
        self.value.start() + 1..self.value.end() - 1
    }

    /// Itself and what it stands in, the innermost first.
    fn items(&self) -> impl Iterator<Item = Item<'a, 't>> {
        let above = std::iter::successors(self.above.as_deref(), |node| node.above.as_deref());
        std::iter::once(self.item).chain(above.map(|node| node.item))
    }

    /// The objects around it, the innermost first.
    pub(super) fn around(&self) -> impl Iterator<Item = &'a Object<'t>> {
        self.items().filter_map(|item| match item {
            Item::Member(object, _) => Some(object),
            Item::Element(..) => None,
        })
    }

    /// The names that lead to it; elements of arrays count from 0: `servers.ado.args[2]`.
    pub(super) fn path(&self) -> String {
        let mut items: Vec<_> = self.items().collect();
        items.reverse();
        let mut path = String::new();
        for item in items {
            match item {
                Item::Element(_, index) => path += &format!("[{index}]"),
                Item::Member(object, index) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    let member = object.properties.get(index);
                    let name = member.map_or("", |member| member.name.as_str());
                    path += &name[..name.floor_char_boundary(LONGEST_PATH)];
                }
            }
            if path.len() >= LONGEST_PATH {
                path.truncate(path.floor_char_boundary(LONGEST_PATH));
                break;
            }
        }
        path
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

    /// Whether it is the first element of an array.
    pub(super) fn is_first(&self) -> bool {
        matches!(self.item, Item::Element(_, 0))
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
            .entry(self.path())
            .at(self.value.start());
        match self.cut(document.as_str()) {
            Some(cut) => cut.cut_from(draft),
            None => draft,
        }
    }
}

/// Every string below an object in the order of the text, as far as there are not too many.
pub(super) fn below<'a, 't>(object: &'a Object<'t>) -> Vec<Slot<'a, 't>> {
    let mut slots = Vec::new();
    collect_object(object, None, &mut slots);
    slots
}

fn collect_object<'a, 't>(
    object: &'a Object<'t>,
    above: Option<&Rc<Node<'a, 't>>>,
    slots: &mut Vec<Slot<'a, 't>>,
) {
    for (index, member) in object.properties.iter().enumerate() {
        let item = Item::Member(object, index);
        collect(&member.value, item, member.name.as_str(), above, slots);
    }
}

fn collect<'a, 't>(
    value: &'a Value<'t>,
    item: Item<'a, 't>,
    name: &'a str,
    above: Option<&Rc<Node<'a, 't>>>,
    slots: &mut Vec<Slot<'a, 't>>,
) {
    if slots.len() >= MOST {
        return;
    }
    let above = above.cloned();
    match value {
        Value::StringLit(value) => slots.push(Slot {
            name,
            value,
            item,
            above,
        }),
        Value::Object(object) => {
            collect_object(object, Some(&Rc::new(Node { item, above })), slots);
        }
        Value::Array(array) => {
            let node = Rc::new(Node { item, above });
            for (index, element) in array.elements.iter().enumerate() {
                let item = Item::Element(array, index);
                collect(element, item, name, Some(&node), slots);
            }
        }
        Value::NumberLit(_) | Value::BooleanLit(_) | Value::NullKeyword(_) => {}
    }
}

/// Tells whose a slot is by the addresses in the objects around it; remembers what each object says.
#[derive(Debug)]
pub(super) struct Owners<'x> {
    text: &'x str,
    known: HashMap<usize, Owner>,
}

impl<'x> Owners<'x> {
    /// For a file of this text.
    pub(super) fn new(text: &'x str) -> Self {
        Self {
            text,
            known: HashMap::new(),
        }
    }

    /// What the nearest object says that says anything.
    pub(super) fn of(&mut self, slot: &Slot<'_, '_>) -> Owner {
        let text = self.text;
        for object in slot.around() {
            let told = || told_by(text, object);
            let owner = self.known.entry(object.start()).or_insert_with(told);
            if *owner != Owner::Unknown {
                return owner.clone();
            }
        }
        Owner::Unknown
    }
}

fn told_by(text: &str, object: &Object<'_>) -> Owner {
    let settings = || {
        let members = object.properties.iter();
        members.filter_map(|member| {
            let value = member.value.as_string_lit()?;
            Some((member.name.as_str(), &*value.value))
        })
    };
    if names::lead_to_a_server(settings()) {
        return Owner::Elsewhere;
    }
    let address = text.get(object.start()..object.end());
    // A member such as `AZDO_ORG` names it without an address.
    let by_name = || {
        let mut names = settings().filter(|(name, _)| names::is_organization(name));
        names.find_map(|(_, value)| OrganizationName::new(value))
    };
    Owner::named(address.and_then(only_organization).or_else(by_name))
}

/// Enters what every settings file in JSON may hold: tokens in strings of any name, passwords in addresses of Azure
/// DevOps, and values of a token's form under names that are for Azure DevOps alone.
pub(super) fn enter(
    finder: &mut Finder<'_>,
    document: &Document,
    object: &Object<'_>,
    remedy: Remedy,
    is_ours: impl Fn(&Slot<'_, '_>) -> bool,
) {
    let mut owners = Owners::new(document.as_str());
    let mut found = Vec::new();
    let slots = below(object);
    for slot in slots.iter().filter(|slot| is_ours(slot)) {
        if found.len() > MOST_FOUND {
            break;
        }
        found.extend(of_slot(
            document,
            slot,
            finder.store(),
            finder.scope(),
            &mut owners,
        ));
    }
    enter_drafts(finder, document, &slots, found, remedy);
}

/// Enters drafts of these slots, and says where there are more than are read.
pub(super) fn enter_drafts(
    finder: &mut Finder<'_>,
    document: &Document,
    slots: &[Slot<'_, '_>],
    drafts: Vec<Draft<'_>>,
    remedy: Remedy,
) {
    if slots.len() >= MOST || drafts.len() > MOST_FOUND {
        finder.unreadable(document.path(), packages::too_many());
    }
    for draft in drafts.into_iter().take(MOST_FOUND) {
        finder.add(draft.remedy(remedy).finish());
    }
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
    let mut drafts = Vec::new();
    if value.contains("//") && UserInfo::of(value).is_some() {
        drafts = addresses::in_part(document, store, slot.range(), &slot.path(), scope);
    }
    let is_token = token::open(value).token.is_some();
    let by_form =
        !is_token && names::has_token_form(value) && names::is_for_azure_devops(slot.name);
    if is_token || by_form {
        let owner = owners.of(slot);
        if owner == Owner::Elsewhere {
            return Vec::new();
        }
        let draft = slot
            .draft(document, store)
            .organization(owner.organization());
        let draft = draft.value(value);
        return vec![if by_form { draft.by_form() } else { draft }];
    }
    drafts.extend(pieces(document, slot, store, owners));
    drafts
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
    let mut tokens = tokens_beside_addresses(text);
    if tokens.is_empty() {
        return Vec::new();
    }
    let value = slot.text();
    if text != value {
        // With its slashes escaped, an address is not seen as one.
        let known = tokens_beside_addresses(value);
        tokens.retain(|sighting| known.iter().any(|known| known.secret == sighting.secret));
    }
    let owner = owners.of(slot);
    if owner == Owner::Elsewhere {
        return Vec::new();
    }
    let path = slot.path();
    let drafts = tokens.into_iter().map(|sighting| {
        document
            .draft(store, Kind::Password)
            .entry(&path)
            .at(range.start + sighting.range.start)
            .organization(owner.clone().organization())
            .sighted(&sighting)
            .cut_sighted(&sighting, range.start)
    });
    drafts.collect()
}
