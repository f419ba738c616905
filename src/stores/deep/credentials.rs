//! Tokens in files of unknown syntax, as credentials.

use std::ops::Range;

use super::NAME;
use super::contents::{Hit, Told};
use crate::model::{Address, Credential, Kind, OrganizationName, Remedy, Scope};
use crate::text::{Document, UserInfo, only_organization};
use crate::token;

/// How far around a token its line is looked at, in bytes.
const LONGEST_LINE: usize = 4 * 1024;

const IN_TEXT: &str = "Nothing is known of this file's format: delete the line with an editor, or the file if nobody needs it";
const IN_HISTORY: &str = "It is in the repository's history: revoke the token; rewriting the history would not take it back from whoever has a clone";
const IN_DATA: &str =
    "A program wrote this file: have it forget the token, or delete the file if nobody needs it";

/// The tokens of a text.
///
/// Where the text is a token and nothing else, the file can go; of any other text nobody knows what a cut would do.
/// Answers also whether there are more than are listed.
pub(super) fn of_text(document: &Document, scope: &Scope) -> (Vec<Credential>, bool) {
    let text = document.as_str();
    let mut told = Told::default();
    let mut found = Vec::new();
    for sighting in token::sight(text.as_bytes()) {
        if !told.is_news(&sighting.secret) {
            continue;
        }
        let range = sighting.range.clone();
        let draft = document
            .draft(NAME, Kind::Pat)
            .organization(organization_near(text, range.clone(), scope))
            .at(range.start)
            .sighted(&sighting);
        let draft = if sighting.whole && text.get(range) == Some(text.trim()) {
            draft.remedy(Remedy::Consent).delete_file()
        } else {
            draft.remedy(Remedy::Manual).advice(IN_TEXT)
        };
        found.push(draft.finish());
    }
    (found, told.more)
}

/// The tokens of a file that is not taken apart. `document` holds none of its bytes.
pub(super) fn of_data(document: &Document, hits: Vec<Hit>) -> Vec<Credential> {
    let mut found = Vec::new();
    for hit in hits {
        let mut draft = document
            .draft(NAME, Kind::Pat)
            .organization(hit.organization)
            .value(hit.secret.expose())
            .remedy(Remedy::Manual);
        draft = match hit.line {
            Some(_) => draft.advice(IN_TEXT),
            None => draft
                .entry(format_args!("offset {}", hit.offset))
                .advice(IN_DATA),
        };
        let mut credential = draft.finish();
        credential.location.line = hit.line;
        found.push(credential);
    }
    found
}

/// A token in the history of the repository at `document`'s path. `object` is its kind and short id.
pub(super) fn of_history(document: &Document, object: &str, hit: Hit) -> Credential {
    let draft = document
        .draft(NAME, Kind::Pat)
        .organization(hit.organization)
        .value(hit.secret.expose())
        .entry(object)
        .remedy(Remedy::Manual)
        .advice(IN_HISTORY);
    let mut credential = draft.finish();
    // It is in an object of git's, whose file is nothing to look into.
    credential.path = None;
    credential
}

/// Whose a token is by what stands on its line: the address that it stands in, else the only one there.
pub(super) fn organization_near(
    text: &str,
    token: Range<usize>,
    scope: &Scope,
) -> Option<OrganizationName> {
    let start = text.floor_char_boundary(token.start.saturating_sub(LONGEST_LINE));
    let end = text.floor_char_boundary(token.end.saturating_add(LONGEST_LINE));
    let before = text.get(start..token.start)?;
    let behind = text.get(token.end..end)?;
    let line_start = before
        .rfind(['\n', '\r'])
        .map_or(start, |at| start + at + 1);
    let line_end = behind.find(['\n', '\r']).map_or(end, |at| token.end + at);
    let line = text.get(line_start..line_end)?;
    let token = token.start - line_start..token.end - line_start;
    let around = UserInfo::find_all(line)
        .into_iter()
        .find(|info| info.range.start <= token.start && token.end <= info.range.end);
    let Some(info) = around else {
        return only_organization(line);
    };
    let address = Address::parse(&info.address_in(line))?;
    let by_user = || scope.named(info.user.expose()).cloned();
    address.organization.or_else(by_user)
}
