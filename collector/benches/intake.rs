//! How many reports a second a real collector acknowledges as durable, with the load from this machine over loopback.
//!
//! `cargo bench -p rekey-collector --bench intake -- [REPORTS [SENDERS]]`; 20000 and 64 where they are left out. It
//! stops after a minute, whatever is left. The reports are of 8 KB, each of its own, compressed as the agent does.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a benchmark stops at the first surprise, and measures time"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::Client;
use serde_json::{Value, json};
use uuid::Uuid;

const LIMIT: Duration = Duration::from_mins(1);
/// What the design counts with, in bytes before compression.
const SIZE: usize = 8 * 1024;

const STORES: [&str; 4] = ["npm", "git-config", "nuget", "pip"];

struct Collector {
    child: Child,
    url: String,
    secret: String,
    _data: tempfile::TempDir,
}

impl Drop for Collector {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn main() {
    let mut numbers = std::env::args().filter_map(|text| text.parse::<usize>().ok());
    let reports = numbers.next().unwrap_or(20_000).clamp(1, 200_000);
    let senders = numbers.next().unwrap_or(64).clamp(1, 256);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure(reports, senders));
}

async fn measure(reports: usize, senders: usize) {
    let collector = start();
    // Built together with the agent, reqwest has no cryptography of its own.
    drop(tokio_rustls::rustls::crypto::ring::default_provider().install_default());
    let client = Client::builder().no_proxy().build().unwrap();
    let mut work = Vec::new();
    for sender in 0..senders {
        let token = enroll(&client, &collector, sender).await;
        // Made before the clock starts: the generator is to cost as little as it can.
        let bodies: Vec<_> = (0..reports / senders)
            .map(|number| compressed(&report(sender, number)))
            .collect();
        work.push((token, bodies));
    }
    let begun = Instant::now();
    let url = format!("{}/api/v1/reports", collector.url);
    let tasks: Vec<_> = work
        .into_iter()
        .map(|(token, bodies)| {
            let (client, url) = (client.clone(), url.clone());
            tokio::spawn(async move {
                let mut times = Vec::with_capacity(bodies.len());
                for body in bodies {
                    if begun.elapsed() > LIMIT {
                        break;
                    }
                    let sent = Instant::now();
                    let request = client.post(&url).bearer_auth(&token);
                    let request = request.header("content-encoding", "gzip").body(body);
                    let answer = request.send().await.unwrap();
                    assert_eq!(answer.status(), 202);
                    answer.bytes().await.unwrap();
                    times.push(sent.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    let elapsed = begun.elapsed();
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    println!(
        "{} reports in {:.2?} from {senders} senders: {:.0} a second; half within {:.1?}, 99 of 100 within {:.1?}",
        times.len(),
        elapsed,
        times.len() as f64 / elapsed.as_secs_f64(),
        at(50),
        at(99),
    );
    let memory = std::fs::read_to_string(format!("/proc/{}/status", collector.child.id()));
    for line in memory.unwrap_or_default().lines() {
        if line.starts_with("VmHWM") {
            println!("the collector's peak memory: {}", line[6..].trim());
        }
    }
}

fn start() -> Collector {
    let data = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_rekey-collector"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data.path())
        .env("RUST_LOG", "warn")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let url = said
        .by_ref()
        .map(Result::unwrap)
        .find_map(|line| Some(line.strip_prefix("listening on ")?.to_owned()))
        .unwrap();
    std::thread::spawn(move || said.for_each(drop));
    let shown = BufReader::new(child.stdout.take().unwrap());
    let secret = shown
        .lines()
        .map(Result::unwrap)
        .find_map(|line| Some(line.strip_prefix("enroll-secret: ")?.to_owned()))
        .unwrap();
    Collector {
        child,
        url,
        secret,
        _data: data,
    }
}

async fn enroll(client: &Client, collector: &Collector, sender: usize) -> String {
    let body = json!({ "secret": collector.secret, "device": { "machine": machine(sender), "person": person(sender) } });
    let request = client.post(format!("{}/api/v1/enroll", collector.url));
    let answer = request.json(&body).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    answer["token"].as_str().unwrap().to_owned()
}

fn machine(sender: usize) -> Value {
    json!({ "id": format!("m-{sender}"), "name": format!("CONTOSO-{sender}"), "system": "linux", "version": "12", "architecture": "x86_64" })
}

fn person(sender: usize) -> Value {
    json!({ "id": format!("p-{sender}"), "name": format!("person-{sender}@contoso.example") })
}

fn report(sender: usize, number: usize) -> Value {
    let second = i64::try_from(number).unwrap();
    let scanned = jiff::Timestamp::from_second(1_795_000_000 + second).unwrap();
    let mut report = json!({
        "schema": "rekey.report/1", "id": Uuid::now_v7(), "run": Uuid::now_v7(), "sequence": number + 1,
        "scanned_at": scanned, "machine": machine(sender), "person": person(sender), "agent": "0.1.0",
        "state": "action-needed",
        "organizations": [{ "name": "contoso", "tenant": null, "connected_at": null, "gated": false, "unknown": false }],
        "findings": [], "places": [], "places_read": 40, "summary": { "stale": 0, "current": 0, "unsure": 0 },
        "outcomes": [], "steps": [], "errors": 0, "ssh_keys": []
    });
    let mut findings = Vec::new();
    while report.to_string().len() < SIZE {
        let line = findings.len();
        findings.push(json!({
            "id": Uuid::now_v7().to_string(), "store": STORES[line % STORES.len()], "kind": "pat",
            "organization": "contoso", "verdict": "stale", "remedy": "automatic", "fingerprint": "a1b2c3d4",
            "location": { "path": format!("~/src/project-{line}/.npmrc"), "line": line, "entry": "//pkgs.dev.azure.com/contoso/_packaging/web/npm/registry/:_password" },
            "evidence": [{ "code": "created-before-connection", "detail": "2026-03" }]
        }));
        report["summary"]["stale"] = findings.len().into();
        report["findings"] = findings.clone().into();
    }
    report
}

fn compressed(report: &Value) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(report.to_string().as_bytes()).unwrap();
    encoder.finish().unwrap()
}
