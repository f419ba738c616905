//! For build scripts: what the file properties of a Windows program show, and what Windows is told before it starts.
//!
//! Each package that builds a program includes this file, so name, description and version are that package's own.

use std::path::Path;

/// Who wrote it, and under which terms it may be used.
const COPYRIGHT: &str = "Copyright (c) 2026 The rekey developers";
/// Language of the texts: English, United States.
const ENGLISH: u16 = 0x0409;
const NAME: &str = env!("CARGO_PKG_NAME");
/// Windows starts no program whose version here has anything but four numbers: no `0.2.0-rc.1`. The manifest adds the last.
const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION_MAJOR"),
    ".",
    env!("CARGO_PKG_VERSION_MINOR"),
    ".",
    env!("CARGO_PKG_VERSION_PATCH")
);

/// Compiles it into the programs of this package; `root` is the folder of the whole repository.
pub(crate) fn compile(root: &Path) -> std::io::Result<()> {
    let resources = root.join("src/platform/resources");
    println!("cargo::rerun-if-changed={}", resources.display());
    // The target's system, not the one that builds: nothing is needed for the others.
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("windows") {
        return Ok(());
    }
    let manifest = std::fs::read_to_string(resources.join("program.manifest"))?;
    let manifest = manifest.replace("NAME", NAME).replace("VERSION", VERSION);
    winresource::WindowsResource::new()
        .set_language(ENGLISH)
        .set("ProductName", "rekey")
        .set("FileDescription", env!("CARGO_PKG_DESCRIPTION"))
        .set("InternalName", NAME)
        .set("OriginalFilename", concat!(env!("CARGO_PKG_NAME"), ".exe"))
        .set("LegalCopyright", COPYRIGHT)
        .set("Comments", concat!("Licence: ", env!("CARGO_PKG_LICENSE")))
        .set_manifest(&manifest)
        .compile()
}
