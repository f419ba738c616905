//! Text that people may see: without user-info and without tokens.

use super::find_all;
use crate::model::SafeUrl;

/// The text with the user-info of its addresses and every token in it replaced by `***`.
///
/// Names of entries, files and settings are anybody's to choose, and people paste in the wrong place.
pub fn shown(text: &str) -> String {
    let mut shown = SafeUrl(text).to_string();
    for (span, _) in find_all(&shown).into_iter().rev() {
        shown.replace_range(span, "***");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{pat52, pat84};

    #[test]
    fn tokens_and_user_info_are_hidden_and_the_rest_stays() {
        let (long, short) = (pat84('C', 'A', 1), pat52(1));
        for (text, expected) in [
            (format!("registries.{long}.token"), "registries.***.token"),
            (
                format!("remote.{short}.url https://u:p@h/{long}"),
                "remote.***.url https://***@h/***",
            ),
            ("/home/dev/.npmrc".to_owned(), "/home/dev/.npmrc"),
        ] {
            assert_eq!(shown(&text), expected);
        }
    }
}
