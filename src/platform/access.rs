//! Who owns a file on Windows and who may use it: owners and access lists, by handle.
//!
//! Lists are kept as text in the "security descriptor definition language" (learn.microsoft.com, "Security
//! Descriptor String Format").

#![allow(unsafe_code, reason = "access lists have no safe wrapper")]

use std::fs::File;
use std::io;
use std::os::windows::io::AsRawHandle as _;

use windows_sys::Win32::Foundation::{
    ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED, ERROR_SUCCESS, LocalFree,
};
use windows_sys::Win32::Security::Authorization::{
    ConvertSecurityDescriptorToStringSecurityDescriptorW,
    ConvertStringSecurityDescriptorToSecurityDescriptorW, GetSecurityInfo, SDDL_REVISION_1,
    SE_FILE_OBJECT, SetSecurityInfo,
};
use windows_sys::Win32::Security::{
    ACL, CheckTokenMembership, DACL_SECURITY_INFORMATION, GetSecurityDescriptorControl,
    GetSecurityDescriptorDacl, GetSecurityDescriptorOwner, OWNER_SECURITY_INFORMATION,
    PROTECTED_DACL_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, PSID, SE_DACL_PROTECTED,
    UNPROTECTED_DACL_SECURITY_INFORMATION,
};

use super::{handles, profiles};

/// SYSTEM and the administrators: what a person installs or writes with elevated rights belongs to these, and
/// profiles do; never another person. "Everyone" owns what lies on a disk that knows no owners.
const NOBODY_ELSE: [&str; 3] = ["S-1-5-18", "S-1-5-32-544", "S-1-1-0"];

/// A security descriptor that Windows made.
struct Descriptor(PSECURITY_DESCRIPTOR);

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: by their documentation the calls that make one leave it to be freed like this, once.
        unsafe { LocalFree(self.0) };
    }
}

impl Descriptor {
    fn of(file: &File, what: u32) -> io::Result<Self> {
        let mut descriptor: PSECURITY_DESCRIPTOR = std::ptr::null_mut();
        let none = std::ptr::null_mut();
        // SAFETY: the handle is open, the answer goes to a live variable, and the others may be null.
        let fault = unsafe {
            GetSecurityInfo(
                file.as_raw_handle(),
                SE_FILE_OBJECT,
                what,
                none,
                none,
                none.cast(),
                none.cast(),
                &raw mut descriptor,
            )
        };
        done(fault)?;
        Ok(Self(descriptor))
    }

    fn parse(text: &str) -> io::Result<Self> {
        let wide: Vec<u16> = text.encode_utf16().chain([0]).collect();
        let mut descriptor: PSECURITY_DESCRIPTOR = std::ptr::null_mut();
        // SAFETY: the text ends in NUL, the answer goes to a live variable, and the size is not asked for.
        handles::succeeded(unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                wide.as_ptr(),
                SDDL_REVISION_1,
                &raw mut descriptor,
                std::ptr::null_mut(),
            )
        })?;
        Ok(Self(descriptor))
    }

    fn text(&self, what: u32) -> io::Result<String> {
        let mut text: *mut u16 = std::ptr::null_mut();
        let mut length = 0;
        // SAFETY: the descriptor is whole, and the answers go to live variables.
        handles::succeeded(unsafe {
            ConvertSecurityDescriptorToStringSecurityDescriptorW(
                self.0,
                SDDL_REVISION_1,
                what,
                &raw mut text,
                &raw mut length,
            )
        })?;
        // SAFETY: the call succeeded, so that many units are there.
        let units = unsafe { std::slice::from_raw_parts(text, length as usize) };
        let end = units.iter().position(|unit| *unit == 0);
        let owned =
            String::from_utf16_lossy(units.get(..end.unwrap_or(units.len())).unwrap_or(&[]));
        // SAFETY: by its documentation the text is freed with LocalFree; it is not used again.
        unsafe { LocalFree(text.cast()) };
        Ok(owned)
    }

    fn owner(&self) -> io::Result<PSID> {
        let (mut owner, mut defaulted): (PSID, _) = (std::ptr::null_mut(), 0);
        // SAFETY: the descriptor is whole, and the answers go to live variables.
        handles::succeeded(unsafe {
            GetSecurityDescriptorOwner(self.0, &raw mut owner, &raw mut defaulted)
        })?;
        Ok(owner)
    }
}

/// The owner as text, such as `O:S-1-5-21-…-1001`.
pub(super) fn owner_of(file: &File) -> io::Result<String> {
    Descriptor::of(file, OWNER_SECURITY_INFORMATION)?.text(OWNER_SECURITY_INFORMATION)
}

/// The SID of the owner.
pub(super) fn sid_of_owner(file: &File) -> io::Result<String> {
    let descriptor = Descriptor::of(file, OWNER_SECURITY_INFORMATION)?;
    let owner = descriptor.owner()?;
    // SAFETY: the owner points into the descriptor, which lives on; where there is none the call says so.
    let sid = unsafe { profiles::text_of(owner) };
    sid.ok_or_else(|| io::Error::other("Windows does not say whose it is"))
}

/// Whether it belongs to this user, and not to another person.
pub(super) fn is_mine(file: &File) -> io::Result<bool> {
    let descriptor = Descriptor::of(file, OWNER_SECURITY_INFORMATION)?;
    let owner = descriptor.owner()?;
    if owner.is_null() {
        return Ok(false);
    }
    // SAFETY: the owner points into the descriptor, which lives on.
    let sid = unsafe { profiles::text_of(owner) }.unwrap_or_default();
    if NOBODY_ELSE.contains(&sid.as_str()) || profiles::my_sid().is_some_and(|me| me == sid) {
        return Ok(true);
    }
    let mut member = 0;
    // SAFETY: the owner points into the descriptor, which lives on; no token means this one.
    handles::succeeded(unsafe {
        CheckTokenMembership(std::ptr::null_mut(), owner, &raw mut member)
    })?;
    Ok(member != 0)
}

/// Whether both have one owner.
pub(super) fn same_owner(one: &File, other: &File) -> io::Result<bool> {
    Ok(owner_of(one)? == owner_of(other)?)
}

/// Makes this the owner, where the system lets it: only some may give a file to the administrators. What is
/// not given stays this user's, which allows nobody more than before.
pub(super) fn offer_owner(file: &File, text: &str) {
    if owner_of(file).is_ok_and(|now| now == text) {
        return;
    }
    let Ok(descriptor) = Descriptor::parse(text) else {
        return;
    };
    let Ok(owner) = descriptor.owner() else {
        return;
    };
    let none = std::ptr::null();
    // SAFETY: the handle is open, the owner points into a descriptor that lives on, the others may be null.
    unsafe {
        SetSecurityInfo(
            file.as_raw_handle(),
            SE_FILE_OBJECT,
            OWNER_SECURITY_INFORMATION,
            owner,
            std::ptr::null_mut(),
            none,
            none,
        )
    };
}

/// The access list as text; `None` on a disk that has none.
pub(super) fn list_of(file: &File) -> io::Result<Option<String>> {
    let list = Descriptor::of(file, DACL_SECURITY_INFORMATION);
    match list.and_then(|list| list.text(DACL_SECURITY_INFORMATION)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if has_none(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts the access list of this text on a file or folder; one that does not inherit stays so.
pub(super) fn set_list(file: &File, text: &str) -> io::Result<()> {
    let descriptor = Descriptor::parse(text)?;
    let (mut list, mut present, mut defaulted): (*mut ACL, _, _) = (std::ptr::null_mut(), 0, 0);
    let (mut control, mut revision) = (0, 0);
    // SAFETY: the descriptor is whole, and the answers go to live variables.
    handles::succeeded(unsafe {
        GetSecurityDescriptorDacl(
            descriptor.0,
            &raw mut present,
            &raw mut list,
            &raw mut defaulted,
        )
    })?;
    // SAFETY: the same.
    handles::succeeded(unsafe {
        GetSecurityDescriptorControl(descriptor.0, &raw mut control, &raw mut revision)
    })?;
    if present == 0 {
        // No list would allow everything to everybody.
        return Err(io::Error::other("there is no access list in its record"));
    }
    let inherits = if control & SE_DACL_PROTECTED == 0 {
        UNPROTECTED_DACL_SECURITY_INFORMATION
    } else {
        PROTECTED_DACL_SECURITY_INFORMATION
    };
    let none = std::ptr::null_mut();
    // SAFETY: the handle is open, the list points into a descriptor that lives on, the others may be null.
    done(unsafe {
        SetSecurityInfo(
            file.as_raw_handle(),
            SE_FILE_OBJECT,
            DACL_SECURITY_INFORMATION | inherits,
            none,
            none,
            list,
            none.cast(),
        )
    })
}

/// Shuts everybody else out of a file, or of a folder with all that will be made in it. SYSTEM stays, as root
/// does elsewhere: device management reads what a person's last run said.
pub(super) fn make_private(file: &File) -> io::Result<()> {
    let me =
        profiles::my_sid().ok_or_else(|| io::Error::other("Windows does not say who this is"))?;
    let inherited = if file.metadata()?.is_dir() {
        "OICI"
    } else {
        ""
    };
    let text = format!("D:P(A;{inherited};FA;;;{me})(A;{inherited};FA;;;SY)");
    match set_list(file, &text) {
        Err(error) if has_none(&error) => Ok(()),
        result => result,
    }
}

/// Some disks, FAT's among them, have no access lists.
fn has_none(error: &io::Error) -> bool {
    let code = error.raw_os_error().map(i32::cast_unsigned);
    matches!(code, Some(ERROR_NOT_SUPPORTED | ERROR_INVALID_FUNCTION))
}

fn done(fault: u32) -> io::Result<()> {
    if fault == ERROR_SUCCESS {
        return Ok(());
    }
    Err(io::Error::from_raw_os_error(fault.cast_signed()))
}
