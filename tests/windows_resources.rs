//! What the Windows program says of itself in its file: read back from the very file that is built.

#![cfg(windows)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

use pelite::{FileMap, PeFile};

fn program() -> FileMap {
    FileMap::open(env!("CARGO_BIN_EXE_rekey")).unwrap()
}

#[test]
fn the_manifest_asks_for_no_rights_and_takes_long_paths_and_every_character() {
    let file = program();
    let resources = PeFile::from_bytes(&file).unwrap().resources().unwrap();
    let manifest = resources.manifest().unwrap();
    for part in [
        r#"level="asInvoker" uiAccess="false""#,
        ">true</longPathAware>",
        ">UTF-8</activeCodePage>",
        // Windows 10 and 11 share it.
        "{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}",
        concat!("version=\"", env!("CARGO_PKG_VERSION"), ".0\""),
    ] {
        assert!(manifest.contains(part), "{part} in {manifest}");
    }
}

#[test]
fn the_properties_name_product_version_and_licence() {
    let file = program();
    let resources = PeFile::from_bytes(&file).unwrap().resources().unwrap();
    let information = resources.version_info().unwrap();
    let language = information.translation().first().copied().unwrap();
    for (key, value) in [
        ("ProductName", "rekey"),
        ("ProductVersion", env!("CARGO_PKG_VERSION")),
        ("FileVersion", env!("CARGO_PKG_VERSION")),
        ("FileDescription", env!("CARGO_PKG_DESCRIPTION")),
        ("OriginalFilename", "rekey.exe"),
        ("LegalCopyright", "Copyright (c) 2026 The rekey developers"),
        ("Comments", "Licence: MIT OR Apache-2.0"),
    ] {
        assert_eq!(
            information.value(language, key).as_deref(),
            Some(value),
            "{key}"
        );
    }
    let fixed = information.fixed().unwrap().dwFileVersion;
    let number = format!("{}.{}.{}", fixed.Major, fixed.Minor, fixed.Patch);
    assert_eq!(number, env!("CARGO_PKG_VERSION"));
}

#[test]
fn only_what_every_windows_has_is_loaded() {
    let file = program();
    let imports = PeFile::from_bytes(&file).unwrap().imports().unwrap();
    for library in imports {
        let name = library.dll_name().unwrap().to_string().to_lowercase();
        let is_windows = WINDOWS.contains(&name.as_str()) || name.starts_with("api-ms-win-");
        assert!(is_windows, "{name} is not part of Windows");
    }
}

/// Libraries that the program may need: all of them come with Windows 10.
const WINDOWS: &[&str] = &[
    "advapi32.dll",
    "bcrypt.dll",
    "bcryptprimitives.dll",
    "combase.dll",
    "crypt32.dll",
    "icu.dll",
    "kernel32.dll",
    "ktmw32.dll",
    "msvcrt.dll",
    "ntdll.dll",
    "ole32.dll",
    "oleaut32.dll",
    "rpcrt4.dll",
    "rstrtmgr.dll",
    "secur32.dll",
    "shell32.dll",
    "user32.dll",
    "userenv.dll",
    "winhttp.dll",
    "ws2_32.dll",
    "wtsapi32.dll",
];
