//! Signing in with Microsoft Entra ID, for Azure DevOps and nothing else.
//!
//! | way | when | source |
//! |---|---|---|
//! | [`azure_cli`] | the Azure CLI is signed in | `az account get-access-token` |
//! | [`device_code`] | policy names an application | RFC 8628, learn.microsoft.com "OAuth 2.0 device authorization grant" |
//! | [`browser`] | the tenant's rules refuse a device code | RFC 8252, RFC 7636, learn.microsoft.com "OAuth 2.0 authorization code flow" |
//!
//! No refresh token is asked for, and no token is kept: each ends with the run that asked for it.

mod aadsts;
mod access_token;
mod azure_cli;
mod browser;
mod device_code;
mod fault;
mod loopback;
mod pkce;
mod sign_in;
#[cfg(test)]
mod testing;
mod token_answer;

pub use aadsts::{Cause, Refusal};
pub use access_token::{AccessToken, Way};
pub use device_code::DeviceCode;
pub use fault::SignInFault;
pub use sign_in::{Person, SignIn};

/// All that the person may do at Azure DevOps.
const SCOPE: &str = "499b84ac-1321-427f-aa17-267ca6975798/.default";
/// Azure DevOps, as a resource.
const RESOURCE: &str = "499b84ac-1321-427f-aa17-267ca6975798";
