//! Requests of the HTTP client: the person's own files, and the log of what was sent.

use super::NAME;
use crate::model::{Address, Kind, Remedy};
use crate::stores::Finder;
use crate::stores::packages::{MOST, too_many};
use crate::text::{Document, lines, only_organization, tokens};

/// What parts the requests of a file.
const SEPARATOR: &str = "###";

pub(super) fn read(finder: &mut Finder<'_>, document: &Document, remedy: Remedy) {
    let text = document.as_str();
    let mut start = 0;
    let mut count = 0;
    for request in text.split_inclusive(SEPARATOR) {
        let tokens = if is_for_another_host(request) {
            Vec::new()
        } else {
            tokens(request)
        };
        let organization = if tokens.is_empty() {
            None
        } else {
            only_organization(request)
        };
        for sighting in tokens {
            count += 1;
            if count > MOST {
                return finder.unreadable(document.path(), too_many());
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

/// Whether a request names its host, and that is none of Azure DevOps: `GET https://tfs.contoso.com/tfs/_apis`.
fn is_for_another_host(request: &str) -> bool {
    let mut targets = lines(request).filter_map(|line| {
        let line = line.text.trim_start();
        let target = match line.split_once(' ') {
            Some((method, rest)) if method.bytes().all(|byte| byte.is_ascii_uppercase()) => rest,
            _ => line,
        };
        let target = target.trim_start();
        target
            .starts_with("http")
            .then(|| target.split(' ').next())?
    });
    let target = targets.find(|target| target.contains("://"));
    target.is_some_and(|target| !target.contains("{{") && Address::parse(target).is_none())
}
