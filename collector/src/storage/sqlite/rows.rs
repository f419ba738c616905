//! Rows for SQLite: as values, one bound after the other.

use sqlx::{QueryBuilder, Sqlite};

use super::given::Given;

/// There is room for a power of two; what is not bound is null, and left out again. So there are few texts.
pub(super) fn push<const N: usize>(query: &mut QueryBuilder<Sqlite>, given: Vec<[Given; N]>) {
    let room = given.len().next_power_of_two() - given.len();
    query.push("SELECT * FROM (");
    query.push_values(given, |mut row, values| {
        for value in values {
            match value {
                Given::Text(text) => row.push_bind(text),
                Given::Number(number) => row.push_bind(number),
                Given::Bytes(bytes) => row.push_bind(bytes),
            };
        }
    });
    let empty = format!(", ({})", ["?"; N].join(", "));
    query
        .push(empty.repeat(room))
        .push(") WHERE column1 IS NOT NULL");
}
