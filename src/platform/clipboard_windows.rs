//! The clipboard of Windows (Microsoft Learn, "Using the clipboard").

#![allow(unsafe_code, reason = "the clipboard has no safe wrapper here")]

use std::time::Duration;

use windows_sys::Win32::Foundation::{GlobalFree, HGLOBAL, HWND};
use windows_sys::Win32::System::DataExchange::{
    CloseClipboard, EmptyClipboard, OpenClipboard, SetClipboardData,
};
use windows_sys::Win32::System::Memory::{GMEM_MOVEABLE, GlobalAlloc, GlobalLock, GlobalUnlock};
use windows_sys::Win32::UI::WindowsAndMessaging::{CreateWindowExW, DestroyWindow, HWND_MESSAGE};
use windows_sys::w;

/// Text in UTF-16 that ends in NUL (Microsoft Learn, "Standard clipboard formats").
const CF_UNICODETEXT: u32 = 13;
/// How often to try while another program has the clipboard open, and how long to wait in between.
const TRIES: u32 = 20;
const STEP: Duration = Duration::from_millis(25);

/// Puts a text on the clipboard. A line ends there in CR and LF.
pub(super) fn copy(text: &str) -> Result<(), String> {
    let text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    let text: Vec<u16> = text.encode_utf16().chain([0]).collect();
    let refused = |what: &str| format!("{what} ({})", std::io::Error::last_os_error());
    let owner = Owner::new().ok_or_else(|| refused("Windows makes no window for it"))?;
    let _open = Open::by(&owner).ok_or_else(|| refused("another program holds the clipboard"))?;
    let memory = Memory::of(&text).ok_or_else(|| refused("there is no memory for it"))?;
    // SAFETY: the clipboard is open, by a window of this thread.
    if unsafe { EmptyClipboard() } == 0 {
        return Err(refused("the clipboard cannot be emptied"));
    }
    // SAFETY: the clipboard is open and owned by that window; the memory is movable and holds a text that ends in NUL.
    if unsafe { SetClipboardData(CF_UNICODETEXT, memory.0) }.is_null() {
        return Err(refused("the clipboard does not take it"));
    }
    // It belongs to the clipboard now.
    std::mem::forget(memory);
    Ok(())
}

/// A window that is never seen. Without one the clipboard has no owner, and then need not take anything.
struct Owner(HWND);

impl Owner {
    fn new() -> Option<Self> {
        // SAFETY: the class is one of Windows' own, both texts are static, and whatever else is null may be.
        let window = unsafe {
            CreateWindowExW(
                0,
                w!("STATIC"),
                w!(""),
                0,
                0,
                0,
                0,
                0,
                HWND_MESSAGE,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                std::ptr::null(),
            )
        };
        (!window.is_null()).then_some(Self(window))
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // SAFETY: the window was made by this thread. What is on the clipboard stays without it.
        unsafe { DestroyWindow(self.0) };
    }
}

/// The clipboard, open for this thread alone.
struct Open;

impl Open {
    fn by(owner: &Owner) -> Option<Self> {
        for _ in 0..TRIES {
            // SAFETY: the window lives as long as its owner.
            if unsafe { OpenClipboard(owner.0) } != 0 {
                return Some(Self);
            }
            std::thread::sleep(STEP);
        }
        None
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // SAFETY: it was opened by this thread and is closed once.
        unsafe { CloseClipboard() };
    }
}

/// Memory as the clipboard wants it.
struct Memory(HGLOBAL);

impl Memory {
    fn of(text: &[u16]) -> Option<Self> {
        // SAFETY: it takes numbers only.
        let memory = unsafe { GlobalAlloc(GMEM_MOVEABLE, size_of_val(text)) };
        let memory = (!memory.is_null()).then_some(Self(memory))?;
        // SAFETY: the memory was got above.
        let room = unsafe { GlobalLock(memory.0) }.cast::<u16>();
        if room.is_null() {
            return None;
        }
        // SAFETY: the room is locked, is as large as the text, and nobody else knows it.
        unsafe { std::ptr::copy_nonoverlapping(text.as_ptr(), room, text.len()) };
        // SAFETY: it was locked above.
        unsafe { GlobalUnlock(memory.0) };
        Some(memory)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: it is ours until the clipboard takes it, and then it is not dropped.
        unsafe { GlobalFree(self.0) };
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use windows_sys::Win32::System::DataExchange::GetClipboardData;

    use super::*;

    fn pasted() -> String {
        let owner = Owner::new().unwrap();
        let _open = Open::by(&owner).unwrap();
        // SAFETY: the clipboard is open.
        let memory = unsafe { GetClipboardData(CF_UNICODETEXT) };
        assert!(!memory.is_null());
        // SAFETY: it is the clipboard's, which is open until the end.
        let mut next = unsafe { GlobalLock(memory) }.cast::<u16>().cast_const();
        let mut text = Vec::new();
        // SAFETY: the text ends in NUL, and is not read beyond it.
        unsafe {
            while *next != 0 {
                text.push(*next);
                next = next.add(1);
            }
            GlobalUnlock(memory);
        }
        String::from_utf16(&text).unwrap()
    }

    #[test]
    fn what_was_copied_last_can_be_pasted_line_by_line() {
        copy("gone").unwrap();
        copy("contoso: Schlüssel\naa:bb\r\n").unwrap();
        assert_eq!(pasted(), "contoso: Schlüssel\r\naa:bb\r\n");
    }
}
