//! The list of devices, a page of it in the same short time for any number of devices.
//!
//! There are two ways to a page: to take all devices that fit the rarest condition of the filter, which is short where
//! they are few, and to go along the order of the list until the page is full, which is short where many fit. Which it is shows
//! on the way: after each stretch of the order, the rest is guessed from what fitted so far and held against the rarest condition.
//! A guess can be far off where those that fit lie together, so nobody turns back for much more than was passed by already.

use sqlx::QueryBuilder;

use super::super::Result;
use super::super::devices::{DeviceFilter, DevicePage, Sort};
use super::along::{Place, ahead, all_along, along, count};
use super::devices::to_device;
use super::fewest::{Condition, Fewest, conditions, fewest};
use super::fit::{fit_beside, fit_row};
use super::{Driver, Pool, Row};

/// When to take which way, in devices.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ways {
    /// So few are taken without a look at the order.
    few: usize,
    /// So many of the order are passed by before anything is guessed.
    stretch: usize,
}

impl Ways {
    pub(super) const fn new(few: usize, stretch: usize) -> Self {
        Self { few, stretch }
    }
}

pub(super) async fn page(
    pool: &Pool,
    filter: &DeviceFilter,
    limit: u32,
    ways: Ways,
) -> Result<DevicePage> {
    // One more than asked for tells whether there is a next page.
    let mut rows = first(pool, filter, limit as usize + 1, ways).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let devices = rows.iter().map(to_device).collect::<Result<Vec<_>>>()?;
    let next = devices
        .last()
        .filter(|_| more)
        .map(|device| device.id.clone());
    Ok(DevicePage { devices, next })
}

/// The first that fit, at most so many.
async fn first(pool: &Pool, filter: &DeviceFilter, wanted: usize, ways: Ways) -> Result<Vec<Row>> {
    let place = match &filter.after {
        Some(device) => match Place::of(pool, filter.sort, device).await? {
            None => return Ok(Vec::new()),
            place => place,
        },
        None => None,
    };
    let after = place.as_ref();
    let conditions = conditions(filter);
    match fewest(pool, &conditions, ways.few).await? {
        Fewest::None => return Ok(Vec::new()),
        Fewest::Few(condition) => return all_of(pool, filter, condition, after, wanted).await,
        Fewest::Many => {}
    }
    if conditions.is_empty() {
        return all_along(pool, filter, after, wanted).await;
    }
    let (mut rows, mut begin, mut passed) = (Vec::new(), place.clone(), 0);
    loop {
        // Each stretch is as long as all before it.
        let stretch = ahead(pool, filter, begin.as_ref(), passed.max(ways.stretch)).await?;
        let missing = wanted - rows.len();
        rows.extend(along(pool, filter, begin.as_ref(), &stretch, missing).await?);
        if stretch.end.is_none() || rows.len() >= wanted {
            return Ok(rows);
        }
        (begin, passed) = (stretch.end, passed + stretch.devices);
        let left = passed * (wanted - rows.len()) / (rows.len() + 1);
        let worth = (left / 2).min(passed * 3);
        match fewest(pool, &conditions, worth).await? {
            Fewest::None => return Ok(Vec::new()),
            Fewest::Few(condition) => return all_of(pool, filter, condition, after, wanted).await,
            Fewest::Many => {}
        }
    }
}

/// Takes all that fit one condition, and sorts those that fit the others.
async fn all_of(
    pool: &Pool,
    filter: &DeviceFilter,
    condition: &Condition,
    after: Option<&Place>,
    wanted: usize,
) -> Result<Vec<Row>> {
    let mut query = QueryBuilder::<Driver>::new("SELECT d.* FROM devices d WHERE d.id IN (");
    condition.push(&mut query);
    // What is beside a device is found by its id alone, so that fewer rows have to be read.
    fit_beside(&mut query, filter, condition.id, condition.beside);
    query.push(")");
    fit_row(&mut query, filter);
    if let Some(place) = after {
        place.push_after(&mut query, filter.sort);
    }
    query
        .push(match filter.sort {
            // Not by the column itself: a database would go along its index past all that do not fit.
            Sort::Name => " ORDER BY coalesce(d.machine_name, ''), d.id LIMIT ",
            Sort::Heard => " ORDER BY coalesce(d.heard_at, 0), d.id LIMIT ",
            Sort::Remaining => " ORDER BY coalesce(d.remaining, 0) DESC, d.id DESC LIMIT ",
        })
        .push_bind(count(wanted));
    Ok(query.build().fetch_all(pool).await?)
}
