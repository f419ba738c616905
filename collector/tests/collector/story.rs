//! One story that uses all of a database. It runs on each database that is built in.

use jiff::Timestamp;
use rekey_collector::secret::{Digest, Purpose, Secret};
use rekey_collector::storage::{
    self, Access as _, Actor, Body, CleaningChange, CleaningScope, DeviceFilter, DeviceStatus,
    Enrolled, FirstSecrets, NewDevice, NewEnrolment, NewReport, Result, Role, Sqlite, Storage,
    Taken, Who,
};
use rekey_report::{Cleaning, DeviceState, Report};

use crate::postgres::Postgres;
use crate::{sample, story_people};

#[tokio::test]
async fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("story.db");
    story(&Sqlite::open(&path).await.unwrap()).await;
    // What was kept is there after the next start.
    let again = Sqlite::open(&path).await.unwrap();
    assert!(again.is_set_up().await.unwrap());
}

#[tokio::test]
async fn on_postgresql() {
    let Some(server) = Postgres::start() else {
        return;
    };
    story(&storage::Postgres::open(location(&server)).await.unwrap()).await;
    let again = storage::Postgres::open(location(&server)).await.unwrap();
    assert!(again.is_set_up().await.unwrap());
}

/// A database that nothing is written to stands in for a replica that is behind.
#[tokio::test]
async fn lists_and_numbers_are_read_from_a_replica() {
    let (Some(primary), Some(behind)) = (Postgres::start(), Postgres::start()) else {
        return;
    };
    drop(storage::Postgres::open(location(&behind)).await.unwrap());
    let replica = Some(location(&behind));
    let storage = storage::Postgres::open_as(location(&primary), replica, None);
    let storage: &dyn Storage = &storage.await.unwrap();
    first_secrets(storage).await;
    let device = new_device("CONTOSO-LT-07", "sam");
    let token = Secret::new(Purpose::Device).digest();
    let now = at("2026-11-23T08:00:00Z");
    let id = enrolled(storage, &device, token, now).await.unwrap();
    assert!(storage.device_by_token(&token).await.unwrap().is_some());
    assert!(storage.device(&id).await.unwrap().is_some());
    assert_eq!(storage.compliance().await.unwrap().devices.total(), 0);
    let page = storage.devices(&DeviceFilter::default(), 10).await.unwrap();
    assert!(page.devices.is_empty());
}

pub(crate) fn location(server: &Postgres) -> storage::PostgresLocation {
    storage::postgres_location(&server.url()).unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn report(device: &str, received_at: &str, value: serde_json::Value) -> NewReport {
    let body = Body::plain(serde_json::to_vec(&value).unwrap());
    let report: Report = serde_json::from_value(value).unwrap();
    NewReport::of(&report, device.to_owned(), at(received_at), body)
}

async fn story(storage: &dyn Storage) {
    storage.ready().await.unwrap();
    first_secrets(storage).await;
    story_people::people(storage).await;
    let device = enrolment(storage).await;
    reports(storage, &device).await;
    numbers(storage, &device).await;
    lists(storage).await;
    cleaning(storage).await;
    forgetting(storage, &device).await;
    crate::story_pages::story(storage).await;
    assert_eq!(storage.recount().await.unwrap(), [""; 0]);
}

async fn first_secrets(storage: &dyn Storage) {
    let now = at("2026-11-23T08:00:00Z");
    let secrets = FirstSecrets {
        user: "admin".into(),
        password: "hash".into(),
        enroll: Digest::of("enroll"),
        api: Digest::of("api"),
    };
    assert!(!storage.is_set_up().await.unwrap());
    assert!(storage.set_up(&secrets, now).await.unwrap());
    assert!(!storage.set_up(&secrets, now).await.unwrap());
    let enroll = storage.enroll_secrets(None, 10).await.unwrap();
    assert_eq!((enroll.len(), enroll[0].name.as_str()), (1, "first start"));
    let token = storage.api_token(&Digest::of("api"), now).await.unwrap();
    assert_eq!(token.unwrap().role, Role::Admin);
    let token = storage.api_token(&Digest::of("enroll"), now).await;
    assert!(token.unwrap().is_none());
}

pub(crate) fn new_device(machine: &str, person: &str) -> NewDevice {
    let value = sample::enrolment("", machine, person)["device"].take();
    NewDevice::of(&serde_json::from_value(value).unwrap())
}

pub(crate) async fn enrolled(
    storage: &dyn Storage,
    device: &NewDevice,
    token: Digest,
    at: Timestamp,
) -> Result<String> {
    let enrolment = NewEnrolment {
        device: device.clone(),
        secret: Digest::of("enroll"),
        address: "192.0.2.1".into(),
        token,
        at,
    };
    match storage.enroll(enrolment).await? {
        Enrolled::Device(id) => Ok(id),
        Enrolled::Refused(refusal) => panic!("{}", refusal.as_str()),
    }
}

async fn enrolment(storage: &dyn Storage) -> String {
    let now = at("2026-11-23T08:00:00Z");
    let (first, second) = (Secret::new(Purpose::Device), Secret::new(Purpose::Device));
    let device = new_device("CONTOSO-LT-07", "sam");
    let id = enrolled(storage, &device, first.digest(), now)
        .await
        .unwrap();
    let again = enrolled(storage, &device, second.digest(), now)
        .await
        .unwrap();
    assert_eq!(id, again, "one device for one person on one machine");
    assert!(
        storage
            .device_by_token(&first.digest())
            .await
            .unwrap()
            .is_none()
    );
    let known = storage
        .device_by_token(&second.digest())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(known.id, id);
    let other = new_device("CONTOSO-LT-07", "kim");
    let third = Secret::new(Purpose::Device).digest();
    assert_ne!(enrolled(storage, &other, third, now).await.unwrap(), id);
    id
}

async fn reports(storage: &dyn Storage, device: &str) {
    let newest = report(
        device,
        "2026-11-23T09:00:00Z",
        sample::full("CONTOSO-LT-07", "sam", "2026-11-23T08:50:00Z"),
    );
    let body = newest.body.clone();
    assert_eq!(
        storage.take_report(newest.clone()).await.unwrap(),
        Taken::New
    );
    assert_eq!(storage.take_report(newest).await.unwrap(), Taken::Duplicate);

    let late = report(
        device,
        "2026-11-23T09:30:00Z",
        sample::clean("CONTOSO-LT-07", "sam", "2026-11-22T08:50:00Z"),
    );
    assert_eq!(storage.take_report(late).await.unwrap(), Taken::New);
    let state = storage.device(device).await.unwrap().unwrap();
    assert_eq!(
        state.said,
        Some(DeviceState::ActionNeeded),
        "a late report changes no state"
    );
    assert_eq!(
        state.heard_at,
        at("2026-11-23T09:30:00Z"),
        "but the device was heard"
    );
    assert_eq!(storage.current_report(device).await.unwrap().unwrap(), body);
    let history = storage.history(device, 10).await.unwrap();
    let scans: Vec<_> = history
        .iter()
        .map(|entry| entry.scanned_at.to_string())
        .collect();
    assert_eq!(scans, ["2026-11-23T08:50:00Z", "2026-11-22T08:50:00Z"]);

    let stranger = report(
        "nobody",
        "2026-11-23T09:30:00Z",
        sample::clean("X", "x", "2026-11-22T08:50:00Z"),
    );
    assert!(storage.take_report(stranger).await.is_err());
}

async fn numbers(storage: &dyn Storage, device: &str) {
    let numbers = storage.compliance().await.unwrap();
    assert_eq!(
        (numbers.devices.action_needed, numbers.devices.not_reported),
        (1, 1)
    );
    let contoso = &numbers.organizations[0];
    assert_eq!(
        (
            contoso.name.as_str(),
            contoso.devices.action_needed,
            contoso.findings.stale
        ),
        ("contoso", 1, 1)
    );
    let northwind = &numbers.organizations[1];
    assert_eq!(
        (northwind.name.as_str(), northwind.devices.waiting),
        ("northwind", 1)
    );
    let stores: Vec<_> = numbers
        .stores
        .iter()
        .map(|store| store.name.as_str())
        .collect();
    assert_eq!(stores, ["npm", "ssh-key"]);
    assert_eq!(numbers.newest_report_at, Some(at("2026-11-23T09:30:00Z")));

    let later = at("2026-12-16T12:00:00Z");
    storage.tick(later, later).await.unwrap();
    let numbers = storage.compliance().await.unwrap();
    assert_eq!((numbers.devices.silent, numbers.devices.total()), (2, 2));
    assert_eq!(numbers.organizations[0].devices.silent, 1);
    let silent = storage.device(device).await.unwrap().unwrap();
    assert_eq!(
        (silent.status, silent.said),
        (DeviceStatus::Silent, Some(DeviceState::ActionNeeded))
    );
    assert_eq!(storage.recount().await.unwrap(), [""; 0]);
    let days = storage.days(Some("contoso"), 0).await.unwrap();
    assert_eq!((days.len(), days[0].devices.silent), (1, 1));
    // With a longer limit they are not silent any more.
    storage
        .tick(later, at("2026-11-16T12:00:00Z"))
        .await
        .unwrap();
    let numbers = storage.compliance().await.unwrap();
    assert_eq!(
        (numbers.devices.silent, numbers.devices.action_needed),
        (0, 1)
    );
    assert_eq!(
        (numbers.people.action_needed, numbers.people.not_reported),
        (1, 1)
    );
    assert_eq!(storage.recount().await.unwrap(), [""; 0]);
}

async fn lists(storage: &dyn Storage) {
    for number in 0..5 {
        let device = new_device(&format!("FABRIKAM-{number}"), "lee");
        let token = Digest::of(&format!("token {number}"));
        let id = enrolled(storage, &device, token, at("2026-11-23T08:00:00Z"))
            .await
            .unwrap();
        let clean = sample::clean(&format!("FABRIKAM-{number}"), "lee", "2026-11-23T08:00:00Z");
        storage
            .take_report(report(&id, "2026-11-23T08:00:00Z", clean))
            .await
            .unwrap();
    }
    let all = names(storage, DeviceFilter::default()).await;
    assert_eq!(all.len(), 7);
    assert!(all.is_sorted(), "pages follow each other: {all:?}");
    let filter = |change: fn(&mut DeviceFilter)| {
        let mut filter = DeviceFilter::default();
        change(&mut filter);
        filter
    };
    let compliant = filter(|filter| filter.state = Some("compliant".into()));
    assert_eq!(names(storage, compliant).await.len(), 5);
    let waiting = filter(|filter| {
        filter.organization = Some("Northwind".into());
        filter.state = Some("waiting".into());
    });
    assert_eq!(names(storage, waiting).await, ["CONTOSO-LT-07"]);
    let place = filter(|filter| filter.store = Some("npm".into()));
    assert_eq!(names(storage, place).await, ["CONTOSO-LT-07"]);
    let person = filter(|filter| filter.search = Some("KIM@".into()));
    assert_eq!(names(storage, person).await, ["CONTOSO-LT-07"]);
    let joker = filter(|filter| filter.search = Some("%".into()));
    assert!(names(storage, joker).await.is_empty());
}

/// Goes through all pages of two.
pub(crate) async fn names(storage: &dyn Storage, mut filter: DeviceFilter) -> Vec<String> {
    let mut names = Vec::new();
    loop {
        let page = storage.devices(&filter, 2).await.unwrap();
        names.extend(page.devices.into_iter().map(|device| device.machine_name));
        match page.next {
            Some(next) => filter.after = Some(next),
            None => return names,
        }
    }
}

async fn forgetting(storage: &dyn Storage, device: &str) {
    assert!(storage.forget_device(device).await.unwrap());
    assert!(!storage.forget_device(device).await.unwrap());
    assert!(storage.device(device).await.unwrap().is_none());
    let numbers = storage.compliance().await.unwrap();
    assert_eq!(
        (numbers.devices.action_needed, numbers.devices.compliant),
        (0, 5)
    );
    let left: Vec<_> = numbers
        .organizations
        .iter()
        .map(|entry| entry.name.as_str())
        .collect();
    assert_eq!(left, ["contoso"], "northwind was on that device only");
}

async fn set(storage: &dyn Storage, scope: &CleaningScope, state: Cleaning, at: Timestamp) -> bool {
    let change = CleaningChange {
        scope: scope.clone(),
        state,
        actor: Actor::local(Who::User("sam".into())),
        reason: String::new(),
        at,
    };
    storage.set_cleaning(&change).await.unwrap()
}

async fn cleaning(storage: &dyn Storage) {
    let now = at("2026-11-23T10:00:00Z");
    let pilot = CleaningScope::Ring("pilot".into());
    assert_eq!(storage.cleaning_for(None).await.unwrap(), Cleaning::Allowed);
    assert!(!set(storage, &pilot, Cleaning::Allowed, now).await, "it is");
    assert!(set(storage, &pilot, Cleaning::Paused, now).await);
    assert!(!set(storage, &pilot, Cleaning::Paused, now).await, "it is");
    assert_eq!(
        storage.cleaning_for(Some("pilot")).await.unwrap(),
        Cleaning::Paused
    );
    assert_eq!(
        storage.cleaning_for(Some("broad")).await.unwrap(),
        Cleaning::Allowed
    );
    assert!(set(storage, &CleaningScope::All, Cleaning::Paused, now).await);
    assert!(set(storage, &pilot, Cleaning::Allowed, now).await);
    assert_eq!(
        storage.cleaning_for(Some("pilot")).await.unwrap(),
        Cleaning::Paused
    );
    let states = storage.cleaning().await.unwrap();
    assert_eq!(
        (states.all, states.rings["pilot"]),
        (Cleaning::Paused, Cleaning::Allowed)
    );
}
