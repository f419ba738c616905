//! Settings of a Pulumi stack, `Pulumi.<stack>.yaml`.

use super::NAME;
use crate::model::{Credential, Kind, Remedy};
use crate::text::{Document, Line, lines, only_organization};
use crate::token;

const KEY: &str = "azuredevops:personalAccessToken";
const ADVICE: &str = "pulumi config set --secret azuredevops:personalAccessToken (with the new token on standard input)";
/// Findings of one file.
const MOST: usize = 1_000;

/// Tokens wherever they stand, and the provider's token even where Pulumi has sealed it.
pub(super) fn credentials(document: &Document) -> Vec<Credential> {
    let text = document.as_str();
    let mut found = Vec::new();
    let mut lines = lines(text).peekable();
    while let Some(line) = lines.next() {
        let Some(value) = value(&line) else {
            found.extend(tokens(document, &line));
            continue;
        };
        let draft = document
            .draft(NAME, Kind::Password)
            .organization(only_organization(text))
            .entry(KEY)
            .at(line.range.start)
            .remedy(Remedy::Manual)
            .advice(ADVICE);
        let sealed = value.is_empty() && lines.peek().is_some_and(|next| is_sealed(next.text));
        if sealed {
            found.push(draft.finish());
        } else if !value.is_empty() {
            found.push(draft.value(value).finish());
        }
        if found.len() >= MOST {
            break;
        }
    }
    found
}

/// The value of the provider's token, where the line sets it.
fn value<'t>(line: &Line<'t>) -> Option<&'t str> {
    let quotes = ['"', '\''];
    let content = line.text.trim();
    let rest = content.trim_start_matches(quotes).strip_prefix(KEY)?;
    let value = rest
        .trim_start_matches(quotes)
        .trim_start()
        .strip_prefix(':')?;
    let value = value.split(" #").next().unwrap_or_default();
    Some(value.trim().trim_matches(quotes))
}

fn is_sealed(line: &str) -> bool {
    line.trim_start().starts_with("secure:")
}

fn tokens(document: &Document, line: &Line<'_>) -> Vec<Credential> {
    let content = line.text.trim_start();
    if content.starts_with('#') {
        return Vec::new();
    }
    let key = content.rsplit_once(": ").map_or("", |(key, _)| key);
    let offset = line.range.start;
    let found = token::find_all(line.text).into_iter().map(|sighting| {
        document
            .draft(NAME, Kind::Password)
            .entry(key)
            .at(offset + sighting.range.start)
            .sighted(&sighting)
            .remedy(Remedy::Manual)
            .finish()
    });
    found.collect()
}
