//! Rows that are given to a statement, a batch in one go. The text of the statement hardly depends on how many they
//! are, so that a database has it prepared already: preparing costs more than a batch does.

use sqlx::QueryBuilder;

use super::super::{Result, StorageError};
use super::{Connection, Driver, Row, rows};

/// A database takes only so many values in one statement.
const MOST: usize = 2048;

/// A value. All of a column are of one kind.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Given {
    Text(Option<String>),
    Number(Option<i64>),
    Bytes(Option<Vec<u8>>),
}

impl From<String> for Given {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<&str> for Given {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<Option<String>> for Given {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Given {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<Option<i64>> for Given {
    fn from(number: Option<i64>) -> Self {
        Self::Number(number)
    }
}

impl From<Vec<u8>> for Given {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Some(bytes))
    }
}

impl From<Option<Vec<u8>>> for Given {
    fn from(bytes: Option<Vec<u8>>) -> Self {
        Self::Bytes(bytes)
    }
}

/// Runs a statement with the rows between its two parts, as a query whose columns are `column1`, `column2` and so on.
/// In the first column nothing is null. Without rows nothing is run.
pub(super) async fn execute<const N: usize>(
    connection: &mut Connection,
    before: &str,
    mut given: Vec<[Given; N]>,
    after: &str,
) -> Result<()> {
    while !given.is_empty() {
        let rest = given.split_off(given.len().min(MOST));
        let mut query = statement(before, given, after)?;
        query.build().execute(&mut *connection).await?;
        given = rest;
    }
    Ok(())
}

/// The same, and answers what the statement returns.
pub(super) async fn fetch<const N: usize>(
    connection: &mut Connection,
    before: &str,
    mut given: Vec<[Given; N]>,
    after: &str,
) -> Result<Vec<Row>> {
    let mut fetched = Vec::new();
    while !given.is_empty() {
        let rest = given.split_off(given.len().min(MOST));
        let mut query = statement(before, given, after)?;
        fetched.extend(query.build().fetch_all(&mut *connection).await?);
        given = rest;
    }
    Ok(fetched)
}

fn statement<const N: usize>(
    before: &str,
    given: Vec<[Given; N]>,
    after: &str,
) -> Result<QueryBuilder<Driver>> {
    let kinds = |row: &[Given; N]| row.each_ref().map(std::mem::discriminant);
    if given
        .windows(2)
        .any(|rows| kinds(&rows[0]) != kinds(&rows[1]))
    {
        let what = format!("a column of two kinds in {before}");
        return Err(StorageError::NotUnderstood(what));
    }
    let mut query = QueryBuilder::new(before);
    rows::push(&mut query, given);
    query.push(after);
    Ok(query)
}
