//! All tables out and in.

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use sqlx::{AssertSqlSafe, Column as _, QueryBuilder, Row as _, TypeInfo as _, ValueRef as _};

use super::super::tables::{Cell, Kind, Part, Rows, Source, Table, Tables};
use super::super::{Result, StorageError};
use super::database::Database;
use super::{Connection, Driver, Row, SNAPSHOT, begin, schema};

/// So many values a statement takes at most, on either database.
const VALUES: usize = 20_000;

#[async_trait]
impl Tables for Database {
    async fn version(&self) -> Result<i64> {
        Ok(
            sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations WHERE success")
                .fetch_one(&self.readers)
                .await?,
        )
    }

    async fn dump(&self, rows: &mut dyn Rows) -> Result<()> {
        let mut snapshot = self.readers.begin_with(SNAPSHOT).await?;
        for name in schema::tables(&mut snapshot).await? {
            let columns = schema::columns(&mut snapshot, &name).await?;
            let mut columns: Vec<_> = columns.into_iter().map(|(column, _)| column).collect();
            // The same archive from either database, whatever changes of the tables came in which order.
            columns.sort();
            // Names come from the database's own list of tables, so no stranger writes a statement.
            let statement = format!("SELECT {} FROM \"{name}\"", list(&columns));
            rows.table(Table { name, columns })?;
            let mut all = sqlx::query(AssertSqlSafe(statement)).fetch(&mut *snapshot);
            while let Some(row) = all.try_next().await? {
                rows.row(cells(&row)?)?;
            }
        }
        Ok(())
    }

    async fn fill(&self, source: &mut dyn Source) -> Result<()> {
        let mut transaction = begin(&self.writer).await?;
        empty(&mut transaction).await?;
        let mut into: Option<Into> = None;
        let mut waiting: Vec<Vec<Cell>> = Vec::new();
        while let Some(part) = source.next()? {
            match part {
                Part::Table(table) => {
                    write(&mut transaction, into.as_ref(), &mut waiting).await?;
                    into = Some(Into::of(&mut transaction, table).await?);
                }
                Part::Row(cells) => {
                    let width = cells.len();
                    waiting.push(cells);
                    if waiting.len() * width.max(1) >= VALUES {
                        write(&mut transaction, into.as_ref(), &mut waiting).await?;
                    }
                }
            }
        }
        write(&mut transaction, into.as_ref(), &mut waiting).await?;
        schema::count_on(&mut transaction).await?;
        Ok(transaction.commit().await?)
    }
}

/// Takes away the rows that a database begins with.
async fn empty(connection: &mut Connection) -> Result<()> {
    for table in schema::tables(connection).await?.iter().rev() {
        let any = format!("SELECT EXISTS (SELECT 1 FROM \"{table}\")");
        let any: bool = sqlx::query_scalar(AssertSqlSafe(any))
            .fetch_one(&mut *connection)
            .await?;
        if any {
            let statement = format!("DELETE FROM \"{table}\"");
            sqlx::query(AssertSqlSafe(statement))
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(())
}

fn list(columns: &[String]) -> String {
    let quoted: Vec<_> = columns
        .iter()
        .map(|column| format!("\"{column}\""))
        .collect();
    quoted.join(", ")
}

fn cells(row: &Row) -> Result<Vec<Cell>> {
    let mut cells = Vec::with_capacity(row.len());
    for column in row.columns() {
        let at = column.ordinal();
        let value = row.try_get_raw(at)?;
        if value.is_null() {
            cells.push(Cell::Null);
            continue;
        }
        let kind = value.type_info().name().to_owned();
        cells.push(match kind.as_str() {
            "INTEGER" | "INT8" => Cell::Number(row.try_get(at)?),
            "TEXT" | "VARCHAR" | "JSON" | "JSONB" => Cell::Text(row.try_get(at)?),
            "BLOB" | "BYTEA" => Cell::Bytes(row.try_get(at)?),
            // SQLite has numbers for yes and no, and an archive is for both.
            "BOOLEAN" | "BOOL" => Cell::Number(i64::from(row.try_get::<bool, _>(at)?)),
            other => return Err(StorageError::NotUnderstood(format!("a column of {other}"))),
        });
    }
    Ok(cells)
}

/// A table that rows are written into.
struct Into {
    table: Table,
    kinds: Vec<Kind>,
}

impl Into {
    async fn of(connection: &mut Connection, table: Table) -> Result<Self> {
        let here = schema::columns(connection, &table.name).await?;
        let kinds = table.columns.iter().map(|column| {
            let known = here.iter().find(|(name, _)| name == column);
            let missing =
                || StorageError::NotUnderstood(format!("{}.{column} of the archive", table.name));
            known.map(|(_, kind)| *kind).ok_or_else(missing)
        });
        let kinds = kinds.collect::<Result<_>>()?;
        Ok(Self { table, kinds })
    }
}

async fn write(
    connection: &mut Connection,
    into: Option<&Into>,
    waiting: &mut Vec<Vec<Cell>>,
) -> Result<()> {
    let rows = std::mem::take(waiting);
    let Some(into) = into.filter(|_| !rows.is_empty()) else {
        return Ok(());
    };
    if rows.iter().any(|row| row.len() != into.kinds.len()) {
        let table = &into.table.name;
        return Err(StorageError::NotUnderstood(format!(
            "a row of {table} in the archive"
        )));
    }
    let mut query = QueryBuilder::<Driver>::new(format!(
        "INSERT INTO \"{}\" ({}) ",
        into.table.name,
        list(&into.table.columns)
    ));
    query.push_values(rows, |mut tuple, row| {
        for (cell, kind) in row.into_iter().zip(&into.kinds) {
            match kind {
                Kind::Number => tuple.push_bind(match cell {
                    Cell::Number(number) => Some(number),
                    _ => None,
                }),
                Kind::Yes => tuple.push_bind(match cell {
                    Cell::Number(number) => Some(number != 0),
                    _ => None,
                }),
                Kind::Text => tuple.push_bind(match cell {
                    Cell::Text(text) => Some(text),
                    _ => None,
                }),
                Kind::Bytes => tuple.push_bind(match cell {
                    Cell::Bytes(bytes) => Some(bytes),
                    _ => None,
                }),
            };
        }
    });
    query.build().execute(connection).await?;
    Ok(())
}
