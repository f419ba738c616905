//! The service's word on a token, as evidence.

use rekey_report::EvidenceCode as Code;

use super::connection_data::{TokenState, slot_refuses, token_state};
use super::services::Bearing;
use super::{Endpoint, Identity, Services};
use crate::model::{Evidence, Organization, Secret};
use crate::network::Deadline;
use crate::token::{Form, Token};

/// Asks the organization about a token, and where it refuses also the slot's own address: one refusal alone decides
/// nothing, since a token may be good for that address and nothing else. `slot`: that address, where the slot has one.
///
/// # Errors
/// Why the service said nothing of the token, in words that end a sentence.
pub fn word_on(
    services: &Services,
    organization: &Organization,
    token: &Token,
    secret: &Secret,
    slot: Option<&Endpoint>,
    deadline: Deadline,
) -> Result<Vec<Evidence>, String> {
    let bearing = match token.form {
        Form::Pat84 | Form::Pat52 => Bearing::Pat(secret),
        Form::EntraJwt | Form::ServiceJwt => Bearing::AccessToken(secret),
    };
    let name = &organization.name;
    let state =
        token_state(services, name, bearing, deadline).map_err(|fault| fault.to_string())?;
    let evidence = |code, detail: String| vec![Evidence { code, detail }];
    Ok(match state {
        TokenState::Accepted(identity) => match whose(&identity, organization) {
            Some(code) => evidence(code, described(&identity)),
            None => Vec::new(),
        },
        TokenState::Expired => evidence(Code::Expired, format!("{name} says so")),
        TokenState::Refused => {
            let Some(slot) = slot else {
                return Err("it is refused, and there is no second address to be sure".to_owned());
            };
            let refuses = slot_refuses(services, slot, bearing, deadline);
            match refuses.map_err(|fault| fault.to_string())? {
                Some(true) => evidence(
                    Code::RejectedByServer,
                    format!("{name} and {}", slot.host()),
                ),
                Some(false) => Vec::new(),
                None => return Err("its own address does not say".to_owned()),
            }
        }
        TokenState::Unclear(why) => return Err(why),
    })
}

/// Whether the identity is of the organization's tenant; `None` where that cannot be told.
fn whose(identity: &Identity, organization: &Organization) -> Option<Code> {
    let (theirs, ours) = (identity.tenant?, organization.tenant?);
    Some(if theirs == ours {
        Code::AcceptedAsCurrentIdentity
    } else {
        Code::AcceptedAsOldIdentity
    })
}

fn described(identity: &Identity) -> String {
    let account = identity.account.as_deref().unwrap_or(&identity.name);
    match identity.tenant {
        Some(tenant) => format!("{account} ({tenant})"),
        None => account.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use serde_json::json;

    use super::*;
    use crate::azure_devops::testing::{contoso, services, soon};
    use crate::testing::{Reply, Server, pat84};
    use crate::token::recognize;

    const TENANT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

    fn word(
        tenant: Option<&str>,
        answer: impl Fn(&str) -> Reply + Send + 'static,
        slot: bool,
    ) -> Result<Vec<(Code, String)>, String> {
        let server = Server::new(move |request| answer(&request.line));
        let secret = Secret::new(pat84('C', 'A', 1));
        let token = recognize(secret.expose()).unwrap();
        let organization = Organization {
            name: contoso(),
            tenant: tenant.map(|tenant| tenant.parse().unwrap()),
            connected_at: None,
            gated: false,
        };
        let address = "https://dev.azure.com/contoso/p/_git/r";
        let slot = Endpoint::of_slot(address, &contoso()).filter(|_| slot);
        let services = services(&server);
        let said = word_on(
            &services,
            &organization,
            &token,
            &secret,
            slot.as_ref(),
            soon(),
        )?;
        Ok(said.into_iter().map(|it| (it.code, it.detail)).collect())
    }

    fn taken(domain: &str) -> Reply {
        let descriptor =
            format!("Microsoft.IdentityModel.Claims.ClaimsIdentity;{domain}\\dev@contoso.com");
        Reply::json(
            200,
            &json!({"authenticatedUser": {"id": TENANT, "descriptor": descriptor, "providerDisplayName": "Dev"}}),
        )
    }

    #[test]
    fn a_token_that_works_is_told_by_whose_it_is() {
        let live = "Windows Live ID";
        for (tenant, domain, code) in [
            (Some(TENANT), TENANT, Some(Code::AcceptedAsCurrentIdentity)),
            (Some(TENANT), live, Some(Code::AcceptedAsOldIdentity)),
            (
                Some("microsoft-account"),
                live,
                Some(Code::AcceptedAsCurrentIdentity),
            ),
            (
                Some("microsoft-account"),
                TENANT,
                Some(Code::AcceptedAsOldIdentity),
            ),
            (None, TENANT, None),
            (Some(TENANT), "Domain", None),
        ] {
            let said = word(tenant, move |_| taken(domain), true).unwrap();
            assert_eq!(
                said.first().map(|(code, _)| *code),
                code,
                "{tenant:?} {domain}"
            );
        }
        let said = word(Some(TENANT), |_| taken(TENANT), true).unwrap();
        assert_eq!(said[0].1, format!("dev@contoso.com ({TENANT})"));
    }

    #[test]
    fn one_refusal_alone_decides_nothing() {
        let refused = |line: &str| {
            let status = if line.contains("connectionData") {
                401
            } else {
                200
            };
            Reply::status(status, "refs")
        };
        assert_eq!(word(Some(TENANT), refused, true), Ok(Vec::new()));
        assert!(
            word(Some(TENANT), refused, false)
                .unwrap_err()
                .contains("second address")
        );
        let both = word(Some(TENANT), |_| Reply::status(401, ""), true).unwrap();
        let detail = "contoso and dev.azure.com".to_owned();
        assert_eq!(both, [(Code::RejectedByServer, detail)]);
        let odd = |line: &str| {
            let status = if line.contains("connectionData") {
                203
            } else {
                500
            };
            Reply::page(status, "<html>")
        };
        assert!(word(Some(TENANT), odd, true).is_err());
    }

    #[test]
    fn a_token_that_the_service_calls_expired_is_expired() {
        let text = "Access Denied: The Personal Access Token used has expired.";
        let said = word(Some(TENANT), move |_| Reply::status(401, text), false).unwrap();
        assert_eq!(said, [(Code::Expired, "contoso says so".to_owned())]);
    }
}
