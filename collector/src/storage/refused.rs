//! Enrolments that were refused: why, how often, and the newest of them.

use async_trait::async_trait;
use jiff::Timestamp;

use super::Result;

/// Declares each reason once: its word on the wire and in the database, and what the caller does about it.
macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $sentence:literal;)*) => {
        /// Why an enrolment is refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Refusal { $($(#[$doc])* $name,)* }

        impl Refusal {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The fixed word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// What happened and what to do, for whoever enrols.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence,)* }
            }
        }
    };
}

refusals! {
    /// No secret has this hash.
    UnknownSecret = "unknown-secret",
        "This enrolment secret is not known. Ask your admin for the one of this collector.";
    /// Its time is over.
    SecretExpired = "secret-expired",
        "This enrolment secret has expired. Ask your admin for a new one.";
    /// It enrolled as many devices as it may.
    SecretUsedUp = "secret-used-up",
        "This enrolment secret has enrolled as many workstations as it may. Ask your admin for another one.";
    /// An admin ended it.
    SecretRevoked = "secret-revoked",
        "This enrolment secret was revoked. Ask your admin for the one of now.";
    /// It is bound to another machine or person.
    SecretNotForThisDevice = "secret-not-for-this-device",
        "This enrolment secret is for another workstation or person. Ask your admin for one for this workstation.";
    /// An id is missing.
    BadDevice = "bad-device",
        "The ids of the machine and of the person must not be empty. Update the agent, and enrol again.";
    /// The machine id is one that many machines have.
    PlaceholderMachineId = "placeholder-machine-id",
        "This machine id is a placeholder that many machines share, so workstations could not be told apart. Update the agent, which makes an id of its own, and enrol again.";
    /// Too many at once.
    TooManyEnrolments = "too-many-enrolments",
        "There were too many enrolments in a short time. Wait as long as Retry-After says, and try again.";
}

/// An enrolment that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedEnrolment {
    /// When.
    pub at: Timestamp,
    /// The fixed word.
    pub reason: String,
    /// What the machine calls itself.
    pub machine_name: String,
    /// The name of the secret; empty for an unknown one.
    pub secret_name: String,
    /// From which address; empty where it is not known.
    pub address: String,
}

/// What was refused since some time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RefusedEnrolments {
    /// By the fixed word, the most frequent first.
    pub counts: Vec<(String, u64)>,
    /// The newest.
    pub newest: Vec<RefusedEnrolment>,
}

/// What is kept of refused enrolments.
#[async_trait]
pub trait RefusedLog {
    /// Counts a refusal that the database had no part in.
    async fn note_refused(&self, refused: RefusedEnrolment) -> Result<()>;

    /// Counted by the hour, from the hour of `since` on; at most `limit` of the newest.
    async fn refused_enrolments(&self, since: Timestamp, limit: u32) -> Result<RefusedEnrolments>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_says_what_to_do() {
        for refusal in Refusal::ALL {
            let sentences = refusal.sentence().matches(". ").count();
            assert!(sentences >= 1, "{}", refusal.as_str());
        }
    }
}
