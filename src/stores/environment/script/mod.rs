//! Scripts and settings files as lists of statements: which variables they set, and what would take one out again.

mod blocks;
mod commands;
mod lexer;
mod power_shell;
mod settings;
mod shells;
mod universal;

use std::ops::Range;

use crate::text::{Cut, Draft};

pub(super) use lexer::Grammar;
pub(super) use settings::{Style, settings};
pub(super) use shells::script;
pub(super) use universal::universal_variables;

/// A line with all that is joined to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    /// What it says, without a comment at its end.
    pub(super) content: Range<usize>,
    /// A few words for people: the program that it starts, or the alias that it makes. Never a value.
    pub(super) label: String,
    /// The variables that it sets.
    pub(super) assignments: Vec<Assignment>,
    /// Files that it has the shell read, as they are written.
    pub(super) sources: Vec<String>,
}

/// A variable that is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    /// The variable.
    pub(super) name: String,
    /// Its value, out of quotes.
    pub(super) value: String,
    /// The value as it stands in the text.
    pub(super) written: Range<usize>,
    /// What takes it out; `None` where the statement does something else too.
    pub(super) removal: Option<Removal>,
}

/// What takes an assignment out of its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Removal {
    /// Its lines.
    Lines(Range<usize>),
    /// Itself in a list of several.
    Item(Cut),
    /// One word of several of a command. The last one must not go: a command without any would do something else.
    Word {
        /// The word, and the blanks at one side.
        range: Range<usize>,
        /// Where the command begins.
        command: usize,
    },
}

impl Removal {
    /// Adds it to what removes the draft's credential.
    pub(super) fn cut_from(self, draft: Draft<'_>) -> Draft<'_> {
        match self {
            Self::Lines(range) | Self::Word { range, .. } => draft.cut(range),
            Self::Item(cut) => cut.cut_from(draft),
        }
    }
}

#[cfg(test)]
pub(super) mod check {
    use super::{Removal, Statement};

    /// The text once the first assignment of this name is taken out; `None` where it cannot be.
    pub(in crate::stores::environment) fn without(
        text: &str,
        statements: &[Statement],
        name: &str,
    ) -> Option<String> {
        let mut all = statements.iter().flat_map(|it| &it.assignments);
        let removal = all.find(|it| it.name == name)?.removal.clone()?;
        let (range, with) = match removal {
            Removal::Lines(range) | Removal::Word { range, .. } => (range, ""),
            Removal::Item(cut) => (cut.range, cut.separator),
        };
        let mut left = text.to_owned();
        left.replace_range(range, with);
        Some(left)
    }
}
