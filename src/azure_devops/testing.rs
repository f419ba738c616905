//! What tests of this module share.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::time::Duration;

use super::{Gateway, Services};
use crate::model::OrganizationName;
use crate::network::Deadline;
use crate::testing::Server;

pub(super) fn contoso() -> OrganizationName {
    OrganizationName::new("contoso").unwrap()
}

/// The service, with this server standing in for it.
pub(super) fn services(server: &Server) -> Services {
    Services::new(Some(Gateway::new(&server.url).unwrap())).unwrap()
}

pub(super) fn soon() -> Deadline {
    Deadline::after(Duration::from_secs(10))
}
