//! The announcement to everyone, ready to send.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::announcement_text::{Announcement, announcement, is_before};
use super::filters::Choice;
use super::mail::{draft, mailto};
use super::organizations::merged;
use super::parts::{Frame, address};
use super::show::{When, when};
use super::{not_found, render, trouble};
use crate::auth::Session;
use crate::server::App;
use crate::storage::{Organization, Result};
use crate::text;

#[derive(Template)]
#[template(path = "announcement.html")]
struct Page {
    frame: Frame,
    as_of: When,
    organizations: Vec<Choice>,
    ready: Option<Ready>,
}

struct Ready {
    said: Announcement,
    plain: String,
    chat: String,
    before: bool,
    /// Whether the date says so, or the admin chose.
    connected: Option<When>,
    contact: bool,
    mail: String,
    text_file: String,
    mail_file: String,
}

/// The letter alone, as mail programs show it.
#[derive(Template)]
#[template(path = "letter.html")]
struct Letter<'a> {
    said: &'a Announcement,
}

#[derive(Deserialize)]
pub(super) struct Asked {
    organization: Option<String>,
    /// `before` or `after`; the date decides where it is left out.
    when: Option<String>,
}

type Wanted = std::result::Result<Query<Asked>, QueryRejection>;

pub(super) async fn show(State(app): State<App>, session: Session, asked: Wanted) -> Response {
    let Ok(Query(asked)) = asked else {
        return not_found();
    };
    let frame = Frame::of(&session, "announcement");
    match load(&app, frame, &asked).await {
        Ok(page) => render(&page),
        Err(error) => trouble(&error),
    }
}

async fn load(app: &App, frame: Frame, asked: &Asked) -> Result<Page> {
    let now = app.clock.now();
    let known = merged(app).await?;
    let chosen = choose(&known, asked);
    let names = known.iter().map(|known| known.name.clone());
    let organizations = Choice::all(
        names,
        chosen.map_or("", |chosen| chosen.name.as_str()),
        |name| name,
    );
    let ready = chosen.map(|organization| {
        let before = before(organization, asked, app);
        let said = announcement(organization, before);
        let (plain, chat) = (said.plain(), said.chat());
        let asked = [
            ("organization", organization.name.as_str()),
            ("when", if before { "before" } else { "after" }),
        ];
        Ready {
            mail: mailto("", &said.subject, &plain),
            plain,
            chat,
            before,
            connected: organization.connected_at().map(|at| when(at, now)),
            contact: organization.contact().is_some(),
            text_file: address("/announcement.txt", &asked),
            mail_file: address("/announcement.eml", &asked),
            said,
        }
    });
    Ok(Page {
        frame,
        as_of: when(now, now),
        organizations,
        ready,
    })
}

/// The one that is asked for; else the one whose date is the latest, for it is what admins are about.
fn choose<'a>(known: &'a [Organization], asked: &Asked) -> Option<&'a Organization> {
    match text::optional_name(asked.organization.as_deref()) {
        Some(name) => known.iter().find(|known| known.key == name.to_lowercase()),
        None => known.iter().max_by_key(|known| known.connected_at()),
    }
}

fn before(organization: &Organization, asked: &Asked, app: &App) -> bool {
    match asked.when.as_deref() {
        Some("before") => true,
        Some("after") => false,
        _ => is_before(organization, app.clock.now()),
    }
}

pub(super) async fn text_file(State(app): State<App>, _: Session, asked: Wanted) -> Response {
    file(&app, asked, "text/plain; charset=utf-8", "txt", |said| {
        Some(format!("{}\n\n{}", said.subject, said.plain()))
    })
    .await
}

pub(super) async fn mail_file(State(app): State<App>, _: Session, asked: Wanted) -> Response {
    file(&app, asked, "message/rfc822", "eml", |said| {
        let html = Letter { said }.render().ok()?;
        Some(draft(&said.subject, &said.plain(), &html))
    })
    .await
}

async fn file(
    app: &App,
    asked: Wanted,
    kind: &'static str,
    ending: &str,
    write: impl Fn(&Announcement) -> Option<String>,
) -> Response {
    let Ok(Query(asked)) = asked else {
        return not_found();
    };
    let known = match merged(app).await {
        Ok(known) => known,
        Err(error) => return trouble(&error),
    };
    let Some(organization) = choose(&known, &asked) else {
        return not_found();
    };
    let said = announcement(organization, before(organization, &asked, app));
    let Some(text) = write(&said) else {
        return not_found();
    };
    let name = format!("attachment; filename=\"rekey-announcement.{ending}\"");
    let headers = [(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, name)];
    (headers, text).into_response()
}
