//! Stores of git and its credential helpers.

pub(super) mod config_file;

use std::path::Path;

use crate::model::OrganizationName;

/// Organizations that the remotes of one repository's config name.
pub fn remote_organizations(_config: &Path) -> Vec<OrganizationName> {
    Vec::new()
}
