//! What a filter of the list of devices asks of the row `d` of a device.

use sqlx::QueryBuilder;

use super::super::devices::{DeviceFilter, Mark};
use super::super::words::range;
use super::Driver;
use crate::text::ring_key;

/// What a condition of a filter looks at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    Organizations,
    Stores,
    Words,
}

/// Every condition of the filter, of the device `d`.
pub(super) fn fit(query: &mut QueryBuilder<Driver>, filter: &DeviceFilter) {
    fit_beside(query, filter, "d.id", None);
    fit_row(query, filter);
}

/// The conditions on what is kept beside a device of this id, without one that is known to be met.
pub(super) fn fit_beside(
    query: &mut QueryBuilder<Driver>,
    filter: &DeviceFilter,
    id: &str,
    met: Option<Beside>,
) {
    let asked = |beside| met != Some(beside);
    if let Some(organization) = &filter.organization
        && asked(Beside::Organizations)
    {
        query
            .push(format_args!(
                " AND EXISTS (SELECT 1 FROM device_organizations o WHERE o.device_id = {id} AND o.key = "
            ))
            .push_bind(organization.to_lowercase());
        if let Some(state) = &filter.state {
            query.push(" AND o.status = ").push_bind(state.clone());
        }
        query.push(")");
    }
    if let Some(store) = &filter.store
        && asked(Beside::Stores)
    {
        query
            .push(format_args!(
                " AND EXISTS (SELECT 1 FROM device_stores s WHERE s.device_id = {id} AND s.store = "
            ))
            .push_bind(store.clone())
            .push(")");
    }
    if let Some(search) = &filter.search
        && asked(Beside::Words)
    {
        let (from, to) = range(search);
        query
            .push(format_args!(
                " AND EXISTS (SELECT 1 FROM device_words w WHERE w.device_id = {id} AND w.word >= "
            ))
            .push_bind(from)
            .push(" AND w.word < ")
            .push_bind(to)
            .push(")");
    }
}

/// The conditions on the row of the device `d`. `coalesce` keeps a database from sorting all that an index over the one
/// column gives, where the order of the list is the shorter way.
pub(super) fn fit_row(query: &mut QueryBuilder<Driver>, filter: &DeviceFilter) {
    if let (None, Some(state)) = (&filter.organization, &filter.state) {
        query
            .push(" AND coalesce(d.status, '') = ")
            .push_bind(state.clone());
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
}

/// Each has an index of the devices that it is true of, in the order of their names.
pub(super) const fn condition(mark: Mark) -> &'static str {
    match mark {
        Mark::Declared => "declared_steps > 0",
        Mark::Accepted => "accepted > 0",
        Mark::Cloned => "cloned_at IS NOT NULL",
    }
}
