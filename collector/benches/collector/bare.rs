//! What the database does by itself: rows with the same bytes, into a plain table, in batches, each durable.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::{Postgres, QueryBuilder, Sqlite};

use crate::database::{Database, Kind};
use crate::throughput::Prepared;

/// The columns of a report that a collector could not do without, and no index but that which keeps it from being
/// there twice.
const SQLITE: &str = "CREATE TABLE bare (id BLOB PRIMARY KEY, device INTEGER NOT NULL, received_at INTEGER NOT NULL, body BLOB NOT NULL) STRICT";
const POSTGRES: &str = "CREATE TABLE bare (id BYTEA PRIMARY KEY, device BIGINT NOT NULL, received_at BIGINT NOT NULL, body BYTEA NOT NULL)";
const INSERT: &str = "INSERT INTO bare (id, device, received_at, body) ";

/// The most that the collector puts into one commit.
const MOST: usize = 256;

/// Rows a second. As many rows are in a batch as there are senders, for no more than these can wait together; a
/// PostgreSQL server is asked over one, two and four connections, and the best counts.
pub(crate) async fn best(
    kind: Kind,
    prepared: &[Prepared],
    senders: usize,
    limit: Duration,
) -> f64 {
    let batch = senders.min(MOST);
    match kind {
        Kind::Sqlite => sqlite(prepared, batch, limit).await,
        Kind::Postgres => {
            let mut best = 0.0_f64;
            for connections in [1_u32, 2, 4] {
                let rows = postgres(
                    prepared,
                    (batch / connections as usize).max(1),
                    connections,
                    limit,
                );
                best = best.max(rows.await);
            }
            best
        }
    }
}

async fn sqlite(prepared: &[Prepared], batch: usize, limit: Duration) -> f64 {
    let database = Database::fresh(Kind::Sqlite);
    let pool = database.sqlite().await;
    sqlx::query(SQLITE).execute(&pool).await.unwrap();
    let mut written = 0;
    let begun = Instant::now();
    for rows in prepared.chunks(batch) {
        if begun.elapsed() > limit {
            break;
        }
        let mut insert = QueryBuilder::<Sqlite>::new(INSERT);
        insert.push_values(rows, |mut row, report| {
            row.push_bind(report.id.as_bytes().as_slice())
                .push_bind(report.device as i64)
                .push_bind(0_i64)
                .push_bind(report.body.as_slice());
        });
        insert.build().execute(&pool).await.unwrap();
        written += rows.len();
    }
    let rate = written as f64 / begun.elapsed().as_secs_f64();
    pool.close().await;
    rate
}

async fn postgres(prepared: &[Prepared], batch: usize, connections: u32, limit: Duration) -> f64 {
    let database = Database::fresh(Kind::Postgres);
    let pool = database.postgres(connections).await;
    sqlx::query(POSTGRES).execute(&pool).await.unwrap();
    let batches: Vec<_> = prepared.chunks(batch).collect();
    let next = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let begun = Instant::now();
    let writers = (0..connections).map(|_| {
        let (pool, next, batches) = (pool.clone(), next.clone(), &batches);
        async move {
            let mut written = 0;
            while begun.elapsed() < limit {
                let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let Some(rows) = batches.get(number) else {
                    break;
                };
                let mut insert = QueryBuilder::<Postgres>::new(INSERT);
                insert.push_values(rows.iter(), |mut row, report| {
                    row.push_bind(report.id.as_bytes().as_slice())
                        .push_bind(report.device as i64)
                        .push_bind(0_i64)
                        .push_bind(report.body.as_slice());
                });
                insert.build().execute(&pool).await.unwrap();
                written += rows.len();
            }
            written
        }
    });
    let written: usize = futures_util::future::join_all(writers)
        .await
        .into_iter()
        .sum();
    let rate = written as f64 / begun.elapsed().as_secs_f64();
    pool.close().await;
    rate
}
