//! Variables in a machine's policy (`REG_EXPAND_SZ`), as the machine itself sets them.
//!
//! Never as the person's environment does: whoever may set `ProgramData` would choose which certificates are believed.

use crate::model::{Hive, RegistryKey};
use crate::platform::registry::Registry;

/// Folders that are no variables of the machine's key, each with the key and value that name them.
const FOLDERS: [(&str, &str, &str); 5] = [
    (
        "ProgramData",
        r"SOFTWARE\Microsoft\Windows\CurrentVersion\Explorer\Shell Folders",
        "Common AppData",
    ),
    (
        "ALLUSERSPROFILE",
        r"SOFTWARE\Microsoft\Windows\CurrentVersion\Explorer\Shell Folders",
        "Common AppData",
    ),
    (
        "ProgramFiles",
        r"SOFTWARE\Microsoft\Windows\CurrentVersion",
        "ProgramFilesDir",
    ),
    (
        "SystemRoot",
        r"SOFTWARE\Microsoft\Windows NT\CurrentVersion",
        "SystemRoot",
    ),
    (
        "windir",
        r"SOFTWARE\Microsoft\Windows NT\CurrentVersion",
        "SystemRoot",
    ),
];

/// Variables of the machine.
const VARIABLES: &str = r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment";

/// The text with each `%NAME%` replaced by what the machine sets it to; a lone `%` stays.
///
/// # Errors
/// The name that the machine does not set.
pub(super) fn expand(registry: &dyn Registry, text: &str) -> Result<String, String> {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('%') {
        expanded.push_str(before);
        match behind.split_once('%') {
            Some((name, behind)) if !name.is_empty() => {
                let value = machine(registry, name).ok_or_else(|| name.to_owned())?;
                expanded.push_str(&value);
                rest = behind;
            }
            _ => {
                expanded.push('%');
                rest = behind;
            }
        }
    }
    expanded.push_str(rest);
    Ok(expanded)
}

/// What the machine sets a variable to. One that is made of others is no help to a policy, and is none.
fn machine(registry: &dyn Registry, name: &str) -> Option<String> {
    let known = FOLDERS
        .iter()
        .find(|(known, ..)| known.eq_ignore_ascii_case(name));
    let (path, name) = known.map_or((VARIABLES, name), |(_, path, value)| (*path, *value));
    let key = RegistryKey::new(Hive::LocalMachine, path);
    let value = registry.value(&key, name).ok()?.as_text()?;
    (!value.is_empty() && !value.contains('%')).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RegistryData;
    use crate::platform::registry::memory::MemoryRegistry;

    fn registry() -> MemoryRegistry {
        let registry = MemoryRegistry::new();
        let put = |path: &str, name: &str, text: &str| {
            let key = RegistryKey::new(Hive::LocalMachine, path);
            registry.put(&key, name, RegistryData::text(text));
        };
        put(FOLDERS[0].1, FOLDERS[0].2, r"C:\ProgramData");
        put(VARIABLES, "SITE", "north");
        put(VARIABLES, "TEMP", r"%SystemRoot%\TEMP");
        registry
    }

    #[test]
    fn variables_are_those_of_the_machine() {
        for (text, expected) in [
            (
                r"%ProgramData%\contoso\ca.pem",
                r"C:\ProgramData\contoso\ca.pem",
            ),
            (r"%programdata%\%site%", r"C:\ProgramData\north"),
            ("100%", "100%"),
            ("a%%b", "a%%b"),
            ("", ""),
        ] {
            assert_eq!(expand(&registry(), text).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn what_the_machine_does_not_set_is_named() {
        for (text, name) in [(r"%USERPROFILE%\x", "USERPROFILE"), ("%TEMP%", "TEMP")] {
            assert_eq!(expand(&registry(), text), Err(name.to_owned()));
        }
    }
}
