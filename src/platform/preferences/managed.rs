//! The preferences of this Mac (developer.apple.com, "Preferences Utilities"). No Mac has run this yet: docs/testing.md.

#![allow(
    unsafe_code,
    reason = "preferences and property lists of Core Foundation have no safe wrapper"
)]

use std::path::{Path, PathBuf};

use core_foundation::base::{CFType, TCFType as _};
use core_foundation::data::CFData;
use core_foundation::dictionary::CFDictionary;
use core_foundation::propertylist::{create_with_data, kCFPropertyListImmutable};
use core_foundation::string::CFString;
use core_foundation_sys::preferences::{CFPreferencesAppValueIsForced, CFPreferencesCopyAppValue};

use super::{DOMAIN, Preferences};
use crate::model::PropertyValue;
use crate::platform::core_foundation::{members, value_of};

/// Where macOS keeps what profiles impose, for the machine and below it for each person.
const FOLDER: &str = "/Library/Managed Preferences";
/// No list of settings is larger, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// The managed preferences of this Mac and this person.
pub(crate) struct Managed;

impl Preferences for Managed {
    /// Core Foundation lists no managed names; the files that it takes them from do. Values are never read there.
    fn names(&self) -> Vec<String> {
        let file = format!("{DOMAIN}.plist");
        let folder = Path::new(FOLDER);
        let person = std::env::var_os("USER").map(|name| folder.join(name).join(&file));
        let files = [Some(folder.join(&file)), person].into_iter().flatten();
        files.flat_map(names_in).collect()
    }

    fn forced(&self, name: &str) -> Option<PropertyValue> {
        let (name, domain) = (CFString::new(name), CFString::new(DOMAIN));
        let is_forced = || {
            // SAFETY: both texts live through the call.
            let forced = unsafe {
                CFPreferencesAppValueIsForced(
                    name.as_concrete_TypeRef(),
                    domain.as_concrete_TypeRef(),
                )
            };
            forced != 0
        };
        if !is_forced() {
            return None;
        }
        let value = copied(&name, &domain)?;
        // A profile that goes between the two calls leaves the person's own value.
        is_forced().then_some(value)
    }

    fn of_program(&self, domain: &str, name: &str) -> Option<PropertyValue> {
        copied(&CFString::new(name), &CFString::new(domain))
    }
}

/// A value, from wherever it is set first.
fn copied(name: &CFString, domain: &CFString) -> Option<PropertyValue> {
    // SAFETY: both texts live through the call.
    let value = unsafe {
        CFPreferencesCopyAppValue(name.as_concrete_TypeRef(), domain.as_concrete_TypeRef())
    };
    // SAFETY: it is an object, and nobody else releases it.
    let value = (!value.is_null()).then(|| unsafe { CFType::wrap_under_create_rule(value) })?;
    Some(value_of(&value))
}

fn names_in(path: PathBuf) -> Vec<String> {
    let is_small = path
        .metadata()
        .is_ok_and(|file| file.is_file() && file.len() <= LARGEST);
    let Some(bytes) = is_small.then(|| std::fs::read(path).ok()).flatten() else {
        return Vec::new();
    };
    let data = CFData::from_buffer(&bytes);
    let Ok((list, _)) = create_with_data(data, kCFPropertyListImmutable) else {
        return Vec::new();
    };
    // SAFETY: it is an object, and nobody else releases it.
    let list = unsafe { CFType::wrap_under_create_rule(list) };
    let table = list.downcast_into::<CFDictionary>();
    table.map_or_else(Vec::new, |table| members(&table).into_keys().collect())
}
