//! Registries in Cargo's settings.

use crate::text::toml::{self, Table, Value};

/// `[registries.<name>]`, or a `[source.<name>]` with its address alone.
#[derive(Debug)]
pub(super) struct Registry {
    /// Its name.
    pub(super) name: String,
    /// The setting's name for the address.
    pub(super) index_key: &'static str,
    /// Where its index is.
    pub(super) index: Option<Value>,
    /// Its token.
    pub(super) token: Option<Value>,
}

/// The registries and sources of a file.
///
/// # Errors
/// Where it stops being TOML.
pub(super) fn read(text: &str) -> Result<Vec<Registry>, usize> {
    let document = toml::parse(text)?;
    let mut found = Vec::new();
    for (section, index_key) in [("registries", "index"), ("source", "registry")] {
        let Some(tables) = Table::root(&document).table(section) else {
            continue;
        };
        for (name, table) in tables.tables() {
            found.push(Registry {
                name: name.to_owned(),
                index_key,
                index: table.value(index_key),
                token: table.value("token").filter(|_| section == "registries"),
            });
        }
    }
    Ok(found)
}
