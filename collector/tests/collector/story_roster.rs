//! The story of a roster: whom it expects, whose device it is, and what is left when it changes. It is told by
//! [`super::story_fleet`], on each database.

use rekey_collector::secret::Digest;
use rekey_collector::storage::{
    DeviceFilter, Enrolled, NewEnrolment, Person, PersonFilter, RosterChange, RosterLine,
    RosterMode, Storage,
};

use crate::sample;
use crate::story::{at, new_device, report};
use crate::story_fleet::{NOON, admin};

pub(crate) async fn story(storage: &dyn Storage, other: &dyn Storage) {
    sound(storage).await;
    expected(storage).await;
    found(storage).await;
    machines(storage, other).await;
    replaced(storage, other).await;
    forgotten(storage).await;
    together(storage, other).await;
}

async fn sound(storage: &dyn Storage) {
    assert_eq!(storage.recount().await.unwrap(), [""; 0]);
}

fn line(person: &str, name: &str, device: &str) -> RosterLine {
    RosterLine {
        email: format!("{person}@Contoso.example"),
        name: name.into(),
        device: device.into(),
    }
}

async fn import(storage: &dyn Storage, mode: RosterMode, lines: Vec<RosterLine>) -> RosterChange {
    let id = uuid::Uuid::now_v7().to_string();
    let staged = storage.stage_roster(&id, mode, lines, at(NOON)).await;
    let staged = staged.unwrap();
    assert_eq!(storage.staged_roster(&id).await.unwrap(), Some(staged));
    let kept = storage.keep_roster(&id, &admin(), at(NOON)).await.unwrap();
    assert_eq!(kept, Some(staged), "what was shown is what was done");
    assert_eq!(storage.staged_roster(&id).await.unwrap(), None);
    let twice = storage.keep_roster(&id, &admin(), at(NOON)).await.unwrap();
    assert_eq!(twice, None);
    sound(storage).await;
    staged
}

async fn enroll(storage: &dyn Storage, machine: &str, person: &str, name: Option<&str>) -> String {
    let mut device = new_device(machine, person);
    device.person_name = name.map(str::to_owned);
    let enrolment = NewEnrolment {
        device,
        secret: Digest::of("enroll"),
        address: String::new(),
        token: Digest::of(&uuid::Uuid::now_v7().to_string()),
        at: at(NOON),
    };
    match storage.enroll(enrolment).await.unwrap() {
        Enrolled::Device(id) => id,
        Enrolled::Refused(refusal) => panic!("{}", refusal.as_str()),
    }
}

async fn never_reported(storage: &dyn Storage) -> u64 {
    let numbers = storage.compliance().await.unwrap();
    numbers.people.never_reported
}

async fn person(storage: &dyn Storage, name: &str) -> Option<Person> {
    let key = format!("{name}@contoso.example");
    storage.person(&key).await.unwrap()
}

async fn state(storage: &dyn Storage, name: &str) -> &'static str {
    person(storage, name)
        .await
        .map_or("nobody", |person| person.status.as_str())
}

/// Six lines, five people; one of them reports already.
async fn expected(storage: &dyn Storage) {
    enroll(storage, "LT-SAM", "sam", Some("sam@contoso.example")).await;
    assert_eq!(never_reported(storage).await, 0);
    let lines = vec![
        line("kim", "Kim Lee", "LT-Kim"),
        line("sam", "Sam Moe", ""),
        line("lee", "Lee Ann", "LT-LEE-1"),
        line("lee", "Lee Ann", "LT-LEE-2"),
        line("ann", "", "SHARED"),
        line("bob", "", "SHARED"),
        line("BOB", "Bob", "shared"),
    ];
    let change = import(storage, RosterMode::Replace, lines.clone()).await;
    let counts = (change.lines, change.people, change.added, change.removed);
    assert_eq!(counts, (6, 5, 6, 0));
    assert_eq!(never_reported(storage).await, 4);
    assert_eq!(state(storage, "sam").await, "not-reported");
    let sam = person(storage, "sam").await.unwrap();
    assert!(sam.on_roster && sam.name == "Sam Moe" && sam.devices.not_reported > 0);
    let again = import(storage, RosterMode::Replace, lines).await;
    let counts = (again.added, again.unchanged, again.removed);
    assert_eq!(counts, (0, 6, 0));
    assert_eq!(never_reported(storage).await, 4);
    let roster = storage.roster().await.unwrap();
    assert_eq!((roster.lines, roster.imported_at), (6, Some(at(NOON))));
    let lee = storage.roster_of("lee@contoso.example", 10).await.unwrap();
    assert_eq!(lee.len(), 2);
}

async fn found(storage: &dyn Storage) {
    let keys = async |state: Option<&str>, search: Option<&str>| {
        let filter = PersonFilter {
            state: state.map(str::to_owned),
            search: search.map(str::to_owned),
            after: None,
        };
        let page = storage.people(&filter, 100).await.unwrap();
        let keys = page.people.into_iter().map(|person| person.key);
        keys.map(|key| key.split('@').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        keys(Some("never-reported"), None).await,
        ["ann", "bob", "kim", "lee"]
    );
    assert_eq!(keys(None, Some("Lee")).await, ["kim", "lee"]);
    assert_eq!(keys(None, Some("lee@")).await, ["lee"]);
    assert_eq!(keys(Some("not-reported"), Some("moe")).await, ["sam"]);
    assert_eq!(keys(Some("failed"), None).await, [""; 0]);
    assert_eq!(keys(None, Some("nobody")).await, [""; 0]);
    let mut filter = PersonFilter::default();
    let mut seen = Vec::new();
    loop {
        let page = storage.people(&filter, 2).await.unwrap();
        seen.extend(page.people.into_iter().map(|person| person.key));
        filter.after = page.next;
        if filter.after.is_none() {
            break;
        }
    }
    let all = storage.people(&PersonFilter::default(), 100).await.unwrap();
    let all: Vec<_> = all.people.into_iter().map(|person| person.key).collect();
    assert_eq!(seen, all);
}

async fn owner(storage: &dyn Storage, device: &str) -> String {
    storage.device(device).await.unwrap().unwrap().person_key
}

/// A device that names nobody is of the one person for whom the roster names it.
async fn machines(storage: &dyn Storage, other: &dyn Storage) {
    let kim = enroll(other, "lt-kim", "k", None).await;
    assert_eq!(owner(storage, &kim).await, "kim@contoso.example");
    assert_eq!(never_reported(storage).await, 3);
    // A short name is no address either.
    let lee = enroll(storage, "LT-LEE-2", "l", Some("lee")).await;
    assert_eq!(owner(storage, &lee).await, "lee@contoso.example");
    let shared = enroll(storage, "SHARED", "s", None).await;
    assert_eq!(owner(storage, &shared).await, "#p-s", "of two, nobody's");
    assert_eq!(state(storage, "ann").await, "never-reported");
    assert_eq!(never_reported(storage).await, 2);
    sound(storage).await;

    // A report that calls the machine otherwise makes it somebody else's.
    let mut renamed = sample::clean("LT-LEE-1", "k", "2026-11-23T11:00:00Z");
    renamed["person"]["name"] = serde_json::Value::Null;
    let renamed = report(&kim, NOON, renamed);
    storage.take_report(renamed).await.unwrap();
    assert_eq!(owner(storage, &kim).await, "lee@contoso.example");
    assert_eq!(state(storage, "kim").await, "never-reported");
    let lee = person(storage, "lee").await.unwrap();
    assert_eq!(lee.devices.total(), 2, "one person with two machines");
    assert_eq!(lee.heard_at, Some(at(NOON)));
    sound(storage).await;
}

/// Devices that were there before the lines that name them, and lines that go.
async fn replaced(storage: &dyn Storage, other: &dyn Storage) {
    let early = enroll(storage, "EARLY", "e", None).await;
    assert_eq!(owner(storage, &early).await, "#p-e");
    let change = import(
        other,
        RosterMode::Add,
        vec![
            line("eve", "Eve", "early"),
            line("kim", "Kim L. Lee", "LT-KIM"),
        ],
    )
    .await;
    let counts = (change.added, change.renamed, change.removed);
    assert_eq!(counts, (1, 1, 0));
    assert_eq!(owner(storage, &early).await, "eve@contoso.example");
    assert_eq!(state(storage, "eve").await, "not-reported");
    assert_eq!(person(storage, "kim").await.unwrap().name, "Kim L. Lee");
    assert!(storage.person("#p-e").await.unwrap().is_none());

    let change = import(
        storage,
        RosterMode::Replace,
        vec![line("ann", "Ann", "SHARED"), line("sam", "Sam Moe", "")],
    )
    .await;
    let counts = (change.added, change.renamed, change.removed);
    assert_eq!(counts, (0, 1, 5));
    assert_eq!(owner(storage, &early).await, "#p-e");
    for gone in ["bob", "kim", "lee", "eve"] {
        assert_eq!(state(storage, gone).await, "nobody", "{gone}");
    }
    assert_eq!(
        state(storage, "ann").await,
        "not-reported",
        "the shared machine is now hers alone"
    );
    assert_eq!(never_reported(storage).await, 0);
    let filter = DeviceFilter {
        person: Some("ann@contoso.example".into()),
        ..DeviceFilter::default()
    };
    let devices = storage.devices(&filter, 10).await.unwrap().devices;
    assert_eq!(devices.len(), 1);
    // Off the roster with a device of his own name, he is still among the people.
    let rest = vec![line("ann", "Ann", "SHARED")];
    import(storage, RosterMode::Replace, rest).await;
    let sam = person(storage, "sam").await.unwrap();
    assert!(!sam.on_roster && sam.name == "sam@contoso.example");
}

/// Whose last device is forgotten was, as far as anybody knows, never heard of.
async fn forgotten(storage: &dyn Storage) {
    let filter = DeviceFilter {
        person: Some("ann@contoso.example".into()),
        ..DeviceFilter::default()
    };
    for device in storage.devices(&filter, 10).await.unwrap().devices {
        assert!(storage.forget_device(&device.id).await.unwrap());
    }
    assert_eq!(state(storage, "ann").await, "never-reported");
    assert_eq!(never_reported(storage).await, 1);
    import(storage, RosterMode::Replace, Vec::new()).await;
    assert_eq!(state(storage, "ann").await, "nobody");
    assert_eq!(never_reported(storage).await, 0);
    assert_eq!(storage.roster().await.unwrap().lines, 0);
}

/// Imports and enrolments at the same time, over both collectors: every device ends where the roster says.
async fn together(storage: &dyn Storage, other: &dyn Storage) {
    let people: Vec<_> = (0..60).map(|number| format!("t{number}")).collect();
    let imports = async {
        for part in people.chunks(20) {
            let lines = part.iter().map(|name| line(name, "", name)).collect();
            let id = uuid::Uuid::now_v7().to_string();
            let staged = other.stage_roster(&id, RosterMode::Add, lines, at(NOON));
            staged.await.unwrap();
            let kept = other.keep_roster(&id, &admin(), at(NOON)).await.unwrap();
            assert!(kept.is_some());
        }
    };
    let named = people.iter().enumerate().map(|(number, name)| async move {
        let address = format!("{name}@contoso.example");
        let said = (number % 2 == 0).then_some(address.as_str());
        enroll(storage, name, name, said).await
    });
    let (ids, ()) = tokio::join!(futures_util::future::join_all(named), imports);
    assert_eq!(never_reported(storage).await, 0);
    for (id, name) in ids.iter().zip(&people) {
        let expected = format!("{name}@contoso.example");
        assert_eq!(owner(storage, id).await, expected);
    }
    sound(storage).await;
}
