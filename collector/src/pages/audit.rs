//! Everything that an auditor wants, on one page made for printing. Each list is cut; the table has the rest.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use rekey_report::Report;

use super::burndown::{BurnDown, burn_down, day_of};
use super::groups::{self, Group, states};
use super::organizations::merged;
use super::parts::{Frame, StateView, address, named};
use super::show::{When, counted, date, grouped, share, when};
use super::{render, trouble, words};
use crate::auth::Session;
use crate::server::App;
use crate::storage::{
    Action, AuditFilter, Device, DeviceFilter, Mark, Organization, Result, StateCounts,
};

/// Lines of one list on paper.
const FIRST: u32 = 25;

/// People who may sign in are fewer than workstations; more than that is not on paper.
const PEOPLE: u32 = 100;

#[derive(Template)]
#[template(path = "audit.html")]
struct Page {
    frame: Frame,
    as_of: When,
    newest: Option<When>,
    total: String,
    states: Vec<StateLine>,
    declared: String,
    by_word: String,
    organizations: Vec<Group>,
    facts: Vec<Fact>,
    tiles: [StateHead; 5],
    burn_down: Option<BurnDown>,
    since: Option<String>,
    lists: Vec<List>,
    pauses: Vec<Pause>,
    people: Vec<Person>,
    silent_days: String,
}

struct StateHead {
    state: StateView,
}

struct StateLine {
    state: StateView,
    means: &'static str,
    count: String,
    share: String,
}

/// What is known of an organization, and from whom.
struct Fact {
    name: String,
    tenant: String,
    connected: String,
    from: String,
}

struct List {
    id: &'static str,
    title: &'static str,
    none: &'static str,
    lines: Vec<Line>,
    more: bool,
    csv: String,
}

struct Line {
    machine: String,
    person: String,
    what: Vec<String>,
    heard: Option<When>,
}

struct Pause {
    at: String,
    scope: String,
    paused: bool,
    by: String,
    reason: String,
}

/// Somebody who may sign in.
struct Person {
    name: String,
    role: &'static str,
    vouched: String,
    seen: String,
    disabled: Option<String>,
}

pub(super) async fn show(State(app): State<App>, session: Session) -> Response {
    match load(&app, Frame::of(&session, "audit")).await {
        Ok(page) => render(&page),
        Err(error) => trouble(&error),
    }
}

async fn load(app: &App, frame: Frame) -> Result<Page> {
    let now = app.clock.now();
    let numbers = app.storage.compliance().await?;
    let known = merged(app).await?;
    let start = known.iter().filter_map(Organization::connected_at).min();
    let days = app.storage.days(None, start.map_or(0, day_of)).await?;
    let silent_days = (app.silent_after.as_hours() / 24).unsigned_abs();
    Ok(Page {
        frame,
        as_of: when(now, now),
        newest: numbers.newest_report_at.map(|newest| when(newest, now)),
        total: counted(numbers.devices.total(), "workstation"),
        states: state_lines(numbers.devices),
        declared: grouped(numbers.declared),
        by_word: grouped(numbers.compliant_declared),
        organizations: numbers
            .organizations
            .iter()
            .map(|one| {
                let name = one.name.clone();
                groups::group(
                    name.clone(),
                    name,
                    "organization",
                    one.devices,
                    one.declared,
                    one.findings,
                )
            })
            .collect(),
        facts: known.iter().map(fact).collect(),
        tiles: ["compliant", "action-needed", "failed", "waiting", "silent"].map(|word| {
            StateHead {
                state: StateView::of(word),
            }
        }),
        burn_down: burn_down(&days, day_of(now)).map(|burn| BurnDown { open: true, ..burn }),
        people: people(app).await?,
        since: start.map(|start| super::burndown::day_name(day_of(start))),
        lists: lists(app, now).await?,
        pauses: pauses(app).await?,
        silent_days: counted(silent_days, "day"),
    })
}

fn state_lines(devices: StateCounts) -> Vec<StateLine> {
    states(devices)
        .into_iter()
        .map(|(word, count)| StateLine {
            state: StateView::of(word),
            means: words::state_means(word),
            count: grouped(count),
            share: share(count, devices.total()),
        })
        .collect()
}

fn fact(organization: &Organization) -> Fact {
    let set = organization.set.as_ref();
    Fact {
        name: organization.name.clone(),
        tenant: organization
            .tenant()
            .unwrap_or_else(|| "not known".to_owned()),
        connected: organization
            .connected_at()
            .map_or_else(|| "not known".to_owned(), date),
        from: set.map_or_else(
            || "reports".to_owned(),
            |set| format!("{}, {}", set.changed_by, date(set.changed_at)),
        ),
    }
}

/// One list: its heading, what it says when it is empty, and which devices are on it.
struct Wanted {
    id: &'static str,
    title: &'static str,
    none: &'static str,
    state: Option<&'static str>,
    mark: Option<Mark>,
}

const WANTED: [Wanted; 6] = [
    Wanted {
        id: "accepted",
        title: "Accepted findings: meant to stay",
        none: "Nobody accepted a finding.",
        state: None,
        mark: Some(Mark::Accepted),
    },
    Wanted {
        id: "declared",
        title: "Declared steps: done by the person's word",
        none: "Every step that is done was seen by rekey.",
        state: None,
        mark: Some(Mark::Declared),
    },
    Wanted {
        id: "failed",
        title: "Failed: the last run had an error",
        none: "No last run had an error.",
        state: Some("failed"),
        mark: None,
    },
    Wanted {
        id: "silent",
        title: "Silent: nobody knows",
        none: "Nobody is silent.",
        state: Some("silent"),
        mark: None,
    },
    Wanted {
        id: "not-reported",
        title: "Enrolled and never reported",
        none: "Everybody who enrolled has reported.",
        state: Some("not-reported"),
        mark: None,
    },
    Wanted {
        id: "cloned",
        title: "Two machines that report as one",
        none: "None was seen.",
        state: None,
        mark: Some(Mark::Cloned),
    },
];

async fn lists(app: &App, now: Timestamp) -> Result<Vec<List>> {
    let mut lists = Vec::new();
    for wanted in WANTED {
        let filter = DeviceFilter {
            state: wanted.state.map(str::to_owned),
            mark: wanted.mark,
            ..DeviceFilter::default()
        };
        let page = app.storage.devices(&filter, FIRST).await?;
        let mut lines = Vec::new();
        for device in page.devices {
            lines.push(line(app, device, wanted.mark, now).await?);
        }
        lists.push(List {
            id: wanted.id,
            title: wanted.title,
            none: wanted.none,
            lines,
            more: page.next.is_some(),
            csv: address(
                "/api/v1/export.csv",
                &[
                    ("state", wanted.state.unwrap_or_default()),
                    ("mark", wanted.mark.map_or("", Mark::as_str)),
                ],
            ),
        });
    }
    Ok(lists)
}

async fn line(app: &App, device: Device, mark: Option<Mark>, now: Timestamp) -> Result<Line> {
    let what = match mark {
        Some(Mark::Accepted) => {
            let body = app.storage.current_report(&device.id).await?;
            let report = body.and_then(|body| serde_json::from_slice(&body.json()?).ok());
            report.as_ref().map(accepted).unwrap_or_default()
        }
        Some(Mark::Declared) => vec![counted(u64::from(device.declared_steps), "step")],
        Some(Mark::Cloned) => device.cloned_at.map(date).into_iter().collect(),
        None if device.errors > 0 => vec![counted(u64::from(device.errors), "error")],
        None => device
            .said
            .map(|said| format!("said {} then", words::state(said.as_str()).to_lowercase()))
            .into_iter()
            .collect(),
    };
    Ok(Line {
        machine: named(&device.machine_name),
        person: device
            .person_name
            .unwrap_or_else(|| "name not reported".to_owned()),
        what,
        heard: device.said.map(|_| when(device.heard_at, now)),
    })
}

/// What was accepted, by whom, why and until when.
fn accepted(report: &Report) -> Vec<String> {
    let found = report.findings.iter().filter_map(|finding| {
        let accepted = finding.accepted.as_ref()?;
        let until = match accepted.until {
            Some(until) => format!("until {}", date(until)),
            None => "for good".to_owned(),
        };
        Some(format!(
            "{} in {}, by {}, {until}: {}",
            words::kind(finding.kind),
            finding.store,
            accepted.by,
            accepted.reason
        ))
    });
    found.take(5).collect()
}

/// The newest first, from the audit log.
async fn pauses(app: &App) -> Result<Vec<Pause>> {
    let mut entries = Vec::new();
    for action in [Action::CleaningPaused, Action::CleaningAllowed] {
        let filter = AuditFilter {
            action: Some(action),
            ..AuditFilter::default()
        };
        entries.extend(app.storage.audit_entries(&filter, FIRST).await?);
    }
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.number));
    Ok(entries
        .into_iter()
        .map(|entry| {
            let details: serde_json::Value =
                serde_json::from_str(&entry.details).unwrap_or_default();
            Pause {
                at: date(entry.at),
                scope: entry.subject,
                paused: entry.action == Action::CleaningPaused.as_str(),
                by: entry.who,
                reason: details
                    .get("reason")
                    .and_then(serde_json::Value::as_str)
                    .unwrap_or_default()
                    .to_owned(),
            }
        })
        .collect())
}

async fn people(app: &App) -> Result<Vec<Person>> {
    let users = app.storage.users(PEOPLE).await?;
    Ok(users
        .into_iter()
        .map(|user| Person {
            name: user.name,
            role: user.role.as_str(),
            vouched: user.issuer.unwrap_or_else(|| "a password here".to_owned()),
            seen: user.signed_in_at.map_or_else(|| "never".to_owned(), date),
            disabled: user.disabled_at.map(date),
        })
        .collect())
}
