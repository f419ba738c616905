//! What a slot's token is used for: a person gives each token no more scopes than that needs.

use super::Target;

/// What a token is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Repositories.
    Code,
    /// Feeds of packages.
    Packages,
    /// Tools that may do anything.
    Other,
}

/// Stores whose tokens are git's.
const CODE: [&str; 5] = [
    "gcm-files",
    "git-config",
    "git-credential-cache",
    "git-credential-store",
    "netrc",
];
/// Stores whose tokens are those of package managers.
const PACKAGES: [&str; 10] = [
    "cargo", "gradle", "maven", "npm", "nuget", "pip", "poetry", "pypirc", "uv", "yarn",
];

impl Purpose {
    /// The purpose of a slot, by its place and what it is addressed to.
    pub fn of(target: &Target<'_>) -> Self {
        let store = target.store();
        let vault = target.location().target.as_deref().unwrap_or_default();
        let feed = |text: &str| text.contains("pkgs.") || text.contains("_packaging/");
        if target.address().is_some_and(feed) || feed(vault) || PACKAGES.contains(&store) {
            Self::Packages
        } else if CODE.contains(&store) || vault.starts_with("git:") {
            Self::Code
        } else {
            Self::Other
        }
    }

    /// Its name, as people are asked about it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Code => "git",
            Self::Packages => "packages",
            Self::Other => "other tools",
        }
    }
}
