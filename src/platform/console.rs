//! The code page of the console, which on Windows decides how others read what is piped to them.

/// The page in which the console's programs write; `None` where there is no console, and on other systems.
#[cfg(windows)]
#[allow(
    unsafe_code,
    reason = "the console is asked by a call that has no safe wrapper"
)]
pub(crate) fn code_page() -> Option<u32> {
    // SAFETY: takes nothing and answers a number, 0 where there is no console.
    let page = unsafe { windows_sys::Win32::System::Console::GetConsoleOutputCP() };
    (page != 0).then_some(page)
}

/// The page in which the console's programs write; `None` where there is no console, and on other systems.
#[cfg(not(windows))]
pub(crate) fn code_page() -> Option<u32> {
    None
}
