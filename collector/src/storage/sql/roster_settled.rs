//! Whose device it is where its reports do not say: that of the one person for whom the roster names the machine.
//!
//! Writers of reports ask for devices that are new or are called otherwise now. What an import changes for others is
//! noted by it, and done here a part at a time, by any collector; done twice it is the same.

use std::collections::BTreeMap;

use sqlx::Row as _;

use super::super::Result;
use super::changes::{self, Change};
use super::database::Database;
use super::given::{self, Given};
use super::persons::write_words;
use super::stored::{self, Stored};
use super::{Connection, LOCK, SHARE, begin};

/// In one commit, so that reports do not wait long.
const BATCH: usize = 500;

/// Gives devices to their owners, where they are new or are called otherwise than before.
pub(super) async fn place(connection: &mut Connection, changes: &mut [Change]) -> Result<()> {
    let called = |device: &Stored| {
        let names = &device.names;
        (names.machine_name.clone(), names.person_name.clone())
    };
    let mut devices: Vec<_> = changes
        .iter_mut()
        .filter_map(|change| {
            let after = change.after.as_mut()?;
            let as_before = change.before.as_ref().map(called) == Some(called(after));
            (!as_before && !after.names.says_address()).then_some(after)
        })
        .collect();
    if devices.is_empty() {
        return Ok(());
    }
    // Held until the commit: an import that comes meanwhile waits, and then sees these devices.
    let statement = format!("SELECT one FROM roster_state{SHARE}");
    sqlx::query(sqlx::AssertSqlSafe(statement))
        .execute(&mut *connection)
        .await?;
    give(connection, &mut devices).await
}

async fn give(connection: &mut Connection, devices: &mut [&mut Stored]) -> Result<()> {
    let machines = devices
        .iter()
        .map(|device| [device.names.machine_name.to_lowercase().into()]);
    // A machine of several people does not say which of them.
    let rows = given::fetch(
        connection,
        "SELECT device_key, min(key) AS key FROM roster WHERE device_key IN (",
        machines.collect(),
        ") AND device_key <> '' GROUP BY device_key HAVING count(*) = 1",
    )
    .await?;
    let mut owners = BTreeMap::<String, String>::new();
    for row in rows {
        owners.insert(row.try_get("device_key")?, row.try_get("key")?);
    }
    for device in devices {
        let owner = owners.get(&device.names.machine_name.to_lowercase());
        device.person_key = owner.cloned().unwrap_or_else(|| device.names.person_key());
    }
    Ok(())
}

/// A note that an import left.
struct Pending {
    key: String,
    version: i64,
}

impl Database {
    /// Does what imports left to do, at most so many parts of it: devices first, for numbers hang on them.
    pub(super) async fn settle_roster(&self, parts: usize) -> Result<()> {
        for _ in 0..parts {
            let devices = self.pending("device").await?;
            if !devices.is_empty() {
                self.place_machines(&devices).await?;
                continue;
            }
            let people = self.pending("person").await?;
            if people.is_empty() {
                return Ok(());
            }
            self.write_people(&people).await?;
        }
        Ok(())
    }

    async fn pending(&self, kind: &'static str) -> Result<Vec<Pending>> {
        let rows = sqlx::query(
            "SELECT key, version FROM roster_pending WHERE kind = $1 ORDER BY key LIMIT $2",
        )
        .bind(kind)
        .bind(i64::try_from(BATCH).unwrap_or(i64::MAX))
        .fetch_all(&self.writer)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(Pending {
                    key: row.try_get("key")?,
                    version: row.try_get("version")?,
                })
            })
            .collect()
    }

    async fn write_people(&self, pending: &[Pending]) -> Result<()> {
        let mut transaction = begin(&self.writer).await?;
        let rows = given::fetch(
            &mut transaction,
            "SELECT d.key, d.name FROM people d WHERE d.key IN (",
            keys(pending),
            &format!(") ORDER BY d.key{LOCK}"),
        )
        .await?;
        let people = rows
            .iter()
            .map(|row| Ok((row.try_get("key")?, row.try_get("name")?)))
            .collect::<Result<Vec<(String, String)>>>()?;
        write_words(&mut transaction, &people, true).await?;
        done(&mut transaction, "person", pending).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn place_machines(&self, pending: &[Pending]) -> Result<()> {
        // A machine's whole name in small letters is one of the words that it is found by.
        let mut connection = self.writer.acquire().await?;
        let rows = given::fetch(
            &mut connection,
            "SELECT d.id FROM device_words w JOIN devices d ON d.id = w.device_id WHERE w.word IN (",
            keys(pending),
            ") AND (d.person_name IS NULL OR d.person_name NOT LIKE '%@%')",
        )
        .await?;
        drop(connection);
        let ids = rows.iter().map(|row| row.try_get::<String, _>("id"));
        let ids = ids.collect::<std::result::Result<Vec<_>, _>>()?;
        for ids in ids.chunks(BATCH) {
            let mut transaction = begin(&self.writer).await?;
            let before = stored::by_ids(&mut transaction, ids.iter()).await?;
            let mut after = before.clone();
            let mut unnamed: Vec<_> = after
                .iter_mut()
                .filter(|device| !device.names.says_address())
                .collect();
            if !unnamed.is_empty() {
                give(&mut transaction, &mut unnamed).await?;
            }
            let changes: Vec<_> = before
                .into_iter()
                .zip(after)
                .map(|(before, after)| Change {
                    before: Some(before),
                    after: Some(after),
                })
                .collect();
            changes::write(&mut transaction, self.shards.next(), &changes).await?;
            transaction.commit().await?;
        }
        let mut transaction = begin(&self.writer).await?;
        done(&mut transaction, "device", pending).await?;
        transaction.commit().await?;
        Ok(())
    }
}

fn keys(pending: &[Pending]) -> Vec<[Given; 1]> {
    let keys = pending.iter().map(|one| [one.key.clone().into()]);
    keys.collect()
}

/// Strikes the notes out, unless a later import has written them anew.
async fn done(connection: &mut Connection, kind: &'static str, pending: &[Pending]) -> Result<()> {
    let notes = pending
        .iter()
        .map(|one| [kind.into(), one.key.clone().into(), one.version.into()]);
    given::execute(
        connection,
        "DELETE FROM roster_pending WHERE (kind, key, version) IN (",
        notes.collect(),
        ")",
    )
    .await
}
