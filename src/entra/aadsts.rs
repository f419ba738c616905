//! What Microsoft Entra ID means with its error codes (learn.microsoft.com, "Microsoft Entra authentication and
//! authorization error codes").

use std::fmt;

/// What stands in the way, and so who can do something about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It is not an account of the tenant.
    Account,
    /// The account cannot sign in at all.
    AccountClosed,
    /// There is no such tenant.
    Tenant,
    /// The tenant's rules do not allow this way of signing in.
    Rules,
    /// The tenant's rules ask for a workstation that it manages.
    Device,
    /// The tenant's rules ask for a second factor.
    SecondFactor,
    /// The sign-in is too old.
    Old,
    /// The code was used, or is too old.
    Code,
    /// Nobody agreed that the application may act for the person.
    Consent,
    /// The application is unknown in the tenant, or closed to the person.
    Application,
    /// The application is not set up for such a sign-in.
    Setup,
    /// Azure DevOps is unknown in the tenant.
    Resource,
    /// The service is busy or broken.
    Busy,
    /// Anything else.
    Unknown,
}

/// The codes whose cause is known.
const CODES: &[(u32, Cause)] = &[
    (16_000, Cause::Account),
    (50_020, Cause::Account),
    (50_034, Cause::Account),
    (51_004, Cause::Account),
    (90_072, Cause::Account),
    (50_053, Cause::AccountClosed),
    (50_055, Cause::AccountClosed),
    (50_057, Cause::AccountClosed),
    (90_002, Cause::Tenant),
    (900_021, Cause::Tenant),
    (900_023, Cause::Tenant),
    (50_005, Cause::Rules),
    (50_199, Cause::Rules),
    (53_003, Cause::Rules),
    (53_011, Cause::Rules),
    (530_034, Cause::Rules),
    (530_035, Cause::Rules),
    (530_036, Cause::Rules),
    (50_097, Cause::Device),
    (53_000, Cause::Device),
    (53_001, Cause::Device),
    (53_002, Cause::Device),
    (53_009, Cause::Device),
    (530_002, Cause::Device),
    (530_003, Cause::Device),
    (50_072, Cause::SecondFactor),
    (50_074, Cause::SecondFactor),
    (50_076, Cause::SecondFactor),
    (50_078, Cause::SecondFactor),
    (50_079, Cause::SecondFactor),
    (50_158, Cause::SecondFactor),
    (53_004, Cause::SecondFactor),
    (50_132, Cause::Old),
    (50_133, Cause::Old),
    (50_173, Cause::Old),
    (70_043, Cause::Old),
    (70_044, Cause::Old),
    (700_081, Cause::Old),
    (700_082, Cause::Old),
    (700_084, Cause::Old),
    (54_005, Cause::Code),
    (70_000, Cause::Code),
    (70_008, Cause::Code),
    (70_018, Cause::Code),
    (70_019, Cause::Code),
    (501_481, Cause::Code),
    (65_001, Cause::Consent),
    (65_004, Cause::Consent),
    (90_008, Cause::Consent),
    (90_094, Cause::Consent),
    (90_095, Cause::Consent),
    (50_105, Cause::Application),
    (70_001, Cause::Application),
    (700_016, Cause::Application),
    (7_000_112, Cause::Application),
    (50_011, Cause::Setup),
    (50_194, Cause::Setup),
    (70_002, Cause::Setup),
    (700_025, Cause::Setup),
    (7_000_218, Cause::Setup),
    (9_002_326, Cause::Setup),
    (500_011, Cause::Resource),
    (650_052, Cause::Resource),
    (650_057, Cause::Resource),
    (90_033, Cause::Busy),
    (90_055, Cause::Busy),
];

impl Cause {
    /// What is in the way, in words that end a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Account => {
                "this account does not belong to the organization's tenant: it is a Microsoft account, or another tenant's"
            }
            Self::AccountClosed => {
                "this account cannot sign in: it is locked or disabled, or its password has ended"
            }
            Self::Tenant => "Microsoft Entra ID knows no such tenant",
            Self::Rules => {
                "the tenant's rules (Conditional Access) do not allow this way of signing in"
            }
            Self::Device => {
                "the tenant's rules (Conditional Access) ask for a workstation that it manages"
            }
            Self::SecondFactor => "the tenant's rules ask for a second factor",
            Self::Old => "the sign-in has ended",
            Self::Code => "the code was used already, or is too old",
            Self::Consent => "nobody has agreed that the application may act for you",
            Self::Application => {
                "the application of the sign-in is unknown in this tenant, or not open to you"
            }
            Self::Setup => {
                "the application of the sign-in is not set up for a program on a workstation"
            }
            Self::Resource => "Azure DevOps is not known in this tenant",
            Self::Busy => "Microsoft Entra ID is busy",
            Self::Unknown => "Microsoft Entra ID refuses the sign-in",
        }
    }

    /// What to do about it: one whole sentence.
    pub fn next_step(self) -> &'static str {
        match self {
            Self::Account => {
                "Sign in with the work account that the organization knows you by, or ask its administrator to invite you."
            }
            Self::AccountClosed => "Ask your administrator to open the account again.",
            Self::Tenant => {
                "Compare --tenant, or the tenant in the policy, with the one on the organization's page for Microsoft Entra."
            }
            Self::Rules => {
                "Make the tokens by hand, or ask your administrator to allow this sign-in."
            }
            Self::Device => {
                "Use a workstation that your organization manages, or make the tokens by hand."
            }
            Self::SecondFactor => {
                "Sign in once in the browser with your second factor, then try again."
            }
            Self::Old | Self::Code => "Sign in again.",
            Self::Consent => "Ask your administrator to agree to the application for everybody.",
            Self::Application => {
                "Ask your administrator to compare the policy entra.client_id with the application's id, and to let you use it."
            }
            Self::Setup => {
                "Ask your administrator to give the application the address http://localhost and to allow public client flows."
            }
            Self::Resource => {
                "Open the organization once in the browser with your work account, then try again."
            }
            Self::Busy => "Wait a minute, then try again.",
            Self::Unknown => "Make the tokens by hand, and show the code to your administrator.",
        }
    }
}

/// A sign-in that Microsoft Entra ID refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The number of `AADSTS…`, where it gave one.
    pub code: Option<u32>,
    /// The word of OAuth, such as `invalid_grant`, where it is one.
    pub error: Option<String>,
}

impl Refusal {
    /// The word, where it is one: anybody could put other text in its place.
    pub(super) fn new(code: Option<u32>, error: &str) -> Self {
        let is_word = error
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let error = (is_word && (1..=40).contains(&error.len())).then(|| error.to_owned());
        Self { code, error }
    }

    /// What stands in the way.
    pub fn cause(&self) -> Cause {
        let known = CODES.iter().find(|(code, _)| Some(*code) == self.code);
        match (known, self.error.as_deref()) {
            (Some((_, cause)), _) => *cause,
            (None, Some("unauthorized_client" | "invalid_client")) => Cause::Setup,
            (None, Some("consent_required")) => Cause::Consent,
            (None, Some("temporarily_unavailable" | "server_error")) => Cause::Busy,
            (None, _) => Cause::Unknown,
        }
    }

    /// Whether the browser of this workstation may do what a code on another device may not.
    pub fn browser_may_do(&self) -> bool {
        matches!(
            self.cause(),
            Cause::Rules | Cause::Device | Cause::SecondFactor
        )
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.cause().sentence())?;
        match (self.code, &self.error) {
            (Some(code), _) => write!(formatter, " (AADSTS{code})"),
            (None, Some(error)) => write!(formatter, " ({error})"),
            (None, None) => Ok(()),
        }
    }
}

/// The number after the first `AADSTS` of a text.
pub(super) fn code_in(text: &str) -> Option<u32> {
    let (_, rest) = text.split_once("AADSTS")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    rest.get(..digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(53_003, "do not allow this way")]
    #[case(50_199, "do not allow this way")]
    #[case(50_020, "does not belong")]
    #[case(90_072, "does not belong")]
    #[case(900_021, "no such tenant")]
    #[case(50_076, "second factor")]
    #[case(65_001, "agreed")]
    #[case(700_016, "unknown in this tenant")]
    #[case(7_000_218, "not set up")]
    #[case(700_082, "has ended")]
    #[case(1, "refuses the sign-in")]
    fn a_code_is_told_in_plain_words(#[case] code: u32, #[case] words: &str) {
        let refusal = Refusal::new(Some(code), "invalid_grant");
        let text = refusal.to_string();
        assert!(text.contains(words), "{text}");
        assert!(text.ends_with(&format!("(AADSTS{code})")), "{text}");
        assert!(refusal.cause().next_step().ends_with('.'));
    }

    #[test]
    fn each_code_is_listed_once() {
        let codes: BTreeSet<u32> = CODES.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes.len(), CODES.len());
    }

    #[test]
    fn a_word_of_oauth_is_shown_and_no_other_text() {
        assert!(
            Refusal::new(None, "invalid_client")
                .to_string()
                .ends_with("(invalid_client)")
        );
        for text in ["", "hunter2", "<b>", &"a".repeat(41)] {
            assert_eq!(Refusal::new(None, text).error, None);
        }
    }

    #[test]
    fn the_code_is_found_in_what_is_said() {
        assert_eq!(code_in("AADSTS50020: User account 'x' from"), Some(50_020));
        assert_eq!(code_in("ERROR: AADSTS700082."), Some(700_082));
        for none in ["", "AADSTS", "AADSTS99999999999", "nothing"] {
            assert_eq!(code_in(none), None);
        }
    }
}
