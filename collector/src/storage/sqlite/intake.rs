//! Reports, many in one commit: a commit waits for the disk, and the disk takes a hundred reports
//! in the time of one. Nobody is answered before the commit.

use sqlx::{SqliteConnection, SqlitePool};
use tokio::sync::{mpsc, oneshot};

use super::super::{NewReport, Result, StorageError, Taken};

/// The most reports in one commit.
const BATCH: usize = 256;

/// The most reports that wait in line; beyond it senders wait at the door.
const LINE: usize = 1024;

struct Job {
    report: NewReport,
    answer: oneshot::Sender<Result<Taken>>,
}

pub(super) struct Intake(mpsc::Sender<Job>);

impl Intake {
    /// It ends by itself when the last sender is gone.
    pub(super) fn start(pool: SqlitePool) -> Self {
        let (sender, receiver) = mpsc::channel(LINE);
        tokio::spawn(work(pool, receiver));
        Self(sender)
    }

    pub(super) async fn take(&self, report: NewReport) -> Result<Taken> {
        let (answer, answered) = oneshot::channel();
        let gone = || StorageError::Unavailable("the collector is stopping".into());
        self.0
            .send(Job { report, answer })
            .await
            .map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

async fn work(pool: SqlitePool, mut jobs: mpsc::Receiver<Job>) {
    let mut batch = Vec::with_capacity(BATCH);
    while jobs.recv_many(&mut batch, BATCH).await > 0 {
        match take_all(&pool, &batch).await {
            Ok(taken) => {
                for (job, taken) in batch.drain(..).zip(taken) {
                    let _ = job.answer.send(Ok(taken));
                }
            }
            // One bad report must not take the others with it, so each is tried alone.
            Err(_) => {
                for job in batch.drain(..) {
                    let taken = take_all(&pool, std::slice::from_ref(&job)).await;
                    let _ = job.answer.send(taken.map(|taken| taken[0]));
                }
            }
        }
    }
}

async fn take_all(pool: &SqlitePool, jobs: &[Job]) -> Result<Vec<Taken>> {
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    let mut taken = Vec::with_capacity(jobs.len());
    for job in jobs {
        taken.push(take_one(&mut transaction, &job.report).await?);
    }
    transaction.commit().await?;
    Ok(taken)
}

async fn take_one(connection: &mut SqliteConnection, report: &NewReport) -> Result<Taken> {
    let received_at = report.received_at.as_microsecond();
    let inserted = sqlx::query(
        "INSERT INTO reports (id, device_id, sequence, scanned_at, received_at, state, stale, unsure, body)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
    )
    .bind(report.id.as_bytes().as_slice())
    .bind(&report.device)
    .bind(report.sequence)
    .bind(report.scanned_at.as_microsecond())
    .bind(received_at)
    .bind(report.standing.state.as_str())
    .bind(report.standing.findings.stale)
    .bind(report.standing.findings.unsure)
    .bind(report.body.as_slice())
    .execute(&mut *connection)
    .await
    .map_err(without_device)?;
    let heard = "UPDATE devices SET heard_at = max(heard_at, ?) WHERE id = ?";
    sqlx::query(heard)
        .bind(received_at)
        .bind(&report.device)
        .execute(&mut *connection)
        .await?;
    if inserted.rows_affected() == 0 {
        return Ok(Taken::Duplicate);
    }
    if becomes_state(connection, report).await? {
        cut(connection, report).await?;
    }
    Ok(Taken::New)
}

fn without_device(error: sqlx::Error) -> StorageError {
    match &error {
        sqlx::Error::Database(database) if database.is_foreign_key_violation() => {
            StorageError::UnknownDevice
        }
        _ => error.into(),
    }
}

/// Makes the report the device's state, unless one of a newer scan is there.
async fn becomes_state(connection: &mut SqliteConnection, report: &NewReport) -> Result<bool> {
    let standing = &report.standing;
    let organizations = serde_json::to_string(&standing.organizations)
        .map_err(|error| StorageError::NotUnderstood(error.to_string()))?;
    let updated = sqlx::query(
        "UPDATE devices SET
            state = ?1, report = ?2, ordered_at = ?3, sequence = ?4, scanned_at = ?5, agent = ?6,
            stale = ?7, unsure = ?8, open_steps = ?9, declared_steps = ?10, errors = ?11, organizations = ?12,
            machine_name = ?13, machine_system = ?14, person_name = ?15, ring = ?16, search = ?17
         WHERE id = ?18 AND (ordered_at, sequence) <= (?3, ?4)",
    )
    .bind(standing.state.as_str())
    .bind(report.id.as_bytes().as_slice())
    .bind(report.ordered_at().as_microsecond())
    .bind(report.sequence)
    .bind(report.scanned_at.as_microsecond())
    .bind(&report.agent)
    .bind(standing.findings.stale)
    .bind(standing.findings.unsure)
    .bind(standing.open_steps)
    .bind(standing.declared_steps)
    .bind(standing.errors)
    .bind(organizations)
    .bind(&report.names.machine_name)
    .bind(&report.names.machine_system)
    .bind(&report.names.person_name)
    .bind(&report.names.ring)
    .bind(report.names.search())
    .bind(&report.device)
    .execute(connection)
    .await?;
    Ok(updated.rows_affected() > 0)
}

/// Replaces the rows by which devices are counted.
async fn cut(connection: &mut SqliteConnection, report: &NewReport) -> Result<()> {
    sqlx::query("DELETE FROM device_organizations WHERE device_id = ?")
        .bind(&report.device)
        .execute(&mut *connection)
        .await?;
    for organization in &report.standing.organizations {
        sqlx::query(
            "INSERT OR REPLACE INTO device_organizations (device_id, key, name, state, stale, unsure)
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(&report.device)
        .bind(organization.key())
        .bind(&organization.name)
        .bind(organization.state.as_str())
        .bind(organization.findings.stale)
        .bind(organization.findings.unsure)
        .execute(&mut *connection)
        .await?;
    }
    sqlx::query("DELETE FROM device_stores WHERE device_id = ?")
        .bind(&report.device)
        .execute(&mut *connection)
        .await?;
    for (store, counts) in &report.standing.stores {
        sqlx::query(
            "INSERT INTO device_stores (device_id, store, stale, unsure) VALUES (?, ?, ?, ?)",
        )
        .bind(&report.device)
        .bind(store)
        .bind(counts.stale)
        .bind(counts.unsure)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}
