//! Gives the program the resources that `rekey.exe` has, in its own name.

#[path = "../../../src/platform/resources/program.rs"]
mod program;

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let package = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    program::compile(&package.join("../../.."))
}
