//! What only Windows has.

use std::path::PathBuf;
use std::sync::Arc;

use windows_registry::LOCAL_MACHINE;

use super::vault::{self, Vault};
use super::{MachinePolicy, versions};

pub(super) use super::clipboard_windows::copy;
pub(super) use super::toast::notify;

/// Such as `Windows 11 23H2 (22631)`.
pub(super) fn version() -> Option<String> {
    let key = LOCAL_MACHINE
        .open(r"SOFTWARE\Microsoft\Windows NT\CurrentVersion")
        .ok()?;
    let build = key.get_string("CurrentBuildNumber").ok()?;
    let display = key.get_string("DisplayVersion").ok();
    let server = key
        .get_string("InstallationType")
        .is_ok_and(|kind| kind.starts_with("Server"));
    Some(versions::of_windows(&build, display.as_deref(), server))
}

/// Policy is in the registry alone.
pub(super) fn machine_policy() -> MachinePolicy {
    MachinePolicy::default()
}

/// `%ProgramData%\rekey\config.toml`. The registry is asked, since anybody can set the variable.
pub(super) fn machine_defaults() -> PathBuf {
    LOCAL_MACHINE
        .open(r"SOFTWARE\Microsoft\Windows\CurrentVersion\Explorer\Shell Folders")
        .and_then(|key| key.get_string("Common AppData"))
        .map_or_else(|_| PathBuf::from(r"C:\ProgramData"), PathBuf::from)
        .join("rekey")
        .join("config.toml")
}

/// The Credential Manager.
pub(super) fn vault() -> Arc<dyn Vault> {
    vault::native()
}

/// Opens a checked address.
#[allow(
    unsafe_code,
    reason = "the system's own way to open a page has no safe wrapper"
)]
pub(super) fn open_in_browser(address: &str) -> Result<(), String> {
    use windows_sys::Win32::UI::Shell::ShellExecuteW;
    use windows_sys::Win32::UI::WindowsAndMessaging::SW_SHOWNORMAL;

    let wide = |text: &str| text.encode_utf16().chain([0]).collect::<Vec<u16>>();
    let (verb, address) = (wide("open"), wide(address));
    // SAFETY: both texts end in NUL and live through the call; the others may be null.
    let answer = unsafe {
        ShellExecuteW(
            std::ptr::null_mut(),
            verb.as_ptr(),
            address.as_ptr(),
            std::ptr::null(),
            std::ptr::null(),
            SW_SHOWNORMAL,
        )
    };
    // Up to 32 it is an error, by the documentation of ShellExecuteW.
    match answer as usize {
        0..=32 => Err(format!(
            "Windows cannot open it (error {})",
            answer as usize
        )),
        _ => Ok(()),
    }
}
