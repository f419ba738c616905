//! Everybody who reports or is expected to, with where they stand.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use jiff::Timestamp;

use super::parts::{Frame, StateView, address};
use super::show::{When, counted, grouped, when};
use super::{not_found, render, trouble};
use crate::api::{PeopleListing, people_filter};
use crate::auth::Session;
use crate::server::App;
use crate::storage::{Compliance, Person, PersonStatus, Result, RosterState, StateCounts};

const A_PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "persons.html")]
struct Page {
    frame: Frame,
    as_of: When,
    /// How many people, and how many of them were never heard of.
    summary: String,
    never: u64,
    /// When the roster was imported; none where there is none.
    roster: Option<When>,
    rows: Vec<PersonRow>,
    states: Vec<Choice>,
    search: String,
    filtered: bool,
    later: bool,
    next: Option<String>,
    export: String,
}

struct Choice {
    state: StateView,
    chosen: bool,
}

/// One line of the list.
struct PersonRow {
    href: String,
    state: StateView,
    /// What they are called.
    name: String,
    /// Their address, where that says more.
    address: String,
    on_roster: bool,
    devices: Vec<DeviceCount>,
    heard: Option<When>,
}

/// Devices of one state.
pub(super) struct DeviceCount {
    pub(super) state: StateView,
    pub(super) count: String,
}

/// The states that devices are in, the most urgent first.
pub(super) fn device_counts(devices: StateCounts) -> Vec<DeviceCount> {
    [
        ("failed", devices.failed),
        ("action-needed", devices.action_needed),
        ("silent", devices.silent),
        ("not-reported", devices.not_reported),
        ("waiting", devices.waiting),
        ("compliant", devices.compliant),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .map(|(word, count)| DeviceCount {
        state: StateView::of(word),
        count: grouped(count),
    })
    .collect()
}

/// The address of a person's page; keys hold signs that mean something in addresses.
pub(super) fn person_address(key: &str) -> String {
    let key: String = serde_urlencoded::to_string([("", key)])
        .unwrap_or_default()
        .trim_start_matches('=')
        .replace('+', "%20");
    format!("/people/{key}")
}

/// What to call somebody of whom little is known.
pub(super) fn called(person: &Person) -> (String, String) {
    let nobody = person.key.starts_with('#');
    match (person.name.as_str(), nobody) {
        ("", true) => ("name not reported".to_owned(), String::new()),
        (name, true) => (name.to_owned(), String::new()),
        ("", false) => (person.key.clone(), String::new()),
        (name, false) if name.to_lowercase() == person.key => (name.to_owned(), String::new()),
        (name, false) => (name.to_owned(), person.key.clone()),
    }
}

impl PersonRow {
    fn of(person: Person, now: Timestamp) -> Self {
        let (name, address) = called(&person);
        Self {
            href: person_address(&person.key),
            state: StateView::of(person.status.as_str()),
            name,
            address,
            on_roster: person.on_roster,
            devices: device_counts(person.devices),
            heard: person.heard_at.map(|heard| when(heard, now)),
        }
    }
}

pub(super) async fn show(
    State(app): State<App>,
    session: Session,
    listing: std::result::Result<Query<PeopleListing>, QueryRejection>,
) -> Response {
    let Ok(Query(listing)) = listing else {
        return not_found();
    };
    let Ok(filter) = people_filter(&listing) else {
        return not_found();
    };
    let now = app.clock.now();
    let page = match app.storage.people(&filter, A_PAGE).await {
        Ok(page) => page,
        Err(error) => return trouble(&error),
    };
    let (numbers, roster) = match beside(&app).await {
        Ok(beside) => beside,
        Err(error) => return trouble(&error),
    };
    let state = filter.state.unwrap_or_default();
    let search = filter.search.unwrap_or_default();
    let asked = [("state", state.as_str()), ("q", &search)];
    let next = page.next.as_deref().map(|next| {
        let mut on = asked.to_vec();
        on.push(("after", next));
        address("/people", &on)
    });
    render(&Page {
        frame: Frame::of(&session, "people"),
        as_of: when(now, now),
        summary: summary(numbers.people),
        never: numbers.people.never_reported,
        roster: roster.imported_at.map(|at| when(at, now)),
        rows: page
            .people
            .into_iter()
            .map(|person| PersonRow::of(person, now))
            .collect(),
        states: PersonStatus::WORDS
            .into_iter()
            .map(|word| Choice {
                state: StateView::of(word),
                chosen: word == state,
            })
            .collect(),
        filtered: !state.is_empty() || !search.is_empty(),
        later: filter.after.is_some(),
        export: address("/api/v1/people.csv", &asked),
        next,
        search,
    })
}

async fn beside(app: &App) -> Result<(Compliance, RosterState)> {
    Ok((app.storage.compliance().await?, app.storage.roster().await?))
}

fn summary(people: StateCounts) -> String {
    let total = match people.total() {
        1 => "1 person".to_owned(),
        total => format!("{} people", grouped(total)),
    };
    let done = grouped(people.compliant);
    match people.never_reported {
        0 => format!("{total}, {done} of them done"),
        never => format!(
            "{total}, {done} of them done, {} never reported",
            grouped(never)
        ),
    }
}

/// Why a state is what it is, for a person.
pub(super) fn meaning(person: &Person) -> String {
    match person.status.as_str() {
        PersonStatus::NEVER_REPORTED => {
            "They are on the roster, and nothing was ever heard of them. That is no answer: it says nothing about success or failure. Perhaps rekey is not installed there yet.".to_owned()
        }
        "silent" => "A workstation of theirs was heard before and is not any more. What it said then may no longer hold.".to_owned(),
        "failed" => "The last run on a workstation of theirs had an error.".to_owned(),
        "action-needed" => "Something is left to do on a workstation of theirs.".to_owned(),
        "waiting" => "Not connected yet, or cleaning is paused; nothing was changed.".to_owned(),
        "compliant" => format!(
            "Nothing is left to do on {}.",
            counted(person.devices.total(), "workstation")
        ),
        _ => "A workstation of theirs is enrolled and has not sent a report yet.".to_owned(),
    }
}
