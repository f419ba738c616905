//! Strings of a TOML file with their places, in every form that TOML has for a table.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike};

use super::{Cut, Draft, lines, whole_lines};

/// A table, and what is needed to cut a pair out of it.
#[derive(Clone, Copy)]
pub struct Table<'d> {
    inner: &'d dyn TableLike,
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
    pair: Pair,
}

/// A pair of key and value.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pair {
    /// From the last part of its key to the end of the value.
    range: Range<usize>,
    /// It is in an inline table, which is a list.
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
            inline: false,
        }
    }

    fn of(item: &'d Item) -> Option<Self> {
        Some(Self {
            inner: item.as_table_like()?,
            inline: item.is_inline_table(),
        })
    }

    /// The table of this key.
    pub fn table(self, key: &str) -> Option<Self> {
        Self::of(self.inner.get(key)?)
    }

    /// All tables in it with their keys.
    pub fn tables(self) -> impl Iterator<Item = (&'d str, Self)> {
        let pairs = self.inner.iter();
        pairs.filter_map(|(key, item)| Some((key, Self::of(item)?)))
    }

    /// The tables of the list of this key.
    pub fn list(self, key: &str) -> Vec<Listed<'d>> {
        let of = |inner: &'d dyn TableLike, inline, header| Listed {
            table: Self { inner, inline },
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

    /// The places of all that stands in it: values, and the headers of tables.
    fn places(self, found: &mut Vec<Range<usize>>) {
        for (_, item) in self.inner.iter() {
            if let Item::ArrayOfTables(tables) = item {
                for inner in tables {
                    found.extend(inner.span());
                    let inline = false;
                    Self { inner, inline }.places(found);
                }
                continue;
            }
            found.extend(item.span());
            if let Some(table) = Self::of(item) {
                table.places(found);
            }
        }
    }

    /// The string of this key.
    pub fn value(self, key: &str) -> Option<Value> {
        let item = self.inner.get(key)?;
        Some(Value {
            string: item.as_str()?.to_owned(),
            range: item.span()?,
            pair: self.pair(key)?,
        })
    }

    fn pair(self, key: &str) -> Option<Pair> {
        let (key, item) = self.inner.get_key_value(key)?;
        let value = item.as_value()?;
        let whole = value
            .as_inline_table()
            .is_none_or(|table| !table.is_dotted());
        let range = key.span()?.start..value.span()?.end;
        whole.then_some(Pair {
            range,
            inline: self.inline,
        })
    }

    /// What cuts the pair of this key with all that it holds; `None` where that stands in several places.
    pub fn cut(self, text: &str, key: &str) -> Option<Cut> {
        Some(self.pair(key)?.cut(text))
    }

    /// All strings in it with their keys.
    pub fn values(self) -> impl Iterator<Item = (&'d str, Value)> {
        let pairs = self.inner.iter();
        pairs.filter_map(move |(key, _)| Some((key, self.value(key)?)))
    }
}

impl Listed<'_> {
    /// From its header to its last pair, with their lines and the blank lines behind them; `None` where it has no header,
    /// or where another table stands between its own.
    pub fn lines(&self, text: &str) -> Option<Range<usize>> {
        let header = self.header.clone()?;
        let mut places = vec![header.clone()];
        self.table.places(&mut places);
        let last = places.iter().map(|place| place.end).max()?;
        let whole = whole_lines(text, &(header.start..last));
        let mut end = whole.end;
        for line in lines(&text[whole.clone()]) {
            let indent = line.text.len() - line.text.trim_start().len();
            let start = whole.start + line.range.start + indent;
            let is_own = || places.iter().any(|place| place.contains(&start));
            if line.text[indent..].starts_with('[') && !is_own() {
                return None;
            }
        }
        for line in lines(&text[whole.end..]).take_while(|line| line.text.trim().is_empty()) {
            end = whole.end + line.range.end;
        }
        Some(whole.start..end)
    }
}

impl Value {
    /// What cuts the pair.
    pub fn cut(&self, text: &str) -> Cut {
        self.pair.cut(text)
    }

    /// Adds that to the draft.
    pub fn cut_from<'d>(&self, text: &str, draft: Draft<'d>) -> Draft<'d> {
        self.cut(text).cut_from(draft)
    }
}

impl Pair {
    /// Its lines, or its place in an inline table.
    fn cut(&self, text: &str) -> Cut {
        if self.inline {
            let start = key_start(text, self.range.start);
            return Cut::beside_comments(text, &(start..self.range.end));
        }
        Cut::exactly(whole_lines(text, &self.range))
    }
}

/// Where the first part of a key begins whose last part begins here: a parser tells of an earlier part only where it
/// first stands, which may be another pair's.
fn key_start(text: &str, last: usize) -> usize {
    let mut start = last;
    while let Some(before) = text[..start].trim_end().strip_suffix('.') {
        start = part_start(before.trim_end());
    }
    start
}

/// Where the part of a key begins that this text ends with.
fn part_start(text: &str) -> usize {
    let Some(quote) = text.chars().next_back().filter(|end| "\"'".contains(*end)) else {
        let bare = |character: char| character.is_alphanumeric() || "-_".contains(character);
        return text.trim_end_matches(bare).len();
    };
    let mut inside = &text[..text.len() - 1];
    while let Some(at) = inside.rfind(quote) {
        inside = &inside[..at];
        let escapes = at - inside.trim_end_matches('\\').len();
        if quote == '\'' || escapes.is_multiple_of(2) {
            return at;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;
    use crate::model::{Splice, splice};

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

    fn without(text: &str, values: &[&str]) -> String {
        fn all(table: Table<'_>, found: &mut Vec<Value>) {
            found.extend(table.values().map(|(_, value)| value));
            table.tables().for_each(|(_, below)| all(below, found));
        }
        let document = parse(text).unwrap();
        let mut found = Vec::new();
        all(Table::root(&document), &mut found);
        let found = found
            .iter()
            .filter(|found| values.contains(&&*found.string));
        let parts = found.flat_map(|found| found.cut(text).parts().collect::<Vec<_>>());
        let splices = parts.map(|(range, separator)| Splice {
            range,
            replacement: separator.into(),
        });
        String::from_utf8(splice(text.as_bytes(), splices.collect()).unwrap()).unwrap()
    }

    #[test]
    fn a_pair_goes_and_no_line_of_another() {
        let lines = [
            "[registries]\n",
            "a.index = '1'\n",
            "b.index = '2'\n",
            "b.token = 'theirs'\n",
            "a.token = 'T' # note\n",
            "a . 'x.y'.\"z\\\"\" = '3'\n",
        ];
        let text = lines.concat();
        assert_eq!(without(&text, &["T"]), text.replace(lines[4], ""));
        assert_eq!(
            without(&text, &["1", "3"]),
            lines[0].to_owned() + &lines[2..5].concat()
        );
        for (text, left) in [
            (
                "a = { b.c = '1', b . \"d\\\".e\" . 'f.g' = 'T' }",
                "a = { b.c = '1' }",
            ),
            ("a = { b.'c' = 'T', b.d = '1' }", "a = { b.d = '1' }"),
            ("a = { b.c.d = 'T' }", "a = {}"),
            (
                "a = {\n  b = '1', # note\n  c = 'T'\n}",
                "a = {\n  b = '1', # note\n}",
            ),
            (
                "a = {\n  b = '1' # note\n  , c = 'T' # two\n}",
                "a = {\n  b = '1' # note\n   # two\n}",
            ),
            (
                "a = { # note\n  c = 'T', # two\n  b = '1'\n}",
                "a = { # note\n # two\n  b = '1'\n}",
            ),
        ] {
            assert_eq!(without(text, &["T"]), left);
            assert!(parse(left).is_ok(), "{left}");
        }
    }

    #[test]
    fn a_table_of_a_list_that_another_parts_is_left() {
        for (text, whole) in [
            ("[[a]]\nb = [\n[1],\n]\n[z]\ny = 1\n[a.c]\nd = 1\n", false),
            (
                "[[a]]\nb = [\n[1],\n]\n[a.c]\nd = \"\"\"\n[z]\n\"\"\"\n[[a.e]]\n[[a.e]]\n",
                true,
            ),
            ("[[a]]\n[[a.e]]\n[z]\n[[a.e]]\n", false),
        ] {
            let document = parse(text).unwrap();
            let lines = Table::root(&document).list("a")[0].lines(text);
            assert_eq!(lines, whole.then_some(0..text.len()), "{text}");
        }
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
            assert!(text.get(value.cut(text).range).is_some());
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
        fn any_choice_among_comments_leaves_the_rest_and_every_comment(
            kept in proptest::collection::vec(any::<bool>(), 1..6),
            gaps in proptest::collection::vec("([ \n\t]|#[,x/]{0,2}\n){0,3}", 12),
            dotted: bool,
        ) {
            let mut text = "a = {".to_owned();
            for n in 0..kept.len() {
                let comma = if n + 1 < kept.len() { "," } else { "" };
                let key = if dotted { "k . " } else { "" };
                text += &format!("{}{key}'{n}' = '{n}'{}{comma}", gaps[2 * n], gaps[2 * n + 1]);
            }
            text += "\n}";
            let names: Vec<_> = (0..kept.len()).map(|n| n.to_string()).collect();
            let cut: Vec<_> = names.iter().enumerate().filter(|(n, _)| !kept[*n]).map(|(_, name)| name.as_str()).collect();
            let left = without(&text, &cut);
            let read = parse(&left);
            prop_assert!(read.is_ok(), "{text} | {left}");
            let read = read.unwrap();
            let table = Table::root(&read).table("a").unwrap();
            let table = if dotted { table.table("k") } else { Some(table) };
            let found: Vec<_> = table.into_iter().flat_map(Table::values).map(|(key, _)| key.to_owned()).collect();
            let expected: Vec<_> = names.iter().enumerate().filter(|(n, _)| kept[*n]).map(|(_, name)| name.clone()).collect();
            prop_assert_eq!(found, expected, "{} | {}", text, left);
            prop_assert_eq!(left.matches('#').count(), text.matches('#').count());
        }

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
