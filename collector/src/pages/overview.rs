//! The overview: who is done, who is not, who is silent; of all organizations or of one.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use jiff::Timestamp;
use rekey_report::Cleaning;
use serde::Deserialize;

use super::burndown::{BurnDown, burn_down, day_of};
use super::groups::{self, Group, Store, states};
use super::organizations::merged;
use super::parts::{DeviceRow, Frame, StateView, address, own_address};
use super::show::{When, counted, grouped, share, when};
use super::{not_found, render, trouble};
use crate::auth::Session;
use crate::server::App;
use crate::storage::{
    CleaningStates, Compliance, Device, DeviceFilter, Organization, OrganizationNumbers, Result,
    StateCounts,
};
use crate::text;

/// How many devices the overview lists before it points to the whole list.
const FIRST: u32 = 20;

#[derive(Template)]
#[template(path = "overview.html")]
struct Page {
    frame: Frame,
    as_of: When,
    newest: Option<When>,
    done: String,
    total: u64,
    tiles: Vec<Tile>,
    bars: Vec<Bar>,
    not_reported: u64,
    not_reported_link: String,
    declared: u64,
    declared_text: String,
    declared_link: String,
    /// Set where the page is about one organization.
    one: Option<One>,
    burn_down: Option<BurnDown>,
    since: Option<String>,
    organizations: Vec<Group>,
    stores: Vec<Store>,
    systems: Vec<Group>,
    rings: Vec<Group>,
    /// For whom cleaning is paused, by whom and why.
    paused: Vec<Paused>,
    people: Vec<Tile>,
    people_done: String,
    rows: Vec<DeviceRow>,
    more: bool,
    own_address: String,
}

/// Cleaning that does not run.
struct Paused {
    whom: String,
    by: String,
    since: When,
    reason: String,
}

/// What is known of the one organization.
struct One {
    name: String,
    tenant: Option<String>,
    connected: Option<When>,
    planned: bool,
    contact: Option<String>,
    devices: String,
    stale: String,
    unsure: String,
}

struct Tile {
    state: StateView,
    count: String,
    share: String,
    hint: String,
    href: String,
}

/// A piece of the bar, in thousandths of its width.
struct Bar {
    word: &'static str,
    start: u64,
    width: u64,
}

#[derive(Deserialize)]
pub(super) struct Asked {
    organization: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    asked: std::result::Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Ok(Query(asked)) = asked else {
        return not_found();
    };
    let asked = text::optional_name(asked.organization.as_deref());
    let frame = Frame::of(&session, "overview");
    let own_address = own_address(&app, &headers);
    match load(&app, frame, asked, own_address).await {
        Ok(Some(page)) => render(&page),
        Ok(None) => not_found(),
        Err(error) => trouble(&error),
    }
}

async fn load(
    app: &App,
    frame: Frame,
    asked: Option<String>,
    own_address: String,
) -> Result<Option<Page>> {
    let now = app.clock.now();
    let numbers = app.storage.compliance().await?;
    let known = merged(app).await?;
    let asked = asked.map(|name| name.to_lowercase());
    let of_one = |one: &&OrganizationNumbers| Some(one.name.to_lowercase()) == asked;
    let one = numbers.organizations.iter().find(of_one).cloned();
    let organization = known
        .iter()
        .find(|known| Some(&known.key) == asked.as_ref());
    if asked.is_some() && organization.is_none() {
        return Ok(None);
    }
    let start = start(&known, organization);
    let since = start.map_or(0, day_of);
    let days = app.storage.days(asked.as_deref(), since).await?;
    let devices = match (&asked, &one) {
        (None, _) => numbers.devices,
        (Some(_), Some(one)) => one.devices,
        (Some(_), None) => StateCounts::default(),
    };
    let declared = match &one {
        _ if asked.is_none() => numbers.declared,
        Some(one) => one.declared,
        None => 0,
    };
    let rows: Vec<_> = match asked {
        None => urgent_first(app).await?,
        Some(_) => Vec::new(),
    };
    let rows: Vec<_> = rows
        .into_iter()
        .map(|device| DeviceRow::of(device, now))
        .collect();
    let silent_days = (app.silent_after.as_hours() / 24).unsigned_abs();
    let within = organization.map_or("", |organization| organization.name.as_str());
    Ok(Some(Page {
        frame,
        as_of: when(now, now),
        newest: numbers.newest_report_at.map(|newest| when(newest, now)),
        done: done(devices),
        total: devices.total(),
        tiles: tiles(devices, silent_days, within, numbers.compliant_declared),
        bars: bars(devices),
        not_reported: devices.not_reported,
        not_reported_link: address("/devices", &[("state", "not-reported")]),
        declared,
        declared_text: grouped(declared),
        declared_link: address(
            "/devices",
            &[("organization", within), ("mark", "declared")],
        ),
        one: organization.map(|organization| about(organization, one.as_ref(), now)),
        burn_down: burn_down(&days, day_of(now)),
        since: start.map(|start| super::burndown::day_name(day_of(start))),
        more: numbers.devices.total() > rows.len() as u64,
        organizations: organizations(&numbers, &known, now),
        paused: paused(&app.storage.cleaning().await?, now),
        people: people(numbers.people),
        people_done: format!(
            "{} of {} done",
            grouped(numbers.people.compliant),
            counted_people(numbers.people.total())
        ),
        stores: numbers
            .stores
            .into_iter()
            .map(|store| groups::store(store, ""))
            .collect(),
        systems: groups::systems(numbers.systems),
        rings: groups::rings(numbers.rings),
        rows,
        own_address,
    }))
}

/// When the first organization was connected, or the one.
fn start(known: &[Organization], one: Option<&Organization>) -> Option<Timestamp> {
    match one {
        Some(one) => one.connected_at(),
        None => known.iter().filter_map(Organization::connected_at).min(),
    }
}

fn about(organization: &Organization, one: Option<&OrganizationNumbers>, now: Timestamp) -> One {
    let connected = organization.connected_at();
    let findings = one.map(|one| one.findings).unwrap_or_default();
    One {
        name: organization.name.clone(),
        tenant: organization.tenant(),
        planned: connected.is_some_and(|connected| connected > now),
        connected: connected.map(|connected| when(connected, now)),
        contact: organization.contact(),
        devices: address("/devices", &[("organization", &organization.name)]),
        stale: grouped(findings.stale),
        unsure: grouped(findings.unsure),
    }
}

/// The first devices of the list, those that an admin looks for before the others.
async fn urgent_first(app: &App) -> Result<Vec<Device>> {
    const ORDER: [&str; 6] = [
        "failed",
        "action-needed",
        "silent",
        "not-reported",
        "waiting",
        "compliant",
    ];
    let mut devices = Vec::new();
    for state in ORDER {
        let room = FIRST.saturating_sub(u32::try_from(devices.len()).unwrap_or(FIRST));
        if room == 0 {
            break;
        }
        let filter = DeviceFilter {
            state: Some(state.to_owned()),
            ..DeviceFilter::default()
        };
        let page = app.storage.devices(&filter, room).await?;
        devices.extend(page.devices);
    }
    Ok(devices)
}

fn done(devices: StateCounts) -> String {
    let total = counted(devices.total(), "workstation");
    match (devices.compliant, devices.total()) {
        (done, all) if done == all => format!("All done: {total}"),
        (done, _) => format!("{} of {total} done", grouped(done)),
    }
}

fn tiles(counts: StateCounts, silent_days: u64, within: &str, by_word: u64) -> Vec<Tile> {
    let hint = |word| match word {
        "compliant" if by_word > 0 && within.is_empty() => format!(
            "Nothing is left to do; on {} a step counts by the person's word",
            grouped(by_word)
        ),
        "compliant" => "Nothing is left to do".to_owned(),
        "action-needed" => "Something stale or unsure, or a step open".to_owned(),
        "failed" => "The last run had an error".to_owned(),
        "waiting" => "Not connected yet, or paused".to_owned(),
        _ => format!(
            "No report for {}: nobody knows",
            counted(silent_days, "day")
        ),
    };
    states(counts)
        .into_iter()
        .filter(|(word, _)| *word != "not-reported")
        .map(|(word, count)| Tile {
            state: StateView::of(word),
            count: grouped(count),
            share: share(count, counts.total()),
            hint: hint(word),
            href: address("/devices", &[("organization", within), ("state", word)]),
        })
        .collect()
}

fn paused(states: &CleaningStates, now: Timestamp) -> Vec<Paused> {
    states
        .settings
        .iter()
        .filter(|setting| setting.state == Cleaning::Paused)
        .map(|setting| Paused {
            whom: match &setting.ring {
                None => "all workstations".to_owned(),
                Some(ring) => format!("the ring {ring}"),
            },
            by: setting.by.clone(),
            since: when(setting.since, now),
            reason: setting.reason.clone(),
        })
        .collect()
}

fn people(counts: StateCounts) -> Vec<Tile> {
    states(counts)
        .into_iter()
        .chain([("never-reported", counts.never_reported)])
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| Tile {
            state: StateView::of(word),
            count: grouped(count),
            share: share(count, counts.total()),
            hint: String::new(),
            href: address("/people", &[("state", word)]),
        })
        .collect()
}

fn counted_people(count: u64) -> String {
    if count == 1 {
        "1 person".to_owned()
    } else {
        format!("{} people", grouped(count))
    }
}

fn bars(counts: StateCounts) -> Vec<Bar> {
    let total = counts.total().max(1);
    let mut sum = 0;
    let mut bars = Vec::new();
    for (word, count) in states(counts) {
        let start = sum * 1000 / total;
        sum += count;
        let width = sum * 1000 / total - start;
        if count > 0 && word != "not-reported" {
            bars.push(Bar { word, start, width });
        }
    }
    bars
}

/// Each leads to its own overview; beside its name stands since when it is connected.
fn organizations(numbers: &Compliance, known: &[Organization], now: Timestamp) -> Vec<Group> {
    numbers
        .organizations
        .iter()
        .map(|one| {
            let connected = known
                .iter()
                .find(|known| known.key == one.name.to_lowercase())
                .and_then(Organization::connected_at);
            let name = one.name.clone();
            let mut group = groups::group(
                name.clone(),
                name,
                "organization",
                one.devices,
                one.declared,
                one.findings,
            );
            group.href = address("/", &[("organization", &one.name)]);
            group.note = match connected {
                Some(at) if at > now => {
                    format!("planned for {}", super::burndown::day_name(day_of(at)))
                }
                Some(at) => format!("connected {}", super::burndown::day_name(day_of(at))),
                None => "connection not known".to_owned(),
            };
            group
        })
        .collect()
}
