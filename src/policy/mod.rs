//! What IT and the person have set, and which of them wins.

mod consent;
mod environment;
mod expand;
pub mod keys;
mod layer;
mod nearest;
mod preferences;
mod registry;
mod resolve;
#[cfg(test)]
mod templates;
mod values;

pub use consent::{Decision, FORBIDDEN, Mode, decide, decide_address, is_forbidden};
pub use environment::environment;
pub(crate) use layer::parse_time;
pub use layer::{CollectorKeys, Layer, LayerOrganization, Origin, PolicyFault};
pub use preferences::from_preferences;
pub use registry::from_registry;
pub use resolve::{Collector, Settings, resolve};

/// Declares an ordered word of a policy key: the earlier a word stands, the less it allows.
macro_rules! policy_words {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$variant_meta])* $variant),+ }
    };
}

policy_words! {
    /// Whether something may be done.
    Leave {
        /// Not at all.
        Never,
        /// After the person agreed.
        Ask,
        /// Without asking.
        Always,
    }
}

policy_words! {
    /// How much of a path a report tells.
    ReportPaths {
        /// No path, and no text that names one, leaves the workstation.
        None,
        /// The home folder is written `~`; other paths are whole.
        HomeRelative,
        /// Paths as they are.
        Full,
    }
}

policy_words! {
    /// How a report names the person.
    ReportPerson {
        /// By a random id that holds for one machine.
        None,
        /// By a pseudonym: the first 16 hex digits of the SHA-256 of the sign-in name in lower case. It is the
        /// same on every machine, so that a person counts once; whoever has a list of names can find the one
        /// that fits.
        Hash,
        /// By the sign-in name.
        Name,
    }
}
