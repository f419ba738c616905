//! The list of devices, a page of it in the same short time for any number of devices.
//!
//! A filter that fits few devices (at most [`FEW`]) is asked first, and only its devices are looked at. One that fits
//! many is looked for along the order of the list: there, many fit, so that a page is soon full.

use sqlx::{QueryBuilder, Row as _};

use super::super::Result;
use super::super::devices::{DeviceFilter, DevicePage, Mark, Sort};
use super::super::words::range;
use super::devices::to_device;
use super::{Driver, Pool};
use crate::text::ring_key;

/// So many can be sorted at once; and where more of a million fit, one of five hundred does.
const FEW: usize = 2000;

const SILENT: &str = "silent";

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
    let few = fewest(pool, filter).await?;
    if few.as_ref().is_some_and(Vec::is_empty) {
        return Ok(nothing);
    }
    let mut query = QueryBuilder::<Driver>::new("SELECT d.* FROM devices d WHERE ");
    match (few, &filter.state, &filter.organization) {
        (Some(ids), _, _) => {
            query.push("d.id IN (");
            let mut list = query.separated(", ");
            for id in ids {
                list.push_bind(id);
            }
            query.push(")");
        }
        // The state has an index in every order.
        (None, Some(state), None) => {
            query.push("d.status = ").push_bind(state.clone());
        }
        (None, _, _) => {
            query.push("1 = 1");
        }
    }
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
}

/// Each has an index of the devices that it is true of, in the order of their names.
const fn condition(mark: Mark) -> &'static str {
    match mark {
        Mark::Declared => "declared_steps > 0",
        Mark::Accepted => "accepted > 0",
        Mark::Cloned => "cloned_at IS NOT NULL",
    }
}

/// The devices of that condition which fits fewest, where one fits few.
async fn fewest(pool: &Pool, filter: &DeviceFilter) -> Result<Option<Vec<String>>> {
    let state = filter.state.clone();
    let mut conditions = Vec::new();
    if let Some(organization) = &filter.organization {
        let mut query = select("device_id", "device_organizations WHERE key = ");
        query.push_bind(organization.to_lowercase());
        if let Some(state) = &state {
            query.push(" AND status = ").push_bind(state.clone());
        }
        conditions.push(query);
    }
    if let Some(store) = &filter.store {
        let mut query = select("device_id", "device_stores WHERE store = ");
        query.push_bind(store.clone());
        if let Some(state) = state.filter(|_| filter.organization.is_none()) {
            query.push(" AND status = ").push_bind(state);
        }
        conditions.push(query);
    }
    if let Some(search) = &filter.search {
        let (from, to) = range(search);
        let mut query = select("device_id", "device_words WHERE word >= ");
        query.push_bind(from).push(" AND word < ").push_bind(to);
        conditions.push(query);
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
        if let Some(value) = value {
            let mut query = select("id", table);
            query.push_bind(value);
            conditions.push(query);
        }
    }
    if let Some(mark) = filter.mark {
        let mut query = select("id", "devices WHERE ");
        query.push(condition(mark));
        conditions.push(query);
    }
    if conditions.is_empty() {
        return Ok(None);
    }
    // A state that few are in is worth asking for only beside other conditions: alone it has its index.
    if let Some(state) = filter
        .state
        .as_ref()
        .filter(|_| filter.organization.is_none())
    {
        let mut query = select("id", "devices WHERE status = ");
        query.push_bind(state.clone());
        conditions.push(query);
    }
    let mut fewest: Option<Vec<String>> = None;
    for mut query in conditions {
        let most = fewest.as_ref().map_or(FEW, Vec::len);
        query
            .push(" LIMIT ")
            .push_bind(i64::try_from(most).unwrap_or(0) + 1);
        let rows = query.build().fetch_all(pool).await?;
        if rows.len() <= most {
            let ids = rows.iter().map(|row| row.try_get::<String, _>(0));
            let mut ids = ids.collect::<std::result::Result<Vec<_>, _>>()?;
            ids.sort_unstable();
            ids.dedup();
            fewest = Some(ids);
        }
    }
    Ok(fewest)
}

fn select(column: &'static str, from: &'static str) -> QueryBuilder<Driver> {
    QueryBuilder::new(format!("SELECT {column} FROM {from}"))
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
