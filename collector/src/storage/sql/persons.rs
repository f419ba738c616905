//! The list of people, a page of it in the same short time for any number of them; see [`super::list`].

use std::collections::BTreeSet;

use async_trait::async_trait;
use sqlx::{QueryBuilder, Row as _};

use super::super::devices::DeviceStatus;
use super::super::numbers::StateCounts;
use super::super::persons::{Person, PersonFilter, PersonPage, PersonStatus, Persons};
use super::super::words::{range, words};
use super::super::{Result, StorageError};
use super::database::{Database, number, time};
use super::stored::state;
use super::{Connection, Driver, Pool, Row, given};

/// So many can be sorted at once.
const FEW: usize = 4000;

/// A person and when they were last heard. A person with a thousand devices is none, but shall not be a slow page.
const SELECT: &str = "SELECT d.*, (SELECT max(h.heard_at) FROM (SELECT o.heard_at FROM devices o
        WHERE o.person_key = d.key AND o.state IS NOT NULL LIMIT 1000) AS h) AS last_heard_at
     FROM people d WHERE ";

#[async_trait]
impl Persons for Database {
    async fn people(&self, filter: &PersonFilter, limit: u32) -> Result<PersonPage> {
        let mut query = QueryBuilder::<Driver>::new(SELECT);
        // The keys first: for them the index over states has all that is asked, also where few or none fit.
        query.push("d.key IN (SELECT p.key FROM people p WHERE ");
        match found(&self.lists, filter.search.as_deref()).await? {
            Found::All => drop(query.push("1 = 1")),
            Found::Few(keys) if keys.is_empty() => {
                return Ok(PersonPage {
                    people: Vec::new(),
                    next: None,
                });
            }
            Found::Few(keys) => {
                query.push("p.key IN (");
                let mut list = query.separated(", ");
                for key in keys {
                    list.push_bind(key);
                }
                query.push(")");
            }
            Found::Many(from, to) => {
                query
                    .push("EXISTS (SELECT 1 FROM person_words w WHERE w.person_key = p.key AND w.word >= ")
                    .push_bind(from)
                    .push(" AND w.word < ")
                    .push_bind(to)
                    .push(")");
            }
        }
        if let Some(state) = &filter.state {
            query.push(" AND p.status = ").push_bind(state.clone());
        }
        if let Some(after) = &filter.after {
            query.push(" AND p.key > ").push_bind(after.clone());
        }
        // One more than asked for tells whether there is a next page.
        query
            .push(" ORDER BY p.key LIMIT ")
            .push_bind(i64::from(limit) + 1)
            .push(") ORDER BY d.key");
        let mut rows = query.build().fetch_all(&self.lists).await?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let people = rows.iter().map(to_person).collect::<Result<Vec<_>>>()?;
        let next = people
            .last()
            .filter(|_| more)
            .map(|person| person.key.clone());
        Ok(PersonPage { people, next })
    }

    async fn person(&self, key: &str) -> Result<Option<Person>> {
        let mut query = QueryBuilder::<Driver>::new(SELECT);
        query.push("d.key = ").push_bind(key.to_owned());
        let row = query.build().fetch_optional(&self.readers).await?;
        row.as_ref().map(to_person).transpose()
    }
}

/// Whom a search finds.
enum Found {
    All,
    Few(BTreeSet<String>),
    /// The range of words.
    Many(String, String),
}

async fn found(pool: &Pool, search: Option<&str>) -> Result<Found> {
    let Some(search) = search else {
        return Ok(Found::All);
    };
    let (from, to) = range(search);
    let keys: Vec<String> = sqlx::query_scalar(
        "SELECT person_key FROM person_words WHERE word >= $1 AND word < $2 LIMIT $3",
    )
    .bind(&from)
    .bind(&to)
    .bind(i64::try_from(FEW).unwrap_or(0) + 1)
    .fetch_all(pool)
    .await?;
    if keys.len() > FEW {
        return Ok(Found::Many(from, to));
    }
    Ok(Found::Few(keys.into_iter().collect()))
}

/// Writes what people are found by; those in `old` had words before.
pub(super) async fn write_words(
    connection: &mut Connection,
    people: &[(String, String)],
    old: bool,
) -> Result<()> {
    if old {
        let keys = people.iter().map(|(key, _)| [key.clone().into()]);
        given::execute(
            connection,
            "DELETE FROM person_words WHERE person_key IN (",
            keys.collect(),
            ")",
        )
        .await?;
    }
    let rows = people.iter().flat_map(|(key, name)| {
        // The address first, for there is a most of words.
        let address = if key.starts_with('#') { "" } else { key };
        let words = words(address, Some(name)).into_iter();
        words.map(move |word| [word.into(), key.clone().into()])
    });
    given::execute(
        connection,
        "INSERT INTO person_words (word, person_key) ",
        rows.collect(),
        " ON CONFLICT (word, person_key) DO NOTHING",
    )
    .await
}

fn to_person(row: &Row) -> Result<Person> {
    let mut devices = StateCounts::default();
    for (word, column) in super::sums::WORST_FIRST {
        devices.add(word, number(row.try_get(column)?));
    }
    let word: String = row.try_get("status")?;
    let status = match word.as_str() {
        PersonStatus::NEVER_REPORTED => PersonStatus::NeverReported,
        "silent" => PersonStatus::Device(DeviceStatus::Silent),
        "not-reported" => PersonStatus::Device(DeviceStatus::NotReported),
        "" => {
            return Err(StorageError::NotUnderstood(
                "a person without a state".into(),
            ));
        }
        word => PersonStatus::Device(DeviceStatus::Reported(state(word)?)),
    };
    let heard: Option<i64> = row.try_get("last_heard_at")?;
    Ok(Person {
        key: row.try_get("key")?,
        name: row.try_get("name")?,
        status,
        on_roster: row.try_get::<i64, _>("rostered")? > 0,
        devices,
        heard_at: heard.map(time).transpose()?,
    })
}
