//! Entries of the Windows Credential Manager, written with the calls and in the shapes of the tools that own them.

#![allow(unsafe_code, reason = "a test writes as the tools do")]

use std::ptr;

use windows_sys::Win32::Security::Credentials::{
    CRED_PERSIST_ENTERPRISE, CRED_PERSIST_LOCAL_MACHINE, CRED_PERSIST_SESSION,
    CRED_TYPE_DOMAIN_PASSWORD, CRED_TYPE_GENERIC, CREDENTIALW, CredDeleteW, CredEnumerateW,
    CredFree, CredWriteW,
};

/// One entry with all that Wine keeps of it but the time of writing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    pub target: String,
    pub kind: u32,
    pub persist: u32,
    pub user: Option<String>,
    pub comment: Option<String>,
    pub alias: Option<String>,
    pub blob: Vec<u8>,
}

/// Text as most of Windows writes it.
pub fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

impl Entry {
    fn generic(target: &str, persist: u32, blob: Vec<u8>) -> Self {
        Self {
            target: target.to_owned(),
            kind: CRED_TYPE_GENERIC,
            persist,
            user: None,
            comment: None,
            alias: None,
            blob,
        }
    }

    /// The same with an account.
    pub fn by(self, user: &str) -> Self {
        Self {
            user: Some(user.to_owned()),
            ..self
        }
    }

    fn commented(self, comment: &str) -> Self {
        Self {
            comment: Some(comment.to_owned()),
            ..self
        }
    }

    /// Git Credential Manager (git-ecosystem/git-credential-manager, `WindowsCredentialManager.cs`), the tool before it and Visual
    /// Studio (microsoft/Git-Credential-Manager-for-Windows, `Secret.cs`): UTF-16, no comment, on this machine.
    pub fn git_credential_manager(service: &str, account: &str, secret: &str) -> Self {
        let target = format!("git:{service}");
        Self::generic(&target, CRED_PERSIST_LOCAL_MACHINE, utf16(secret)).by(account)
    }

    /// git's own helper (git, `git-credential-wincred.c`).
    pub fn wincred(address: &str, user: &str, secret: &str) -> Self {
        let target = format!("git:{address}");
        Self::generic(&target, CRED_PERSIST_LOCAL_MACHINE, utf16(secret))
            .by(user)
            .commented("saved by git-credential-wincred")
    }

    /// Python's keyring, which `az devops login`, pip and twine use (jaraco/keyring, `backends/Windows.py`). `target` is the
    /// service, or `user@service` where the service's own name is taken.
    pub fn python(target: &str, user: &str, secret: &str) -> Self {
        Self::python_bytes(target, user, utf16(secret))
    }

    /// A piece of a secret that is too long for one entry (jaraco/keyring#544), in UTF-8.
    pub fn python_bytes(target: &str, user: &str, blob: Vec<u8>) -> Self {
        Self::generic(target, CRED_PERSIST_ENTERPRISE, blob)
            .by(user)
            .commented("Stored using python-keyring")
    }

    /// uv (astral-sh/uv, `uv-keyring/src/windows.rs`).
    pub fn uv(service: &str, user: &str, secret: &str) -> Self {
        let target = format!("{user}.uv:{service}");
        let comment = format!("{user}@uv:{service}:{target} (keyring v0.0.1)");
        let entry = Self::generic(&target, CRED_PERSIST_ENTERPRISE, utf16(secret)).by(user);
        Self {
            alias: Some(String::new()),
            ..entry.commented(&comment)
        }
    }

    /// keytar, which vsce and GitHub Desktop use (atom/node-keytar, `keytar_win.cc`): UTF-8.
    pub fn keytar(service: &str, account: &str, secret: &str) -> Self {
        let target = format!("{service}/{account}");
        let persist = CRED_PERSIST_ENTERPRISE;
        Self::generic(&target, persist, secret.as_bytes().to_vec()).by(account)
    }

    /// Some program's entry that is gone after the session.
    pub fn of_session(target: &str, blob: &[u8]) -> Self {
        Self::generic(target, CRED_PERSIST_SESSION, blob.to_vec())
    }

    /// What `cmdkey /add:SERVER` writes: Windows signs in with it by itself.
    pub fn of_windows(server: &str, user: &str, secret: &str) -> Self {
        Self {
            kind: CRED_TYPE_DOMAIN_PASSWORD,
            ..Self::generic(server, CRED_PERSIST_ENTERPRISE, utf16(secret)).by(user)
        }
    }

    /// Writes it, in the place of another of its name.
    pub fn write(&self) {
        let mut target = wide(&self.target);
        let mut texts = [&self.comment, &self.alias, &self.user]
            .map(|text| text.as_deref().map(wide).unwrap_or_default());
        let [comment, alias, user] = texts.each_mut().map(|text| match text.as_mut_slice() {
            [] => ptr::null_mut(),
            text => text.as_mut_ptr(),
        });
        let mut blob = self.blob.clone();
        let credential = CREDENTIALW {
            Type: self.kind,
            TargetName: target.as_mut_ptr(),
            Comment: comment,
            CredentialBlobSize: u32::try_from(blob.len()).unwrap(),
            CredentialBlob: blob.as_mut_ptr(),
            Persist: self.persist,
            TargetAlias: alias,
            UserName: user,
            ..CREDENTIALW::default()
        };
        // SAFETY: all pointers are null or lead to values above.
        let written = unsafe { CredWriteW(&raw const credential, 0) };
        assert_ne!(written, 0, "{}", std::io::Error::last_os_error());
    }

    /// All that are there, sorted.
    pub fn all() -> Vec<Self> {
        let (mut count, mut list) = (0, ptr::null_mut());
        // SAFETY: both results are written where it succeeds.
        if unsafe { CredEnumerateW(ptr::null(), 0, &raw mut count, &raw mut list) } == 0 {
            return Vec::new();
        }
        let entries = (0..count as usize).map(|at| {
            // SAFETY: so many stand there, and in Wine they are not aligned.
            let credential = unsafe { list.add(at).read_unaligned().read_unaligned() };
            let text = |start: *const u16| {
                let units = (0..).map(|at| {
                    // SAFETY: a text ends in NUL, and nothing is read behind it.
                    unsafe { start.add(at).read_unaligned() }
                });
                let units: Vec<_> = units.take_while(|unit| *unit != 0).collect();
                String::from_utf16(&units).unwrap()
            };
            let some = |start: *const u16| (!start.is_null()).then(|| text(start));
            let blob = credential.CredentialBlob;
            let length = credential.CredentialBlobSize as usize;
            Self {
                target: text(credential.TargetName),
                kind: credential.Type,
                persist: credential.Persist,
                user: some(credential.UserName),
                comment: some(credential.Comment),
                alias: some(credential.TargetAlias),
                // SAFETY: so many bytes stand there.
                blob: unsafe { std::slice::from_raw_parts(blob, length) }.to_vec(),
            }
        });
        let mut entries: Vec<_> = entries.collect();
        // SAFETY: the list is Windows' own, and nothing looks at it any more.
        unsafe { CredFree(list.cast_const().cast()) };
        entries.sort();
        entries
    }

    /// Deletes it, where it is there.
    pub fn delete(&self) {
        let target = wide(&self.target);
        // SAFETY: the name ends in NUL.
        unsafe { CredDeleteW(target.as_ptr(), self.kind, 0) };
    }
}

/// Entries that are there as long as this lives, and nothing else.
pub struct Planted;

impl Planted {
    pub fn new(entries: &[Entry]) -> Self {
        Self::clear();
        for entry in entries {
            entry.write();
        }
        Self
    }

    fn clear() {
        super::windows_machine::must_be_for_tests();
        for entry in Entry::all() {
            entry.delete();
        }
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        Self::clear();
    }
}
