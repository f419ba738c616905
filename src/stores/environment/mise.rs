//! `mise.toml`: the variables of its table `env` (mise.jdx.dev, "Environments").

use std::ops::Range;

use toml_edit::{Document, Item, TableLike};

use super::script::{Assignment, Removal, Statement};
use crate::text::{Cut, lines, whole_lines};

/// A statement for each line, with the variables that it sets.
///
/// # Errors
/// The line that is no TOML. The parser's own words would quote it.
pub(super) fn statements(text: &str) -> Result<Vec<Statement>, usize> {
    let document = Document::parse(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        lines(&text[..start]).count().max(1)
    })?;
    let mut variables = Vec::new();
    match document.get("env") {
        Some(Item::ArrayOfTables(tables)) => {
            for table in tables {
                read(text, table, false, &mut variables);
            }
        }
        Some(item) => {
            if let Some(table) = item.as_table_like() {
                read(text, table, item.is_inline_table(), &mut variables);
            }
        }
        None => {}
    }
    variables.sort_by_key(|variable| variable.written.start);
    let mut variables = variables.into_iter().peekable();
    let mut statements = Vec::new();
    let mut covered = 0;
    for line in lines(text).filter(|line| !line.is_comment(&['#'])) {
        if line.range.start < covered {
            continue;
        }
        let mut end = line.range.start + line.text.len();
        let mut assignments = Vec::new();
        while let Some(variable) = variables.next_if(|variable| variable.written.start < end) {
            end = end.max(variable.written.end);
            assignments.push(variable);
        }
        covered = end;
        statements.push(Statement {
            content: line.range.start..end,
            label: "a line".to_owned(),
            assignments,
            sources: Vec::new(),
        });
    }
    Ok(statements)
}

fn read(text: &str, table: &dyn TableLike, inline: bool, found: &mut Vec<Assignment>) {
    for (name, item) in table.iter() {
        // `{ value = "…", redact = true }`
        let inner = item.as_table_like().and_then(|table| table.get("value"));
        let value = inner.unwrap_or(item);
        let key = table.get_key_value(name).and_then(|(key, _)| key.span());
        let (Some(string), Some(written), Some(key)) = (value.as_str(), value.span(), key) else {
            continue;
        };
        // A table of its own, `[env.NAME]`, stands in several lines: without the first, they are the next variables.
        let in_one_place = item.is_value();
        let pair = key.start..item.span().map_or(written.end, |span| span.end);
        found.push(Assignment {
            name: name.to_owned(),
            value: string.to_owned(),
            removal: in_one_place.then(|| removal(text, &pair, inline)),
            written,
        });
    }
}

fn removal(text: &str, pair: &Range<usize>, inline: bool) -> Removal {
    if inline {
        Removal::Item(Cut::of_item(text, pair))
    } else {
        Removal::Lines(whole_lines(text, pair))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stores::environment::script::check::without;

    #[test]
    fn a_variable_goes_with_its_line_or_out_of_its_list() {
        for (text, left) in [
            (
                "[tools]\nnode = \"22\"\n\n[env]\nA = \"1\" # why\nB = '2'\n",
                "[tools]\nnode = \"22\"\n\n[env]\nB = '2'\n",
            ),
            (
                "[env]\nA = { value = \"1\", redact = true }\n_.file = \".x\"\n",
                "[env]\n_.file = \".x\"\n",
            ),
            (
                "[[env]]\nB = \"2\"\n[[env]]\nA = \"\"\"\n1\n\"\"\"\n",
                "[[env]]\nB = \"2\"\n[[env]]\n",
            ),
            ("env = { A = \"1\", B = \"2\" }\n", "env = { B = \"2\" }\n"),
        ] {
            let read = statements(text).unwrap_or_default();
            assert_eq!(without(text, &read, "A").as_deref(), Some(left), "{text}");
        }
        for spread in [
            "[env]\nA.value = \"1\"\n",
            "[env.A]\nvalue = \"1\"\nredact = true\n",
        ] {
            let read = statements(spread).unwrap_or_default();
            assert_eq!(read.iter().flat_map(|it| &it.assignments).count(), 1);
            assert_eq!(without(spread, &read, "A"), None);
        }
        assert_eq!(statements("[env]\nA = \"1"), Err(2));
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "(\\[env\\]|\\[\\[env\\]\\]|env|A|B|=|\"1\"|\\{|\\}|,|value|\\.|#| |\n|é){0,20}") {
            for statement in statements(&text).unwrap_or_default() {
                prop_assert!(text.get(statement.content).is_some());
                for assignment in statement.assignments {
                    prop_assert!(text.get(assignment.written).is_some());
                }
            }
        }
    }
}
