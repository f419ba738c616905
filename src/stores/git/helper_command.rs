//! The value of `credential.helper`: which program it names, and with which options (gitcredentials(7)).

use crate::model::HelperKind;

/// One setting of a helper, taken apart as far as that is sure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HelperCommand {
    /// What it is.
    pub kind: HelperKind,
    /// The program and what follows it, out of quotes.
    pub words: Vec<String>,
    /// Only a shell could tell what it means, so it is not run as it stands.
    pub needs_shell: bool,
}

impl HelperCommand {
    /// Reads a value.
    pub fn parse(value: &str) -> Self {
        let value = value.trim();
        let (words, _) = words(value.trim_start_matches('!'));
        // The home is all that a shell puts in its place here too.
        let without_home = value.replace("${HOME}/", "/").replace("$HOME/", "/");
        let (_, needs_shell) = self::words(&without_home);
        let kind = if value.is_empty() {
            HelperKind::None
        } else if value.starts_with('!') {
            HelperKind::Inline
        } else {
            words
                .first()
                .map_or(HelperKind::Other, |program| kind_of(program))
        };
        Self {
            kind,
            words,
            needs_shell,
        }
    }

    /// The helper's name or program, without what follows; `None` for a command of the shell.
    pub fn name(&self) -> Option<&str> {
        let named = !matches!(self.kind, HelperKind::Inline | HelperKind::None);
        self.words.first().filter(|_| named).map(String::as_str)
    }

    /// Whether the helper is named, so that git finds it, and not by a path.
    pub fn is_named(&self) -> bool {
        self.name().is_some_and(|name| !name.contains(['/', '\\']))
    }

    /// The value of an option such as `--file`, as it stands there or after the `=`.
    pub fn option(&self, name: &str) -> Option<&str> {
        let mut words = self.words.iter();
        let value = words.find_map(|word| match word.strip_prefix(name) {
            Some("") => Some(None),
            Some(rest) => rest.strip_prefix('=').map(Some),
            None => None,
        })?;
        value.or_else(|| words.next().map(String::as_str))
    }
}

/// A path in an option with what a shell puts for the home.
pub(super) fn below_home(path: &str) -> String {
    let below = ["$HOME/", "${HOME}/"]
        .iter()
        .find_map(|home| path.strip_prefix(home));
    match below {
        Some(rest) => format!("~/{rest}"),
        None => path.to_owned(),
    }
}

/// What a program is, by its name.
pub(super) fn kind_of(program: &str) -> HelperKind {
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.strip_suffix(".exe").unwrap_or(name);
    let name = name.strip_prefix("git-").unwrap_or(name);
    match name.strip_prefix("credential-").unwrap_or(name) {
        "store" => HelperKind::Store,
        "cache" => HelperKind::Cache,
        "libsecret" => HelperKind::Libsecret,
        "osxkeychain" => HelperKind::Osxkeychain,
        "wincred" => HelperKind::Wincred,
        "manager" | "manager-core" => HelperKind::Manager,
        _ => HelperKind::Other,
    }
}

/// Words as a shell splits them, as far as plain settings need it, and whether it would do more than that.
fn words(text: &str) -> (Vec<String>, bool) {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut needs_shell = false;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(characters.next()),
            (None, _) if character.is_whitespace() => words.extend(word.take()),
            _ => {
                needs_shell |= match quote {
                    Some('"') => matches!(character, '$' | '`'),
                    Some(_) => false,
                    None => "$`;&|<>()*?[#\n".contains(character),
                };
                word.get_or_insert_default().push(character);
            }
        }
    }
    words.extend(word);
    (words, needs_shell || quote.is_some())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_helper_is_known_by_its_name() {
        for (value, kind) in [
            ("store", HelperKind::Store),
            ("store --file ~/x", HelperKind::Store),
            ("cache --timeout=3600", HelperKind::Cache),
            (
                "/usr/share/doc/git/contrib/credential/libsecret/git-credential-libsecret",
                HelperKind::Libsecret,
            ),
            (
                "/usr/libexec/git-core/git-credential-libsecret",
                HelperKind::Libsecret,
            ),
            ("osxkeychain", HelperKind::Osxkeychain),
            ("wincred", HelperKind::Wincred),
            ("manager", HelperKind::Manager),
            ("manager-core", HelperKind::Manager),
            (
                r"C:/Program\ Files/Git/mingw64/bin/git-credential-manager.exe",
                HelperKind::Manager,
            ),
            ("!f() { echo password=x; }; f", HelperKind::Inline),
            ("!git credential-store", HelperKind::Inline),
            ("", HelperKind::None),
            ("oauth", HelperKind::Other),
            ("storefront", HelperKind::Other),
        ] {
            assert_eq!(HelperCommand::parse(value).kind, kind, "{value}");
        }
    }

    #[test]
    fn a_command_of_the_shell_has_no_name_that_could_be_shown() {
        assert_eq!(HelperCommand::parse("!echo password=x").name(), None);
        assert_eq!(
            HelperCommand::parse("oauth --token x").name(),
            Some("oauth")
        );
        assert!(!HelperCommand::parse("/opt/h --token x").is_named());
    }

    #[test]
    fn what_only_a_shell_understands_is_said() {
        for (value, needs_shell) in [
            ("store --file ~/x", false),
            ("store --file '/a $b'", false),
            (r#"store --file "/a b""#, false),
            (r#"store --file "$HOME/x""#, false),
            ("store --file ${HOME}/x", false),
            (r#"store --file "$OTHER/x""#, true),
            ("store; rm x", true),
            ("store --file `pwd`", true),
            ("store --file 'open", true),
        ] {
            assert_eq!(
                HelperCommand::parse(value).needs_shell,
                needs_shell,
                "{value}"
            );
        }
    }

    #[test]
    fn options_are_read_in_both_forms() {
        for value in [
            "cache --socket=/s --timeout 9",
            "cache --timeout=9 --socket /s",
        ] {
            let command = HelperCommand::parse(value);
            assert_eq!(command.option("--socket"), Some("/s"));
            assert_eq!(command.option("--timeout"), Some("9"));
            assert_eq!(command.option("--file"), None);
        }
        assert_eq!(HelperCommand::parse("store --file").option("--file"), None);
        assert_eq!(below_home("${HOME}/x"), "~/x");
    }

    proptest! {
        #[test]
        fn any_value_is_read(value in "(!| |'|\"|\\\\|store|--file|=|\\$|é){0,9}") {
            let command = HelperCommand::parse(&value);
            let _ = (command.name(), command.option("--file"));
        }
    }
}
