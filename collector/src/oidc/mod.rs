//! Sign-in with OpenID Connect: the authorization code flow with PKCE, state and nonce
//! (OpenID Connect Core 1.0 §3.1, RFC 7636, RFC 9700).
//!
//! - [`settings`](OidcSettings) is what `serve` was told;
//! - `flow` is what one sign-in must bring back to the collector that began it, or to another one;
//! - `provider` speaks with the identity provider and checks what it says;
//! - `roles` reads from its claims what somebody may do.

mod claims;
mod flow;
mod http;
mod provider;
mod settings;
mod trouble;

pub use settings::OidcSettings;

pub(crate) use flow::{FLOW_LENGTH, flow_cookie};
pub(crate) use provider::{Answer, Identity, Oidc, host};
pub(crate) use trouble::{NoRole, Trouble};
