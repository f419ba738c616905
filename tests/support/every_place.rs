//! One credential of `contoso` for every place on Linux where one can lie, in every encoding that the place has.
//!
//! Not here, because they hold nothing in a home on Linux: `gcm-tenant-cache`, `visual-studio` and `sourcetree` (Windows
//! only); Windows Credential Manager, the macOS keychain, Secret Service and what tools keep in them (vaults);
//! `git-credential-cache` (memory of a running program); variables of the process (`--home` looks at no process);
//! values that Windows, Electron or an IDE has sealed (`msal_token_cache.bin`, `state.vscdb`, `c.kdbx`: no secret can be
//! read); Universal Packages (no secret on disk); `/etc` and other places of the machine (not below a home); what an
//! agent of Azure Pipelines made for itself (its own key). GitHub Desktop has names only. `GitKraken`, Fork,
//! Tower, `SmartGit`, Team Explorer Everywhere and Power BI have stores of their own that nobody describes.
//! Nor is it in the default scan: reflogs (git leaves passwords out of them), and whatever else only `--deep` reads.

#[path = "every_place/environment.rs"]
mod environment;
#[path = "every_place/git.rs"]
mod git;
#[path = "every_place/ide.rs"]
mod ide;
#[path = "every_place/packages.rs"]
mod packages;
#[path = "every_place/tools.rs"]
mod tools;

use sha2::{Digest as _, Sha512};

use super::planting::Text;
use super::support::tokens::{entra_jwt, pat52_of, pat84_of};
use super::support::{OLD_TENANT, TENANT};

/// Long past, and long from now.
const ENDED: i64 = 1_767_225_600;
const LIVING: i64 = 4_000_000_000;

pub const AUTOMATIC: &str = "automatic";
pub const CONSENT: &str = "consent";
pub const MANUAL: &str = "manual";

/// The remote of a repository of `contoso`.
pub const REMOTE: &str =
    "[remote \"origin\"]\n\turl = https://dev.azure.com/contoso/web/_git/app\n";

/// What a row plants, which decides what is said of it at each age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// An access token of 84 or 52 characters.
    Token,
    /// An access token of Entra in a slot of `contoso`.
    Bearer,
    /// An access token of Entra of which only its own tenant tells whose it is.
    SignIn,
    /// A tenant.
    Tenant,
    /// Nothing that can be read: only its file's time tells.
    Written,
}

/// Who else knows the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Custody {
    Own,
    /// A repository of git is above it and does not track it.
    Untracked,
    Tracked,
}

/// One credential in one place.
#[derive(Debug, Clone)]
pub struct Row {
    pub store: &'static str,
    pub kind: &'static str,
    pub holds: Holds,
    pub path: String,
    pub text: Text,
    /// Files that stand beside it and hold no credential.
    pub beside: Vec<(String, Text)>,
    pub organization: Option<&'static str>,
    pub remedy: &'static str,
    pub custody: Custody,
}

impl Row {
    pub fn beside(mut self, path: &str, text: &str) -> Self {
        self.beside.push((path.to_owned(), Text::new(text)));
        self
    }

    /// Nothing tells whose it is, so it is asked about.
    pub fn unknown(mut self) -> Self {
        self.organization = None;
        self
    }

    pub fn kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    pub fn holds(mut self, holds: Holds, kind: &'static str) -> Self {
        self.holds = holds;
        self.kind(kind)
    }

    pub fn tracked(mut self) -> Self {
        self.custody = Custody::Tracked;
        self.remedy = MANUAL;
        self
    }

    pub fn untracked(mut self) -> Self {
        self.custody = Custody::Untracked;
        self
    }

    /// What it holds at an age: the secret and the tenant. No two numbers give the same.
    pub fn planted(&self, number: usize, age: Age) -> (String, &'static str) {
        let bytes: [u8; 64] = Sha512::digest(format!("{number} {}", age.name())).into();
        let tenant = match (self.holds, age) {
            (_, Age::New) => TENANT,
            (Holds::Tenant, Age::OldFile) => "00000000-0000-0000-0000-000000000000",
            _ => OLD_TENANT,
        };
        let secret = match (self.holds, age) {
            (Holds::Bearer | Holds::SignIn, Age::OldFile) => entra_jwt(tenant, ENDED),
            // One more second for each row, so that no two are the same.
            (Holds::Bearer | Holds::SignIn, _) => {
                entra_jwt(tenant, LIVING + i64::try_from(number).unwrap())
            }
            (_, Age::OldMonth) => pat84_of('C', 'C', &bytes),
            (_, Age::OldFile) => pat52_of(bytes[..32].try_into().unwrap()),
            (_, Age::New) => pat84_of('C', 'K', &bytes),
        };
        (secret, tenant)
    }

    /// What the row is called in a failure.
    pub fn title(&self) -> String {
        format!("{} {} {:?}", self.store, self.path, self.text)
    }

    /// Verdict and the evidence that decides, at each age.
    pub fn expected(&self, age: Age) -> (&'static str, &'static str) {
        let unknown = self.organization.is_none();
        match (self.holds, age) {
            (Holds::Token, _) if unknown => ("unsure", "unknown-organization"),
            (Holds::Token, Age::OldMonth) => ("stale", "created-before-connection"),
            (Holds::Token | Holds::Written, Age::OldFile) => ("stale", "written-before-connection"),
            (Holds::Token, Age::New) => ("current", "created-after-connection"),
            (Holds::Written, Age::OldMonth | Age::New) => ("unsure", "written-after-connection"),
            (Holds::SignIn, Age::OldMonth) => ("unsure", "unknown-organization"),
            (Holds::SignIn | Holds::Bearer, Age::OldFile) => ("stale", "expired"),
            (Holds::Bearer | Holds::Tenant, Age::OldMonth) => ("stale", "tenant-differs"),
            (Holds::Tenant, Age::OldFile) => ("stale", "tenant-unset"),
            (Holds::SignIn | Holds::Bearer | Holds::Tenant, Age::New) => {
                ("current", "tenant-matches")
            }
        }
    }

    /// Whose it is, at each age: a sign-in of the organization's own tenant is the organization's.
    pub fn whose(&self, age: Age) -> Option<&'static str> {
        match (self.holds, age) {
            (Holds::SignIn, Age::New) => Some("contoso"),
            (Holds::SignIn, _) => None,
            _ => self.organization,
        }
    }
}

/// How old the planted credential is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Age {
    /// A token of 84 characters made before the connection, in a file written after it.
    OldMonth,
    /// A token of 52 characters in a file of before the connection.
    OldFile,
    /// A token of 84 characters made after the connection.
    New,
}

impl Age {
    pub const ALL: [Self; 3] = [Self::OldMonth, Self::OldFile, Self::New];

    pub fn name(self) -> &'static str {
        match self {
            Self::OldMonth => "84-old",
            Self::OldFile => "52-old",
            Self::New => "84-new",
        }
    }
}

/// A row of `contoso` in the person's own file.
pub fn row(store: &'static str, remedy: &'static str, path: &str, text: impl Into<String>) -> Row {
    Row {
        store,
        kind: "pat",
        holds: Holds::Token,
        path: path.to_owned(),
        text: Text::new(text),
        beside: Vec::new(),
        organization: Some("contoso"),
        remedy,
        custody: Custody::Own,
    }
}

/// Every row.
pub fn rows() -> Vec<Row> {
    [
        git::rows(),
        packages::rows(),
        tools::rows(),
        environment::rows(),
        ide::rows(),
    ]
    .concat()
}
