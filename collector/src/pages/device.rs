//! One device: what is left, why, and what its person and Support do about it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use rekey_report::{
    DeviceState, OutcomeState, Proof, Report, ReportedOrganization, SshKey, Step, StepState,
};

use super::device_next::next;
use super::finding::{FindingView, findings};
use super::parts::{Frame, StateView, address, named};
use super::show::{When, counted, date, when};
use super::version::is_old;
use super::{not_found, render, trouble, words};
use crate::auth::Session;
use crate::server::App;
use crate::storage::{Device, DeviceStatus, HistoryEntry, StorageError};
use jiff::Timestamp;

const HISTORY: u32 = 30;

#[derive(Template)]
#[template(path = "device.html")]
struct Page {
    frame: Frame,
    machine: String,
    person: String,
    system: String,
    agent: String,
    ring: String,
    state: StateView,
    sentence: String,
    scanned: Option<When>,
    heard: Option<When>,
    enrolled: When,
    told: bool,
    organizations: Vec<OrganizationView>,
    open: Vec<FindingView>,
    settled: Vec<FindingView>,
    left_out: usize,
    outcomes: Vec<OutcomeView>,
    steps: Vec<StepView>,
    places: Vec<PlaceView>,
    places_read: u32,
    keys: Vec<SshKey>,
    history: Vec<HistoryView>,
    trend: Vec<TrendBar>,
    trend_width: usize,
    next: Vec<String>,
    /// All machines of the person.
    theirs: String,
    cloned: Option<When>,
    old_agent: bool,
}

struct OrganizationView {
    name: String,
    href: String,
    tenant: String,
    connected: String,
    gated: bool,
    unknown: bool,
    state: StateView,
}

struct OutcomeView {
    word: &'static str,
    label: &'static str,
    count: usize,
    reasons: Vec<String>,
}

struct StepView {
    title: &'static str,
    organization: String,
    word: &'static str,
    label: &'static str,
    /// `verified` or `declared`, which are never shown alike.
    proof: Option<&'static str>,
}

struct PlaceView {
    store: String,
    path: String,
    label: &'static str,
    reason: String,
}

/// What one report left, in thousandths of the fullest.
struct TrendBar {
    x: usize,
    stale: u64,
    unsure: u64,
    top: u64,
    middle: u64,
}

struct HistoryView {
    scanned: When,
    received: String,
    state: StateView,
    stale: u32,
    unsure: u32,
}

pub(super) async fn show(
    State(app): State<App>,
    session: Session,
    Path(id): Path<String>,
) -> Response {
    match load(&app, &id).await {
        Ok(Some((device, report, history))) => {
            let frame = Frame::of(&session, "device");
            render(&page(frame, device, report, history, app.clock.now()))
        }
        Ok(None) => not_found(),
        Err(error) => trouble(&error),
    }
}

type Loaded = (Device, Option<Report>, Vec<HistoryEntry>);

async fn load(app: &App, id: &str) -> Result<Option<Loaded>, StorageError> {
    let Some(device) = app.storage.device(id).await? else {
        return Ok(None);
    };
    let body = app.storage.current_report(id).await?;
    let report = body.and_then(|body| serde_json::from_slice(&body.json()?).ok());
    let history = app.storage.history(id, HISTORY).await?;
    Ok(Some((device, report, history)))
}

fn page(
    frame: Frame,
    device: Device,
    report: Option<Report>,
    history: Vec<HistoryEntry>,
    now: Timestamp,
) -> Page {
    let sentence = sentence(&device, now);
    let next = next(&device, report.as_ref());
    let trend = trend(&history);
    let told = report.is_some();
    let report = report.as_ref();
    let (open, settled, left_out) = report
        .map(|report| findings(report, now))
        .unwrap_or_default();
    Page {
        frame,
        machine: named(&device.machine_name),
        person: device
            .person_name
            .clone()
            .unwrap_or_else(|| "name not reported".to_owned()),
        system: system(&device, report),
        agent: device.agent.clone().unwrap_or_default(),
        ring: device.ring.clone().unwrap_or_default(),
        state: StateView::status(device.status),
        sentence,
        scanned: device.scanned_at.map(|scanned| when(scanned, now)),
        heard: device.said.map(|_| when(device.heard_at, now)),
        enrolled: when(device.enrolled_at, now),
        told,
        theirs: address("/devices", &[("person", &device.person_key)]),
        cloned: device.cloned_at.map(|cloned| when(cloned, now)),
        old_agent: device.agent.as_deref().is_some_and(is_old),
        next,
        trend_width: trend.len().max(12) * 100,
        trend,
        organizations: report
            .map(|report| organizations(&device, &report.organizations))
            .unwrap_or_default(),
        open,
        settled,
        left_out,
        outcomes: report.map(outcomes).unwrap_or_default(),
        steps: report
            .map(|report| report.steps.iter().map(step).collect())
            .unwrap_or_default(),
        places: report.map(places).unwrap_or_default(),
        places_read: report.map_or(0, |report| report.places_read),
        keys: report
            .map(|report| report.ssh_keys.clone())
            .unwrap_or_default(),
        history: history
            .into_iter()
            .map(|entry| HistoryView {
                scanned: when(entry.scanned_at, now),
                received: date(entry.received_at),
                state: StateView::of(entry.state.as_str()),
                stale: entry.findings.stale,
                unsure: entry.findings.unsure,
            })
            .collect(),
    }
}

/// Stale and unsure of each report, the oldest first. Nothing before there are two.
fn trend(history: &[HistoryEntry]) -> Vec<TrendBar> {
    let left =
        |entry: &HistoryEntry| u64::from(entry.findings.stale) + u64::from(entry.findings.unsure);
    let most = history.iter().map(left).max().unwrap_or_default();
    if most == 0 || history.len() < 2 {
        return Vec::new();
    }
    let part = |count: u32| u64::from(count) * 1000 / most;
    history
        .iter()
        .rev()
        .enumerate()
        .map(|(position, entry)| {
            let (stale, unsure) = (part(entry.findings.stale), part(entry.findings.unsure));
            TrendBar {
                x: position * 100,
                stale,
                unsure,
                middle: 1000_u64.saturating_sub(stale),
                top: 1000_u64.saturating_sub(stale + unsure),
            }
        })
        .collect()
}

/// What the state means for this device, in one breath.
fn sentence(device: &Device, now: Timestamp) -> String {
    let left = [
        (device.findings.stale, "stale credential"),
        (device.findings.unsure, "undecided credential"),
        (device.open_steps, "open step"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| counted(u64::from(count), what))
    .collect::<Vec<_>>()
    .join(", ");
    match device.status {
        DeviceStatus::NotReported => {
            "It enrolled and has not sent a report yet. Its first `rekey run` sends one.".to_owned()
        }
        DeviceStatus::Silent => match device.said {
            Some(said) => format!(
                "The last report came {}. What it said then is below, and may no longer hold: {}.",
                super::show::age(device.heard_at, now),
                words::state(said.as_str()).to_lowercase()
            ),
            None => "It enrolled and has never sent a report.".to_owned(),
        },
        DeviceStatus::Reported(DeviceState::Compliant) if device.declared_steps > 0 => format!(
            "Nothing is left to do. {} counted on the person's word.",
            counted(u64::from(device.declared_steps), "step")
        ),
        DeviceStatus::Reported(DeviceState::Compliant) => "Nothing is left to do.".to_owned(),
        DeviceStatus::Reported(DeviceState::Waiting) => {
            let what = if left.is_empty() {
                String::new()
            } else {
                format!(" Ready to go then: {left}.")
            };
            format!(
                "Its organizations are not connected yet, or cleaning is paused; nothing was changed.{what}"
            )
        }
        DeviceStatus::Reported(DeviceState::Failed) => {
            let errors = counted(u64::from(device.errors), "error");
            let rest = if left.is_empty() {
                String::new()
            } else {
                format!(" Left: {left}.")
            };
            format!("The last run had {errors}.{rest}")
        }
        DeviceStatus::Reported(DeviceState::ActionNeeded) if left.is_empty() => {
            "Something is left to do on it.".to_owned()
        }
        DeviceStatus::Reported(DeviceState::ActionNeeded) => format!("Left: {left}."),
    }
}

fn system(device: &Device, report: Option<&Report>) -> String {
    let system = words::system(&device.machine_system);
    let version = report.and_then(|report| report.machine.version.as_deref());
    format!("{system} {}", version.unwrap_or_default())
        .trim()
        .to_owned()
}

fn organizations(device: &Device, told: &[ReportedOrganization]) -> Vec<OrganizationView> {
    told.iter()
        .map(|entry| {
            let organization = &entry.organization;
            let standing = device
                .organizations
                .iter()
                .find(|known| known.name.to_lowercase() == organization.name.to_lowercase());
            OrganizationView {
                name: organization.name.clone(),
                href: address("/", &[("organization", &organization.name)]),
                tenant: organization
                    .tenant
                    .clone()
                    .unwrap_or_else(|| "not known".to_owned()),
                connected: organization
                    .connected_at
                    .map_or_else(|| "not known".to_owned(), date),
                gated: entry.gated,
                unknown: entry.unknown,
                state: StateView::of(
                    standing.map_or("action-needed", |standing| standing.state.as_str()),
                ),
            }
        })
        .collect()
}

fn outcomes(report: &Report) -> Vec<OutcomeView> {
    OutcomeState::ALL
        .iter()
        .filter_map(|state| {
            let of_state: Vec<_> = report
                .outcomes
                .iter()
                .filter(|outcome| outcome.state == *state)
                .collect();
            let mut reasons: Vec<_> = of_state
                .iter()
                .filter_map(|outcome| outcome.reason.clone())
                .collect();
            reasons.sort();
            reasons.dedup();
            (!of_state.is_empty()).then_some(OutcomeView {
                word: state.as_str(),
                label: words::outcome(*state),
                count: of_state.len(),
                reasons,
            })
        })
        .collect()
}

fn step(step: &Step) -> StepView {
    let proof = step.proof.filter(|_| step.state == StepState::Done);
    StepView {
        title: words::step(step.id),
        organization: step.organization.clone(),
        word: step.state.as_str(),
        label: words::step_state(step.state),
        proof: proof.map(|proof| match proof {
            Proof::Verified => "verified",
            Proof::Declared => "declared",
        }),
    }
}

fn places(report: &Report) -> Vec<PlaceView> {
    report
        .places
        .iter()
        .map(|place| PlaceView {
            store: place.store.clone(),
            path: place.path.clone(),
            label: words::place(place.state),
            reason: place.reason.clone().unwrap_or_default(),
        })
        .collect()
}
