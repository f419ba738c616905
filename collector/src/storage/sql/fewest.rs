//! Which condition of a filter fits fewest devices.

use sqlx::QueryBuilder;

use super::super::Result;
use super::super::devices::DeviceFilter;
use super::super::words::range;
use super::along;
use super::fit::{Beside, condition};
use super::{Driver, Pool};
use crate::text::ring_key;

/// One condition of a filter, as a query for the ids of the devices that fit.
pub(super) struct Condition {
    table: &'static str,
    /// The column with the ids, with its table.
    pub(super) id: &'static str,
    /// What it looks at, where that is not the device's own row.
    pub(super) beside: Option<Beside>,
    /// Each value after the text that it ends.
    parts: Vec<(&'static str, Option<String>)>,
}

impl Condition {
    fn on_row(text: &'static str, value: Option<String>) -> Self {
        let parts = vec![(text, value)];
        Self {
            table: "devices",
            id: "devices.id",
            beside: None,
            parts,
        }
    }

    fn on(beside: Beside, parts: Vec<(&'static str, Option<String>)>) -> Self {
        let (table, id) = match beside {
            Beside::Organizations => ("device_organizations", "device_organizations.device_id"),
            Beside::Stores => ("device_stores", "device_stores.device_id"),
            Beside::Words => ("device_words", "device_words.device_id"),
        };
        Self {
            table,
            id,
            beside: Some(beside),
            parts,
        }
    }

    /// Adds the query, which ends with a condition.
    pub(super) fn push(&self, query: &mut QueryBuilder<Driver>) {
        query.push(format_args!(
            "SELECT {} FROM {} WHERE ",
            self.id, self.table
        ));
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
    let state = |of_all: bool| filter.state.clone().filter(|_| of_all);
    let mut conditions = Vec::new();
    if let Some(organization) = &filter.organization {
        let mut parts = vec![("key = ", Some(organization.to_lowercase()))];
        parts.extend(state(true).map(|state| (" AND status = ", Some(state))));
        conditions.push(Condition::on(Beside::Organizations, parts));
    }
    // Beside an organization the state is that for the organization.
    let state = state(filter.organization.is_none());
    if let Some(store) = &filter.store {
        let mut parts = vec![("store = ", Some(store.clone()))];
        parts.extend(state.clone().map(|state| (" AND status = ", Some(state))));
        conditions.push(Condition::on(Beside::Stores, parts));
    }
    if let Some(search) = &filter.search {
        let (from, to) = range(search);
        let parts = vec![("word >= ", Some(from)), (" AND word < ", Some(to))];
        conditions.push(Condition::on(Beside::Words, parts));
    }
    for (column, value) in [
        ("machine_system = ", filter.system.clone()),
        ("ring_key = ", filter.ring.as_deref().map(ring_key)),
        ("person_key = ", filter.person.clone()),
        ("agent = ", filter.agent.clone()),
    ] {
        if value.is_some() {
            conditions.push(Condition::on_row(column, value));
        }
    }
    if let Some(mark) = filter.mark {
        conditions.push(Condition::on_row(condition(mark), None));
    }
    // A state that few are in is worth asking for only beside other conditions: alone it has its index.
    if !conditions.is_empty() {
        conditions.extend(state.map(|state| Condition::on_row("status = ", Some(state))));
    }
    conditions
}
