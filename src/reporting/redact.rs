//! Takes out of a report what policy does not let it say.

use std::path::Path;

use rekey_report::{Evidence, EvidenceCode, Finding, Outcome, Place};

use super::settings::{ReportPaths, ReportPerson, ReportSettings};
use super::workstation::{Workstation, pseudonym};
use crate::model::unprefixed;

/// Stands for a path, or for a text with one, under `report.paths = "none"`.
pub(super) const HIDDEN: &str = "(hidden)";

/// Rewrites findings, places and outcomes as policy wants them reported.
pub(super) struct Redactor {
    paths: ReportPaths,
    person: ReportPerson,
    /// Every spelling of the home folder, the longest first.
    homes: Vec<String>,
    ignore_case: bool,
}

impl Redactor {
    pub(super) fn new(workstation: &Workstation, settings: &ReportSettings) -> Self {
        let mut homes: Vec<String> = workstation
            .homes
            .iter()
            .flat_map(|home| spellings(home))
            .collect();
        homes.sort_by_key(|home| std::cmp::Reverse(home.len()));
        homes.dedup();
        Self {
            paths: settings.paths,
            person: settings.person,
            homes,
            ignore_case: workstation.ignore_case,
        }
    }

    pub(super) fn finding(&self, finding: &Finding) -> Finding {
        let mut finding = finding.clone();
        let location = &mut finding.location;
        location.path = location.path.as_deref().map(|path| self.path(path));
        if self.paths != ReportPaths::Full {
            location.path_bytes = None;
        }
        location.entry = location.entry.as_deref().map(|entry| self.text(entry));
        location.target = location.target.as_deref().map(|target| self.text(target));
        if self.person != ReportPerson::Name {
            location.account = None;
        }
        finding.evidence = finding
            .evidence
            .into_iter()
            .map(|evidence| self.evidence(evidence))
            .collect();
        finding.advice = finding.advice.map(|advice| self.text(&advice));
        if let Some(accepted) = &mut finding.accepted {
            accepted.reason = self.text(&accepted.reason);
            accepted.by = match self.person {
                ReportPerson::Name => std::mem::take(&mut accepted.by),
                ReportPerson::Hash => pseudonym(&accepted.by),
                ReportPerson::None => HIDDEN.to_owned(),
            };
        }
        finding
    }

    pub(super) fn place(&self, place: &Place) -> Place {
        Place {
            store: place.store.clone(),
            path: self.path(&place.path),
            state: place.state,
            reason: place.reason.as_deref().map(|reason| self.text(reason)),
        }
    }

    pub(super) fn outcome(&self, outcome: &Outcome) -> Outcome {
        Outcome {
            edit: outcome.edit.clone(),
            state: outcome.state,
            reason: outcome.reason.as_deref().map(|reason| self.text(reason)),
        }
    }

    fn evidence(&self, mut evidence: Evidence) -> Evidence {
        let names_a_person = matches!(
            evidence.code,
            EvidenceCode::AcceptedAsOldIdentity | EvidenceCode::AcceptedAsCurrentIdentity
        );
        evidence.detail = if names_a_person && self.person != ReportPerson::Name {
            HIDDEN.to_owned()
        } else {
            self.text(&evidence.detail)
        };
        evidence
    }

    fn path(&self, path: &str) -> String {
        match self.paths {
            ReportPaths::None => HIDDEN.to_owned(),
            _ => self.text(path),
        }
    }

    fn text(&self, text: &str) -> String {
        match self.paths {
            ReportPaths::None if may_name_a_path(text) => HIDDEN.to_owned(),
            ReportPaths::HomeRelative => self
                .homes
                .iter()
                .fold(text.to_owned(), |text, home| self.shorten(&text, home)),
            ReportPaths::None | ReportPaths::Full => text.to_owned(),
        }
    }

    /// Writes `~` for the home, wherever it stands as whole folders.
    fn shorten(&self, text: &str, home: &str) -> String {
        // Lower case in ASCII keeps every byte's place.
        let fold = |text: &str| {
            if self.ignore_case {
                text.to_ascii_lowercase()
            } else {
                text.to_owned()
            }
        };
        let (folded, home) = (fold(text), fold(home));
        let mut shortened = String::with_capacity(text.len());
        let mut copied = 0;
        for (start, _) in folded.match_indices(&home) {
            let end = start + home.len();
            if begins_path(&text[..start]) && ends_folder(&text[end..]) {
                shortened.push_str(&text[copied..start]);
                shortened.push('~');
                copied = end;
            }
        }
        shortened.push_str(&text[copied..]);
        shortened
    }
}

/// The home as it is, and with the other separator and doubled ones, as files and messages write it.
fn spellings(home: &Path) -> Vec<String> {
    let home = home.to_string_lossy();
    let home = home.trim_end_matches(['/', '\\']);
    // A home at the root is in every path and says nothing.
    if home.len() < 2 {
        return Vec::new();
    }
    // What canonicalize() gives on Windows begins as nobody writes it.
    let mut spellings = vec![home.to_owned(), unprefixed(home).into_owned()];
    if home.contains('\\') {
        let plain = unprefixed(home);
        spellings.push(plain.replace('\\', "/"));
        spellings.push(plain.replace('\\', "\\\\"));
        spellings.push(home.replace('\\', "\\\\"));
    }
    spellings
}

/// Whether a path may begin after this text: not in the middle of another one.
fn begins_path(before: &str) -> bool {
    match before.chars().next_back() {
        None => true,
        Some('/' | '\\') => before.ends_with("://") || before.ends_with(":///"),
        Some(other) => !(other.is_alphanumeric() || matches!(other, '-' | '_' | '.' | '~')),
    }
}

/// Whether the folder's name ends before this text.
fn ends_folder(after: &str) -> bool {
    let mut characters = after.chars();
    match characters.next() {
        None => true,
        Some('.') => !characters.next().is_some_and(char::is_alphanumeric),
        Some(other) => !(other.is_alphanumeric() || matches!(other, '-' | '_')),
    }
}

/// Whether anything but an address has a separator in it.
fn may_name_a_path(text: &str) -> bool {
    let mut rest = text;
    while let Some(start) = rest.find("//") {
        let before = &rest[..start];
        let is_address = before.is_empty() || before.ends_with([':', ' ', '"', '\'']);
        if !is_address || before.ends_with("file:") || has_separator(before) {
            return true;
        }
        let after = &rest[start + 2..];
        if after.starts_with('/') {
            return true;
        }
        let end = after
            .find(|character: char| character.is_whitespace() || matches!(character, '"' | '\''))
            .unwrap_or(after.len());
        rest = &after[end..];
    }
    has_separator(rest)
}

fn has_separator(text: &str) -> bool {
    text.contains(['/', '\\'])
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use rstest::rstest;

    use super::super::testing::workstation;
    use super::*;

    fn redactor(home: &str, paths: ReportPaths) -> Redactor {
        let mut workstation = workstation();
        workstation.homes = vec![PathBuf::from(home)];
        workstation.ignore_case = home.contains('\\');
        let settings = ReportSettings {
            paths,
            ..ReportSettings::default()
        };
        Redactor::new(&workstation, &settings)
    }

    #[rstest]
    #[case("/home/dev/x", "~/x")]
    #[case("/home/dev", "~")]
    #[case("it is in /home/dev.", "it is in ~.")]
    #[case("'/home/dev/a b' and /home/dev/c", "'~/a b' and ~/c")]
    #[case("gitdir:/home/dev/x", "gitdir:~/x")]
    #[case("file:///home/dev/x", "file://~/x")]
    #[case("/home/developer/x", "/home/developer/x")]
    #[case("/home/dev.old/x", "/home/dev.old/x")]
    #[case("/home/dev-2/x", "/home/dev-2/x")]
    #[case("/backup/home/dev/x", "/backup/home/dev/x")]
    #[case("/etc/gitconfig", "/etc/gitconfig")]
    fn the_home_is_written_short_wherever_it_stands(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(
            redactor("/home/dev", ReportPaths::HomeRelative).text(text),
            shown
        );
    }

    #[rstest]
    #[case(r"C:\Users\Dev\x", r"~\x")]
    #[case(r"c:\users\dev\x", r"~\x")]
    #[case("C:/Users/Dev/x", "~/x")]
    #[case(r#""C:\\Users\\Dev\\x""#, r#""~\\x""#)]
    #[case(r"C:\Users\Developer", r"C:\Users\Developer")]
    fn a_windows_home_is_found_in_every_spelling(#[case] text: &str, #[case] shown: &str) {
        let redactor = redactor(r"C:\Users\Dev", ReportPaths::HomeRelative);
        assert_eq!(redactor.text(text), shown);
    }

    #[rstest]
    #[case(r"\\?\C:\Users\Dev", r"C:\Users\Dev\x")]
    #[case(r"\\?\C:\Users\Dev", r"\\?\C:\Users\Dev\x")]
    #[case(r"\\?\UNC\server\people\Dev", r"\\server\people\Dev\x")]
    #[case(r"\\?\UNC\server\people\Dev", r"\\?\UNC\server\people\Dev\x")]
    fn a_windows_home_whose_links_are_resolved_is_found_as_people_type_it(
        #[case] home: &str,
        #[case] text: &str,
    ) {
        let redactor = redactor(home, ReportPaths::HomeRelative);
        assert_eq!(redactor.text(text), r"~\x");
    }

    #[rstest]
    #[case("/srv/x", true)]
    #[case("type git rm --cached src/.npmrc", true)]
    #[case(r"in C:\x", true)]
    #[case("file:///srv/x", true)]
    #[case("gitdir:~/work", true)]
    #[case("a//b", true)]
    #[case("/srv/x https://dev.azure.com/contoso", true)]
    #[case("https://dev.azure.com/contoso and /srv/x", true)]
    #[case(
        "//pkgs.dev.azure.com/contoso/_packaging/f/npm/registry/:_password",
        false
    )]
    #[case("credential.https://dev.azure.com/contoso.username", false)]
    #[case("open https://dev.azure.com/contoso/_usersSettings/tokens", false)]
    #[case("2026-03", false)]
    fn without_paths_a_text_with_one_is_hidden_whole(#[case] text: &str, #[case] hidden: bool) {
        let shown = redactor("/home/dev", ReportPaths::None).text(text);
        assert_eq!(shown, if hidden { HIDDEN } else { text });
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_redacted(text in "(/home/dev|[/a.:é~ ]|\\\\PC){0,12}") {
            for paths in [ReportPaths::HomeRelative, ReportPaths::None, ReportPaths::Full] {
                let _ = redactor("/home/dev", paths).text(&text);
            }
        }
    }
}
