//! Registries in Cargo's settings, in every form that TOML has for them.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike};

use crate::text::{Cut, Draft, whole_lines};

/// `[registries.<name>]`, or a `[source.<name>]` with its address alone.
#[derive(Debug)]
pub(super) struct Registry {
    /// Its name.
    pub(super) name: String,
    /// The setting's name for the address.
    pub(super) index_key: &'static str,
    /// Where its index is.
    pub(super) index: Option<Value>,
    /// Its token.
    pub(super) token: Option<Value>,
}

/// A string with its place.
#[derive(Debug)]
pub(super) struct Value {
    /// The string.
    pub(super) string: String,
    /// The string with its quotes.
    pub(super) range: Range<usize>,
    /// The pair of key and value.
    pair: Range<usize>,
    /// The pair is in an inline table, which is a list.
    inline: bool,
}

/// The registries and sources of a file.
///
/// # Errors
/// The line that is no TOML. The parser's own words would quote it.
pub(super) fn read(text: &str) -> Result<Vec<Registry>, usize> {
    let document = Document::parse(text)
        .map_err(|error| error.span().map_or(0, |span| span.start.min(text.len())))?;
    let mut found = Vec::new();
    for (section, index_key) in [("registries", "index"), ("source", "registry")] {
        let Some(tables) = document.get(section).and_then(Item::as_table_like) else {
            continue;
        };
        for (name, item) in tables.iter() {
            let Some(table) = item.as_table_like() else {
                continue;
            };
            let start = tables
                .get_key_value(name)
                .and_then(|(key, _)| key.span())
                .filter(|_| table.is_dotted())
                .map(|key| key.start);
            let inline = item.is_inline_table();
            let value = |key: &str| value(table, key, start, inline);
            found.push(Registry {
                name: name.to_owned(),
                index_key,
                index: value(index_key),
                token: value("token").filter(|_| section == "registries"),
            });
        }
    }
    Ok(found)
}

/// `start` is where the pair begins if its key has several parts.
fn value(table: &dyn TableLike, key: &str, start: Option<usize>, inline: bool) -> Option<Value> {
    let (key, item) = table.get_key_value(key)?;
    let range = item.span()?;
    Some(Value {
        string: item.as_str()?.to_owned(),
        pair: start.unwrap_or(key.span()?.start)..range.end,
        range,
        inline,
    })
}

impl Value {
    /// Adds to the draft what cuts the pair: its lines, or its place in an inline table.
    pub(super) fn cut_from<'d>(&self, text: &str, draft: Draft<'d>) -> Draft<'d> {
        if self.inline {
            return Cut::of_item(text, &self.pair).cut_from(draft);
        }
        draft.cut(whole_lines(text, &self.pair))
    }
}
