//! Tokens in files that cannot be read as what they are: never silence.

use std::ops::Range;

use crate::model::{Kind, Remedy};
use crate::stores::Finder;
use crate::text::Document;
use crate::token;

/// Where tokens stand in a text.
pub(super) fn tokens(text: &str) -> Vec<Range<usize>> {
    let found = token::find_all(text);
    found.into_iter().map(|(span, _)| span).collect()
}

/// The text with every token hidden, for a name that may hold one.
pub(super) fn without_tokens(text: &str) -> String {
    let mut shown = text.to_owned();
    for span in tokens(text).into_iter().rev() {
        shown.replace_range(span, "***");
    }
    shown
}

/// Enters every token of a broken file; rekey edits no file that it cannot parse.
pub(super) fn enter(finder: &mut Finder<'_>, document: &Document, advice: &str) {
    let text = document.as_str();
    for span in tokens(text) {
        let draft = document
            .draft(finder.store(), Kind::Pat)
            .at(span.start)
            .value(&text[span])
            .remedy(Remedy::Manual)
            .advice(advice);
        finder.add(draft.finish());
    }
}
