//! What the value of a variable holds: tokens in any encoding, and what is addressed to Azure DevOps beside them.

use std::collections::HashSet;
use std::ops::Range;

use super::names;
use super::siblings::Owner;
use crate::model::{Address, OrganizationName, Scope};
use crate::text::{UserInfo, is_reference, only_organization};
use crate::token;

/// A secret within a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    /// What holds it, for a draft to take out of its encoding.
    pub(super) value: String,
    /// Where it stands in the value that was searched.
    pub(super) span: Range<usize>,
    /// Whom its own address names.
    pub(super) owner: Owner,
    /// How much of the value it is.
    pub(super) part: Part,
    /// Only the form speaks for it: it is no token.
    pub(super) by_form: bool,
}

/// How much of a value a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// Without it, the value is for nothing.
    Whole,
    /// The user-info of an address that is good without it.
    UserInfo(Range<usize>),
    /// One piece among others.
    Piece,
}

/// The secrets in the value of a variable, each once. `owner` is what the variables beside it say.
pub(super) fn in_variable(
    written_name: &str,
    value: &str,
    owner: &Owner,
    scope: &Scope,
) -> Vec<Held> {
    let name = names::spelled(written_name);
    let whole = |value: &str, owner: &Owner| Held {
        value: value.to_owned(),
        span: 0..0,
        owner: owner.clone(),
        part: Part::Whole,
        by_form: false,
    };
    if value.is_empty() || is_reference(value) {
        return Vec::new();
    }
    if let Some(endpoints) = endpoints(value) {
        return endpoints;
    }
    if let Some(password) = source_credentials(&name, value) {
        let found = token::open(password).token.is_some();
        return found.then(|| whole(password, owner)).into_iter().collect();
    }
    // npm takes its settings from variables, addresses in their names.
    let address = written_name.find("//").map(|at| &written_name[at..]);
    let own = address.map(|address| match Address::parse(address) {
        Some(address) => Owner::AzureDevOps(address.organization),
        None => Owner::Elsewhere,
    });
    let owner = own.as_ref().unwrap_or(owner);
    if *owner == Owner::Elsewhere {
        return Vec::new();
    }
    let mut found = in_text(value, scope);
    if found.is_empty() {
        let is_token = token::open(value).token.is_some();
        let addressed = matches!(owner, Owner::AzureDevOps(_)) && is_secret_slot(&name, value);
        if is_token || addressed {
            return vec![whole(value, owner)];
        }
        if names::is_for_azure_devops(&name) && names::has_token_form(value) {
            return vec![Held {
                by_form: true,
                ..whole(value, owner)
            }];
        }
    }
    if let [only] = found.as_mut_slice()
        && only.part == Part::Piece
        && is_whole(value, only)
    {
        only.part = Part::Whole;
    }
    for held in &mut found {
        if held.owner == Owner::Unknown {
            held.owner = owner.clone();
        }
        if held.owner == Owner::Unknown
            && let Some(organization) = organization_in(value)
        {
            held.owner = Owner::AzureDevOps(Some(organization));
        }
    }
    found
}

/// The one organization that a text names, git's keys among its words: `http.ADDRESS.extraHeader`.
pub(super) fn organization_in(text: &str) -> Option<OrganizationName> {
    const HEADER: &str = ".extraheader";
    let lower = text.to_ascii_lowercase();
    if lower.contains(HEADER) {
        only_organization(&lower.replace(HEADER, " "))
    } else {
        only_organization(text)
    }
}

/// Whether looking closer is worth it: most variables are short words, paths and numbers.
pub(super) fn may_hold(name: &str, value: &str) -> bool {
    value.contains("//")
        || value.contains("endpointCredentials")
        || token::long_runs(value).next().is_some()
        || name.contains("//")
        || !matches!(names::slot(&names::spelled(name)), names::Slot::Free)
}

/// The secrets in a text, each once: in the addresses of Azure DevOps, and tokens outside of other hosts' addresses.
pub(super) fn in_text(text: &str, scope: &Scope) -> Vec<Held> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut passed = Vec::new();
    for info in UserInfo::find_all(text) {
        passed.push(info.address.clone());
        let Some(address) = Address::parse(&info.address_in(text)) else {
            continue;
        };
        let Some((secret, span)) = info.secret() else {
            continue;
        };
        if !seen.insert(secret.expose().to_owned()) {
            continue;
        }
        let named = || scope.named(info.user.expose()).cloned();
        found.push(Held {
            value: secret.expose().to_owned(),
            span,
            owner: Owner::AzureDevOps(address.organization.or_else(named)),
            part: Part::UserInfo(info.range.clone()),
            by_form: false,
        });
    }
    for sighting in token::find_all(text) {
        let (span, secret) = (sighting.range, sighting.secret);
        let inside =
            |address: &Range<usize>| address.start <= span.start && span.start < address.end;
        if passed.iter().any(inside) || !seen.insert(secret.expose().to_owned()) {
            continue;
        }
        found.push(Held {
            value: secret.expose().to_owned(),
            span,
            owner: Owner::Unknown,
            part: Part::Piece,
            by_form: false,
        });
    }
    found.sort_by_key(|held| held.span.start);
    found
}

/// Whether a value is nothing but this token: the token in quotes, in a header, after a user name.
fn is_whole(value: &str, held: &Held) -> bool {
    let opened = token::open(value);
    let mut rest = value.trim().trim_matches(['"', '\'']);
    for word in ["Authorization:", "Basic ", "Bearer "] {
        let begun = rest.get(..word.len());
        if begun.is_some_and(|begun| begun.eq_ignore_ascii_case(word)) {
            rest = rest[word.len()..].trim_start();
        }
    }
    let one_word = !rest.contains(char::is_whitespace) && !rest.contains("//");
    one_word && opened.token.is_some() && opened.secret == token::open(&held.value).secret
}

/// Slots that hold a secret whatever it looks like, once their address is known.
fn is_secret_slot(name: &str, value: &str) -> bool {
    let header = value.split_once(':').is_some_and(|(name, value)| {
        name.trim().eq_ignore_ascii_case("authorization") && !value.trim().is_empty()
    });
    match names::slot(name) {
        names::Slot::Named(key) if key.starts_with("GIT_CONFIG_") => header,
        names::Slot::Named(_) | names::Slot::Uv(_) => true,
        _ => name.contains("//") && name.rsplit_once(":_").is_some(),
    }
}

/// `Username=…;Password=…`, of one of NuGet's sources (learn.microsoft.com, "Consuming packages from authenticated feeds").
fn source_credentials<'v>(name: &str, value: &'v str) -> Option<&'v str> {
    name.strip_prefix("NUGETPACKAGESOURCECREDENTIALS_")?;
    value.split(';').find_map(|part| {
        let (key, value) = part.split_once('=')?;
        key.trim().eq_ignore_ascii_case("password").then_some(value)
    })
}

/// `{"endpointCredentials": [{"endpoint": …, "password": …}]}` (microsoft/artifacts-credprovider, README).
fn endpoints(value: &str) -> Option<Vec<Held>> {
    if !value.contains("endpointCredentials") {
        return None;
    }
    let all: serde_json::Value = serde_json::from_str(value).ok()?;
    let all = all.get("endpointCredentials")?.as_array()?;
    let mut found = Vec::new();
    for endpoint in all {
        let field = |name: &str| endpoint.get(name).and_then(serde_json::Value::as_str);
        let address = field("endpoint").and_then(Address::parse);
        let (Some(address), Some(password)) = (address, field("password")) else {
            continue;
        };
        if password.is_empty() || is_reference(password) {
            continue;
        }
        let start = value.find(password).unwrap_or(0);
        found.push(Held {
            value: password.to_owned(),
            span: start..start + password.len(),
            owner: Owner::AzureDevOps(address.organization),
            part: if all.len() == 1 {
                Part::Whole
            } else {
                Part::Piece
            },
            by_form: false,
        });
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{pat52, pat84, scope};

    fn held(name: &str, value: &str, owner: &Owner) -> Vec<(String, &'static str, String)> {
        let found = in_variable(name, value, owner, &scope(&["contoso"]));
        let shown = found.into_iter().map(|held| {
            let part = match held.part {
                Part::Whole if held.by_form => "form",
                Part::Whole => "whole",
                Part::UserInfo(_) => "user-info",
                Part::Piece => "piece",
            };
            let owner = match held.owner {
                Owner::AzureDevOps(Some(organization)) => organization.to_string(),
                other => format!("{other:?}"),
            };
            (
                token::open(&held.value).secret.expose().to_owned(),
                part,
                owner,
            )
        });
        shown.collect()
    }

    #[test]
    fn a_token_is_found_in_any_encoding_and_place() {
        for token in [pat84('C', 'A', 1), pat52(1)] {
            let pair = STANDARD.encode(format!("dev@contoso.com:{token}"));
            for (name, value, part, owner) in [
                ("A", token.clone(), "whole", "Unknown"),
                ("A", format!("\"{token}\""), "whole", "Unknown"),
                ("A", pair.clone(), "whole", "Unknown"),
                (
                    "A",
                    format!("Authorization: Basic {pair}"),
                    "whole",
                    "Unknown",
                ),
                ("A", format!("--token {token} --url x"), "piece", "Unknown"),
                (
                    "GIT_CONFIG_PARAMETERS",
                    format!(
                        "'http.https://dev.azure.com/contoso.extraHeader=Authorization: Basic {pair}'"
                    ),
                    "piece",
                    "contoso",
                ),
                (
                    "A",
                    format!("--url https://a.example --token:{token}"),
                    "piece",
                    "Unknown",
                ),
                (
                    "PIP_INDEX_URL",
                    format!("https://u:{token}@pkgs.dev.azure.com/contoso/p/"),
                    "user-info",
                    "contoso",
                ),
                (
                    "PIP_INDEX_URL",
                    format!("https://u:{token}@fabrikam.pkgs.visualstudio.com/p/"),
                    "user-info",
                    "fabrikam",
                ),
                (
                    "NuGetPackageSourceCredentials_feed",
                    format!("Username=u;Password={token};ValidAuthenticationTypes=Basic"),
                    "whole",
                    "Unknown",
                ),
                (
                    "npm_config_//pkgs.dev.azure.com/contoso/_packaging/f/npm/registry/:_password",
                    STANDARD.encode(&token),
                    "whole",
                    "contoso",
                ),
                (
                    "VSS_NUGET_EXTERNAL_FEED_ENDPOINTS",
                    format!(
                        "{{\"endpointCredentials\": [{{\"endpoint\":\"https://pkgs.dev.azure.com/contoso/_packaging/f/nuget/v3/index.json\", \"username\":\"u\", \"password\":\"{token}\"}}]}}"
                    ),
                    "whole",
                    "contoso",
                ),
            ] {
                let expected = [(token.clone(), part, owner.to_owned())];
                assert_eq!(
                    held(name, &value, &Owner::Unknown),
                    expected,
                    "{name}={value}"
                );
            }
        }
    }

    #[test]
    fn other_hosts_and_references_are_left_alone() {
        let token = pat84('C', 'A', 1);
        for (name, value) in [
            ("A", format!("https://u:{token}@tfs.contoso.com/tfs")),
            ("A", format!("https://{token}@github.com/contoso/x")),
            (
                "npm_config_//registry.example.com/:_authToken",
                token.clone(),
            ),
            ("A", "https://u:${PAT}@dev.azure.com/contoso".to_owned()),
            ("A", "https://contoso@dev.azure.com/contoso".to_owned()),
            ("A", "$AZDO_PAT".to_owned()),
            ("A", String::new()),
        ] {
            assert_eq!(held(name, &value, &Owner::Unknown), [], "{name}={value}");
        }
        assert_eq!(held("AZDO_PAT", &token, &Owner::Elsewhere), []);
    }

    #[test]
    fn a_slot_with_an_address_holds_passwords_too() {
        let ours = Owner::AzureDevOps(crate::model::OrganizationName::new("contoso"));
        let one = |value: &str, part| vec![(value.to_owned(), part, "contoso".to_owned())];
        assert_eq!(
            held("CARGO_REGISTRIES_F_TOKEN", "word", &ours),
            one("word", "whole")
        );
        assert_eq!(
            held("UV_INDEX_F_PASSWORD", "word", &ours),
            one("word", "whole")
        );
        assert_eq!(held("UV_INDEX_F_PASSWORD", "word", &Owner::Unknown), []);
        assert_eq!(held("AZDO_PAT", "word", &ours), []);
        assert_eq!(held("GIT_CONFIG_VALUE_1", "word", &ours), []);
        let url = "https://u:word@pkgs.dev.azure.com/contoso/p";
        assert_eq!(
            held("PIP_INDEX_URL", url, &Owner::Unknown),
            one("word", "user-info")
        );
    }

    #[test]
    fn endpoints_of_other_hosts_are_passed_over_and_several_are_pieces() {
        let value = r#"{"endpointCredentials":[{"endpoint":"https://pkgs.dev.azure.com/contoso/a","password":"x1"},
            {"endpoint":"https://fabrikam.pkgs.visualstudio.com/a","password":"x2"},{"endpoint":"https://nuget.example/","password":"x3"}]}"#;
        let found = held(
            "ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS",
            value,
            &Owner::Unknown,
        );
        let shown: Vec<_> = found
            .iter()
            .map(|(secret, part, owner)| (secret.as_str(), *part, owner.as_str()))
            .collect();
        assert_eq!(
            shown,
            [("x1", "piece", "contoso"), ("x2", "piece", "fabrikam")]
        );
    }

    proptest! {
        #[test]
        fn any_value_can_be_looked_at(name in "[A-Za-z_/:.]{0,20}", value in "(https://|dev.azure.com/|a|:|@|=|;|\\{|\"|endpointCredentials|é){0,20}") {
            let _ = in_variable(&name, &value, &Owner::Unknown, &scope(&["contoso"]));
        }
    }
}
