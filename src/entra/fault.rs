//! Why nobody is signed in.

use uuid::Uuid;

use super::aadsts::Refusal;
use crate::network::NetworkFault;

/// What went wrong, in words that end a sentence. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInFault {
    /// The Azure CLI is not installed, or may not be asked here.
    #[error("the Azure CLI (az) is not found here")]
    NoAzureCli,
    /// The Azure CLI has no sign-in for the tenant, or it has ended.
    #[error(
        "the Azure CLI is not signed in to the organization's tenant, or its sign-in has ended"
    )]
    AzureCliSignedOut {
        /// The tenant.
        tenant: Uuid,
        /// What Microsoft Entra ID said of it, where it did.
        refusal: Option<Refusal>,
    },
    /// The Azure CLI gave no token for another reason.
    #[error("the Azure CLI gives no token: {0}")]
    AzureCli(String),
    /// Policy names no application to sign in with.
    #[error("no application is set for the sign-in (entra.client_id)")]
    NoClient,
    /// Microsoft Entra ID refused.
    #[error("{0}")]
    Refused(Refusal),
    /// The person said no.
    #[error("the sign-in was declined")]
    Declined,
    /// The service does not know its own code again.
    #[error("Microsoft Entra ID does not know the code again")]
    BadCode,
    /// Nobody signed in while there was time.
    #[error("nobody signed in while there was time")]
    TooLate,
    /// The person went away.
    #[error("the sign-in was stopped")]
    Stopped,
    /// The token is of another tenant.
    #[error("the sign-in is one of another tenant than the organization's")]
    OtherTenant {
        /// The organization's.
        tenant: Uuid,
        /// The token's, where it names one.
        found: Option<Uuid>,
    },
    /// What came is no access token for Azure DevOps.
    #[error("what came is no access token for Azure DevOps")]
    OtherToken,
    /// The token has ended already.
    #[error("the access token has ended already")]
    Ended,
    /// The sign-in wants to be asked less often.
    #[error("Microsoft Entra ID wants to be asked less often")]
    Busy,
    /// It answered with an error of its own.
    #[error("Microsoft Entra ID has trouble ({0})")]
    Down(u16),
    /// Something else than the sign-in answered, or in a way that nobody knows.
    #[error("something else than Microsoft Entra ID answered ({0})")]
    Strange(u16),
    /// No answer came.
    #[error("Microsoft Entra ID was not reached: {0}")]
    Network(#[from] NetworkFault),
    /// Nobody can be listened to on this workstation.
    #[error("the browser's answer cannot be listened for: {0}")]
    NoListener(String),
    /// The page does not open.
    #[error("the page for the sign-in does not open: {0}")]
    NoPage(String),
    /// The system gives no random bytes.
    #[error("{0}")]
    NoRandomness(String),
}

impl SignInFault {
    /// What to do about it: one whole sentence.
    pub fn next_step(&self) -> String {
        let step = match self {
            Self::NoAzureCli | Self::NoClient => {
                "Make the tokens by hand; or install the Azure CLI, or have entra.client_id set, and try again."
            }
            Self::AzureCliSignedOut {
                refusal: Some(refusal),
                tenant,
            } if !matches!(
                refusal.cause(),
                super::Cause::Old | super::Cause::SecondFactor | super::Cause::Unknown
            ) =>
            {
                return format!(
                    "{} Then type `az login --tenant {tenant}`.",
                    refusal.cause().next_step()
                );
            }
            Self::AzureCliSignedOut { tenant, .. } => {
                return format!("Type `az login --tenant {tenant}`, then try again.");
            }
            Self::OtherTenant { tenant, .. } => {
                return format!("Sign in with your work account of the tenant {tenant}.");
            }
            Self::AzureCli(_) => {
                "Type `az account show`: it says what is wrong; or make the tokens by hand."
            }
            Self::Refused(refusal) => refusal.cause().next_step(),
            Self::Declined => "Sign in again and agree; or make the tokens by hand.",
            Self::BadCode | Self::TooLate | Self::Ended => "Sign in again.",
            Self::Stopped => "Try again when you have a minute; nothing is lost.",
            Self::OtherToken | Self::Strange(_) => {
                "Look whether a proxy or a network's sign-in page stands between, then try again."
            }
            Self::Busy | Self::Down(_) => "Wait a minute, then try again.",
            Self::Network(_) => "Look whether the network is there, then try again.",
            Self::NoListener(_) | Self::NoPage(_) | Self::NoRandomness(_) => {
                "Type `az login` in a terminal with a browser; or make the tokens by hand."
            }
        };
        step.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_a_sentence_and_a_next_step() {
        let tenant = Uuid::from_u128(1);
        for fault in [
            SignInFault::NoAzureCli,
            SignInFault::AzureCliSignedOut {
                tenant,
                refusal: None,
            },
            SignInFault::AzureCliSignedOut {
                tenant,
                refusal: Some(Refusal::new(Some(53_003), "")),
            },
            SignInFault::AzureCli("it does not start".to_owned()),
            SignInFault::NoClient,
            SignInFault::Refused(Refusal::new(Some(50_020), "")),
            SignInFault::Declined,
            SignInFault::BadCode,
            SignInFault::TooLate,
            SignInFault::Stopped,
            SignInFault::OtherTenant {
                tenant,
                found: None,
            },
            SignInFault::OtherToken,
            SignInFault::Ended,
            SignInFault::Busy,
            SignInFault::Down(503),
            SignInFault::Strange(200),
            SignInFault::Network(NetworkFault::TooSlow),
            SignInFault::NoListener("x".to_owned()),
            SignInFault::NoPage("x".to_owned()),
            SignInFault::NoRandomness("the system has no random bytes".to_owned()),
        ] {
            let sentence = fault.to_string();
            assert!(
                sentence.len() > 15 && !sentence.ends_with('.'),
                "{sentence}"
            );
            let step = fault.next_step();
            assert!(step.ends_with('.'), "{step}");
            assert!(step.starts_with(char::is_uppercase), "{step}");
        }
    }
}
