//! One device, its report and its history; forgetting it.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::json;
use sqlx::Row as _;

use super::super::audit::{Action, Actor, NewEntry};
use super::super::devices::{
    Device, DeviceFilter, DevicePage, DeviceStatus, Devices, HistoryEntry,
};
use super::super::intake::{Body, Encoding};
use super::super::{Result, StorageError};
use super::audit::append;
use super::changes::{self, Change};
use super::database::{Database, parsed, time};
use super::intake::uuid;
use super::stored::{Stored, counts, state};
use super::{Row, WAYS, begin, list, stored};

#[async_trait]
impl Devices for Database {
    async fn devices(&self, filter: &DeviceFilter, limit: u32) -> Result<DevicePage> {
        list::page(&self.lists, filter, limit, WAYS).await
    }

    async fn device(&self, id: &str) -> Result<Option<Device>> {
        let row = sqlx::query("SELECT * FROM devices WHERE id = $1")
            .bind(id)
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| to_device(&row)).transpose()
    }

    async fn current_report(&self, device: &str) -> Result<Option<Body>> {
        let row = sqlx::query(
            "SELECT reports.body, reports.encoding FROM devices JOIN reports ON reports.id = devices.report
             WHERE devices.id = $1",
        )
        .bind(device)
        .fetch_optional(&self.readers)
        .await?;
        row.map(|row| {
            let encoding: String = row.try_get("encoding")?;
            Ok(Body {
                encoding: Encoding::of(&encoding).ok_or_else(|| {
                    StorageError::NotUnderstood(format!("the encoding {encoding}"))
                })?,
                bytes: row.try_get("body")?,
            })
        })
        .transpose()
    }

    async fn history(&self, device: &str, limit: u32) -> Result<Vec<HistoryEntry>> {
        let rows = sqlx::query(
            "SELECT id, sequence, scanned_at, received_at, state, stale, unsure FROM reports
             WHERE device_id = $1 ORDER BY scanned_at DESC, sequence DESC LIMIT $2",
        )
        .bind(device)
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(to_history).collect()
    }

    async fn settle_clone(&self, id: &str, by: &Actor, at: Timestamp) -> Result<bool> {
        let seen = self.device(id).await?;
        let Some(seen) = seen.filter(|device| device.cloned_at.is_some()) else {
            return Ok(false);
        };
        let mut transaction = begin(&self.writer).await?;
        let entry = NewEntry::new(at, by.clone(), Action::CloneSettled, seen.machine_name)
            .with(json!({ "device": id, "cloned_at": seen.cloned_at }));
        append(&mut transaction, &entry).await?;
        let id = id.to_owned();
        let stored = stored::by_ids(&mut transaction, std::iter::once(&id)).await?;
        let Some(device) = stored.into_iter().next() else {
            return Ok(false);
        };
        let after = Stored {
            cloned_at: None,
            ..device.clone()
        };
        let change = Change {
            before: Some(device),
            after: Some(after),
        };
        changes::write(&mut transaction, self.shards.next(), &[change]).await?;
        transaction.commit().await?;
        Ok(true)
    }

    async fn forget_device(&self, id: &str) -> Result<bool> {
        let mut transaction = begin(&self.writer).await?;
        let id = id.to_owned();
        let stored = stored::by_ids(&mut transaction, std::iter::once(&id)).await?;
        let known = !stored.is_empty();
        let changes: Vec<_> = stored
            .into_iter()
            .map(|device| Change {
                before: Some(device),
                after: None,
            })
            .collect();
        changes::write(&mut transaction, self.shards.next(), &changes).await?;
        sqlx::query("DELETE FROM devices WHERE id = $1")
            .bind(&id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(known)
    }

    async fn forget_person(&self, key: &str) -> Result<u64> {
        let mut gone = 0;
        loop {
            let ids: Vec<String> =
                sqlx::query_scalar("SELECT id FROM devices WHERE person_key = $1 LIMIT 100")
                    .bind(key)
                    .fetch_all(&self.readers)
                    .await?;
            if ids.is_empty() {
                return Ok(gone);
            }
            for id in ids {
                gone += u64::from(self.forget_device(&id).await?);
            }
        }
    }
}

pub(super) fn to_device(row: &Row) -> Result<Device> {
    let said = row
        .try_get::<Option<String>, _>("state")?
        .map(|word| state(&word))
        .transpose()?;
    let status: String = row.try_get("status")?;
    let when = |name| -> Result<Option<jiff::Timestamp>> {
        row.try_get::<Option<i64>, _>(name)?.map(time).transpose()
    };
    let small = |name| -> Result<u32> {
        let count: i64 = row.try_get(name)?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    };
    Ok(Device {
        id: row.try_get("id")?,
        status: match (status.as_str(), said) {
            ("silent", _) => DeviceStatus::Silent,
            (_, Some(state)) => DeviceStatus::Reported(state),
            (_, None) => DeviceStatus::NotReported,
        },
        said,
        machine_name: row.try_get("machine_name")?,
        machine_system: row.try_get("machine_system")?,
        machine_id: row.try_get("machine_id")?,
        person_name: row.try_get("person_name")?,
        person_id: row.try_get("person_id")?,
        person_key: row.try_get("person_key")?,
        ring: row.try_get("ring")?,
        agent: row.try_get("agent")?,
        findings: counts(row)?,
        open_steps: small("open_steps")?,
        declared_steps: small("declared_steps")?,
        accepted: small("accepted")?,
        errors: small("errors")?,
        organizations: parsed(row.try_get("organizations")?)?,
        enrolled_at: time(row.try_get("enrolled_at")?)?,
        scanned_at: when("scanned_at")?,
        heard_at: time(row.try_get("heard_at")?)?,
        failed_edits_at: when("failed_edits_at")?,
        cloned_at: when("cloned_at")?,
    })
}

fn to_history(row: &Row) -> Result<HistoryEntry> {
    Ok(HistoryEntry {
        id: uuid(row.try_get("id")?)?,
        sequence: row.try_get("sequence")?,
        scanned_at: time(row.try_get("scanned_at")?)?,
        received_at: time(row.try_get("received_at")?)?,
        state: state(&row.try_get::<String, _>("state")?)?,
        findings: counts(row)?,
    })
}
