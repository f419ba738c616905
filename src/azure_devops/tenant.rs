//! Which tenant an organization belongs to, as the service tells everybody.

use http::header::{HeaderName, WWW_AUTHENTICATE};
use uuid::Uuid;

use super::services::Bearing;
use super::{Endpoint, Services};
use crate::model::{OrganizationName, TenantClaim};
use crate::network::{Answer, Deadline, NetworkFault};

/// Names the tenant, or several; zeros where the organization has none.
const RESOURCE_TENANT: HeaderName = HeaderName::from_static("x-vss-resourcetenant");

/// What the service says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantAnswer {
    /// It belongs to this Entra tenant.
    Entra(Uuid),
    /// To none: it is not connected, or the service does not say.
    Unset,
    /// It names no tenant at all, as for an organization that does not exist.
    Unknown {
        /// The HTTP status.
        status: u16,
    },
}

/// Asks which tenant the organization has. Only its name is sent.
///
/// # Errors
/// Where no answer comes.
pub fn ask_tenant(
    services: &Services,
    name: &OrganizationName,
    deadline: Deadline,
) -> Result<TenantAnswer, NetworkFault> {
    let endpoint = Endpoint::organization(name);
    let answer = services.get(&endpoint, Bearing::Anonymous, deadline)?;
    Ok(read(&answer))
}

/// The authority of the sign-in comes first, then the header; a zero counts where nothing else is said. The status is
/// no help: it depends on what the organization lets everybody see.
/// Source: `AzureDevOpsRestApi.cs` of Git Credential Manager.
fn read(answer: &Answer) -> TenantAnswer {
    let authorities = answer.headers(WWW_AUTHENTICATE).flat_map(authorities);
    let authorities = authorities.filter_map(TenantClaim::from_authority);
    let listed = answer
        .headers(RESOURCE_TENANT)
        .flat_map(|list| list.split(','));
    let listed = listed.filter_map(TenantClaim::from_guid);
    let mut unset = false;
    for claim in authorities.chain(listed) {
        match claim {
            TenantClaim::Entra(tenant) => return TenantAnswer::Entra(tenant),
            TenantClaim::Unset => unset = true,
            // A sign-in for everybody says nothing of this organization.
            TenantClaim::Any => {}
        }
    }
    if unset {
        TenantAnswer::Unset
    } else {
        TenantAnswer::Unknown {
            status: answer.status,
        }
    }
}

/// Every `authorization_uri=…` of a header with challenges, on the host that signs in.
fn authorities(header: &str) -> impl Iterator<Item = &str> {
    const NAME: &str = "authorization_uri=";
    let lower = header.to_ascii_lowercase();
    let starts: Vec<_> = lower
        .match_indices(NAME)
        .map(|(at, _)| at + NAME.len())
        .collect();
    starts.into_iter().filter_map(|start| {
        let value = header.get(start..)?.trim_start_matches('"');
        let value = value.split([' ', ',', '"', ';']).next()?;
        let host = value.strip_prefix("https://")?.split('/').next()?;
        matches!(host, "login.microsoftonline.com" | "login.windows.net").then_some(value)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use rstest::rstest;

    use super::*;
    use crate::azure_devops::testing::{contoso, services, soon};
    use crate::testing::{Reply, Server};

    const TENANT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
    const ZERO: &str = "00000000-0000-0000-0000-000000000000";
    const OTHER: &str = "11112222-bbbb-3333-cccc-4444dddd5555";

    fn said(status: u16, headers: &[(&str, String)]) -> TenantAnswer {
        let mut reply = Reply::status(status, "");
        for (name, value) in headers {
            reply = reply.header(name, value);
        }
        let server = Server::new(move |_| reply.clone());
        ask_tenant(&services(&server), &contoso(), soon()).unwrap()
    }

    fn bearer(tenant: &str) -> (&'static str, String) {
        let authority =
            format!("Bearer authorization_uri=https://login.microsoftonline.com/{tenant}");
        ("WWW-Authenticate", authority)
    }

    fn listed(tenants: &str) -> (&'static str, String) {
        ("X-VSS-ResourceTenant", tenants.to_owned())
    }

    #[rstest]
    #[case(401, &[bearer(TENANT), listed(OTHER)], Some(TENANT))]
    #[case(302, &[listed(TENANT)], Some(TENANT))]
    #[case(200, &[listed(&format!("{ZERO}, {TENANT}"))], Some(TENANT))]
    #[case(401, &[bearer(ZERO), listed(TENANT)], Some(TENANT))]
    #[case(401, &[bearer(ZERO)], None)]
    #[case(401, &[listed(ZERO)], None)]
    #[case(401, &[bearer("organizations")], None)]
    fn the_authority_comes_first_and_a_zero_last(
        #[case] status: u16,
        #[case] headers: &[(&str, String)],
        #[case] tenant: Option<&str>,
    ) {
        let wanted = match tenant {
            Some(tenant) => TenantAnswer::Entra(tenant.parse().unwrap()),
            None => TenantAnswer::Unset,
        };
        assert_eq!(said(status, headers), wanted);
    }

    #[test]
    fn an_organization_that_the_service_does_not_know_has_no_tenant() {
        assert_eq!(said(404, &[]), TenantAnswer::Unknown { status: 404 });
        let elsewhere = (
            "WWW-Authenticate",
            format!("Bearer authorization_uri=https://contoso.com/{TENANT}"),
        );
        let odd = [elsewhere, listed("none")];
        assert_eq!(said(401, &odd), TenantAnswer::Unknown { status: 401 });
    }

    #[test]
    fn a_challenge_among_others_is_found() {
        let challenges = format!(
            "Basic realm=\"https://dev.azure.com/\", bearer Authorization_URI=\"https://login.windows.net/{TENANT}\", TFS-Federated"
        );
        let answer = said(401, &[("WWW-Authenticate", challenges)]);
        assert_eq!(answer, TenantAnswer::Entra(TENANT.parse().unwrap()));
    }

    #[test]
    fn only_the_name_is_sent_and_no_redirect_is_followed() {
        let server = Server::new(|_| Reply::status(302, "").header("Location", "/elsewhere"));
        let answer = ask_tenant(&services(&server), &contoso(), soon()).unwrap();
        assert_eq!(answer, TenantAnswer::Unknown { status: 302 });
        let requests = server.requests();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].line, "GET /dev.azure.com/contoso");
        assert!(!requests[0].headers.contains("authorization"));
    }
}
