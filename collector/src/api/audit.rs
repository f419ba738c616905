//! The audit log as JSON and as CSV.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use jiff::Timestamp;
use rekey_report::Rejection;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::document::ViewerRefusals;
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

struct Export {
    storage: Arc<dyn Storage>,
    filter: AuditFilter,
    begun: bool,
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
    // A database that is away is told before the first byte, while a status can still say so.
    app.storage.ready().await?;
    let export = Export {
        storage: app.storage.clone(),
        filter: audit_filter(&listing)?,
        begun: false,
    };
    let pieces = stream::unfold(Some(export), async |export| match piece(export?).await {
        Ok((text, rest)) => Some((Ok(text), rest)),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "export");
            Some((Err(error), None))
        }
    });
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            CONTENT_DISPOSITION,
            "attachment; filename=\"rekey-audit-log.csv\"",
        ),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

async fn piece(mut export: Export) -> Result<(String, Option<Export>), StorageError> {
    let entries = export.storage.audit_entries(&export.filter, PIECE).await?;
    let mut text = String::new();
    if !export.begun {
        csv::line(&mut text, HEAD);
        export.begun = true;
    }
    for entry in &entries {
        row(&mut text, entry);
    }
    export.filter.before = entries.last().map(|entry| entry.number);
    let rest = (entries.len() == PIECE as usize).then_some(export);
    Ok((text, rest))
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
