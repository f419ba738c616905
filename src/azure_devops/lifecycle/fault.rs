//! Why the service did not do what was asked about tokens.

use memchr::memmem;
use serde::Deserialize;

use super::PatError;
use crate::network::{Answer, NetworkFault};

/// What went wrong, in words that end a sentence. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LifecycleFault {
    /// 401, or the way to a sign-in page: the access token is no longer good, or not one of a person.
    #[error(
        "the service does not take the sign-in ({0}): it has ended, or is not one of a person of the organization"
    )]
    SignIn(u16),
    /// TF400813: the identity is another than the one that the organization knows.
    #[error("the organization does not know the identity that you signed in with (TF400813)")]
    OtherIdentity,
    /// TF401444: the identity was never seen in the organization.
    #[error("the organization has not seen this identity yet (TF401444)")]
    NeverSeen,
    /// VS403463: the tenant's rules.
    #[error("the tenant's rules (Conditional Access) do not allow this (VS403463)")]
    ConditionalAccess,
    /// 403 for another reason.
    #[error("you may not do this in the organization (403)")]
    Forbidden,
    /// 404: no such organization, or no such token.
    #[error("the service finds no such organization or token (404)")]
    NotFound,
    /// 429, or 503 with a time to come back.
    #[error("the service wants to be asked less often")]
    Busy {
        /// After so many seconds it may be asked again, where it says so.
        seconds: Option<u64>,
    },
    /// Any other trouble of the service.
    #[error("the service has trouble ({0})")]
    Down(u16),
    /// A page in place of an answer.
    #[error("something else than the service answered with a page")]
    Page,
    /// An answer that nobody can read.
    #[error("the service's answer cannot be read")]
    Unreadable,
    /// Any other status.
    #[error("the service answered {0}")]
    Status(u16),
    /// More tokens than anybody has.
    #[error("the service lists more tokens than rekey looks at")]
    TooMany,
    /// The service says why, by name.
    #[error("{0}")]
    Refused(PatError),
    /// No whole answer came.
    #[error("the service was not reached: {0}")]
    Network(#[from] NetworkFault),
}

/// What the service says in JSON beside a status.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    #[serde(default)]
    pat_token_error: Option<String>,
}

impl LifecycleFault {
    /// What an answer that is no success says.
    pub(super) fn of(answer: &Answer) -> Self {
        if answer.is_json()
            && let Ok(complaint) = serde_json::from_slice::<Complaint>(&answer.body)
            && let Some(error) = complaint
                .pat_token_error
                .as_deref()
                .and_then(PatError::named)
        {
            return Self::Refused(error);
        }
        let says = |code: &str| memmem::find(&answer.body, code.as_bytes()).is_some();
        match answer.status {
            401 | 403 if says("TF401444") => Self::NeverSeen,
            401 | 403 if says("TF400813") => Self::OtherIdentity,
            401 | 403 if says("VS403463") => Self::ConditionalAccess,
            status @ (203 | 301 | 302 | 303 | 307 | 401) => Self::SignIn(status),
            403 => Self::Forbidden,
            404 => Self::NotFound,
            429 => Self::Busy {
                seconds: answer.retry_after_seconds(),
            },
            503 if answer.retry_after_seconds().is_some() => Self::Busy {
                seconds: answer.retry_after_seconds(),
            },
            status @ 500..=599 => Self::Down(status),
            200..=299 if !answer.is_json() => Self::Page,
            200..=299 => Self::Unreadable,
            status => Self::Status(status),
        }
    }

    /// What to do about it: one whole sentence.
    pub fn next_step(&self) -> String {
        let step = match self {
            Self::SignIn(_) | Self::OtherIdentity => {
                "Sign in again with your work account of the organization's tenant."
            }
            Self::NeverSeen => {
                "Open the organization once in the browser with your work account, then try again."
            }
            Self::ConditionalAccess => {
                "Use a workstation and a network that your organization manages, or make the tokens by hand."
            }
            Self::Forbidden => "Ask the organization's administrator, or make the tokens by hand.",
            Self::NotFound => "Look whether the organization's name is right.",
            Self::Busy {
                seconds: Some(seconds),
            } => return format!("Try again in {seconds} seconds."),
            Self::Busy { seconds: None } | Self::Down(_) => "Wait a minute, then try again.",
            Self::Page => {
                "Look whether a proxy or a network's sign-in page stands between, then try again."
            }
            Self::Unreadable | Self::Status(_) => "Try again later; or make the tokens by hand.",
            Self::TooMany => {
                "Revoke what is no longer needed on the organization's page for tokens, then try again."
            }
            Self::Refused(error) => error.next_step(),
            Self::Network(_) => "Look whether the network is there, then try again.",
        };
        step.to_owned()
    }

    /// Whether every other request would meet the same.
    pub fn is_general(&self) -> bool {
        match self {
            Self::NotFound | Self::Unreadable | Self::TooMany | Self::Status(_) => false,
            Self::Refused(error) => matches!(
                error,
                PatError::DisablePatCreationPolicyViolation | PatError::AccessDenied
            ),
            _ => true,
        }
    }

    /// Whether the service may have done what was asked all the same.
    pub fn may_be_done(&self) -> bool {
        match self {
            // What could not even be sent was not done.
            Self::Network(fault) => !matches!(
                fault,
                NetworkFault::Request(_)
                    | NetworkFault::Proxy(_)
                    | NetworkFault::Certificates { .. }
            ),
            Self::Down(_) | Self::Page | Self::Unreadable => true,
            // 4xx is a word on the request; nobody knows what else there may be.
            Self::Status(status) => !(400..500).contains(status),
            _ => false,
        }
    }
}
