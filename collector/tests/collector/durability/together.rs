//! Two collectors on one PostgreSQL, behind a load balancer that gives every connection to the next.

use futures_util::future::join_all;
use reqwest::Client;
use serde_json::{Value, json};

use super::kept::{a_recount_agrees, each_is_there_once, the_numbers_are_right};
use super::sender::{Sender, Sent};
use crate::postgres::Postgres;
use crate::program::{Program, admin, sign_in};
use crate::round_robin::round_robin;
use crate::sample;
use crate::support::{FirstLines, client_of};

const SENDERS: u64 = 16;
const REPORTS: usize = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_of_two_collectors_is_told_the_other_knows() {
    let Some(pair) = Pair::start().await else {
        return;
    };
    story(&pair.client, &pair.url, &pair.first).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_collectors_under_load_count_as_one() {
    let Some(pair) = Pair::start().await else {
        return;
    };
    let Pair {
        client, url, first, ..
    } = &pair;
    let enrolling = (0..SENDERS).map(|number| Sender::enroll(client, url, first, number));
    let mut senders = join_all(enrolling).await;
    let sending = senders.iter_mut().map(async |sender| {
        for _ in 0..REPORTS {
            assert_eq!(sender.send(client, url).await, Sent::Acknowledged);
        }
    });
    join_all(sending).await;
    the_numbers_are_right(client, url, first, &senders).await;
    each_is_there_once(&pair.postgres.url(), &senders).await;
    a_recount_agrees(&pair.postgres.url()).await;
}

struct Pair {
    client: Client,
    url: String,
    first: FirstLines,
    _collectors: [Program; 2],
    postgres: Postgres,
}

impl Pair {
    async fn start() -> Option<Self> {
        let postgres = Postgres::start()?;
        let database = postgres.url();
        let first = the_first_of_two(&database);
        let collectors = [(); 2].map(|()| Program::start(&database));
        Some(Self {
            // A connection for every request, so that each goes to the other collector than the one before.
            client: client_of(|builder| builder.pool_max_idle_per_host(0)),
            url: round_robin(&[&collectors[0].url, &collectors[1].url]).await,
            first,
            _collectors: collectors,
            postgres,
        })
    }
}

/// Both are started on the empty database at the same moment, and one of them sets it up. What the other has shown is
/// worth nothing: it says so and ends.
fn the_first_of_two(database: &str) -> FirstLines {
    let starts = std::thread::scope(|scope| {
        [(); 2]
            .map(|()| scope.spawn(|| Program::try_to_start(database)))
            .map(|start| start.join().unwrap())
    });
    let mut first = None;
    for start in starts {
        match start {
            Ok(program) => {
                if let Some(lines) = program.first_lines() {
                    assert!(first.replace(lines).is_none(), "one is the first");
                }
            }
            Err(said) => assert!(said.contains("use what that one showed"), "{said}"),
        }
    }
    first.expect("one is the first")
}

/// What one of them was told, the other knows.
async fn story(client: &Client, url: &str, first: &FirstLines) {
    let post = |path: &str| client.post(format!("{url}{path}"));
    let enrol = async || {
        let body = sample::enrolment(&first.secret, "FABRIKAM-1", "kim");
        let answer = post("/api/v1/enroll").json(&body).send().await.unwrap();
        answer.json::<Value>().await.unwrap()
    };
    let (before, device) = (enrol().await, enrol().await);
    assert_eq!(before["device_id"], device["device_id"]);
    let token = device["token"].as_str().unwrap();
    let report = sample::full("FABRIKAM-1", "kim", "2026-01-05T08:00:00Z");
    for duplicate in [false, true, true] {
        let answer = post("/api/v1/reports")
            .bearer_auth(token)
            .json(&report)
            .send()
            .await
            .unwrap();
        assert_eq!(
            answer.json::<Value>().await.unwrap()["duplicate"],
            duplicate
        );
    }
    let forgotten = post("/api/v1/reports").bearer_auth(before["token"].as_str().unwrap());
    let forgotten = forgotten.json(&report).send().await.unwrap();
    assert_eq!(
        forgotten.status(),
        401,
        "the newest token alone counts, at both"
    );

    let set = client
        .put(format!("{url}/api/v1/cleaning"))
        .bearer_auth(&first.api_token);
    let set = set
        .json(&json!({ "scope": "all", "state": "paused" }))
        .send()
        .await
        .unwrap();
    assert_eq!(set.status(), 200);
    for _ in 0..2 {
        let word = client
            .get(format!("{url}/api/v1/agent"))
            .bearer_auth(token)
            .send()
            .await
            .unwrap();
        assert_eq!(word.json::<Value>().await.unwrap()["cleaning"], "paused");
        let numbers = admin(client, url, first, "/api/v1/compliance").await;
        assert_eq!(numbers["devices"]["action-needed"], 1);
        let path = format!("/api/v1/devices/{}", device["device_id"].as_str().unwrap());
        assert_eq!(
            admin(client, url, first, &path).await["report"]["id"],
            report["id"]
        );
    }

    // The form comes from one and goes to the other, and the session holds at both.
    let session = sign_in(client, url, first).await;
    for _ in 0..2 {
        let page = client
            .get(format!("{url}/devices"))
            .header("cookie", &session)
            .send()
            .await
            .unwrap();
        assert_eq!(page.status(), 200);
        assert!(page.text().await.unwrap().contains("FABRIKAM-1"));
    }
}
