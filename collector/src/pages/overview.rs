//! The overview: who is done, who is not, who is silent.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;

use super::parts::{DeviceRow, Frame, StateView, address};
use super::show::{When, counted, grouped, when};
use super::{render, trouble};
use crate::auth::Session;
use crate::server::App;
use crate::storage::{
    Compliance, Device, DeviceFilter, OrganizationNumbers, StateCounts, StorageError, StoreNumbers,
};

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
    declared: u64,
    organizations: Vec<Organization>,
    stores: Vec<Store>,
    rows: Vec<DeviceRow>,
    more: bool,
    own_address: String,
}

struct Tile {
    state: StateView,
    count: String,
    hint: String,
    href: String,
}

/// A piece of the bar, in thousandths of its width.
struct Bar {
    word: &'static str,
    start: u64,
    width: u64,
}

struct Organization {
    name: String,
    href: String,
    cells: Vec<Cell>,
    stale: String,
    unsure: String,
}

struct Cell {
    state: StateView,
    count: u64,
    href: String,
}

struct Store {
    name: String,
    href: String,
    devices: u64,
    stale: u64,
    unsure: u64,
}

pub(super) async fn show(State(app): State<App>, session: Session, headers: HeaderMap) -> Response {
    let now = app.clock.now();
    let numbers = match app.storage.compliance().await {
        Ok(numbers) => numbers,
        Err(error) => return trouble(&error),
    };
    let devices = match urgent_first(&app).await {
        Ok(devices) => devices,
        Err(error) => return trouble(&error),
    };
    let rows: Vec<_> = devices
        .into_iter()
        .map(|device| DeviceRow::of(device, now))
        .collect();
    let silent_days = app.silent_after.as_hours() / 24;
    let page = Page {
        frame: Frame::of(&session, "overview"),
        as_of: when(now, now),
        newest: numbers.newest_report_at.map(|newest| when(newest, now)),
        done: done(&numbers),
        total: numbers.devices.total(),
        tiles: tiles(numbers.devices, silent_days.unsigned_abs()),
        bars: bars(numbers.devices),
        not_reported: numbers.devices.not_reported,
        declared: numbers.declared,
        organizations: numbers
            .organizations
            .into_iter()
            .map(organization)
            .collect(),
        stores: numbers.stores.into_iter().map(store).collect(),
        more: numbers.devices.total() > rows.len() as u64,
        rows,
        own_address: own_address(&app, &headers),
    };
    render(&page)
}

/// The first devices of the list, those that an admin looks for before the others.
async fn urgent_first(app: &App) -> Result<Vec<Device>, StorageError> {
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

fn done(numbers: &Compliance) -> String {
    let total = counted(numbers.devices.total(), "workstation");
    match (numbers.devices.compliant, numbers.devices.total()) {
        (done, all) if done == all => format!("All done: {total}"),
        (done, _) => format!("{} of {total} done", grouped(done)),
    }
}

fn states(counts: StateCounts) -> [(&'static str, u64); 5] {
    [
        ("compliant", counts.compliant),
        ("action-needed", counts.action_needed),
        ("failed", counts.failed),
        ("waiting", counts.waiting),
        ("silent", counts.silent),
    ]
}

fn tiles(counts: StateCounts, silent_days: u64) -> Vec<Tile> {
    let hint = |word| match word {
        "compliant" => "Nothing is left to do".to_owned(),
        "action-needed" => "Something stale or unsure, or a step open".to_owned(),
        "failed" => "The last run had an error".to_owned(),
        "waiting" => "Not connected yet, or paused".to_owned(),
        _ => format!("No report for {}", counted(silent_days, "day")),
    };
    states(counts)
        .into_iter()
        .map(|(word, count)| Tile {
            state: StateView::of(word),
            count: grouped(count),
            hint: hint(word),
            href: address("/devices", &[("state", word)]),
        })
        .collect()
}

fn bars(counts: StateCounts) -> Vec<Bar> {
    let total = counts.total().max(1);
    let mut sum = 0;
    let mut bars = Vec::new();
    for (word, count) in states(counts) {
        let start = sum * 1000 / total;
        sum += count;
        let width = sum * 1000 / total - start;
        if count > 0 {
            bars.push(Bar { word, start, width });
        }
    }
    bars
}

fn organization(numbers: OrganizationNumbers) -> Organization {
    let cells = states(numbers.devices)
        .into_iter()
        .map(|(word, count)| Cell {
            state: StateView::of(word),
            count,
            href: address(
                "/devices",
                &[("organization", &numbers.name), ("state", word)],
            ),
        })
        .collect();
    Organization {
        href: address("/devices", &[("organization", &numbers.name)]),
        cells,
        stale: grouped(numbers.findings.stale),
        unsure: grouped(numbers.findings.unsure),
        name: numbers.name,
    }
}

fn store(numbers: StoreNumbers) -> Store {
    Store {
        href: address("/devices", &[("place", &numbers.name)]),
        devices: numbers.devices,
        stale: numbers.findings.stale,
        unsure: numbers.findings.unsure,
        name: numbers.name,
    }
}

/// As the browser wrote it, for the command that enrols the first workstation.
pub(super) fn own_address(app: &App, headers: &HeaderMap) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .filter(|host| {
            host.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
        })
        .unwrap_or("COLLECTOR");
    let scheme = if app.secure { "https" } else { "http" };
    format!("{scheme}://{host}")
}
