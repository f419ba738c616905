//! What Azure DevOps itself says: an organization's tenant, and what becomes of a token.
//!
//! Requests go to the exact hosts of the service and to no other; which organization is asked about is all that they
//! tell, but for a token that the person or policy lets be tried.

mod connection_data;
mod endpoint;
mod gateway;
mod identity;
pub mod lifecycle;
mod services;
mod tenant;
#[cfg(test)]
mod testing;
mod word;

pub use connection_data::{TokenState, slot_refuses, token_state};
pub use endpoint::Endpoint;
#[cfg(feature = "test-gateway")]
pub use gateway::GATEWAY;
pub use gateway::Gateway;
pub use identity::Identity;
pub use services::{Bearing, Services};
pub use tenant::{TenantAnswer, ask_tenant};
pub use word::word_on;
