//! The JSON Schemas of what leaves a workstation, generated from the types themselves.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

use crate::{Report, Scan};

/// The schema of [`Report`], as it is kept in `report/schema/rekey.report-1.json`.
#[must_use]
pub fn report() -> Schema {
    of::<Report>()
}

/// The schema of [`Scan`], as it is kept in `report/schema/rekey.scan-1.json`.
#[must_use]
pub fn scan() -> Schema {
    of::<Scan>()
}

fn of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12()
        .into_generator()
        .into_root_schema_for::<T>()
}
