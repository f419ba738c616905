//! The part of the story that is about people: who may sign in, sessions, tokens, wrong passwords, the log.

use jiff::{SignedDuration, Timestamp};
use rekey_collector::secret::Digest;
use rekey_collector::storage::{
    Action, Actor, AuditFilter, Changed, Counted, LogEnd, NewApiToken, NewEntry, NewSession,
    NewUser, ProviderUser, Role, Storage, User, UserChange, Who,
};
use serde_json::json;

fn now() -> Timestamp {
    "2026-11-23T08:00:00Z".parse().unwrap()
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn entry(action: Action, subject: &str) -> NewEntry {
    let actor = Actor {
        who: Who::User("admin".into()),
        address: Some("192.0.2.7".parse().unwrap()),
    };
    NewEntry::new(now(), actor, action, subject)
}

/// After the first start, on any database.
pub(crate) async fn people(storage: &dyn Storage) {
    let admin = storage.user("ADMIN").await.unwrap().unwrap();
    assert_eq!((admin.name.as_str(), admin.role), ("admin", Role::Admin));
    assert!(storage.user("nobody").await.unwrap().is_none());
    let kim = local_people(storage, &admin).await;
    provider_people(storage).await;
    sessions(storage, &kim).await;
    last_admin(storage, &admin, &kim).await;
    api_tokens(storage).await;
    tries(storage, &kim).await;
    log(storage).await;
    many_writers(storage).await;
}

async fn local_people(storage: &dyn Storage, admin: &User) -> User {
    let kim = NewUser {
        name: "Kim".into(),
        role: Role::Auditor,
        password: "hash".into(),
    };
    let added = entry(Action::UserAdded, "Kim");
    let done = storage.add_user(&kim, &added).await.unwrap();
    assert_eq!(done, Changed::Done);
    let again = NewUser {
        name: "KIM".into(),
        ..kim
    };
    let taken = storage.add_user(&again, &added).await.unwrap();
    assert_eq!(taken, Changed::NameTaken, "whatever the case");
    let kim = storage.user("kim").await.unwrap().unwrap();
    assert_eq!((kim.name.as_str(), kim.role), ("Kim", Role::Auditor));
    let people = storage.users(10).await.unwrap();
    assert_eq!(people.len(), 2);
    assert!(people.iter().any(|user| user.id == admin.id));
    kim
}

async fn provider_people(storage: &dyn Storage) {
    let mut sam = ProviderUser {
        issuer: "https://login.example".into(),
        subject: "1".into(),
        name: "kim".into(),
        role: Role::Auditor,
    };
    let first = storage.keep_provider_user(&sam, now()).await.unwrap();
    assert!(first.password.is_none() && first.issuer.is_some());
    sam.name = "sam@contoso.example".into();
    sam.role = Role::Admin;
    let second = storage.keep_provider_user(&sam, now()).await.unwrap();
    assert_eq!(first.id, second.id, "issuer and subject say who it is");
    assert_eq!(second.role, Role::Admin);
    sam.issuer = "https://other.example".into();
    let other = storage.keep_provider_user(&sam, now()).await.unwrap();
    assert_ne!(first.id, other.id);
    let change = UserChange::Password("hash".into(), None);
    let reset = entry(Action::PasswordReset, "sam");
    let reset = storage.change_user(first.id, &change, &reset).await;
    assert_eq!(reset.unwrap(), Changed::Unknown);
}

async fn open(storage: &dyn Storage, user: &User, token: &str, at: Timestamp) -> Digest {
    let session = NewSession {
        token: Digest::of(token),
        user: user.id,
        until: at + hours(12),
        address: "192.0.2.7".into(),
        browser: "Browser/1".into(),
    };
    let mut entry = entry(Action::SignedIn, &user.name);
    entry.at = at;
    storage.open_session(&session, &entry).await.unwrap();
    session.token
}

async fn sessions(storage: &dyn Storage, kim: &User) {
    let (start, idle) = (now(), now() - hours(2));
    let whose = async |token: &Digest, at: Timestamp| {
        let found = storage.session(token, at, at - hours(2)).await.unwrap();
        found.map(|(user, _)| user.id)
    };
    let one = open(storage, kim, "one", start).await;
    assert_eq!(whose(&one, start).await, Some(kim.id));
    assert_eq!(
        whose(&one, start + hours(2)).await,
        None,
        "unused for too long"
    );
    let (_, session) = storage.session(&one, start, idle).await.unwrap().unwrap();
    storage
        .use_session(session.id, start + hours(1))
        .await
        .unwrap();
    assert_eq!(whose(&one, start + hours(2)).await, Some(kim.id));
    storage
        .use_session(session.id, start + hours(11))
        .await
        .unwrap();
    assert_eq!(whose(&one, start + hours(12)).await, None, "used or not");

    let two = open(storage, kim, "two", start + hours(12)).await;
    let open_now = storage
        .sessions_of(kim.id, start + hours(12), start)
        .await
        .unwrap();
    assert_eq!(open_now.len(), 1, "those that are over are forgotten");
    let ended = entry(Action::SessionEnded, "Kim");
    let strange = storage.close_session(open_now[0].id, kim.id + 1000, &ended);
    assert!(!strange.await.unwrap(), "nobody ends another one's session");
    assert!(
        storage
            .close_session(open_now[0].id, kim.id, &ended)
            .await
            .unwrap()
    );
    assert_eq!(whose(&two, start + hours(12)).await, None);

    let three = open(storage, kim, "three", start).await;
    let four = open(storage, kim, "four", start).await;
    let change = UserChange::Password("other".into(), Some(four));
    let changed = entry(Action::PasswordChanged, "Kim");
    storage
        .change_user(kim.id, &change, &changed)
        .await
        .unwrap();
    assert_eq!(
        whose(&three, start).await,
        None,
        "a new password ends the others"
    );
    assert_eq!(whose(&four, start).await, Some(kim.id));
    let disabled = entry(Action::UserDisabled, "Kim");
    storage
        .change_user(kim.id, &UserChange::Disable, &disabled)
        .await
        .unwrap();
    assert_eq!(whose(&four, start).await, None);
    let twice = storage.change_user(kim.id, &UserChange::Disable, &disabled);
    assert_eq!(twice.await.unwrap(), Changed::Unknown);
    let enabled = entry(Action::UserEnabled, "Kim");
    storage
        .change_user(kim.id, &UserChange::Enable, &enabled)
        .await
        .unwrap();
    assert_eq!(whose(&four, start).await, None, "they sign in anew");
}

async fn last_admin(storage: &dyn Storage, admin: &User, kim: &User) {
    let change = async |user: &User, change: UserChange| {
        let entry = entry(Action::RoleChanged, &user.name);
        storage.change_user(user.id, &change, &entry).await.unwrap()
    };
    assert_eq!(change(admin, UserChange::Disable).await, Changed::LastAdmin);
    let demoted = UserChange::Role(Role::Auditor);
    assert_eq!(change(admin, demoted.clone()).await, Changed::LastAdmin);
    let still = storage.user("admin").await.unwrap().unwrap();
    assert_eq!((still.role, still.disabled_at), (Role::Admin, None));
    assert_eq!(
        change(kim, UserChange::Role(Role::Admin)).await,
        Changed::Done
    );
    // Both at once: the other one is there for each of them, until one is through.
    let both = tokio::join!(
        change(admin, demoted.clone()),
        change(kim, UserChange::Disable)
    );
    assert!(
        matches!(
            both,
            (Changed::Done, Changed::LastAdmin) | (Changed::LastAdmin, Changed::Done)
        ),
        "{both:?}"
    );
    // As it was.
    if both.0 == Changed::Done {
        change(admin, UserChange::Role(Role::Admin)).await;
    } else {
        change(kim, UserChange::Enable).await;
    }
    assert_eq!(change(kim, demoted).await, Changed::Done);
}

async fn api_tokens(storage: &dyn Storage) {
    let token = NewApiToken {
        token: Digest::of("nightly"),
        name: "nightly".into(),
        role: Role::Auditor,
        created_by: "admin".into(),
        expires_at: Some(now() + hours(24)),
    };
    let made = entry(Action::ApiTokenMade, "nightly");
    let first = storage.add_api_token(&token, &made).await.unwrap();
    assert_eq!(first, Changed::Done);
    let again = NewApiToken {
        token: Digest::of("nightly 2"),
        ..token.clone()
    };
    let taken = storage.add_api_token(&again, &made).await.unwrap();
    assert_eq!(taken, Changed::NameTaken);
    let found = storage
        .api_token(&token.token, now())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.role, found.last_used_at), (Role::Auditor, None));
    storage.use_api_token(found.id, now()).await.unwrap();
    let over = storage.api_token(&token.token, now() + hours(24)).await;
    assert!(over.unwrap().is_none());
    let revoked = entry(Action::ApiTokenRevoked, "nightly");
    let done = storage.revoke_api_token(found.id, &revoked).await.unwrap();
    assert_eq!(done, Changed::Done);
    let done = storage.revoke_api_token(found.id, &revoked).await.unwrap();
    assert_eq!(done, Changed::Unknown);
    assert!(
        storage
            .api_token(&token.token, now())
            .await
            .unwrap()
            .is_none()
    );
    let again = storage.add_api_token(&again, &made).await.unwrap();
    assert_eq!(again, Changed::Done, "the name is free again");
    let tokens = storage.api_tokens(10).await.unwrap();
    assert_eq!(tokens.len(), 3);
    assert!(tokens.iter().any(|token| token.last_used_at == Some(now())));
}

async fn tries(storage: &dyn Storage, kim: &User) {
    let counted = |name: &str| {
        ["everywhere", name].map(|key| Counted {
            key: Digest::of(key),
            limit: if key == name { 2 } else { 5 },
        })
    };
    let allowed = async |name: &str, at: Timestamp| {
        let stale = at - hours(1);
        storage.count_try(&counted(name), at, stale).await.unwrap()
    };
    assert!(allowed("kim", now()).await && allowed("kim", now()).await);
    assert!(!allowed("kim", now()).await, "two of this name");
    // Refused ones are not counted, so one more of anybody else is.
    for _ in 0..3 {
        assert!(allowed(&uuid::Uuid::now_v7().to_string(), now()).await);
    }
    assert!(!allowed("lee", now()).await, "five altogether");
    storage
        .take_back(&[Digest::of("kim")], &[Digest::of("everywhere")])
        .await
        .unwrap();
    assert!(allowed("kim", now()).await);
    assert!(!allowed("kim", now()).await);
    assert!(allowed("kim", now() + hours(1)).await, "after a while anew");

    let knows = async |since: Timestamp| {
        storage
            .knows_place(kim.id, "192.0.2.7", since)
            .await
            .unwrap()
    };
    assert!(!knows(now() - hours(1)).await);
    storage
        .keep_place(kim.id, "192.0.2.7", now())
        .await
        .unwrap();
    storage
        .keep_place(kim.id, "192.0.2.7", now())
        .await
        .unwrap();
    assert!(knows(now() - hours(1)).await && !knows(now()).await);
}

/// Follows the whole log and answers its length.
async fn whole(storage: &dyn Storage) -> i64 {
    let mut end = LogEnd::empty();
    loop {
        let entries = storage.audit_entries_after(end.number, 7).await.unwrap();
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            assert!(end.follow(&entry), "{entry:?}");
        }
    }
    assert_eq!(end, storage.audit_end().await.unwrap());
    end.number
}

async fn log(storage: &dyn Storage) {
    let before = whole(storage).await;
    let detailed = entry(Action::CleaningPaused, "pilot").with(json!({ "why": "\"quoted\"" }));
    storage.audit(&detailed).await.unwrap();
    let filter = AuditFilter {
        who: Some("admin".into()),
        action: Some(Action::CleaningPaused),
        before: None,
    };
    let entries = storage.audit_entries(&filter, 10).await.unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].number, before + 1);
    assert_eq!(entries[0].details, r#"{"why":"\"quoted\""}"#);
    assert_eq!(
        (entries[0].who_kind.as_str(), entries[0].address.as_str()),
        ("user", "192.0.2.7")
    );
    let newest = storage
        .audit_entries(&AuditFilter::default(), 2)
        .await
        .unwrap();
    assert_eq!(newest[0], entries[0]);
    let older = AuditFilter {
        before: Some(newest[1].number),
        ..AuditFilter::default()
    };
    let older = storage.audit_entries(&older, 1).await.unwrap();
    assert_eq!(older[0].number, newest[1].number - 1);
    // What was refused left no entry.
    let added = AuditFilter {
        action: Some(Action::UserAdded),
        ..AuditFilter::default()
    };
    assert_eq!(storage.audit_entries(&added, 10).await.unwrap().len(), 1);
    whole(storage).await;
}

async fn many_writers(storage: &dyn Storage) {
    let before = whole(storage).await;
    let entries = (0..20).map(|at| {
        let subject = at.to_string();
        async move {
            storage
                .audit(&entry(Action::Exported, &subject))
                .await
                .unwrap();
        }
    });
    futures_util::future::join_all(entries).await;
    assert_eq!(whole(storage).await, before + 20);
}
