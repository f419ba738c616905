//! How many reports a second are acknowledged as durable.

use std::rc::Rc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use rekey_report::Report;
use tokio::task::LocalSet;
use uuid::Uuid;

use crate::bare::{self, Bytes};
use crate::collector::{Collector, enroll};
use crate::database::{Database, Kind};
use crate::http::{Connection, report_request};
use crate::numbers::{
    head, load_of_the_machine, memory, milliseconds, percentile, processor_seconds, row, spread,
};
use crate::reports::{self, Maker};

/// No round takes longer.
const LIMIT: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Load {
    /// How many reports.
    #[arg(long, default_value_t = 80_000)]
    pub(crate) reports: usize,
    /// How many devices they are of; each reports several times, one of them after the other.
    #[arg(long, default_value_t = 8_000)]
    pub(crate) devices: usize,
    /// How many connections send at the same time.
    #[arg(long, default_value_t = 512)]
    pub(crate) senders: usize,
    /// How many of a hundred reports say something else than the one before of the same device.
    #[arg(long, default_value_t = 20)]
    pub(crate) changed: u32,
}

/// A report before it is sent.
pub(crate) struct Prepared {
    pub(crate) id: Uuid,
    pub(crate) device: usize,
    pub(crate) body: Vec<u8>,
    pub(crate) json: Vec<u8>,
}

/// What one round measured.
struct Measured {
    rate: f64,
    times: Vec<Duration>,
    peak: f64,
    collector_seconds: f64,
    database_seconds: f64,
    generator_seconds: f64,
}

pub(crate) async fn in_turns(kind: Kind, rounds: usize, load: &Load, alone: bool) {
    let prepared = Rc::new(prepare(load));
    let bytes: usize = prepared.iter().map(|report| report.body.len()).sum();
    println!(
        "\n{kind:?}: {} reports of {} devices from {} senders, {} % of them news, {} bytes each, {} compressed; load of the machine {}",
        prepared.len(),
        load.devices,
        load.senders,
        load.changed,
        reports::SIZE,
        bytes / prepared.len(),
        load_of_the_machine(),
    );
    head(&[
        "round",
        "reports/s",
        "p50 ms",
        "p99 ms",
        "max ms",
        "collector's peak MB",
        "its processor µs/report",
        "the server's",
        "the generator's",
        "bare inserts/s, as stored",
        "bare inserts/s, as JSON",
    ]);
    let (mut rates, mut stored, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=rounds {
        let database = Database::fresh(kind);
        let measured = through_collector(&database, load, &prepared).await;
        drop(database);
        let mut bare_rates = [f64::NAN; 2];
        if !alone {
            for (rate, bytes) in bare_rates.iter_mut().zip(Bytes::ALL) {
                *rate = bare::best(kind, &prepared, bytes, load.senders, LIMIT).await;
            }
            stored.push(bare_rates[0]);
            plain.push(bare_rates[1]);
        }
        rates.push(measured.rate);
        let each = |seconds: f64| format!("{:.0}", seconds * 1e6 / measured.times.len() as f64);
        row([
            round.to_string(),
            format!("{:.0}", measured.rate),
            milliseconds(percentile(&measured.times, 50)),
            milliseconds(percentile(&measured.times, 99)),
            milliseconds(percentile(&measured.times, 100)),
            format!("{:.0}", measured.peak),
            each(measured.collector_seconds),
            each(measured.database_seconds),
            each(measured.generator_seconds),
            format!("{:.0}", bare_rates[0]),
            format!("{:.0}", bare_rates[1]),
        ]);
    }
    let (least, median, most) = spread(&rates);
    println!("\nreports/s: least {least:.0}, median {median:.0}, most {most:.0}");
    for (name, bare) in [("as stored", &stored), ("as JSON", &plain)] {
        if !bare.is_empty() {
            let (least, middle, most) = spread(bare);
            println!(
                "bare inserts/s, {name}: least {least:.0}, median {middle:.0}, most {most:.0}; reports are {:.2} of it",
                median / middle
            );
        }
    }
}

/// Made before the clock starts: the generator is to cost as little as it can.
fn prepare(load: &Load) -> Vec<Prepared> {
    let begin = Timestamp::now() - SignedDuration::from_hours(24);
    let threads = 2;
    let devices = load.devices.max(threads);
    let make = |thread: usize| {
        let maker = Maker {
            begin,
            changed: load.changed,
        };
        (0..load.reports)
            .filter(|number| number % devices % threads == thread)
            .map(|number| {
                let (device, sequence) = (number % devices, (number / devices + 1) as u64);
                let report: Report = maker.report(device, sequence, reports::SIZE);
                let json = serde_json::to_vec(&report).unwrap();
                let body = reports::compressed(&report);
                (
                    number,
                    Prepared {
                        id: report.id,
                        device,
                        body,
                        json,
                    },
                )
            })
            .collect::<Vec<_>>()
    };
    let mut all = std::thread::scope(|scope| {
        let parts: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(move || make(thread)))
            .collect();
        parts
            .into_iter()
            .flat_map(|part| part.join().unwrap())
            .collect::<Vec<_>>()
    });
    all.sort_by_key(|(number, _)| *number);
    all.into_iter().map(|(_, prepared)| prepared).collect()
}

async fn through_collector(
    database: &Database,
    load: &Load,
    prepared: &Rc<Vec<Prepared>>,
) -> Measured {
    let (collector, first) = Collector::first_start(database);
    let tasks = LocalSet::new();
    // Every sender has devices of its own, so that reports of one come in their order.
    let work: Vec<_> = tasks
        .run_until(async {
            let enrolling: Vec<_> = (0..load.senders)
                .map(|sender| {
                    let (address, devices, senders) =
                        (collector.address, load.devices, load.senders);
                    let first = first.clone();
                    let prepared = prepared.clone();
                    tokio::task::spawn_local(async move {
                        let mut connection = Connection::open(address).await.unwrap();
                        let mut tokens = vec![String::new(); devices];
                        for device in (sender..devices).step_by(senders) {
                            tokens[device] = enroll(&mut connection, &first, device).await;
                        }
                        let requests: Vec<_> = prepared
                            .iter()
                            .filter(|report| report.device % senders == sender)
                            .map(|report| report_request(&tokens[report.device], &report.body))
                            .collect();
                        (connection, requests)
                    })
                })
                .collect();
            let mut work = Vec::new();
            for task in enrolling {
                work.push(task.await.unwrap());
            }
            work
        })
        .await;
    let seconds = || {
        let own = processor_seconds(std::process::id());
        [
            processor_seconds(collector.process()),
            database.processor_seconds(),
            own,
        ]
    };
    let before = seconds();
    let begun = Instant::now();
    let times = tasks
        .run_until(async {
            let sending: Vec<_> = work
                .into_iter()
                .map(|(connection, requests)| {
                    tokio::task::spawn_local(send_all(connection, requests, begun))
                })
                .collect();
            let mut times = Vec::new();
            for task in sending {
                times.extend(task.await.unwrap());
            }
            times
        })
        .await;
    let elapsed = begun.elapsed();
    let after = seconds();
    let mut times = times;
    times.sort_unstable();
    let kept = database.number("SELECT count(*) FROM reports").await;
    assert_eq!(
        usize::try_from(kept).unwrap(),
        times.len(),
        "every acknowledged report is there once"
    );
    Measured {
        rate: times.len() as f64 / elapsed.as_secs_f64(),
        times,
        peak: memory(collector.process()).0,
        collector_seconds: after[0] - before[0],
        database_seconds: after[1] - before[1],
        generator_seconds: after[2] - before[2],
    }
}

async fn send_all(
    mut connection: Connection,
    requests: Vec<Vec<u8>>,
    begun: Instant,
) -> Vec<Duration> {
    let mut times = Vec::with_capacity(requests.len());
    for request in requests {
        if begun.elapsed() > LIMIT {
            break;
        }
        let sent = Instant::now();
        let answer = connection.ask(&request).await.unwrap();
        assert_eq!(
            answer.status,
            202,
            "{}",
            String::from_utf8_lossy(&answer.body)
        );
        times.push(sent.elapsed());
    }
    times
}
