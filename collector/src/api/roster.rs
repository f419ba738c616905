//! The roster: put as a whole, as CSV or JSON, and read.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Rejected, body};
use crate::auth::{Admin, Viewer};
use crate::roster_file::{self, BadLine, BadLines, LONGEST, RosterFile, checked};
use crate::server::App;
use crate::storage::{RosterChange, RosterLine, RosterMode};

const USUAL: u32 = 1000;
const MOST: u32 = 10_000;

#[derive(Deserialize)]
pub(super) struct Putting {
    mode: Option<String>,
    /// `skip` takes the good lines of a file that has bad ones too.
    bad: Option<String>,
    /// Nothing is kept; the answer says what would be.
    #[serde(default)]
    preview: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct People {
    people: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    email: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    device: Option<String>,
}

#[derive(Serialize)]
struct Put {
    as_of: Timestamp,
    kept: bool,
    mode: &'static str,
    lines: u64,
    people: u64,
    added: u64,
    renamed: u64,
    unchanged: u64,
    removed: u64,
    skipped: Vec<BadLine>,
}

/// A file with bad lines: nothing of it was kept.
#[derive(Serialize)]
struct Bad {
    error: &'static str,
    message: String,
    lines: Vec<BadLine>,
}

fn bad_query() -> Rejected {
    Rejected::bad(
        "bad-query",
        "The address takes mode (add or replace), bad (refuse or skip) and preview (true or false).",
    )
}

pub(super) async fn put(
    State(app): State<App>,
    admin: Admin,
    putting: Result<Query<Putting>, QueryRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Rejected> {
    let Query(putting) = putting.map_err(|_| bad_query())?;
    let mode = putting.mode.as_deref().unwrap_or("replace");
    let mode = RosterMode::parse(mode).ok_or_else(bad_query)?;
    let skip = match putting.bad.as_deref() {
        None | Some("refuse") => false,
        Some("skip") => true,
        Some(_) => return Err(bad_query()),
    };
    let file = read(&headers, &body::plain(&headers, body, LONGEST)?)?;
    let BadLines { told, count } = file.bad;
    if count > 0 && !skip {
        let bad = Bad {
            error: "bad-roster",
            message: format!(
                "{count} lines are not good, so nothing was kept. Mend them, or give bad=skip to leave them out."
            ),
            lines: told,
        };
        return Ok((StatusCode::BAD_REQUEST, Json(bad)).into_response());
    }
    if file.lines.is_empty() {
        return Err(Rejected::bad(
            "empty-roster",
            "The file has no person in it, so nothing was kept. DELETE /api/v1/roster removes the roster.",
        ));
    }
    let as_of = app.clock.now();
    let change = keep(&app, &admin, mode, file.lines, putting.preview).await?;
    Ok(Json(answer(change, as_of, !putting.preview, told)).into_response())
}

async fn keep(
    app: &App,
    admin: &Admin,
    mode: RosterMode,
    lines: Vec<RosterLine>,
    preview: bool,
) -> Result<RosterChange, Rejected> {
    let now = app.clock.now();
    let id = Uuid::now_v7().to_string();
    let change = app.storage.stage_roster(&id, mode, lines, now).await?;
    if preview {
        return Ok(change);
    }
    let kept = app.storage.keep_roster(&id, &admin.actor, now).await?;
    Ok(kept.unwrap_or(change))
}

fn answer(change: RosterChange, as_of: Timestamp, kept: bool, skipped: Vec<BadLine>) -> Put {
    Put {
        as_of,
        kept,
        mode: change.mode.as_str(),
        lines: change.lines,
        people: change.people,
        added: change.added,
        renamed: change.renamed,
        unchanged: change.unchanged,
        removed: change.removed,
        skipped,
    }
}

fn read(headers: &HeaderMap, bytes: &[u8]) -> Result<RosterFile, Rejected> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/json" => {
            let people: People = body::json(bytes)?;
            let mut file = RosterFile::default();
            for (entry, number) in people.people.into_iter().zip(1..) {
                let name = entry.name.unwrap_or_default();
                let device = entry.device.unwrap_or_default();
                match checked(&entry.email, &name, &device) {
                    Ok(line) => file.lines.push(line),
                    Err(message) => file.bad.add(number, message),
                }
            }
            Ok(file)
        }
        "text/csv" => {
            roster_file::read(bytes).map_err(|error| Rejected::bad("bad-roster", error.to_string()))
        }
        _ => Err(Rejected::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unknown-type",
            "Send the roster as text/csv or application/json, and say so in Content-Type.",
        )),
    }
}

/// Nobody is expected to report any more.
pub(super) async fn remove(State(app): State<App>, admin: Admin) -> Result<StatusCode, Rejected> {
    keep(&app, &admin, RosterMode::Replace, Vec::new(), false).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
pub(super) struct Listing {
    limit: Option<u32>,
    after: Option<String>,
}

#[derive(Serialize)]
pub(super) struct ListAnswer {
    as_of: Timestamp,
    lines: u64,
    imported_at: Option<Timestamp>,
    imported_by: Option<String>,
    people: Vec<Line>,
    next: Option<String>,
}

#[derive(Serialize)]
struct Line {
    email: String,
    name: Option<String>,
    device: Option<String>,
}

impl From<RosterLine> for Line {
    fn from(line: RosterLine) -> Self {
        let given = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            email: line.email,
            name: given(line.name),
            device: given(line.device),
        }
    }
}

pub(super) async fn list(
    State(app): State<App>,
    _: Viewer,
    listing: Result<Query<Listing>, QueryRejection>,
) -> Result<Json<ListAnswer>, Rejected> {
    let Query(listing) = listing
        .map_err(|_| Rejected::bad("bad-query", "The address takes limit (a number) and after."))?;
    let limit = listing.limit.unwrap_or(USUAL).clamp(1, MOST);
    let after = listing.after.as_deref().map(|after| {
        let (key, device) = after.split_once(' ').unwrap_or((after, ""));
        (key.to_owned(), device.to_owned())
    });
    let as_of = app.clock.now();
    let roster = app.storage.roster().await?;
    let people = app.storage.roster_lines(after, limit).await?;
    let full = people.len() >= limit as usize;
    // Addresses have no blank in them.
    let next = people
        .last()
        .filter(|_| full)
        .map(|line| format!("{} {}", line.key(), line.device_key()));
    Ok(Json(ListAnswer {
        as_of,
        lines: roster.lines,
        imported_at: roster.imported_at,
        imported_by: Some(roster.imported_by).filter(|by| !by.is_empty()),
        people: people.into_iter().map(Line::from).collect(),
        next,
    }))
}
