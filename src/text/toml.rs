//! Strings of a TOML file with their places, in every form that TOML has for a table.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike};

use super::{Cut, Draft};

/// A table, and what is needed to cut a pair out of it.
#[derive(Clone, Copy)]
pub struct Table<'d> {
    table: &'d dyn TableLike,
    /// Where a pair begins whose key has several parts.
    start: Option<usize>,
    /// Its pairs are a list in braces.
    inline: bool,
}

/// A string with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The string.
    pub string: String,
    /// The string with its quotes.
    pub range: Range<usize>,
    /// The pair of key and value.
    pair: Range<usize>,
    /// The pair is in an inline table, which is a list.
    inline: bool,
}

/// Reads a text.
///
/// # Errors
/// Where it stops being TOML. The parser's own words would quote the text.
pub fn parse(text: &str) -> Result<Document<&str>, usize> {
    Document::parse(text).map_err(|error| error.span().map_or(0, |span| span.start.min(text.len())))
}

impl<'d> Table<'d> {
    /// The whole file.
    pub fn root(document: &'d Document<&str>) -> Self {
        Self {
            table: document.as_table(),
            start: None,
            inline: false,
        }
    }

    fn below(self, key: &str, item: &'d Item) -> Option<Self> {
        let table = item.as_table_like()?;
        let key = self
            .table
            .get_key_value(key)
            .and_then(|(key, _)| key.span());
        let start = key.filter(|_| table.is_dotted()).map(|key| key.start);
        Some(Self {
            table,
            start: self.start.filter(|_| table.is_dotted()).or(start),
            inline: item.is_inline_table(),
        })
    }

    /// The table of this key.
    pub fn table(self, key: &str) -> Option<Self> {
        self.below(key, self.table.get(key)?)
    }

    /// All tables in it with their keys.
    pub fn tables(self) -> impl Iterator<Item = (&'d str, Self)> {
        let pairs = self.table.iter();
        pairs.filter_map(move |(key, item)| Some((key, self.below(key, item)?)))
    }

    /// The tables of the list of this key, each with its place where it has a header of its own (`[[key]]`).
    pub fn list(self, key: &str) -> Vec<(Self, Option<Range<usize>>)> {
        let table = |table: &'d dyn TableLike, inline| Self {
            table,
            start: None,
            inline,
        };
        match self.table.get(key) {
            Some(Item::ArrayOfTables(tables)) => tables
                .iter()
                .map(|each| (table(each, false), each.span()))
                .collect(),
            Some(Item::Value(toml_edit::Value::Array(array))) => array
                .iter()
                .filter_map(|value| Some((table(value.as_inline_table()?, true), None)))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The string of this key.
    pub fn value(self, key: &str) -> Option<Value> {
        let (key, item) = self.table.get_key_value(key)?;
        let range = item.span()?;
        Some(Value {
            string: item.as_str()?.to_owned(),
            pair: self.start.unwrap_or(key.span()?.start)..range.end,
            range,
            inline: self.inline,
        })
    }

    /// All strings in it with their keys.
    pub fn values(self) -> impl Iterator<Item = (&'d str, Value)> {
        let pairs = self.table.iter();
        pairs.filter_map(move |(key, _)| Some((key, self.value(key)?)))
    }
}

impl Value {
    /// Adds to the draft what cuts the pair: its lines, or its place in an inline table.
    pub fn cut_from<'d>(&self, text: &str, draft: Draft<'d>) -> Draft<'d> {
        if self.inline {
            return Cut::of_item(text, &self.pair).cut_from(draft);
        }
        let start = text[..self.pair.start].rfind('\n').map_or(0, |end| end + 1);
        let end = text[self.pair.end..].find('\n');
        draft.cut(start..end.map_or(text.len(), |length| self.pair.end + length + 1))
    }
}
