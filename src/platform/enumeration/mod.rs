//! What Windows tells of the entries of a folder while it lists them: names, attributes, tags.
//!
//! What the bytes mean is read here, on any system; [`Directory`] asks Windows for them.

mod record;
#[cfg(windows)]
mod windows;

pub(crate) use record::Entry;
#[cfg(windows)]
pub(crate) use windows::{Directory, Room};
