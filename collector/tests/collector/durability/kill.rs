//! `kill -9`, twenty times.

use std::time::Duration;

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::sync::Semaphore;

use super::kept::{a_recount_agrees, each_is_there_once, the_numbers_are_right};
use super::sender::{Sender, Sent};
use crate::postgres::Postgres;
use crate::program::{Program, set_up};
use crate::support::client;

const KILLS: u64 = 20;
const SENDERS: u64 = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_killed_twenty_times_under_load_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("collector.db");
    killed_twenty_times(&format!("sqlite:{}", file.display())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_on_postgresql_that_is_killed_twenty_times_under_load_loses_nothing() {
    if let Some(postgres) = Postgres::start() {
        killed_twenty_times(&postgres.url()).await;
    }
}

async fn killed_twenty_times(database: &str) {
    let first = set_up(database);
    let mut random = StdRng::seed_from_u64(6);
    let mut senders = Vec::new();
    for kill in 0..KILLS {
        let program = Program::start(database);
        let client = client();
        // Some enrol while others report.
        if kill < SENDERS {
            senders.push(Sender::enroll(&client, &program.url, &first, kill).await);
        }
        let acknowledged = Semaphore::new(0);
        let url = program.url.clone();
        let enough = random.random_range(1..40);
        let a_moment = Duration::from_micros(random.random_range(0..5_000));
        let killing = async {
            drop(acknowledged.acquire_many(enough).await);
            // Anywhere between two commits.
            tokio::time::sleep(a_moment).await;
            program.kill();
        };
        let sending = senders
            .iter_mut()
            .map(|sender| sender.send_while_it_answers(&client, &url, &acknowledged));
        tokio::join!(killing, join_all(sending));
    }
    let program = Program::start(database);
    let client = client();
    for sender in &mut senders {
        assert_eq!(sender.send(&client, &program.url).await, Sent::Acknowledged);
    }
    the_numbers_are_right(&client, &program.url, &first, &senders).await;
    program.kill();
    each_is_there_once(database, &senders).await;
    a_recount_agrees(database).await;
}
