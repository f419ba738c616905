//! Caches of the Microsoft Authentication Library, which Azure's tools share: only their access tokens for Azure DevOps.
//!
//! `{"AccessToken": {KEY: {"secret", "target", "realm", "home_account_id", "expires_on"}}, "RefreshToken", "IdToken",
//! "Account", "AppMetadata"}`, the same in every language. Refresh tokens serve all of Azure and are never handled singly.
//! Source: AzureAD/microsoft-authentication-library-for-python, `msal/token_cache.py`.

use jiff::Timestamp;
use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged as _;
use uuid::{Uuid, uuid};

use crate::model::{
    Credential, Kind, OrganizationName, PlaceState, Remedy, Scope, Tenant, TenantClaim,
};
use crate::stores::Finder;
use crate::stores::git::stray;
use crate::stores::packages::{MOST, too_many};
use crate::text::{Document, json};
use crate::token;

/// The tenants that stand for "a personal Microsoft account": where they live, and where they get tokens.
const MICROSOFT_ACCOUNTS: [Uuid; 2] = [
    uuid!("9188040d-6c67-4c5b-b112-36a304b66dad"),
    uuid!("f8cdef31-a31e-4b4a-93e4-5f571e91255a"),
];

/// An access token as a cache holds it.
pub(super) struct Cached<'c> {
    /// The token; that of a personal account may be opaque.
    pub(super) value: &'c str,
    /// Where it stands in the text.
    pub(super) offset: usize,
    /// What the record says that it is for: scopes or a resource.
    pub(super) target: &'c str,
    /// The tenant that the record names.
    pub(super) tenant: Option<TenantClaim>,
    /// When the record says that it ends.
    pub(super) expires: Option<Timestamp>,
    /// The account's own tenant is that of personal accounts.
    pub(super) personal: bool,
    /// Its owner still reads this file, and gets a new token by itself when this one has ended.
    pub(super) renewed: bool,
}

impl Cached<'_> {
    /// The credential, where the token is one for Azure DevOps.
    ///
    /// It belongs to no organization but to a tenant. That of an organization in scope makes it current, ended or not,
    /// for its owner renews it. Any other tenant may be that of the old days or that of somebody else's organization.
    pub(super) fn credential(
        &self,
        document: &Document,
        store: &'static str,
        scope: &Scope,
        how: &str,
    ) -> Option<Credential> {
        let opened = token::open(self.value);
        let meant = || self.target.split(' ').any(token::is_azure_devops);
        if self.value.is_empty() || opened.token.is_none() && !meant() {
            return None;
        }
        let known = opened.token.as_ref();
        let tenant = known.and_then(|token| token.tenant);
        let claim = tenant.map(TenantClaim::Entra).or(self.tenant).map(unset);
        let organization = claim.and_then(|claim| backed_by(scope, claim));
        let kind = known.map_or(Kind::AccessToken, token::Token::kind);
        let advice = if self.personal {
            format!("It is of a personal Microsoft account. {how}")
        } else {
            how.to_owned()
        };
        let mut draft = document
            .draft(store, kind)
            .organization(organization.clone())
            // What else the file names are other accounts.
            .listed()
            .at(self.offset)
            .secret(opened.secret.clone())
            .remedy(Remedy::Manual)
            .advice(advice);
        draft = match claim {
            Some(claim) => draft
                .entry(format_args!("access token of {claim}"))
                .tenant(organization.clone(), claim),
            None => draft.entry("access token"),
        };
        if organization.is_none() || !self.renewed {
            let ends = known.and_then(|token| token.expires).or(self.expires);
            draft = draft.observe(|observed| observed.expires = ends);
        }
        Some(draft.finish())
    }
}

/// An organization in scope that this tenant backs.
fn backed_by(scope: &Scope, claim: TenantClaim) -> Option<OrganizationName> {
    let backed =
        scope
            .organizations
            .iter()
            .find(|organization| match (organization.tenant, claim) {
                (Some(Tenant::Entra(tenant)), TenantClaim::Entra(claimed)) => tenant == claimed,
                (Some(Tenant::MicrosoftAccount), TenantClaim::Unset) => true,
                _ => false,
            });
    backed.map(|organization| organization.name.clone())
}

/// The tenants of personal accounts are no tenant of an organization.
fn unset(claim: TenantClaim) -> TenantClaim {
    match claim {
        TenantClaim::Entra(tenant) if MICROSOFT_ACCOUNTS.contains(&tenant) => TenantClaim::Unset,
        other => other,
    }
}

/// Looks through one cache. `how` tells the person how its owner is signed in anew.
pub(super) fn look_at(finder: &mut Finder<'_>, document: &Document, how: &str) {
    let path = document.path();
    if document.is_sealed() {
        let reason =
            "Windows sealed it for the tool that wrote it, so what it holds cannot be told";
        return finder.place(path, PlaceState::Skipped, Some(reason.into()));
    }
    let object = match json::object(document.as_str()) {
        Ok(object) => object,
        Err(reason) => {
            finder.unreadable(path, reason);
            return stray::enter(finder, document, how);
        }
    };
    let tokens = object
        .as_ref()
        .and_then(|object| object.get_object("AccessToken"));
    let Some(tokens) = tokens else { return };
    if tokens.properties.len() > MOST {
        finder.unreadable(path, too_many());
    }
    for member in tokens.properties.iter().take(MOST) {
        let record = member.value.as_object();
        let cached = record.and_then(|record| cached(record));
        let credential = cached
            .and_then(|cached| cached.credential(document, finder.store(), finder.scope(), how));
        if let Some(credential) = credential {
            finder.add(credential);
        }
    }
}

fn cached<'c>(record: &'c Object<'_>) -> Option<Cached<'c>> {
    let text = |name| json::string(record, name).unwrap_or_default();
    let secret = record.get_string("secret")?;
    let home = text("home_account_id").rsplit('.').next();
    let home = home.and_then(TenantClaim::from_guid);
    Some(Cached {
        value: &secret.value,
        offset: secret.start(),
        target: text("target"),
        tenant: TenantClaim::from_guid(text("realm")),
        expires: record
            .get("expires_on")
            .and_then(|member| seconds(&member.value)),
        personal: home.map(unset) == Some(TenantClaim::Unset),
        renewed: true,
    })
}

/// Seconds since 1970, which libraries write as a number or as a string.
fn seconds(value: &Value<'_>) -> Option<Timestamp> {
    let digits = match value {
        Value::StringLit(string) => &string.value,
        Value::NumberLit(number) => number.value,
        _ => return None,
    };
    let whole = digits.split('.').next()?.parse().ok()?;
    Timestamp::from_second(whole).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;
    use crate::judge::{Known, Pats, evidence, judge};
    use crate::model::{Organization, Verdict};
    use crate::stores::Found;
    use crate::stores::checks::{secrets, shown};
    use crate::stores::tools::{AzureCli, MsalCache};
    use crate::testing::{TestHome, entra_jwt, jwt, pat84, scope, sealed};

    const NEW: &str = "22222222-0000-4000-8000-000000000002";
    const OLD: &str = "11111111-0000-4000-8000-000000000001";
    const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
    const FILE: &str = ".azure/msal_token_cache.json";
    const NOW: &str = "2026-12-01T00:00:00Z";
    const DEVOPS: &str = "499b84ac-1321-427f-aa17-267ca6975798/.default";

    fn in_tenant(tenant: &str) -> Scope {
        let organization = Organization {
            tenant: Some(tenant.parse().unwrap()),
            ..scope(&["contoso"]).organizations[0].clone()
        };
        Scope {
            organizations: vec![organization],
        }
    }

    fn seconds_of(time: &str) -> i64 {
        time.parse::<Timestamp>().unwrap().as_second()
    }

    fn living(tenant: &str) -> String {
        entra_jwt(tenant, seconds_of(NOW) + 600)
    }

    fn ended(tenant: &str) -> String {
        entra_jwt(tenant, seconds_of(NOW) - 600)
    }

    /// As MSAL for Python writes a record, within its section.
    fn record(token: &str, home: &str, realm: &str, target: &str) -> String {
        format!(
            "        \"oid.{home}-login.microsoftonline.com-accesstoken-04b07795-{realm}-{target}\": {{\n            \
             \"credential_type\": \"AccessToken\",\n            \"secret\": \"{token}\",\n            \
             \"home_account_id\": \"oid.{home}\",\n            \"environment\": \"login.microsoftonline.com\",\n            \
             \"client_id\": \"04b07795-8ddb-461a-bbee-02f9e1bf7b46\",\n            \"target\": \"{target}\",\n            \
             \"realm\": \"{realm}\",\n            \"token_type\": \"Bearer\",\n            \"cached_at\": \"1764546000\",\n            \
             \"expires_on\": \"1764549600\",\n            \"extended_expires_on\": \"1764549600\"\n        }}"
        )
    }

    fn cache(records: &[String]) -> String {
        format!(
            "{{\n    \"AccessToken\": {{\n{}\n    }},\n    \"RefreshToken\": {{\n        \"k\": {{\n            \
             \"secret\": \"0.opaque\"\n        }}\n    }}\n}}",
            records.join(",\n")
        )
    }

    fn verdicts(found: &Found, scope: &Scope) -> Vec<Verdict> {
        let now = NOW.parse().unwrap();
        let credentials = found.credentials.iter();
        let evidence = credentials.map(|one| evidence(one, scope, &Known::default(), now));
        evidence
            .map(|evidence| judge(&evidence, Pats::Regenerate))
            .collect()
    }

    #[test]
    fn tokens_are_judged_by_their_tenant_and_only_foreign_ones_by_their_end() {
        let home = TestHome::new();
        for (token, tenant, whose, verdict) in [
            (living(NEW), NEW, "contoso", Verdict::Current),
            (ended(NEW), NEW, "contoso", Verdict::Current),
            (living(OLD), NEW, "?", Verdict::Unsure),
            (ended(OLD), NEW, "?", Verdict::Stale),
            (ended(PERSONAL), NEW, "?", Verdict::Stale),
            (
                ended(PERSONAL),
                "microsoft-account",
                "contoso",
                Verdict::Current,
            ),
        ] {
            let scope = in_tenant(tenant);
            home.write(FILE, cache(&[record(&token, OLD, OLD, DEVOPS)]));
            let found = home.find_in_scope(&AzureCli, &scope);
            let shown = shown(&found);
            assert_eq!(
                (shown[0].0, shown[0].1, shown[0].2, shown[0].3),
                (whose, Kind::AccessToken, Remedy::Manual, 5)
            );
            assert_eq!(verdicts(&found, &scope), [verdict], "{tenant} {whose}");
            assert_eq!(secrets(&found), [&token]);
            assert_eq!(found.credentials[0].change, None);
        }
    }

    #[test]
    fn the_record_tells_what_an_opaque_token_is_for() {
        let home = TestHome::new();
        let other = "https://management.core.windows.net//.default";
        home.write(
            FILE,
            cache(&[
                record("EwB.opaque", PERSONAL, OLD, DEVOPS),
                record("EwB.opaque", PERSONAL, OLD, other),
                record(
                    &jwt(r#"{"aud":"https://management.core.windows.net/"}"#),
                    OLD,
                    OLD,
                    other,
                ),
                record("", OLD, OLD, DEVOPS),
            ]),
        );
        let scope = in_tenant(NEW);
        let found = home.find_in_scope(&AzureCli, &scope);
        let entry = format!("access token of {OLD}");
        assert_eq!(
            shown(&found),
            [("?", Kind::AccessToken, Remedy::Manual, 5, &*entry)]
        );
        assert_eq!(verdicts(&found, &scope), [Verdict::Stale]);
        let advice = found.credentials[0].advice.as_deref().unwrap();
        assert_eq!(
            advice,
            format!(
                "It is of a personal Microsoft account. az account clear, then az login --tenant {NEW}"
            )
        );
    }

    #[test]
    fn caches_of_all_tools_are_looked_at() {
        let home = TestHome::new();
        let text = cache(&[record(&ended(OLD), OLD, OLD, DEVOPS)]);
        for file in [
            ".local/.IdentityService/msal.cache",
            ".local/.IdentityService/msal.cache.nocae",
            ".local/.IdentityService/masl.cache.cae",
            ".gcm/msal/app.cache",
            ".gcm/msal/user.cache",
            ".local/share/MicrosoftCredentialProvider/MSALTokenCache.dat",
        ] {
            home.write(file, &text);
        }
        home.write(".local/.IdentityService/msal.cache.lockfile", "12 git");
        let found = home.find(&MsalCache);
        assert_eq!(shown(&found).len(), 6);
        assert!(
            found
                .places
                .iter()
                .all(|place| place.state == PlaceState::Read)
        );
        home.write(".azd/auth/msal/cache.json", &text);
        home.write(".azd/auth/msal/cacheabc.json", &text);
        home.write(".azd/auth/msal/cred.json", &text);
        assert_eq!(shown(&home.find(&AzureCli)).len(), 2);
    }

    #[test]
    fn a_sealed_cache_is_left_alone_and_a_broken_one_is_said() {
        let home = TestHome::of(crate::platform::System::Windows);
        home.write("AppData/Local/.IdentityService/msal.cache", sealed());
        home.write(".azure/msal_token_cache.bin", sealed());
        for store in [&MsalCache as &dyn crate::stores::Store, &AzureCli] {
            let found = home.find(store);
            let left = found
                .places
                .iter()
                .filter(|place| place.state == PlaceState::Skipped);
            assert_eq!((left.count(), found.credentials.len()), (1, 0));
        }
        let home = TestHome::new();
        let whole = cache(&[record(&living(OLD), OLD, OLD, DEVOPS)]);
        home.write(FILE, &whole[..whole.len() - 20]);
        let found = home.find(&AzureCli);
        assert_eq!(
            shown(&found),
            [("?", Kind::AccessToken, Remedy::Manual, 5, "")]
        );
        let state = |found: &Found| found.places[0].state;
        assert_eq!(state(&found), PlaceState::Unreadable);
        for empty in [
            "",
            "{}",
            "{\"AccessToken\": []}",
            "{\"AccessToken\": {\"k\": 1}}",
        ] {
            home.write(FILE, empty);
            let found = home.find(&AzureCli);
            assert_eq!((shown(&found), state(&found)), (vec![], PlaceState::Read));
        }
        home.write(
            FILE,
            "{\"AccessToken\": {\"k\": {\"secret\": \"x\", \"target\": \"y\"}}}",
        );
        assert_eq!(shown(&home.find(&AzureCli)), []);
    }

    #[test]
    fn nothing_of_a_token_is_told_by_its_entry() {
        let home = TestHome::new();
        home.write(
            FILE,
            cache(&[record(&ended(OLD), &pat84('C', 'A', 1), "common", DEVOPS)]),
        );
        let found = home.find(&AzureCli);
        assert_eq!(shown(&found)[0].4, format!("access token of {OLD}"));
    }

    proptest! {
        #[test]
        fn any_record_can_be_read(value in "[a-z0-9./\" ]{0,20}", number: i64) {
            let home = TestHome::new();
            let text = format!(
                "{{\"AccessToken\":{{\"k\":{{\"secret\":\"s\",\"target\":\"{DEVOPS}\",\"realm\":{},\"home_account_id\":{},\
                 \"expires_on\":{number}}}}}}}",
                serde_json::to_string(&value).unwrap(),
                serde_json::to_string(&value).unwrap(),
            );
            home.write(FILE, text);
            prop_assert_eq!(shown(&home.find(&AzureCli)).len(), 1);
        }
    }
}
