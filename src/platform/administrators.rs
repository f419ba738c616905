//! Who owns a file and who may write it, by its security descriptor.

use std::ffi::c_void;
use std::os::windows::ffi::OsStrExt as _;
use std::path::Path;

use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Authorization::{GetNamedSecurityInfoW, SE_FILE_OBJECT};
use windows_sys::Win32::Security::{
    ACCESS_ALLOWED_ACE, ACL, DACL_SECURITY_INFORMATION, GetAce, INHERIT_ONLY_ACE,
    OWNER_SECURITY_INFORMATION, PSID,
};

use super::profiles::text_of;

/// SYSTEM, the administrators, and the service that installs Windows' own parts.
pub(super) const ADMINISTRATORS: [&str; 3] = [
    "S-1-5-18",
    "S-1-5-32-544",
    "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464",
];

/// What changes a folder's files or its own access list; others may add files to it.
const CHANGE_FOLDER: u32 = 0x500d_0040;
/// The same of a file, and writing into it.
const CHANGE_FILE: u32 = CHANGE_FOLDER | 0x6;

/// A security descriptor; what it points to lives as long as it does.
pub(super) struct Descriptor {
    memory: *mut c_void,
    pub(super) owner: PSID,
    list: *mut ACL,
}

impl Descriptor {
    /// That of a file or folder.
    #[allow(unsafe_code, reason = "security descriptors have no safe wrapper")]
    pub(super) fn of(path: &Path) -> Option<Self> {
        let name: Vec<u16> = path.as_os_str().encode_wide().chain([0]).collect();
        let mut read = Self {
            memory: std::ptr::null_mut(),
            owner: std::ptr::null_mut(),
            list: std::ptr::null_mut(),
        };
        // SAFETY: the name ends in NUL, the answers go to live variables, and the others may be null.
        let fault = unsafe {
            GetNamedSecurityInfoW(
                name.as_ptr(),
                SE_FILE_OBJECT,
                OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                &raw mut read.owner,
                std::ptr::null_mut(),
                &raw mut read.list,
                std::ptr::null_mut(),
                &raw mut read.memory,
            )
        };
        (fault == 0 && !read.owner.is_null()).then_some(read)
    }

    /// The SID of the owner.
    #[allow(unsafe_code, reason = "SIDs have no safe wrapper")]
    pub(super) fn owner(&self) -> Option<String> {
        // SAFETY: the owner points into the descriptor, which lives.
        unsafe { text_of(self.owner) }
    }

    /// The SIDs that are allowed any of these rights here; `None` where everybody has every right.
    #[allow(unsafe_code, reason = "access lists have no safe wrapper")]
    fn allowed(&self, rights: u32) -> Option<Vec<String>> {
        if self.list.is_null() {
            return None;
        }
        // SAFETY: the list points into the descriptor, which lives.
        let count = unsafe { (*self.list).AceCount };
        let mut allowed = Vec::new();
        for index in 0..u32::from(count) {
            let mut entry: *mut c_void = std::ptr::null_mut();
            // SAFETY: the list is valid, and the answer goes to a live variable.
            if unsafe { GetAce(self.list, index, &raw mut entry) } == 0 {
                return None;
            }
            let entry = entry.cast::<ACCESS_ALLOWED_ACE>();
            // SAFETY: every entry begins with a header, and those that allow (type 0) have a mask and a SID behind it.
            let (header, mask) = unsafe { ((*entry).Header, (*entry).Mask) };
            let only_handed_on = u32::from(header.AceFlags) & INHERIT_ONLY_ACE != 0;
            // The others deny, audit, or allow by conditions that nobody sets on folders like these.
            if header.AceType != 0 || only_handed_on || mask & rights == 0 {
                continue;
            }
            // SAFETY: the SID begins where the entry's last field is.
            let sid = unsafe { text_of((&raw mut (*entry).SidStart).cast()) };
            allowed.push(sid.unwrap_or_default());
        }
        Some(allowed)
    }
}

impl Drop for Descriptor {
    #[allow(unsafe_code, reason = "security descriptors have no safe wrapper")]
    fn drop(&mut self) {
        // SAFETY: by its documentation the descriptor is freed with LocalFree; null is nothing.
        unsafe { LocalFree(self.memory) };
    }
}

/// Whether administrators alone can have written a file: it and its folder are theirs, and nobody else may change
/// either. That others may add files beside it, as they may below `%ProgramData%`, changes nothing of it.
///
/// # Errors
/// Who else can, in words that end a sentence.
pub(super) fn is_administrators(path: &Path) -> Result<(), String> {
    let folder = path.parent().map(|folder| (folder, CHANGE_FOLDER));
    for (path, rights) in folder.into_iter().chain([(path, CHANGE_FILE)]) {
        let shown = path.display();
        let linked = path
            .symlink_metadata()
            .map_or(true, |metadata| metadata.is_symlink());
        if linked {
            return Err(format!("{shown} is a link"));
        }
        let descriptor = Descriptor::of(path)
            .ok_or_else(|| format!("Windows does not say who may write {shown}"))?;
        let is_administrator = |sid: &String| ADMINISTRATORS.contains(&sid.as_str());
        match descriptor.owner() {
            Some(owner) if is_administrator(&owner) => {}
            owner => {
                let owner = owner.unwrap_or_else(|| "nobody known".to_owned());
                return Err(format!(
                    "{shown} belongs to {owner}, and only what administrators own counts for everybody"
                ));
            }
        }
        let Some(allowed) = descriptor.allowed(rights) else {
            return Err(format!("everybody may change {shown}"));
        };
        if let Some(other) = allowed.iter().find(|sid| !is_administrator(sid)) {
            return Err(format!(
                "{other}, who is no administrator, may change {shown}"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::disallowed_methods,
        reason = "tests stop at the first surprise"
    )]

    use super::*;

    #[test]
    fn a_file_of_ones_own_is_no_administrators() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, "").unwrap();
        let owner = Descriptor::of(&path).unwrap().owner().unwrap();
        assert!(owner.starts_with("S-1-"), "{owner}");
        assert!(
            Descriptor::of(&path)
                .unwrap()
                .allowed(CHANGE_FILE)
                .is_none_or(|it| !it.is_empty())
        );
        let told = is_administrators(&path);
        assert_eq!(
            told.is_ok(),
            ADMINISTRATORS.contains(&owner.as_str()),
            "{told:?}"
        );
        assert!(is_administrators(&folder.path().join("gone")).is_err());
    }
}
