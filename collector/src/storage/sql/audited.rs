//! Audit entries of what is changed in the same transaction.

use jiff::Timestamp;
use serde_json::Value;

use super::super::Result;
use super::super::audit::Actor;
use super::Connection;

/// What somebody did, to what, with more details (a JSON object without secrets).
pub(super) struct Deed<'a> {
    pub(super) by: &'a Actor,
    pub(super) action: &'static str,
    pub(super) subject: &'a str,
    pub(super) details: Value,
    pub(super) at: Timestamp,
}

/// AUDIT: the one call that every change of enrolment secrets, the roster and clones makes, first in its
/// transaction. It is to append to the audit log; until there is one, the program's own log has it.
#[allow(
    clippy::unused_async,
    reason = "the log will be a table of the same transaction"
)]
pub(super) async fn note(_connection: &mut Connection, deed: Deed<'_>) -> Result<()> {
    tracing::info!(
        who = %deed.by.who,
        address = ?deed.by.address,
        action = deed.action,
        subject = deed.subject,
        details = %deed.details,
        at = %deed.at,
        "audit"
    );
    Ok(())
}
