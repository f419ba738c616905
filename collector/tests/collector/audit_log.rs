//! The audit log against who has the database itself, and `rekey-collector` on the command line.

use std::path::Path;
use std::process::{Command, Output};

use rekey_collector::clock::Clock;
use rekey_collector::first_start::first_start;
use rekey_collector::storage::{
    self, Action, Actor, AuditLog as _, NewEntry, PostgresLocation, Sqlite, Who,
};
use sqlx::postgres::PgPool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use crate::postgres::Postgres;

const REFUSED: [&str; 2] = [
    "UPDATE audit_log SET who = 'somebody else'",
    "DELETE FROM audit_log",
];

fn entry() -> NewEntry {
    let at = "2026-11-23T08:00:00Z".parse().unwrap();
    NewEntry::new(at, Actor::local(Who::CommandLine), Action::Exported, "x")
}

#[tokio::test]
async fn sqlite_refuses_to_change_or_shorten_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("collector.db");
    let log = Sqlite::open(&path).await.unwrap();
    log.audit(&entry()).await.unwrap();
    let pool = sqlite(&path).await;
    for statement in REFUSED {
        let told = sqlx::query(statement).execute(&pool).await.unwrap_err();
        assert!(told.to_string().contains("only ever added to"), "{told}");
    }
}

#[tokio::test]
async fn postgresql_refuses_to_change_or_shorten_it() {
    let Some(server) = Postgres::start() else {
        return;
    };
    let location: PostgresLocation = storage::postgres_location(&server.url()).unwrap();
    let log = storage::Postgres::open(location.clone()).await.unwrap();
    log.audit(&entry()).await.unwrap();
    let pool = PgPool::connect_with(location).await.unwrap();
    for statement in REFUSED.into_iter().chain(["TRUNCATE audit_log"]) {
        let told = sqlx::query(statement).execute(&pool).await.unwrap_err();
        assert!(told.to_string().contains("only ever added to"), "{told}");
    }
}

async fn sqlite(path: &Path) -> SqlitePool {
    let options = SqliteConnectOptions::new().filename(path);
    SqlitePool::connect_with(options).await.unwrap()
}

fn run(data: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rekey-collector"))
        .env_clear()
        .args(arguments)
        .arg("--data")
        .arg(data)
        .output()
        .unwrap()
}

fn done(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {told}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn told(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// A data folder after the first start.
async fn started() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let storage = Sqlite::open(&folder.path().join("collector.db")).await;
    let clock = Clock::from_fn(|| "2026-11-23T08:00:00Z".parse().unwrap());
    first_start(&storage.unwrap(), &clock, &mut Vec::new())
        .await
        .unwrap();
    folder
}

#[tokio::test]
async fn whoever_is_locked_out_gets_in_by_the_command_line() {
    let nothing = tempfile::tempdir().unwrap();
    let early = run(nothing.path(), &["user", "add", "kim"]);
    assert_eq!(
        early.status.code(),
        Some(2),
        "the first start shows its secrets"
    );
    let folder = started().await;
    let data = folder.path();
    let shown = done(data, &["user", "add", "Kim"]);
    let (name, password) = shown.split_once(' ').unwrap();
    assert_eq!((name, password.len()), ("Kim", 23));
    assert!(told(data, &["user", "add", "kim"]).contains("is there already"));
    done(data, &["user", "add", "lee", "--role", "auditor"]);
    done(data, &["user", "disable", "admin"]);
    assert!(told(data, &["user", "disable", "kim"]).contains("last local admin"));
    assert!(told(data, &["user", "password", "nobody"]).contains("no local person nobody"));
    done(data, &["user", "disable", "lee"]);
    let list = done(data, &["user", "list"]);
    assert_eq!(
        list.lines().collect::<Vec<_>>(),
        [
            "enabled\tadmin\tKim\tpassword",
            "disabled\tadmin\tadmin\tpassword",
            "disabled\tauditor\tlee\tpassword"
        ]
    );
    done(data, &["user", "enable", "lee"]);
    let again = done(data, &["user", "password", "KIM"]);
    assert_ne!(again, shown);
}

#[tokio::test]
async fn verify_finds_what_was_changed_behind_the_triggers() {
    let folder = started().await;
    let data = folder.path();
    for name in ["kim", "lee", "sam"] {
        done(data, &["user", "add", name]);
    }
    let anchor = done(data, &["audit", "verify"]);
    assert!(anchor.starts_with("4:"), "{anchor}");
    done(data, &["user", "add", "alex"]);
    done(data, &["audit", "verify", "--expect", &anchor]);
    let other = anchor.replace("4:", "5:");
    assert!(told(data, &["audit", "verify", "--expect", &other]).contains("written anew"));
    let longer = anchor.replace("4:", "9:");
    assert!(told(data, &["audit", "verify", "--expect", &longer]).contains("fewer"));

    let pool = sqlite(&data.join("collector.db")).await;
    for trigger in ["audit_log_is_never_changed", "audit_log_is_never_shortened"] {
        let statement = sqlx::AssertSqlSafe(format!("DROP TRIGGER {trigger}"));
        sqlx::query(statement).execute(&pool).await.unwrap();
    }
    sqlx::query("DELETE FROM audit_log WHERE number = 5")
        .execute(&pool)
        .await
        .unwrap();
    assert!(told(data, &["audit", "verify"]).contains("newest entries are missing"));
    sqlx::query("UPDATE audit_log SET subject = 'nobody' WHERE number = 2")
        .execute(&pool)
        .await
        .unwrap();
    assert!(told(data, &["audit", "verify"]).contains("Entry 2 does not follow entry 1"));
}
