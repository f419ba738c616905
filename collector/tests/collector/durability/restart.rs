//! PostgreSQL goes away under load and comes back, twenty times.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Client;
use serde_json::Value;

use super::kept::{a_recount_agrees, each_is_there_once, the_numbers_are_right};
use super::sender::{Sender, Sent};
use crate::postgres::Postgres;
use crate::program::{Program, ask, set_up, sign_in};
use crate::support::{FirstLines, client};

const RESTARTS: usize = 20;
const SENDERS: u64 = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_is_restarted_twenty_times_under_load_loses_nothing() {
    let Some(mut postgres) = Postgres::start_durable() else {
        return;
    };
    let database = postgres.url();
    let first = set_up(&database);
    let program = Program::start(&database);
    let (client, url) = (client(), program.url.clone());
    let session = sign_in(&client, &url, &first).await;
    let mut senders = Vec::new();
    for number in 0..SENDERS {
        senders.push(Sender::enroll(&client, &url, &first, number).await);
    }
    let over = AtomicBool::new(false);
    let restarting = async {
        for restart in 0..RESTARTS {
            tokio::task::block_in_place(|| postgres.stop());
            // Before it says so it waits a while for the database to come back; a short absence is noticed by nobody.
            if restart % 8 == 0 {
                it_says_so(&client, &url, &first, &session).await;
            }
            tokio::task::block_in_place(|| postgres.start_again());
            // Until it is used again.
            while ask(&client, &url, &first, "/api/v1/compliance")
                .await
                .status()
                != 200
            {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        over.store(true, Ordering::Relaxed);
    };
    let sending = senders
        .iter_mut()
        .map(|sender| send_until(sender, &client, &url, &over));
    tokio::join!(restarting, join_all(sending));
    the_numbers_are_right(&client, &url, &first, &senders).await;
    each_is_there_once(&database, &senders).await;
    a_recount_agrees(&database).await;
    let said = program.said();
    assert!(
        said.contains("storage"),
        "its log says what was wrong: {said}"
    );
    assert!(!said.contains(postgres.password()), "but no password");
}

/// Keeps what is not acknowledged, and sends it again.
async fn send_until(sender: &mut Sender, client: &Client, url: &str, over: &AtomicBool) {
    loop {
        match sender.send(client, url).await {
            Sent::Acknowledged if over.load(Ordering::Relaxed) => return,
            Sent::Acknowledged => {}
            Sent::Unavailable => tokio::time::sleep(Duration::from_millis(10)).await,
            Sent::Gone => panic!("the collector itself stays"),
        }
    }
}

/// A script, a load balancer and a person are all told.
async fn it_says_so(client: &Client, url: &str, first: &FirstLines, session: &str) {
    let page = client.get(format!("{url}/")).header("cookie", session);
    let ready = client.get(format!("{url}/readyz"));
    let (answer, ready, page) = tokio::join!(
        ask(client, url, first, "/api/v1/compliance"),
        ready.send(),
        page.send()
    );
    assert_eq!(answer.status(), 503);
    let said: Value = answer.json().await.unwrap();
    assert_eq!(said["error"], "storage-unavailable");
    assert_eq!(ready.unwrap().status(), 503);
    let page = page.unwrap();
    assert_eq!(page.status(), 503);
    let text = page.text().await.unwrap();
    assert!(text.contains("The database cannot be used now"), "{text}");
    assert!(text.contains("workstations keep their reports"), "{text}");
}
