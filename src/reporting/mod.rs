//! The report: built, kept until a collector has it, sent.
//!
//! A report is bytes on disk before anything is sent, the very bytes that `rekey report` shows.

mod build;
mod contact;
mod draft;
mod enrolment;
mod fault;
mod redact;
mod send;
mod sending;
mod settings;
mod spool;
mod standing;
#[cfg(test)]
pub(crate) mod testing;
mod transport;
mod workstation;

pub use build::{build, remaining};
pub use contact::{Contact, Word};
pub use draft::Draft;
pub use enrolment::Enrolment;
pub use fault::SendFault;
pub use send::Sent;
pub use settings::{ReportPaths, ReportPerson, ReportSettings};
pub use spool::{Spool, bytes};
pub use standing::{Standing, count_errors, device_state, is_unread};
pub use transport::{Collector, Timing};
pub use workstation::Workstation;
