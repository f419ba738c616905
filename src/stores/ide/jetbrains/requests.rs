//! Requests of the HTTP client: the person's own files, and the log of what was sent.

use super::NAME;
use crate::model::{Kind, Remedy};
use crate::stores::Finder;
use crate::text::{Document, only_organization};
use crate::token;

/// What parts the requests of a file.
const SEPARATOR: &str = "###";
/// Findings of one file.
const MOST: usize = 1_000;

pub(super) fn read(finder: &mut Finder<'_>, document: &Document, remedy: Remedy) {
    let text = document.as_str();
    let mut start = 0;
    let mut count = 0;
    for request in text.split_inclusive(SEPARATOR) {
        let tokens = token::find_all(request);
        let organization = if tokens.is_empty() {
            None
        } else {
            only_organization(request)
        };
        for sighting in tokens {
            count += 1;
            if count > MOST {
                return;
            }
            let mut draft = document
                .draft(NAME, Kind::Password)
                .organization(organization.clone())
                .entry(format_args!("token {count} of the requests"))
                .at(start + sighting.range.start)
                .sighted(&sighting)
                .remedy(remedy);
            draft = if remedy == Remedy::Manual {
                draft.advice("Delete the folder .idea/httpRequests: the IDE makes it anew")
            } else {
                draft.cut_sighted(&sighting, start)
            };
            finder.add(draft.finish());
        }
        start += request.len();
    }
}
