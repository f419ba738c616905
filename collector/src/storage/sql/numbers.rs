//! The sums as pages show them.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use sqlx::Row as _;

use super::super::Result;
use super::super::counted::Dimension;
use super::super::numbers::{
    Compliance, Day, FindingNumbers, GroupNumbers, KnownOrganization, Numbers, OrganizationNumbers,
    StateCounts, StoreNumbers,
};
use super::database::{Database, number, time};

/// A sum over some devices, by status.
#[derive(Default)]
struct Group {
    devices: StateCounts,
    findings: FindingNumbers,
    declared: u64,
}

#[async_trait]
impl Numbers for Database {
    async fn compliance(&self) -> Result<Compliance> {
        // One statement, so that the numbers of a page belong together.
        let rows = sqlx::query(
            "SELECT dimension, key, status, CAST(sum(members) AS BIGINT) AS members,
                    CAST(sum(declared) AS BIGINT) AS declared, CAST(sum(stale) AS BIGINT) AS stale,
                    CAST(sum(unsure) AS BIGINT) AS unsure
             FROM summaries GROUP BY dimension, key, status",
        )
        .fetch_all(&self.lists)
        .await?;
        let mut groups: BTreeMap<(String, String), Group> = BTreeMap::new();
        for row in &rows {
            let group = groups
                .entry((row.try_get("dimension")?, row.try_get("key")?))
                .or_default();
            let status: String = row.try_get("status")?;
            group.devices.add(&status, number(row.try_get("members")?));
            group.declared += number(row.try_get("declared")?);
            group.findings.stale += number(row.try_get("stale")?);
            group.findings.unsure += number(row.try_get("unsure")?);
        }
        let mut numbers = Compliance::default();
        let names: HashMap<_, _> = self
            .known_organizations()
            .await?
            .into_iter()
            .map(|organization| (organization.key, organization.name))
            .collect();
        for ((dimension, key), group) in groups {
            if group.devices.total() > 0 {
                put(&mut numbers, &dimension, key, group, &names);
            }
        }
        numbers.stores.sort_by_key(|store| {
            let left = store.findings.stale + store.findings.unsure;
            (std::cmp::Reverse(left), store.name.clone())
        });
        let newest: Option<i64> =
            sqlx::query_scalar("SELECT received_at FROM reports ORDER BY number DESC LIMIT 1")
                .fetch_optional(&self.lists)
                .await?;
        numbers.newest_report_at = newest.map(time).transpose()?;
        Ok(numbers)
    }

    async fn days(&self, organization: Option<&str>, since: i64) -> Result<Vec<Day>> {
        let dimension = match organization {
            Some(_) => Dimension::Organization,
            None => Dimension::All,
        };
        let rows = sqlx::query(
            "SELECT day, status, members FROM days WHERE dimension = $1 AND key = $2 AND day >= $3 ORDER BY day",
        )
        .bind(dimension.as_str())
        .bind(organization.unwrap_or_default())
        .bind(since)
        .fetch_all(&self.lists)
        .await?;
        let mut days: BTreeMap<i64, StateCounts> = BTreeMap::new();
        for row in &rows {
            let status: String = row.try_get("status")?;
            let counts = days.entry(row.try_get("day")?).or_default();
            counts.add(&status, number(row.try_get("members")?));
        }
        Ok(days
            .into_iter()
            .map(|(day, devices)| Day { day, devices })
            .collect())
    }

    async fn known_organizations(&self) -> Result<Vec<KnownOrganization>> {
        let rows =
            sqlx::query("SELECT key, name, tenant, connected_at FROM organizations ORDER BY key")
                .fetch_all(&self.lists)
                .await?;
        rows.iter()
            .map(|row| {
                let connected_at: Option<i64> = row.try_get("connected_at")?;
                Ok(KnownOrganization {
                    key: row.try_get("key")?,
                    name: row.try_get("name")?,
                    tenant: row.try_get("tenant")?,
                    connected_at: connected_at.map(time).transpose()?,
                })
            })
            .collect()
    }
}

fn put(
    numbers: &mut Compliance,
    dimension: &str,
    key: String,
    group: Group,
    names: &HashMap<String, String>,
) {
    let Group {
        devices,
        findings,
        declared,
    } = group;
    let group = |name| GroupNumbers {
        name,
        devices,
        findings,
    };
    if dimension == Dimension::All.as_str() {
        numbers.devices = devices;
        numbers.findings = findings;
        numbers.declared = declared;
    } else if dimension == Dimension::Person.as_str() {
        numbers.people = devices;
    } else if dimension == Dimension::Organization.as_str() {
        numbers.organizations.push(OrganizationNumbers {
            name: names.get(&key).cloned().unwrap_or(key),
            devices,
            findings,
        });
    } else if dimension == Dimension::Place.as_str() {
        numbers.stores.push(StoreNumbers {
            name: key,
            devices: devices.total(),
            findings,
        });
    } else if dimension == Dimension::System.as_str() {
        numbers.systems.push(group(key));
    } else if dimension == Dimension::Ring.as_str() {
        numbers.rings.push(group(key));
    }
}
