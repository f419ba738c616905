//! What IT and the person have set, and which of them wins.

mod consent;
mod environment;
mod layer;
mod resolve;

pub use consent::{Decision, Mode, decide};
pub use environment::environment;
pub(crate) use layer::parse_time;
pub use layer::{CollectorKeys, Layer, LayerOrganization, Origin, PolicyFault};
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
        /// Nothing.
        None,
        /// The part below the home.
        HomeRelative,
        /// All of it.
        Full,
    }
}

policy_words! {
    /// How a report names the person.
    ReportPerson {
        /// Not at all.
        None,
        /// By a hash of the sign-in name.
        Hash,
        /// By the sign-in name.
        Name,
    }
}
