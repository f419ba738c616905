//! The registry of this machine.
//!
//! Keys are opened by `windows-registry`; values are asked for one by one, since its lists neither have a
//! limit nor tell of a value that changed while they were read.

use std::time::Duration;

use jiff::Timestamp;
use windows_registry::{CURRENT_USER, Key, LOCAL_MACHINE};
use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_FILE_NOT_FOUND, ERROR_MORE_DATA, ERROR_NO_MORE_ITEMS, ERROR_SUCCESS,
    FILETIME,
};
use windows_sys::Win32::System::Registry::{
    KEY_WOW64_32KEY, KEY_WOW64_64KEY, RegDeleteKeyExW, RegEnumKeyExW, RegEnumValueW,
    RegQueryInfoKeyW, RegSetValueExW,
};
use windows_sys::Win32::UI::WindowsAndMessaging::{
    HWND_BROADCAST, SMTO_ABORTIFHUNG, SendMessageTimeoutW, WM_SETTINGCHANGE,
};
use zeroize::Zeroizing;

use super::{LARGEST, MOST, Registry, RegistryFault, RegistryValue};
use crate::model::{Hive, RegistryData, RegistryKey};

/// No name of a value has more units ("Registry element size limits"), and one more ends it.
const LONGEST_NAME: usize = 16_384;

/// How long one program may take to hear of changed variables.
const PATIENCE: u32 = 1_000;

/// How long all of them may take.
const PATIENCE_IN_ALL: Duration = Duration::from_secs(3);

/// The registry.
#[derive(Debug, Clone, Copy)]
pub(in crate::platform) struct WindowsRegistry;

fn open(key: &RegistryKey, write: bool) -> Result<Key, RegistryFault> {
    let (root, view) = match key.hive {
        Hive::CurrentUser => (CURRENT_USER, 0),
        Hive::LocalMachine => (LOCAL_MACHINE, KEY_WOW64_64KEY),
        Hive::LocalMachine32 => (LOCAL_MACHINE, KEY_WOW64_32KEY),
    };
    let mut options = root.options();
    options.read().access(view);
    if write {
        options.write().create();
    }
    options.open(&key.path).map_err(|error| {
        // HRESULT_FROM_WIN32.
        fault(error.code().0.cast_unsigned() & 0xffff)
    })
}

fn fault(code: u32) -> RegistryFault {
    match code {
        ERROR_FILE_NOT_FOUND => RegistryFault::Absent,
        ERROR_ACCESS_DENIED => RegistryFault::Refused("Windows does not allow it".to_owned()),
        code => {
            let code = i32::try_from(code).unwrap_or_default();
            RegistryFault::Refused(std::io::Error::from_raw_os_error(code).to_string())
        }
    }
}

fn done(code: u32) -> Result<(), RegistryFault> {
    match code {
        ERROR_SUCCESS => Ok(()),
        code => Err(fault(code)),
    }
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// How much a key has, and when it was written.
struct Info {
    keys: u32,
    values: u32,
    largest: u32,
    written: FILETIME,
}

#[allow(unsafe_code, reason = "the call has no safe wrapper")]
fn info(key: &Key) -> Result<Info, RegistryFault> {
    let mut info = Info {
        keys: 0,
        values: 0,
        largest: 0,
        written: FILETIME::default(),
    };
    let null = std::ptr::null_mut::<u32>;
    // SAFETY: the key is open, the answers go to live variables, and the others may be null.
    done(unsafe {
        RegQueryInfoKeyW(
            key.as_raw(),
            std::ptr::null_mut(),
            null(),
            null(),
            &raw mut info.keys,
            null(),
            null(),
            &raw mut info.values,
            null(),
            &raw mut info.largest,
            null(),
            &raw mut info.written,
        )
    })?;
    Ok(info)
}

/// The value of this number; `None` behind the last.
#[allow(unsafe_code, reason = "the call has no safe wrapper")]
fn value_at(
    key: &Key,
    index: u32,
    room: &mut Zeroizing<Vec<u8>>,
) -> Result<Option<RegistryValue>, RegistryFault> {
    let mut name = vec![0_u16; LONGEST_NAME];
    loop {
        let mut name_length = u32::try_from(name.len()).unwrap_or(0);
        let mut length = u32::try_from(room.len()).unwrap_or(0);
        let mut kind = 0;
        // SAFETY: the key is open; both rooms are as large as is said, and the answers go to live variables.
        let code = unsafe {
            RegEnumValueW(
                key.as_raw(),
                index,
                name.as_mut_ptr(),
                &raw mut name_length,
                std::ptr::null(),
                &raw mut kind,
                room.as_mut_ptr(),
                &raw mut length,
            )
        };
        let shown = |length: u32| {
            let units = name.get(..length as usize).unwrap_or_default();
            String::from_utf16_lossy(units)
        };
        let length = length as usize;
        let data = match code {
            ERROR_SUCCESS if length <= LARGEST => {
                let bytes = room.get(..length).unwrap_or_default();
                Ok(RegistryData::new(kind, bytes.to_vec()))
            }
            ERROR_NO_MORE_ITEMS => return Ok(None),
            // It has grown since; it is asked for again with room enough.
            ERROR_MORE_DATA if length > room.len() && length <= LARGEST => {
                *room = Zeroizing::new(vec![0; length]);
                continue;
            }
            ERROR_SUCCESS | ERROR_MORE_DATA => Err(RegistryFault::TooLarge(length)),
            code => return Err(fault(code)),
        };
        return Ok(Some(RegistryValue {
            name: shown(name_length),
            data,
        }));
    }
}

/// The name of the key of this number; `None` behind the last.
#[allow(unsafe_code, reason = "the call has no safe wrapper")]
fn key_at(key: &Key, index: u32) -> Result<Option<String>, RegistryFault> {
    // Names of keys have at most 255 units.
    let mut name = [0_u16; 256];
    let mut length = 256;
    let null = std::ptr::null_mut::<u32>;
    // SAFETY: the key is open, the room is as large as is said, and the others may be null.
    let code = unsafe {
        RegEnumKeyExW(
            key.as_raw(),
            index,
            name.as_mut_ptr(),
            &raw mut length,
            null(),
            std::ptr::null_mut(),
            null(),
            std::ptr::null_mut(),
        )
    };
    match code {
        ERROR_SUCCESS => {
            let units = name.get(..length as usize).unwrap_or_default();
            Ok(Some(String::from_utf16_lossy(units)))
        }
        ERROR_NO_MORE_ITEMS => Ok(None),
        code => Err(fault(code)),
    }
}

impl Registry for WindowsRegistry {
    fn values(&self, key: &RegistryKey) -> Result<Vec<RegistryValue>, RegistryFault> {
        let key = open(key, false)?;
        let info = info(&key)?;
        if info.values as usize > MOST {
            return Err(RegistryFault::TooMany);
        }
        // Variables hold tokens.
        let mut room = Zeroizing::new(vec![0; (info.largest as usize).min(LARGEST)]);
        let mut values = Vec::new();
        for index in 0.. {
            match value_at(&key, index, &mut room)? {
                Some(value) => values.push(value),
                None => break,
            }
        }
        values.sort_by(|one, next| one.name.cmp(&next.name));
        Ok(values)
    }

    fn keys(&self, key: &RegistryKey) -> Result<Vec<String>, RegistryFault> {
        let key = open(key, false)?;
        if info(&key)?.keys as usize > MOST {
            return Err(RegistryFault::TooMany);
        }
        let mut names = Vec::new();
        for index in 0.. {
            match key_at(&key, index)? {
                Some(name) => names.push(name),
                None => break,
            }
        }
        names.sort();
        Ok(names)
    }

    fn written(&self, key: &RegistryKey) -> Option<Timestamp> {
        /// From 1601 to 1970, in units of 100 nanoseconds.
        const EPOCH: i128 = 116_444_736_000_000_000;
        let time = info(&open(key, false).ok()?).ok()?.written;
        let units = i128::from(time.dwHighDateTime) << 32 | i128::from(time.dwLowDateTime);
        (units > 0).then(|| Timestamp::from_nanosecond((units - EPOCH) * 100).ok())?
    }

    #[allow(
        unsafe_code,
        reason = "the safe wrapper wants a NUL where the bytes may have none"
    )]
    fn set(&self, path: &str, name: &str, data: &RegistryData) -> Result<(), RegistryFault> {
        let key = open(&RegistryKey::of_person(path), true)?;
        let name = wide(name);
        let bytes = data.expose();
        let length =
            u32::try_from(bytes.len()).map_err(|_| RegistryFault::TooLarge(bytes.len()))?;
        // SAFETY: the key is open, the name ends in NUL, and the bytes are as many as is said.
        done(unsafe {
            RegSetValueExW(
                key.as_raw(),
                name.as_ptr(),
                0,
                data.kind(),
                bytes.as_ptr(),
                length,
            )
        })
    }

    fn delete(&self, path: &str, name: &str) -> Result<(), RegistryFault> {
        let person = RegistryKey::of_person(path);
        // Opening for writing would make a key that is gone anew.
        open(&person, false)?;
        let removed = open(&person, true)?.remove_value(name);
        removed.map_err(|error| fault(error.code().0.cast_unsigned() & 0xffff))
    }

    #[allow(
        unsafe_code,
        reason = "the safe wrapper deletes what is below the key too"
    )]
    fn delete_empty(&self, path: &str) -> Result<(), RegistryFault> {
        let info = info(&open(&RegistryKey::of_person(path), false)?)?;
        if info.keys + info.values > 0 {
            return Err(RegistryFault::Refused("it is not empty".to_owned()));
        }
        let path = wide(path);
        // SAFETY: the root is always open, and the path ends in NUL.
        done(unsafe { RegDeleteKeyExW(CURRENT_USER.as_raw(), path.as_ptr(), 0, 0) })
    }

    fn announce_variables(&self) {
        let (heard, hearing) = std::sync::mpsc::channel();
        // Each window is waited for in turn, so all of them together get a limit of their own.
        std::thread::spawn(move || {
            let _ = heard.send(announce());
        });
        if hearing.recv_timeout(PATIENCE_IN_ALL) != Ok(true) {
            tracing::debug!("not every program heard that variables have changed");
        }
    }
}

#[allow(unsafe_code, reason = "the call has no safe wrapper")]
fn announce() -> bool {
    let what = wide("Environment");
    let mut answer = 0;
    // SAFETY: the text ends in NUL and lives through the call.
    let told = unsafe {
        SendMessageTimeoutW(
            HWND_BROADCAST,
            WM_SETTINGCHANGE,
            0,
            what.as_ptr() as isize,
            SMTO_ABORTIFHUNG,
            PATIENCE,
            &raw mut answer,
        )
    };
    told != 0
}
