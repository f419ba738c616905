//! Every device at once: first they log on within minutes, enrol and report; then the collector is away, and all of them
//! send at the moment when it comes back. What counts is that each report is there once in the end.

use std::cell::{Cell, RefCell};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use rekey_report::DeviceState;
use tokio::sync::Semaphore;
use tokio::task::LocalSet;
use tokio::time::{sleep, timeout};

use crate::agent::{Agent, Run, Tries};
use crate::collector::{Collector, First};
use crate::database::{Database, Kind};
use crate::numbers::{head, load_of_the_machine, memory, percentile, row};
use crate::reports::{self, Maker};

/// Nothing lasts longer, whatever is left.
const LIMIT: Duration = Duration::from_secs(900);

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Storm {
    /// How many devices.
    #[arg(long, default_value_t = 100_000)]
    devices: usize,
    /// Within how many seconds they log on. One secret enrols 500 a second at most.
    #[arg(long, default_value_t = 600)]
    over: u64,
    /// By how much the agents' pauses after a failure are shortened, so that nobody waits for hours.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    haste: u32,
    /// How many connections are open at the same time; needs as many open files.
    #[arg(long, default_value_t = 4_000)]
    at_once: usize,
}

struct Person {
    number: usize,
    token: Option<String>,
    body: Vec<u8>,
    state: DeviceState,
}

/// What all devices of one phase share.
struct Phase {
    address: SocketAddr,
    first: First,
    open: Semaphore,
    haste: u32,
    begun: Instant,
    tries: Tries,
    acknowledged: RefCell<Vec<Duration>>,
    duplicates: Cell<usize>,
}

pub(crate) async fn run(kind: Kind, storm: &Storm) {
    println!(
        "\n{kind:?}: {} devices within {} s, {} connections at once, pauses {} times shorter; load of the machine {}",
        storm.devices,
        storm.over,
        storm.at_once,
        storm.haste,
        load_of_the_machine()
    );
    head(&[
        "phase",
        "acknowledged",
        "half after s",
        "99 of 100 after s",
        "all after s",
        "failed runs",
        "refused",
        "timed out",
        "broken",
        "429 or 503",
        "duplicates",
        "collector's peak MB",
    ]);
    let database = Database::fresh(kind);
    let (collector, first) = Collector::first_start(&database);
    let address = collector.address;
    let mut people = people(storm.devices, 1);
    let over = Duration::from_secs(storm.over);
    let phase = Phase::new(address, &first, storm);
    people = phase.all(people, over).await;
    phase.show("logons", memory(collector.process()).0);

    collector.kill();
    renew(&mut people, 2);
    let phase = Phase::new(address, &first, storm);
    let url = database.url();
    let starting =
        tokio::task::spawn_blocking(move || Collector::start_at(&url, &address.to_string()));
    people = phase.all(people, Duration::ZERO).await;
    let collector = starting.await.unwrap();
    phase.show("after an outage", memory(collector.process()).0);

    let kept = database.number("SELECT count(*) FROM reports").await;
    let different = database
        .number("SELECT count(DISTINCT id) FROM reports")
        .await;
    let expected = i64::try_from(people.len() * 2).unwrap();
    println!("\nreports kept: {kept}, of different ids: {different}, sent: {expected}");
    assert_eq!(
        (kept, different),
        (expected, expected),
        "each report is there once"
    );
    let numbers = collector.admin(&first, "/api/v1/compliance").await;
    for state in [
        DeviceState::Compliant,
        DeviceState::ActionNeeded,
        DeviceState::Failed,
    ] {
        let expected = people.iter().filter(|person| person.state == state).count();
        let shown = &numbers["devices"][state.as_str()];
        println!("{}: {shown} shown, {expected} reported", state.as_str());
        assert_eq!(
            shown.as_u64(),
            Some(expected as u64),
            "the numbers are those of the reports"
        );
    }
}

fn begin() -> Timestamp {
    Timestamp::now() - SignedDuration::from_hours(24)
}

fn people(devices: usize, sequence: u64) -> Vec<Person> {
    let mut people: Vec<_> = (0..devices)
        .map(|number| Person {
            number,
            token: None,
            body: Vec::new(),
            state: DeviceState::Compliant,
        })
        .collect();
    renew(&mut people, sequence);
    people
}

/// Gives each a report that waits to be sent.
fn renew(people: &mut [Person], sequence: u64) {
    let begin = begin();
    let half = people.len().div_ceil(2).max(1);
    std::thread::scope(|scope| {
        for part in people.chunks_mut(half) {
            scope.spawn(move || {
                let maker = Maker::new(begin);
                for person in part {
                    let report = maker.report(person.number, sequence, reports::SIZE);
                    person.state = report.state;
                    person.body = reports::compressed(&report);
                }
            });
        }
    });
}

impl Phase {
    fn new(address: SocketAddr, first: &First, storm: &Storm) -> Rc<Self> {
        Rc::new(Self {
            address,
            first: first.clone(),
            open: Semaphore::new(storm.at_once),
            haste: storm.haste,
            begun: Instant::now(),
            tries: Tries::default(),
            acknowledged: RefCell::default(),
            duplicates: Cell::new(0),
        })
    }

    /// Until every device's report is acknowledged. Each begins at a moment within `over`.
    async fn all(self: &Rc<Self>, people: Vec<Person>, over: Duration) -> Vec<Person> {
        let tasks = LocalSet::new();
        let running: Vec<_> = people
            .into_iter()
            .map(|person| {
                let phase = self.clone();
                tasks.spawn_local(async move { phase.one(person, over).await })
            })
            .collect();
        tasks
            .run_until(async {
                let mut people = Vec::with_capacity(running.len());
                for task in running {
                    people.push(task.await.unwrap());
                }
                people
            })
            .await
    }

    async fn one(&self, mut person: Person, over: Duration) -> Person {
        let mut random = StdRng::seed_from_u64(person.number as u64);
        sleep(over.mul_f64(random.random())).await;
        let mut agent = Agent {
            source: source(person.number),
            address: self.address,
            device: person.number,
            token: person.token.take(),
            haste: self.haste,
        };
        let mut failures = 0;
        while self.begun.elapsed() < LIMIT {
            let free = self.open.acquire().await.unwrap();
            let sending = agent.run(&self.first, &person.body, &self.tries, &mut random);
            let run = timeout(LIMIT, sending).await.unwrap_or(Run::Failed(None));
            drop(free);
            match run {
                Run::Acknowledged { duplicate } => {
                    self.acknowledged.borrow_mut().push(self.begun.elapsed());
                    self.duplicates
                        .set(self.duplicates.get() + usize::from(duplicate));
                    break;
                }
                Run::Failed(asked) => {
                    sleep(agent.pause_between_runs(failures, asked, &mut random)).await;
                    failures += 1;
                }
            }
        }
        person.token = agent.token;
        person
    }

    fn show(&self, name: &str, peak: f64) {
        let mut times = self.acknowledged.borrow_mut();
        times.sort_unstable();
        let after = |percent| format!("{:.1}", percentile(&times, percent).as_secs_f64());
        let count = |cell: &Cell<usize>| cell.get().to_string();
        row([
            name.to_owned(),
            times.len().to_string(),
            after(50),
            after(99),
            after(100),
            count(&self.tries.failed_runs),
            count(&self.tries.refused),
            count(&self.tries.late),
            count(&self.tries.broken),
            count(&self.tries.unavailable),
            count(&self.duplicates),
            format!("{peak:.0}"),
        ]);
    }
}

/// The addresses of loopback are many: each has ports of its own for connections that have just ended.
fn source(device: usize) -> IpAddr {
    let network = u8::try_from(device % 200).unwrap_or_default();
    Ipv4Addr::new(127, 1, network, 1).into()
}
