//! Registries in Cargo's settings.

use crate::text::toml::{Table, Value};

/// `[registries.<name>]`.
#[derive(Debug)]
pub(super) struct Registry {
    /// Its name.
    pub(super) name: String,
    /// Where its index is.
    pub(super) index: Option<String>,
    /// Its token.
    pub(super) token: Option<Value>,
}

/// The registries of a file.
pub(super) fn registries(file: Table<'_>) -> Vec<Registry> {
    let registries = file.table("registries");
    let tables = registries.into_iter().flat_map(Table::tables);
    let found = tables.map(|(name, table)| Registry {
        name: name.to_owned(),
        index: table.value("index").map(|index| index.string),
        token: table.value("token"),
    });
    found.collect()
}
