//! Every key of policy with what it takes: what reads the registry, checks the documents and writes
//! administrative templates has its list from here.

/// One key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyKey {
    /// As it is written in TOML with a dot between table and key: `clean.consent`.
    pub name: &'static str,
    /// What its value is.
    pub kind: KeyKind,
    /// What holds where nobody sets it, in the words of TOML; `None` where it is unset then.
    pub default: Option<&'static str>,
    /// What it is for: one plain sentence.
    pub about: &'static str,
}

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// `true` or `false`; in the registry also a number, 1 or 0.
    Bool,
    /// A whole number within these bounds, both included.
    Number {
        /// The smallest.
        min: u32,
        /// The greatest.
        max: u32,
    },
    /// One of these words, the default first.
    Choice(&'static [&'static str]),
    /// One line of text.
    Text,
    /// A time of RFC 3339, such as `2026-11-20T18:00:00Z`.
    Time,
    /// Any number of texts.
    List,
    /// One line of text that is shown nowhere.
    Secret,
    /// Organizations, each with a name and perhaps `connected_at` and `tenant`.
    Organizations,
}

/// Looks a key up.
pub fn key(name: &str) -> Option<&'static PolicyKey> {
    KEYS.iter().find(|key| key.name == name)
}

const fn key_of(
    name: &'static str,
    kind: KeyKind,
    default: Option<&'static str>,
    about: &'static str,
) -> PolicyKey {
    PolicyKey {
        name,
        kind,
        default,
        about,
    }
}

/// All keys, in the order of the documents.
pub const KEYS: &[PolicyKey] = &[
    key_of(
        "organizations",
        KeyKind::Organizations,
        None,
        "The Azure DevOps organizations that were connected to Microsoft Entra ID, with the time of the connection and their tenant.",
    ),
    key_of(
        "pats",
        KeyKind::Choice(&["regenerate", "only-if-broken"]),
        Some("regenerate"),
        "Whether personal access tokens from before the connection are to be made anew though they still work.",
    ),
    key_of(
        "clean.automatic",
        KeyKind::Bool,
        Some("true"),
        "Whether edits that lose nothing are made without a question of their own.",
    ),
    key_of(
        "clean.consent",
        KeyKind::Choice(&["ask", "never", "always"]),
        Some("ask"),
        "Whether edits that need the person's consent may be made; only the machine policy's word always counts for unattended runs.",
    ),
    key_of(
        "network.verify",
        KeyKind::Choice(&["ask", "never", "always"]),
        Some("ask"),
        "Whether Azure DevOps may be asked which tenant an organization has, and whether tokens still work: with never neither, with ask tokens only where --verify is typed.",
    ),
    key_of(
        "scan.roots",
        KeyKind::List,
        None,
        "The folders that are searched for repositories and project files, absolute or below ~/; the whole home where none is named.",
    ),
    key_of(
        "scan.exclude",
        KeyKind::List,
        None,
        "Names or paths of folders that are not entered, beside those of the built-in list.",
    ),
    key_of(
        "scan.deep",
        KeyKind::Choice(&["false", "true", "objects"]),
        Some("false"),
        "Whether the content of every file is read, and with the word objects that of git's objects too.",
    ),
    key_of(
        "undo.keep_days",
        KeyKind::Number { min: 0, max: 3650 },
        Some("7"),
        "For how many days a run can be taken back; 0 keeps nothing.",
    ),
    key_of(
        "report.paths",
        KeyKind::Choice(&["home-relative", "none", "full"]),
        Some("home-relative"),
        "How much of a path leaves the workstation in a report.",
    ),
    key_of(
        "report.person",
        KeyKind::Choice(&["name", "hash", "none"]),
        Some("name"),
        "How a report names the person.",
    ),
    key_of(
        "accept.allowed",
        KeyKind::Bool,
        Some("false"),
        "Whether findings that the person accepted count as compliant.",
    ),
    key_of(
        "collector.url",
        KeyKind::Text,
        None,
        "The https address of the collector that reports are sent to; without one they stay on the workstation.",
    ),
    key_of(
        "collector.enroll_secret",
        KeyKind::Secret,
        None,
        "What a workstation enrols with at the collector by itself.",
    ),
    key_of(
        "collector.ca_file",
        KeyKind::Text,
        None,
        "A PEM file with the certificate authority of the collector.",
    ),
    key_of(
        "collector.ring",
        KeyKind::Text,
        None,
        "The deployment ring that this workstation belongs to.",
    ),
    key_of(
        "guide.deadline",
        KeyKind::Time,
        None,
        "The time by which the person's steps must be done.",
    ),
    key_of(
        "guide.max_deferrals",
        KeyKind::Number { min: 0, max: 1000 },
        None,
        "How often a step may be put off.",
    ),
    key_of(
        "entra.client_id",
        KeyKind::Text,
        None,
        "The client id, a GUID, of your own application that the person signs in to Microsoft Entra ID with to renew access tokens; without one only a sign-in of the Azure CLI is used.",
    ),
];

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
