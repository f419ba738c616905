//! All tables as they are, for an archive: out of one database and into another, of either kind.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use super::{Result, StorageError};

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A number; 0 and 1 for no and yes.
    Number(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// What a column takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Text,
    Bytes,
    Yes,
}

/// A table and what is in its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The names of its columns.
    pub columns: Vec<String>,
}

/// Takes what a database gives out.
pub trait Rows: Send {
    /// The rows that follow are of this table.
    fn table(&mut self, table: Table) -> std::io::Result<()>;
    /// A row.
    fn row(&mut self, cells: Vec<Cell>) -> std::io::Result<()>;
}

/// Gives what a database takes in.
pub trait Source: Send {
    /// The next part; none at the end.
    fn next(&mut self) -> std::io::Result<Option<Part>>;
}

/// A part of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// The rows that follow are of this table.
    Table(Table),
    /// A row.
    Row(Vec<Cell>),
}

/// Everything in, everything out.
#[async_trait]
pub trait Tables {
    /// The newest change of the tables that this database has.
    async fn version(&self) -> Result<i64>;

    /// Gives out every row as it is at one moment, while others write on: tables that others refer to come first.
    async fn dump(&self, rows: &mut dyn Rows) -> Result<()>;

    /// Takes every row in, in one commit, into a database without any.
    async fn fill(&self, source: &mut dyn Source) -> Result<()>;
}

impl From<std::io::Error> for StorageError {
    fn from(error: std::io::Error) -> Self {
        Self::Archive(error)
    }
}

/// Tables in such an order that each comes after those which it refers to.
pub(super) fn order(tables: BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut ordered: Vec<String> = Vec::with_capacity(tables.len());
    let mut left = tables;
    while !left.is_empty() {
        let free = left.iter().find(|(name, parents)| {
            parents
                .iter()
                .all(|parent| parent == *name || !left.contains_key(parent))
        });
        // Two that refer to each other cannot be ordered; no table here does.
        let Some(next) = free.or_else(|| left.iter().next()) else {
            break;
        };
        let next = next.0.clone();
        left.remove(&next);
        ordered.push(next);
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_come_first() {
        let of = |name: &str, parents: &[&str]| {
            let parents = parents.iter().map(|parent| (*parent).to_owned()).collect();
            (name.to_owned(), parents)
        };
        let tables = BTreeMap::from([
            of("a", &["c", "b"]),
            of("b", &["c"]),
            of("c", &["c"]),
            of("d", &[]),
        ]);
        assert_eq!(order(tables), ["c", "b", "a", "d"]);
    }
}
