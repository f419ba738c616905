//! Which condition of a filter fits fewest devices.

use sqlx::QueryBuilder;

use super::super::Result;
use super::super::devices::DeviceFilter;
use super::super::words::range;
use super::along;
use super::fit::condition;
use super::{Driver, Pool};
use crate::text::ring_key;

/// One condition of a filter, as a query for the ids of the devices that fit.
#[derive(Clone)]
pub(super) struct Condition {
    column: &'static str,
    /// Where from, and each value after the text that it ends.
    parts: Vec<(&'static str, Option<String>)>,
}

impl Condition {
    /// Adds the query.
    pub(super) fn push(&self, query: &mut QueryBuilder<Driver>) {
        query.push("SELECT ").push(self.column).push(" FROM ");
        for (text, value) in &self.parts {
            query.push(text);
            if let Some(value) = value {
                query.push_bind(value.clone());
            }
        }
    }

    /// How many fit, at most one more than `most`.
    async fn count(&self, pool: &Pool, most: usize) -> Result<usize> {
        let mut query = QueryBuilder::<Driver>::new("SELECT count(*) FROM (");
        self.push(&mut query);
        query
            .push(" LIMIT ")
            .push_bind(along::count(most.saturating_add(1)))
            .push(") AS fit");
        let count: i64 = query.build_query_scalar().fetch_one(pool).await?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }
}

/// What the condition that fits fewest devices fits.
pub(super) enum Fewest<'c> {
    /// No device.
    None,
    /// No more than asked for.
    Few(&'c Condition),
    /// More, or there is no condition.
    Many,
}

/// Counts what each condition fits, no further than so many and than the one before.
pub(super) async fn fewest<'c>(
    pool: &Pool,
    conditions: &'c [Condition],
    mut most: usize,
) -> Result<Fewest<'c>> {
    let mut found = Fewest::Many;
    for condition in conditions {
        let count = condition.count(pool, most).await?;
        if count == 0 {
            return Ok(Fewest::None);
        }
        if count <= most {
            (found, most) = (Fewest::Few(condition), count);
        }
    }
    Ok(found)
}

/// Each condition of a filter that a query of its own can answer.
pub(super) fn conditions(filter: &DeviceFilter) -> Vec<Condition> {
    let state = || filter.state.clone();
    let mut conditions = Vec::new();
    let mut add = |column, parts| conditions.push(Condition { column, parts });
    if let Some(organization) = &filter.organization {
        let mut parts = vec![(
            "device_organizations WHERE key = ",
            Some(organization.to_lowercase()),
        )];
        parts.extend(state().map(|state| (" AND status = ", Some(state))));
        add("device_id", parts);
    }
    if let Some(store) = &filter.store {
        let mut parts = vec![("device_stores WHERE store = ", Some(store.clone()))];
        let state = state().filter(|_| filter.organization.is_none());
        parts.extend(state.map(|state| (" AND status = ", Some(state))));
        add("device_id", parts);
    }
    if let Some(search) = &filter.search {
        let (from, to) = range(search);
        let parts = vec![
            ("device_words WHERE word >= ", Some(from)),
            (" AND word < ", Some(to)),
        ];
        add("device_id", parts);
    }
    for (table, value) in [
        ("devices WHERE machine_system = ", filter.system.clone()),
        (
            "devices WHERE ring_key = ",
            filter.ring.as_deref().map(ring_key),
        ),
        ("devices WHERE person_key = ", filter.person.clone()),
        ("devices WHERE agent = ", filter.agent.clone()),
    ] {
        if value.is_some() {
            add("id", vec![(table, value)]);
        }
    }
    if let Some(mark) = filter.mark {
        add(
            "id",
            vec![("devices WHERE ", None), (condition(mark), None)],
        );
    }
    // A state that few are in is worth asking for only beside other conditions: alone it has its index.
    if filter.organization.is_none() && !conditions.is_empty() {
        let status = |state| Condition {
            column: "id",
            parts: vec![("devices WHERE status = ", Some(state))],
        };
        conditions.extend(state().map(status));
    }
    conditions
}
