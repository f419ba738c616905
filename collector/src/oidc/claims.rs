//! The claims of an ID token that the standard does not name, and the role that they give.

use std::collections::BTreeMap;

use openidconnect::AdditionalClaims;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::trouble::NoRole;
use super::{OidcSettings, Trouble};
use crate::storage::Role;
use crate::text;

/// No page shows more values of a claim than that.
const SHOWN: usize = 20;

/// Every claim that OpenID Connect itself does not define, such as Entra's `tid`, `roles` and `groups`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Claims(BTreeMap<String, Value>);

impl AdditionalClaims for Claims {}

impl Claims {
    pub(super) fn text(&self, claim: &str) -> Option<&str> {
        self.0.get(claim)?.as_str()
    }

    /// A claim that is one text or a list of texts.
    fn values(&self, claim: &str) -> Option<Vec<String>> {
        match self.0.get(claim)? {
            Value::String(one) => Some(vec![one.clone()]),
            Value::Array(many) => Some(
                many.iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect(),
            ),
            _ => Some(Vec::new()),
        }
    }

    /// Where groups are too many for a token, Entra names the claim here instead (`_claim_names`).
    fn left_out(&self, claim: &str) -> bool {
        self.0
            .get("_claim_names")
            .and_then(|names| names.get(claim))
            .is_some()
    }

    /// Both lists may fit: then the greater role holds.
    pub(super) fn role(&self, settings: &OidcSettings, name: &str) -> Result<Role, Trouble> {
        let claim = &settings.roles_claim;
        let values = self.values(claim);
        let has = |wanted: &[String]| {
            values
                .iter()
                .flatten()
                .any(|value| wanted.iter().any(|wanted| wanted == value))
        };
        if has(&settings.admins) {
            return Ok(Role::Admin);
        }
        if has(&settings.auditors) {
            return Ok(Role::Auditor);
        }
        Err(Trouble::NoRole(Box::new(NoRole {
            name: name.to_owned(),
            claim: claim.clone(),
            left_out: self.left_out(claim),
            values: values.map(|values| {
                let shown = values.iter().take(SHOWN);
                shown.map(|value| text::name(value)).collect()
            }),
        })))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn settings(claim: &str) -> OidcSettings {
        OidcSettings {
            issuer: "https://login.example".into(),
            client_id: "collector".into(),
            client_secret: None,
            public_url: "https://rekey.contoso.example".into(),
            roles_claim: claim.into(),
            admins: vec!["admins".into()],
            auditors: vec!["auditors".into(), "audit".into()],
            tenant: None,
            ca: None,
        }
    }

    fn role(claim: &str, claims: Value) -> Result<Role, Trouble> {
        let claims: Claims = serde_json::from_value(claims).unwrap();
        claims.role(&settings(claim), "sam")
    }

    #[test]
    fn the_greater_role_holds() {
        let both = json!({ "roles": ["other", "audit", "admins"] });
        assert_eq!(role("roles", both).unwrap(), Role::Admin);
        let one = json!({ "groups": ["auditors"] });
        assert_eq!(role("groups", one).unwrap(), Role::Auditor);
        let text = json!({ "roles": "admins" });
        assert_eq!(role("roles", text).unwrap(), Role::Admin);
    }

    #[test]
    fn who_has_none_is_told_what_was_looked_at() {
        let Err(Trouble::NoRole(none)) = role("roles", json!({ "roles": ["Admins", 7] })) else {
            panic!("a role from nothing");
        };
        assert_eq!(
            none.values.unwrap(),
            ["Admins"],
            "values are compared as they are"
        );
        let Err(Trouble::NoRole(none)) = role("roles", json!({})) else {
            panic!("a role from nothing");
        };
        assert!(none.values.is_none() && !none.left_out);
        let too_many = json!({ "_claim_names": { "groups": "src1" } });
        let Err(Trouble::NoRole(none)) = role("groups", too_many) else {
            panic!("a role from nothing");
        };
        assert!(none.left_out);
    }
}
