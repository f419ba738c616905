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
async fn lists_and_batches_are_the_same_whichever_way_they_go() {
    let Some(server) = server::Postgres::start() else {
        return;
    };
    let storage = Postgres::open(location(&server.url()).unwrap())
        .await
        .unwrap();
    list_story::every_way_to_a_page_gives_the_same_devices(&storage).await;
    given_story::batches_of_any_size_arrive_whole(&storage).await;
    given_story::a_column_of_two_kinds_is_refused(&storage).await;
}
