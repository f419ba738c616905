//! `mise.toml`: the variables of its table `env` (mise.jdx.dev, "Environments").

use super::script::{Assignment, Removal, Statement};
use crate::text::lines;
use crate::text::toml::{self, Table};

/// A statement for each line, with the variables that it sets.
///
/// # Errors
/// The line that is no TOML.
pub(super) fn statements(text: &str) -> Result<Vec<Statement>, usize> {
    let document = toml::parse(text).map_err(|start| lines(&text[..start]).count().max(1))?;
    let mut variables = Vec::new();
    let root = Table::root(&document);
    let listed = root.list("env").into_iter().map(|each| each.table);
    for table in root.table("env").into_iter().chain(listed) {
        read(text, table, &mut variables);
    }
    variables.sort_unstable_by_key(|variable| variable.written.start);
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

fn read(text: &str, table: Table<'_>, found: &mut Vec<Assignment>) {
    // `{ value = "…", redact = true }`
    let inner = table.tables();
    let inner = inner.filter_map(|(name, inner)| Some((name, inner.value("value")?)));
    for (name, value) in table.values().chain(inner) {
        found.push(Assignment {
            name: name.to_owned(),
            value: value.string,
            removal: table.cut(text, name).map(Removal::Item),
            written: value.range,
        });
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
