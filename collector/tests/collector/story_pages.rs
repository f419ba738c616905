//! The story's part about what pages of the change stand on: organizations, SSH keys, tickets, marks.

use rekey_collector::secret::Digest;
use rekey_collector::storage::{
    Action, Actor, DeviceFilter, KeyPlace, Mark, NewEntry, NewOrganization, Organization, Storage,
    Ticket, TicketState, Who,
};
use serde_json::json;
use uuid::Uuid;

use crate::sample;
use crate::story::{at, enrolled, names, new_device, report};

/// Leaves two devices of lee's behind.
pub(crate) async fn story(storage: &dyn Storage) {
    let keys = keys(storage).await;
    tickets(storage).await;
    organizations(storage).await;
    marks(storage).await;
    assert_eq!(storage.recount().await.unwrap(), [""; 0]);
    for device in keys {
        storage.forget_device(&device).await.unwrap();
    }
    let gone = storage.ssh_keys(Some("fabrikam"), None, 10).await.unwrap();
    assert!(
        gone.iter()
            .all(|key| key.holders == 0 && key.gone_at.is_some())
    );
    assert_eq!(storage.recount().await.unwrap(), [""; 0]);
}

fn by_admin(action: Action) -> NewEntry {
    let actor = Actor::local(Who::User("admin".into()));
    NewEntry::new(at("2026-11-23T09:00:00Z"), actor, action, "fabrikam")
}

async fn keys(storage: &dyn Storage) -> Vec<String> {
    let mut ids = Vec::new();
    let key = |name: &str| {
        json!({ "organization": "Fabrikam", "algorithm": "ssh-rsa",
            "md5": "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff", "sha256": format!("SHA256:{name}") })
    };
    for (number, keys) in [vec![key("one"), key("two")], vec![key("one")]]
        .into_iter()
        .enumerate()
    {
        let machine = format!("FABRIKAM-KEYS-{number}");
        let time = at("2026-11-23T08:00:00Z");
        let token = Digest::of(&machine);
        let id = enrolled(storage, &new_device(&machine, "kay"), token, time)
            .await
            .unwrap();
        let mut said = sample::full(&machine, "kay", "2026-11-23T08:00:00Z");
        said["agent"] = json!("0.0.9");
        said["ssh_keys"] = json!(keys);
        storage
            .take_report(report(&id, "2026-11-23T08:00:00Z", said))
            .await
            .unwrap();
        ids.push(id);
    }
    let held = storage.ssh_keys(Some("fabrikam"), None, 10).await.unwrap();
    let told: Vec<_> = held
        .iter()
        .map(|key| (key.sha256.as_str(), key.holders))
        .collect();
    assert_eq!(told, [("SHA256:one", 2), ("SHA256:two", 1)]);
    assert_eq!(held[0].seen_at, at("2026-11-23T08:00:00Z"));
    let one = KeyPlace {
        organization: "fabrikam".into(),
        sha256: "SHA256:one".into(),
    };
    assert_eq!(storage.key_holders(&one, 1).await.unwrap().len(), 1);
    let rest = storage
        .ssh_keys(Some("fabrikam"), Some(&one), 10)
        .await
        .unwrap();
    assert_eq!(rest.len(), 1, "pages follow each other");

    let mut cleaned = sample::clean("FABRIKAM-KEYS-0", "kay", "2026-11-24T08:00:00Z");
    cleaned["sequence"] = json!(2);
    cleaned["ssh_keys"] = json!([key("one")]);
    storage
        .take_report(report(&ids[0], "2026-11-24T08:00:00Z", cleaned))
        .await
        .unwrap();
    let left = storage.ssh_keys(Some("fabrikam"), None, 10).await.unwrap();
    assert_eq!(
        (left[1].holders, left[1].gone_at),
        (0, Some(at("2026-11-24T08:00:00Z")))
    );
    let counts = storage.key_counts().await.unwrap();
    let fabrikam = counts
        .iter()
        .find(|(name, _)| name == "fabrikam")
        .unwrap()
        .1;
    assert_eq!((fabrikam.held, fabrikam.gone), (1, 1));
    let since = async |time| storage.keys_since("fabrikam", at(time), 10).await.unwrap();
    assert_eq!(since("2026-11-23T07:59:59Z").await, 2);
    assert_eq!(since("2026-11-23T08:00:00Z").await, 0);
    assert_eq!(storage.recount().await.unwrap(), [""; 0]);
    ids
}

async fn tickets(storage: &dyn Storage) {
    let mut ticket = Ticket {
        id: Uuid::from_u128(7),
        organization: "fabrikam".into(),
        number: "4711".into(),
        state: TicketState::Open,
        opened_at: at("2026-11-23T09:00:00Z"),
        changed_at: at("2026-11-23T09:00:00Z"),
        changed_by: "admin".into(),
    };
    storage
        .set_ticket(&ticket, &by_admin(Action::TicketChanged))
        .await
        .unwrap();
    ticket.state = TicketState::Cleared;
    storage
        .set_ticket(&ticket, &by_admin(Action::TicketChanged))
        .await
        .unwrap();
    assert_eq!(storage.tickets().await.unwrap(), [ticket]);
}

async fn organizations(storage: &dyn Storage) {
    let entry = by_admin(Action::OrganizationChanged);
    let organization = |name: &str, tenant: Option<&str>| NewOrganization {
        name: name.into(),
        tenant: tenant.map(Into::into),
        connected_at: Some(at("2026-12-01T18:00:00Z")),
        contact: Some("help@contoso.example".into()),
    };
    let contoso = organization("Contoso", Some("microsoft-account"));
    storage.set_organization(&contoso, &entry).await.unwrap();
    storage
        .set_organization(&organization("contoso", None), &entry)
        .await
        .unwrap();
    let set = storage.organization_settings().await.unwrap();
    assert_eq!(
        (set.len(), set[0].set.name.as_str(), &set[0].set.tenant),
        (1, "contoso", &None)
    );
    let merged = Organization::merge(set, storage.known_organizations().await.unwrap());
    let contoso = merged.iter().find(|one| one.key == "contoso").unwrap();
    assert!(contoso.connected_differs() && !contoso.tenant_differs());
    let all = [organization("northwind", None)];
    storage.set_organizations(&all, &entry).await.unwrap();
    assert_eq!(storage.organization_settings().await.unwrap().len(), 1);
    assert!(
        storage
            .unset_organization("northwind", &entry)
            .await
            .unwrap()
    );
    assert!(
        !storage
            .unset_organization("northwind", &entry)
            .await
            .unwrap()
    );
}

async fn marks(storage: &dyn Storage) {
    let marked = async |mark| {
        let filter = DeviceFilter {
            mark: Some(mark),
            ..DeviceFilter::default()
        };
        names(storage, filter).await
    };
    let second = ["FABRIKAM-KEYS-1"];
    assert_eq!(marked(Mark::Declared).await, second);
    assert_eq!(marked(Mark::Accepted).await, second);
    assert!(marked(Mark::Cloned).await.is_empty());
    let old = DeviceFilter {
        agent: Some("0.0.9".into()),
        ..DeviceFilter::default()
    };
    assert_eq!(names(storage, old).await, second);
    let numbers = storage.compliance().await.unwrap();
    let agent = numbers
        .agents
        .iter()
        .find(|agent| agent.name == "0.0.9")
        .unwrap();
    assert_eq!((agent.devices.action_needed, agent.declared), (1, 1));
    let left = storage.of_state("action-needed").await.unwrap();
    assert_eq!((left.devices, left.findings.stale), (1, 1));
    assert_eq!(left.stores.len(), 2);
    assert!(
        left.organizations
            .iter()
            .any(|(name, devices, _)| name == "contoso" && *devices == 1)
    );
}
