//! A staged file becomes the roster: few statements over all of it, in the import's own transaction. What takes longer
//! is left to [`super::roster_settled`].

use std::collections::BTreeMap;

use super::super::Result;
use super::super::counted::{Dimension, Sum, SumKey};
use super::super::persons::PersonStatus;
use super::super::roster::RosterMode;
use super::{Connection, LOCK, sums};

/// Not in the file: the line of the roster that a statement looks at as `r`.
const GONE: &str = "NOT EXISTS (SELECT 1 FROM roster_staged s
        WHERE s.import_id = $1 AND s.key = r.key AND s.device_key = r.device_key)";

/// On the roster before, and not now: the person that a statement looks at as `d`.
const UNLISTED: &str = "d.rostered = 1 AND NOT EXISTS (SELECT 1 FROM roster r WHERE r.key = d.key)";

/// `version` tells what this import leaves to do from what others did.
pub(super) async fn write(
    connection: &mut Connection,
    shard: i64,
    id: &str,
    mode: RosterMode,
    version: i64,
) -> Result<()> {
    let replace = mode == RosterMode::Replace;
    // Machines that others own now, and people whose name is new.
    for pending in [
        Some(
            "SELECT DISTINCT 'device', s.device_key, CAST($2 AS BIGINT) FROM roster_staged s
             WHERE s.import_id = $1 AND s.device_key <> '' AND NOT EXISTS
                (SELECT 1 FROM roster r WHERE r.key = s.key AND r.device_key = s.device_key)"
                .to_owned(),
        ),
        replace.then(|| {
            format!(
                "SELECT DISTINCT 'device', r.device_key, CAST($2 AS BIGINT) FROM roster r
                 WHERE r.device_key <> '' AND {GONE}"
            )
        }),
        Some(
            "SELECT DISTINCT 'person', s.key, CAST($2 AS BIGINT) FROM roster_staged s
             WHERE s.import_id = $1 AND NOT EXISTS
                (SELECT 1 FROM roster r WHERE r.key = s.key AND r.name = s.name)"
                .to_owned(),
        ),
    ]
    .into_iter()
    .flatten()
    {
        let statement = format!(
            "INSERT INTO roster_pending (kind, key, version) {pending}
             ON CONFLICT (kind, key) DO UPDATE SET version = excluded.version"
        );
        run(connection, statement, id, Some(version)).await?;
    }
    if replace {
        let statement = format!(
            "DELETE FROM roster WHERE (key, device_key) IN (SELECT r.key, r.device_key FROM roster r WHERE {GONE})"
        );
        run(connection, statement, id, None).await?;
    }
    run(
        connection,
        "INSERT INTO roster (key, device_key, name, device)
         SELECT s.key, s.device_key, s.name, s.device FROM roster_staged s WHERE s.import_id = $1
         ON CONFLICT (key, device_key) DO UPDATE SET name = excluded.name, device = excluded.device"
            .to_owned(),
        id,
        None,
    )
    .await?;
    let listed = list(connection, id).await?;
    let unlisted = if replace {
        unlist(connection, version).await?
    } else {
        0
    };
    let key = SumKey {
        dimension: Dimension::Person,
        key: String::new(),
        status: PersonStatus::NEVER_REPORTED,
    };
    let sum = Sum {
        members: listed - unlisted,
        ..Sum::default()
    };
    sums::add(connection, shard, BTreeMap::from([(key, sum)])).await
}

/// Puts the people of the file on the list of people, and answers how many were not there.
async fn list(connection: &mut Connection, id: &str) -> Result<i64> {
    // In the order of their keys, as report writers lock them.
    lock(
        connection,
        "d.key IN (SELECT s.key FROM roster_staged s WHERE s.import_id = $1)",
        Some(id),
    )
    .await?;
    let new = run(
        connection,
        format!(
            "INSERT INTO people (key, name, status, rostered)
             SELECT s.key, max(s.name), '{}', 1 FROM roster_staged s WHERE s.import_id = $1 GROUP BY s.key ORDER BY s.key
             ON CONFLICT (key) DO NOTHING",
            PersonStatus::NEVER_REPORTED
        ),
        id,
        None,
    )
    .await?;
    run(
        connection,
        "UPDATE people SET rostered = 1, name = CASE WHEN v.name = '' THEN people.name ELSE v.name END
         FROM (SELECT s.key, max(s.name) AS name FROM roster_staged s WHERE s.import_id = $1 GROUP BY s.key) AS v
         WHERE people.key = v.key"
            .to_owned(),
        id,
        None,
    )
    .await?;
    Ok(new)
}

/// Takes those off the list whom the roster no longer names, and answers how many had never reported.
async fn unlist(connection: &mut Connection, version: i64) -> Result<i64> {
    lock(connection, UNLISTED, None).await?;
    let statement = format!(
        "DELETE FROM people WHERE key IN (SELECT d.key FROM people d WHERE d.status = '{}' AND {UNLISTED})",
        PersonStatus::NEVER_REPORTED
    );
    let never = sqlx::query(sqlx::AssertSqlSafe(statement))
        .execute(&mut *connection)
        .await?
        .rows_affected();
    let statement = format!(
        "INSERT INTO roster_pending (kind, key, version)
         SELECT 'person', d.key, CAST($1 AS BIGINT) FROM people d WHERE {UNLISTED}
         ON CONFLICT (kind, key) DO UPDATE SET version = excluded.version"
    );
    sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(version)
        .execute(&mut *connection)
        .await?;
    // What the roster called them is forgotten with it.
    let statement = format!(
        "UPDATE people SET rostered = 0, name = CASE WHEN key LIKE '#%' THEN '' ELSE key END
         WHERE key IN (SELECT d.key FROM people d WHERE {UNLISTED})"
    );
    sqlx::query(sqlx::AssertSqlSafe(statement))
        .execute(&mut *connection)
        .await?;
    Ok(i64::try_from(never).unwrap_or(i64::MAX))
}

/// Locks people in the order of their keys, for the databases that lock rows.
async fn lock(connection: &mut Connection, which: &'static str, id: Option<&str>) -> Result<()> {
    if LOCK.is_empty() {
        return Ok(());
    }
    let statement = format!(
        "SELECT count(*) FROM (SELECT d.key FROM people d WHERE {which} ORDER BY d.key{LOCK}) AS locked"
    );
    let mut query = sqlx::query(sqlx::AssertSqlSafe(statement));
    if let Some(id) = id {
        query = query.bind(id.to_owned());
    }
    query.execute(connection).await?;
    Ok(())
}

/// Runs a statement of this file about a staged file, and answers how many rows it changed.
async fn run(
    connection: &mut Connection,
    statement: String,
    id: &str,
    version: Option<i64>,
) -> Result<i64> {
    let mut query = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(id.to_owned());
    if let Some(version) = version {
        query = query.bind(version);
    }
    let done = query.execute(connection).await?.rows_affected();
    Ok(i64::try_from(done).unwrap_or(i64::MAX))
}
