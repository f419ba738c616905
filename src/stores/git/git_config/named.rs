//! Files that settings of git name, and that may hold a secret: programs that hand a password out, and cookies.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::model::{Address, Kind, Remedy};
use crate::stores::Finder;
use crate::stores::git::configs::{Configs, is_below_home, resolve};
use crate::stores::git::stray;
use crate::text::{Document, lines};

const PROGRAM: &str = "This program hands git a password: take the token out of it with an editor";
const COOKIE: &str = "Delete this line of the cookie file, and sign in anew";

/// What a login's cookie has in its name (`FedAuth`, `AadAuthentication`, ...).
const LOGIN: &str = "auth";

/// Looks at the files that `core.askPass`, `http.cookieFile` and the variables beside them name.
pub(super) fn find(finder: &mut Finder<'_>, configs: &Configs) {
    let home = finder.home();
    let variables = ["GIT_ASKPASS", "SSH_ASKPASS"].map(|name| finder.platform().variable(name));
    let variables = variables.into_iter().flatten().map(PathBuf::from);
    let named = |section, key| {
        let values = configs.values(section, key);
        values.filter_map(|value| resolve(value, home, None))
    };
    let mut programs: Vec<PathBuf> = named("core", "askpass").chain(variables).collect();
    // What is outside of the home came with a package and holds nobody's token.
    programs.retain(|path| is_below_home(finder, path));
    for path in programs {
        if let Some(document) = finder.open_once(&path) {
            stray::enter(finder, &document, PROGRAM);
        }
    }
    let cookies: Vec<PathBuf> = named("http", "cookiefile").collect();
    for path in cookies {
        if is_below_home(finder, &path)
            && let Some(document) = finder.open_once(&path)
        {
            self::cookies(finder, &document);
        }
    }
}

/// A cookie file as curl reads it: domain, subdomains, path, secure, end, name, value; a tab between each.
fn cookies(finder: &mut Finder<'_>, document: &Document) {
    let text = document.as_str();
    for line in lines(text) {
        let content = line.text;
        let content = content.strip_prefix("#HttpOnly_").unwrap_or(content);
        let fields: Vec<&str> = content.split('\t').collect();
        let [domain, _, path, _, end, name, value] = fields.as_slice() else {
            continue;
        };
        let is_login = name.to_ascii_lowercase().contains(LOGIN) && !value.is_empty();
        let Some(address) = sent_to(domain, path).filter(|_| is_login) else {
            continue;
        };
        let end = end.parse().ok().filter(|end| *end > 0);
        let expires = end.and_then(|end| Timestamp::from_second(end).ok());
        let draft = document
            .draft(finder.store(), Kind::SessionToken)
            .listed()
            .organization(address.organization)
            .entry(format!("{name} of {domain}"))
            .at(line.range.start)
            .value(value)
            .observe(|facts| facts.expires = facts.expires.or(expires))
            .remedy(Remedy::Manual)
            .advice(COOKIE);
        finder.add(draft.finish());
    }
}

/// Where a cookie is sent; `None` for other hosts.
fn sent_to(domain: &str, path: &str) -> Option<Address> {
    let host = domain.trim_start_matches('.');
    let every_old_host = host.eq_ignore_ascii_case("visualstudio.com");
    // The first label stands for all of them.
    let host = if every_old_host {
        "www.visualstudio.com"
    } else {
        host
    };
    Address::from_parts(host, None, path)
}
