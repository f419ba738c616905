//! The roster: put as a whole, as CSV or JSON, and read.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use rekey_report::Rejection;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::document::{AdminRefusals, ViewerRefusals};
use super::{Rejected, body};
use crate::auth::{Admin, Viewer};
use crate::roster_file::{self, BadLine, BadLines, LONGEST, RosterFile, checked};
use crate::server::App;
use crate::storage::{RosterChange, RosterLine, RosterMode};

const USUAL: u32 = 1000;
const MOST: u32 = 10_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Putting {
    /// `replace` (the default) removes who is not in the file; `add` leaves them.
    mode: Option<String>,
    /// `refuse` (the default) takes nothing of a file with a bad line; `skip` takes the good lines of a file that has bad ones too.
    bad: Option<String>,
    /// Nothing is kept; the answer says what would be.
    #[serde(default)]
    preview: bool,
}

/// A roster as JSON.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RosterRequest)]
struct People {
    people: Vec<Entry>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RosterEntry)]
struct Entry {
    email: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    device: Option<String>,
}

/// What the file changes, in lines.
#[derive(Serialize, ToSchema)]
#[schema(as = RosterChange)]
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

/// Import a roster: who is expected to report.
///
/// The first line of a CSV names the columns: email, and perhaps name and device. Bad lines are told with their numbers.
#[utoipa::path(
    put, path = "/api/v1/roster", operation_id = "put_roster", tag = "settings",
    security(("api_token" = []), ("session" = [])), params(Putting),
    request_body(content(
        (People = "application/json", example = json!({ "people": [{ "email": "kim@contoso.example", "name": "Kim Lee", "device": "CONTOSO-LT-07" }] })),
        (String = "text/csv", example = json!("email,name,device\nkim@contoso.example,Kim Lee,CONTOSO-LT-07\n")),
    )),
    responses(
        (status = 200, description = "What it changed, or would change.", body = Put),
        (status = 400, description = "`bad-roster`: the file, or lines of it, cannot be taken; the field lines then says which and why. `empty-roster`: it has no person. `bad-query`: the address asks for what there is not. `bad-json`, `bad-gzip`, `bad-body`: the body cannot be read.", body = Rejection),
        (status = 413, description = "`too-large`: the body is longer than 4 MiB.", body = Rejection),
        (status = 415, description = "`unknown-type`: it is neither CSV nor JSON. `unknown-encoding`: it is neither plain nor gzip.", body = Rejection),
        AdminRefusals,
    )
)]
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

/// Remove the whole roster: nobody is expected to report any more.
#[utoipa::path(
    delete, path = "/api/v1/roster", operation_id = "remove_roster", tag = "settings",
    security(("api_token" = []), ("session" = [])),
    responses((status = 204, description = "There is no roster any more."), AdminRefusals)
)]
pub(super) async fn remove(State(app): State<App>, admin: Admin) -> Result<StatusCode, Rejected> {
    keep(&app, &admin, RosterMode::Replace, Vec::new(), false).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Listing {
    /// At most so many lines.
    #[param(format = Int64, minimum = 0, maximum = 4_294_967_295_u32)]
    limit: Option<u32>,
    /// `next` of the page before.
    after: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Roster)]
pub(super) struct ListAnswer {
    as_of: Timestamp,
    lines: u64,
    imported_at: Option<Timestamp>,
    imported_by: Option<String>,
    people: Vec<Line>,
    next: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = RosterLine)]
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

/// The roster, in the order of addresses.
#[utoipa::path(
    get, path = "/api/v1/roster", operation_id = "list_roster", tag = "settings",
    security(("api_token" = []), ("session" = [])), params(Listing),
    responses(
        (status = 200, description = "A page of its lines.", body = ListAnswer),
        (status = 400, description = "`bad-query`: the address takes limit and after.", body = Rejection),
        ViewerRefusals,
    )
)]
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
