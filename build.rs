//! Gives the Windows program its resources, and keeps the Linux program small.

#[path = "src/platform/resources/program.rs"]
mod program;

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var(name).as_deref() == Ok(value);
    // A release ends at a panic and unwinds nothing, so the table for it, 79 KB, is never looked at.
    if is("CARGO_CFG_TARGET_OS", "linux") && is("PROFILE", "release") {
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
    }
    // Asked for now, not while this is compiled: a target folder that several checkouts share may hold it from another.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    program::compile(std::path::Path::new(&package))
}
