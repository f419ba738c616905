//! From the facts of a credential to the evidence that they are, for the organizations in scope.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rekey_report::EvidenceCode as Code;

use crate::model::{
    Credential, Evidence, Kind, Organization, Scope, Tenant, TenantClaim, TenantRecord,
};

/// What earlier runs know of one credential, bound to its fingerprint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// rekey made it, or the person pasted it, and it worked.
    pub proved: bool,
    /// What the service said of it.
    pub said: Vec<Evidence>,
}

/// The evidence that a credential's facts are, strongest kinds first.
pub fn evidence(
    credential: &Credential,
    scope: &Scope,
    known: &Known,
    now: Timestamp,
) -> Vec<Evidence> {
    let observed = &credential.observed;
    let mut evidence = Vec::new();
    let mut say = |code, detail: String| {
        let item = Evidence { code, detail };
        if !evidence.contains(&item) {
            evidence.push(item);
        }
    };

    for said in &known.said {
        say(said.code, said.detail.clone());
    }
    if let Some(expires) = observed.expires.filter(|expires| *expires <= now) {
        say(Code::Expired, expires.to_string());
    }
    if let Some(algorithm) = &observed.refused_key {
        say(Code::KeyTypeRefused, algorithm.clone());
    }
    if let Some(harm) = &observed.harmful {
        say(Code::KeyTypeRefused, harm.clone());
    }
    if known.proved {
        say(Code::ProvedByGuide, String::new());
    }
    if let Some(fault) = &observed.broken {
        say(Code::TenantUnset, format!("it cannot be read: {fault}"));
    }
    for record in &observed.tenants {
        for organization in whose(record, credential, scope) {
            if let Some((code, detail)) = compare(record.claim, organization) {
                say(code, detail);
            }
        }
    }
    let is_token = matches!(
        credential.kind,
        Kind::Pat | Kind::Password | Kind::AccessToken | Kind::SessionToken
    );
    if is_token && credential.organization.is_none() && observed.broken.is_none() {
        say(
            Code::UnknownOrganization,
            "no address beside it names one".to_owned(),
        );
    }
    if let Some(connected_at) = connection(credential, scope) {
        if let Some(created) = observed.created {
            say(
                by_month(created, connected_at),
                created.strftime("%Y-%m").to_string(),
            );
        }
        if let Some(written) = observed.written {
            let code = if written < connected_at {
                Code::WrittenBeforeConnection
            } else {
                Code::WrittenAfterConnection
            };
            say(code, written.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        }
    }
    evidence
}

/// The organizations in scope that a record speaks of; a record for all of them speaks of each.
fn whose<'s>(
    record: &TenantRecord,
    credential: &Credential,
    scope: &'s Scope,
) -> Vec<&'s Organization> {
    match record
        .organization
        .as_ref()
        .or(credential.organization.as_ref())
    {
        Some(name) => scope.get(name).into_iter().collect(),
        None => scope.organizations.iter().collect(),
    }
}

fn compare(claim: TenantClaim, organization: &Organization) -> Option<(Code, String)> {
    let name = &organization.name;
    let differs = |tenant: &Tenant| format!("{name}: {claim} instead of {tenant}");
    Some(match (claim, organization.tenant) {
        (TenantClaim::Entra(claimed), Some(Tenant::Entra(tenant))) if claimed == tenant => {
            (Code::TenantMatches, format!("{name}: {tenant}"))
        }
        (TenantClaim::Unset, Some(Tenant::MicrosoftAccount)) => {
            (Code::TenantMatches, format!("{name}: Microsoft accounts"))
        }
        (TenantClaim::Entra(_), Some(tenant)) => (Code::TenantDiffers, differs(&tenant)),
        (TenantClaim::Entra(_), None) => return None,
        (TenantClaim::Unset | TenantClaim::Any, _) => {
            (Code::TenantUnset, format!("{name}: {claim}"))
        }
    })
}

/// When the change happened that decides about this credential. Where no organization is known it is
/// the first of the changes: only what is older than all of them is surely old.
fn connection(credential: &Credential, scope: &Scope) -> Option<Timestamp> {
    match &credential.organization {
        Some(name) => scope.get(name)?.connected_at,
        None => scope
            .organizations
            .iter()
            .filter_map(|each| each.connected_at)
            .min(),
    }
}

/// Months are compared in UTC, as the service counts them.
fn by_month(created: Date, connected_at: Timestamp) -> Code {
    let connected = connected_at.to_zoned(TimeZone::UTC).date();
    match (created.year(), created.month()).cmp(&(connected.year(), connected.month())) {
        std::cmp::Ordering::Less => Code::CreatedBeforeConnection,
        std::cmp::Ordering::Equal => Code::CreatedInConnectionMonth,
        std::cmp::Ordering::Greater => Code::CreatedAfterConnection,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use jiff::civil::date;
    use rekey_report::{Location, Remedy};
    use uuid::Uuid;

    use super::*;
    use crate::model::{Observed, OrganizationName};

    const NEW: &str = "22222222-0000-4000-8000-000000000002";
    const OLD: &str = "11111111-0000-4000-8000-000000000001";
    const NOW: &str = "2026-12-01T00:00:00Z";
    const CONNECTED: &str = "2026-11-20T18:00:00Z";

    fn name(text: &str) -> OrganizationName {
        OrganizationName::new(text).unwrap()
    }

    fn scope(tenant: Option<&str>) -> Scope {
        let organization = Organization {
            name: name("contoso"),
            tenant: tenant.map(|text| text.parse().unwrap()),
            connected_at: Some(CONNECTED.parse().unwrap()),
            gated: false,
        };
        Scope {
            organizations: vec![organization],
        }
    }

    fn credential(kind: Kind, organization: Option<&str>, observed: Observed) -> Credential {
        Credential {
            store: "npm",
            kind,
            organization: organization.map(name),
            location: Location::default(),
            path: None,
            observed,
            address: None,
            secret: None,
            remedy: Remedy::Automatic,
            advice: None,
            change: None,
        }
    }

    fn codes(credential: &Credential, scope: &Scope) -> Vec<Code> {
        evidence(credential, scope, &Known::default(), NOW.parse().unwrap())
            .iter()
            .map(|item| item.code)
            .collect()
    }

    fn record(organization: &str, claim: TenantClaim) -> TenantRecord {
        TenantRecord {
            organization: Some(name(organization)),
            claim,
        }
    }

    fn entra(guid: &str) -> TenantClaim {
        TenantClaim::Entra(Uuid::parse_str(guid).unwrap())
    }

    fn cache(records: Vec<TenantRecord>) -> Credential {
        let observed = Observed {
            tenants: records,
            ..Observed::default()
        };
        credential(Kind::TenantCache, Some("contoso"), observed)
    }

    #[test]
    fn records_of_other_organizations_say_nothing() {
        let found = cache(vec![
            record("CONTOSO", entra(NEW)),
            record("fabrikam", TenantClaim::Unset),
        ]);
        assert_eq!(codes(&found, &scope(Some(NEW))), [Code::TenantMatches]);
    }

    #[test]
    fn a_claim_is_compared_with_the_tenant_of_now() {
        for (claim, tenant, wanted) in [
            (entra(OLD), Some(NEW), vec![Code::TenantDiffers]),
            (entra(NEW), Some(NEW), vec![Code::TenantMatches]),
            (entra(NEW), None, vec![]),
            (TenantClaim::Unset, Some(NEW), vec![Code::TenantUnset]),
            (TenantClaim::Unset, None, vec![Code::TenantUnset]),
            (TenantClaim::Any, Some(NEW), vec![Code::TenantUnset]),
            (
                TenantClaim::Unset,
                Some("microsoft-account"),
                vec![Code::TenantMatches],
            ),
            (
                entra(OLD),
                Some("microsoft-account"),
                vec![Code::TenantDiffers],
            ),
        ] {
            let found = cache(vec![record("contoso", claim)]);
            assert_eq!(codes(&found, &scope(tenant)), wanted, "{claim} {tenant:?}");
        }
    }

    #[test]
    fn the_month_is_compared_in_utc() {
        for (created, wanted) in [
            (date(2026, 10, 1), Code::CreatedBeforeConnection),
            (date(2026, 11, 1), Code::CreatedInConnectionMonth),
            (date(2026, 12, 1), Code::CreatedAfterConnection),
            (date(2025, 12, 1), Code::CreatedBeforeConnection),
        ] {
            let observed = Observed {
                created: Some(created),
                ..Observed::default()
            };
            let found = credential(Kind::Pat, Some("contoso"), observed);
            assert_eq!(codes(&found, &scope(None)), [wanted]);
        }
    }

    #[test]
    fn without_a_time_of_connection_nothing_is_judged_by_time() {
        let mut scope = scope(None);
        scope.organizations[0].connected_at = None;
        let observed = Observed {
            created: Some(date(2024, 1, 1)),
            written: Some("2020-01-01T00:00:00Z".parse().unwrap()),
            ..Observed::default()
        };
        let found = credential(Kind::Pat, Some("contoso"), observed);
        assert_eq!(codes(&found, &scope), []);
    }

    #[test]
    fn a_file_of_the_very_second_of_the_connection_is_not_before_it() {
        let observed = Observed {
            written: Some(CONNECTED.parse().unwrap()),
            ..Observed::default()
        };
        let found = credential(Kind::Pat, Some("contoso"), observed);
        assert_eq!(codes(&found, &scope(None)), [Code::WrittenAfterConnection]);
    }

    #[test]
    fn only_secrets_need_an_owner() {
        for (kind, wanted) in [
            (Kind::Pat, vec![Code::UnknownOrganization]),
            (Kind::SshKey, Vec::new()),
        ] {
            assert_eq!(
                codes(&credential(kind, None, Observed::default()), &scope(None)),
                wanted
            );
        }
    }

    #[test]
    fn a_past_expiry_counts_and_a_future_one_does_not() {
        for (expires, wanted) in [
            ("2026-11-30T23:59:59Z", vec![Code::Expired]),
            ("2026-12-01T00:00:01Z", vec![]),
        ] {
            let observed = Observed {
                expires: Some(expires.parse().unwrap()),
                ..Observed::default()
            };
            let found = credential(Kind::AccessToken, Some("contoso"), observed);
            assert_eq!(codes(&found, &scope(None)), wanted);
        }
    }
}
