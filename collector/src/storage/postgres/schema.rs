//! What tables there are, as PostgreSQL tells it.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::AssertSqlSafe;

use super::super::tables::{Kind, order};
use super::super::{Result, StorageError};
use super::Connection;

/// Every table of ours, those first that others refer to.
pub(super) async fn tables(connection: &mut Connection) -> Result<Vec<String>> {
    let rows: Vec<(String, Option<String>)> = sqlx::query_as(
        "SELECT CAST(t.relname AS TEXT), CAST(p.relname AS TEXT) FROM pg_class t
         LEFT JOIN pg_constraint f ON f.conrelid = t.oid AND f.contype = 'f'
         LEFT JOIN pg_class p ON p.oid = f.confrelid
         WHERE t.relkind IN ('r', 'p') AND t.relnamespace = CAST(current_schema() AS regnamespace)
           AND t.relname <> '_sqlx_migrations'",
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
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT CAST(column_name AS TEXT), CAST(data_type AS TEXT) FROM information_schema.columns
         WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
    )
    .bind(table)
    .fetch_all(connection)
    .await?;
    rows.into_iter()
        .map(|(name, kind)| {
            let kind = match kind.as_str() {
                "bigint" => Kind::Number,
                "text" => Kind::Text,
                "bytea" => Kind::Bytes,
                "boolean" => Kind::Yes,
                other => {
                    let what = format!("{table}.{name} of {other}");
                    return Err(StorageError::NotUnderstood(what));
                }
            };
            Ok((name, kind))
        })
        .collect()
}

/// Numbers that the database gives go on after the largest that was put in.
pub(super) async fn count_on(connection: &mut Connection) -> Result<()> {
    let counted: Vec<(String, String)> = sqlx::query_as(
        "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns
         WHERE table_schema = current_schema() AND is_identity = 'YES'",
    )
    .fetch_all(&mut *connection)
    .await?;
    for (table, column) in counted {
        let statement = format!(
            "SELECT setval(pg_get_serial_sequence('\"{table}\"', '{column}'), coalesce(max(\"{column}\"), 0) + 1, false)
             FROM \"{table}\""
        );
        sqlx::query(AssertSqlSafe(statement))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
