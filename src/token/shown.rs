//! Text that people may see: without user-info and without tokens.

use std::path::Path;

use super::find_all;
use crate::model::{SafeUrl, typed_path};

/// The text with the user-info of its addresses and every token in it replaced by `***`.
///
/// Names of entries, files and settings are anybody's to choose, and people paste in the wrong place.
pub fn shown(text: &str) -> String {
    let mut shown = SafeUrl(text).to_string();
    hide(&mut shown);
    shown
}

/// The same for a path, as people type it on this system.
pub fn shown_path(path: &Path) -> String {
    // First of all: what is shown as a place may be a vault's target or a setting's name, with an address in it.
    let shown = shown(&path.to_string_lossy());
    typed_path(Path::new(&shown))
}

/// Puts `***` in place of every token in a text.
pub fn hide(text: &mut String) {
    let mut spans: Vec<_> = find_all(text)
        .into_iter()
        .map(|found| found.range)
        .collect();
    spans.dedup();
    for span in spans.into_iter().rev() {
        text.replace_range(span, "***");
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::testing::{pat52, pat84};

    #[test]
    fn tokens_and_user_info_are_hidden_and_the_rest_stays() {
        let (long, short) = (pat84('C', 'A', 1), pat52(1));
        let both = STANDARD.encode(format!("export A={long}\nexport B={short}\n"));
        for (text, expected) in [
            (format!("registries.{long}.token"), "registries.***.token"),
            (
                format!("remote.{short}.url https://u:p@h/{long}"),
                "remote.***.url https://***@h/***",
            ),
            (format!("a {both} b"), "a *** b"),
            ("/home/dev/.npmrc".to_owned(), "/home/dev/.npmrc"),
        ] {
            assert_eq!(shown(&text), expected);
        }
    }

    #[test]
    fn what_is_shown_as_a_place_loses_its_user_info_on_every_system() {
        let place = Path::new("credential.https://dev:hunter2@dev.azure.com.provider");
        assert_eq!(
            shown_path(place),
            "credential.https://***@dev.azure.com.provider"
        );
        let token = pat84('C', 'A', 1);
        let shown = shown_path(Path::new(&format!("C:/Users/dev/{token}/.npmrc")));
        assert!(!shown.contains(&token), "{shown}");
    }
}
