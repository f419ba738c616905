//! Which tenants the organizations have.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::azure_devops::{TenantAnswer, ask_tenant};
use crate::cli::session::Session;
use crate::model::{OrganizationName, Scope, Tenant};
use crate::network::Deadline;

/// For all organizations: nobody waits long for a network that is not there.
const LIMIT: Duration = Duration::from_secs(10);

/// Learns which tenants the organizations have. One that settings name is not asked for; a zero gates. The names of
/// those that the service knows are given back.
pub(in crate::cli) fn learn_tenants(
    session: &Session,
    scope: &mut Scope,
) -> BTreeSet<OrganizationName> {
    if session.asking.tenants {
        ask(session, scope)
    } else {
        BTreeSet::new()
    }
}

/// The same before the person gives rekey a token: whose it must be is known only then.
pub(in crate::cli) fn learn_for_new_tokens(session: &Session, scope: &mut Scope) {
    if session.asking.new_tokens {
        ask(session, scope);
    }
}

fn ask(session: &Session, scope: &mut Scope) -> BTreeSet<OrganizationName> {
    let mut known = BTreeSet::new();
    let services = match session.asking.services() {
        Ok(services) => services,
        Err(reason) => {
            session.warn(format!("the service was not asked: {reason}"));
            return known;
        }
    };
    let deadline = Deadline::after(LIMIT);
    let open = scope
        .organizations
        .iter_mut()
        .filter(|one| one.tenant.is_none());
    for organization in open {
        let name = &organization.name;
        match ask_tenant(&services, name, deadline) {
            Ok(TenantAnswer::Entra(tenant)) => {
                tracing::info!(organization = %name, %tenant, "the service names the tenant");
                organization.tenant = Some(Tenant::Entra(tenant));
                known.insert(name.clone());
            }
            Ok(TenantAnswer::Unset) => {
                session.say(format!(
                    "{name} is not connected to Microsoft Entra ID yet, says the service. If you know better, add \
                     --tenant GUID."
                ));
                organization.gated = true;
                known.insert(name.clone());
            }
            Ok(TenantAnswer::Unknown { status }) => {
                tracing::warn!(organization = %name, status, "the service names no tenant");
            }
            Err(fault) => session.warn(format!("{name}'s tenant could not be asked for: {fault}")),
        }
    }
    known
}
