//! `~/.ado_orgs.cache`, where the Azure DevOps MCP server remembers the tenant of each organization.
//!
//! `{ "<organization>": { "tenantId": GUID, "refreshedOn": milliseconds since 1970 } }`
//! Source: microsoft/azure-devops-mcp, `src/org-tenants.ts`. Some forks keep tokens in the same records.

use jiff::{Timestamp, ToSpan as _};
use jsonc_parser::ast::{Object, ObjectProp, StringLit, Value};
use jsonc_parser::common::Ranged as _;

use crate::model::{Credential, Kind, OrganizationName, Remedy, Scope, TenantClaim};
use crate::stores::{About, Finder, Store};
use crate::text::{Document, json};
use crate::token;

const NAME: &str = "mcp-tenant-cache";
/// 2020-01-01 in milliseconds: the server is younger.
const OLDEST: i64 = 1_577_836_800_000;

/// The store.
#[derive(Debug)]
pub struct McpTenantCache;

impl Store for McpTenantCache {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Tenants remembered by the Azure DevOps MCP server",
            clears: "delete ~/.ado_orgs.cache; the server asks again",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let path = finder.home().join(".ado_orgs.cache");
        let Some(document) = finder.open(&path) else {
            return;
        };
        match json::object(document.as_str()) {
            Ok(None) => {}
            Ok(Some(object)) => {
                for (index, member) in object.properties.iter().enumerate() {
                    if let Some(credential) = record(&document, &object, index, member) {
                        finder.add(credential);
                    }
                }
            }
            Err(reason) => finder.add(broken(&document, finder.scope(), reason)),
        }
    }
}

fn record(
    document: &Document,
    object: &Object<'_>,
    index: usize,
    member: &ObjectProp<'_>,
) -> Option<Credential> {
    let text = document.as_str();
    let organization = OrganizationName::new(member.name.as_str());
    let fields = member.value.as_object();
    let token = token_in(&member.value);
    if token.is_none() && (organization.is_none() || fields.is_none()) {
        return None;
    }
    let tenant = fields.and_then(|fields| fields.get_string("tenantId"));
    let claim = tenant.and_then(|tenant| TenantClaim::from_guid(&tenant.value));
    let mut draft = document
        .draft(NAME, Kind::TenantCache)
        .organization(organization.clone())
        .at(member.start());
    // What is no organization's name may be anything, a secret too.
    draft = match &organization {
        Some(name) => draft.entry(name),
        None => draft.entry(format_args!("record {}", index + 1)),
    };
    if let Some(token) = token {
        draft = draft
            .value(&token.value)
            .at(token.start())
            .remedy(Remedy::Consent);
    }
    draft = match claim {
        Some(claim) => draft.tenant(organization, claim),
        None => draft.observe(|observed| {
            observed.broken = Some("the record names no tenant".into());
        }),
    };
    let refreshed = fields
        .and_then(|fields| fields.get_number("refreshedOn"))
        .and_then(|number| plausible(number.value, document.written()));
    if let Some(refreshed) = refreshed {
        draft = draft.observe(|observed| observed.written = Some(refreshed));
    }
    let cut = json::cut_member(text, object, index)?;
    Some(cut.cut_from(draft).finish())
}

/// A time that lies between the server's first version and the last write of its file.
fn plausible(milliseconds: &str, written: Option<Timestamp>) -> Option<Timestamp> {
    let whole = milliseconds.split('.').next()?.parse::<i64>().ok()?;
    let time = Timestamp::from_millisecond(whole).ok()?;
    let latest = written.and_then(|written| written.checked_add(24.hours()).ok());
    (whole >= OLDEST && latest.is_none_or(|latest| time <= latest)).then_some(time)
}

/// The first string below this value that is a token.
fn token_in<'v, 't>(value: &'v Value<'t>) -> Option<&'v StringLit<'t>> {
    match value {
        Value::StringLit(string) => {
            let token = token::open(&string.value).token;
            token.is_some().then_some(string)
        }
        Value::Object(object) => {
            let members = object.properties.iter();
            members.map(|member| &member.value).find_map(token_in)
        }
        Value::Array(array) => array.elements.iter().find_map(token_in),
        Value::NumberLit(_) | Value::BooleanLit(_) | Value::NullKeyword(_) => None,
    }
}

/// The server takes such a file for an empty one and writes it anew.
fn broken(document: &Document, scope: &Scope, reason: String) -> Credential {
    let organization = match scope.organizations.as_slice() {
        [only] => Some(only.name.clone()),
        _ => None,
    };
    let mut draft = document
        .draft(NAME, Kind::TenantCache)
        .organization(organization)
        .observe(|observed| observed.broken = Some(reason))
        .delete_file();
    let text = document.as_str();
    if let Some(sighting) = token::find_all(text).into_iter().next() {
        draft = draft
            .organization(None)
            .sighted(&sighting)
            .at(sighting.range.start)
            .remedy(Remedy::Consent);
    }
    draft.finish()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;
    use crate::stores::checks::{secrets, shown, without};
    use crate::testing::{TestHome, pat84, scope};

    const TENANT: &str = "8f1c5b0e-0000-4000-8000-00000000c0de";
    const FILE: &str = ".ado_orgs.cache";

    /// As `JSON.stringify(cache, null, 2)` writes it.
    fn record(name: &str, refreshed: i64, more: &str) -> String {
        format!(
            "  \"{name}\": {{\n    \"tenantId\": \"{TENANT}\",\n    \"refreshedOn\": {refreshed}{more}\n  }}"
        )
    }

    fn file(records: &[String]) -> String {
        format!("{{\n{}\n}}", records.join(",\n"))
    }

    #[test]
    fn only_the_record_of_the_organization_goes() {
        let home = TestHome::new();
        let [ours, theirs, last] =
            ["Contoso", "fabrikam", "northwind"].map(|name| record(name, 1_760_000_000_000, ""));
        home.write(FILE, file(&[ours, theirs.clone(), last.clone()]));
        let found = home.find(&McpTenantCache);
        assert_eq!(
            shown(&found),
            [
                (
                    "Contoso",
                    Kind::TenantCache,
                    Remedy::Automatic,
                    2,
                    "Contoso"
                ),
                (
                    "fabrikam",
                    Kind::TenantCache,
                    Remedy::Automatic,
                    6,
                    "fabrikam"
                ),
                (
                    "northwind",
                    Kind::TenantCache,
                    Remedy::Automatic,
                    10,
                    "northwind"
                ),
            ]
        );
        assert_eq!(without(&found, "Contoso"), Some(file(&[theirs, last])));
        let observed = &found.credentials[0].observed;
        assert_eq!(observed.tenants[0].claim.to_string(), TENANT);
        assert_eq!(
            observed.written.unwrap().as_millisecond(),
            1_760_000_000_000
        );
    }

    #[test]
    fn a_time_that_cannot_be_is_the_files_own() {
        let home = TestHome::new();
        for refreshed in [0, 12, 1_760_000_000, 99_000_000_000_000, i64::MAX] {
            home.write(FILE, file(&[record("contoso", refreshed, "")]));
            let found = home.find(&McpTenantCache);
            let observed = &found.credentials[0].observed;
            let written = observed.written.unwrap().as_millisecond();
            assert_ne!(written, refreshed);
            assert_eq!(observed.broken, None);
        }
    }

    #[test]
    fn a_token_in_a_record_is_seen_and_asked_about() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        let more = format!(",\n    \"auth\": {{ \"token\": \"{token}\" }}");
        home.write(FILE, file(&[record("contoso", 1, &more)]));
        let found = home.find(&McpTenantCache);
        assert_eq!(
            shown(&found),
            [("contoso", Kind::Pat, Remedy::Consent, 5, "contoso")]
        );
        assert_eq!(secrets(&found), [token]);
        assert_eq!(without(&found, "contoso").as_deref(), Some("{}"));
    }

    #[test]
    fn a_token_of_no_organization_is_never_lost() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        home.write(FILE, format!("{{\"my {token}\": [\"{token}\"], \"x\": 1}}"));
        let found = home.find(&McpTenantCache);
        assert_eq!(
            shown(&found),
            [("?", Kind::Pat, Remedy::Consent, 1, "record 1")]
        );
        assert_eq!(without(&found, "?").as_deref(), Some("{ \"x\": 1}"));
    }

    #[test]
    fn a_broken_cache_is_deleted() {
        let home = TestHome::new();
        home.write(FILE, "{\"contoso\": {\"tenantId\": ");
        let found = home.find(&McpTenantCache);
        assert_eq!(shown(&found)[0].2, Remedy::Automatic);
        assert!(found.credentials[0].observed.broken.is_some());
        assert_eq!(without(&found, "contoso"), None);
        let both = home.find_in_scope(&McpTenantCache, &scope(&["contoso", "fabrikam"]));
        assert_eq!(shown(&both)[0].0, "?");

        home.write(FILE, format!("{{\"x\": \"{}\"", pat84('C', 'A', 1)));
        let found = home.find(&McpTenantCache);
        assert_eq!(shown(&found), [("?", Kind::Pat, Remedy::Consent, 1, "")]);
    }

    #[test]
    fn nothing_is_made_of_nothing() {
        let home = TestHome::new();
        for text in ["", " \n", "{}", "{\"contoso\": 1}", "{\"not a name\": {}}"] {
            home.write(FILE, text);
            assert_eq!(shown(&home.find(&McpTenantCache)), [], "{text}");
        }
    }
}
