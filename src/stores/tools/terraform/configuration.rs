//! Configurations and variables in HCL.

use std::collections::HashMap;

use super::NAME;
use crate::model::{Address, Credential, Kind, Remedy, Scope as Organizations, TenantClaim};
use crate::stores::owner::Owner;
use crate::stores::packages::{MOST, addresses};
use crate::stores::{Finder, names};
use crate::text::hcl::{Hcl, Literal, Scope};
use crate::text::{Document, Draft, is_reference, only_organization, tokens_beside_addresses};
use crate::token;

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
        settings: HashMap::new(),
    };
    for literal in &hcl.strings {
        let settings = reader.settings.entry(reader.home(literal)).or_default();
        settings.push(literal);
    }
    let mut drafts = Vec::new();
    for literal in &hcl.strings {
        if drafts.len() > MOST {
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
    owners: HashMap<usize, Owner>,
    /// The strings that stand in each block itself.
    settings: HashMap<usize, Vec<&'d Literal>>,
}

impl<'d> Reader<'d> {
    fn drafts(&mut self, literal: &Literal) -> Vec<Draft<'d>> {
        let Some(raw) = self.text.get(literal.inner.clone()) else {
            return Vec::new();
        };
        if raw.is_empty() || is_reference(raw) || names::is_placeholder(raw) {
            return Vec::new();
        }
        let mut drafts = Vec::new();
        if raw.contains("//") && raw.contains('@') {
            let (range, entry) = (literal.inner.clone(), self.entry(literal));
            drafts = addresses::in_part(self.document, NAME, range, &entry, self.scope);
        }
        if let Some(pin) = self.pin(literal, raw) {
            return vec![pin];
        }
        let value = if raw.contains('\\') {
            unescaped(raw)
        } else {
            raw.to_owned()
        };
        let is_token = token::open(&value).token.is_some();
        let is_known = is_token || self.is_addressed(literal);
        let by_form = !is_known
            && names::has_token_form(&value)
            && self.name(literal).is_some_and(names::is_for_azure_devops);
        if literal.plain && (is_known || by_form) {
            let owner = self.owner(literal);
            if owner == Owner::Elsewhere {
                return Vec::new();
            }
            let draft = self
                .draft(literal, literal.inner.start)
                .organization(owner.organization());
            let draft = draft.value(&value);
            let draft = if by_form { draft.by_form() } else { draft };
            return vec![literal.cut.clone().cut_from(draft)];
        }
        drafts.extend(self.pieces(literal, raw));
        drafts
    }

    fn draft(&self, literal: &Literal, at: usize) -> Draft<'d> {
        let draft = self.document.draft(NAME, Kind::Password).at(at);
        let entry = self.entry(literal);
        if entry.is_empty() {
            draft
        } else {
            draft.entry(entry)
        }
    }

    /// Tokens in templates, scripts and command lines.
    fn pieces(&mut self, literal: &Literal, raw: &str) -> Vec<Draft<'d>> {
        let start = literal.inner.start;
        let tokens = tokens_beside_addresses(raw);
        if tokens.is_empty() {
            return Vec::new();
        }
        let owner = self.owner(literal);
        if owner == Owner::Elsewhere {
            return Vec::new();
        }
        let drafts = tokens.into_iter().map(|sighting| {
            self.draft(literal, start + sighting.range.start)
                .organization(owner.clone().organization())
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
                let word = shortened(word);
                if words.last() != Some(&word) {
                    words.push(word);
                }
            }
        }
        let key = shortened(&literal.key);
        if !key.is_empty() && words.last() != Some(&key) {
            words.push(key);
        }
        words.join(".")
    }

    /// Whose it is: what the nearest block says that says anything.
    fn owner(&mut self, literal: &Literal) -> Owner {
        let mut next = Some(self.home(literal));
        while let Some(index) = next {
            let Some(scope) = self.hcl.scopes.get(index) else {
                break;
            };
            next = scope.above;
            let known = self.owners.get(&index).cloned();
            let owner = known.unwrap_or_else(|| self.told_by(index, scope));
            self.owners.insert(index, owner.clone());
            if owner != Owner::Unknown {
                return owner;
            }
        }
        Owner::Unknown
    }

    fn told_by(&self, index: usize, scope: &Scope) -> Owner {
        let inside = self.settings.get(&index).map_or(&[][..], Vec::as_slice);
        let settings = inside.iter().filter_map(|literal| {
            let value = self.text.get(literal.inner.clone())?;
            Some((self.name(literal)?, value))
        });
        if names::lead_to_a_server(settings) {
            return Owner::Elsewhere;
        }
        let text = self.text.get(scope.range.clone());
        Owner::named(text.and_then(only_organization))
    }

    /// The block that a string says something of: the default of a variable is a setting of the file.
    fn home(&self, literal: &Literal) -> usize {
        let block = self.hcl.scopes.get(literal.scope);
        let above = block
            .filter(|block| is_default(block, literal))
            .and_then(|block| block.above);
        above.unwrap_or(literal.scope)
    }

    /// Its own name, or that of the variable whose default it is.
    fn name<'l>(&'l self, literal: &'l Literal) -> Option<&'l str> {
        let block = self.hcl.scopes.get(literal.scope);
        match block.filter(|block| is_default(block, literal)) {
            Some(block) => block.words.get(1).map(String::as_str),
            None => Some(&literal.key),
        }
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
        let organization = self.owner(literal).organization();
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

fn is_default(block: &Scope, literal: &Literal) -> bool {
    let is_variable = matches!(block.words.as_slice(), [kind, _] if kind == "variable");
    literal.key == "default" && is_variable
}

fn is_provider(block: &Scope) -> bool {
    matches!(block.words.as_slice(), [kind, name] if kind == "provider" && name == "azuredevops")
}

/// A hostile name may be as long as its file.
fn shortened(name: &str) -> &str {
    &name[..name.floor_char_boundary(1024)]
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
