//! Addresses with user-info, which every package manager accepts in place of its own login.

use std::ops::Range;

use crate::model::{Address, Credential, Kind, OrganizationName, Remedy, Scope};
use crate::stores::Finder;
use crate::text::{Document, Draft, UserInfo, lines, tokens_beside_addresses};
use crate::token::Sighting;

/// Starts a finding for each address of Azure DevOps in a part of the file that has a secret in its user-info.
///
/// `entry` names the setting; the address without its user-info is added where the setting holds several.
pub(in crate::stores) fn in_part<'d>(
    document: &'d Document,
    store: &'static str,
    part: Range<usize>,
    entry: &str,
    scope: &Scope,
) -> Vec<Draft<'d>> {
    let Some(searched) = document.as_str().get(part.clone()) else {
        return Vec::new();
    };
    let place = |found: Range<usize>| part.start + found.start..part.start + found.end;
    in_value(document, store, searched, place, entry, scope)
}

/// The same for a value that is written with escapes: `place` tells where a part of it stands in the file.
pub(super) fn in_value<'d>(
    document: &'d Document,
    store: &'static str,
    value: &str,
    place: impl Fn(Range<usize>) -> Range<usize>,
    entry: &str,
    scope: &Scope,
) -> Vec<Draft<'d>> {
    let several = value.matches("//").count() > 1;
    let found = UserInfo::find_all(value);
    let drafts = found.into_iter().filter_map(|info| {
        let address = info.address_in(value);
        let host = Address::parse(&address)?;
        let (secret, secret_range) = info.secret()?;
        let organization = host
            .organization
            .or_else(|| named(scope, info.user.expose()));
        let mut draft = document
            .draft(store, Kind::Password)
            .organization(organization)
            .address(&address)
            .at(place(secret_range).start)
            .value(secret.expose());
        draft = match (entry.is_empty(), several) {
            (true, _) => draft.entry(address),
            (false, true) => draft.entry(format_args!("{entry} {address}")),
            (false, false) => draft.entry(entry),
        };
        Some(draft.cut(place(info.range)))
    });
    drafts.collect()
}

/// The same line by line, for files of which only addresses matter: lists, TOML, settings with sections, JSON, YAML.
///
/// `fits` is asked about the name of the section, which is empty where there is none. It reads what its owner would refuse.
pub(super) fn in_lines<'d>(
    document: &'d Document,
    store: &'static str,
    scope: &Scope,
    fits: impl Fn(&str) -> bool,
) -> Vec<Draft<'d>> {
    let mut section = "";
    let mut found = Vec::new();
    for line in lines(document.as_str()) {
        if line.is_comment(&['#', ';']) {
            continue;
        }
        if let Some(name) = header(line.text) {
            section = name;
        } else if line.text.contains('@') && fits(section) {
            let entry = match (section, key(line.text)) {
                ("", _) => String::new(),
                (section, Some(key)) => format!("{section}.{key}"),
                (section, None) => section.to_owned(),
            };
            found.extend(in_part(document, store, line.range, &entry, scope));
        }
    }
    found
}

/// Enters what [`in_lines`] finds; the person is asked, as such files have other content.
pub(super) fn enter(finder: &mut Finder<'_>, document: &Document, fits: fn(&str) -> bool) {
    for draft in in_lines(document, finder.store(), finder.scope(), fits) {
        finder.add(draft.remedy(Remedy::Consent).finish());
    }
}

/// The tokens in a value, without those that were found in its addresses.
pub(super) fn further_tokens(value: &str, found: &[Credential]) -> Vec<Sighting> {
    let mut tokens = tokens_beside_addresses(value);
    tokens.retain(|sighting| {
        let mut secrets = found.iter().filter_map(|found| found.secret.as_ref());
        !secrets.any(|secret| secret.expose() == sighting.secret.expose())
    });
    tokens
}

/// `[name]`, `[[name]]`.
fn header(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix('[')?;
    let rest = rest.strip_prefix('[').unwrap_or(rest);
    let (name, behind) = rest.split_once(']')?;
    let name = name.trim();
    let behind = behind.trim_start_matches(']').trim_start();
    let whole = behind.is_empty() || behind.starts_with('#');
    (whole && !name.is_empty() && !name.contains("//")).then_some(name)
}

/// What stands before the first `=` of a line, where it can be the name of a setting.
fn key(line: &str) -> Option<&str> {
    let key = line.split_once('=')?.0.trim();
    let fits = |character: char| character.is_alphanumeric() || "-_.".contains(character);
    (!key.is_empty() && key.chars().all(fits)).then_some(key)
}

/// A user name that equals an organization in scope names it where the address names none.
pub(super) fn named(scope: &Scope, user: &str) -> Option<OrganizationName> {
    scope.named(user).cloned()
}

/// Whose a secret is whose slot has a name and whose address stands elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::stores) enum Owner {
    /// A feed of Azure DevOps.
    AzureDevOps(Option<OrganizationName>),
    /// A feed of another host.
    Other,
    /// No address is known for the name.
    Unknown,
}

/// What all the addresses that a name has say together; `None` is one of another host.
pub(in crate::stores) fn owner(addresses: &[Option<Address>]) -> Owner {
    let Some((first, rest)) = addresses.split_first() else {
        return Owner::Unknown;
    };
    let organization = |address: &Option<Address>| {
        address
            .as_ref()
            .and_then(|found| found.organization.clone())
    };
    if addresses.iter().all(Option::is_none) {
        return Owner::Other;
    }
    // One name for several places: the secret may be for any of them.
    let agreed = (rest.iter()).all(|address| organization(address) == organization(first));
    Owner::AzureDevOps(if agreed { organization(first) } else { None })
}
