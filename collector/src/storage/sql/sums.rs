//! Adds differences to the sums.

use std::collections::BTreeMap;

use sqlx::{QueryBuilder, Row as _};

use super::super::Result;
use super::super::counted::{Differences, Dimension, Sum, SumKey};
use super::super::persons::PersonStatus;
use super::persons::write_words;
use super::{Connection, Driver, LOCK};

/// The statuses in the order in which a person is judged by their devices: one failed device makes them failed.
pub(super) const WORST_FIRST: [(&str, &str); 6] = [
    ("failed", "failed"),
    ("action-needed", "action_needed"),
    ("silent", "silent"),
    ("not-reported", "not_reported"),
    ("waiting", "waiting"),
    ("compliant", "compliant"),
];

/// `names` has what the people of the differences are called.
pub(super) async fn write(
    connection: &mut Connection,
    shard: i64,
    differences: Differences,
    names: BTreeMap<String, String>,
) -> Result<()> {
    let mut sums = differences.sums;
    people(connection, differences.people, &names, &mut sums).await?;
    add(connection, shard, sums).await
}

/// Adds to the sums alone.
pub(super) async fn add(
    connection: &mut Connection,
    shard: i64,
    mut sums: BTreeMap<SumKey, Sum>,
) -> Result<()> {
    sums.retain(|_, sum| *sum != Sum::default());
    if sums.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::<Driver>::new(
        "INSERT INTO summaries (dimension, key, status, shard, members, declared, stale, unsure) ",
    );
    // In the order of their keys, so that two writers never wait for each other.
    query.push_values(sums, |mut row, (key, sum)| {
        row.push_bind(key.dimension.as_str())
            .push_bind(key.key)
            .push_bind(key.status)
            .push_bind(shard)
            .push_bind(sum.members)
            .push_bind(sum.declared)
            .push_bind(sum.stale)
            .push_bind(sum.unsure);
    });
    query.push(
        " ON CONFLICT (dimension, key, status, shard) DO UPDATE SET members = summaries.members + excluded.members,
            declared = summaries.declared + excluded.declared, stale = summaries.stale + excluded.stale,
            unsure = summaries.unsure + excluded.unsure",
    );
    query.build().execute(connection).await?;
    Ok(())
}

struct Person {
    key: String,
    before: String,
    rostered: bool,
    counts: [i64; 6],
}

impl Person {
    /// The worst status of a device of theirs. Without devices the roster tells; none where it does not either.
    fn status(&self) -> Option<&'static str> {
        let worst = self.counts.iter().position(|count| *count > 0);
        worst
            .and_then(|worst| WORST_FIRST.get(worst))
            .map(|(status, _)| *status)
            .or(self.rostered.then_some(PersonStatus::NEVER_REPORTED))
    }
}

async fn people(
    connection: &mut Connection,
    differences: BTreeMap<String, BTreeMap<&'static str, i64>>,
    names: &BTreeMap<String, String>,
    sums: &mut BTreeMap<SumKey, Sum>,
) -> Result<()> {
    if differences.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::<Driver>::new("INSERT INTO people (key, name, status) ");
    query.push_values(differences.keys(), |mut row, key| {
        row.push_bind(key.clone())
            .push_bind(names.get(key).cloned().unwrap_or_default())
            .push_bind("");
    });
    query.push(" ON CONFLICT (key) DO NOTHING RETURNING key, name");
    let new = query.build().fetch_all(&mut *connection).await?;
    let new = new
        .iter()
        .map(|row| Ok((row.try_get("key")?, row.try_get("name")?)))
        .collect::<Result<Vec<_>>>()?;
    write_words(connection, &new, false).await?;

    let mut query = QueryBuilder::<Driver>::new("SELECT d.* FROM people d WHERE d.key IN (");
    let mut list = query.separated(", ");
    for key in differences.keys() {
        list.push_bind(key.clone());
    }
    query.push(") ORDER BY d.key").push(LOCK);
    let mut people = Vec::new();
    for row in query.build().fetch_all(&mut *connection).await? {
        let mut counts = [0; 6];
        let key: String = row.try_get("key")?;
        for (count, (status, column)) in counts.iter_mut().zip(WORST_FIRST) {
            let change = differences.get(&key).and_then(|person| person.get(status));
            *count = row.try_get::<i64, _>(column)? + change.copied().unwrap_or_default();
        }
        people.push(Person {
            before: row.try_get("status")?,
            rostered: row.try_get::<i64, _>("rostered")? > 0,
            key,
            counts,
        });
    }
    for person in &people {
        let after = person.status().unwrap_or_default();
        for (status, sign) in [(person.before.as_str(), -1), (after, 1)] {
            if let Some(status) = PersonStatus::WORDS.into_iter().find(|word| *word == status) {
                let key = SumKey {
                    dimension: Dimension::Person,
                    key: String::new(),
                    status,
                };
                sums.entry(key).or_default().members += sign;
            }
        }
    }
    let (kept, gone): (Vec<_>, Vec<_>) = people
        .into_iter()
        .partition(|person| person.status().is_some());
    keep(connection, kept).await?;
    remove(connection, gone).await
}

async fn keep(connection: &mut Connection, people: Vec<Person>) -> Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::<Driver>::new("UPDATE people SET status = v.column2");
    for (at, (_, column)) in WORST_FIRST.iter().enumerate() {
        query.push(format_args!(", {column} = v.column{}", at + 3));
    }
    query.push(" FROM (");
    query.push_values(people, |mut row, person| {
        row.push_bind(person.key.clone())
            .push_bind(person.status().unwrap_or_default());
        for count in person.counts {
            row.push_bind(count);
        }
    });
    query.push(") AS v WHERE people.key = v.column1");
    query.build().execute(connection).await?;
    Ok(())
}

async fn remove(connection: &mut Connection, people: Vec<Person>) -> Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::<Driver>::new("DELETE FROM people WHERE key IN (");
    let mut list = query.separated(", ");
    for person in people {
        list.push_bind(person.key);
    }
    query.push(")");
    query.build().execute(connection).await?;
    Ok(())
}
