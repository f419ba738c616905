//! Stores: tools.

pub(super) mod azure_cli_devops;
mod mcp_tenant_cache;

pub use azure_cli_devops::AzureCliDevops;
pub use mcp_tenant_cache::McpTenantCache;
