//! Adds differences to the sums.

use std::collections::BTreeMap;

use sqlx::Row as _;

use super::super::Result;
use super::super::counted::{Differences, Dimension, Sum, SumKey};
use super::super::persons::PersonStatus;
use super::given::{self, Given};
use super::persons::write_words;
use super::{Connection, LOCK};

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
    names: &BTreeMap<&str, &str>,
) -> Result<()> {
    let mut sums = differences.sums;
    people(connection, differences.people, names, &mut sums).await?;
    add(connection, shard, sums).await
}

/// Adds to the sums alone.
pub(super) async fn add(
    connection: &mut Connection,
    shard: i64,
    mut sums: BTreeMap<SumKey, Sum>,
) -> Result<()> {
    sums.retain(|_, sum| *sum != Sum::default());
    // In the order of their keys, so that two writers never wait for each other.
    let rows = sums.into_iter().map(|(key, sum)| {
        [
            key.dimension.as_str().into(),
            key.key.into(),
            key.status.into(),
            shard.into(),
            sum.members.into(),
            sum.declared.into(),
            sum.stale.into(),
            sum.unsure.into(),
        ]
    });
    given::execute(
        connection,
        "INSERT INTO summaries (dimension, key, status, shard, members, declared, stale, unsure) ",
        rows.collect(),
        " ON CONFLICT (dimension, key, status, shard) DO UPDATE SET members = summaries.members + excluded.members,
            declared = summaries.declared + excluded.declared, stale = summaries.stale + excluded.stale,
            unsure = summaries.unsure + excluded.unsure",
    )
    .await
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
    names: &BTreeMap<&str, &str>,
    sums: &mut BTreeMap<SumKey, Sum>,
) -> Result<()> {
    if differences.is_empty() {
        return Ok(());
    }
    let keys = || differences.keys().cloned();
    let rows = keys().map(|key| {
        let name = names.get(key.as_str()).copied().unwrap_or_default();
        [key.into(), name.into(), "".into()]
    });
    let new = given::fetch(
        connection,
        "INSERT INTO people (key, name, status) ",
        rows.collect(),
        " ON CONFLICT (key) DO NOTHING RETURNING key, name",
    )
    .await?;
    let new = new
        .iter()
        .map(|row| Ok((row.try_get("key")?, row.try_get("name")?)))
        .collect::<Result<Vec<_>>>()?;
    write_words(connection, &new, false).await?;

    let rows = given::fetch(
        connection,
        "SELECT d.* FROM people d WHERE d.key IN (",
        keys().map(|key| [key.into()]).collect(),
        &format!(") ORDER BY d.key{LOCK}"),
    )
    .await?;
    let mut people = Vec::new();
    for row in rows {
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
    let set: Vec<_> = WORST_FIRST
        .iter()
        .enumerate()
        .map(|(at, (_, column))| format!(", {column} = v.column{}", at + 3))
        .collect();
    let rows = people.into_iter().map(|person| {
        let status = person.status().unwrap_or_default().into();
        let [failed, needed, silent, never, waiting, done] = person.counts.map(Given::from);
        [
            person.key.into(),
            status,
            failed,
            needed,
            silent,
            never,
            waiting,
            done,
        ]
    });
    given::execute(
        connection,
        &format!(
            "UPDATE people SET status = v.column2{} FROM (",
            set.concat()
        ),
        rows.collect(),
        ") AS v WHERE people.key = v.column1",
    )
    .await
}

async fn remove(connection: &mut Connection, people: Vec<Person>) -> Result<()> {
    given::execute(
        connection,
        "DELETE FROM people WHERE key IN (",
        people
            .into_iter()
            .map(|person| [person.key.into()])
            .collect(),
        ")",
    )
    .await
}
