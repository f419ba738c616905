//! The list of devices, a page of it in the same short time for any number of devices.
//!
//! A condition that few devices fit is asked first ([`super::fewest`]), and only those devices are looked at. Where each
//! fits many, they are looked for along the order of the list, so that a page is soon full.

use sqlx::{QueryBuilder, Row as _};

use super::super::Result;
use super::super::devices::{DeviceFilter, DevicePage, Mark, Sort};
use super::super::words::range;
use super::devices::to_device;
use super::fewest::{Fewest, fewest};
use super::{Driver, Pool};
use crate::text::ring_key;

const SILENT: &str = "silent";
const FAILED: &str = "failed";

/// Those heard longest ago are silent: where none of them is asked for, the list begins after them, which may be a
/// third of all. Each part is one look into the index of status and time.
const PAST_THE_SILENT: &str = " AND d.heard_at >= (SELECT coalesce(min(f.heard_at), 0) FROM (
        SELECT min(heard_at) AS heard_at FROM devices WHERE status = 'compliant'
        UNION ALL SELECT min(heard_at) FROM devices WHERE status = 'action-needed'
        UNION ALL SELECT min(heard_at) FROM devices WHERE status = 'failed'
        UNION ALL SELECT min(heard_at) FROM devices WHERE status = 'waiting'
        UNION ALL SELECT min(heard_at) FROM devices WHERE status = 'not-reported') AS f)";

pub(super) async fn page(pool: &Pool, filter: &DeviceFilter, limit: u32) -> Result<DevicePage> {
    let nothing = DevicePage {
        devices: Vec::new(),
        next: None,
    };
    let mut query = QueryBuilder::<Driver>::new("SELECT d.* FROM devices d WHERE ");
    let few = match fewest(pool, filter).await? {
        Fewest::None => return Ok(nothing),
        Fewest::Few(condition) => {
            query.push("d.id IN (");
            condition.push(&mut query);
            query.push(")");
            true
        }
        Fewest::Many => {
            match state_of_all(filter) {
                // The state has an index in every order.
                Some(state) => query.push("d.status = ").push_bind(state),
                None => query.push("1 = 1"),
            };
            false
        }
    };
    fit(&mut query, filter);
    if filter.sort == Sort::Heard && filter.state.as_deref().is_some_and(|state| state != SILENT) {
        query.push(PAST_THE_SILENT);
    }
    if let Some(after) = &filter.after
        && !go_on(pool, &mut query, filter.sort, after).await?
    {
        return Ok(nothing);
    }
    query.push(match filter.sort {
        // Not by the column itself: a database would go along its index past all that do not fit.
        Sort::Name if few => " ORDER BY coalesce(d.machine_name, ''), d.id LIMIT ",
        Sort::Heard if few => " ORDER BY coalesce(d.heard_at, 0), d.id LIMIT ",
        Sort::Remaining if few => " ORDER BY coalesce(d.remaining, 0) DESC, d.id DESC LIMIT ",
        Sort::Name => " ORDER BY d.machine_name, d.id LIMIT ",
        Sort::Heard => " ORDER BY d.heard_at, d.id LIMIT ",
        Sort::Remaining => " ORDER BY d.remaining DESC, d.id DESC LIMIT ",
    });
    // One more than asked for tells whether there is a next page.
    query.push_bind(i64::from(limit) + 1);
    let mut rows = query.build().fetch_all(pool).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let devices = rows.iter().map(to_device).collect::<Result<Vec<_>>>()?;
    let next = devices
        .last()
        .filter(|_| more)
        .map(|device| device.id.clone());
    Ok(DevicePage { devices, next })
}

/// The state that a device itself has where it fits: beside an organization it is that for the organization, which may
/// be another.
fn state_of_all(filter: &DeviceFilter) -> Option<String> {
    let both = |state: &&String| {
        filter.organization.is_none() || [SILENT, FAILED].contains(&state.as_str())
    };
    filter.state.as_ref().filter(both).cloned()
}

/// Every condition of the filter. `coalesce` keeps a database from sorting all that an index over the one column
/// gives, where the order of the list is the shorter way.
fn fit(query: &mut QueryBuilder<Driver>, filter: &DeviceFilter) {
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

/// Only what comes after a device of the page before. False where that device is gone.
async fn go_on(
    pool: &Pool,
    query: &mut QueryBuilder<Driver>,
    sort: Sort,
    after: &str,
) -> Result<bool> {
    let row = sqlx::query("SELECT machine_name, heard_at, remaining FROM devices WHERE id = $1")
        .bind(after)
        .fetch_optional(pool)
        .await?;
    let Some(row) = row else { return Ok(false) };
    match sort {
        Sort::Name => {
            let name: String = row.try_get("machine_name")?;
            query
                .push(" AND (d.machine_name, d.id) > (")
                .push_bind(name);
        }
        Sort::Heard => {
            let heard: i64 = row.try_get("heard_at")?;
            query.push(" AND (d.heard_at, d.id) > (").push_bind(heard);
        }
        Sort::Remaining => {
            let remaining: i64 = row.try_get("remaining")?;
            query
                .push(" AND (d.remaining, d.id) < (")
                .push_bind(remaining);
        }
    }
    query.push(", ").push_bind(after.to_owned()).push(")");
    Ok(true)
}
