//! Keeps `docs/places.md` true: its table has a row for every store, in its own words.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::{ALL, About};

const BEGIN: &str = "<!-- the table: REKEY_REWRITE_DOCS=1 cargo test places_page -->\n";
const END: &str = "<!-- the end of the table -->";
const HEAD: &str = "| store | what | where it looks | removed | how its owner clears it |\n|---|---|---|---|---|\n";
const UNWRITTEN: &str = "?";

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/places.md")
}

/// Where it looks, and how it is removed: what people wrote into the page, by store.
fn written(table: &str) -> HashMap<String, [String; 2]> {
    let rows = table.lines().filter_map(|line| {
        let cells: Vec<_> = line.split(" | ").collect();
        let name = cells
            .first()?
            .trim_start_matches(['|', ' '])
            .trim_matches('`');
        Some((
            name.to_owned(),
            [cells.get(2)?.to_string(), cells.get(3)?.to_string()],
        ))
    });
    rows.collect()
}

fn row(about: About, written: &HashMap<String, [String; 2]>) -> String {
    let unwritten = [UNWRITTEN.to_owned(), UNWRITTEN.to_owned()];
    let [place, removed] = written.get(about.name).unwrap_or(&unwritten);
    let About {
        name,
        title,
        clears,
    } = about;
    format!("| `{name}` | {title} | {place} | {removed} | {clears} |\n")
}

#[test]
fn the_page_of_places_has_every_store_in_its_own_words() {
    let text = std::fs::read_to_string(page())
        .unwrap()
        .replace("\r\n", "\n");
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (table, after) = rest.split_once(END).unwrap();
    let written = written(table);
    let rows: String = ALL
        .iter()
        .map(|store| row(store.about(), &written))
        .collect();
    let wanted = format!("{before}{BEGIN}{HEAD}{rows}{END}{after}");
    if std::env::var_os("REKEY_REWRITE_DOCS").is_some() {
        #[allow(
            clippy::disallowed_methods,
            reason = "a page of documents, when somebody asks for it"
        )]
        std::fs::write(page(), &wanted).unwrap();
    } else {
        assert!(
            text == wanted,
            "docs/places.md differs from the stores: REKEY_REWRITE_DOCS=1 cargo test places_page writes it"
        );
    }
    assert!(
        !rows.contains("| ? |"),
        "docs/places.md: write where the new store looks and how it is removed, in place of the question marks"
    );
}
