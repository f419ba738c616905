//! Rows for PostgreSQL: an array for each column, so that the text is the same for any number of them.

use sqlx::{Postgres, QueryBuilder};

use super::given::Given;

/// The kind of a column is that of its first value.
pub(super) fn push<const N: usize>(query: &mut QueryBuilder<Postgres>, given: Vec<[Given; N]>) {
    let mut columns: Vec<_> = given
        .first()
        .into_iter()
        .flatten()
        .map(Column::of)
        .collect();
    for row in given {
        for (column, value) in columns.iter_mut().zip(row) {
            column.add(value);
        }
    }
    query.push("SELECT * FROM unnest(");
    for (at, column) in columns.into_iter().enumerate() {
        if at > 0 {
            query.push(", ");
        }
        match column {
            Column::Texts(texts) => query.push_bind(texts).push("::text[]"),
            Column::Numbers(numbers) => query.push_bind(numbers).push("::bigint[]"),
            Column::Bytes(bytes) => query.push_bind(bytes).push("::bytea[]"),
        };
    }
    let names: Vec<_> = (1..=N).map(|at| format!("column{at}")).collect();
    query.push(format_args!(") AS given({})", names.join(", ")));
}

enum Column {
    Texts(Vec<Option<String>>),
    Numbers(Vec<Option<i64>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Column {
    const fn of(value: &Given) -> Self {
        match value {
            Given::Text(_) => Self::Texts(Vec::new()),
            Given::Number(_) => Self::Numbers(Vec::new()),
            Given::Bytes(_) => Self::Bytes(Vec::new()),
        }
    }

    fn add(&mut self, value: Given) {
        match (self, value) {
            (Self::Texts(texts), Given::Text(text)) => texts.push(text),
            (Self::Numbers(numbers), Given::Number(number)) => numbers.push(number),
            (Self::Bytes(all), Given::Bytes(bytes)) => all.push(bytes),
            // Not among rows that were looked through; the columns stay of one length in any case.
            (Self::Texts(texts), _) => texts.push(None),
            (Self::Numbers(numbers), _) => numbers.push(None),
            (Self::Bytes(all), _) => all.push(None),
        }
    }
}
