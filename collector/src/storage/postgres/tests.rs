#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

#[allow(
    dead_code,
    clippy::disallowed_methods,
    clippy::module_inception,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "what starts a server for all tests"
)]
#[path = "../../../tests/collector/postgres/mod.rs"]
mod server;

use super::*;

#[tokio::test]
async fn every_way_to_a_page_gives_the_same_devices() {
    let Some(server) = server::Postgres::start() else {
        return;
    };
    let storage = Postgres::open(location(&server.url()).unwrap())
        .await
        .unwrap();
    list_story::every_way_to_a_page_gives_the_same_devices(&storage).await;
}
