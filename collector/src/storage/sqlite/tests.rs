#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use super::*;

#[tokio::test]
async fn every_way_to_a_page_gives_the_same_devices() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Sqlite::open(&folder.path().join("lists.db")).await.unwrap();
    list_story::every_way_to_a_page_gives_the_same_devices(&storage).await;
}
