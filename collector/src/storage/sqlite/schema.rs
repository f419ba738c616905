//! What tables there are, as SQLite tells it.

use std::collections::{BTreeMap, BTreeSet};

use super::super::tables::{Kind, order};
use super::super::{Result, StorageError};
use super::Connection;

/// Every table of ours, those first that others refer to.
pub(super) async fn tables(connection: &mut Connection) -> Result<Vec<String>> {
    let rows: Vec<(String, Option<String>)> = sqlx::query_as(
        "SELECT t.name, f.\"table\" FROM sqlite_schema t LEFT JOIN pragma_foreign_key_list(t.name) f
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND t.name <> '_sqlx_migrations'",
    )
    .fetch_all(connection)
    .await?;
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (table, parent) in rows {
        tables.entry(table).or_default().extend(parent);
    }
    Ok(order(tables))
}

/// A table's columns and what they take.
pub(super) async fn columns(
    connection: &mut Connection,
    table: &str,
) -> Result<Vec<(String, Kind)>> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT name, type FROM pragma_table_info($1) ORDER BY cid")
            .bind(table)
            .fetch_all(connection)
            .await?;
    rows.into_iter()
        .map(|(name, kind)| {
            let kind = match kind.as_str() {
                "INTEGER" => Kind::Number,
                "TEXT" => Kind::Text,
                "BLOB" => Kind::Bytes,
                "BOOLEAN" => Kind::Yes,
                other => {
                    let what = format!("{table}.{name} of {other}");
                    return Err(StorageError::NotUnderstood(what));
                }
            };
            Ok((name, kind))
        })
        .collect()
}

/// Numbers that the database gives go on after the largest by themselves.
#[allow(
    clippy::unused_async,
    reason = "the other database has something to do here"
)]
pub(super) async fn count_on(_: &mut Connection) -> Result<()> {
    Ok(())
}
