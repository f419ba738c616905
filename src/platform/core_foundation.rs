//! Values of Core Foundation as plain ones.

#![allow(
    unsafe_code,
    reason = "dictionaries and arrays of Core Foundation give what is in them as pointers alone"
)]

use std::collections::BTreeMap;
use std::ffi::c_void;

use core_foundation::array::CFArray;
use core_foundation::base::{CFType, TCFType as _};
use core_foundation::boolean::CFBoolean;
use core_foundation::data::CFData;
use core_foundation::date::CFDate;
use core_foundation::dictionary::CFDictionary;
use core_foundation::number::CFNumber;
use core_foundation::string::CFString;
use jiff::Timestamp;

use crate::model::PropertyValue;

/// From 1970 to 2001, where times of Core Foundation begin, in seconds.
const UNTIL_2001: f64 = 978_307_200.0;
/// What lies deeper is no setting.
const DEEPEST: usize = 8;

/// A value with all that is in it.
pub(super) fn value_of(value: &CFType) -> PropertyValue {
    plain(value, DEEPEST)
}

fn plain(value: &CFType, depth: usize) -> PropertyValue {
    if let Some(text) = value.downcast::<CFString>() {
        return PropertyValue::Text(text.to_string());
    }
    // Before numbers: a boolean is none.
    if let Some(flag) = value.downcast::<CFBoolean>() {
        return PropertyValue::Flag(flag.into());
    }
    if let Some(number) = value.downcast::<CFNumber>() {
        // A broken number is no setting and no attribute.
        let whole = number.to_i64().map(PropertyValue::Number);
        return whole.unwrap_or(PropertyValue::Other);
    }
    if let Some(data) = value.downcast::<CFData>() {
        return PropertyValue::Bytes(data.bytes().to_vec());
    }
    if let Some(date) = value.downcast::<CFDate>() {
        return time(date.abs_time()).map_or(PropertyValue::Other, PropertyValue::Time);
    }
    let Some(depth) = depth.checked_sub(1) else {
        return PropertyValue::Other;
    };
    if let Some(list) = value.downcast::<CFArray>() {
        let items = list.get_all_values().into_iter();
        let items = items.filter_map(element).map(|item| plain(&item, depth));
        return PropertyValue::List(items.collect());
    }
    if let Some(table) = value.downcast::<CFDictionary>() {
        let members = members(&table).into_iter();
        let members = members.map(|(name, value)| (name, plain(&value, depth)));
        return PropertyValue::Table(members.collect());
    }
    PropertyValue::Other
}

/// The members of a dictionary whose keys are texts.
pub(super) fn members(table: &CFDictionary) -> BTreeMap<String, CFType> {
    let (keys, values) = table.get_keys_and_values();
    let members = keys.into_iter().zip(values).filter_map(|(key, value)| {
        let key = element(key)?.downcast::<CFString>()?;
        Some((key.to_string(), element(value)?))
    });
    members.collect()
}

/// An element of a collection that lives.
pub(super) fn element(pointer: *const c_void) -> Option<CFType> {
    // SAFETY: collections that the system makes hold objects of Core Foundation; this one is kept alive by being retained.
    (!pointer.is_null()).then(|| unsafe { CFType::wrap_under_get_rule(pointer) })
}

fn time(since_2001: f64) -> Option<Timestamp> {
    let seconds = since_2001 + UNTIL_2001;
    // Times outside of these years are none; within them no digit is lost.
    if !(-62_000_000_000.0..250_000_000_000.0).contains(&seconds) {
        return None;
    }
    #[allow(
        clippy::cast_possible_truncation,
        reason = "it is within the bounds above"
    )]
    let milliseconds = (seconds * 1000.0).round() as i64;
    Timestamp::from_millisecond(milliseconds).ok()
}
