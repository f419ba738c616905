//! The roster: a file is looked at, its changes are shown, and then it is kept.

use askama::Template;
use axum::extract::multipart::Multipart;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::parts::Frame;
use super::show::{When, grouped, when};
use super::{foreign_form, message, render, trouble};
use crate::auth::{Admin, Posted, Session};
use crate::roster_file::{self, BadLine, LONGEST};
use crate::server::App;
use crate::storage::{Compliance, Result, RosterChange, RosterMode, RosterState};

const HERE: &str = "/settings/roster";

#[derive(Template)]
#[template(path = "roster.html")]
struct Page {
    frame: Frame,
    as_of: When,
    done: bool,
    lines: String,
    imported: Option<When>,
    imported_by: String,
    people: u64,
    never: u64,
}

#[derive(Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    done: String,
}

pub(super) async fn show(
    State(app): State<App>,
    session: Session,
    asked: std::result::Result<Query<Asked>, QueryRejection>,
) -> Response {
    let now = app.clock.now();
    let (roster, numbers) = match load(&app).await {
        Ok(loaded) => loaded,
        Err(error) => return trouble(&error),
    };
    render(&Page {
        frame: Frame::of(&session, "roster"),
        as_of: when(now, now),
        done: asked.is_ok_and(|Query(asked)| asked.done == "kept"),
        lines: grouped(roster.lines),
        imported: roster.imported_at.map(|at| when(at, now)),
        imported_by: roster.imported_by,
        people: roster.lines,
        never: numbers.people.never_reported,
    })
}

async fn load(app: &App) -> Result<(RosterState, Compliance)> {
    Ok((app.storage.roster().await?, app.storage.compliance().await?))
}

/// What the form sends.
#[derive(Default)]
struct Sent {
    form: String,
    mode: String,
    skip: bool,
    file: Vec<u8>,
}

async fn sent(mut parts: Multipart) -> std::result::Result<Sent, Response> {
    let too_large = || {
        message(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The file was not taken",
            "It is longer than 4 MiB, or it did not come whole. Cut it into parts, and add them one after the other.",
        )
    };
    let mut sent = Sent::default();
    while let Some(part) = parts.next_field().await.map_err(|_| too_large())? {
        let name = part.name().unwrap_or_default().to_owned();
        let bytes = part.bytes().await.map_err(|_| too_large())?;
        let text = || String::from_utf8_lossy(&bytes).into_owned();
        match name.as_str() {
            "form" => sent.form = text(),
            "mode" => sent.mode = text(),
            "skip" => sent.skip = true,
            "file" => sent.file = bytes.to_vec(),
            _ => {}
        }
    }
    if sent.file.len() > LONGEST {
        return Err(too_large());
    }
    Ok(sent)
}

#[derive(Template)]
#[template(path = "roster_bad.html")]
struct Bad {
    frame: Frame,
    /// Why nothing of it can be taken.
    problem: String,
    lines: Vec<BadLine>,
    /// Bad lines that are not listed.
    more: usize,
}

fn bad(frame: Frame, problem: String, lines: roster_file::BadLines) -> Response {
    let more = lines.count - lines.told.len();
    let page = Bad {
        frame,
        problem,
        lines: lines.told,
        more,
    };
    (StatusCode::UNPROCESSABLE_ENTITY, render(&page)).into_response()
}

/// Looks at the file and leads to what it would change.
pub(super) async fn look(State(app): State<App>, admin: Admin, parts: Multipart) -> Response {
    let sent = match sent(parts).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let frame = Frame::seen_by(&admin, "roster");
    // The token of this session: a form of any other page is refused.
    if frame.form.is_empty() || !bool::from(sent.form.as_bytes().ct_eq(frame.form.as_bytes())) {
        return foreign_form();
    }
    let Some(mode) = RosterMode::parse(&sent.mode) else {
        return foreign_form();
    };
    let file = match roster_file::read(&sent.file) {
        Ok(file) => file,
        Err(error) => return bad(frame, error.to_string(), roster_file::BadLines::default()),
    };
    let skipped = file.bad.count;
    if skipped > 0 && !sent.skip {
        let problem = format!("{} of its lines cannot be taken.", grouped(skipped as u64));
        return bad(frame, problem, file.bad);
    }
    if file.lines.is_empty() {
        let problem = "It has no person in it.".to_owned();
        return bad(frame, problem, file.bad);
    }
    let id = Uuid::now_v7().to_string();
    let now = app.clock.now();
    if let Err(error) = app.storage.stage_roster(&id, mode, file.lines, now).await {
        return trouble(&error);
    }
    let unknown = file.unknown.join(", ");
    let asked = [
        ("skipped", skipped.to_string()),
        ("unknown", unknown.chars().take(200).collect()),
    ];
    let asked: Vec<_> = asked
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    Redirect::to(&super::parts::address(&format!("{HERE}/{id}"), &asked)).into_response()
}

#[derive(Template)]
#[template(path = "roster_preview.html")]
struct Preview {
    frame: Frame,
    id: String,
    change: RosterChange,
    lines: String,
    people: String,
    added: String,
    renamed: String,
    unchanged: String,
    removed: String,
    skipped: String,
    unknown: String,
}

#[derive(Default, Deserialize)]
pub(super) struct LeftOut {
    #[serde(default)]
    skipped: u64,
    #[serde(default)]
    unknown: String,
}

fn gone() -> Response {
    message(
        StatusCode::NOT_FOUND,
        "This file is no longer there",
        "It was kept already, or it was looked at more than an hour ago. Choose it once more under Settings, Roster.",
    )
}

pub(super) async fn preview(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
    left_out: std::result::Result<Query<LeftOut>, QueryRejection>,
) -> Response {
    let change = match app.storage.staged_roster(&id).await {
        Ok(Some(change)) => change,
        Ok(None) => return gone(),
        Err(error) => return trouble(&error),
    };
    let left_out = left_out.map(|Query(left_out)| left_out).unwrap_or_default();
    render(&Preview {
        frame: Frame::seen_by(&admin, "roster"),
        id,
        lines: grouped(change.lines),
        people: grouped(change.people),
        added: grouped(change.added),
        renamed: grouped(change.renamed),
        unchanged: grouped(change.unchanged),
        removed: grouped(change.removed),
        skipped: if left_out.skipped > 0 {
            grouped(left_out.skipped)
        } else {
            String::new()
        },
        unknown: left_out.unknown,
        change,
    })
}

#[derive(Deserialize)]
pub(super) struct NoFields {}

pub(super) async fn keep(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
    Posted(NoFields {}): Posted<NoFields>,
) -> Response {
    let now = app.clock.now();
    match app.storage.keep_roster(&id, &admin.actor, now).await {
        Ok(Some(_)) => Redirect::to(&format!("{HERE}?done=kept")).into_response(),
        Ok(None) => gone(),
        Err(error) => trouble(&error),
    }
}
