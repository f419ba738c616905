//! The text of the ticket with which Support is asked to clear SSH keys. Pure.

use jiff::Timestamp;

use super::show::{counted, date};
use crate::storage::Organization;

/// Where tickets are opened.
pub(super) const SUPPORT: &str = "https://azure.microsoft.com/support/devops/";

pub(super) struct TicketText {
    pub(super) subject: String,
    pub(super) body: String,
}

/// `file` is the name of the table that goes with it.
pub(super) fn ticket_text(
    organization: &Organization,
    keys: u64,
    file: &str,
    now: Timestamp,
) -> TicketText {
    let name = &organization.name;
    let connected = organization.connected_at();
    let before = connected.is_none_or(|connected| connected > now);
    let tenant = organization
        .tenant()
        .filter(|tenant| tenant != "microsoft-account")
        .map_or_else(String::new, |tenant| format!(" (tenant {tenant})"));
    let when = match connected {
        Some(at) if before => format!("will connect, on {},", date(at)),
        Some(at) => format!("connected, on {},", date(at)),
        None => "are about to connect".to_owned(),
    };
    let why = if before {
        "Please clear the SSH public keys of this organization's users before that, as your page about connecting an \
         organization asks for: they are tied to the identities of before."
    } else {
        "Please clear the SSH public keys of this organization's users that were registered before that: they are tied \
         to the identities of before the change."
    };
    let known = match keys {
        0 => "Our workstations report no such key; users may have keys that they do not use there."
            .to_owned(),
        keys => format!(
            "Our workstations use {} that we know of, as of {}. The fingerprints are in the attached file {file}: MD5 as the page \
             \"SSH public keys\" shows them, and SHA256. Users may have more keys than we see; please clear those too.",
            counted(keys, "key"),
            date(now)
        ),
    };
    TicketText {
        subject: format!(
            "Clear SSH keys of the Azure DevOps organization {name} (Microsoft Entra ID)"
        ),
        body: format!(
            "Organization: https://dev.azure.com/{name}\n\nWe {when} this organization to Microsoft Entra \
             ID{tenant}.\n\n{why} Each person then adds a key again with the new identity.\n\n{known}\n\nPlease tell us when \
             the keys are cleared, and which of them could not be.\n"
        ),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::storage::KnownOrganization;

    fn contoso(connected_at: Option<&str>) -> Organization {
        let told = KnownOrganization {
            key: "contoso".into(),
            name: "contoso".into(),
            tenant: Some("00000000-0000-0000-0000-00000000c0de".into()),
            connected_at: connected_at.map(|at| at.parse().unwrap()),
        };
        Organization::merge(Vec::new(), vec![told]).remove(0)
    }

    #[test]
    fn the_ticket_names_the_organization_the_tenant_the_time_and_the_keys() {
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        let after = ticket_text(&contoso(Some("2026-11-20T18:00:00Z")), 2, "keys.csv", now);
        for part in [
            "https://dev.azure.com/contoso",
            "connected, on 20 Nov 2026, 18:00 UTC, this organization",
            "(tenant 00000000-0000-0000-0000-00000000c0de)",
            "use 2 keys",
            "keys.csv",
        ] {
            assert!(after.body.contains(part), "{part} in {}", after.body);
        }
        let before = ticket_text(&contoso(Some("2026-12-01T18:00:00Z")), 0, "keys.csv", now);
        assert!(
            before.body.contains("will connect, on 1 Dec 2026"),
            "{}",
            before.body
        );
        assert!(before.body.contains("report no such key"));
        assert!(
            ticket_text(&contoso(None), 1, "", now)
                .body
                .contains("about to connect this organization")
        );
    }
}
