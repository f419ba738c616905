//! Counting: every device, by organization, by place.

use jiff::Timestamp;
use sqlx::SqlitePool;

use super::super::{
    Compliance, FindingNumbers, OrganizationNumbers, Result, StateCounts, StoreNumbers,
};
use super::time;

pub(super) async fn compliance(pool: &SqlitePool, silent_before: Timestamp) -> Result<Compliance> {
    // One transaction, so that the numbers of a page belong together.
    let mut reading = pool.begin().await?;
    let silent_before = silent_before.as_microsecond();

    let mut devices = StateCounts::default();
    let by_state: Vec<(String, i64)> = sqlx::query_as(
        "SELECT CASE WHEN heard_at < ? THEN 'silent' ELSE coalesce(state, 'not-reported') END AS status, count(*)
         FROM devices GROUP BY status",
    )
    .bind(silent_before)
    .fetch_all(&mut *reading)
    .await?;
    for (state, count) in by_state {
        devices.add(&state, number(count));
    }

    let mut organizations: Vec<OrganizationNumbers> = Vec::new();
    let by_organization: Vec<(String, String, String, i64, i64, i64)> = sqlx::query_as(
        "SELECT o.key, min(o.name), CASE WHEN d.heard_at < ? THEN 'silent' ELSE o.state END AS status,
                count(*), sum(o.stale), sum(o.unsure)
         FROM device_organizations o JOIN devices d ON d.id = o.device_id
         GROUP BY o.key, status ORDER BY o.key",
    )
    .bind(silent_before)
    .fetch_all(&mut *reading)
    .await?;
    let mut last_key = String::new();
    for (key, name, state, count, stale, unsure) in by_organization {
        if organizations.is_empty() || key != last_key {
            organizations.push(OrganizationNumbers {
                name,
                devices: StateCounts::default(),
                findings: FindingNumbers::default(),
            });
            last_key = key;
        }
        if let Some(organization) = organizations.last_mut() {
            organization.devices.add(&state, number(count));
            organization.findings.stale += number(stale);
            organization.findings.unsure += number(unsure);
        }
    }

    let by_store: Vec<(String, i64, i64, i64)> = sqlx::query_as(
        "SELECT store, count(*), sum(stale), sum(unsure) FROM device_stores
         GROUP BY store ORDER BY sum(stale) + sum(unsure) DESC, store",
    )
    .fetch_all(&mut *reading)
    .await?;

    let declared: i64 = sqlx::query_scalar("SELECT count(*) FROM devices WHERE declared_steps > 0")
        .fetch_one(&mut *reading)
        .await?;
    let newest: Option<i64> =
        sqlx::query_scalar("SELECT received_at FROM reports ORDER BY number DESC LIMIT 1")
            .fetch_optional(&mut *reading)
            .await?;

    Ok(Compliance {
        devices,
        declared: number(declared),
        organizations,
        stores: by_store
            .into_iter()
            .map(|(name, devices, stale, unsure)| StoreNumbers {
                name,
                devices: number(devices),
                findings: FindingNumbers {
                    stale: number(stale),
                    unsure: number(unsure),
                },
            })
            .collect(),
        newest_report_at: newest.map(time).transpose()?,
    })
}

fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}
