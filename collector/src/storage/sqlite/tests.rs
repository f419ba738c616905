#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use super::*;

#[tokio::test]
async fn lists_and_batches_are_the_same_whichever_way_they_go() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Sqlite::open(&folder.path().join("lists.db")).await.unwrap();
    list_story::every_way_to_a_page_gives_the_same_devices(&storage).await;
    given_story::batches_of_any_size_arrive_whole(&storage).await;
    given_story::a_column_of_two_kinds_is_refused(&storage).await;
}
