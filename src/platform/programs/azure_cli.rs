//! The Azure CLI, which may hold a sign-in of the person's.

use std::ffi::OsString;
use std::path::PathBuf;

use super::{
    Call, ProgramFault, Programs, Said,
    bounded::{self, Manner},
    find_file_in,
};

/// On Windows it is a script, which the system's own interpreter runs.
const NAME: &str = if cfg!(windows) { "az.cmd" } else { "az" };

/// The most that is heard of its complaints, in bytes.
const COMPLAINTS: usize = 16 * 1024;

/// Where its settings are, and how it reaches the network: an access token that has ended is renewed over it.
const PASSED: &[&str] = &[
    "AZURE_CONFIG_DIR",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "ComSpec",
    "PATHEXT",
];

/// What keeps it from asking, from installing anything and from telling Microsoft how it is used
/// (learn.microsoft.com, "Azure CLI configuration").
const QUIET: &[(&str, &str)] = &[
    ("AZURE_CORE_DISABLE_CONFIRM_PROMPT", "true"),
    ("AZURE_CORE_COLLECT_TELEMETRY", "false"),
    ("AZURE_CORE_NO_COLOR", "true"),
    ("AZURE_CORE_ONLY_SHOW_ERRORS", "true"),
    ("AZURE_CORE_LOGIN_EXPERIENCE_V2", "off"),
    ("AZURE_EXTENSION_USE_DYNAMIC_INSTALL", "no"),
];

/// What it may see beside all that other programs may.
pub(super) fn environment(
    variable: impl Fn(&str) -> Option<OsString>,
) -> Vec<(OsString, OsString)> {
    let passed = PASSED
        .iter()
        .filter_map(|name| Some((OsString::from(name), variable(name)?)));
    let quiet = QUIET
        .iter()
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
    passed.chain(quiet).collect()
}

impl Programs {
    /// The Azure CLI, where it is installed.
    pub fn azure_cli(&self) -> Option<PathBuf> {
        find_file_in(&self.folders, NAME)
    }

    /// Asks the Azure CLI something; what it complains of is heard too.
    ///
    /// # Errors
    /// A [`ProgramFault`].
    pub fn ask_azure_cli(&self, call: &Call<'_>) -> Result<Said, ProgramFault> {
        let environment = [self.environment.as_slice(), self.of_azure_cli.as_slice()].concat();
        let manner = Manner {
            most_errors: COMPLAINTS,
            ..Manner::default()
        };
        bounded::run(call, &environment, manner)
    }
}
