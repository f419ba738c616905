//! Refused enrolments: counts by the hour, and the newest rows.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row as _;

use super::super::Result;
use super::super::refused::{RefusedEnrolment, RefusedEnrolments, RefusedLog};
use super::database::{Database, number, time};
use super::{Connection, begin, given};

/// So many rows are kept: they hold names, and somebody may have an enrolment refused as often as they like.
const ROWS: i64 = 200;

/// Counts are kept for so long.
const HOURS: i64 = 24 * 30;

const HOUR: i64 = 3600;

fn hour(at: Timestamp) -> i64 {
    at.as_second().div_euclid(HOUR)
}

/// Keeps refusals in a transaction.
pub(super) async fn note(connection: &mut Connection, refused: &[RefusedEnrolment]) -> Result<()> {
    let Some(newest) = refused.iter().map(|refused| hour(refused.at)).max() else {
        return Ok(());
    };
    let mut counts = std::collections::BTreeMap::<_, i64>::new();
    for one in refused {
        *counts.entry((hour(one.at), &one.reason)).or_default() += 1;
    }
    let rows = counts
        .into_iter()
        .map(|((hour, reason), count)| [hour.into(), reason.clone().into(), count.into()]);
    given::execute(
        connection,
        "INSERT INTO refused_enrolment_counts (hour, reason, refused) ",
        rows.collect(),
        " ON CONFLICT (hour, reason) DO UPDATE SET refused = refused_enrolment_counts.refused + excluded.refused",
    )
    .await?;
    let rows = refused.iter().map(|refused| {
        [
            refused.at.as_microsecond().into(),
            refused.reason.clone().into(),
            refused.machine_name.clone().into(),
            refused.secret_name.clone().into(),
            refused.address.clone().into(),
        ]
    });
    given::execute(
        connection,
        "INSERT INTO refused_enrolments (at, reason, machine_name, secret_name, address) ",
        rows.collect(),
        "",
    )
    .await?;
    sqlx::query(
        "DELETE FROM refused_enrolments WHERE id <= (SELECT max(id) FROM refused_enrolments) - $1",
    )
    .bind(ROWS)
    .execute(&mut *connection)
    .await?;
    sqlx::query("DELETE FROM refused_enrolment_counts WHERE hour < $1")
        .bind(newest - HOURS)
        .execute(connection)
        .await?;
    Ok(())
}

#[async_trait]
impl RefusedLog for Database {
    async fn note_refused(&self, refused: RefusedEnrolment) -> Result<()> {
        let mut transaction = begin(&self.writer).await?;
        note(&mut transaction, &[refused]).await?;
        transaction.commit().await?;
        Ok(())
    }

    async fn refused_enrolments(&self, since: Timestamp, limit: u32) -> Result<RefusedEnrolments> {
        let counts = sqlx::query(
            "SELECT reason, CAST(sum(refused) AS BIGINT) AS refused FROM refused_enrolment_counts
             WHERE hour >= $1 GROUP BY reason ORDER BY refused DESC, reason",
        )
        .bind(hour(since))
        .fetch_all(&self.readers)
        .await?;
        let counts = counts
            .iter()
            .map(|row| Ok((row.try_get("reason")?, number(row.try_get("refused")?))))
            .collect::<Result<Vec<_>>>()?;
        let rows = sqlx::query(
            "SELECT at, reason, machine_name, secret_name, address FROM refused_enrolments
             WHERE at >= $1 ORDER BY id DESC LIMIT $2",
        )
        .bind(since.as_microsecond())
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        let newest = rows
            .iter()
            .map(|row| {
                Ok(RefusedEnrolment {
                    at: time(row.try_get("at")?)?,
                    reason: row.try_get("reason")?,
                    machine_name: row.try_get("machine_name")?,
                    secret_name: row.try_get("secret_name")?,
                    address: row.try_get("address")?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(RefusedEnrolments { counts, newest })
    }
}
