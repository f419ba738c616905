//! The brake.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use rekey_report::Cleaning;

use super::super::Result;
use super::super::cleaning::{Brake, CleaningScope, CleaningStates};
use super::database::Database;

/// The ring that stands for every device.
const ALL: &str = "";

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
        };
        let rows: Vec<(String, String)> = sqlx::query_as("SELECT ring, state FROM cleaning")
            .fetch_all(&self.readers)
            .await?;
        for (ring, state) in rows {
            let state = match state.as_str() {
                "paused" => Cleaning::Paused,
                _ => Cleaning::Allowed,
            };
            if ring == ALL {
                states.all = state;
            } else {
                states.rings.insert(ring, state);
            }
        }
        Ok(states)
    }

    async fn set_cleaning(
        &self,
        scope: &CleaningScope,
        state: Cleaning,
        now: Timestamp,
    ) -> Result<()> {
        let ring = match scope {
            CleaningScope::All => ALL,
            CleaningScope::Ring(ring) => ring,
        };
        let state = match state {
            Cleaning::Allowed => "allowed",
            Cleaning::Paused => "paused",
        };
        sqlx::query(
            "INSERT INTO cleaning (ring, state, changed_at) VALUES ($1, $2, $3)
             ON CONFLICT (ring) DO UPDATE SET state = excluded.state, changed_at = excluded.changed_at",
        )
        .bind(ring)
        .bind(state)
        .bind(now.as_microsecond())
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}
