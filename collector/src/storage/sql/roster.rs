//! The roster: staged, compared, kept.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sqlx::Row as _;

use super::super::audit::{Action, Actor, NewEntry};
use super::super::roster::{Roster, RosterChange, RosterLine, RosterMode, RosterState};
use super::super::{Result, StorageError};
use super::audit::append;
use super::database::{Database, number, time};
use super::{Connection, Row, begin, given, roster_kept};

/// A file that nobody kept for so long is forgotten.
const STAGED: SignedDuration = SignedDuration::from_hours(1);

/// So many parts of what an import leaves to do are done before it is answered; of a long file upkeep does the rest.
const AT_ONCE: usize = 20;

/// A transaction is tried so often where report writers are in its way.
const TRIES: u32 = 5;

#[async_trait]
impl Roster for Database {
    async fn stage_roster(
        &self,
        id: &str,
        mode: RosterMode,
        lines: Vec<RosterLine>,
        now: Timestamp,
    ) -> Result<RosterChange> {
        let mut transaction = begin(&self.writer).await?;
        let forgotten = now.checked_sub(STAGED).unwrap_or(Timestamp::MIN);
        sqlx::query("DELETE FROM roster_imports WHERE made_at < $1")
            .bind(forgotten.as_microsecond())
            .execute(&mut *transaction)
            .await?;
        sqlx::query("INSERT INTO roster_imports (id, made_at, mode) VALUES ($1, $2, $3)")
            .bind(id)
            .bind(now.as_microsecond())
            .bind(mode.as_str())
            .execute(&mut *transaction)
            .await?;
        // The last line of a person with a workstation holds.
        let once: std::collections::BTreeMap<_, _> = lines
            .into_iter()
            .map(|line| ((line.key(), line.device_key()), line))
            .collect();
        let rows = once.into_iter().map(|((key, device_key), line)| {
            [
                id.into(),
                key.into(),
                device_key.into(),
                line.name.into(),
                line.device.into(),
            ]
        });
        given::execute(
            &mut transaction,
            "INSERT INTO roster_staged (import_id, key, device_key, name, device) ",
            rows.collect(),
            "",
        )
        .await?;
        let change = compare(&mut transaction, id, mode).await?;
        transaction.commit().await?;
        Ok(change)
    }

    async fn staged_roster(&self, id: &str) -> Result<Option<RosterChange>> {
        let mut connection = self.readers.acquire().await?;
        match mode(&mut connection, id).await? {
            Some(mode) => compare(&mut connection, id, mode).await.map(Some),
            None => Ok(None),
        }
    }

    async fn keep_roster(
        &self,
        id: &str,
        by: &Actor,
        now: Timestamp,
    ) -> Result<Option<RosterChange>> {
        let mut tries = 0;
        let kept = loop {
            tries += 1;
            match self.try_keep(id, by, now).await {
                Err(StorageError::Again(_)) if tries < TRIES => tokio::task::yield_now().await,
                kept => break kept?,
            }
        };
        if kept.is_some() {
            self.settle_soon().await;
        }
        Ok(kept)
    }

    async fn roster(&self) -> Result<RosterState> {
        let row = sqlx::query("SELECT lines, imported_at, imported_by FROM roster_state")
            .fetch_one(&self.readers)
            .await?;
        let imported_at: Option<i64> = row.try_get("imported_at")?;
        Ok(RosterState {
            lines: number(row.try_get("lines")?),
            imported_at: imported_at.map(time).transpose()?,
            imported_by: row.try_get("imported_by")?,
        })
    }

    async fn roster_lines(
        &self,
        after: Option<(String, String)>,
        limit: u32,
    ) -> Result<Vec<RosterLine>> {
        let (key, device_key) = after.unwrap_or_default();
        let rows = sqlx::query(
            "SELECT key, name, device FROM roster WHERE (key, device_key) > ($1, $2)
             ORDER BY key, device_key LIMIT $3",
        )
        .bind(key)
        .bind(device_key)
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(to_line).collect()
    }

    async fn roster_of(&self, key: &str, limit: u32) -> Result<Vec<RosterLine>> {
        let rows = sqlx::query(
            "SELECT key, name, device FROM roster WHERE key = $1 ORDER BY device_key LIMIT $2",
        )
        .bind(key)
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(to_line).collect()
    }
}

impl Database {
    /// The roster holds already; what cannot be done of the rest now is done by upkeep.
    async fn settle_soon(&self) {
        for _ in 0..TRIES {
            match self.settle_roster(AT_ONCE).await {
                Ok(()) => return,
                Err(StorageError::Again(_)) => tokio::task::yield_now().await,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "roster");
                    return;
                }
            }
        }
    }

    async fn try_keep(&self, id: &str, by: &Actor, now: Timestamp) -> Result<Option<RosterChange>> {
        let mut transaction = begin(&self.writer).await?;
        // Whoever imports at the same time waits here; so does whoever places a device meanwhile.
        sqlx::query("UPDATE roster_state SET imported_at = $1, imported_by = $2 WHERE one = 1")
            .bind(now.as_microsecond())
            .bind(by.who.name())
            .execute(&mut *transaction)
            .await?;
        let Some(mode) = mode(&mut transaction, id).await? else {
            return Ok(None);
        };
        let change = compare(&mut transaction, id, mode).await?;
        let entry =
            NewEntry::new(now, by.clone(), Action::RosterImported, mode.as_str()).with(json!({
                "lines": change.lines, "people": change.people, "added": change.added,
                "renamed": change.renamed, "removed": change.removed,
            }));
        append(&mut transaction, &entry).await?;
        let version = now.as_microsecond();
        roster_kept::write(&mut transaction, self.shards.next(), id, mode, version).await?;
        sqlx::query("UPDATE roster_state SET lines = lines + $1 WHERE one = 1")
            .bind(signed(change.added) - signed(change.removed))
            .execute(&mut *transaction)
            .await?;
        sqlx::query("DELETE FROM roster_imports WHERE id = $1")
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(Some(change))
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

async fn mode(connection: &mut Connection, id: &str) -> Result<Option<RosterMode>> {
    let word: Option<String> = sqlx::query_scalar("SELECT mode FROM roster_imports WHERE id = $1")
        .bind(id)
        .fetch_optional(connection)
        .await?;
    word.map(|word| {
        RosterMode::parse(&word)
            .ok_or_else(|| StorageError::NotUnderstood(format!("the roster's mode {word}")))
    })
    .transpose()
}

async fn compare(connection: &mut Connection, id: &str, mode: RosterMode) -> Result<RosterChange> {
    let row = sqlx::query(
        "SELECT count(*) AS lines, count(DISTINCT s.key) AS people, count(r.key) AS known,
                count(*) FILTER (WHERE r.name <> s.name) AS renamed
         FROM roster_staged s LEFT JOIN roster r ON r.key = s.key AND r.device_key = s.device_key
         WHERE s.import_id = $1",
    )
    .bind(id)
    .fetch_one(&mut *connection)
    .await?;
    let count = |name: &str| -> Result<u64> { Ok(number(row.try_get(name)?)) };
    let (lines, known, renamed) = (count("lines")?, count("known")?, count("renamed")?);
    let removed = match mode {
        RosterMode::Add => 0,
        RosterMode::Replace => {
            let all: i64 = sqlx::query_scalar("SELECT count(*) FROM roster")
                .fetch_one(connection)
                .await?;
            number(all).saturating_sub(known)
        }
    };
    Ok(RosterChange {
        mode,
        lines,
        people: count("people")?,
        added: lines.saturating_sub(known),
        renamed,
        unchanged: known.saturating_sub(renamed),
        removed,
    })
}

fn to_line(row: &Row) -> Result<RosterLine> {
    Ok(RosterLine {
        email: row.try_get("key")?,
        name: row.try_get("name")?,
        device: row.try_get("device")?,
    })
}
