//! The rows beside a device's own: organizations, places, keys and words. Written is only what differs.

use super::super::Result;
use super::Connection;
use super::changes::Change;
use super::given::{self, Given};
use super::stored::Stored;

/// A table with rows of `N` columns, the first `K` of which tell them apart; the very first is the device's id.
struct Table<const K: usize, const N: usize> {
    name: &'static str,
    columns: [&'static str; N],
}

const ORGANIZATIONS: Table<2, 7> = Table {
    name: "device_organizations",
    columns: [
        "device_id",
        "key",
        "name",
        "state",
        "status",
        "stale",
        "unsure",
    ],
};

const STORES: Table<2, 5> = Table {
    name: "device_stores",
    columns: ["device_id", "store", "status", "stale", "unsure"],
};

const KEYS: Table<3, 5> = Table {
    name: "device_ssh_keys",
    columns: ["device_id", "sha256", "organization", "md5", "algorithm"],
};

const WORDS: Table<2, 2> = Table {
    name: "device_words",
    columns: ["device_id", "word"],
};

/// Brings the rows up to what the devices say now.
pub(super) async fn write(connection: &mut Connection, changes: &[Change]) -> Result<()> {
    let those = |which: fn(&Change) -> bool| changes.iter().filter(move |change| which(change));
    let moved = |change: &Change| change.changed(|device| (device.status(), &device.organizations));
    ORGANIZATIONS
        .write(connection, those(moved), |device| {
            let rows = device.organizations.iter().map(|organization| {
                [
                    device.id.clone().into(),
                    organization.key().into(),
                    organization.name.clone().into(),
                    organization.state.as_str().into(),
                    device.status_for(organization).as_str().into(),
                    i64::from(organization.findings.stale).into(),
                    i64::from(organization.findings.unsure).into(),
                ]
            });
            rows.collect()
        })
        .await?;
    let moved = |change: &Change| change.changed(|device| (device.status(), &device.stores));
    STORES
        .write(connection, those(moved), |device| {
            let rows = device.stores.iter().map(|(store, counts)| {
                [
                    device.id.clone().into(),
                    store.clone().into(),
                    device.status().as_str().into(),
                    i64::from(counts.stale).into(),
                    i64::from(counts.unsure).into(),
                ]
            });
            rows.collect()
        })
        .await?;
    let moved = |change: &Change| change.changed(|device| &device.ssh_keys);
    KEYS.write(connection, those(moved), |device| {
        let rows = device.ssh_keys.iter().map(|key| {
            let organization = key.organization.as_deref().unwrap_or_default();
            [
                device.id.clone().into(),
                key.sha256.clone().into(),
                organization.to_lowercase().into(),
                key.md5.clone().into(),
                key.algorithm.clone().into(),
            ]
        });
        rows.collect()
    })
    .await?;
    let moved = |change: &Change| {
        change.changed(|device| (&device.names.machine_name, &device.names.person_name))
    };
    WORDS
        .write(connection, those(moved), |device| {
            let words = device.names.words().into_iter();
            words
                .map(|word| [device.id.clone().into(), word.into()])
                .collect()
        })
        .await
}

impl<const K: usize, const N: usize> Table<K, N> {
    async fn write<'a>(
        &self,
        connection: &mut Connection,
        changes: impl Iterator<Item = &'a Change> + Send,
        rows: impl Fn(&Stored) -> Vec<[Given; N]> + Send + Sync,
    ) -> Result<()> {
        let (mut gone, mut new) = (Vec::new(), Vec::new());
        for change in changes {
            let of = |device: &Option<Stored>| device.as_ref().map(&rows).unwrap_or_default();
            Self::differences(&of(&change.before), of(&change.after), &mut gone, &mut new);
        }
        let (name, keys) = (self.name, self.columns[..K].join(", "));
        let same: Vec<_> = (1..=K).map(|at| format!("v.column{at}")).collect();
        let before = format!(
            "DELETE FROM {name} WHERE ({keys}) IN (SELECT {} FROM (",
            same.join(", ")
        );
        given::execute(connection, &before, gone, ") AS v)").await?;
        let before = format!("INSERT INTO {name} ({}) ", self.columns.join(", "));
        let set: Vec<_> = self.columns[K..]
            .iter()
            .map(|column| format!("{column} = excluded.{column}"))
            .collect();
        let after = if set.is_empty() {
            format!(" ON CONFLICT ({keys}) DO NOTHING")
        } else {
            format!(" ON CONFLICT ({keys}) DO UPDATE SET {}", set.join(", "))
        };
        given::execute(connection, &before, new, &after).await
    }

    /// The keys of rows that are gone, and rows that are new or say something else.
    fn differences(
        before: &[[Given; N]],
        after: Vec<[Given; N]>,
        gone: &mut Vec<[Given; K]>,
        new: &mut Vec<[Given; N]>,
    ) {
        let first = new.len();
        for row in before {
            if !after.iter().any(|other| other[..K] == row[..K]) {
                gone.push(std::array::from_fn(|at| row[at].clone()));
            }
        }
        for row in after {
            // Told twice, it is one row.
            let twice = new[first..].iter().any(|other| other[..K] == row[..K]);
            if !twice && !before.contains(&row) {
                new.push(row);
            }
        }
    }
}
