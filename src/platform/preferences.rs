//! Preferences that management has set for rekey on macOS, behind one trait.

#[cfg(target_os = "macos")]
mod managed;
#[cfg(test)]
pub(crate) mod memory;

use crate::model::PropertyValue;

#[cfg(target_os = "macos")]
pub(super) use managed::Managed;

/// The domain of rekey's preferences.
pub const DOMAIN: &str = "dev.rekey.agent";

/// What a configuration profile, or another way of management, imposes on the person.
pub trait Preferences: Send + Sync {
    /// The names that are set, as far as they can be listed: there may be more, and some of them may not be imposed.
    fn names(&self) -> Vec<String>;

    /// The value of a name, where the person cannot change it. What they set themselves is none.
    fn forced(&self, name: &str) -> Option<PropertyValue>;

    /// The value of a name in the preferences of another program, whoever has set it.
    fn of_program(&self, domain: &str, name: &str) -> Option<PropertyValue>;
}
