//! Gives the program the resources that `rekey.exe` has, in its own name.

#[path = "../../../src/platform/resources/program.rs"]
mod program;

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    // Asked for now, not while this is compiled: a target folder that several checkouts share may hold it from another.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let package = std::path::Path::new(&package);
    program::compile(&package.join("../../.."))
}
