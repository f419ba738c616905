//! npm's debug logs, which repeat tokens that were typed on its command line.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::{MOST, too_many};
use crate::model::{Address, Credential, Kind, Remedy};
use crate::platform::System;
use crate::stores::Finder;
use crate::text::{Document, only_organization, tokens};
use crate::token::Sighting;

/// npm itself keeps ten (`logs-max`); more are kept only where a person asked for it.
const NEWEST: usize = 50;

/// How far before a token its setting begins at most, in bytes.
const FARTHEST: usize = 4 * 1024;

/// Looks through the logs in these cache folders of npm, after the usual one.
pub(super) fn find(finder: &mut Finder<'_>, store: &'static str, moved: Option<PathBuf>) {
    let folders = finder.folders();
    let usual = match finder.platform().system() {
        // The second one is of npm 6 and before; nobody empties it.
        System::Windows => vec![
            folders.data.join("npm-cache"),
            folders.config.join("npm-cache"),
        ],
        System::MacOs | System::Linux => vec![folders.home.join(".npm")],
    };
    for cache in usual.into_iter().chain(moved) {
        for path in newest(finder, &cache.join("_logs")) {
            if let Some(document) = finder.open(&path) {
                let found = tokens(document.as_str());
                if found.len() > MOST {
                    finder.unreadable(&path, too_many());
                }
                for credential in credentials(&document, store, found) {
                    finder.add(credential);
                }
            }
        }
    }
}

/// Log names begin with the time, so the order of names is the order of age.
fn newest(finder: &mut Finder<'_>, folder: &Path) -> Vec<PathBuf> {
    let mut logs = finder.list(folder);
    logs.retain(|path| path.extension().is_some_and(|ending| ending == "log"));
    logs.into_iter().rev().take(NEWEST).collect()
}

/// One finding for each of the tokens, where it first stands.
fn credentials(document: &Document, store: &'static str, found: Vec<Sighting>) -> Vec<Credential> {
    let text = document.as_str();
    if found.is_empty() {
        return Vec::new();
    }
    let everywhere = only_organization(text);
    let mut seen = HashSet::new();
    let found = found.into_iter().take(MOST).filter_map(|sighting| {
        let start = sighting.range.start;
        if !seen.insert(sighting.secret.expose().to_owned()) {
            return None;
        }
        let organization = match setting_before(text, start) {
            Some(setting) => Address::parse(setting).and_then(|address| address.organization),
            None => everywhere.clone(),
        };
        let nth = seen.len();
        let draft = document
            .draft(store, Kind::Pat)
            .organization(organization)
            .entry(format_args!("token {nth} in the log"))
            .at(start)
            .sighted(&sighting)
            .remedy(Remedy::Manual)
            .advice("npm wrote a token of its command line into this log: delete the log");
        Some(draft.finish())
    });
    found.collect()
}

/// The setting or address that the token is the value of: the word it stands in, else the one before it, as in `"//host/:_authToken" "…"`.
fn setting_before(text: &str, token: usize) -> Option<&str> {
    let start = text.floor_char_boundary(token.saturating_sub(FARTHEST));
    let line = text[start..token].rsplit(['\n', '\r']).next()?;
    let mut words = line.rsplit(ends_word);
    let own = words.next()?;
    if let Some(start) = own.find("//") {
        return Some(
            &text[token - own.len() + start..][..whole_word(text, token, own.len() - start)],
        );
    }
    let before = words.find(|word| !word.is_empty())?;
    let is_key = before
        .rsplit_once(':')
        .is_some_and(|(_, name)| name.starts_with('_'));
    before
        .find("//")
        .filter(|_| is_key && own.is_empty())
        .map(|start| &before[start..])
}

/// The length of the word around the token, counted from this many bytes before it.
fn whole_word(text: &str, token: usize, before: usize) -> usize {
    let limit = text.floor_char_boundary(token + FARTHEST);
    before + text[token..limit].find(ends_word).unwrap_or(limit - token)
}

fn ends_word(character: char) -> bool {
    character.is_whitespace() || matches!(character, '"' | '\'' | ',' | '>')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PlaceState;
    use crate::stores::checks::{secrets, shown};
    use crate::stores::packages::Npm;
    use crate::testing::{TestHome, pat84};

    #[test]
    fn a_token_in_a_log_is_named_once_and_left_to_the_person() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        let key = "//pkgs.dev.azure.com/contoso/_packaging/f/npm/registry/:_authToken";
        // As npm 11 writes it.
        home.write(
            ".npm/_logs/2026-11-23T08_21_38_441Z-debug-0.log",
            format!(
                "0 verbose cli /usr/bin/node /usr/bin/npm\n7 verbose title npm config set {key}={token}\n\
                 8 verbose argv \"config\" \"set\" \"{key}={token}\"\n12 info config set \"{key}\" \"{token}\"\n"
            ),
        );
        let found = home.find(&Npm);
        assert_eq!(
            shown(&found),
            [(
                "contoso",
                Kind::Pat,
                Remedy::Manual,
                2,
                "token 1 in the log"
            )]
        );
        assert_eq!(secrets(&found), [token.as_str()]);
        assert!(
            found
                .credentials
                .iter()
                .all(|found| found.change.is_none() && found.advice.is_some())
        );
    }

    #[test]
    fn on_windows_logs_of_older_versions_lie_elsewhere() {
        let home = TestHome::of(System::Windows);
        let tokens = [pat84('C', 'A', 1), pat84('C', 'A', 2)];
        let folders = ["AppData/Local", "AppData/Roaming"];
        for (folder, token) in folders.iter().zip(&tokens) {
            home.write(&format!("{folder}/npm-cache/_logs/a.log"), token);
        }
        assert_eq!(secrets(&home.find(&Npm)), tokens.each_ref());
    }

    #[test]
    fn each_token_belongs_to_the_address_that_it_was_written_for() {
        let home = TestHome::new();
        let tokens = [1, 2, 3, 4].map(|seed| pat84('C', 'A', seed));
        let [first, second, third, fourth] = &tokens;
        home.write(
            ".npm/_logs/a.log",
            format!(
                "7 verbose title npm config set //pkgs.dev.azure.com/contoso/:_authToken={first} \
                 //pkgs.dev.azure.com/fabrikam/:_authToken={second}\n\
                 9 info config set \"//fabrikam.pkgs.visualstudio.com/:_authToken\" \"{third}\"\n\
                 10 info config set \"registry\" \"https://u:{fourth}@pkgs.dev.azure.com/contoso/f/\"\n"
            ),
        );
        let found = home.find(&Npm);
        assert_eq!(secrets(&found), tokens.each_ref());
        let organizations: Vec<_> = shown(&found).iter().map(|shown| shown.0).collect();
        assert_eq!(
            organizations,
            ["contoso", "fabrikam", "fabrikam", "contoso"]
        );
    }

    #[test]
    fn addresses_of_two_organizations_name_none() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        home.write(
            ".npm/_logs/a.log",
            format!("//pkgs.dev.azure.com/contoso/\n//pkgs.dev.azure.com/fabrikam/\n{token}\n"),
        );
        assert_eq!(shown(&home.find(&Npm))[0].0, "?");
    }

    #[test]
    fn only_the_newest_logs_are_read() {
        let home = TestHome::new();
        for n in 0..60 {
            home.write(&format!(".npm/_logs/{n:03}.log"), "");
        }
        home.write(".npm/_logs/000.txt", "");
        let found = home.find(&Npm);
        let logs = found
            .places
            .iter()
            .filter(|place| place.path.ends_with("log"));
        assert!(logs.clone().all(|place| !place.path.ends_with("009.log")));
        assert_eq!(logs.count(), NEWEST);
    }

    #[test]
    fn more_tokens_than_are_looked_at_are_said() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        home.write(".npm/_logs/a.log", format!("{token}\n").repeat(MOST + 1));
        let found = home.find(&Npm);
        assert_eq!(shown(&found).len(), 1);
        let log = found
            .places
            .iter()
            .find(|place| place.path.ends_with("a.log"));
        assert_eq!(log.map(|log| log.state), Some(PlaceState::Unreadable));
    }

    #[test]
    fn any_place_of_a_token_can_be_looked_at() {
        for text in ["", "//", "é//é", "\"//a:_b\" \"", "é 'é' ", "a\r\n"] {
            for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
                let _ = setting_before(text, at);
            }
        }
    }
}
