//! Addresses with user-info, which every package manager accepts in place of its own login.

use std::ops::Range;

use crate::model::{Address, Kind, OrganizationName, Scope};
use crate::text::{Document, Draft, UserInfo};

/// Starts a finding for each address of Azure DevOps in a part of the file that has a secret in its user-info.
///
/// `entry` names the setting; the address without its user-info is added where the setting holds several.
pub(super) fn in_part<'d>(
    document: &'d Document,
    store: &'static str,
    part: Range<usize>,
    entry: &str,
    scope: &Scope,
) -> Vec<Draft<'d>> {
    let text = document.as_str();
    let Some(searched) = text.get(part.clone()) else {
        return Vec::new();
    };
    let several = searched.matches("//").count() > 1;
    let found = UserInfo::find_all(searched);
    let drafts = found.into_iter().filter_map(|info| {
        let address = info.address_in(searched);
        let host = Address::parse(&address)?;
        let (secret, secret_range) = info.secret()?;
        let organization = host
            .organization
            .or_else(|| named(scope, info.user.expose()));
        let start = part.start;
        let mut draft = document
            .draft(store, Kind::Password)
            .organization(organization)
            .at(start + secret_range.start)
            .value(secret.expose());
        draft = match (entry.is_empty(), several) {
            (true, _) => draft.entry(address),
            (false, true) => draft.entry(format_args!("{entry} {address}")),
            (false, false) => draft.entry(entry),
        };
        Some(draft.cut(start + info.range.start..start + info.range.end))
    });
    drafts.collect()
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
