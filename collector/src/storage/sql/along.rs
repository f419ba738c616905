//! Devices along the order of a list: from one place in it to another, through the index of that order.

use sqlx::QueryBuilder;
use sqlx::Row as _;

use super::super::Result;
use super::super::devices::{DeviceFilter, Sort};
use super::fit::fit;
use super::{Driver, KEEPS_TO_THE_ORDER, Pool, Row};

const SILENT: &str = "silent";
const FAILED: &str = "failed";

/// Those heard longest ago are silent: where none of them is asked for, the list begins after them, which may be a
/// third of all. Each part is one look into the index of status and time. It is for filters that only devices with a report
/// fit.
const PAST_THE_SILENT: &str = " AND d.heard_at >= (SELECT coalesce(min(f.heard_at), 0) FROM (
        SELECT min(heard_at) AS heard_at FROM devices WHERE status = 'compliant'
        UNION ALL SELECT min(heard_at) FROM devices WHERE status = 'action-needed'
        UNION ALL SELECT min(heard_at) FROM devices WHERE status = 'failed'
        UNION ALL SELECT min(heard_at) FROM devices WHERE status = 'waiting') AS f)";

/// A place in an order: that of a device.
#[derive(Clone)]
pub(super) struct Place {
    by: By,
    id: String,
}

#[derive(Clone)]
enum By {
    Name(String),
    Number(i64),
}

impl Place {
    /// That of this device; none where it is gone.
    pub(super) async fn of(pool: &Pool, sort: Sort, device: &str) -> Result<Option<Self>> {
        let row = QueryBuilder::<Driver>::new("SELECT id, ")
            .push(column(sort))
            .push(" FROM devices WHERE id = ")
            .push_bind(device)
            .build()
            .fetch_optional(pool)
            .await?;
        row.map(|row| Self::in_row(&row, sort)).transpose()
    }

    fn in_row(row: &Row, sort: Sort) -> Result<Self> {
        let by = match sort {
            Sort::Name => By::Name(row.try_get(column(sort))?),
            Sort::Heard | Sort::Remaining => By::Number(row.try_get(column(sort))?),
        };
        let id = row.try_get("id")?;
        Ok(Self { by, id })
    }

    fn push(&self, query: &mut QueryBuilder<Driver>, sort: Sort, sign: &str) {
        query.push(format_args!(" AND (d.{}, d.id) {sign} (", column(sort)));
        match &self.by {
            By::Name(name) => query.push_bind(name.clone()),
            By::Number(number) => query.push_bind(*number),
        };
        query.push(", ").push_bind(self.id.clone()).push(")");
    }

    /// Only what comes after this place.
    pub(super) fn push_after(&self, query: &mut QueryBuilder<Driver>, sort: Sort) {
        self.push(query, sort, if descends(sort) { "<" } else { ">" });
    }

    fn push_up_to(&self, query: &mut QueryBuilder<Driver>, sort: Sort) {
        self.push(query, sort, if descends(sort) { ">=" } else { "<=" });
    }
}

const fn column(sort: Sort) -> &'static str {
    match sort {
        Sort::Name => "machine_name",
        Sort::Heard => "heard_at",
        Sort::Remaining => "remaining",
    }
}

const fn descends(sort: Sort) -> bool {
    matches!(sort, Sort::Remaining)
}

/// A part of the order.
pub(super) struct Stretch {
    /// How many devices are in it, whether they fit or not.
    pub(super) devices: usize,
    /// The last of them; none where the list ends with it.
    pub(super) end: Option<Place>,
}

/// The devices that fit, after this place and in this stretch, at most so many.
pub(super) async fn along(
    pool: &Pool,
    filter: &DeviceFilter,
    after: Option<&Place>,
    stretch: &Stretch,
    limit: usize,
) -> Result<Vec<Row>> {
    let mut query;
    if KEEPS_TO_THE_ORDER {
        query = begin("SELECT d.*", filter, after);
        if let Some(end) = &stretch.end {
            end.push_up_to(&mut query, filter.sort);
        }
    } else {
        query = begin("WITH stretch AS MATERIALIZED (SELECT d.id", filter, after);
        order(&mut query, filter.sort);
        query
            .push(" LIMIT ")
            .push_bind(count(stretch.devices))
            .push(") SELECT d.* FROM stretch JOIN devices d ON d.id = stretch.id WHERE 1 = 1");
    }
    fit(&mut query, filter);
    order(&mut query, filter.sort);
    query.push(" LIMIT ").push_bind(count(limit));
    Ok(query.build().fetch_all(pool).await?)
}

/// The devices after this place, at most so many, where the filter asks for no more than a state.
pub(super) async fn all_along(
    pool: &Pool,
    filter: &DeviceFilter,
    after: Option<&Place>,
    limit: usize,
) -> Result<Vec<Row>> {
    let mut query = begin("SELECT d.*", filter, after);
    order(&mut query, filter.sort);
    query.push(" LIMIT ").push_bind(count(limit));
    Ok(query.build().fetch_all(pool).await?)
}

/// The next so many devices of the order. The index is all that is read for it.
pub(super) async fn ahead(
    pool: &Pool,
    filter: &DeviceFilter,
    after: Option<&Place>,
    devices: usize,
) -> Result<Stretch> {
    let column = column(filter.sort);
    let mut query = begin(&format!("SELECT d.{column}, d.id"), filter, after);
    order(&mut query, filter.sort);
    query
        .push(" LIMIT 1 OFFSET ")
        .push_bind(count(devices.saturating_sub(1)));
    let row = query.build().fetch_optional(pool).await?;
    let end = row
        .map(|row| Place::in_row(&row, filter.sort))
        .transpose()?;
    Ok(Stretch { devices, end })
}

/// Where the list begins, as far as the index of its order tells.
fn begin(select: &str, filter: &DeviceFilter, after: Option<&Place>) -> QueryBuilder<Driver> {
    let mut query = QueryBuilder::new(format!("{select} FROM devices d WHERE "));
    let state = state_of_all(filter);
    if filter.sort == Sort::Heard
        && filter.organization.is_some()
        && filter.state.is_some()
        && state.is_none()
    {
        query.push("1 = 1").push(PAST_THE_SILENT);
    } else {
        match state {
            // The state has an index in every order.
            Some(state) => query.push("d.status = ").push_bind(state),
            None => query.push("1 = 1"),
        };
    }
    let reported = filter.organization.is_some()
        || filter.store.is_some()
        || filter.mark.is_some()
        || filter.agent.is_some();
    if reported {
        // The index over the time tells it, so that those of whom nothing was heard are passed by in it.
        query.push(" AND d.agent IS NOT NULL");
    }
    if let Some(place) = after {
        place.push_after(&mut query, filter.sort);
    }
    query
}

/// The state that a device itself has where it fits: beside an organization it is that for the organization, which may
/// be another.
fn state_of_all(filter: &DeviceFilter) -> Option<String> {
    let both = |state: &&String| {
        filter.organization.is_none() || [SILENT, FAILED].contains(&state.as_str())
    };
    filter.state.as_ref().filter(both).cloned()
}

fn order(query: &mut QueryBuilder<Driver>, sort: Sort) {
    query.push(match sort {
        Sort::Name => " ORDER BY d.machine_name, d.id",
        Sort::Heard => " ORDER BY d.heard_at, d.id",
        Sort::Remaining => " ORDER BY d.remaining DESC, d.id DESC",
    });
}

/// A count for a statement.
pub(super) fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
