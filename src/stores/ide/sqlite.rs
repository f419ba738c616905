//! Reads the keys of one index of an SQLite database, and nothing else of it (sqlite.org, "Database File Format").
//!
//! Only the pages on the way to the keys are read, so that the size of the database does not matter, and what is left
//! of deleted rows is never taken for a row.

use std::io::{Read, Seek, SeekFrom};

const MAGIC: &[u8] = b"SQLite format 3\0";
const TABLE_LEAF: u8 = 0x0d;
const TABLE_INNER: u8 = 0x05;
const INDEX_LEAF: u8 = 0x0a;
const INDEX_INNER: u8 = 0x02;
/// Pages on the way from the root to a leaf.
const DEEPEST: usize = 20;
/// Pages that are read at most; a thousand keys need fewer than a hundred.
const MOST_PAGES: usize = 2_000;

/// The keys of an index of this name that begin with `prefix`, in their order.
///
/// # Errors
/// A few words that say what is wrong with the database.
pub(super) fn keys(
    file: &mut (impl Read + Seek),
    index: &str,
    prefix: &str,
) -> Result<Vec<String>, &'static str> {
    let mut database = Database::open(file)?;
    let mut root = None;
    database.table(1, DEEPEST, &mut |record| {
        let text = |column: usize| record.column(column).and_then(Value::text);
        if text(0) == Some(b"index") && text(1) == Some(index.as_bytes()) {
            root = record.column(3).and_then(Value::number);
        }
    })?;
    let mut found = Vec::new();
    if let Some(root) = root {
        database.index(root, DEEPEST, prefix.as_bytes(), &mut found)?;
    }
    Ok(found)
}

const ODD: &str = "it is no SQLite database as VS Code writes it";

struct Database<'f, F> {
    file: &'f mut F,
    page_size: usize,
    usable: usize,
    left: usize,
}

impl<'f, F: Read + Seek> Database<'f, F> {
    fn open(file: &'f mut F) -> Result<Self, &'static str> {
        let mut header = [0; 100];
        file.read_exact(&mut header).map_err(|_| ODD)?;
        let page_size = match u16::from_be_bytes([header[16], header[17]]) {
            1 => 65_536,
            size => usize::from(size),
        };
        let usable = page_size.saturating_sub(usize::from(header[20]));
        let is_utf8 = header[56..60] == [0, 0, 0, 1];
        if !header.starts_with(MAGIC) || page_size < 512 || usable < 480 || !is_utf8 {
            return Err(ODD);
        }
        Ok(Self {
            file,
            page_size,
            usable,
            left: MOST_PAGES,
        })
    }

    fn page(&mut self, number: u64) -> Result<Page, &'static str> {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or("it has too many pages to read them all")?;
        let size = u64::try_from(self.page_size).map_err(|_| ODD)?;
        let at = number
            .checked_sub(1)
            .and_then(|before| before.checked_mul(size))
            .ok_or(ODD)?;
        let mut bytes = vec![0; self.page_size];
        self.file.seek(SeekFrom::Start(at)).map_err(|_| ODD)?;
        self.file.read_exact(&mut bytes).map_err(|_| ODD)?;
        let start = if number == 1 { 100 } else { 0 };
        Ok(Page { bytes, start })
    }

    /// Every record of a table.
    fn table(
        &mut self,
        page: u64,
        depth: usize,
        each: &mut dyn FnMut(&Record<'_>),
    ) -> Result<(), &'static str> {
        let page = self.page(page)?;
        let depth = depth.checked_sub(1).ok_or(ODD)?;
        let kind = page.kind()?;
        for cell in page.cells()? {
            match kind {
                TABLE_LEAF => {
                    let (length, rest) = varint(cell).ok_or(ODD)?;
                    let (_, rest) = varint(rest).ok_or(ODD)?;
                    let most = self.usable.saturating_sub(35);
                    let payload = self.local(rest, length, most);
                    each(&Record::read(payload).ok_or(ODD)?);
                }
                TABLE_INNER => self.table(child(cell).ok_or(ODD)?, depth, each)?,
                _ => return Err(ODD),
            }
        }
        match page.last_child(kind) {
            Some(last) => self.table(last, depth, each),
            None => Ok(()),
        }
    }

    /// The keys of an index that begin with the prefix; only pages that may have one are read.
    fn index(
        &mut self,
        page: u64,
        depth: usize,
        prefix: &[u8],
        found: &mut Vec<String>,
    ) -> Result<(), &'static str> {
        let page = self.page(page)?;
        let depth = depth.checked_sub(1).ok_or(ODD)?;
        let kind = page.kind()?;
        if !matches!(kind, INDEX_LEAF | INDEX_INNER) {
            return Err(ODD);
        }
        for cell in page.cells()? {
            let inner = kind == INDEX_INNER;
            let rest = if inner {
                cell.get(4..).ok_or(ODD)?
            } else {
                cell
            };
            let (length, rest) = varint(rest).ok_or(ODD)?;
            let most = (self.usable - 12) * 64 / 255 - 23;
            let record = Record::read(self.local(rest, length, most)).ok_or(ODD)?;
            let key = record.column(0).and_then(Value::text).unwrap_or_default();
            if key < prefix {
                continue;
            }
            if inner {
                self.index(child(cell).ok_or(ODD)?, depth, prefix, found)?;
            }
            if !key.starts_with(prefix) {
                return Ok(());
            }
            found.push(String::from_utf8_lossy(key).into_owned());
        }
        match page.last_child(kind) {
            Some(last) => self.index(last, depth, prefix, found),
            None => Ok(()),
        }
    }

    /// The part of a payload that stands in its page; a long one goes on elsewhere.
    fn local<'p>(&self, rest: &'p [u8], length: u64, most: usize) -> &'p [u8] {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let local = if length <= most {
            length
        } else {
            let least = (self.usable - 12) * 32 / 255 - 23;
            let wanted = least + (length - least) % (self.usable - 4);
            if wanted <= most { wanted } else { least }
        };
        rest.get(..local).unwrap_or(rest)
    }
}

struct Page {
    bytes: Vec<u8>,
    /// The first page begins with the header of the database.
    start: usize,
}

impl Page {
    fn kind(&self) -> Result<u8, &'static str> {
        self.bytes.get(self.start).copied().ok_or(ODD)
    }

    fn cells(&self) -> Result<Vec<&[u8]>, &'static str> {
        let count = number(&self.bytes, self.start + 3, 2).ok_or(ODD)?;
        let header = match self.kind()? {
            TABLE_INNER | INDEX_INNER => 12,
            _ => 8,
        };
        let count = usize::try_from(count).map_err(|_| ODD)?;
        let cell = |index: usize| {
            let at = number(&self.bytes, self.start + header + 2 * index, 2)?;
            self.bytes.get(usize::try_from(at).ok()?..)
        };
        (0..count).map(|index| cell(index).ok_or(ODD)).collect()
    }

    fn last_child(&self, kind: u8) -> Option<u64> {
        let inner = matches!(kind, TABLE_INNER | INDEX_INNER);
        inner.then(|| number(&self.bytes, self.start + 8, 4))?
    }
}

/// A row, as far as it stands in its page.
struct Record<'p> {
    columns: Vec<(u64, &'p [u8])>,
}

impl<'p> Record<'p> {
    fn read(payload: &'p [u8]) -> Option<Self> {
        let (header, _) = varint(payload)?;
        let header = usize::try_from(header).ok()?;
        let mut types = payload.get(..header)?;
        (_, types) = varint(types)?;
        let mut body = payload.get(header..)?;
        let mut columns = Vec::new();
        while !types.is_empty() {
            let (kind, rest) = varint(types)?;
            types = rest;
            let length = match kind {
                0 | 8 | 9 => 0,
                1..=4 => usize::try_from(kind).ok()?,
                5 => 6,
                6 | 7 => 8,
                _ => usize::try_from((kind.checked_sub(12)?) / 2).ok()?,
            };
            let (value, rest) = body.split_at(length.min(body.len()));
            body = rest;
            columns.push((kind, value));
        }
        Some(Self { columns })
    }

    fn column(&self, index: usize) -> Option<Value<'p>> {
        let (kind, bytes) = *self.columns.get(index)?;
        Some(Value { kind, bytes })
    }
}

struct Value<'p> {
    kind: u64,
    bytes: &'p [u8],
}

impl<'p> Value<'p> {
    fn text(self) -> Option<&'p [u8]> {
        (self.kind >= 13 && self.kind % 2 == 1).then_some(self.bytes)
    }

    fn number(self) -> Option<u64> {
        match self.kind {
            1..=6 => number(self.bytes, 0, self.bytes.len()),
            9 => Some(1),
            _ => None,
        }
    }
}

/// The page that a cell of an inner page leads to.
fn child(cell: &[u8]) -> Option<u64> {
    number(cell, 0, 4)
}

/// An unsigned number of so many bytes, the highest first.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(length)?)?;
    Some(
        bytes
            .iter()
            .fold(0, |value, byte| value << 8 | u64::from(*byte)),
    )
}

/// A number of one to nine bytes, and what follows it.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().take(9).enumerate() {
        let rest = bytes.get(index + 1..)?;
        if index == 8 {
            return Some((value << 8 | u64::from(*byte), rest));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, rest));
        }
    }
    None
}

#[cfg(test)]
#[path = "sqlite_tests.rs"]
pub(super) mod tests;
