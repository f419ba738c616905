//! The places where credentials live: one file a place, grouped by who uses it.
//!
//! A store only reads. To add one, write its file and add one line to [`ALL`]; its name on the
//! command line, in JSON and in documents comes from its [`About`].

#[cfg(test)]
pub(crate) mod checks;
pub mod deep;
mod finder;
pub mod git;
pub mod packages;
#[cfg(test)]
mod places_page;
pub mod ssh;
pub mod tools;

pub use finder::{Finder, Found, Look};

/// What people are told of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// Its name on the command line and in JSON.
    pub name: &'static str,
    /// What it is, in a few words: the heading of its findings.
    pub title: &'static str,
    /// How its owner clears it: a command or a sentence.
    pub clears: &'static str,
}

/// One kind of place where credentials live.
pub trait Store: Sync {
    /// Its name and words.
    fn about(&self) -> About;

    /// Lower-case names of files that it wants to see wherever the walk meets them.
    fn project_files(&self) -> &'static [&'static str] {
        &[]
    }

    /// Looks at every place of this kind and tells the finder what is there.
    fn find(&self, finder: &mut Finder<'_>);
}

/// Every store, in the order of documents.
pub const ALL: &[&dyn Store] = &[
    &git::GcmTenantCache,
    &git::GcmAuthority,
    &git::GcmBinding,
    &git::GcmFiles,
    &git::GitConfig,
    &git::GitCredentialStore,
    &git::NetRc,
    &packages::Npm,
    &packages::Nuget,
    &packages::ArtifactsCredprovider,
    &packages::Pip,
    &packages::Pypirc,
    &packages::Cargo,
    &tools::AzureCliDevops,
    &tools::McpTenantCache,
    &ssh::SshKey,
    &ssh::SshConfig,
    &deep::Deep,
];
