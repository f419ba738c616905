//! For load balancers: alive says that the program runs, ready that it can take reports.

use axum::extract::State;

use super::Rejected;
use crate::server::App;
use rekey_report::Rejection;

/// The program runs.
#[utoipa::path(
    get, path = "/healthz", operation_id = "alive", tag = "running", security(()),
    responses((status = 200, description = "The program runs.", body = String, content_type = "text/plain"))
)]
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// The database answers, so reports are taken.
#[utoipa::path(
    get, path = "/readyz", operation_id = "ready", tag = "running", security(()),
    responses(
        (status = 200, description = "The database answers.", body = String, content_type = "text/plain"),
        (status = 503, description = "`storage-unavailable`: the database cannot be used now.", body = Rejection),
    )
)]
pub(super) async fn ready(State(app): State<App>) -> Result<&'static str, Rejected> {
    app.storage.ready().await?;
    Ok("ready\n")
}
