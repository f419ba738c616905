//! Gives the Windows program what its file properties show and what Windows asks of it before it starts, and keeps the
//! Linux program small.

/// Who wrote it, and under which terms it may be used.
const COPYRIGHT: &str = "Copyright (c) 2026 The rekey developers";
/// Language of the texts: English, United States.
const ENGLISH: u16 = 0x0409;

fn main() -> std::io::Result<()> {
    const MANIFEST: &str = "src/platform/resources/rekey.manifest";
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={MANIFEST}");
    let is = |name: &str, value: &str| std::env::var(name).as_deref() == Ok(value);
    // A release ends at a panic and unwinds nothing, so the table for it, 79 KB, is never looked at.
    if is("CARGO_CFG_TARGET_OS", "linux") && is("PROFILE", "release") {
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr");
    }
    // The target's system, not the one that builds: nothing else is needed for the others.
    if !is("CARGO_CFG_TARGET_OS", "windows") {
        return Ok(());
    }
    let manifest = std::fs::read_to_string(MANIFEST)?;
    // Windows starts no program whose version here has anything but four numbers: no `0.2.0-rc.1`.
    let version = concat!(
        env!("CARGO_PKG_VERSION_MAJOR"),
        ".",
        env!("CARGO_PKG_VERSION_MINOR"),
        ".",
        env!("CARGO_PKG_VERSION_PATCH")
    );
    let manifest = manifest.replace("VERSION", version);
    winresource::WindowsResource::new()
        .set_language(ENGLISH)
        .set("ProductName", "rekey")
        .set("FileDescription", env!("CARGO_PKG_DESCRIPTION"))
        .set("InternalName", "rekey")
        .set("OriginalFilename", "rekey.exe")
        .set("LegalCopyright", COPYRIGHT)
        .set("Comments", concat!("Licence: ", env!("CARGO_PKG_LICENSE")))
        .set_manifest(&manifest)
        .compile()
}
