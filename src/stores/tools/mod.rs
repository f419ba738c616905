//! Stores: tools.

mod azure_cli;
pub(super) mod azure_cli_devops;
mod dotnet_user_secrets;
pub(super) mod mcp_config;
mod mcp_tenant_cache;
mod msal;
mod msal_cache;
mod pipelines_agent;
mod terraform;
mod tfx;
mod vsce;
mod vsteam;

use super::folders::moved;

pub use azure_cli::AzureCli;
pub use azure_cli_devops::AzureCliDevops;
pub use dotnet_user_secrets::DotnetUserSecrets;
pub use mcp_config::McpConfig;
pub use mcp_tenant_cache::McpTenantCache;
pub use msal_cache::MsalCache;
pub use pipelines_agent::PipelinesAgent;
pub use terraform::Terraform;
pub use tfx::Tfx;
pub use vsce::Vsce;
pub use vsteam::Vsteam;
