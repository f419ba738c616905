//! Samples, and a collector that answers as it is told.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

use std::io::Read as _;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use rekey_report::{
    DeviceState, EnrollDevice, Finding, Kind, Location, Machine, Organization, Remedy, Report,
    ReportedOrganization, Scan, Summary, Verdict,
};
use uuid::Uuid;

use super::settings::ReportSettings;
use super::transport::{Collector, Timing};
use super::workstation::Workstation;
use super::{Contact, Spool};
use crate::model::{Depth, Secret};
use crate::state::{LastRun, StateFolder};
pub(super) use crate::testing::{Reply, Request, Server};

pub(super) fn workstation() -> Workstation {
    Workstation {
        machine: Machine {
            id: "machine".to_owned(),
            name: "laptop-7".to_owned(),
            system: "linux".to_owned(),
            version: None,
            architecture: "x86_64".to_owned(),
        },
        person_id: "person".to_owned(),
        person_name: "dev".to_owned(),
        homes: vec![PathBuf::from("/home/dev")],
        ignore_case: false,
    }
}

pub(crate) fn finding(id: &str, verdict: Verdict) -> Finding {
    Finding {
        id: id.to_owned(),
        store: "npm".to_owned(),
        kind: Kind::Pat,
        organization: Some("contoso".to_owned()),
        location: Location::default(),
        verdict,
        evidence: Vec::new(),
        remedy: Remedy::Automatic,
        fingerprint: None,
        advice: None,
        accepted: None,
    }
}

pub(crate) fn reported(name: &str) -> ReportedOrganization {
    ReportedOrganization {
        organization: Organization {
            name: name.to_owned(),
            tenant: None,
            connected_at: None,
        },
        gated: false,
        unknown: false,
    }
}

pub(crate) fn last_run() -> LastRun {
    LastRun {
        run: Uuid::nil(),
        at: "2026-11-23T02:47:59Z".parse().unwrap(),
        state: DeviceState::ActionNeeded,
        scan: Scan {
            schema: "rekey.scan/1".to_owned(),
            run: Uuid::nil(),
            organizations: Vec::new(),
            findings: Vec::new(),
            places: Vec::new(),
            summary: Summary::default(),
            helpers: Vec::new(),
            old_addresses: Vec::new(),
        },
        depth: Depth::default(),
        organizations: vec![reported("contoso")],
        outcomes: Vec::new(),
        steps: Vec::new(),
        helpers: Vec::new(),
        errors: 0,
        ssh_keys: Vec::new(),
    }
}

pub(super) fn report(id: Uuid) -> Report {
    super::build(
        &last_run(),
        &workstation(),
        &ReportSettings::default(),
        id,
        1,
    )
}

/// A workstation with its state, and the collector that it talks to.
pub(super) struct Bench {
    _folder: tempfile::TempDir,
    pub(super) state: StateFolder,
    pub(super) collector: Collector,
    pub(super) secret: Option<Secret>,
    device: EnrollDevice,
    pub(super) now: Timestamp,
}

impl Bench {
    /// Limits of time are short; the pause between tries is none.
    pub(super) fn new(url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let short = Duration::from_millis(200);
        Self {
            state: StateFolder::open(&folder.path().join("rekey")).unwrap(),
            _folder: folder,
            collector: Collector::new(url, None).unwrap().with_timing(Timing {
                connect: short,
                request: short,
                question: short,
                sending: Duration::from_secs(5),
                pause: Duration::ZERO,
            }),
            secret: Some(Secret::new("the-enrol-secret")),
            device: workstation().enroll_device(&ReportSettings::default()),
            now: "2026-11-23T08:00:00Z".parse().unwrap(),
        }
    }

    pub(super) fn contact(&self) -> Contact<'_> {
        Contact {
            state: &self.state,
            collector: &self.collector,
            secret: self.secret.as_ref(),
            device: &self.device,
            now: self.now,
        }
    }

    /// Puts a report into the spool.
    pub(super) fn spool(&self, number: u128) -> Uuid {
        let id = Uuid::from_u128(number);
        Spool::open(&self.state).unwrap().add(&report(id)).unwrap();
        id
    }
}

/// Answers to `enroll` with this token.
pub(super) fn enrolled(token: &str) -> Reply {
    Reply::status(
        200,
        format!(r#"{{"device_id": "device-1", "token": "{token}"}}"#),
    )
}

/// A rejection in the collector's own form.
pub(super) fn rejection(status: u16, message: &str) -> Reply {
    Reply::status(
        status,
        format!(r#"{{"error": "unknown-device", "message": "{message}"}}"#),
    )
}

/// The receipt for the report in the request's body.
pub(super) fn receipt(request: &Request) -> Reply {
    let report: Report = serde_json::from_slice(&unzipped(&request.body)).unwrap();
    Reply::status(
        202,
        format!(r#"{{"id": "{}", "duplicate": false}}"#, report.id),
    )
}

pub(super) fn unzipped(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes)
        .read_to_end(&mut plain)
        .unwrap();
    plain
}
