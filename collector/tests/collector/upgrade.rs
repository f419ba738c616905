//! A database of an earlier version, with what was in it.

use rekey_collector::secret::Digest;
use rekey_collector::storage::{ApiTokens as _, People as _, Role, Sqlite};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

#[tokio::test]
async fn admins_and_tokens_of_before_the_roles_still_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("collector.db");
    let options = SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true)
        .foreign_keys(true);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    let mut before = sqlx::migrate!("migrations/sqlite");
    before.migrations.to_mut().retain(|one| one.version < 3);
    before.run(&pool).await.unwrap();
    sqlx::query(
        "INSERT INTO users (id, name, password, created_at) VALUES (7, 'Admin', 'hash', 0)",
    )
    .execute(&pool)
    .await
    .unwrap();
    sqlx::query("INSERT INTO sessions (token, user_id, expires_at) VALUES (x'00', 7, 0)")
        .execute(&pool)
        .await
        .unwrap();
    for token in ["one", "two"] {
        sqlx::query("INSERT INTO api_tokens (token, created_at) VALUES ($1, 0)")
            .bind(Digest::of(token).as_bytes())
            .execute(&pool)
            .await
            .unwrap();
    }
    pool.close().await;

    let storage = Sqlite::open(&path).await.unwrap();
    let admin = storage.user("admin").await.unwrap().unwrap();
    assert_eq!((admin.id, admin.role), (7, Role::Admin));
    assert_eq!(admin.password.as_deref(), Some("hash"));
    let now = "2026-11-23T08:00:00Z".parse().unwrap();
    for token in ["one", "two"] {
        let token = storage.api_token(&Digest::of(token), now).await.unwrap();
        assert_eq!(token.unwrap().role, Role::Admin);
    }
}
