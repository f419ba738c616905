//! Devices: enrolment, the list, one of them, its history.

use jiff::Timestamp;
use rekey_report::DeviceState;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqlitePool};
use uuid::Uuid;

use super::super::{
    Device, DeviceFilter, DevicePage, DeviceStatus, HistoryEntry, KnownDevice, NewDevice, Result,
    StorageError,
};
use super::time;
use crate::secret::Digest;
use crate::standing::Counts;

pub(super) async fn enroll(
    pool: &SqlitePool,
    device: &NewDevice,
    token: &Digest,
    now: Timestamp,
) -> Result<String> {
    Ok(sqlx::query_scalar(
        "INSERT INTO devices (id, machine_id, person_id, token, machine_name, machine_system, person_name, ring,
                              search, enrolled_at, heard_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)
         ON CONFLICT (machine_id, person_id) DO UPDATE SET
            token = excluded.token, machine_name = excluded.machine_name, machine_system = excluded.machine_system,
            person_name = excluded.person_name, ring = excluded.ring, search = excluded.search
         RETURNING id",
    )
    .bind(Uuid::now_v7().to_string())
    .bind(&device.machine_id)
    .bind(&device.person_id)
    .bind(token.as_bytes())
    .bind(&device.machine_name)
    .bind(&device.machine_system)
    .bind(&device.person_name)
    .bind(&device.ring)
    .bind(device.search())
    .bind(now.as_microsecond())
    .fetch_one(pool)
    .await?)
}

pub(super) async fn by_token(pool: &SqlitePool, token: &Digest) -> Result<Option<KnownDevice>> {
    let row = sqlx::query("SELECT id, ring FROM devices WHERE token = ?")
        .bind(token.as_bytes())
        .fetch_optional(pool)
        .await?;
    row.map(|row| {
        Ok(KnownDevice {
            id: row.try_get("id")?,
            ring: row.try_get("ring")?,
        })
    })
    .transpose()
}

pub(super) async fn list(
    pool: &SqlitePool,
    filter: &DeviceFilter,
    silent_before: Timestamp,
    limit: u32,
) -> Result<DevicePage> {
    let mut rows = sqlx::query(
        "SELECT d.* FROM devices d
         LEFT JOIN device_organizations o ON o.device_id = d.id AND o.key = ?3
         WHERE (?3 IS NULL OR o.key IS NOT NULL)
           AND (?2 IS NULL OR ?2 = CASE
                WHEN d.heard_at < ?1 THEN 'silent'
                WHEN d.state IS NULL THEN 'not-reported'
                ELSE coalesce(o.state, d.state) END)
           AND (?4 IS NULL OR EXISTS (SELECT 1 FROM device_stores s WHERE s.device_id = d.id AND s.store = ?4))
           AND (?5 IS NULL OR instr(d.search, ?5) > 0)
           AND (?6 IS NULL OR (d.machine_name, d.id) > (SELECT machine_name, id FROM devices WHERE id = ?6))
         ORDER BY d.machine_name, d.id LIMIT ?7",
    )
    .bind(silent_before.as_microsecond())
    .bind(&filter.state)
    .bind(filter.organization.as_deref().map(str::to_lowercase))
    .bind(&filter.store)
    .bind(filter.search.as_deref().map(str::to_lowercase))
    .bind(&filter.after)
    // One more than asked for tells whether there is a next page.
    .bind(i64::from(limit) + 1)
    .fetch_all(pool)
    .await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let devices = rows
        .iter()
        .map(|row| to_device(row, silent_before))
        .collect::<Result<Vec<_>>>()?;
    let next = devices
        .last()
        .filter(|_| more)
        .map(|device| device.id.clone());
    Ok(DevicePage { devices, next })
}

pub(super) async fn one(
    pool: &SqlitePool,
    id: &str,
    silent_before: Timestamp,
) -> Result<Option<Device>> {
    let row = sqlx::query("SELECT * FROM devices WHERE id = ?")
        .bind(id)
        .fetch_optional(pool)
        .await?;
    row.map(|row| to_device(&row, silent_before)).transpose()
}

fn to_device(row: &SqliteRow, silent_before: Timestamp) -> Result<Device> {
    let said = row
        .try_get::<Option<String>, _>("state")?
        .map(|word| to_state(&word))
        .transpose()?;
    let heard_at = time(row.try_get("heard_at")?)?;
    let organizations: String = row.try_get("organizations")?;
    Ok(Device {
        id: row.try_get("id")?,
        status: DeviceStatus::of(said, heard_at, silent_before),
        said,
        machine_name: row.try_get("machine_name")?,
        machine_system: row.try_get("machine_system")?,
        machine_id: row.try_get("machine_id")?,
        person_name: row.try_get("person_name")?,
        person_id: row.try_get("person_id")?,
        ring: row.try_get("ring")?,
        agent: row.try_get("agent")?,
        findings: counts(row)?,
        open_steps: row.try_get("open_steps")?,
        declared_steps: row.try_get("declared_steps")?,
        errors: row.try_get("errors")?,
        organizations: serde_json::from_str(&organizations)
            .map_err(|error| StorageError::NotUnderstood(error.to_string()))?,
        enrolled_at: time(row.try_get("enrolled_at")?)?,
        scanned_at: row
            .try_get::<Option<i64>, _>("scanned_at")?
            .map(time)
            .transpose()?,
        heard_at,
    })
}

fn counts(row: &SqliteRow) -> Result<Counts> {
    Ok(Counts {
        stale: row.try_get("stale")?,
        unsure: row.try_get("unsure")?,
    })
}

fn to_state(word: &str) -> Result<DeviceState> {
    DeviceState::ALL
        .iter()
        .copied()
        .find(|state| state.as_str() == word)
        .ok_or_else(|| StorageError::NotUnderstood(format!("the state {word}")))
}

pub(super) async fn current_report(pool: &SqlitePool, device: &str) -> Result<Option<Vec<u8>>> {
    Ok(sqlx::query_scalar(
        "SELECT reports.body FROM devices JOIN reports ON reports.id = devices.report WHERE devices.id = ?",
    )
    .bind(device)
    .fetch_optional(pool)
    .await?)
}

pub(super) async fn history(
    pool: &SqlitePool,
    device: &str,
    limit: u32,
) -> Result<Vec<HistoryEntry>> {
    let rows = sqlx::query(
        "SELECT id, sequence, scanned_at, received_at, state, stale, unsure FROM reports
         WHERE device_id = ? ORDER BY scanned_at DESC, sequence DESC LIMIT ?",
    )
    .bind(device)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    rows.iter().map(to_history).collect()
}

fn to_history(row: &SqliteRow) -> Result<HistoryEntry> {
    let id: Vec<u8> = row.try_get("id")?;
    Ok(HistoryEntry {
        id: Uuid::from_slice(&id)
            .map_err(|_| StorageError::NotUnderstood("the id of a report".into()))?,
        sequence: row.try_get("sequence")?,
        scanned_at: time(row.try_get("scanned_at")?)?,
        received_at: time(row.try_get("received_at")?)?,
        state: to_state(&row.try_get::<String, _>("state")?)?,
        findings: counts(row)?,
    })
}
