//! The person's own access tokens, by the service's interface for their lifecycle
//! (learn.microsoft.com, "Manage personal access tokens using REST API").
//!
//! It takes the access token of a person of Microsoft Entra ID and nothing else: no personal access token, no Microsoft
//! account, no service principal.

mod client;
mod fault;
mod pat_error;
mod record;

pub use client::{Created, NewPat, PatClient, Revoked};
pub use fault::LifecycleFault;
pub use pat_error::PatError;
pub use record::PatRecord;
