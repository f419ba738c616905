//! Text as people, logs and collectors may see it.

use crate::model::SafeUrl;
use crate::token;

/// The text with the user-info of every address, and every token wherever it stands, replaced by `***`.
///
/// A path or a name can hold what its file holds: people make folders out of addresses that they paste.
pub(crate) fn shown(text: &str) -> String {
    let mut shown = SafeUrl(text).to_string();
    for (span, _) in token::find_all(&shown).into_iter().rev() {
        shown.replace_range(span, "***");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{pat52, pat84};

    #[test]
    fn neither_user_info_nor_a_token_is_shown() {
        let token = pat84('C', 'A', 1);
        for (text, expected) in [
            (format!("/home/dev/{token}/.npmrc"), "/home/dev/***/.npmrc"),
            (
                format!("registries.{}.token", pat52(1)),
                "registries.***.token",
            ),
            (
                format!("/h/https:/u:{token}@dev.azure.com/contoso"),
                "/h/https:/***@dev.azure.com/contoso",
            ),
            (
                "https://u:p@dev.azure.com".to_owned(),
                "https://***@dev.azure.com",
            ),
            ("/home/dev/.npmrc".to_owned(), "/home/dev/.npmrc"),
        ] {
            assert_eq!(shown(&text), expected);
        }
    }
}
