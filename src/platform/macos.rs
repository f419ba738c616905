//! What only macOS has.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::programs::Call;
use super::vault::{self, Vault};
use super::{MachinePolicy, Programs, programs, versions};

/// How long a program that shows or copies something may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Shows what it is given. Words of a notice are never part of it: they could be commands.
const SCRIPT: [&str; 3] = [
    "on run argv",
    "display notification (item 2 of argv) with title (item 1 of argv)",
    "end run",
];

/// Such as `macOS 15.1`.
pub(super) fn version() -> Option<String> {
    let list = std::fs::read_to_string("/System/Library/CoreServices/SystemVersion.plist").ok()?;
    versions::of_property_list(&list)
}

/// Policy is in managed preferences alone.
pub(super) fn machine_policy() -> MachinePolicy {
    MachinePolicy::default()
}

/// `/Library/Application Support/rekey/config.toml`.
pub(super) fn machine_defaults() -> PathBuf {
    PathBuf::from("/Library/Application Support/rekey/config.toml")
}

/// The person's keychains.
pub(super) fn vault() -> Arc<dyn Vault> {
    vault::native()
}

/// Opens a checked address.
pub(super) fn open_in_browser(address: &str) -> Result<(), String> {
    programs::start(Path::new("/usr/bin/open"), &[address])
}

/// Shows a notice. macOS shows it as one of the Script Editor's, and asks the person first whether it may show any.
pub(super) fn notify(title: &str, text: &str) -> Result<(), String> {
    let mut arguments = Vec::new();
    for line in SCRIPT {
        arguments.extend(["-e", line]);
    }
    arguments.extend([title, text]);
    hand(Path::new("/usr/bin/osascript"), &arguments, "")
}

/// Puts a text on the clipboard.
pub(super) fn copy(text: &str) -> Result<(), String> {
    // It reads bytes as the language of its environment has them, and ours has none.
    if !text.is_ascii() {
        return Err("only plain letters can be copied".to_owned());
    }
    hand(Path::new("/usr/bin/pbcopy"), &[], text)
}

/// Starts a program of macOS and waits until it has what it was given.
fn hand(program: &Path, arguments: &[&str], input: &str) -> Result<(), String> {
    let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
    let call = Call {
        program,
        arguments: &arguments,
        input: input.as_bytes(),
        limit: LIMIT,
        most: 0,
    };
    let shown = program.display();
    match Programs::new(|name| std::env::var_os(name)).run(&call) {
        Ok(said) if said.success => Ok(()),
        Ok(_) => Err(format!("{shown} failed")),
        Err(fault) => Err(format!("{shown}: {fault}")),
    }
}
