//! Strings of a TOML file with their places, in every form that TOML has for a table.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike};

use super::{Cut, Draft, lines};

/// A table, and what is needed to cut a pair out of it.
#[derive(Clone, Copy)]
pub struct Table<'d> {
    inner: &'d dyn TableLike,
    /// Where a pair begins whose key has several parts.
    start: Option<usize>,
    /// Its pairs are a list in braces.
    inline: bool,
}

/// One table of a list of tables.
#[derive(Clone)]
pub struct Listed<'d> {
    /// The table.
    pub table: Table<'d>,
    /// Its header `[[…]]`; none where the list is written in brackets.
    header: Option<Range<usize>>,
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
            inner: document.as_table(),
            start: None,
            inline: false,
        }
    }

    fn below(self, key: &str, item: &'d Item) -> Option<Self> {
        let table = item.as_table_like()?;
        let key = self
            .inner
            .get_key_value(key)
            .and_then(|(key, _)| key.span());
        let start = key.filter(|_| table.is_dotted()).map(|key| key.start);
        Some(Self {
            inner: table,
            start: self.start.filter(|_| table.is_dotted()).or(start),
            inline: item.is_inline_table(),
        })
    }

    /// The table of this key.
    pub fn table(self, key: &str) -> Option<Self> {
        self.below(key, self.inner.get(key)?)
    }

    /// All tables in it with their keys.
    pub fn tables(self) -> impl Iterator<Item = (&'d str, Self)> {
        let pairs = self.inner.iter();
        pairs.filter_map(move |(key, item)| Some((key, self.below(key, item)?)))
    }

    /// The tables of the list of this key.
    pub fn list(self, key: &str) -> Vec<Listed<'d>> {
        let of = |inner: &'d dyn TableLike, inline, header| Listed {
            table: Self {
                inner,
                start: None,
                inline,
            },
            header,
        };
        match self.inner.get(key) {
            Some(Item::ArrayOfTables(tables)) => {
                let tables = tables.iter();
                tables.map(|each| of(each, false, each.span())).collect()
            }
            Some(Item::Value(toml_edit::Value::Array(array))) => {
                let tables = array.iter().filter_map(toml_edit::Value::as_inline_table);
                tables.map(|each| of(each, true, None)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Where the last thing in it ends.
    fn end(self) -> usize {
        let ends = self.inner.iter().map(|(key, item)| {
            let below = self.below(key, item).map_or(0, Self::end);
            item.span().map_or(0, |span| span.end).max(below)
        });
        ends.max().unwrap_or(0)
    }

    /// The string of this key.
    pub fn value(self, key: &str) -> Option<Value> {
        let (key, item) = self.inner.get_key_value(key)?;
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
        let pairs = self.inner.iter();
        pairs.filter_map(move |(key, _)| Some((key, self.value(key)?)))
    }
}

impl Listed<'_> {
    /// From its header to its last pair, with their lines and the blank lines behind them; `None` where it has no header.
    pub fn lines(&self, text: &str) -> Option<Range<usize>> {
        let header = self.header.clone()?;
        let start = text[..header.start].rfind('\n').map_or(0, |end| end + 1);
        let last = self.table.end().max(header.end);
        let mut lines = lines(&text[last..]);
        let mut end = last + lines.next().map_or(0, |line| line.range.end);
        for line in lines.take_while(|line| line.text.trim().is_empty()) {
            end = last + line.range.end;
        }
        Some(start..end)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_table_of_a_list_goes_with_its_header() {
        let of = |name: &str| format!("[[a]] # note\nb = \"{name}\"\nc.d = [\n  1,\n] # note\n\n");
        let text = format!("# top\nx = 1\n\n{}# two\n{}[z]\ny = 1", of("1"), of("2"));
        let document = parse(&text).unwrap();
        let list = Table::root(&document).list("a");
        let lines: Vec<_> = list
            .iter()
            .map(|each| &text[each.lines(&text).unwrap()])
            .collect();
        assert_eq!(lines, [of("1"), of("2")]);

        let text = "a = [{ b = 'c' }, 1]";
        let document = parse(text).unwrap();
        let list = Table::root(&document).list("a");
        let values: Vec<_> = list
            .iter()
            .map(|each| each.table.value("b").unwrap().string)
            .collect();
        assert_eq!(values, ["c"]);
        assert_eq!(list[0].lines(text), None);
    }

    #[test]
    fn what_is_no_toml_is_said() {
        for text in ["a", "[a", "a = \"", "a = 1\na = 2"] {
            assert!(parse(text).is_err_and(|at| at <= text.len()), "{text}");
        }
        assert!(parse(&format!("a = {}", "[".repeat(100_000))).is_err());
    }

    fn look(table: Table<'_>, text: &str) {
        for (_, value) in table.values() {
            assert!(text.get(value.pair).is_some());
        }
        for (key, below) in table.tables() {
            look(below, text);
            for each in table.list(key) {
                let _ = each.lines(text);
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "(\\[\\[?a\\]?\\]|a|b|=|\\.|\\{|\\}|,| |\n|\r\n|\"|'|1|é|#){0,24}") {
            if let Ok(document) = parse(&text) {
                let root = Table::root(&document);
                look(root, &text);
                for each in root.list("a") {
                    look(each.table, &text);
                    prop_assert!(each.lines(&text).is_none_or(|lines| text.get(lines).is_some()));
                }
            }
        }
    }
}
