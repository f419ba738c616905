//! A roster as a file: comma-separated values as spreadsheets and directories write them.
//!
//! The first line names the columns, in any order and case; what this does not know is left out. The separator is what
//! the first line has: a comma, a semicolon (spreadsheets of many languages) or a tab.

use csv::{ByteRecord, ReaderBuilder, Trim};

use crate::storage::RosterLine;
use crate::text;

/// The longest file.
pub(crate) const LONGEST: usize = 4 * 1024 * 1024;

/// So many bad lines are told one by one.
const MOST_BAD: usize = 1000;

const EMAIL: [&str; 9] = [
    "email",
    "mail",
    "emailaddress",
    "userprincipalname",
    "upn",
    "user",
    "username",
    "signinname",
    "login",
];
const NAME: [&str; 4] = ["name", "displayname", "fullname", "person"];
const DEVICE: [&str; 8] = [
    "device",
    "devicename",
    "machine",
    "computer",
    "computername",
    "hostname",
    "host",
    "workstation",
];

/// What a file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct RosterFile {
    /// Its good lines.
    pub(crate) lines: Vec<RosterLine>,
    /// Its bad ones.
    pub(crate) bad: BadLines,
    /// Columns that were left out.
    pub(crate) unknown: Vec<String>,
}

/// Lines that cannot be taken.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct BadLines {
    /// The first of them, with what is wrong.
    pub(crate) told: Vec<BadLine>,
    /// How many there are in all.
    pub(crate) count: usize,
}

/// A line, counted from 1, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub(crate) struct BadLine {
    pub(crate) line: u64,
    pub(crate) message: String,
}

impl BadLines {
    pub(crate) fn add(&mut self, line: u64, message: impl Into<String>) {
        self.count += 1;
        if self.told.len() < MOST_BAD {
            self.told.push(BadLine {
                line,
                message: message.into(),
            });
        }
    }
}

/// Why a file is none at all.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("The file is empty. Its first line names the columns: email, name, device.")]
    Empty,
    #[error("The file is UTF-16. Save it as \"CSV UTF-8\", and try again.")]
    Utf16,
    #[error(
        "The first line names no column for the address. It must have one called email; name and device may stand beside it."
    )]
    NoEmail,
    #[error("The first line names two columns for the same: {0}. Leave one of them.")]
    Twice(String),
}

struct Columns {
    email: usize,
    name: Option<usize>,
    device: Option<usize>,
}

/// Reads a file; a bad line makes no other line bad.
pub(crate) fn read(bytes: &[u8]) -> Result<RosterFile, Unreadable> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Unreadable::Utf16);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ReaderBuilder::new()
        .delimiter(separator(bytes))
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(bytes);
    let mut record = ByteRecord::new();
    if !matches!(reader.read_byte_record(&mut record), Ok(true)) {
        return Err(Unreadable::Empty);
    }
    let mut file = RosterFile::default();
    let columns = columns(&record, &mut file.unknown)?;
    let mut lines = Lines::of(bytes);
    // Reading from memory goes wrong in no other way than at the end.
    while let Ok(true) = reader.read_byte_record(&mut record) {
        let line = lines.at(record.position().map_or(0, csv::Position::byte));
        if record.iter().all(<[u8]>::is_empty) {
            continue;
        }
        match person(&record, &columns) {
            Ok(person) => file.lines.push(person),
            Err(message) => file.bad.add(line, message),
        }
    }
    Ok(file)
}

/// Counts lines, forwards only. The reader's own count goes wrong at empty lines and where lines end in CR LF.
struct Lines<'a> {
    bytes: &'a [u8],
    place: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    const fn of(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            place: 0,
            line: 1,
        }
    }

    /// In which line the first text is that stands at or after that place.
    fn at(&mut self, place: u64) -> u64 {
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        while let Some(byte) = self.bytes.get(self.place) {
            let ends = matches!(byte, b'\r' | b'\n');
            if self.place >= place && !ends {
                break;
            }
            let before_line_feed = self.bytes.get(self.place + 1) == Some(&b'\n');
            if *byte == b'\n' || (*byte == b'\r' && !before_line_feed) {
                self.line += 1;
            }
            self.place += 1;
        }
        self.line
    }
}

/// What the first line has most of.
fn separator(bytes: &[u8]) -> u8 {
    let first = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let count = |separator: u8| first.split(|byte| *byte == separator).count();
    let mut best = b',';
    for separator in *b";\t" {
        if count(separator) > count(best) {
            best = separator;
        }
    }
    best
}

fn columns(head: &ByteRecord, unknown: &mut Vec<String>) -> Result<Columns, Unreadable> {
    let (mut email, mut name, mut device) = (None, None, None);
    for (at, cell) in head.iter().enumerate() {
        let cell = String::from_utf8_lossy(cell).into_owned();
        let word: String = cell
            .chars()
            .filter(|character| character.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        let place = if EMAIL.contains(&word.as_str()) {
            &mut email
        } else if NAME.contains(&word.as_str()) {
            &mut name
        } else if DEVICE.contains(&word.as_str()) {
            &mut device
        } else {
            unknown.extend(text::optional_name(Some(&cell)));
            continue;
        };
        if place.replace(at).is_some() {
            return Err(Unreadable::Twice(text::name(&cell)));
        }
    }
    Ok(Columns {
        email: email.ok_or(Unreadable::NoEmail)?,
        name,
        device,
    })
}

fn person(record: &ByteRecord, columns: &Columns) -> Result<RosterLine, String> {
    let cell = |at: Option<usize>| -> Result<String, String> {
        let bytes = at.and_then(|at| record.get(at)).unwrap_or_default();
        std::str::from_utf8(bytes)
            .map(str::to_owned)
            .map_err(|_| "it is not UTF-8; save the file as \"CSV UTF-8\"".to_owned())
    };
    checked(
        &cell(Some(columns.email))?,
        &cell(columns.name)?,
        &cell(columns.device)?,
    )
}

/// A line of whatever file, or what is wrong with it.
pub(crate) fn checked(email: &str, name: &str, device: &str) -> Result<RosterLine, String> {
    if [email, name, device].iter().any(|text| text.len() > 1000) {
        return Err("a cell is longer than 1000 bytes; is a quotation mark missing?".to_owned());
    }
    let email = text::name(email);
    if email.is_empty() {
        return Err("it has no address".to_owned());
    }
    let parts: Vec<_> = email.split('@').collect();
    let whole = matches!(parts[..], [before, after] if !before.is_empty() && !after.is_empty());
    if !whole || email.contains(char::is_whitespace) {
        return Err(format!("{email} is no address"));
    }
    Ok(RosterLine {
        email,
        name: text::name(name),
        device: text::name(device),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn line(email: &str, name: &str, device: &str) -> RosterLine {
        RosterLine {
            email: email.into(),
            name: name.into(),
            device: device.into(),
        }
    }

    #[test]
    fn spreadsheets_and_directories_write_it_in_many_ways() {
        let expected = [
            line("kim@contoso.example", "Lee, Kim", "CONTOSO-LT-07"),
            line("sam@contoso.example", "", ""),
        ];
        for text in [
            "email,name,device\nkim@contoso.example,\"Lee, Kim\",CONTOSO-LT-07\nsam@contoso.example,,\n",
            "\u{feff}Device;E-Mail;Display Name\r\nCONTOSO-LT-07;kim@contoso.example;Lee, Kim\r\n\r\n;sam@contoso.example;",
            "User principal name\tdisplayName\tCity\tComputer name\nkim@contoso.example\tLee, Kim\tOslo\t CONTOSO-LT-07 \nsam@contoso.example",
        ] {
            let file = read(text.as_bytes()).unwrap();
            assert_eq!(file.lines, expected, "{text}");
            assert_eq!(file.bad.count, 0);
        }
        let unknown = read(b"city,mail\nOslo,kim@contoso.example")
            .unwrap()
            .unknown;
        assert_eq!(unknown, ["city"]);
    }

    #[test]
    fn every_bad_line_is_told_with_its_number() {
        let text = b"email,device\nkim@contoso.example,\"A\nB\"\n,LT-1\nsam\nsam@,x\n\xff@contoso.example\n\nlee@contoso.example";
        let file = read(text).unwrap();
        assert_eq!(file.lines.len(), 2);
        let told: Vec<_> = file.bad.told.iter().map(|bad| bad.line).collect();
        assert_eq!((told, file.bad.count), (vec![4, 5, 6, 7], 4));
        assert_eq!(file.bad.told[1].message, "sam is no address");
        let windows = b"email\r\n\r\nkim@contoso.example\r\nsam\r\n\r\n\r\nlee\r\n";
        let told: Vec<_> = read(windows).unwrap().bad.told;
        let told: Vec<_> = told.iter().map(|bad| bad.line).collect();
        assert_eq!(told, [4, 7]);
        let many = format!("email\n{}", "x\n".repeat(2000));
        let many = read(many.as_bytes()).unwrap().bad;
        assert_eq!((many.told.len(), many.count), (1000, 2000));
    }

    #[test]
    fn what_is_no_roster_is_said() {
        assert_eq!(read(b""), Err(Unreadable::Empty));
        assert_eq!(read(b"\xef\xbb\xbf"), Err(Unreadable::Empty));
        assert_eq!(read(b"\xff\xfee\0"), Err(Unreadable::Utf16));
        assert_eq!(read(b"name\nKim"), Err(Unreadable::NoEmail));
        assert_eq!(read(b"kim@contoso.example"), Err(Unreadable::NoEmail));
        assert_eq!(read(b"mail,upn"), Err(Unreadable::Twice("upn".into())));
    }
}
