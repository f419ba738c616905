//! What a built Windows program says of itself, read back from its very file.

use pelite::{FileMap, PeFile};

/// A program of rekey's, and what is peculiar to it.
pub(crate) struct Program {
    /// Its file.
    pub(crate) file: &'static str,
    /// Its package's name.
    pub(crate) name: &'static str,
    /// Its package's description.
    pub(crate) description: &'static str,
}

impl Program {
    fn read<T>(&self, look: impl FnOnce(PeFile<'_>) -> T) -> T {
        let file = FileMap::open(self.file).unwrap();
        look(PeFile::from_bytes(&file).unwrap())
    }

    /// It asks for no rights, and takes long paths and every character.
    pub(crate) fn check_manifest(&self) {
        self.read(|file| {
            let resources = file.resources().unwrap();
            let manifest = resources.manifest().unwrap();
            let identity = format!(
                "name=\"{}\" version=\"{}.0\"",
                self.name,
                env!("CARGO_PKG_VERSION")
            );
            for part in [
                identity.as_str(),
                r#"level="asInvoker" uiAccess="false""#,
                ">true</longPathAware>",
                ">UTF-8</activeCodePage>",
                // Windows 10 and 11 share it.
                "{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}",
            ] {
                assert!(manifest.contains(part), "{part} in {manifest}");
            }
        });
    }

    /// Its properties name product, version and licence.
    pub(crate) fn check_properties(&self) {
        let file_name = format!("{}.exe", self.name);
        self.read(|file| {
            let resources = file.resources().unwrap();
            let information = resources.version_info().unwrap();
            let language = information.translation().first().copied().unwrap();
            for (key, value) in [
                ("ProductName", "rekey"),
                ("ProductVersion", env!("CARGO_PKG_VERSION")),
                ("FileVersion", env!("CARGO_PKG_VERSION")),
                ("FileDescription", self.description),
                ("InternalName", self.name),
                ("OriginalFilename", &file_name),
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
        });
    }

    /// It loads only what comes with Windows.
    pub(crate) fn check_libraries(&self) {
        self.read(|file| {
            for library in file.imports().unwrap() {
                let name = library.dll_name().unwrap().to_string().to_lowercase();
                let is_windows =
                    WINDOWS.contains(&name.as_str()) || name.starts_with("api-ms-win-");
                assert!(is_windows, "{name} is not part of Windows");
            }
        });
    }
}

/// Libraries that a program may need: all of them come with Windows 10.
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
