#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use super::*;
use crate::model::{Kind, splice};
use crate::platform::System;
use crate::platform::registry::memory::MemoryRegistry;
use crate::stores::Found;
use crate::stores::checks::{find_with_registry, secrets};
use crate::stores::environment::Environment;
use crate::testing::{TestHome, pat84};

fn person() -> RegistryKey {
    RegistryKey::of_person(VARIABLES)
}

fn find(registry: &MemoryRegistry, variables: &[(&str, &str)]) -> Found {
    let home = TestHome::of(System::Windows);
    find_with_registry(&home, &Environment, registry, variables)
}

fn told(found: &Found) -> Vec<(&str, VariableScope, Remedy, bool)> {
    let credentials = found.credentials.iter();
    credentials
        .map(|it| {
            let location = &it.location;
            let name = location.variable.as_deref().unwrap();
            (
                name,
                location.scope.unwrap(),
                it.remedy,
                it.change.is_some(),
            )
        })
        .collect()
}

/// What a value becomes; `None` where it goes.
fn after(found: &Found, data: &RegistryData) -> Option<RegistryData> {
    let mut all = Vec::new();
    for credential in &found.credentials {
        match credential.change.as_ref().unwrap() {
            Change::SetRegistryValue {
                splices: Some(splices),
                ..
            } => all.extend(splices.iter().cloned()),
            _ => return None,
        }
    }
    let bytes = splice(data.expose(), all).unwrap();
    Some(RegistryData::new(data.kind(), bytes))
}

#[test]
fn a_persons_variable_can_go_and_the_machines_is_its_administrators() {
    let registry = MemoryRegistry::new();
    let (one, two) = (pat84('C', 'A', 1), pat84('C', 'A', 2));
    registry.put(&person(), "AZURE_DEVOPS_EXT_PAT", RegistryData::text(&one));
    registry.put(
        &person(),
        "TEMP",
        RegistryData::expanded(r"%USERPROFILE%\Temp"),
    );
    let machine = RegistryKey::new(Hive::LocalMachine, OF_MACHINE);
    registry.put(&machine, "AZDO_PAT", RegistryData::expanded(&two));
    let found = find(&registry, &[]);
    assert_eq!(
        told(&found),
        [
            (
                "AZURE_DEVOPS_EXT_PAT",
                VariableScope::User,
                Remedy::Consent,
                true
            ),
            ("AZDO_PAT", VariableScope::Machine, Remedy::Manual, false),
        ]
    );
    assert_eq!(secrets(&found), [one.as_str(), &two]);
    let written = "2026-09-01T08:00:00Z".parse().ok();
    assert_eq!(found.credentials[0].observed.written, written);
    let places: Vec<_> = found.places.iter().map(|it| it.path.as_str()).collect();
    assert_eq!(places, [r"HKCU\Environment", machine.to_string().as_str()]);
}

#[test]
fn what_a_session_inherits_is_one_thing_to_mend() {
    let registry = MemoryRegistry::new();
    let (token, other) = (pat84('C', 'A', 1), pat84('C', 'A', 2));
    registry.put(&person(), "Azdo_Pat", RegistryData::text(&token));
    let scopes = |found: &Found| -> Vec<VariableScope> {
        told(found)
            .into_iter()
            .map(|(_, scope, ..)| scope)
            .collect()
    };
    let inherited = find(&registry, &[("AZDO_PAT", &token)]);
    assert_eq!(scopes(&inherited), [VariableScope::User]);
    let set_anew = find(&registry, &[("AZDO_PAT", &other)]);
    assert_eq!(
        scopes(&set_anew),
        [VariableScope::Process, VariableScope::User]
    );
}

#[test]
fn only_the_user_info_of_an_address_is_cut() {
    let registry = MemoryRegistry::new();
    let (one, two) = (pat84('C', 'A', 1), pat84('C', 'A', 2));
    let address = |token: &str, organization: &str| {
        format!(
            "Zürich-🦀 https://dev:{token}@pkgs.dev.azure.com/{organization}/_packaging/f/pypi/simple/ "
        )
    };
    let text = format!("{}{}", address(&one, "contoso"), address(&two, "fabrikam"));
    let data = RegistryData::expanded(&text);
    registry.put(&person(), "PIP_EXTRA_INDEX_URL", data.clone());
    let found = find(&registry, &[]);
    assert_eq!(secrets(&found), [one.as_str(), &two]);
    let left = after(&found, &data).unwrap();
    let expected = text
        .replace(&format!("dev:{one}@"), "")
        .replace(&format!("dev:{two}@"), "");
    assert_eq!(left, RegistryData::expanded(&expected));
}

#[test]
fn what_is_cut_short_goes_whole_or_by_hand() {
    let registry = MemoryRegistry::new();
    let token = pat84('C', 'A', 1);
    let cut = |text: &str| {
        let data = RegistryData::text(text);
        let bytes = &data.expose()[..data.expose().len() - 1];
        RegistryData::new(data.kind(), bytes.to_vec())
    };
    registry.put(&person(), "AZDO_PAT", cut(&token));
    let address = format!("https://dev:{token}@dev.azure.com/contoso/_git/x");
    registry.put(&person(), "REMOTE", cut(&address));
    assert_eq!(
        told(&find(&registry, &[])),
        [
            ("AZDO_PAT", VariableScope::User, Remedy::Consent, true),
            ("REMOTE", VariableScope::User, Remedy::Manual, false),
        ]
    );
}

#[test]
fn a_value_of_another_type_is_named_and_a_number_is_no_fault() {
    let registry = MemoryRegistry::new();
    registry.put(
        &person(),
        "AZDO_PAT",
        RegistryData::new(3, pat84('C', 'A', 1).into_bytes()),
    );
    registry.put(&person(), "NUMBER", RegistryData::number(7));
    let found = find(&registry, &[]);
    assert!(found.credentials.is_empty());
    let number = found.places.iter();
    let mut number = number.filter(|place| place.path.ends_with("NUMBER"));
    assert_eq!(number.next().unwrap().state, PlaceState::Skipped);
    let place = &found.places[1];
    assert!(place.path.starts_with("HKCU") && place.path.ends_with("AZDO_PAT"));
    assert_eq!(place.state, PlaceState::Unreadable);
    assert!(place.reason.as_deref().unwrap().contains("REG_BINARY"));
}

#[test]
fn a_tenant_that_a_variable_pins_can_go_too() {
    let registry = MemoryRegistry::new();
    let tenant = "22222222-0000-4000-8000-000000000002";
    let principal = format!("{tenant}/33333333-0000-4000-8000-000000000003");
    registry.put(
        &person(),
        "GCM_AZREPOS_SERVICE_PRINCIPAL",
        RegistryData::text(&principal),
    );
    let variables = [("GCM_AZREPOS_SERVICE_PRINCIPAL", principal.as_str())];
    let found = find(&registry, &variables);
    let [credential] = found.credentials.as_slice() else {
        unreachable!("{:?}", told(&found));
    };
    assert_eq!(credential.kind, Kind::PinnedTenant);
    assert!(after(&found, &RegistryData::text("")).is_none());
}
