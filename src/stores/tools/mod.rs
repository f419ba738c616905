//! Stores: tools.

mod azure_cli_devops;
pub(super) mod mcp_config;
mod mcp_tenant_cache;
mod terraform;

pub use azure_cli_devops::AzureCliDevops;
pub use mcp_config::McpConfig;
pub use mcp_tenant_cache::McpTenantCache;
pub use terraform::Terraform;
