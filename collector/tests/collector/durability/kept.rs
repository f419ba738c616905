//! What is really in the database, and whether the numbers on the pages are those of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rekey_collector::storage::{Postgres, Sqlite, Upkeep as _};
use reqwest::Client;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use uuid::Uuid;

use super::sender::Sender;
use crate::program::admin;
use crate::support::FirstLines;

/// Every acknowledged report once, and nothing that nobody sent.
pub(crate) async fn each_is_there_once(database: &str, senders: &[Sender]) {
    let kept = ids(database).await;
    let different: BTreeSet<_> = kept.iter().copied().collect();
    assert_eq!(kept.len(), different.len(), "none is there twice");
    let acknowledged: BTreeSet<_> = senders
        .iter()
        .flat_map(|sender| &sender.acknowledged)
        .map(|report| report["id"].as_str().unwrap().parse::<Uuid>().unwrap())
        .collect();
    let lost: Vec<_> = acknowledged.difference(&different).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    let strange: Vec<_> = different.difference(&acknowledged).collect();
    assert!(
        strange.is_empty(),
        "kept and never acknowledged: {strange:?}"
    );
}

async fn ids(database: &str) -> Vec<Uuid> {
    const QUERY: &str = "SELECT id FROM reports";
    let ids: Vec<Vec<u8>> = if database.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(database).await.unwrap();
        sqlx::query_scalar(QUERY).fetch_all(&mut connection).await
    } else {
        let mut connection = PgConnection::connect(database).await.unwrap();
        sqlx::query_scalar(QUERY).fetch_all(&mut connection).await
    }
    .unwrap();
    ids.iter().map(|id| Uuid::from_slice(id).unwrap()).collect()
}

/// Every sum is what counting gives.
pub(crate) async fn a_recount_agrees(database: &str) {
    let differences = if let Some(path) = database.strip_prefix("sqlite:") {
        Sqlite::open(Path::new(path)).await.unwrap().recount().await
    } else {
        let storage = Postgres::open(database.parse().unwrap()).await.unwrap();
        storage.recount().await
    };
    assert_eq!(differences.unwrap(), Vec::<String>::new());
}

/// The summaries are those of the newest reports, and of what the list of devices shows.
pub(crate) async fn the_numbers_are_right(
    client: &Client,
    url: &str,
    first: &FirstLines,
    senders: &[Sender],
) {
    let numbers = admin(client, url, first, "/api/v1/compliance").await;
    let newest: Vec<&Value> = senders
        .iter()
        .filter_map(|sender| sender.acknowledged.last())
        .collect();
    let mut states = BTreeMap::new();
    let (mut stale, mut places) = (0, BTreeMap::new());
    for report in &newest {
        *states.entry(report["state"].as_str().unwrap()).or_insert(0) += 1;
        stale += report["summary"]["stale"].as_u64().unwrap();
        for finding in report["findings"].as_array().unwrap() {
            if finding.get("accepted").is_none() {
                *places
                    .entry(finding["store"].as_str().unwrap())
                    .or_insert(0) += 1;
            }
        }
    }
    for state in ["compliant", "action-needed", "failed", "waiting", "silent"] {
        let expected = states.get(state).copied().unwrap_or_default();
        assert_eq!(
            numbers["devices"][state],
            json!(expected),
            "{state} in {numbers}"
        );
    }
    let contoso = organization(&numbers, "contoso");
    assert_eq!(contoso["findings"]["stale"], json!(stale), "{numbers}");
    let shown: BTreeMap<_, _> = numbers["places"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| {
            (
                place["name"].as_str().unwrap(),
                place["devices"].as_u64().unwrap(),
            )
        })
        .filter(|(_, devices)| *devices > 0)
        .collect();
    assert_eq!(shown, places, "{numbers}");
    let mut listed: BTreeMap<String, i32> = BTreeMap::new();
    for device in list(client, url, first).await {
        *listed
            .entry(device["state"].as_str().unwrap().to_owned())
            .or_default() += 1;
    }
    let states: BTreeMap<_, _> = states
        .into_iter()
        .map(|(state, count)| (state.to_owned(), count))
        .collect();
    assert_eq!(listed, states);
}

fn organization<'a>(numbers: &'a Value, name: &str) -> &'a Value {
    let organizations = numbers["organizations"].as_array().unwrap();
    organizations
        .iter()
        .find(|organization| organization["name"] == name)
        .unwrap()
}

/// Goes through all pages.
async fn list(client: &Client, url: &str, first: &FirstLines) -> Vec<Value> {
    let mut devices = Vec::new();
    let mut path = "/api/v1/devices?limit=5".to_owned();
    loop {
        let mut page = admin(client, url, first, &path).await;
        devices.append(page["devices"].as_array_mut().unwrap());
        match page["next"].as_str() {
            Some(next) => path = format!("/api/v1/devices?limit=5&after={next}"),
            None => return devices,
        }
    }
}
