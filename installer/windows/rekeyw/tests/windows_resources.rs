//! What the starter says of itself in its file: as much as `rekey.exe` does.

#![cfg(windows)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

#[path = "../../../../tests/support/windows_program.rs"]
mod windows_program;

use windows_program::Program;

const STARTER: Program = Program {
    file: env!("CARGO_BIN_EXE_rekeyw"),
    name: "rekeyw",
    description: env!("CARGO_PKG_DESCRIPTION"),
};

#[test]
fn the_manifest_is_that_of_rekey() {
    STARTER.check_manifest();
}

#[test]
fn the_properties_name_product_version_and_licence() {
    STARTER.check_properties();
}

#[test]
fn only_what_every_windows_has_is_loaded() {
    STARTER.check_libraries();
}
