//! What the Windows program says of itself in its file.

#![cfg(windows)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

#[path = "support/windows_program.rs"]
mod windows_program;

use windows_program::Program;

const REKEY: Program = Program {
    file: env!("CARGO_BIN_EXE_rekey"),
    name: "rekey",
    description: env!("CARGO_PKG_DESCRIPTION"),
};

#[test]
fn the_manifest_asks_for_no_rights_and_takes_long_paths_and_every_character() {
    REKEY.check_manifest();
}

#[test]
fn the_properties_name_product_version_and_licence() {
    REKEY.check_properties();
}

#[test]
fn only_what_every_windows_has_is_loaded() {
    REKEY.check_libraries();
}
