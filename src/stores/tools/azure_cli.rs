//! Sign-ins of the Azure CLI, the Azure Developer CLI and of old versions of Azure PowerShell.
//!
//! They serve all of Azure, so they are shown and never touched. Service principals (`service_principal_entries.json`)
//! and subscriptions (`azureProfile.json`) say nothing of Azure DevOps.
//! Sources: Azure/azure-cli, `azure-cli-core/azure/cli/core/auth/identity.py` and, for `accessTokens.json`, versions
//! before 2.30; Azure/azure-dev, `cli/azd/pkg/auth/file_cache.go`; learn.microsoft.com, "Azure context and sign-in
//! credentials".

use std::path::PathBuf;

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged as _;

use super::moved;
use super::msal::{self, Cached};
use crate::model::{PlaceState, Scope, Tenant, TenantClaim};
use crate::platform::System;
use crate::stores::git::stray;
use crate::stores::packages::MOST;
use crate::stores::{About, Finder, Store};
use crate::text::{Document, json};
use crate::token;

const NAME: &str = "azure-cli";
const UNUSED: &str = "No version of the Azure CLI since 2.30 reads this file: delete it";
const POWERSHELL: &str = "Clear-AzContext, then Connect-AzAccount with the work account";

/// The store.
#[derive(Debug)]
pub struct AzureCli;

impl Store for AzureCli {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Azure CLI",
            clears: "az account clear, then az login --tenant TENANT",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let home = finder.home();
        let (usual, moved_to) = (home.join(".azure"), moved(finder, "AZURE_CONFIG_DIR"));
        let how = sign_in(finder.scope(), "az account clear", "az login --tenant");
        for folder in moved_to.into_iter().chain([usual]) {
            for name in ["msal_token_cache.json", "msal_token_cache.bin"] {
                if let Some(document) = finder.open_once(&folder.join(name)) {
                    msal::look_at(finder, &document, &how);
                }
            }
            if let Some(document) = finder.open_once(&folder.join("accessTokens.json")) {
                before_msal(finder, &document);
            }
        }
        let how = sign_in(
            finder.scope(),
            "azd auth logout",
            "azd auth login --tenant-id",
        );
        for path in developer_caches(finder) {
            if let Some(document) = finder.open_once(&path) {
                msal::look_at(finder, &document, &how);
            }
        }
        let powershell = match finder.platform().system() {
            System::Linux => home.join(".Azure"),
            System::Windows | System::MacOs => home.join(".azure"),
        };
        for name in ["AzureRmContext.json", "TokenCache.dat"] {
            if let Some(document) = finder.open_once(&powershell.join(name)) {
                powershell_context(finder, &document);
            }
        }
    }
}

/// How the person signs in anew, with the tenant where there is one to name.
fn sign_in(scope: &Scope, out: &str, into: &str) -> String {
    let tenants = scope
        .organizations
        .iter()
        .map(|organization| organization.tenant);
    let mut tenants = tenants.filter_map(|tenant| match tenant {
        Some(Tenant::Entra(tenant)) => Some(tenant),
        _ => None,
    });
    let first = tenants.next();
    match first.filter(|first| tenants.all(|tenant| tenant == *first)) {
        Some(tenant) => format!("{out}, then {into} {tenant}"),
        None => format!("{out}, then {into} TENANT"),
    }
}

fn developer_caches(finder: &mut Finder<'_>) -> Vec<PathBuf> {
    let usual = finder.home().join(".azd");
    let root = moved(finder, "AZD_CONFIG_DIR").unwrap_or(usual);
    let files = finder.list(&root.join("auth").join("msal"));
    let fits = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| {
            let kind = [".json", ".bin"].iter().any(|kind| name.ends_with(kind));
            name.starts_with("cache") && kind
        })
    };
    files.into_iter().filter(fits).collect()
}

/// `accessTokens.json`: a list of what ADAL answered.
fn before_msal(finder: &mut Finder<'_>, document: &Document) {
    let records = match json::value(document.as_str()) {
        Ok(None) => return,
        Ok(Some(Value::Array(array))) => array.elements,
        Ok(Some(_)) => {
            finder.unreadable(document.path(), "it is JSON but no list");
            return stray::enter(finder, document, UNUSED);
        }
        Err(reason) => {
            finder.unreadable(document.path(), reason);
            return stray::enter(finder, document, UNUSED);
        }
    };
    for record in records.iter().take(MOST) {
        let credential = record.as_object().and_then(|record| {
            let cached = adal(record)?;
            cached.credential(document, finder.store(), finder.scope(), UNUSED)
        });
        if let Some(credential) = credential {
            finder.add(credential);
        }
    }
}

fn adal<'c>(record: &'c Object<'_>) -> Option<Cached<'c>> {
    let secret = record.get_string("accessToken")?;
    let authority = json::string(record, "_authority");
    Some(Cached {
        value: &secret.value,
        offset: secret.start(),
        target: json::string(record, "resource").unwrap_or_default(),
        tenant: authority.and_then(TenantClaim::from_authority),
        expires: None,
        personal: false,
        renewed: false,
    })
}

/// What Azure PowerShell kept before it used the shared cache: tokens in a binary form, in JSON inside base64.
fn powershell_context(finder: &mut Finder<'_>, document: &Document) {
    if document.is_sealed() {
        let reason = "Windows sealed it for Azure PowerShell, so what it holds cannot be told";
        return finder.place(document.path(), PlaceState::Skipped, Some(reason.into()));
    }
    let text = document.as_str();
    for sighting in token::find_all(text).into_iter().take(MOST) {
        let cached = Cached {
            value: sighting.secret.expose(),
            offset: sighting.range.start,
            target: "",
            tenant: None,
            expires: None,
            personal: false,
            renewed: true,
        };
        let credential = cached.credential(document, finder.store(), finder.scope(), POWERSHELL);
        if let Some(credential) = credential {
            finder.add(credential);
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::model::{Kind, Remedy};
    use crate::stores::checks::{find_with_variables, secrets, shown};
    use crate::testing::{TestHome, entra_jwt, jwt};

    const OLD: &str = "11111111-0000-4000-8000-000000000001";

    #[test]
    fn tokens_of_versions_before_2_30_are_old() {
        let home = TestHome::new();
        let (ours, other) = (
            entra_jwt(OLD, 1_600_000_000),
            jwt(r#"{"aud":"https://management.core.windows.net/"}"#),
        );
        let record = |resource: &str, token: &str| {
            format!(
                "{{\"tokenType\": \"Bearer\", \"expiresIn\": 3599, \"expiresOn\": \"2020-09-13 12:26:40.000000\", \
                 \"resource\": \"{resource}\", \"accessToken\": \"{token}\", \"refreshToken\": \"0.opaque\", \
                 \"isMRRT\": true, \"_authority\": \"https://login.microsoftonline.com/{OLD}\"}}"
            )
        };
        let list = [
            record("https://management.core.windows.net/", &other),
            record("499b84ac-1321-427f-aa17-267ca6975798", &ours),
            record("499b84ac-1321-427f-aa17-267ca6975798", "opaque"),
        ];
        home.write(".azure/accessTokens.json", format!("[{}]", list.join(", ")));
        let found = home.find(&AzureCli);
        let entry = format!("access token of {OLD}");
        let expected = ("?", Kind::AccessToken, Remedy::Manual, 1, &*entry);
        assert_eq!(shown(&found), [expected, expected]);
        assert_eq!(secrets(&found), [&ours, "opaque"]);
        assert!(found.credentials[0].observed.expires.is_some());
        for (text, count, state) in [
            ("", 0, PlaceState::Read),
            ("[1]", 0, PlaceState::Read),
            ("{}", 0, PlaceState::Unreadable),
            (
                &format!("[{}", record("", &ours)),
                1,
                PlaceState::Unreadable,
            ),
        ] {
            home.write(".azure/accessTokens.json", text);
            let found = home.find(&AzureCli);
            let place = found
                .places
                .iter()
                .find(|place| place.path.ends_with("accessTokens.json"));
            assert_eq!(place.map(|place| place.state), Some(state), "{text}");
            assert_eq!(shown(&found).len(), count);
        }
    }

    #[test]
    fn a_token_inside_of_a_context_of_powershell_is_seen() {
        let home = TestHome::new();
        let token = entra_jwt(OLD, 1_600_000_000);
        let inner = STANDARD.encode(binary(b"\x04\0\0\0", &token));
        home.write(
            ".Azure/AzureRmContext.json",
            format!("{{\r\n  \"Contexts\": {{}},\r\n  \"TokenCache\": {{ \"CacheData\": \"{inner}\" }}\r\n}}"),
        );
        home.write(".Azure/TokenCache.dat", binary(b"\xff\0", &token));
        let found = home.find(&AzureCli);
        let lines: Vec<_> = shown(&found).iter().map(|found| found.3).collect();
        assert_eq!(lines, [3, 1]);
        assert_eq!(secrets(&found), [&token, &token]);
    }

    fn binary(head: &[u8], token: &str) -> Vec<u8> {
        let json = format!("{{\"AccessToken\":\"{token}\"}}");
        [head, json.as_bytes()].concat()
    }

    #[test]
    fn variables_move_the_folders() {
        let home = TestHome::new();
        let token = entra_jwt(OLD, 1);
        let text = format!("{{\"AccessToken\":{{\"k\":{{\"secret\":\"{token}\"}}}}}}");
        home.write("a/msal_token_cache.json", &text);
        home.write("d/auth/msal/cache1.json", &text);
        home.write(".azure/msal_token_cache.json", &text);
        let variables = [
            ("AZURE_CONFIG_DIR", home.path().join("a")),
            ("AZD_CONFIG_DIR", home.path().join("d")),
        ];
        assert_eq!(
            shown(&find_with_variables(&home, &AzureCli, &variables)).len(),
            3
        );
    }

    #[test]
    fn the_advice_names_the_tenant_where_there_is_one() {
        let of = |tenants: &[Option<&str>]| {
            let mut scope = crate::testing::scope(&["contoso", "fabrikam"][..tenants.len()]);
            for (organization, tenant) in scope.organizations.iter_mut().zip(tenants) {
                organization.tenant = tenant.and_then(|tenant| tenant.parse().ok());
            }
            sign_in(&scope, "out", "in")
        };
        assert_eq!(of(&[Some(OLD)]), format!("out, then in {OLD}"));
        assert_eq!(of(&[Some(OLD), Some(OLD)]), format!("out, then in {OLD}"));
        for tenants in [
            &[None][..],
            &[Some("microsoft-account")],
            &[Some(OLD), Some("22222222-0000-4000-8000-000000000002")],
        ] {
            assert_eq!(of(tenants), "out, then in TENANT");
        }
    }
}
