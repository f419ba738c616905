//! The places where credentials live: one file a place, grouped by who uses it.
//!
//! A store only reads. To add one, write its file and add one line to [`ALL`]; its name on the
//! command line, in JSON and in documents comes from its [`About`].

#[cfg(test)]
pub(crate) mod checks;
pub mod deep;
mod dpapi;
#[cfg(test)]
mod editors_tests;
pub mod environment;
mod finder;
mod folders;
pub mod git;
pub mod ide;
mod json_slots;
mod limits;
mod names;
mod owner;
pub mod packages;
#[cfg(test)]
mod places_page;
pub mod ssh;
pub mod tools;
pub mod vault;

pub use finder::{Finder, Found, Look};
pub use limits::Limits;

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

    /// Lower-case names of files that it wants to see wherever the walk meets them: `.npmrc`, or with a
    /// `*` at one side `.env*` and `*.tfvars`. A file that fits two of them comes twice.
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
    &git::GitCredentialCache,
    &git::NetRc,
    &vault::OsVault,
    &packages::Npm,
    &packages::Yarn,
    &packages::Nuget,
    &packages::ArtifactsCredprovider,
    &packages::Pip,
    &packages::Pypirc,
    &packages::Poetry,
    &packages::Uv,
    &packages::Maven,
    &packages::Gradle,
    &packages::Cargo,
    &tools::AzureCliDevops,
    &tools::AzureCli,
    &tools::Tfx,
    &tools::Vsce,
    &tools::Vsteam,
    &tools::Terraform,
    &tools::McpTenantCache,
    &tools::McpConfig,
    &tools::DotnetUserSecrets,
    &tools::PipelinesAgent,
    &ssh::SshKey,
    &ssh::SshConfig,
    &environment::Environment,
    &environment::ShellProfile,
    &environment::Dotenv,
    &environment::ShellHistory,
    &ide::VisualStudio,
    &ide::VsCode,
    &ide::JetBrains,
    &ide::GitHubDesktop,
    &ide::Sourcetree,
    &tools::MsalCache,
    &deep::Deep,
];
