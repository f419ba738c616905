//! What only macOS has.

use std::path::{Path, PathBuf};

use super::{MachinePolicy, programs, versions};

/// Such as `macOS 15.1`.
pub(super) fn version() -> Option<String> {
    let list = std::fs::read_to_string("/System/Library/CoreServices/SystemVersion.plist").ok()?;
    versions::of_property_list(&list)
}

/// Managed preferences are not read yet.
pub(super) fn machine_policy() -> MachinePolicy {
    MachinePolicy::default()
}

/// `/Library/Application Support/rekey/config.toml`.
pub(super) fn machine_defaults() -> PathBuf {
    PathBuf::from("/Library/Application Support/rekey/config.toml")
}

/// Opens a checked address.
pub(super) fn open_in_browser(address: &str) -> Result<(), String> {
    programs::start(Path::new("/usr/bin/open"), &[address])
}
