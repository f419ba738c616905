//! An archive: everything that a collector keeps, in one file that any database takes in again.
//!
//! gzip over JSON, one line each: first `{"format": "rekey-collector-archive/1", "version": N, "made_at": T}`, then for
//! each table `{"table": NAME, "columns": [...]}` and its rows as lists, at last `{"rows": COUNT}`, so that half a file
//! is seen to be half. Bytes are `{"bytes": BASE64}`.

use std::io::{self, BufRead, BufReader, Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::storage::{Cell, Part, Rows, Source, Table};

/// The name of the format.
pub const FORMAT: &str = "rekey-collector-archive/1";

/// The longest line that is read: a row holds a report at most.
const LONGEST: u64 = 16 * 1024 * 1024;

/// The first line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Head {
    /// [`FORMAT`].
    pub format: String,
    /// The newest change of the tables that the database had.
    pub version: i64,
    /// When it was made.
    pub made_at: Timestamp,
}

/// Writes an archive.
pub struct ArchiveWriter<W: Write> {
    to: GzEncoder<W>,
    rows: u64,
}

impl<W: Write> ArchiveWriter<W> {
    /// Begins it.
    pub fn begin(to: W, version: i64, made_at: Timestamp) -> io::Result<Self> {
        let mut writer = Self {
            to: GzEncoder::new(to, Compression::default()),
            rows: 0,
        };
        let format = FORMAT.to_owned();
        writer.line(&Head {
            format,
            version,
            made_at,
        })?;
        Ok(writer)
    }

    /// Ends it, and answers how many rows it has.
    pub fn end(mut self) -> io::Result<(W, u64)> {
        let rows = self.rows;
        self.line(&json!({ "rows": rows }))?;
        Ok((self.to.finish()?, rows))
    }

    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.to, value)?;
        self.to.write_all(b"\n")
    }
}

impl<W: Write + Send> Rows for ArchiveWriter<W> {
    fn table(&mut self, table: Table) -> io::Result<()> {
        self.line(&json!({ "table": table.name, "columns": table.columns }))
    }

    fn row(&mut self, cells: Vec<Cell>) -> io::Result<()> {
        self.rows += 1;
        let cells: Vec<Value> = cells
            .into_iter()
            .map(|cell| match cell {
                Cell::Null => Value::Null,
                Cell::Number(number) => number.into(),
                Cell::Text(text) => text.into(),
                Cell::Bytes(bytes) => json!({ "bytes": STANDARD.encode(bytes) }),
            })
            .collect();
        self.line(&cells)
    }
}

/// Reads an archive.
pub struct ArchiveReader<R: Read> {
    from: BufReader<MultiGzDecoder<R>>,
    head: Head,
    rows: u64,
    ended: bool,
}

impl<R: Read> ArchiveReader<R> {
    /// Reads as far as the first line.
    pub fn open(from: R) -> io::Result<Self> {
        let mut from = BufReader::new(MultiGzDecoder::new(from));
        let head = line(&mut from)?.ok_or_else(|| wrong("it is empty"))?;
        let head: Head =
            serde_json::from_slice(&head).map_err(|_| wrong("it does not begin like one"))?;
        if head.format != FORMAT {
            return Err(wrong("it is of another format"));
        }
        Ok(Self {
            from,
            head,
            rows: 0,
            ended: false,
        })
    }

    /// The first line.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// How many rows were read so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Table { table: String, columns: Vec<String> },
    End { rows: u64 },
    Row(Vec<Value>),
}

impl<R: Read + Send> Source for ArchiveReader<R> {
    fn next(&mut self) -> io::Result<Option<Part>> {
        if self.ended {
            return Ok(None);
        }
        let cut = || wrong("it ends too early");
        let text = line(&mut self.from)?.ok_or_else(cut)?;
        let line = serde_json::from_slice(&text).map_err(|_| wrong("a line is no row of one"))?;
        match line {
            Line::Table {
                table: name,
                columns,
            } => Ok(Some(Part::Table(Table { name, columns }))),
            Line::End { rows } if rows == self.rows => {
                // Only at its very end does the compression tell whether every byte was right.
                if self.from.read(&mut [0])? != 0 {
                    return Err(wrong("something follows its end"));
                }
                self.ended = true;
                Ok(None)
            }
            Line::End { .. } => Err(wrong("rows are missing")),
            Line::Row(values) => {
                self.rows += 1;
                let cells = values.into_iter().map(cell).collect::<io::Result<_>>()?;
                Ok(Some(Part::Row(cells)))
            }
        }
    }
}

fn cell(value: Value) -> io::Result<Cell> {
    let strange = || wrong("it has a value of an unknown kind");
    match value {
        Value::Null => Ok(Cell::Null),
        Value::String(text) => Ok(Cell::Text(text)),
        Value::Number(number) => number.as_i64().map(Cell::Number).ok_or_else(strange),
        Value::Object(object) => {
            let text = object.get("bytes").and_then(Value::as_str);
            let bytes = text.and_then(|text| STANDARD.decode(text).ok());
            bytes.map(Cell::Bytes).ok_or_else(strange)
        }
        Value::Bool(_) | Value::Array(_) => Err(strange()),
    }
}

fn line<R: Read>(from: &mut BufReader<MultiGzDecoder<R>>) -> io::Result<Option<Vec<u8>>> {
    let mut text = Vec::new();
    let read = from.by_ref().take(LONGEST).read_until(b'\n', &mut text)?;
    match text.pop() {
        Some(b'\n') => Ok(Some(text)),
        None if read == 0 => Ok(None),
        _ => Err(wrong("it ends in the middle of a line")),
    }
}

fn wrong(why: &str) -> io::Error {
    let sentence = format!("This is no whole archive of a collector: {why}.");
    io::Error::new(io::ErrorKind::InvalidData, sentence)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn archive() -> Vec<u8> {
        let mut writer = ArchiveWriter::begin(Vec::new(), 8, Timestamp::UNIX_EPOCH).unwrap();
        let columns = vec!["a".into(), "b".into()];
        let name = "t".into();
        writer.table(Table { name, columns }).unwrap();
        writer
            .row(vec![Cell::Number(i64::MIN), Cell::Bytes(vec![0, 255])])
            .unwrap();
        writer
            .row(vec![Cell::Null, Cell::Text("b".into())])
            .unwrap();
        writer.end().unwrap().0
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = archive();
        let mut reader = ArchiveReader::open(bytes.as_slice()).unwrap();
        assert_eq!(reader.head().version, 8);
        assert!(matches!(reader.next().unwrap(), Some(Part::Table(_))));
        let row = Part::Row(vec![Cell::Number(i64::MIN), Cell::Bytes(vec![0, 255])]);
        assert_eq!(reader.next().unwrap(), Some(row));
        let row = Part::Row(vec![Cell::Null, Cell::Text("b".into())]);
        assert_eq!(reader.next().unwrap(), Some(row));
        assert_eq!(reader.next().unwrap(), None);
        assert_eq!(reader.next().unwrap(), None);
    }

    #[test]
    fn half_an_archive_is_none() {
        let bytes = archive();
        for length in 0..bytes.len() - 1 {
            let read = ArchiveReader::open(&bytes[..length]).and_then(|mut reader| {
                while reader.next()?.is_some() {}
                Ok(())
            });
            assert!(read.is_err(), "{length} bytes");
        }
    }
}
