//! Parts that several pages show.

use axum::http::{HeaderMap, header};

use crate::auth::{Session, Viewer, form_token};
use crate::server::App;
use crate::storage::{Device, DeviceStatus};

use super::navigation::{Link, PAGES, SETTINGS, section};
use super::show::{When, when};
use super::version::is_old;
use super::words;
use jiff::Timestamp;

/// What stands around every page.
pub(super) struct Frame {
    pub(super) user: Option<String>,
    pub(super) form: String,
    /// Its section, which the upper list marks.
    pub(super) section: &'static str,
    /// Whether forms that change something are shown.
    pub(super) may_change: bool,
    /// The page's place in the navigation.
    pub(super) at: &'static str,
    pub(super) version: &'static str,
}

impl Frame {
    pub(super) fn of(session: &Session, at: &'static str) -> Self {
        Self {
            user: Some(session.user.name.clone()),
            form: form_token(&session.token),
            may_change: session.role.may_change(),
            at,
            section: section(at),
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// Around what a form's handler answers.
    pub(super) fn seen_by(viewer: &Viewer, at: &'static str) -> Self {
        viewer
            .session
            .as_ref()
            .map_or_else(Self::stranger, |session| Self::of(session, at))
    }

    /// Strangers are led nowhere.
    pub(super) fn pages(&self) -> &'static [Link] {
        if self.user.is_some() { PAGES } else { &[] }
    }

    /// The pages beside this one, in the settings.
    pub(super) fn settings(&self) -> &'static [Link] {
        if self.section == "settings" {
            SETTINGS
        } else {
            &[]
        }
    }

    pub(super) fn stranger() -> Self {
        Self {
            user: None,
            form: String::new(),
            may_change: false,
            at: "",
            section: "",
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// A state as a word with a sign beside it: colour alone says nothing to many.
#[derive(Clone, Copy)]
pub(super) struct StateView {
    pub(super) word: &'static str,
    pub(super) label: &'static str,
}

impl StateView {
    pub(super) fn of(word: &'static str) -> Self {
        Self {
            word,
            label: words::state(word),
        }
    }

    pub(super) fn status(status: DeviceStatus) -> Self {
        Self::of(status.as_str())
    }
}

/// One line of the list.
pub(super) struct DeviceRow {
    pub(super) id: String,
    pub(super) state: StateView,
    pub(super) machine: String,
    pub(super) person: String,
    /// What follows in the name from the @ on: there a long one may be broken.
    pub(super) domain: String,
    pub(super) organizations: String,
    pub(super) stale: u32,
    pub(super) unsure: u32,
    pub(super) heard: Option<When>,
    pub(super) cloned: bool,
    /// The agent's version, where it is older than the collector.
    pub(super) old_agent: Option<String>,
    pub(super) declared: bool,
}

impl DeviceRow {
    pub(super) fn of(device: Device, now: Timestamp) -> Self {
        let organizations: Vec<_> = device
            .organizations
            .iter()
            .map(|organization| organization.name.as_str())
            .collect();
        let person = device
            .person_name
            .unwrap_or_else(|| "name not reported".to_owned());
        let (person, domain) = person.split_at(person.find('@').unwrap_or(person.len()));
        Self {
            state: StateView::status(device.status),
            organizations: organizations.join(", "),
            machine: named(&device.machine_name),
            person: person.to_owned(),
            domain: domain.to_owned(),
            stale: device.findings.stale,
            unsure: device.findings.unsure,
            heard: device.said.map(|_| when(device.heard_at, now)),
            cloned: device.cloned_at.is_some(),
            declared: device.declared_steps > 0,
            old_agent: device.agent.filter(|agent| is_old(agent)),
            id: device.id,
        }
    }
}

/// A machine without a name still needs something to click on.
pub(super) fn named(machine: &str) -> String {
    if machine.is_empty() {
        "unnamed machine".to_owned()
    } else {
        machine.to_owned()
    }
}

/// As the browser wrote it, for commands and links that lead here.
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

/// An address with what is asked for, safely written.
pub(super) fn address(path: &str, asked: &[(&str, &str)]) -> String {
    let asked: Vec<_> = asked
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    match serde_urlencoded::to_string(asked) {
        Ok(query) if !query.is_empty() => format!("{path}?{query}"),
        _ => path.to_owned(),
    }
}
