//! Tokens in files that cannot be read as what they are: never silence.

use crate::model::{Kind, Remedy};
use crate::stores::Finder;
use crate::text::Document;
use crate::token;

/// The beginning of an entry's name with every token hidden.
pub(super) fn without_tokens(text: &str) -> String {
    const SHOWN: usize = 300;
    // Long enough that no token begins in what is shown and ends after what is searched.
    const SEARCHED: usize = 8192;
    let end = text.char_indices().nth(SEARCHED);
    let mut shown = text[..end.map_or(text.len(), |(at, _)| at)].to_owned();
    token::hide(&mut shown);
    if let Some((at, _)) = shown.char_indices().nth(SHOWN) {
        shown.truncate(at);
        shown.push('…');
    }
    shown
}

/// Enters every token of a broken file; rekey edits no file that it cannot parse.
pub(in crate::stores) fn enter(finder: &mut Finder<'_>, document: &Document, advice: &str) {
    let text = document.as_str();
    for sighting in token::find_all(text) {
        let draft = document
            .draft(finder.store(), Kind::Pat)
            .at(sighting.range.start)
            .sighted(&sighting)
            .remedy(Remedy::Manual)
            .advice(advice);
        finder.add(draft.finish());
    }
}
