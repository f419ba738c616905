//! Why a sign-in at the provider did not succeed.

/// What went wrong, told in the words of whoever has to mend it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("The sign-in service does not answer: {0}")]
    Away(String),
    #[error("The sign-in service refuses this collector: {0}")]
    Settings(String),
    #[error("The sign-in was cancelled.")]
    Cancelled,
    #[error("The sign-in service did not let you in: {0}")]
    Refused(String),
    #[error("The sign-in took too long, or was begun in another browser.")]
    NotBegunHere,
    #[error("The sign-in service no longer takes this code.")]
    CodeSpent,
    #[error("What the sign-in service said cannot be trusted: {0}")]
    NotTrusted(String),
    #[error("The account is of another tenant.")]
    OtherTenant,
    #[error("The account has no role here.")]
    NoRole(Box<NoRole>),
}

/// An account without a role, and what its token says instead.
#[derive(Debug)]
pub(crate) struct NoRole {
    pub(crate) name: String,
    pub(crate) claim: String,
    /// None where the token has no such claim at all.
    pub(crate) values: Option<Vec<String>>,
    /// Entra leaves groups out of a token when there are too many of them.
    pub(crate) left_out: bool,
}

impl Trouble {
    /// The fixed word for the audit log and the program's log.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Self::Away(_) => "provider-away",
            Self::Settings(_) => "provider-settings",
            Self::Cancelled => "cancelled",
            Self::Refused(_) => "provider-refused",
            Self::NotBegunHere => "not-begun-here",
            Self::CodeSpent => "code-spent",
            Self::NotTrusted(_) => "not-trusted",
            Self::OtherTenant => "other-tenant",
            Self::NoRole(_) => "no-role",
        }
    }
}
