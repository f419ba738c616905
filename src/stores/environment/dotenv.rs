//! Variables of a project: `.env` and its like, `.envrc` of direnv, `mise.toml`.

use std::path::Path;

use super::mise;
use super::script::{Grammar, Statement, Style, script, settings};
use super::sweep::{Sweep, enter};
use crate::stores::{About, Finder, Store};
use crate::text::lines;

const NAME: &str = "dotenv";

/// The store.
#[derive(Debug)]
pub struct Dotenv;

impl Store for Dotenv {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Variables of projects (.env, .envrc, mise.toml)",
            clears: "delete the line that sets the variable, then start the program again",
        }
    }

    fn project_files(&self) -> &'static [&'static str] {
        &[
            ".env*",
            "*.env",
            "mise.toml",
            ".mise.toml",
            "mise.local.toml",
            ".mise.local.toml",
        ]
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let global = finder.folders().xdg_config.join("mise/config.toml");
        let projects = finder.project_files().into_iter().map(Path::to_owned);
        for path in projects.chain([global]) {
            let Some(document) = finder.open_once(&path) else {
                continue;
            };
            let name = name_of(&path);
            let text = document.as_str();
            let statements = if has_extension(&path, "toml") {
                mise::statements(text).unwrap_or_else(|line| {
                    finder.unreadable(&path, format!("line {line} is no TOML"));
                    unparsed(text)
                })
            } else if name.starts_with(".envrc") {
                script(text, Grammar::Posix)
            } else {
                settings(text, Style::Dotenv)
            };
            let sweep = Sweep {
                document: &document,
                store: NAME,
                scope: finder.scope(),
                statements: &statements,
                only_by_hand: None,
                by_form: !is_sample(&name),
            };
            enter(finder, &path, sweep.credentials());
        }
    }
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().to_ascii_lowercase()
}

/// Whether the walk brings a file of this name to this store.
pub(super) fn is_wanted(path: &Path) -> bool {
    name_of(path).starts_with(".env") || has_extension(path, "env")
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}

/// `.env.example` and its like are shared to show the names.
fn is_sample(name: &str) -> bool {
    ["example", "sample", "template", "dist", "default", "schema"]
        .iter()
        .any(|word| name.contains(word))
}

/// The lines of a file that cannot be read as what it is: a token in it is found all the same.
fn unparsed(text: &str) -> Vec<Statement> {
    let said = lines(text).filter(|line| !line.is_comment(&['#']));
    said.map(|line| Statement {
        content: line.range.start..line.range.start + line.text.len(),
        label: "a line".to_owned(),
        assignments: Vec::new(),
        sources: Vec::new(),
    })
    .collect()
}

#[cfg(test)]
#[path = "dotenv_tests.rs"]
mod tests;
