//! Batches of any size arrive whole, on each database.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use sqlx::Row as _;

use super::database::Database;
use super::given::{Given, fetch};

/// More than one statement takes, and no power of two.
const ROWS: i64 = 5_003;

pub(super) async fn batches_of_any_size_arrive_whole(storage: &Database) {
    let mut connection = storage.writer.acquire().await.unwrap();
    for rows in [0, 1, 2, 3, 2_048, 2_049, ROWS] {
        let given = (0..rows).map(|number| {
            let text = (number % 3 != 0).then(|| format!("it's {number}"));
            let bytes = (number % 5 != 0).then(|| number.to_le_bytes().to_vec());
            [Given::from(number), Given::from(text), Given::from(bytes)]
        });
        let given: Vec<_> = given.collect();
        let query = "SELECT column1, column2, column3 FROM (";
        let fetched = fetch(&mut connection, query, given.clone(), ") AS given")
            .await
            .unwrap();
        let mut arrived: Vec<[Given; 3]> = fetched
            .iter()
            .map(|row| {
                [
                    Given::Number(row.get(0)),
                    Given::Text(row.get(1)),
                    Given::Bytes(row.get(2)),
                ]
            })
            .collect();
        arrived.sort_by_key(|row| match row[0] {
            Given::Number(number) => number,
            _ => None,
        });
        assert_eq!(arrived, given);
    }
}

pub(super) async fn a_column_of_two_kinds_is_refused(storage: &Database) {
    let mut connection = storage.writer.acquire().await.unwrap();
    let given = vec![[Given::from(1_i64)], [Given::from("1")]];
    let refused = fetch(
        &mut connection,
        "SELECT column1 FROM (",
        given,
        ") AS given",
    )
    .await;
    let said = refused.unwrap_err().to_string();
    assert!(said.contains("two kinds"), "{said}");
}
