//! What shells read when they start: `~/.bashrc`, `~/.zshrc`, fish, PowerShell and Nushell, and the files that these read.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::dotenv;
use super::plist::property_list;
use super::profiles::{Form, profiles};
use super::script::{Grammar, Statement, script, universal_variables};
use super::sweep::{Sweep, enter};
use crate::stores::folders::moved;
use crate::stores::{About, Finder, Store};
use crate::text::Document;

const NAME: &str = "shell-profile";

/// What the person does with an agent of launchd.
const AGENT: &str = "Take the variable out of this file with an editor, then sign out and in again";

/// The store.
#[derive(Debug)]
pub struct ShellProfile;

impl Store for ShellProfile {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Shell profiles",
            clears: "delete the line that sets the variable, then open a new terminal",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        for (document, form) in read_all(finder, &mut |finder, path| finder.open_once(path)) {
            let statements = match statements(&document, form) {
                Ok(statements) => statements,
                Err(reason) => {
                    finder.unreadable(document.path(), reason);
                    continue;
                }
            };
            let sweep = Sweep {
                document: &document,
                store: NAME,
                scope: finder.scope(),
                statements: &statements,
                only_by_hand: (form == Form::Agent).then_some(AGENT),
                by_form: true,
            };
            enter(finder, document.path(), sweep.credentials());
        }
    }
}

/// What a profile says.
///
/// # Errors
/// Why it cannot be read as what it is.
pub(super) fn statements(document: &Document, form: Form) -> Result<Vec<Statement>, &'static str> {
    let text = document.as_str();
    match form {
        Form::Script(grammar) => Ok(script(text, grammar)),
        Form::Universal => Ok(universal_variables(text)),
        Form::Agent => property_list(document.bytes(), text),
    }
}

/// How far files that read other files are followed.
const DEEPEST: usize = 5;
/// How many files that others read are looked at.
const MOST: usize = 100;

/// Every profile, and what they read in turn, each once.
pub(super) fn read_all<'a>(
    finder: &mut Finder<'a>,
    open: &mut dyn FnMut(&mut Finder<'a>, &Path) -> Option<Document>,
) -> Vec<(Document, Form)> {
    let mut wanted: Vec<(PathBuf, Form, usize)> = profiles(finder)
        .into_iter()
        .map(|(path, form)| (path, form, 0))
        .collect();
    wanted.reverse();
    let mut seen = HashSet::new();
    let mut followed = 0;
    let mut read = Vec::new();
    while let Some((path, form, depth)) = wanted.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let Some(document) = open(finder, &path) else {
            continue;
        };
        if let Form::Script(grammar) = form
            && depth < DEEPEST
            && document.as_str().contains(['.', 's'])
        {
            for source in sources(finder, &document, grammar) {
                if followed < MOST {
                    followed += 1;
                    let form = Form::of(&source).unwrap_or(form);
                    wanted.push((source, form, depth + 1));
                }
            }
        }
        read.push((document, form));
    }
    read
}

/// The files below the home that a script reads by a path that can be told.
fn sources(finder: &Finder<'_>, document: &Document, grammar: Grammar) -> Vec<PathBuf> {
    let statements = script(document.as_str(), grammar);
    let named = statements.iter().flat_map(|statement| &statement.sources);
    let paths = named.filter_map(|source| resolve(finder, source, grammar));
    // The store of project files finds those everywhere.
    let own = paths.filter(|path| !dotenv::is_wanted(path) && path.is_file());
    own.collect()
}

fn resolve(finder: &Finder<'_>, source: &str, grammar: Grammar) -> Option<PathBuf> {
    let home = finder.home();
    let source = match grammar {
        Grammar::PowerShell => source.replace('\\', "/"),
        _ => source.to_owned(),
    };
    let zsh = moved(finder, "ZDOTDIR").unwrap_or_else(|| home.to_owned());
    let begins = [
        ("~/", home),
        ("${ZDOTDIR:-$HOME}/", &zsh),
        ("${ZDOTDIR:-~}/", &zsh),
        ("$ZDOTDIR/", &zsh),
        ("${ZDOTDIR}/", &zsh),
        ("$HOME/", home),
        ("${HOME}/", home),
        ("$env:HOME/", home),
        ("$env:USERPROFILE/", home),
        ("./", home),
    ];
    let begun = begins
        .iter()
        .find_map(|(begin, folder)| Some(folder.join(source.strip_prefix(begin)?)));
    // Shells start in the home; an absolute path stays what it is.
    let path = begun.unwrap_or_else(|| home.join(&source));
    // The home itself may have any of these in its name, as short names of Windows do.
    let below = path.strip_prefix(home).ok()?;
    let told = !below
        .to_string_lossy()
        .contains(['$', '*', '?', '`', '(', '~']);
    let plain = below
        .components()
        .all(|part| !matches!(part, std::path::Component::ParentDir));
    (told && plain).then_some(path)
}

#[cfg(test)]
#[path = "shell_profile_tests.rs"]
mod tests;
