//! Whichever way a list goes to its page, the page is the same.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use sqlx::QueryBuilder;

use super::database::Database;
use super::list::{Ways, page};
use super::{Driver, Pool, WAYS};
use crate::storage::{DeviceFilter, Mark, Sort};

const DEVICES: usize = 240;
const PAGE: u32 = 7;
const PAGES: usize = 3;

/// A device of the test, made from its number so that conditions overlap in every combination.
struct Known {
    id: String,
    name: String,
    system: &'static str,
    status: &'static str,
    reported: bool,
    heard_at: i64,
    remaining: i64,
    declared: bool,
    contoso: Option<&'static str>,
    npm: bool,
}

impl Known {
    fn numbered(number: usize) -> Self {
        let heard_at = number * 53 % 61;
        let reported = !number.is_multiple_of(11);
        // Silent is who was heard longest ago, and for every organization.
        let status = match number % 4 {
            _ if heard_at < 15 => "silent",
            _ if !reported => "not-reported",
            0 => "failed",
            1 | 2 => "action-needed",
            _ => "compliant",
        };
        let of_contoso = match status {
            "action-needed" if number % 8 == 2 => "compliant",
            same => same,
        };
        Self {
            id: format!("{:04}", number * 7919 % 10_007),
            name: format!("CONTOSO-{}", number * 31 % 97),
            system: ["linux", "macos", "windows"][number % 3],
            status,
            reported,
            heard_at: i64::try_from(heard_at).unwrap(),
            remaining: i64::try_from(number % 3).unwrap(),
            declared: reported && number.is_multiple_of(13),
            contoso: (reported && number.is_multiple_of(2)).then_some(of_contoso),
            npm: reported && number.is_multiple_of(9),
        }
    }

    fn fits(&self, filter: &DeviceFilter) -> bool {
        let is = |asked: &Option<String>, value: &str| {
            asked.as_deref().is_none_or(|asked| asked == value)
        };
        let organization = match (&filter.organization, &filter.state) {
            (None, state) => is(state, self.status),
            (Some(_), state) => self.contoso.is_some_and(|status| is(state, status)),
        };
        organization
            && (filter.store.is_none() || self.npm)
            && is(&filter.system, self.system)
            && (filter.mark.is_none() || self.declared)
            && filter
                .search
                .as_deref()
                .is_none_or(|word| self.name.to_lowercase().starts_with(word))
    }

    async fn insert(&self, pool: &Pool) {
        sqlx::query(
            "INSERT INTO devices (id, machine_id, person_id, token, machine_name, machine_system, status,
                enrolled_at, heard_at, remaining, agent, declared_steps)
             VALUES ($1, $1, $1, $9, $2, $3, $4, 0, $5, $6, $7, $8)",
        )
        .bind(&self.id)
        .bind(&self.name)
        .bind(self.system)
        .bind(self.status)
        .bind(self.heard_at)
        .bind(self.remaining)
        .bind(self.reported.then_some("0.1.0"))
        .bind(i64::from(self.declared))
        .bind(self.id.as_bytes())
        .execute(pool)
        .await
        .unwrap();
        let mut beside = vec![(
            "INSERT INTO device_words (device_id, word) VALUES (",
            self.name.to_lowercase(),
        )];
        if let Some(status) = self.contoso {
            beside.push((
                "INSERT INTO device_organizations (key, name, state, stale, unsure, device_id, status)
                 VALUES ('contoso', 'contoso', '', 0, 0, ",
                status.to_owned(),
            ));
        }
        if self.npm {
            beside.push((
                "INSERT INTO device_stores (store, stale, unsure, device_id, status) VALUES ('npm', 1, 0, ",
                self.status.to_owned(),
            ));
        }
        for (text, value) in beside {
            let mut query = QueryBuilder::<Driver>::new(text);
            query.push_bind(&self.id).push(", ").push_bind(value);
            query.push(")").build().execute(pool).await.unwrap();
        }
    }
}

/// Every combination of these conditions, in every order.
fn filters() -> Vec<DeviceFilter> {
    let mut filters = Vec::new();
    for bits in 0..32_u32 {
        let has = |bit: u32| bits & (1 << bit) != 0;
        for state in [None, Some("failed"), Some("action-needed"), Some("silent")] {
            for sort in [Sort::Name, Sort::Heard, Sort::Remaining] {
                filters.push(DeviceFilter {
                    state: state.map(str::to_owned),
                    organization: has(0).then(|| "contoso".to_owned()),
                    store: has(1).then(|| "npm".to_owned()),
                    system: has(2).then(|| "linux".to_owned()),
                    mark: has(3).then_some(Mark::Declared),
                    search: has(4).then(|| "contoso-1".to_owned()),
                    sort,
                    ..DeviceFilter::default()
                });
            }
        }
    }
    filters
}

fn expected<'k>(known: &'k [Known], filter: &DeviceFilter) -> Vec<&'k str> {
    let mut fit: Vec<_> = known.iter().filter(|device| device.fits(filter)).collect();
    fit.sort_by_key(|device| match filter.sort {
        Sort::Name => (device.name.as_str(), 0, device.id.as_str()),
        Sort::Heard => ("", device.heard_at, device.id.as_str()),
        Sort::Remaining => ("", device.remaining, device.id.as_str()),
    });
    if filter.sort == Sort::Remaining {
        fit.reverse();
    }
    fit.iter().map(|device| device.id.as_str()).collect()
}

/// In an empty database.
pub(super) async fn every_way_to_a_page_gives_the_same_devices(storage: &Database) {
    let known: Vec<_> = (0..DEVICES).map(Known::numbered).collect();
    for device in &known {
        device.insert(&storage.writer).await;
    }
    // All that fit the rarest condition; the order alone; whichever is shorter after a stretch of the order.
    let ways = [WAYS, Ways::new(0, DEVICES), Ways::new(0, 20)];
    let mut most = 0;
    for filter in filters() {
        let expected = expected(&known, &filter);
        most = most.max(expected.len());
        for ways in ways {
            let mut filter = filter.clone();
            let mut found = Vec::new();
            for _ in 0..PAGES {
                let page = page(&storage.lists, &filter, PAGE, ways).await.unwrap();
                found.extend(page.devices.into_iter().map(|device| device.id));
                filter.after = page.next;
                if filter.after.is_none() {
                    break;
                }
            }
            let until = expected.len().min(PAGES * PAGE as usize);
            assert_eq!(found, expected[..until], "{filter:?} {ways:?}");
        }
    }
    assert_eq!(most, DEVICES);
}
