//! Before the connection: what is to be done, in the order in which an admin does it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;

use super::groups::{self, Store};
use super::organizations::merged;
use super::parts::{DeviceRow, Frame, address};
use super::show::{When, counted, grouped, when};
use super::version::is_old;
use super::{render, trouble};
use crate::auth::Session;
use crate::server::App;
use crate::storage::{DeviceFilter, Organization, Result, Sort, Ticket, TicketState};

/// So many workstations are named here; the list has them all.
const FIRST: u32 = 10;

#[derive(Template)]
#[template(path = "readiness.html")]
struct Page {
    frame: Frame,
    as_of: When,
    organizations: Vec<Planned>,
    /// Some connection is still to come.
    ahead: bool,
    enrolled: u64,
    enrolled_text: String,
    not_reported: u64,
    silent: u64,
    /// People on the roster of whom nothing was heard.
    never_reported: u64,
    agents: Vec<Agent>,
    old_agents: bool,
    waiting: u64,
    waiting_text: String,
    stale: String,
    unsure: String,
    by_organization: Vec<Left>,
    stores: Vec<Store>,
    rows: Vec<DeviceRow>,
    more: bool,
    keys: Vec<Keys>,
    paused: bool,
}

struct Planned {
    name: String,
    href: String,
    connected: Option<When>,
    ahead: bool,
    connect: String,
}

struct Agent {
    name: String,
    href: String,
    count: String,
    old: bool,
}

struct Left {
    name: String,
    href: String,
    devices: String,
    stale: String,
    unsure: String,
}

struct Keys {
    name: String,
    href: String,
    held: String,
    ticket: String,
    settled: bool,
}

pub(super) async fn show(State(app): State<App>, session: Session) -> Response {
    match load(&app, Frame::of(&session, "readiness")).await {
        Ok(page) => render(&page),
        Err(error) => trouble(&error),
    }
}

async fn load(app: &App, frame: Frame) -> Result<Page> {
    let now = app.clock.now();
    let known = merged(app).await?;
    let numbers = app.storage.compliance().await?;
    let waiting = app.storage.of_state("waiting").await?;
    let filter = DeviceFilter {
        state: Some("waiting".to_owned()),
        sort: Sort::Remaining,
        ..DeviceFilter::default()
    };
    let fullest = app.storage.devices(&filter, FIRST).await?;
    let cleaning = app.storage.cleaning().await?;
    let agents: Vec<_> = numbers
        .agents
        .iter()
        .filter(|agent| !agent.name.is_empty())
        .map(|agent| Agent {
            name: agent.name.clone(),
            href: address("/devices", &[("agent", &agent.name)]),
            count: counted(agent.devices.total(), "workstation"),
            old: is_old(&agent.name),
        })
        .collect();
    Ok(Page {
        frame,
        as_of: when(now, now),
        ahead: known.iter().any(|one| planned(one, now).ahead),
        organizations: known.iter().map(|one| planned(one, now)).collect(),
        enrolled: numbers.devices.total(),
        enrolled_text: counted(numbers.devices.total(), "workstation"),
        not_reported: numbers.devices.not_reported,
        silent: numbers.devices.silent,
        never_reported: numbers.people.never_reported,
        old_agents: agents.iter().any(|agent| agent.old),
        agents,
        waiting: waiting.devices,
        waiting_text: counted(waiting.devices, "workstation"),
        stale: counted(waiting.findings.stale, "credential"),
        unsure: grouped(waiting.findings.unsure),
        by_organization: waiting
            .organizations
            .into_iter()
            .map(|(name, devices, findings)| Left {
                href: address(
                    "/devices",
                    &[
                        ("organization", &name),
                        ("state", "waiting"),
                        ("sort", "remaining"),
                    ],
                ),
                devices: grouped(devices),
                stale: grouped(findings.stale),
                unsure: grouped(findings.unsure),
                name,
            })
            .collect(),
        stores: waiting
            .stores
            .into_iter()
            .map(|store| groups::store(store, "waiting"))
            .collect(),
        more: fullest.next.is_some(),
        rows: fullest
            .devices
            .into_iter()
            .map(|device| DeviceRow::of(device, now))
            .collect(),
        keys: keys(app, &known).await?,
        paused: cleaning.all == rekey_report::Cleaning::Paused,
    })
}

fn planned(organization: &Organization, now: Timestamp) -> Planned {
    let connected = organization.connected_at();
    Planned {
        name: organization.name.clone(),
        href: address("/", &[("organization", &organization.name)]),
        ahead: connected.is_none_or(|connected| connected > now),
        connected: connected.map(|connected| when(connected, now)),
        connect: format!(
            "https://dev.azure.com/{}/_settings/organizationAad",
            organization.name
        ),
    }
}

async fn keys(app: &App, known: &[Organization]) -> Result<Vec<Keys>> {
    let tickets = app.storage.tickets().await?;
    let newest = |organization: &str| -> Option<&Ticket> {
        tickets
            .iter()
            .find(|ticket| ticket.organization == organization)
    };
    Ok(app
        .storage
        .key_counts()
        .await?
        .into_iter()
        .filter(|(_, counts)| counts.held > 0)
        .map(|(organization, counts)| {
            let ticket = newest(&organization);
            let asked = match organization.as_str() {
                "" => crate::api::NO_ORGANIZATION,
                name => name,
            };
            Keys {
                href: address("/ssh-keys", &[("organization", asked)]),
                held: counted(counts.held, "key"),
                settled: ticket.is_some_and(|ticket| ticket.state == TicketState::Cleared),
                ticket: ticket.map_or_else(
                    || "no ticket yet".to_owned(),
                    |ticket| format!("ticket {}: {}", ticket.number, ticket.state.as_str()),
                ),
                name: known
                    .iter()
                    .find(|known| known.key == organization)
                    .map_or_else(
                        || match asked {
                            crate::api::NO_ORGANIZATION => "organization not known".to_owned(),
                            name => name.to_owned(),
                        },
                        |known| known.name.clone(),
                    ),
            }
        })
        .collect())
}
