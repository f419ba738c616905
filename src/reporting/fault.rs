//! What can go wrong with a collector: what, where, and what to do.

use std::path::PathBuf;

use crate::model::typed_path;
use crate::state::StateFault;

/// Why a collector could not be enrolled at, asked or sent to. It holds no secret.
#[derive(Debug, thiserror::Error)]
pub enum SendFault {
    /// `collector.url` is no address that rekey sends to.
    #[error("collector.url {url:?} cannot be used: {reason}")]
    Address {
        /// The address, with user-info redacted.
        url: String,
        /// Why.
        reason: String,
    },
    /// `collector.ca_file` cannot be used.
    #[error(
        "collector.ca_file {} cannot be used: {reason}; it must be a PEM file with the certificates to trust",
        typed_path(path)
    )]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Nothing answers.
    #[error(
        "the collector {collector} cannot be reached ({reason}): check the network, collector.url and collector.ca_file"
    )]
    Unreachable {
        /// The collector.
        collector: String,
        /// Why.
        reason: String,
    },
    /// It is too slow.
    #[error("the collector {collector} did not answer in time: try later, or tell its admin")]
    TooSlow {
        /// The collector.
        collector: String,
    },
    /// It answers, and not with yes.
    #[error(
        "the collector {collector} answered {status} ({message}): try later, or tell its admin"
    )]
    Refused {
        /// The collector.
        collector: String,
        /// The HTTP status.
        status: u16,
        /// Its own words.
        message: String,
    },
    /// Its answer is not one of a collector.
    #[error("{collector} answered, and not as a collector does ({reason}): check collector.url")]
    Odd {
        /// The collector.
        collector: String,
        /// Why.
        reason: String,
    },
    /// There is no enrolment and no secret to make one with.
    #[error(
        "this workstation is not enrolled at {collector}: type `rekey enroll --collector {collector} --secret-file FILE`"
    )]
    NotEnrolled {
        /// The collector.
        collector: String,
    },
    /// The enrolment secret is wrong.
    #[error(
        "the collector {collector} does not know this enrolment secret: ask the admin for the one of now"
    )]
    UnknownSecret {
        /// The collector.
        collector: String,
    },
    /// The network part of the program does not start.
    #[error("no connection can be made on this workstation: {0}")]
    Client(String),
    /// rekey's own folder cannot be used.
    #[error(transparent)]
    State(#[from] StateFault),
}
