//! What devices and scripts speak to: JSON under `/api/v1`, and a few addresses for whoever keeps it running.

mod agent;
mod audit;
mod body;
mod cleaning;
mod compliance;
mod csv;
mod devices;
mod document;
mod enroll;
mod enroll_secrets;
mod export;
mod health;
mod metrics;
mod ocsf;
mod organizations;
mod people;
mod rejected;
mod reports;
mod roster;
mod ssh_keys;
mod streamed;
mod webhooks;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::server::App;

pub(crate) use audit::{AuditListing, audit_filter};
pub(crate) use devices::{Listing, Row as DeviceRow, STATES, filter_of};
pub(crate) use enroll_secrets::a_day_before;
pub(crate) use export::{head as device_csv_head, row as device_csv};
pub(crate) use organizations::{OrganizationSetting, merged as merged_organizations};
pub(crate) use people::{PeopleListing, people_filter};
pub(crate) use rejected::Rejected;
pub(crate) use ssh_keys::{
    KeyListing, NONE as NO_ORGANIZATION, after as key_after, organization_key, place as key_place,
    with_holders as keys_with_holders,
};

/// Nothing but reports is longer.
const SHORT_BODY: usize = 64 * 1024;

pub(crate) fn router() -> Router<App> {
    documented().split_for_parts().0
}

/// Each endpoint with its description, which stands above the handler as `#[utoipa::path(…)]`. Methods of one address
/// are named together.
fn documented() -> OpenApiRouter<App> {
    let reports = OpenApiRouter::new()
        .routes(routes!(reports::take))
        .layer(DefaultBodyLimit::max(rekey_report::REPORT_LIMIT));
    let roster = OpenApiRouter::new()
        .routes(routes!(roster::put, roster::list, roster::remove))
        .layer(DefaultBodyLimit::max(crate::roster_file::LONGEST));
    OpenApiRouter::with_openapi(document::Head::openapi())
        .routes(routes!(enroll::enroll))
        .routes(routes!(agent::ask))
        .routes(routes!(compliance::compliance))
        .routes(routes!(devices::list))
        .routes(routes!(devices::one, devices::forget))
        .routes(routes!(devices::settle_clone))
        .routes(routes!(people::list))
        .routes(routes!(people::one, people::forget))
        .routes(routes!(people::csv))
        .routes(routes!(export::csv))
        .routes(routes!(ocsf::export))
        .routes(routes!(cleaning::set, cleaning::show))
        .routes(routes!(enroll_secrets::put, enroll_secrets::list))
        .routes(routes!(enroll_secrets::revoke))
        .routes(routes!(audit::list))
        .routes(routes!(audit::export))
        .routes(routes!(webhooks::list))
        .routes(routes!(webhooks::put, webhooks::remove))
        .routes(routes!(webhooks::test))
        .routes(routes!(organizations::set, organizations::show))
        .routes(routes!(ssh_keys::list))
        .routes(routes!(ssh_keys::table))
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(metrics::metrics))
        .routes(routes!(document::openapi))
        .layer(DefaultBodyLimit::max(SHORT_BODY))
        .merge(reports)
        .merge(roster)
}
