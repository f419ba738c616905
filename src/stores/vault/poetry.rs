//! Where the feeds are whose passwords Poetry keeps by name (python-poetry/poetry, "Repositories").

use toml_edit::{DocumentMut, Item};

use crate::model::Address;
use crate::stores::Finder;
use crate::stores::packages::addresses::{Owner, owner};

/// Whose the feed of this name is.
pub(super) fn owner_of(finder: &Finder<'_>, repository: &str) -> Owner {
    let mut files = vec![finder.folders().config.join("pypoetry").join("config.toml")];
    files.extend(finder.project_files().iter().map(|path| path.to_path_buf()));
    let mut addresses = Vec::new();
    for path in files {
        let Some(bytes) = finder.peek(&path) else {
            continue;
        };
        let text = String::from_utf8_lossy(&bytes);
        addresses.extend(
            urls(&text, repository)
                .iter()
                .map(|url| Address::parse(url)),
        );
    }
    owner(&addresses)
}

/// The addresses that a file gives the feed: `[repositories.NAME]`, `[[tool.poetry.source]]`.
fn urls(text: &str, repository: &str) -> Vec<String> {
    let Ok(document) = text.trim_start_matches('\u{feff}').parse::<DocumentMut>() else {
        return Vec::new();
    };
    let text_of = |item: &Item, key: &str| item.get(key)?.as_str().map(str::to_owned);
    let repositories = document.get("repositories");
    let own = repositories.and_then(|all| text_of(all.get(repository)?, "url"));
    let poetry = document.get("tool").and_then(|tool| tool.get("poetry"));
    let sources = poetry.and_then(|poetry| poetry.get("source"));
    let count = match sources {
        Some(Item::ArrayOfTables(tables)) => tables.len(),
        Some(Item::Value(value)) => value.as_array().map_or(0, toml_edit::Array::len),
        _ => 0,
    };
    let sources = (0..count).filter_map(|at| {
        let table = match sources? {
            Item::ArrayOfTables(tables) => tables.get(at)? as &dyn toml_edit::TableLike,
            Item::Value(value) => value.as_array()?.get(at)?.as_inline_table()?,
            _ => return None,
        };
        let is_it = table.get("name")?.as_str()? == repository;
        let url = table.get("url")?.as_str()?;
        is_it.then(|| url.to_owned())
    });
    own.into_iter().chain(sources).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn both_files_give_the_address_of_a_name() {
        for text in [
            "[repositories.feed]\nurl = \"https://h/x\"\n[repositories.other]\nurl = \"https://y\"",
            "[[tool.poetry.source]]\nname = \"other\"\nurl = \"https://y\"\n[[tool.poetry.source]]\nname = \"feed\"\nurl = \"https://h/x\"",
            "\u{feff}[tool.poetry]\r\nsource = [{ name = \"feed\", url = \"https://h/x\" }]",
        ] {
            assert_eq!(urls(text, "feed"), ["https://h/x"], "{text}");
        }
        for text in [
            "",
            "[repositories",
            "repositories = 1",
            "[repositories.feed]\nurl = 1",
        ] {
            assert!(urls(text, "feed").is_empty(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "(\\[|\\]|repositories|tool|poetry|source|feed|url|name|=|\\.|\"|\n| |\\{|\\}|,){0,16}") {
            let _ = urls(&text, "feed");
        }
    }
}
