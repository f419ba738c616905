//! `fish_variables`: universal variables as fish keeps them (fish-shell, `env_universal_common`): `SETUVAR --export NAME:value`.

use super::{Assignment, Removal, Statement};
use crate::text::{lines, range_in};

/// The variables of the file.
pub(in crate::stores::environment) fn universal_variables(text: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    for line in lines(text).filter(|line| !line.is_comment(&['#'])) {
        let set = line.text.strip_prefix("SETUVAR ");
        let assignment = set.and_then(|mut set| {
            while set.starts_with("--") {
                set = set.split_once(' ')?.1;
            }
            let (name, value) = set.split_once(':')?;
            Some(Assignment {
                name: name.to_owned(),
                value: unescaped(value),
                written: range_in(text, value),
                removal: Some(Removal::Lines(line.range.clone())),
            })
        });
        found.push(Statement {
            content: range_in(text, line.text),
            label: "a line".to_owned(),
            assignments: assignment.into_iter().collect(),
            sources: Vec::new(),
        });
    }
    found
}

/// fish writes all but letters, digits, `_` and `/` as `\xHH` or `\uHHHH`; `\x1e` parts the values of a list.
fn unescaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let width = match after.as_bytes().first() {
            Some(b'x') => 2,
            Some(b'u') => 4,
            Some(b'U') => 8,
            _ => 0,
        };
        let digits = after.get(1..=width).filter(|_| width > 0);
        let character = digits
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .and_then(char::from_u32);
        match character {
            Some('\u{1e}') => text.push(' '),
            Some(character) => text.push(character),
            None => text.push('\\'),
        }
        rest = match character {
            Some(_) => &after[width + 1..],
            None => after,
        };
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stores::environment::script::check::without;

    #[test]
    fn a_variable_is_read_out_of_its_escapes_and_goes_with_its_line() {
        let text = "# This file contains fish universal variable definitions.\n# VERSION: 3.0\n\
                    SETUVAR --export A:https\\x3a//u\\x3ap\\x40h\\u00e9\nSETUVAR B:1\\x1e2\n";
        let found = universal_variables(text);
        let values: Vec<_> = (found.iter().flat_map(|it| &it.assignments))
            .map(|it| (it.name.as_str(), it.value.as_str()))
            .collect();
        assert_eq!(values, [("A", "https://u:p@hé"), ("B", "1 2")]);
        let left = without(text, &found, "A").unwrap_or_default();
        assert!(left.ends_with("# VERSION: 3.0\nSETUVAR B:1\\x1e2\n"));
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "(SETUVAR |--export |A|:|\\\\x|\\\\u|3a|é| |\n){0,20}") {
            for statement in universal_variables(&text) {
                prop_assert!(text.get(statement.content).is_some());
            }
        }
    }
}
