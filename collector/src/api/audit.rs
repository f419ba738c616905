//! The audit log as JSON and as CSV.

use async_trait::async_trait;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use jiff::Timestamp;
use rekey_report::Rejection;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::document::ViewerRefusals;
use super::streamed::{self, Pieces};
use super::{Rejected, csv};
use crate::auth::Viewer;
use crate::server::App;
use crate::storage::{Action, AuditFilter, Entry, Storage, StorageError};
use crate::text;

const USUAL: u32 = 100;
const MOST: u32 = 1000;
const PIECE: u32 = 500;

const HEAD: [&str; 9] = [
    "number", "at", "who_kind", "who", "action", "subject", "address", "details", "hash",
];

/// What can be asked of the log, in an address.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditListing {
    /// Only what this one did, by name.
    who: Option<String>,
    /// Only this action, by its fixed word.
    action: Option<String>,
    /// Only entries older than this number.
    before: Option<i64>,
    /// How many, at most 1000; 100 where it is left out. No matter for exports.
    #[param(format = Int64, minimum = 0, maximum = 4_294_967_295_u32)]
    limit: Option<u32>,
}

/// An empty field of a form asks for nothing.
pub(crate) fn audit_filter(listing: &AuditListing) -> Result<AuditFilter, Rejected> {
    let action = text::optional_name(listing.action.as_deref())
        .map(|word| {
            Action::parse(&word).ok_or_else(|| {
                let words: Vec<_> = Action::ALL.iter().map(|action| action.as_str()).collect();
                Rejected::bad(
                    "bad-action",
                    format!("The action is one of {}.", words.join(", ")),
                )
            })
        })
        .transpose()?;
    Ok(AuditFilter {
        who: text::optional_name(listing.who.as_deref()),
        action,
        before: listing.before,
    })
}

/// Entries of the audit log, the newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditLog)]
pub(super) struct Answer {
    as_of: Timestamp,
    entries: Vec<Shown>,
    /// `before` of the next page.
    next: Option<i64>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = AuditLogEntry)]
struct Shown {
    #[serde(flatten)]
    entry: Entry,
    /// As it is hashed.
    #[schema(value_type = Option<Object>)]
    details: Option<Box<RawValue>>,
}

/// The audit log, a page of it.
#[utoipa::path(
    get, path = "/api/v1/audit-log", operation_id = "audit_log", tag = "settings",
    security(("api_token" = []), ("session" = [])),
    params(AuditListing),
    responses(
        (status = 200, description = "A page.", body = Answer),
        (status = 400, description = "`bad-query`, `bad-action`: what is asked for is not understood.", body = Rejection),
        ViewerRefusals,
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    _: Viewer,
    listing: Result<Query<AuditListing>, QueryRejection>,
) -> Result<Json<Answer>, Rejected> {
    let Query(listing) = listing.map_err(|_| bad_query())?;
    let limit = listing.limit.unwrap_or(USUAL).clamp(1, MOST);
    let filter = audit_filter(&listing)?;
    let mut entries = app.storage.audit_entries(&filter, limit + 1).await?;
    let more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    Ok(Json(Answer {
        as_of: app.clock.now(),
        next: entries.last().map(|entry| entry.number).filter(|_| more),
        entries: entries
            .into_iter()
            .map(|entry| Shown {
                details: RawValue::from_string(entry.details.clone()).ok(),
                entry,
            })
            .collect(),
    }))
}

fn bad_query() -> Rejected {
    Rejected::bad(
        "bad-query",
        "The address takes who, action, before (a number) and limit (a number).",
    )
}

struct Export(AuditFilter);

#[async_trait]
impl Pieces for Export {
    async fn next(
        &mut self,
        storage: &dyn Storage,
        text: &mut String,
    ) -> Result<bool, StorageError> {
        let entries = storage.audit_entries(&self.0, PIECE).await?;
        for entry in &entries {
            row(text, entry);
        }
        self.0.before = entries.last().map(|entry| entry.number);
        Ok(entries.len() == PIECE as usize)
    }
}

/// The audit log as a table.
#[utoipa::path(
    get, path = "/api/v1/audit-log.csv", operation_id = "export_audit_log", tag = "settings",
    security(("api_token" = []), ("session" = [])),
    params(AuditListing),
    responses(
        (status = 200, description = "The table.", body = String, content_type = "text/csv"),
        (status = 400, description = "`bad-query`, `bad-action`: what is asked for is not understood.", body = Rejection),
        ViewerRefusals,
    )
)]
pub(super) async fn export(
    State(app): State<App>,
    _: Viewer,
    listing: Result<Query<AuditListing>, QueryRejection>,
) -> Result<Response, Rejected> {
    let Query(listing) = listing.map_err(|_| bad_query())?;
    let export = Export(audit_filter(&listing)?);
    streamed::table(&app, "rekey-audit-log.csv", HEAD, export).await
}

fn row(text: &mut String, entry: &Entry) {
    let cells: [&str; HEAD.len()] = [
        &entry.number.to_string(),
        &entry.at.to_string(),
        &entry.who_kind,
        &entry.who,
        &entry.action,
        &entry.subject,
        &entry.address,
        &entry.details,
        &entry.hash.to_hex(),
    ];
    csv::line(text, cells);
}
