//! The calls themselves. No Mac has run them yet: docs/testing.md.

#![allow(
    unsafe_code,
    reason = "Keychain Services (SecKeychain.h, SecKeychainItem.h, SecItem.h) have no safe wrapper that lists without \
              secrets, tells what is locked, and reads or deletes one very entry"
)]

use std::ffi::{c_char, c_void};
use std::ptr;
use std::sync::{Arc, OnceLock};

use core_foundation::array::{CFArray, CFArrayRef};
use core_foundation::base::{CFType, CFTypeRef, OSStatus, TCFType as _};
use core_foundation::boolean::CFBoolean;
use core_foundation::data::CFData;
use core_foundation::dictionary::CFDictionary;
use core_foundation::number::CFNumber;
use core_foundation::string::{CFString, CFStringRef};
use security_framework::base::Error;
use security_framework::os::macos::keychain::{KeychainUserInteractionLock, SecKeychain};
use security_framework::os::macos::keychain_item::SecKeychainItem;
use security_framework_sys::base::{SecKeychainAttributeList, SecKeychainItemRef, SecKeychainRef};
use security_framework_sys::item::{
    kSecClass, kSecMatchLimit, kSecMatchLimitAll, kSecMatchSearchList, kSecReturnAttributes,
    kSecReturnRef, kSecUseKeychain, kSecValueData,
};
use security_framework_sys::keychain::SecPreferencesDomain;
use security_framework_sys::keychain_item::{
    SecItemAdd, SecItemCopyMatching, SecKeychainItemDelete, SecKeychainItemFreeContent,
};
use zeroize::Zeroize as _;

use super::form::{CONTENT, Class};
use super::{Calls, Keychain, Keychains, NO_SUCH_KEYCHAIN, Properties};
use crate::model::{PropertyValue, VaultSecret};
use crate::platform::core_foundation::{element, members, value_of};
use crate::platform::vault::Vault;

// What the crate has not.
#[link(name = "Security", kind = "framework")]
unsafe extern "C" {
    // SecKeychain.h
    fn SecKeychainCopyDomainSearchList(
        domain: SecPreferencesDomain,
        search_list: *mut CFArrayRef,
    ) -> OSStatus;
    fn SecKeychainGetPath(
        keychain: SecKeychainRef,
        path_length: *mut u32,
        path: *mut c_char,
    ) -> OSStatus;
    fn SecKeychainGetStatus(keychain: SecKeychainRef, status: *mut u32) -> OSStatus;
    // SecKeychainItem.h
    fn SecKeychainItemCopyContent(
        item: SecKeychainItemRef,
        item_class: *mut u32,
        attributes: *mut SecKeychainAttributeList,
        length: *mut u32,
        data: *mut *mut c_void,
    ) -> OSStatus;
    // AuthSession.h
    fn SessionGetInfo(session: u32, session_id: *mut u32, attributes: *mut u32) -> OSStatus;
    // SecItem.h
    static kSecUseDataProtectionKeychain: CFStringRef;
}

/// `kSecUnlockStateStatus`.
const UNLOCKED: u32 = 1;
/// `callerSecuritySession`.
const THIS_SESSION: u32 = u32::MAX;
/// `sessionHasGraphicAccess`.
const HAS_SCREEN: u32 = 0x10;
/// `errSecParam`.
const WRONG: i32 = -50;
/// The key of a reference among the properties (`kSecValueRef`).
const REFERENCE: &str = "v_Ref";
/// `PATH_MAX`.
const LONGEST_PATH: usize = 1024;

struct Native;

/// The keychains of this person.
pub(crate) fn native() -> Arc<dyn Vault> {
    Arc::new(Keychains(Native))
}

/// Keeps macOS from asking the person, for as long as this process lives: the switch is one for all its threads.
fn asks_nobody() -> Result<(), i32> {
    static SWITCH: OnceLock<Result<KeychainUserInteractionLock, i32>> = OnceLock::new();
    let switch =
        SWITCH.get_or_init(|| SecKeychain::disable_user_interaction().map_err(Error::code));
    switch.as_ref().map(|_| ()).map_err(|error| *error)
}

fn checked(status: OSStatus) -> Result<(), i32> {
    match status {
        0 => Ok(()),
        error => Err(error),
    }
}

/// The keychains of the person's list that are there.
fn all() -> Result<Vec<SecKeychain>, i32> {
    asks_nobody()?;
    let mut list: CFArrayRef = ptr::null();
    // SAFETY: the list is written before it is used, and is ours to release.
    checked(unsafe { SecKeychainCopyDomainSearchList(SecPreferencesDomain::User, &raw mut list) })?;
    if list.is_null() {
        return Ok(Vec::new());
    }
    // SAFETY: it is a list, and nobody else releases it.
    let list: CFArray = unsafe { CFArray::wrap_under_create_rule(list) };
    let keychains = list
        .get_all_values()
        .into_iter()
        .filter_map(|pointer| element(pointer)?.downcast_into::<SecKeychain>());
    Ok(keychains.collect())
}

fn path_of(keychain: &SecKeychain) -> Result<String, i32> {
    let mut path = [0_u8; LONGEST_PATH];
    let mut length = u32::try_from(path.len()).unwrap_or(u32::MAX);
    // SAFETY: there is room for as many bytes as it is told.
    checked(unsafe {
        SecKeychainGetPath(
            keychain.as_concrete_TypeRef(),
            &raw mut length,
            path.as_mut_ptr().cast(),
        )
    })?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let path = path.get(..length).unwrap_or_default();
    Ok(String::from_utf8_lossy(path).into_owned())
}

fn named(path: &str) -> Result<SecKeychain, i32> {
    let mut all = all()?.into_iter();
    let same = all.find(|keychain| path_of(keychain).as_deref() == Ok(path));
    same.ok_or(NO_SUCH_KEYCHAIN)
}

/// A constant of the framework.
fn key(constant: CFStringRef) -> CFString {
    // SAFETY: constants of a loaded framework live as long as the process.
    unsafe { CFString::wrap_under_get_rule(constant) }
}

/// What keeps a call to keychains that are files, where the data protection keychain would answer, too.
fn in_files() -> (CFString, CFType) {
    // SAFETY: constants of a loaded framework are there.
    let name = key(unsafe { kSecUseDataProtectionKeychain });
    (name, CFBoolean::false_value().into_CFType())
}

fn object_of(value: &PropertyValue) -> Option<CFType> {
    Some(match value {
        PropertyValue::Text(text) => CFString::new(text).into_CFType(),
        PropertyValue::Number(number) => CFNumber::from(*number).into_CFType(),
        PropertyValue::Flag(flag) => CFBoolean::from(*flag).into_CFType(),
        PropertyValue::Bytes(bytes) => CFData::from_buffer(bytes).into_CFType(),
        PropertyValue::Time(_)
        | PropertyValue::List(_)
        | PropertyValue::Table(_)
        | PropertyValue::Other => return None,
    })
}

impl Calls for Native {
    type Reference = SecKeychainItem;

    fn keychains(&self) -> Result<Vec<Keychain>, i32> {
        let mut keychains = Vec::new();
        for keychain in all()? {
            let mut status = 0;
            // SAFETY: the status is written before it is used.
            let got = checked(unsafe {
                SecKeychainGetStatus(keychain.as_concrete_TypeRef(), &raw mut status)
            });
            match got {
                Ok(()) => keychains.push(Keychain {
                    path: path_of(&keychain)?,
                    locked: status & UNLOCKED == 0,
                }),
                // A list names what was deleted, or lies on a disk that is not there.
                Err(NO_SUCH_KEYCHAIN) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(keychains)
    }

    fn items(
        &self,
        keychain: &str,
        class: Class,
    ) -> Result<Vec<(Properties, SecKeychainItem)>, i32> {
        let within = CFArray::from_CFTypes(&[named(keychain)?]);
        let yes = || CFBoolean::true_value().into_CFType();
        // SAFETY: constants of a loaded framework are there.
        let keys = unsafe {
            [
                kSecClass,
                kSecMatchSearchList,
                kSecMatchLimit,
                kSecReturnAttributes,
                kSecReturnRef,
            ]
        };
        // SAFETY: the same.
        let no_limit = key(unsafe { kSecMatchLimitAll });
        let values = [
            CFString::new(class.code()).into_CFType(),
            within.into_CFType(),
            no_limit.into_CFType(),
            yes(),
            yes(),
        ];
        let pairs = keys.into_iter().map(key).zip(values);
        let pairs: Vec<_> = pairs.chain([in_files()]).collect();
        let query = CFDictionary::from_CFType_pairs(&pairs);
        let mut found: CFTypeRef = ptr::null();
        // SAFETY: the query lives through the call; the result is written before it is used.
        checked(unsafe { SecItemCopyMatching(query.as_concrete_TypeRef(), &raw mut found) })?;
        if found.is_null() {
            return Ok(Vec::new());
        }
        // SAFETY: it is an object, and nobody else releases it.
        let found = unsafe { CFType::wrap_under_create_rule(found) };
        let list = found.downcast_into::<CFArray>().ok_or(WRONG)?;
        let mut items = Vec::new();
        for pointer in list.get_all_values() {
            let table = element(pointer).and_then(CFType::downcast_into::<CFDictionary>);
            let mut members = members(&table.ok_or(WRONG)?);
            let reference = members.remove(REFERENCE).ok_or(WRONG)?;
            let reference = reference.downcast_into::<SecKeychainItem>().ok_or(WRONG)?;
            let properties = members.iter();
            let properties = properties.map(|(name, value)| (name.clone(), value_of(value)));
            items.push((properties.collect(), reference));
        }
        Ok(items)
    }

    fn secret(&self, reference: &SecKeychainItem) -> Result<VaultSecret, i32> {
        asks_nobody()?;
        let (mut length, mut data) = (0_u32, ptr::null_mut::<c_void>());
        // SAFETY: the entry lives; length and data are written before they are used, and the rest may be null.
        checked(unsafe {
            SecKeychainItemCopyContent(
                reference.as_concrete_TypeRef(),
                ptr::null_mut(),
                ptr::null_mut(),
                &raw mut length,
                &raw mut data,
            )
        })?;
        if data.is_null() {
            return Ok(VaultSecret::new(Vec::new(), CONTENT));
        }
        let length = usize::try_from(length).unwrap_or_default();
        // SAFETY: so many bytes stand there until they are freed below, and nobody else has them.
        let held = unsafe { std::slice::from_raw_parts_mut(data.cast::<u8>(), length) };
        let secret = VaultSecret::new(held.to_vec(), CONTENT);
        held.zeroize();
        // SAFETY: it was allocated by the call above, and is not used any more.
        unsafe { SecKeychainItemFreeContent(ptr::null_mut(), data) };
        Ok(secret)
    }

    fn delete(&self, reference: &SecKeychainItem) -> Result<(), i32> {
        asks_nobody()?;
        // SAFETY: the entry lives.
        checked(unsafe { SecKeychainItemDelete(reference.as_concrete_TypeRef()) })
    }

    fn add(
        &self,
        keychain: &str,
        properties: &Properties,
        secret: &VaultSecret,
    ) -> Result<(), i32> {
        let mut pairs = vec![in_files()];
        for (name, value) in properties {
            pairs.push((CFString::new(name), object_of(value).ok_or(WRONG)?));
        }
        let held = CFData::from_buffer(secret.expose());
        // SAFETY: constants of a loaded framework are there.
        let (data, into) = unsafe { (kSecValueData, kSecUseKeychain) };
        pairs.push((key(data), held.into_CFType()));
        pairs.push((key(into), named(keychain)?.into_CFType()));
        let entry = CFDictionary::from_CFType_pairs(&pairs);
        // SAFETY: the entry lives through the call; nothing is asked back.
        checked(unsafe { SecItemAdd(entry.as_concrete_TypeRef(), ptr::null_mut()) })
    }

    fn has_screen(&self) -> bool {
        let (mut session, mut attributes) = (0, 0);
        // SAFETY: both are written before they are used.
        let told = unsafe { SessionGetInfo(THIS_SESSION, &raw mut session, &raw mut attributes) };
        // Where nobody says, the usual is assumed.
        told != 0 || attributes & HAS_SCREEN != 0
    }
}
