//! Enrolment secrets: made here, shown once, revoked; and which enrolments were refused.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::parts::Frame;
use super::parts::own_address;
use super::show::{When, counted, grouped, when};
use super::{message, render, trouble};
use crate::api::a_day_before;
use crate::auth::{Admin, Posted, Session};
use crate::secret::{Purpose, Secret};
use crate::server::App;
use crate::storage::{
    EnrollSecret, NewEnrollSecret, Refusal, RefusedEnrolments, Result, SecretState, Terms,
};
use crate::text;

/// Beyond it a page helps nobody; the API gives them all.
const MOST: u32 = 500;
const NEWEST: u32 = 10;
const HERE: &str = "/settings/enrolment";

#[derive(Template)]
#[template(path = "enrolment.html")]
struct Page {
    frame: Frame,
    as_of: When,
    done: bool,
    secrets: Vec<Row>,
    cut: bool,
    reasons: Vec<Reason>,
    newest: Vec<RefusedRow>,
}

struct Row {
    name: String,
    word: &'static str,
    label: &'static str,
    active: bool,
    uses: String,
    bound: Vec<String>,
    expires: Option<When>,
    used: Option<When>,
    created: When,
    created_by: String,
}

impl Row {
    fn of(secret: EnrollSecret, now: Timestamp) -> Self {
        let state = secret.state(now);
        let terms = secret.terms;
        let uses = grouped(secret.uses);
        let bound = [
            ("workstation", terms.machine_name),
            ("machine id", terms.machine_id),
            ("person", terms.person_name),
        ];
        Self {
            name: secret.name,
            word: state.as_str(),
            label: label(state),
            active: secret.revoked_at.is_none(),
            uses: terms.max_uses.map_or_else(
                || uses.clone(),
                |most| format!("{uses} of {}", grouped(most.into())),
            ),
            bound: bound
                .into_iter()
                .filter_map(|(what, name)| Some(format!("{what} {}", name?)))
                .collect(),
            expires: terms.expires_at.map(|at| when(at, now)),
            used: secret.last_used_at.map(|at| when(at, now)),
            created: when(secret.created_at, now),
            created_by: secret.created_by,
        }
    }
}

const fn label(state: SecretState) -> &'static str {
    match state {
        SecretState::Active => "Active",
        SecretState::UsedUp => "Used up",
        SecretState::Expired => "Expired",
        SecretState::Revoked => "Revoked",
    }
}

struct Reason {
    label: String,
    count: String,
    word: String,
}

struct RefusedRow {
    at: When,
    label: String,
    machine: String,
    secret: String,
    address: String,
}

/// As an admin reads it, and not whoever enrols.
fn reason(word: &str) -> &str {
    let known = Refusal::ALL.iter().find(|known| known.as_str() == word);
    match known {
        None => word,
        Some(Refusal::UnknownSecret) => "The secret is not known here",
        Some(Refusal::SecretExpired) => "The secret has expired",
        Some(Refusal::SecretUsedUp) => "The secret is used up",
        Some(Refusal::SecretRevoked) => "The secret was revoked",
        Some(Refusal::SecretNotForThisDevice) => "The secret is for another workstation or person",
        Some(Refusal::BadDevice) => "It named no machine or no person",
        Some(Refusal::PlaceholderMachineId) => "Its machine id is one that many machines have",
        Some(Refusal::TooManyEnrolments) => "Too many in a short time (counted once a minute)",
    }
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
    let (secrets, refused) = match load(&app, now).await {
        Ok(loaded) => loaded,
        Err(error) => return trouble(&error),
    };
    render(&Page {
        frame: Frame::of(&session, "enrolment"),
        as_of: when(now, now),
        done: asked.is_ok_and(|Query(asked)| asked.done == "revoked"),
        cut: secrets.len() >= MOST as usize,
        secrets: secrets
            .into_iter()
            .map(|secret| Row::of(secret, now))
            .collect(),
        reasons: refused
            .counts
            .into_iter()
            .map(|(word, count)| Reason {
                label: reason(&word).to_owned(),
                count: grouped(count),
                word,
            })
            .collect(),
        newest: refused
            .newest
            .into_iter()
            .map(|refused| RefusedRow {
                at: when(refused.at, now),
                label: reason(&refused.reason).to_owned(),
                machine: refused.machine_name,
                secret: refused.secret_name,
                address: refused.address,
            })
            .collect(),
    })
}

async fn load(app: &App, now: Timestamp) -> Result<(Vec<EnrollSecret>, RefusedEnrolments)> {
    let secrets = app.storage.enroll_secrets(None, MOST).await?;
    let refused = app
        .storage
        .refused_enrolments(a_day_before(now), NEWEST)
        .await?;
    Ok((secrets, refused))
}

#[derive(Template)]
#[template(path = "enrolment_made.html")]
struct Made<'a> {
    frame: Frame,
    name: &'a str,
    secret: &'a str,
    collector: String,
    /// What it is good for, in words.
    terms: String,
}

#[derive(Deserialize)]
pub(super) struct Addition {
    name: String,
    /// From now on; empty for one that never ends.
    #[serde(default)]
    days: String,
    /// Empty for any number.
    #[serde(default)]
    max_uses: String,
    #[serde(default)]
    machine_name: String,
    #[serde(default)]
    machine_id: String,
    #[serde(default)]
    person_name: String,
}

/// A field that has something else than a number in its range.
struct NoNumber;

/// The number in a field; none where it is empty.
fn number(field: &str, most: u32) -> std::result::Result<Option<u32>, NoNumber> {
    if field.trim().is_empty() {
        return Ok(None);
    }
    let number = field.trim().parse().map_err(|_| NoNumber)?;
    (1..=most)
        .contains(&number)
        .then_some(Some(number))
        .ok_or(NoNumber)
}

pub(super) async fn make(
    State(app): State<App>,
    admin: Admin,
    headers: HeaderMap,
    Posted(addition): Posted<Addition>,
) -> Response {
    let now = app.clock.now();
    let name = text::name(&addition.name);
    let (Ok(days), Ok(max_uses), false) = (
        number(&addition.days, 3650),
        number(&addition.max_uses, 1_000_000),
        name.is_empty(),
    ) else {
        return message(
            StatusCode::BAD_REQUEST,
            "No secret was made",
            "A secret needs a name. Days go from 1 to 3650 and uses from 1 to 1000000, or stay empty. Go back and try again.",
        );
    };
    match app.storage.enroll_secret(&name).await {
        Ok(None) => {}
        Ok(Some(_)) => {
            return message(
                StatusCode::CONFLICT,
                "No secret was made",
                "A secret of this name is there already. Revoke it first, or go back and take another name.",
            );
        }
        Err(error) => return trouble(&error),
    }
    let terms = Terms {
        expires_at: days.map(|days| now + SignedDuration::from_hours(24 * i64::from(days))),
        max_uses,
        machine_name: text::optional_name(Some(&addition.machine_name)),
        machine_id: text::optional_name(Some(&addition.machine_id)),
        person_name: text::optional_name(Some(&addition.person_name)),
    };
    let words = words(&terms, now);
    let secret = Secret::new(Purpose::Enroll);
    let new = NewEnrollSecret {
        secret: secret.digest(),
        name: name.clone(),
        terms,
        by: admin.actor.clone(),
        at: now,
    };
    if let Err(error) = app.storage.put_enroll_secret(new).await {
        return trouble(&error);
    }
    // It answers the form itself, without a redirect: an address that shows the secret would have to keep it.
    render(&Made {
        frame: Frame::seen_by(&admin, "enrolment"),
        name: &name,
        secret: secret.reveal(),
        collector: own_address(&app, &headers),
        terms: words,
    })
}

fn words(terms: &Terms, now: Timestamp) -> String {
    let mut words = match terms.max_uses {
        None => "It enrols any number of workstations".to_owned(),
        Some(most) => format!("It enrols {}", counted(most.into(), "workstation")),
    };
    for (what, name) in [
        ("named", &terms.machine_name),
        ("with the machine id", &terms.machine_id),
        ("of", &terms.person_name),
    ] {
        if let Some(name) = name {
            words.push_str(&format!(" {what} {name}"));
        }
    }
    match terms.expires_at {
        Some(end) => words.push_str(&format!(", until {}.", when(end, now).date)),
        None => words.push_str(", until it is revoked."),
    }
    words
}

#[derive(Deserialize)]
pub(super) struct Named {
    name: String,
}

pub(super) async fn revoke(
    State(app): State<App>,
    admin: Admin,
    Posted(named): Posted<Named>,
) -> Response {
    let now = app.clock.now();
    let name = text::name(&named.name);
    match app
        .storage
        .revoke_enroll_secret(&name, &admin.actor, now)
        .await
    {
        // Revoked twice is revoked.
        Ok(_) => Redirect::to(&format!("{HERE}?done=revoked")).into_response(),
        Err(error) => trouble(&error),
    }
}
