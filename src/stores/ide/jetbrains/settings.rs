//! Settings in XML: `options/*.xml`, `.idea/*.xml`, run configurations.

use std::collections::HashMap;
use std::ops::Range;

use super::NAME;
use crate::model::{Kind, Remedy, Scope};
use crate::stores::owner::Owner;
use crate::stores::packages::{MOST, addresses, too_many};
use crate::stores::{Finder, names};
use crate::text::xml::{self, Attribute, Element};
use crate::text::{
    Document, Draft, is_reference, only_organization, tokens_beside_addresses, with_lines,
};
use crate::token;

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
        if reader.drafts.len() <= MOST {
            reader.element(around, element);
        }
    });
    let drafts = reader.drafts;
    if drafts.len() > MOST {
        finder.unreadable(document.path(), too_many());
    }
    for draft in drafts.into_iter().take(MOST) {
        finder.add(draft.remedy(remedy).finish());
    }
}

struct Reader<'d> {
    document: &'d Document,
    text: &'d str,
    scope: &'d Scope,
    /// What each element names, by where it begins.
    owners: HashMap<usize, Owner>,
    drafts: Vec<Draft<'d>>,
}

/// A value of an element.
struct Slot<'e> {
    around: &'e [&'e Element],
    element: &'e Element,
    /// The name of the attribute that it is, where that says more than the element's.
    attribute: &'e str,
    value: &'e str,
    range: Range<usize>,
    /// The element is nothing but this value and its name.
    alone: bool,
}

impl<'d> Reader<'d> {
    fn element(&mut self, around: &[&Element], element: &Element) {
        for attribute in &element.attributes {
            let own = match attribute.key.as_str() {
                "value" | "name" | "key" => "",
                other => other,
            };
            self.slot(&Slot {
                around,
                element,
                attribute: own,
                value: &attribute.value,
                range: attribute.range.clone(),
                alone: attribute.key == "value" && is_pair(element),
            });
        }
        if element.children.is_empty() && !element.inner.is_empty() {
            self.slot(&Slot {
                around,
                element,
                attribute: "",
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
        if raw.contains("//") && raw.contains('@') {
            let (range, entry) = (slot.range.clone(), slot.entry());
            let drafts = addresses::in_part(self.document, NAME, range, &entry, self.scope);
            self.drafts.extend(drafts);
        }
        let is_token = token::open(slot.value).token.is_some();
        let by_form = !is_token
            && names::has_token_form(slot.value)
            && name(slot.element).is_some_and(|name| names::is_for_azure_devops(&name.value));
        let tokens = if is_token || by_form {
            Vec::new()
        } else {
            tokens_beside_addresses(raw)
        };
        if !is_token && !by_form && tokens.is_empty() {
            return;
        }
        let owner = self.owner(slot);
        if owner == Owner::Elsewhere {
            return;
        }
        if is_token || by_form {
            let cut = if slot.alone {
                with_lines(self.text, &slot.element.range)
            } else {
                slot.range.clone()
            };
            let draft = self
                .draft(slot, owner, slot.range.start)
                .value(slot.value)
                .cut(cut);
            let draft = if by_form { draft.by_form() } else { draft };
            return self.drafts.push(draft);
        }
        for sighting in tokens {
            let start = slot.range.start;
            let draft = self
                .draft(slot, owner.clone(), start + sighting.range.start)
                .sighted(&sighting)
                .cut_sighted(&sighting, start);
            self.drafts.push(draft);
        }
    }

    fn draft(&self, slot: &Slot<'_>, owner: Owner, at: usize) -> Draft<'d> {
        let document = self.document;
        let draft = document.draft(NAME, Kind::Password);
        draft
            .organization(owner.organization())
            .entry(slot.entry())
            .at(at)
    }

    /// Whose it is: what the nearest element says that says anything.
    fn owner(&mut self, slot: &Slot<'_>) -> Owner {
        let text = self.text;
        let around = slot.around.iter().copied();
        for element in std::iter::once(slot.element).chain(around.rev()) {
            let told = || told_by(text, element);
            let owner = self.owners.entry(element.range.start).or_insert_with(told);
            if *owner != Owner::Unknown {
                return owner.clone();
            }
        }
        Owner::Unknown
    }
}

impl Slot<'_> {
    fn entry(&self) -> String {
        let path = path(self.around, self.element);
        match self.attribute {
            "" => path,
            attribute => format!("{path}/{attribute}"),
        }
    }
}

fn told_by(text: &str, element: &Element) -> Owner {
    let pairs = element.children.iter().filter_map(|child| {
        let value = child.attribute("value")?;
        Some((name(child)?.value.as_str(), value.value.as_str()))
    });
    if names::lead_to_a_server(pairs) {
        return Owner::Elsewhere;
    }
    Owner::named(text.get(element.range.clone()).and_then(only_organization))
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
