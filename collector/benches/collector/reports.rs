//! Devices and what they report: of the size that the design counts with, no two alike, the same at each run.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use rekey_report::{DeviceState, Finding, Report, Summary, Verdict};
use serde_json::{Value, json};
use uuid::Uuid;

/// Before compression.
pub(crate) const SIZE: usize = 8 * 1024;

const ORGANIZATIONS: [&str; 3] = ["contoso", "fabrikam", "northwind"];
const SYSTEMS: [&str; 4] = ["windows", "windows", "macos", "linux"];
const RINGS: [&str; 3] = ["pilot", "early", "broad"];
const STORES: [(&str, &str, &str); 6] = [
    ("npm", "pat", "automatic"),
    ("git-config", "pat", "consent"),
    ("nuget", "pat", "automatic"),
    ("os-vault", "password", "automatic"),
    ("maven", "pat", "automatic"),
    ("gcm-authority", "tenant-cache", "automatic"),
];

pub(crate) fn machine(device: usize) -> Value {
    json!({
        "id": format!("machine-{device:08}"), "name": format!("CONTOSO-LT-{device:07}"),
        "system": SYSTEMS[device % SYSTEMS.len()], "version": "12", "architecture": "x86_64"
    })
}

/// Every tenth has two machines.
pub(crate) fn person(device: usize) -> Value {
    let person = if device % 10 == 1 { device - 1 } else { device };
    json!({ "id": format!("person-{person}"), "name": format!("person.{person}@contoso.example") })
}

pub(crate) fn ring(device: usize) -> &'static str {
    RINGS[device % RINGS.len()]
}

/// Makes the reports of any number of devices. The same device and number give the same report.
#[derive(Clone, Copy)]
pub(crate) struct Maker {
    /// When the first scans were.
    pub(crate) begin: Timestamp,
    /// How many of a hundred reports say something else than the one before; the others are the same at a later time.
    pub(crate) changed: u32,
}

impl Maker {
    /// Whenever something changes, everything does.
    pub(crate) fn new(begin: Timestamp) -> Self {
        Self {
            begin,
            changed: 100,
        }
    }

    /// A report of at least `size` bytes where something is left; every fourth device is done and has less to tell.
    pub(crate) fn report(&self, device: usize, sequence: u64, size: usize) -> Report {
        let organization = ORGANIZATIONS[device % ORGANIZATIONS.len()];
        let mut random = random(device, sequence, "report");
        let seconds = i64::try_from(sequence).unwrap_or_default() * 60;
        let scanned_at = self.begin
            + SignedDuration::from_secs(seconds)
            + SignedDuration::from_millis(random.random_range(0..60_000));
        let mut report: Report = serde_json::from_value(json!({
            "schema": "rekey.report/1", "id": id(scanned_at, &mut random), "run": id(scanned_at, &mut random),
            "sequence": sequence, "scanned_at": scanned_at,
            "machine": machine(device), "person": person(device), "ring": ring(device),
            "agent": "0.1.0", "state": "compliant",
            "organizations": [{ "name": organization, "tenant": "00000000-0000-0000-0000-00000000c0de",
                "connected_at": "2026-11-20T18:00:00Z", "gated": false, "unknown": false }],
            "findings": [], "places": [], "places_read": 40, "summary": { "stale": 0, "current": 0, "unsure": 0 },
            "outcomes": [], "errors": 0, "ssh_keys": [],
            "steps": [
                { "id": "sign-in", "organization": organization, "state": "done", "proof": "verified" },
                { "id": "pats", "organization": organization, "state": "done",
                  "proof": if device.is_multiple_of(5) { "declared" } else { "verified" } }
            ]
        }))
        .unwrap();
        let mut random = self::random(device, self.stage(device, sequence), "findings");
        let done = random.random_range(0..4) == 0;
        let mut length = serde_json::to_vec(&report).unwrap().len();
        while length < size {
            let finding = finding(report.findings.len(), organization, done, &mut random);
            length += serde_json::to_vec(&finding).unwrap().len() + 1;
            report.findings.push(finding);
        }
        report.summary = Summary::of(&report.findings);
        if report.summary.stale + report.summary.unsure > 0 {
            report.state = DeviceState::ActionNeeded;
        } else if random.random_range(0..50) == 0 {
            report.state = DeviceState::Failed;
            report.errors = 1;
        }
        report
    }

    /// How often something changed since the first report.
    fn stage(&self, device: usize, sequence: u64) -> u64 {
        let changes = |at: &u64| random(device, *at, "changes").random_range(0..100) < self.changed;
        (2..=sequence).filter(changes).count() as u64
    }
}

fn finding(line: usize, organization: &str, done: bool, random: &mut StdRng) -> Finding {
    let (store, kind, remedy) = STORES[random.random_range(0..STORES.len())];
    let id = random.random::<u128>();
    let project = random.random::<u32>();
    let verdict = match random.random_range(0..4) {
        _ if done => Verdict::Current,
        0 => Verdict::Unsure,
        1 => Verdict::Current,
        _ => Verdict::Stale,
    };
    serde_json::from_value(json!({
        "id": format!("{id:032x}"), "store": store, "kind": kind, "organization": organization,
        "verdict": verdict, "remedy": remedy, "fingerprint": format!("{:08x}", random.random::<u32>()),
        "location": { "path": format!("~/src/project-{project:x}/.{store}rc"), "line": line + 1,
            "entry": format!("//pkgs.dev.azure.com/{organization}/_packaging/feed-{:x}/registry/:_password", project % 97) },
        "evidence": [{ "code": "created-before-connection", "detail": format!("2026-{:02}", 1 + project % 9) }]
    }))
    .unwrap()
}

/// What is left to chance, the same at each run.
fn random(device: usize, number: u64, what: &str) -> StdRng {
    let mut hasher = DefaultHasher::new();
    (device, number, what).hash(&mut hasher);
    StdRng::seed_from_u64(hasher.finish())
}

/// As an agent makes it at that time.
fn id(at: Timestamp, random: &mut StdRng) -> Uuid {
    let millis = u64::try_from(at.as_millisecond()).unwrap();
    let random = random.random::<[u8; 10]>();
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// As the agent sends it.
pub(crate) fn compressed(report: &Report) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(&serde_json::to_vec(report).unwrap())
        .unwrap();
    encoder.finish().unwrap()
}
