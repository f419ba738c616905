//! For load balancers: alive says that the program runs, ready that it can take reports.

use axum::extract::State;

use super::Rejected;
use crate::server::App;

pub(super) async fn alive() -> &'static str {
    "ok\n"
}

pub(super) async fn ready(State(app): State<App>) -> Result<&'static str, Rejected> {
    app.storage.ready().await?;
    Ok("ready\n")
}
