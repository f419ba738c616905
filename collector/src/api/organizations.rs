//! Organizations: what admins set beside what reports say.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use rekey_report::Rejection;

use super::document::{AdminRefusals, BodyRefusals, ViewerRefusals};
use super::{Rejected, SHORT_BODY, body};
use crate::auth::{Admin, Viewer};
use crate::server::App;
use crate::storage::{Action, NewEntry, NewOrganization, Organization, Result as Stored};
use crate::text;

/// More than any company has; a page shows them all.
const MOST: usize = 500;

#[derive(Serialize, ToSchema)]
pub(super) struct OrganizationsAnswer {
    as_of: Timestamp,
    organizations: Vec<OrganizationRow>,
}

/// An organization as the collector goes by it; an admin's word goes before the reports'.
#[derive(Serialize, ToSchema)]
struct OrganizationRow {
    name: String,
    tenant: Option<String>,
    connected_at: Option<Timestamp>,
    contact: Option<String>,
    /// Null where no admin set it.
    set_by: Option<String>,
    set_at: Option<Timestamp>,
    /// Null where no report names it.
    reported: Option<ReportedOrganization>,
    /// The reports say something else than the admin.
    differs: bool,
}

#[derive(Serialize, ToSchema)]
#[schema(as = OrganizationInReports)]
struct ReportedOrganization {
    tenant: Option<String>,
    connected_at: Option<Timestamp>,
}

impl From<Organization> for OrganizationRow {
    fn from(organization: Organization) -> Self {
        Self {
            tenant: organization.tenant(),
            connected_at: organization.connected_at(),
            contact: organization.contact(),
            differs: organization.tenant_differs() || organization.connected_differs(),
            set_by: organization.set.as_ref().map(|set| set.changed_by.clone()),
            set_at: organization.set.as_ref().map(|set| set.changed_at),
            reported: organization.told.map(|told| ReportedOrganization {
                tenant: told.tenant,
                connected_at: told.connected_at,
            }),
            name: organization.name,
        }
    }
}

/// `PUT /api/v1/organizations`: these and no others are set afterwards.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OrganizationSettings {
    organizations: Vec<OrganizationSetting>,
}

/// What is left out is taken from the reports.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrganizationSetting {
    pub(crate) name: String,
    /// A GUID, or `microsoft-account`.
    #[serde(default)]
    pub(crate) tenant: Option<String>,
    /// A time, or a day.
    #[serde(default)]
    pub(crate) connected_at: Option<String>,
    /// Whom people ask.
    #[serde(default)]
    pub(crate) contact: Option<String>,
}

impl OrganizationSetting {
    /// In the form in which it is kept, or what is wrong with it.
    pub(crate) fn checked(&self) -> Result<NewOrganization, &'static str> {
        let name = text::name(&self.name);
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || !name.chars().all(plain) {
            return Err(
                "The name of an organization has letters, digits and hyphens, as in https://dev.azure.com/NAME.",
            );
        }
        let tenant =
            text::optional_name(self.tenant.as_deref()).map(|tenant| tenant.to_lowercase());
        if let Some(tenant) = &tenant
            && tenant != "microsoft-account"
            && uuid::Uuid::try_parse(tenant).is_err()
        {
            return Err(
                "The tenant is a GUID as the organization's settings show it, or microsoft-account.",
            );
        }
        let connected_at = match text::optional_name(self.connected_at.as_deref()) {
            None => None,
            Some(time) => Some(moment(&time).ok_or(
                "The time of the connection is not understood. Write it as 2026-11-20T18:00:00Z, in UTC.",
            )?),
        };
        Ok(NewOrganization {
            name,
            tenant,
            connected_at,
            contact: text::optional_name(self.contact.as_deref()),
        })
    }
}

/// A time with its zone; or a day, or a day with its time, as forms send them: UTC then.
fn moment(text: &str) -> Option<Timestamp> {
    let utc = |time: DateTime| time.to_zoned(TimeZone::UTC).ok();
    text.parse::<Timestamp>()
        .ok()
        .or_else(|| Some(utc(text.parse::<DateTime>().ok()?)?.timestamp()))
        .or_else(|| {
            Some(
                utc(text
                    .parse::<Date>()
                    .ok()?
                    .to_datetime(jiff::civil::time(0, 0, 0, 0)))?
                .timestamp(),
            )
        })
}

/// Both sides as one list.
pub(crate) async fn merged(app: &App) -> Stored<Vec<Organization>> {
    let set = app.storage.organization_settings().await?;
    let told = app.storage.known_organizations().await?;
    Ok(Organization::merge(set, told))
}

async fn answer(app: &App) -> Result<Json<OrganizationsAnswer>, Rejected> {
    Ok(Json(OrganizationsAnswer {
        as_of: app.clock.now(),
        organizations: merged(app)
            .await?
            .into_iter()
            .map(OrganizationRow::from)
            .collect(),
    }))
}

/// Organizations, as admins set them and as reports say.
#[utoipa::path(
    get, path = "/api/v1/organizations", operation_id = "organizations", tag = "settings",
    security(("api_token" = []), ("session" = [])),
    responses((status = 200, description = "Every organization that is set or reported.", body = OrganizationsAnswer), ViewerRefusals)
)]
pub(super) async fn show(
    State(app): State<App>,
    _: Viewer,
) -> Result<Json<OrganizationsAnswer>, Rejected> {
    answer(&app).await
}

/// Sets these organizations and no others.
#[utoipa::path(
    put, path = "/api/v1/organizations", operation_id = "set_organizations", tag = "settings",
    security(("api_token" = []), ("session" = [])),
    request_body(content = OrganizationSettings, example = json!({ "organizations": [{ "name": "contoso", "connected_at": "2026-11-20T18:00:00Z", "contact": "help@contoso.example" }] })),
    responses(
        (status = 200, description = "What is set now.", body = OrganizationsAnswer),
        (status = 400, description = "`bad-json`, `bad-gzip`, `bad-body`: the body cannot be read. `bad-organization`, `too-many`: it cannot be set.", body = Rejection),
        BodyRefusals,
        AdminRefusals,
    )
)]
pub(super) async fn set(
    State(app): State<App>,
    admin: Admin,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<OrganizationsAnswer>, Rejected> {
    let settings: OrganizationSettings = body::json(&body::plain(&headers, body, SHORT_BODY)?)?;
    if settings.organizations.len() > MOST {
        return Err(Rejected::bad(
            "too-many",
            format!("At most {MOST} organizations are kept."),
        ));
    }
    let mut organizations: Vec<NewOrganization> = Vec::new();
    for setting in &settings.organizations {
        let checked = setting
            .checked()
            .map_err(|problem| Rejected::bad("bad-organization", problem))?;
        let same = |other: &NewOrganization| other.name.eq_ignore_ascii_case(&checked.name);
        if organizations.iter().any(same) {
            return Err(Rejected::bad(
                "bad-organization",
                "An organization is named twice; names are compared without case.",
            ));
        }
        organizations.push(checked);
    }
    let now = app.clock.now();
    let names: Vec<_> = organizations.iter().map(|one| one.name.as_str()).collect();
    let entry = NewEntry::new(
        now,
        admin.actor.clone(),
        Action::OrganizationChanged,
        "all organizations",
    )
    .with(json!({ "set": names }));
    app.storage
        .set_organizations(&organizations, &entry)
        .await?;
    tracing::info!(by = %admin.actor.who, "organizations were set");
    answer(&app).await
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn setting(name: &str, tenant: &str, at: &str) -> OrganizationSetting {
        OrganizationSetting {
            name: name.into(),
            tenant: Some(tenant.into()),
            connected_at: Some(at.into()),
            contact: None,
        }
    }

    #[test]
    fn times_come_with_a_zone_or_from_a_form() {
        for (given, meant) in [
            ("2026-11-20T19:00:00+01:00", "2026-11-20T18:00:00Z"),
            ("2026-11-20T18:00", "2026-11-20T18:00:00Z"),
            ("2026-11-20", "2026-11-20T00:00:00Z"),
        ] {
            let checked = setting("contoso", "", given).checked().unwrap();
            assert_eq!(checked.connected_at.unwrap().to_string(), meant);
        }
        assert!(setting("contoso", "", "soon").checked().is_err());
    }

    #[test]
    fn names_and_tenants_have_their_forms() {
        for name in ["", "two words", "<script>", "https://dev.azure.com/contoso"] {
            assert!(setting(name, "", "").checked().is_err(), "{name}");
        }
        assert!(setting("contoso", "contoso.example", "").checked().is_err());
        let checked = setting(" Contoso ", "Microsoft-Account", "")
            .checked()
            .unwrap();
        assert_eq!(checked.name, "Contoso");
        assert_eq!(checked.tenant.as_deref(), Some("microsoft-account"));
    }
}
