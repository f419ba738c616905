//! The story of a fleet: secrets under their terms, people on a roster. It runs on each database that is built in.

use std::sync::Arc;

use jiff::SignedDuration;
use rekey_collector::secret::Digest;
use rekey_collector::storage::{
    self, Actor, Enrolled, FirstSecrets, NewEnrollSecret, NewEnrolment, Refusal, SecretKept,
    Sqlite, Storage, Terms, Who,
};

use crate::postgres::Postgres;
use crate::story::{at, location, new_device};

#[tokio::test]
async fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("story.db");
    let one = Sqlite::open(&path).await.unwrap();
    story(&[Arc::new(one)]).await;
}

/// Two collectors share the database.
#[tokio::test]
async fn on_postgresql() {
    let Some(server) = Postgres::start() else {
        return;
    };
    let one = storage::Postgres::open(location(&server)).await.unwrap();
    let two = storage::Postgres::open(location(&server)).await.unwrap();
    story(&[Arc::new(one), Arc::new(two)]).await;
}

async fn story(collectors: &[Arc<dyn Storage>]) {
    let storage = &*collectors[0];
    set_up(storage).await;
    last_use(collectors).await;
    terms(storage).await;
    let other = collectors.last().unwrap();
    crate::story_roster::story(storage, &**other).await;
    assert_eq!(storage.recount().await.unwrap(), [""; 0]);
}

async fn set_up(storage: &dyn Storage) {
    let secrets = FirstSecrets {
        user: "admin".into(),
        password: "hash".into(),
        enroll: Digest::of("enroll"),
        api: Digest::of("api"),
    };
    assert!(storage.set_up(&secrets, at(NOON)).await.unwrap());
}

pub(crate) const NOON: &str = "2026-11-23T12:00:00Z";

pub(crate) fn admin() -> Actor {
    Actor::local(Who::User("admin".into()))
}

fn enrolment(secret: &str, machine: &str, person: &str) -> NewEnrolment {
    NewEnrolment {
        device: new_device(machine, person),
        secret: Digest::of(secret),
        address: "192.0.2.1".into(),
        token: Digest::of(&format!("token of {machine} {person} {}", rand())),
        at: at(NOON),
    }
}

fn rand() -> uuid::Uuid {
    uuid::Uuid::now_v7()
}

pub(crate) async fn put(storage: &dyn Storage, name: &str, terms: Terms) -> SecretKept {
    let new = NewEnrollSecret {
        secret: Digest::of(name),
        name: name.into(),
        terms,
        by: admin(),
        at: at(NOON),
    };
    storage.put_enroll_secret(new).await.unwrap()
}

/// Twenty ask at once, over every collector: the secret has one use, so one gets it.
async fn last_use(collectors: &[Arc<dyn Storage>]) {
    let once = Terms {
        max_uses: Some(1),
        ..Terms::default()
    };
    let storage = &*collectors[0];
    assert_eq!(put(storage, "once", once).await, SecretKept::Made);
    let machines: Vec<_> = (0..20).map(|number| format!("ONCE-{number}")).collect();
    let asking = machines.iter().enumerate().map(|(number, machine)| {
        let storage = &collectors[number % collectors.len()];
        storage.enroll(enrolment("once", machine, "sam"))
    });
    let answers = futures_util::future::join_all(asking).await;
    let mut enrolled = Vec::new();
    for (answer, machine) in answers.into_iter().zip(&machines) {
        match answer.unwrap() {
            Enrolled::Device(id) => enrolled.push((id, machine)),
            Enrolled::Refused(refusal) => assert_eq!(refusal, Refusal::SecretUsedUp),
        }
    }
    let [(id, machine)] = &enrolled[..] else {
        panic!("{} enrolled", enrolled.len());
    };
    for storage in collectors {
        let again = storage.enroll(enrolment("once", machine, "sam")).await;
        assert_eq!(again.unwrap(), Enrolled::Device(id.clone()));
    }
    let kept = storage.enroll_secret("ONCE").await.unwrap().unwrap();
    assert_eq!((kept.uses, kept.last_used_at), (1, Some(at(NOON))));
    let refused = storage.refused_enrolments(at(NOON), 5).await.unwrap();
    assert_eq!(refused.counts, [("secret-used-up".to_owned(), 19)]);
    assert_eq!(refused.newest.len(), 5);
    assert_eq!(refused.newest[0].secret_name, "once");
    let later = at(NOON) + SignedDuration::from_hours(25);
    let later = storage.refused_enrolments(later, 5).await.unwrap();
    assert!(later.counts.is_empty() && later.newest.is_empty());
}

async fn terms(storage: &dyn Storage) {
    let refusal = async |secret: &str, machine: &str| match storage
        .enroll(enrolment(secret, machine, "sam"))
        .await
    {
        Ok(Enrolled::Refused(refusal)) => Some(refusal),
        Ok(Enrolled::Device(_)) => None,
        Err(error) => panic!("{error}"),
    };
    assert_eq!(
        refusal("nothing", "LT-1").await,
        Some(Refusal::UnknownSecret)
    );
    let bound = Terms {
        machine_name: Some("Lt-1".into()),
        ..Terms::default()
    };
    put(storage, "bound", bound).await;
    assert_eq!(refusal("bound", "LT-1").await, None);
    assert_eq!(
        refusal("bound", "LT-2").await,
        Some(Refusal::SecretNotForThisDevice)
    );
    let over = Terms {
        expires_at: Some(at(NOON)),
        ..Terms::default()
    };
    assert_eq!(put(storage, "BOUND", over).await, SecretKept::Changed);
    assert_eq!(refusal("bound", "LT-1").await, Some(Refusal::SecretExpired));
    let revoke = || storage.revoke_enroll_secret("Bound", &ADMIN, at(NOON));
    assert!(revoke().await.unwrap());
    assert!(!revoke().await.unwrap());
    assert_eq!(refusal("bound", "LT-1").await, Some(Refusal::SecretRevoked));
    // The name is free again, and the old secret stays what it was.
    let new = NewEnrollSecret {
        secret: Digest::of("another"),
        name: "bound".into(),
        terms: Terms::default(),
        by: admin(),
        at: at(NOON),
    };
    assert_eq!(
        storage.put_enroll_secret(new).await.unwrap(),
        SecretKept::Made
    );
    assert_eq!(refusal("bound", "LT-1").await, Some(Refusal::SecretRevoked));
    assert_eq!(refusal("another", "LT-1").await, None);
    let newest = storage.enroll_secrets(None, 1).await.unwrap();
    let older = storage
        .enroll_secrets(Some(newest[0].id), 10)
        .await
        .unwrap();
    assert_eq!((newest[0].name.as_str(), older.len()), ("bound", 3));
}

static ADMIN: std::sync::LazyLock<Actor> = std::sync::LazyLock::new(admin);
