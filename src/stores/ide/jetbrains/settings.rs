//! Settings in XML: `options/*.xml`, `.idea/*.xml`, run configurations.

use std::collections::HashMap;
use std::ops::Range;

use super::NAME;
use crate::model::{Kind, OrganizationName, Remedy, Scope};
use crate::stores::packages::addresses;
use crate::stores::{Finder, names};
use crate::text::xml::{self, Attribute, Element};
use crate::text::{Document, Draft, is_reference, is_token_like, only_organization, whole_lines};
use crate::token;

/// Findings of one file; each costs a look at what is around it.
const MOST: usize = 1_000;

pub(super) fn read(finder: &mut Finder<'_>, document: &Document, remedy: Remedy) {
    let root = match xml::parse(document.as_str()) {
        Ok(root) => root,
        Err(fault) => return finder.unreadable(document.path(), fault.reason(document.text())),
    };
    let mut reader = Reader {
        document,
        text: document.as_str(),
        scope: finder.scope(),
        owners: HashMap::new(),
        drafts: Vec::new(),
    };
    root.visit(&mut |around, element| {
        if reader.drafts.len() < MOST {
            reader.element(around, element);
        }
    });
    for draft in reader.drafts {
        finder.add(draft.remedy(remedy).finish());
    }
}

struct Reader<'d> {
    document: &'d Document,
    text: &'d str,
    scope: &'d Scope,
    /// What each element names, by where it begins.
    owners: HashMap<usize, Option<OrganizationName>>,
    drafts: Vec<Draft<'d>>,
}

/// A value of an element.
struct Slot<'e> {
    around: &'e [&'e Element],
    element: &'e Element,
    entry: String,
    value: &'e str,
    range: Range<usize>,
    /// The element is nothing but this value and its name.
    alone: bool,
}

impl<'d> Reader<'d> {
    fn element(&mut self, around: &[&Element], element: &Element) {
        for attribute in &element.attributes {
            let entry = match attribute.key.as_str() {
                "value" | "name" | "key" => path(around, element),
                other => format!("{}/{other}", path(around, element)),
            };
            self.slot(&Slot {
                around,
                element,
                entry,
                value: &attribute.value,
                range: attribute.range.clone(),
                alone: attribute.key == "value" && is_pair(element),
            });
        }
        if element.children.is_empty() && !element.inner.is_empty() {
            self.slot(&Slot {
                around,
                element,
                entry: path(around, element),
                value: element.text.trim(),
                range: element.inner.clone(),
                alone: false,
            });
        }
    }

    fn slot(&mut self, slot: &Slot<'_>) {
        let Some(raw) = self.text.get(slot.range.clone()) else {
            return;
        };
        if slot.value.is_empty() || is_reference(slot.value) {
            return;
        }
        if raw.contains("//") {
            let range = slot.range.clone();
            let drafts = addresses::in_part(self.document, NAME, range, &slot.entry, self.scope);
            if !drafts.is_empty() {
                return self.drafts.extend(drafts);
            }
        }
        let by_form = is_token_like(slot.value)
            && name(slot.element).is_some_and(|name| names::is_for_azure_devops(&name.value));
        if token::open(slot.value).token.is_some() || by_form {
            let cut = if slot.alone {
                own_lines(self.text, &slot.element.range)
            } else {
                slot.range.clone()
            };
            let draft = self
                .draft(slot, slot.range.start)
                .value(slot.value)
                .cut(cut);
            return self.drafts.push(draft);
        }
        for sighting in token::find_all(raw) {
            let start = slot.range.start;
            let draft = self
                .draft(slot, start + sighting.range.start)
                .sighted(&sighting)
                .cut_sighted(&sighting, start);
            self.drafts.push(draft);
        }
    }

    fn draft(&mut self, slot: &Slot<'_>, at: usize) -> Draft<'d> {
        let document = self.document;
        let draft = document.draft(NAME, Kind::Password);
        draft
            .organization(self.owner(slot))
            .entry(&slot.entry)
            .at(at)
    }

    /// Whose it is: what the nearest element with an address names.
    fn owner(&mut self, slot: &Slot<'_>) -> Option<OrganizationName> {
        let text = self.text;
        let around = slot.around.iter().copied();
        let mut elements = std::iter::once(slot.element).chain(around.rev());
        elements.find_map(|element| {
            let named = || text.get(element.range.clone()).and_then(only_organization);
            self.owners
                .entry(element.range.start)
                .or_insert_with(named)
                .clone()
        })
    }
}

/// What the element is the value of: `<env name="…" value="…"/>`, `<entry key="…" value="…"/>`.
fn name(element: &Element) -> Option<&Attribute> {
    element
        .attribute("name")
        .or_else(|| element.attribute("key"))
}

fn is_pair(element: &Element) -> bool {
    name(element).is_some() && element.attributes.len() == 2 && element.children.is_empty()
}

/// The names of the elements, from the outermost on: `project/RunManager/App/envs/AZDO_PAT`.
fn path(around: &[&Element], element: &Element) -> String {
    let elements = around.iter().copied().chain([element]);
    let parts: Vec<_> = elements
        .map(|element| name(element).map_or(element.name.as_str(), |name| name.value.as_str()))
        .collect();
    parts.join("/")
}

/// The element with its lines, where it has them to itself.
fn own_lines(text: &str, range: &Range<usize>) -> Range<usize> {
    let lines = whole_lines(text, range);
    let before = text.get(lines.start..range.start).unwrap_or_default();
    let after = text.get(range.end..lines.end).unwrap_or_default();
    if before.trim().is_empty() && after.trim().is_empty() {
        lines
    } else {
        range.clone()
    }
}
