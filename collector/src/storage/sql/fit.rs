//! What a filter of the list of devices asks of the row `d` of a device.

use sqlx::QueryBuilder;

use super::super::devices::{DeviceFilter, Mark};
use super::super::words::range;
use super::Driver;
use crate::text::ring_key;

/// Every condition of the filter. `coalesce` keeps a database from sorting all that an index over the one column
/// gives, where the order of the list is the shorter way.
pub(super) fn fit(query: &mut QueryBuilder<Driver>, filter: &DeviceFilter) {
    if let Some(organization) = &filter.organization {
        query
            .push(" AND EXISTS (SELECT 1 FROM device_organizations o WHERE o.device_id = d.id AND o.key = ")
            .push_bind(organization.to_lowercase());
        if let Some(state) = &filter.state {
            query.push(" AND o.status = ").push_bind(state.clone());
        }
        query.push(")");
    } else if let Some(state) = &filter.state {
        query
            .push(" AND coalesce(d.status, '') = ")
            .push_bind(state.clone());
    }
    if let Some(store) = &filter.store {
        query
            .push(" AND EXISTS (SELECT 1 FROM device_stores s WHERE s.device_id = d.id AND s.store = ")
            .push_bind(store.clone())
            .push(")");
    }
    if let Some(search) = &filter.search {
        let (from, to) = range(search);
        query
            .push(
                " AND EXISTS (SELECT 1 FROM device_words w WHERE w.device_id = d.id AND w.word >= ",
            )
            .push_bind(from)
            .push(" AND w.word < ")
            .push_bind(to)
            .push(")");
    }
    for (column, value) in [
        ("d.machine_system", filter.system.clone()),
        ("d.ring_key", filter.ring.as_deref().map(ring_key)),
        ("d.person_key", filter.person.clone()),
        ("d.agent", filter.agent.clone()),
    ] {
        if let Some(value) = value {
            query
                .push(format_args!(" AND coalesce({column}, '') = "))
                .push_bind(value);
        }
    }
    if let Some(mark) = filter.mark {
        query.push(" AND d.").push(condition(mark));
    }
    let reported = filter.organization.is_some() || filter.store.is_some() || filter.mark.is_some();
    if reported || filter.agent.is_some() {
        // The index over the time tells it, so that those of whom nothing was heard are passed by in it.
        query.push(" AND d.agent IS NOT NULL");
    }
}

/// Each has an index of the devices that it is true of, in the order of their names.
pub(super) const fn condition(mark: Mark) -> &'static str {
    match mark {
        Mark::Declared => "declared_steps > 0",
        Mark::Accepted => "accepted > 0",
        Mark::Cloned => "cloned_at IS NOT NULL",
    }
}
