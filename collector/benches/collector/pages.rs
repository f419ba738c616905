//! How long each page and each list of the API takes, with every filter and every order.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::addresses::{Address, addresses};
use crate::collector::Collector;
use crate::database::{Database, Folder, Kind};
use crate::fill::fill;
use crate::http::{self, Answer, Connection};
use crate::numbers::{head, load_of_the_machine, memory, milliseconds, percentile, row};

/// An address is left after so long, however few answers there are.
const LIMIT: Duration = Duration::from_secs(5);
/// What the design allows.
const BUDGET: Duration = Duration::from_millis(100);

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Pages {
    /// How many devices there are, one run for each number.
    #[arg(long, value_delimiter = ',', default_value = "1000,100000,1000000")]
    devices: Vec<usize>,
    /// How often each address is asked.
    #[arg(long, default_value_t = 20)]
    times: usize,
    /// Keep the filled databases in this folder, and take them from there the next time. For SQLite.
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
}

/// The database, and what its first start showed.
async fn filled(kind: Kind, devices: usize, keep: Option<&Path>) -> (Database, String) {
    let (Kind::Sqlite, Some(keep)) = (kind, keep) else {
        let database = Database::fresh(kind);
        let shown = fill(&database, devices).await;
        return (database, shown);
    };
    let folder = keep.join(devices.to_string());
    let database = Database::Sqlite(Folder::Kept(folder.clone()));
    let kept = folder.join("first-start");
    if let Ok(shown) = fs::read_to_string(&kept) {
        return (database, shown);
    }
    fs::create_dir_all(&folder).unwrap();
    let shown = fill(&database, devices).await;
    fs::write(&kept, &shown).unwrap();
    (database, shown)
}

pub(crate) async fn run(kind: Kind, pages: &Pages) {
    for &devices in &pages.devices {
        let (database, shown) = filled(kind, devices, pages.keep.as_deref()).await;
        let collector = Collector::start_at(&database.url(), "127.0.0.1:0");
        let mut browser = Browser::sign_in(&collector, &shown).await;
        let addresses = addresses(&mut browser).await;
        println!(
            "{kind:?}, {devices} devices, {} addresses, each asked {} times; load of the machine {}",
            addresses.len(),
            pages.times,
            load_of_the_machine()
        );
        measure(&mut browser, &addresses, pages.times).await;
        let (peak, now) = memory(collector.process());
        println!("\nthe collector's memory: {peak:.0} MB at its peak, {now:.0} MB now");
    }
}

/// The times of one kind of address, and which of them had the longest.
#[derive(Default)]
struct Group {
    addresses: usize,
    times: Vec<Duration>,
    slowest: (Duration, String),
}

async fn measure(browser: &mut Browser, addresses: &[Address], times: usize) {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let mut over = Vec::new();
    for address in addresses {
        browser.get(&address.path).await;
        let (begun, mut taken) = (Instant::now(), Vec::new());
        while taken.len() < times && begun.elapsed() < LIMIT {
            let asked = Instant::now();
            browser.get(&address.path).await;
            taken.push(asked.elapsed());
        }
        taken.sort_unstable();
        let median = percentile(&taken, 50);
        if percentile(&taken, 100) > BUDGET {
            over.push((median, percentile(&taken, 100), address.path.clone()));
        }
        let group = groups.entry(address.group.clone()).or_default();
        group.addresses += 1;
        group.times.extend(taken);
        group.slowest = group.slowest.clone().max((median, address.path.clone()));
    }
    head(&[
        "what",
        "addresses",
        "p50 ms",
        "p99 ms",
        "max ms",
        "slowest address",
        "its p50 ms",
    ]);
    for (name, mut group) in groups {
        group.times.sort_unstable();
        row([
            name,
            group.addresses.to_string(),
            milliseconds(percentile(&group.times, 50)),
            milliseconds(percentile(&group.times, 99)),
            milliseconds(percentile(&group.times, 100)),
            format!("`{}`", group.slowest.1),
            milliseconds(group.slowest.0),
        ]);
    }
    over.sort_unstable_by(|one, other| other.cmp(one));
    println!(
        "\nanswers over {} ms: {} addresses",
        BUDGET.as_millis(),
        over.len()
    );
    for (median, most, path) in over.iter().take(20) {
        println!(
            "- `{path}`: p50 {}, max {}",
            milliseconds(*median),
            milliseconds(*most)
        );
    }
}

/// Somebody who is signed in.
pub(crate) struct Browser {
    address: SocketAddr,
    connection: Connection,
    cookie: String,
}

impl Browser {
    async fn sign_in(collector: &Collector, shown: &str) -> Self {
        let line = shown
            .lines()
            .find_map(|line| line.strip_prefix("admin: "))
            .unwrap();
        let (user, password) = line.split_once(' ').unwrap();
        let connection = Connection::open(collector.address).await.unwrap();
        let mut browser = Self {
            address: collector.address,
            connection,
            cookie: String::new(),
        };
        let form = browser.get("/login").await;
        let before = cookie(&form);
        let page = String::from_utf8(form.body).unwrap();
        let (_, rest) = page.split_once("name=\"form\" value=\"").unwrap();
        let (token, _) = rest.split_once('"').unwrap();
        let body = format!("form={token}&next=%2F&user={user}&password={password}");
        let headers = [
            ("cookie", before.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let request = http::request("POST", "/login", &headers, body.as_bytes());
        let answer = browser.connection.ask(&request).await.unwrap();
        assert_eq!(answer.status, 303);
        browser.cookie = cookie(&answer);
        browser
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        let answer = self.connection.ask(&self.request(path)).await.unwrap();
        assert_eq!(answer.status, 200, "{path}");
        answer
    }

    /// `None` for what is no page, and for what is sent piece by piece, after which a new connection is needed.
    pub(crate) async fn look(&mut self, path: &str) -> Option<Answer> {
        if let Ok(answer) = self.connection.ask(&self.request(path)).await {
            (answer.status == 200).then_some(answer)
        } else {
            self.connection = Connection::open(self.address).await.unwrap();
            None
        }
    }

    fn request(&self, path: &str) -> Vec<u8> {
        http::request("GET", path, &[("cookie", &self.cookie)], b"")
    }
}

/// The newest that it sets; one that it removes has no value.
fn cookie(answer: &Answer) -> String {
    answer
        .headers("set-cookie")
        .filter_map(|value| value.split(';').next())
        .find(|pair| !pair.ends_with('='))
        .expect("a cookie")
        .to_owned()
}
