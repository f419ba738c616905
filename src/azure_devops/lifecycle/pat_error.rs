//! Why the service makes or revokes no token: its `patTokenError` (learn.microsoft.com, REST reference "Pats",
//! `SessionTokenError`).

use std::fmt;

/// Declares each error with its name on the wire, what it says, and what to do.
macro_rules! errors {
    ($($variant:ident $name:literal $sentence:literal $next:ident),+ $(,)?) => {
        /// A refusal that the service has a name for.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum PatError {
            $(#[doc = concat!("`", $name, "`.")] $variant,)+
            /// One that this version does not know, by its name.
            Unknown(String),
        }

        impl PatError {
            /// Every one that is known.
            pub const KNOWN: &[Self] = &[$(Self::$variant),+];

            /// Reads its name on the wire; `None` for `none`.
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    "none" | "" => None,
                    $($name => Some(Self::$variant),)+
                    other => Some(Self::Unknown(word(other))),
                }
            }

            /// Its name on the wire.
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)+
                    Self::Unknown(name) => name,
                }
            }

            fn sentence(&self) -> &'static str {
                match self {
                    $(Self::$variant => $sentence,)+
                    Self::Unknown(_) => "the service refuses for a reason that rekey does not know",
                }
            }

            fn step(&self) -> Step {
                match self {
                    $(Self::$variant => Step::$next,)+
                    Self::Unknown(_) => Step::ByHand,
                }
            }
        }
    };
}

errors! {
    DisplayNameRequired "displayNameRequired" "the token needs a name" Report,
    InvalidDisplayName "invalidDisplayName" "the service does not take the token's name" ByHand,
    InvalidValidTo "invalidValidTo" "the service does not take the day on which the token is to end" Clock,
    InvalidScope "invalidScope" "the service does not know what the token is to be allowed" ByHand,
    UserIdRequired "userIdRequired" "the service does not see who you are" SignIn,
    InvalidUserId "invalidUserId" "the organization does not know the identity that you signed in with" OpenOnce,
    InvalidUserType "invalidUserType" "this kind of account cannot have tokens" SignIn,
    AccessDenied "accessDenied" "you may not make tokens in this organization" Administrator,
    FailedToIssueAccessToken "failedToIssueAccessToken" "the service could not make the token" Later,
    InvalidClient "invalidClient" "the service does not take the application that you signed in with" Application,
    InvalidClientType "invalidClientType" "the service does not take this kind of application" Application,
    InvalidClientId "invalidClientId" "the service does not know the application that you signed in with" Application,
    InvalidTargetAccounts "invalidTargetAccounts" "the organization cannot have a token of yours" OpenOnce,
    HostAuthorizationNotFound "hostAuthorizationNotFound" "the organization does not know you yet" OpenOnce,
    AuthorizationNotFound "authorizationNotFound" "the service does not find the token" Look,
    FailedToUpdateAccessToken "failedToUpdateAccessToken" "the service could not change the token" Later,
    SourceNotSupported "sourceNotSupported" "the service does not take tokens from this source" ByHand,
    InvalidSourceIp "invalidSourceIP" "the organization does not take this network's address" Network,
    InvalidSource "invalidSource" "the service does not take requests from this source" Network,
    DuplicateHash "duplicateHash" "the service made a token that it had made before" Later,
    SshPolicyDisabled "sshPolicyDisabled" "the organization allows no SSH keys" Administrator,
    InvalidToken "invalidToken" "the service does not take the token" Look,
    TokenNotFound "tokenNotFound" "the service does not find the token" Look,
    InvalidAuthorizationId "invalidAuthorizationId" "the service does not know the token's id" Look,
    FailedToReadTenantPolicy "failedToReadTenantPolicy" "the service could not read the tenant's rules for tokens" Later,
    GlobalPatPolicyViolation "globalPatPolicyViolation" "the tenant allows no token for all organizations" ByHand,
    FullScopePatPolicyViolation "fullScopePatPolicyViolation" "the tenant allows no token that may do everything" LeastScope,
    PatLifespanPolicyViolation "patLifespanPolicyViolation" "the tenant allows only tokens that end sooner" Shorter,
    InvalidTokenType "invalidTokenType" "the service does not take this kind of token" ByHand,
    InvalidAudience "invalidAudience" "the sign-in is not for Azure DevOps" SignIn,
    InvalidSubject "invalidSubject" "the sign-in is not one of a person" SignIn,
    DeploymentHostNotSupported "deploymentHostNotSupported" "the address is not one of an organization" Report,
    DisablePatCreationPolicyViolation "disablePatCreationPolicyViolation" "the organization allows no new personal access tokens" Oauth,
    ExpiredPatCannotBeExtended "expiredPatCannotBeExtended" "a token that has ended cannot be made to last longer" Again,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    ByHand,
    LeastScope,
    Shorter,
    Oauth,
    SignIn,
    OpenOnce,
    Administrator,
    Application,
    Network,
    Clock,
    Later,
    Look,
    Again,
    Report,
}

impl Step {
    fn sentence(self) -> &'static str {
        match self {
            Self::ByHand => "Make the token by hand on the organization's page for tokens.",
            Self::LeastScope => {
                "Take a token that may do only what is needed: Code (read & write), or Packaging (read)."
            }
            Self::Shorter => {
                "Make a token by hand that ends as soon as the page asks for, or ask your administrator how long it may last."
            }
            Self::Oauth => {
                "Use OAuth with Git Credential Manager instead (credential.azreposCredentialType=oauth), or ask your administrator to put you on the list of those who may make tokens."
            }
            Self::SignIn => "Sign in again with your work account of the organization's tenant.",
            Self::OpenOnce => {
                "Open the organization once in the browser with your work account, then try again."
            }
            Self::Administrator => "Ask the organization's administrator.",
            Self::Application => {
                "Ask your administrator to give the application of entra.client_id the permission user_impersonation of Azure DevOps, or sign in with `az login`."
            }
            Self::Network => "Try again from your organization's network, or over its VPN.",
            Self::Clock => "Look whether this workstation's clock is right, then try again.",
            Self::Later => "Wait a minute, then try again.",
            Self::Look => {
                "Look at the organization's page for tokens: it may have been revoked there already."
            }
            Self::Again => "Make a new token instead.",
            Self::Report => "Make the token by hand, and tell us: rekey asked in a wrong way.",
        }
    }
}

impl PatError {
    /// What to do about it: one whole sentence.
    pub fn next_step(&self) -> &'static str {
        self.step().sentence()
    }

    /// Whether it says that there is no such token any more.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::AuthorizationNotFound | Self::TokenNotFound)
    }
}

/// In words that end a sentence, with the name that an administrator can look up.
impl fmt::Display for PatError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.sentence(), self.name())
    }
}

/// The letters of a name; anybody could put other text in its place.
fn word(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.take(60).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_error_has_a_sentence_and_a_next_step() {
        let unknown = PatError::Unknown("somethingNew".to_owned());
        for error in PatError::KNOWN.iter().chain([&unknown]) {
            assert_eq!(PatError::named(error.name()).as_ref(), Some(error));
            let text = error.to_string();
            assert!(text.ends_with(&format!("({})", error.name())), "{text}");
            assert!(text.len() > error.name().len() + 20, "{text}");
            let step = error.next_step();
            assert!(
                step.ends_with('.') && step.starts_with(char::is_uppercase),
                "{step}"
            );
        }
    }

    #[test]
    fn every_error_of_the_reference_is_known_once() {
        let names: BTreeSet<&str> = PatError::KNOWN.iter().map(PatError::name).collect();
        assert_eq!(names.len(), PatError::KNOWN.len());
        assert_eq!(names.len(), 34);
        assert_eq!(PatError::named("none"), None);
    }

    #[test]
    fn the_name_of_an_unknown_error_is_a_word() {
        let error = PatError::named("\u{1b}[2Jnew error<b>");
        assert_eq!(error, Some(PatError::Unknown("2Jnewerrorb".to_owned())));
    }
}
