//! The brake.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use rekey_report::Cleaning;
use sqlx::Row as _;

use super::super::Result;
use super::super::cleaning::{
    Brake, CleaningChange, CleaningScope, CleaningSetting, CleaningStates, EditFailures,
};
use super::super::webhooks::{Event, Happened};
use super::audit::append;
use super::database::{Database, number, time};
use super::{begin, outbox};

/// The ring that stands for every device.
const ALL: &str = "";

const fn word(state: Cleaning) -> &'static str {
    match state {
        Cleaning::Allowed => "allowed",
        Cleaning::Paused => "paused",
    }
}

#[async_trait]
impl Brake for Database {
    async fn cleaning_for(&self, ring: Option<&str>) -> Result<Cleaning> {
        let paused: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM cleaning WHERE ring IN ($1, $2) AND state = 'paused')",
        )
        .bind(ALL)
        .bind(ring.unwrap_or(ALL))
        .fetch_one(&self.readers)
        .await?;
        Ok(if paused {
            Cleaning::Paused
        } else {
            Cleaning::Allowed
        })
    }

    async fn cleaning(&self) -> Result<CleaningStates> {
        let mut states = CleaningStates {
            all: Cleaning::Allowed,
            rings: BTreeMap::new(),
            settings: Vec::new(),
        };
        let rows = sqlx::query(
            "SELECT ring, state, changed_at, changed_by, reason FROM cleaning ORDER BY ring",
        )
        .fetch_all(&self.readers)
        .await?;
        for row in &rows {
            let ring: String = row.try_get("ring")?;
            let state = match row.try_get::<String, _>("state")?.as_str() {
                "paused" => Cleaning::Paused,
                _ => Cleaning::Allowed,
            };
            states.settings.push(CleaningSetting {
                ring: (ring != ALL).then(|| ring.clone()),
                state,
                since: time(row.try_get("changed_at")?)?,
                by: row.try_get("changed_by")?,
                reason: row.try_get("reason")?,
            });
            if ring == ALL {
                states.all = state;
            } else {
                states.rings.insert(ring, state);
            }
        }
        Ok(states)
    }

    async fn set_cleaning(&self, change: &CleaningChange) -> Result<bool> {
        let mut transaction = begin(&self.writer).await?;
        append(&mut transaction, &change.entry()).await?;
        // Allowed is what holds where nothing was set.
        let changed = sqlx::query(
            "INSERT INTO cleaning (ring, state, changed_at, changed_by, reason)
             SELECT $1, $2, $3, $4, $5
             WHERE $2 <> 'allowed' OR EXISTS (SELECT 1 FROM cleaning WHERE ring = $1)
             ON CONFLICT (ring) DO UPDATE SET state = excluded.state, changed_at = excluded.changed_at,
                changed_by = excluded.changed_by, reason = excluded.reason
             WHERE cleaning.state <> excluded.state",
        )
        .bind(change.scope.ring().unwrap_or(ALL))
        .bind(word(change.state))
        .bind(change.at.as_microsecond())
        .bind(change.actor.who.name())
        .bind(&change.reason)
        .execute(&mut *transaction)
        .await?;
        if changed.rows_affected() == 0 {
            return Ok(false);
        }
        let event = match change.state {
            Cleaning::Paused => Event::CleaningPaused,
            Cleaning::Allowed => Event::CleaningResumed,
        };
        let data = serde_json::json!({
            "ring": change.scope.ring(), "by": change.actor.who.name(), "reason": change.reason,
        });
        let happened = Happened::new(event, Some(change.at), data);
        outbox::put(&mut transaction, &[happened]).await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn edit_failures(&self, scope: &CleaningScope, since: Timestamp) -> Result<EditFailures> {
        let since = since.as_microsecond();
        let (of_all, ring) = (scope.ring().is_none(), scope.ring().unwrap_or(ALL));
        let failed: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM devices WHERE failed_edits_at >= $1 AND ($2 OR coalesce(ring_key, '') = $3)",
        )
        .bind(since)
        .bind(of_all)
        .bind(ring)
        .fetch_one(&self.readers)
        .await?;
        if failed == 0 {
            return Ok(EditFailures::default());
        }
        let reported: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM devices
             WHERE status IN ('compliant', 'action-needed', 'failed', 'waiting', 'silent') AND heard_at >= $1
               AND ($2 OR coalesce(ring_key, '') = $3)",
        )
        .bind(since)
        .bind(of_all)
        .bind(ring)
        .fetch_one(&self.readers)
        .await?;
        Ok(EditFailures {
            failed: number(failed),
            reported: number(reported),
        })
    }
}
