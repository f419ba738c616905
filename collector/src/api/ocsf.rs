//! What a SIEM reads: one OCSF Compliance Finding (class 2003, schema.ocsf.io) for each device and organization, a line
//! of JSON each. Sent piece by piece, as the table is.

use async_trait::async_trait;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use jiff::Timestamp;
use rekey_report::{DeviceState, Rejection};
use serde_json::{Value, json};

use super::Rejected;
use super::devices::{Listing, bad_query, filter_of};
use super::document::ViewerRefusals;
use super::streamed::{self, Pieces};
use crate::auth::Viewer;
use crate::server::App;
use crate::storage::{Device, DeviceFilter, DeviceStatus, Storage, StorageError};

/// What is used of the schema is in it since this version.
const VERSION: &str = "1.4.0";

const PIECE: u32 = 500;

/// Compliance findings for a SIEM, OCSF class 2003, a line of JSON each.
///
/// One for each device and organization; one for a device that named none yet.
#[utoipa::path(
    get, path = "/api/v1/ocsf.jsonl", operation_id = "export_ocsf", tag = "numbers",
    security(("api_token" = []), ("session" = [])),
    params(Listing),
    responses(
        (status = 200, description = "The findings.", body = String, content_type = "application/x-ndjson"),
        (status = 400, description = "`bad-query`, `bad-state`, `bad-sort`, `bad-mark`: what is asked for is not understood.", body = Rejection),
        ViewerRefusals,
    )
)]
pub(super) async fn export(
    State(app): State<App>,
    _: Viewer,
    listing: Result<Query<Listing>, QueryRejection>,
) -> Result<Response, Rejected> {
    let Query(listing) = listing.map_err(|_| bad_query())?;
    let export = Export {
        filter: filter_of(listing)?,
        now: app.clock.now(),
    };
    streamed::lines(&app, export).await
}

struct Export {
    filter: DeviceFilter,
    now: Timestamp,
}

#[async_trait]
impl Pieces for Export {
    async fn next(
        &mut self,
        storage: &dyn Storage,
        text: &mut String,
    ) -> Result<bool, StorageError> {
        let page = storage.devices(&self.filter, PIECE).await?;
        for device in &page.devices {
            for finding in findings(device, self.now) {
                text.push_str(&finding.to_string());
                text.push('\n');
            }
        }
        self.filter.after = page.next;
        Ok(self.filter.after.is_some())
    }
}

fn findings(device: &Device, now: Timestamp) -> Vec<Value> {
    if device.organizations.is_empty() {
        return vec![finding(device, None, device.status, now)];
    }
    let each = device.organizations.iter().map(|organization| {
        let status = match device.status {
            DeviceStatus::Reported(_) => DeviceStatus::Reported(organization.state),
            other => other,
        };
        finding(
            device,
            Some((&organization.name, organization.findings)),
            status,
            now,
        )
    });
    each.collect()
}

/// Class, activity, status and severity by their numbers in the schema.
struct Judged {
    /// 1 is pass, 2 "did not yield a result due to missing information", 3 fail.
    compliance: (u8, &'static str),
    /// 1 create, 3 close.
    activity: (u8, &'static str),
    /// 1 new, 4 resolved.
    status: (u8, &'static str),
    /// 1 informational, 2 low, 3 medium.
    severity: (u8, &'static str),
}

/// Nobody fails by not having answered.
const fn judged(status: DeviceStatus) -> Judged {
    const NEW: (u8, &str) = (1, "New");
    const CREATE: (u8, &str) = (1, "Create");
    match status {
        DeviceStatus::Reported(DeviceState::Compliant) => Judged {
            compliance: (1, "Pass"),
            activity: (3, "Close"),
            status: (4, "Resolved"),
            severity: (1, "Informational"),
        },
        DeviceStatus::Reported(DeviceState::ActionNeeded | DeviceState::Failed) => Judged {
            compliance: (3, "Fail"),
            activity: CREATE,
            status: NEW,
            severity: (3, "Medium"),
        },
        DeviceStatus::Reported(DeviceState::Waiting)
        | DeviceStatus::Silent
        | DeviceStatus::NotReported => Judged {
            compliance: (2, "Warning"),
            activity: CREATE,
            status: NEW,
            severity: (2, "Low"),
        },
    }
}

fn finding(
    device: &Device,
    organization: Option<(&str, crate::standing::Counts)>,
    status: DeviceStatus,
    now: Timestamp,
) -> Value {
    let Judged {
        compliance,
        activity,
        status: lifecycle,
        severity,
    } = judged(status);
    let (name, counts) = organization.map_or((None, device.findings), |(name, counts)| {
        (Some(name), counts)
    });
    let subject = name.map_or_else(String::new, |name| format!(" of {name}"));
    let person = device.person_name.as_deref().unwrap_or_default();
    let uid = match name {
        Some(name) => format!("{}/{}", device.id, name.to_lowercase()),
        None => device.id.clone(),
    };
    let mut resource = json!({
        "type": "workstation",
        "uid": device.id,
        "name": device.machine_name,
        "owner": { "uid": device.person_id },
    });
    if !person.is_empty() {
        resource["owner"]["name"] = json!(person);
    }
    if let Some(ring) = &device.ring {
        resource["labels"] = json!([format!("ring: {ring}")]);
    }
    json!({
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2003,
        "class_name": "Compliance Finding",
        "activity_id": activity.0,
        "activity_name": activity.1,
        "type_uid": 200_300 + u32::from(activity.0),
        "time": device.scanned_at.unwrap_or(device.enrolled_at).as_millisecond(),
        "severity_id": severity.0,
        "severity": severity.1,
        "status_id": lifecycle.0,
        "status": lifecycle.1,
        "message": format!("{}: {}{subject}, {} stale, {} unsure.", device.machine_name, status.as_str(), counts.stale, counts.unsure),
        "metadata": {
            "version": VERSION,
            "logged_time": now.as_millisecond(),
            "product": { "name": "rekey", "vendor_name": "rekey", "version": env!("CARGO_PKG_VERSION") },
        },
        "finding_info": {
            "uid": uid,
            "title": format!("Azure DevOps credentials of before the change{subject}"),
            "first_seen_time": device.enrolled_at.as_millisecond(),
            "last_seen_time": device.heard_at.as_millisecond(),
        },
        "compliance": {
            "control": "No Azure DevOps credential of before the change of tenant is left",
            "standards": ["rekey"],
            "status_id": compliance.0,
            "status": compliance.1,
            "status_code": status.as_str(),
        },
        "resources": [resource],
        "unmapped": {
            "organization": name,
            "stale": counts.stale,
            "unsure": counts.unsure,
            "open_steps": device.open_steps,
            "declared_steps": device.declared_steps,
            "errors": device.errors,
        },
    })
}
