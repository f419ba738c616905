//! Configurations and variables in HCL.

use std::collections::HashMap;

use super::NAME;
use crate::model::{
    Address, Credential, Kind, OrganizationName, Remedy, Scope as Organizations, TenantClaim,
};
use crate::stores::packages::addresses;
use crate::stores::{Finder, names};
use crate::text::hcl::{Hcl, Literal, Scope};
use crate::text::{Document, Draft, is_reference, is_token_like, only_organization};
use crate::token;

/// Findings of one file; each costs a look at what is around it.
const MOST: usize = 1_000;

/// What the provider takes for secrets of Azure DevOps itself.
const OF_PROVIDER: &[&str] = &["personal_access_token", "oidc_token"];

pub(super) fn credentials(finder: &mut Finder<'_>, document: &Document) -> Vec<Credential> {
    let hcl = Hcl::parse(document.as_str());
    if let Some(offset) = hcl.broken {
        let line = document.text().line(offset);
        let reason = format!("line {line} is no Terraform configuration");
        finder.unreadable(document.path(), reason);
    }
    let mut reader = Reader {
        document,
        text: document.as_str(),
        hcl: &hcl,
        scope: finder.scope(),
        owners: HashMap::new(),
    };
    let mut drafts = Vec::new();
    for literal in &hcl.strings {
        if drafts.len() >= MOST {
            break;
        }
        drafts.extend(reader.drafts(literal));
    }
    let drafts = drafts.into_iter();
    drafts
        .map(|draft| draft.remedy(Remedy::Consent).finish())
        .collect()
}

struct Reader<'d> {
    document: &'d Document,
    text: &'d str,
    hcl: &'d Hcl,
    scope: &'d Organizations,
    /// What each block names, by where it begins.
    owners: HashMap<usize, Option<OrganizationName>>,
}

impl<'d> Reader<'d> {
    fn drafts(&mut self, literal: &Literal) -> Vec<Draft<'d>> {
        let Some(raw) = self.text.get(literal.inner.clone()) else {
            return Vec::new();
        };
        if raw.is_empty() || is_reference(raw) || names::is_placeholder(raw) {
            return Vec::new();
        }
        let entry = self.entry(literal);
        if raw.contains("//") {
            let range = literal.inner.clone();
            let drafts = addresses::in_part(self.document, NAME, range, &entry, self.scope);
            if !drafts.is_empty() {
                return drafts;
            }
        }
        if let Some(pin) = self.pin(literal, raw) {
            return vec![pin];
        }
        let value = if raw.contains('\\') {
            unescaped(raw)
        } else {
            raw.to_owned()
        };
        if self.leads_elsewhere(literal) {
            return Vec::new();
        }
        let is_token = token::open(&value).token.is_some();
        let by_form = is_token_like(&value) && self.is_named(literal);
        if literal.plain && (is_token || by_form || self.is_addressed(literal)) {
            let draft = self
                .draft(&entry, literal.inner.start)
                .organization(self.owner(literal))
                .value(&value);
            return vec![literal.cut.clone().cut_from(draft)];
        }
        self.pieces(literal, raw, &entry)
    }

    fn draft(&self, entry: &str, at: usize) -> Draft<'d> {
        let draft = self.document.draft(NAME, Kind::Password).at(at);
        if entry.is_empty() {
            draft
        } else {
            draft.entry(entry)
        }
    }

    /// Tokens in templates, scripts and command lines.
    fn pieces(&mut self, literal: &Literal, raw: &str, entry: &str) -> Vec<Draft<'d>> {
        let start = literal.inner.start;
        let tokens = token::find_all(raw).into_iter();
        let drafts = tokens.map(|sighting| {
            self.draft(entry, start + sighting.range.start)
                .organization(self.owner(literal))
                .sighted(&sighting)
                .cut_sighted(&sighting, start)
        });
        drafts.collect()
    }

    /// The block's words and the attribute's name: `provider.azuredevops.personal_access_token`.
    fn entry(&self, literal: &Literal) -> String {
        let scopes: Vec<_> = self.hcl.around(literal.scope).collect();
        let mut words: Vec<&str> = Vec::new();
        for scope in scopes.into_iter().rev() {
            for word in &scope.words {
                if words.last() != Some(&word.as_str()) {
                    words.push(word);
                }
            }
        }
        if !literal.key.is_empty() && words.last() != Some(&literal.key.as_str()) {
            words.push(&literal.key);
        }
        words.join(".")
    }

    /// Whose it is: what the nearest block with an address names.
    fn owner(&mut self, literal: &Literal) -> Option<OrganizationName> {
        let text = self.text;
        let mut around = self.hcl.around(literal.scope);
        around.find_map(|scope| {
            let named = || text.get(scope.range.clone()).and_then(only_organization);
            self.owners
                .entry(scope.range.start)
                .or_insert_with(named)
                .clone()
        })
    }

    /// The provider beside it talks to a server on the premises.
    fn leads_elsewhere(&self, literal: &Literal) -> bool {
        let block = self.hcl.scopes.get(literal.scope);
        if !block.is_some_and(is_provider) {
            return false;
        }
        let mut addresses = self
            .hcl
            .strings
            .iter()
            .filter(|other| other.scope == literal.scope && other.key == "org_service_url")
            .filter_map(|other| self.text.get(other.inner.clone()));
        addresses.any(|address| address.starts_with("http") && Address::parse(address).is_none())
    }

    /// Its own name, or that of the variable whose default it is, is for Azure DevOps alone.
    fn is_named(&self, literal: &Literal) -> bool {
        let block = self.hcl.scopes.get(literal.scope);
        let variable = block
            .filter(|_| literal.key == "default")
            .and_then(|block| {
                let [kind, name] = block.words.as_slice() else {
                    return None;
                };
                (kind == "variable").then_some(name)
            });
        names::is_for_azure_devops(variable.unwrap_or(&literal.key))
    }

    /// It stands where only a secret of Azure DevOps does.
    fn is_addressed(&self, literal: &Literal) -> bool {
        let Some(block) = self.hcl.scopes.get(literal.scope) else {
            return false;
        };
        match block.words.as_slice() {
            [kind, host] if kind == "credentials" => {
                literal.key == "token" && Address::parse(host).is_some()
            }
            _ => is_provider(block) && OF_PROVIDER.contains(&literal.key.as_str()),
        }
    }

    /// The tenant that the provider signs in to.
    fn pin(&mut self, literal: &Literal, raw: &str) -> Option<Draft<'d>> {
        let block = self.hcl.scopes.get(literal.scope)?;
        if literal.key != "tenant_id" || !is_provider(block) {
            return None;
        }
        let claim = TenantClaim::from_guid(raw)?;
        let organization = self.owner(literal);
        let mut draft = self
            .document
            .draft(NAME, Kind::PinnedTenant)
            .organization(organization.clone())
            .entry(self.entry(literal))
            .at(literal.inner.start)
            .advice("Set tenant_id to the tenant of the organization");
        // With no organization beside it, it may be another's tenant, and right.
        if organization.is_some() {
            draft = draft.tenant(organization, claim);
        }
        Some(literal.cut.clone().cut_from(draft))
    }
}

fn is_provider(block: &Scope) -> bool {
    matches!(block.words.as_slice(), [kind, name] if kind == "provider" && name == "azuredevops")
}

/// The escapes that a secret may need; others stay as they are.
fn unescaped(raw: &str) -> String {
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw.chars();
    while let Some(next) = rest.next() {
        match next {
            '\\' => match rest.clone().next() {
                Some(escaped @ ('"' | '\\')) => {
                    value.push(escaped);
                    rest.next();
                }
                _ => value.push(next),
            },
            _ => value.push(next),
        }
    }
    value
}
