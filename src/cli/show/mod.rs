//! What people see: text for a given width, colour as styles that the stream strips where it must.

mod beside;
mod findings;
mod outcomes;
mod planned;
mod sarif;
mod words;

pub(crate) use beside::{helpers, old_addresses, old_addresses_hint, proofs};
pub(crate) use findings::{Intent, findings, plan, unreadable};
pub(crate) use outcomes::{is_open, outcomes, remaining, steps};
pub(crate) use planned::{Planned, Subject, one_line};
pub(crate) use sarif::sarif;
pub(crate) use words::{changed, count, count_changed, place, word};

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use comfy_table::{ContentArrangement, Row, Table, presets};

use crate::model::unprefixed;

/// How wide text may be, and what is shortened.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// Columns of the terminal, or 100 where there is none.
    pub width: u16,
    /// The home folder, which is shown as `~`.
    pub home: String,
}

impl Layout {
    /// A path as people write it.
    pub(crate) fn short(&self, path: &str) -> String {
        let (path, home) = (unprefixed(path), unprefixed(&self.home));
        // On Windows the home may be written in other letters than the folder is.
        let any_case = home.contains('\\');
        let is_home =
            |start: &&str| *start == home || any_case && start.eq_ignore_ascii_case(&home);
        let start = path.get(..home.len()).filter(is_home);
        plain(&match start.map(|start| &path[start.len()..]) {
            Some("") => "~".to_owned(),
            Some(rest) if rest.starts_with(['/', '\\']) => format!("~{rest}"),
            _ => path.into_owned(),
        })
    }

    /// Rows without lines around them, indented, wrapped to the width.
    pub(crate) fn table(&self, rows: impl IntoIterator<Item = Row>) -> String {
        let mut table = Table::new();
        // The stream that it is written to takes colour out where it must.
        table.enforce_styling();
        table
            .load_preset(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(self.width.max(40));
        for row in rows {
            table.add_row(row);
        }
        table.lines().fold(String::new(), |mut text, line| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, " {}", line.trim_end());
            text
        })
    }
}

/// One line that is safe on a terminal: names of files and entries may hold line ends and escape sequences.
pub(crate) fn plain(text: &str) -> String {
    let escaped = |character: char| match character {
        // What `char::is_control` leaves out turns the direction of the text around it.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        _ => character.is_control(),
    };
    text.chars().fold(String::new(), |mut shown, character| {
        if escaped(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
        shown
    })
}

/// Text in a style.
pub(crate) fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Headings.
pub(crate) const BOLD: Style = Style::new().bold();
/// What stands beside the point.
pub(crate) const DIM: Style = Style::new().dimmed();
/// What is done or right.
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
/// What went wrong.
pub(crate) const RED: Style = AnsiColor::Red.on_default();
/// What waits.
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();
/// What can be typed.
pub(crate) const CYAN: Style = AnsiColor::Cyan.on_default();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_write_to_the_terminal_on_its_own() {
        let layout = Layout {
            width: 80,
            home: "/home/dev".to_owned(),
        };
        for (path, shown) in [
            ("/home/dev/a\nb", "~/a\\nb"),
            ("/home/dev/\u{1b}[2J\r", "~/\\u{1b}[2J\\r"),
            ("/x/\u{202e}cr.mpn", "/x/\\u{202e}cr.mpn"),
            ("/home/dev/ünï", "~/ünï"),
        ] {
            assert_eq!(layout.short(path), shown);
        }
    }

    #[test]
    fn a_path_of_windows_is_shown_as_it_is_typed() {
        for (home, path, shown) in [
            (r"C:\Users\dev", r"\\?\C:\users\dev\.npmrc", r"~\.npmrc"),
            (
                r"C:\Users\dev",
                r"\\?\C:\Users\developer\x",
                r"C:\Users\developer\x",
            ),
            (r"\\?\C:\Users\dev", r"C:\Users\dev", "~"),
            (r"\\files\dev", r"\\?\UNC\files\dev\x", r"~\x"),
            (r"C:\Users\dev", r"\\?\UNC\files\dev\x", r"\\files\dev\x"),
            (r"C:\Users\dev", r"\\?\é", r"\\?\é"),
            ("/home/dev", "/HOME/dev/x", "/HOME/dev/x"),
        ] {
            let home = home.to_owned();
            assert_eq!(Layout { width: 80, home }.short(path), shown, "{path}");
        }
    }
}
