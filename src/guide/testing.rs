//! Sample organizations and findings.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use rekey_report::SshKey;

use crate::model::{Finding, Kind, Location, Organization, OrganizationName, Remedy, Verdict};

pub(crate) fn organization(name: &str) -> Organization {
    Organization {
        name: OrganizationName::new(name).unwrap(),
        tenant: None,
        connected_at: None,
        gated: false,
    }
}

pub(super) fn finding(kind: Kind, organization: &str, verdict: Verdict) -> Finding {
    Finding {
        id: format!("{kind}-{verdict}"),
        store: "npm".to_owned(),
        kind,
        organization: Some(organization.to_owned()),
        location: Location::default(),
        verdict,
        evidence: Vec::new(),
        remedy: Remedy::Automatic,
        fingerprint: None,
        advice: None,
        accepted: None,
    }
}

pub(super) fn key(organization: Option<&str>, algorithm: &str, md5: &str) -> SshKey {
    SshKey {
        organization: organization.map(str::to_owned),
        algorithm: algorithm.to_owned(),
        md5: md5.to_owned(),
        sha256: String::new(),
    }
}
