//! Every channel by which IT steers workstations knows every key of policy, and no other: the administrative template
//! and the installer's properties for Windows, the configuration profile and Jamf's form for macOS, and the page that
//! describes them. And what starts rekey by itself says words that the program knows.
//!
//! That the agent reads what each of them writes is tested where they are made, in `src/policy/templates/`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise, and start the program"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use rekey::policy::keys::{KEYS, KeyKind};
use rekey::text::xml::{Element, parse};

/// What managed preferences, the launch agent and the signature are named by.
const DOMAIN: &str = "dev.rekey.agent";

fn project(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = std::fs::read_to_string(&path);
    text.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

type Names = BTreeSet<String>;

/// The key that a name of a channel belongs to: organizations have fields, and some channels numbers for them.
fn key_of(name: &str) -> String {
    let organizations = name.strip_prefix("organizations");
    let is_field = organizations.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    if is_field { "organizations" } else { name }.to_owned()
}

/// Values below the registry key of policy, dots between their parts.
fn in_registry(key: &str, value: &str) -> String {
    let below = key.strip_prefix(r"SOFTWARE\Policies\Rekey").unwrap();
    let whole = format!("{below}\\{value}").replace('\\', ".");
    key_of(whole.trim_start_matches('.'))
}

fn administrative_template() -> Names {
    let template = parse(&project("installer/windows/policy/rekey.admx")).unwrap();
    let mut names = Names::new();
    for policy in template.child("policies").unwrap().all("policy") {
        let get = |element: &Element, name: &str| {
            let attribute = element.attribute(name)?;
            Some(attribute.value.clone())
        };
        let key = get(policy, "key").unwrap();
        policy.visit(&mut |_, element| {
            if let Some(value) = get(element, "valueName") {
                names.insert(in_registry(&key, &value));
            } else if element.name == "list" {
                names.insert(in_registry(&get(element, "key").unwrap(), ""));
            }
        });
    }
    names
        .iter()
        .map(|name| name.trim_end_matches('.').to_owned())
        .collect()
}

fn installer_properties() -> Names {
    let table = project("installer/windows/policy/properties.tsv");
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    let name = |row: &str| {
        let fields: Vec<_> = row.split('\t').collect();
        in_registry(fields[1], fields[2])
    };
    rows.map(name).collect()
}

/// The keys of a `<dict>`.
fn keys_of(dict: &Element) -> Vec<&str> {
    dict.all("key").map(|key| key.text.as_str()).collect()
}

/// The value behind a key of a `<dict>`.
fn behind<'e>(dict: &'e Element, key: &str) -> &'e Element {
    let at = dict
        .children
        .iter()
        .position(|one| one.name == "key" && one.text == key);
    &dict.children[at.unwrap_or_else(|| panic!("no {key}")) + 1]
}

fn configuration_profile() -> Names {
    let profile = parse(&project("installer/macos/settings.mobileconfig")).unwrap();
    let payload = &behind(&profile.children[0], "PayloadContent").children[0];
    let forced = &behind(behind(behind(payload, "PayloadContent"), DOMAIN), "Forced").children[0];
    let settings = keys_of(behind(forced, "mcx_preference_settings"));
    settings.into_iter().map(key_of).collect()
}

fn jamf_form() -> Names {
    let form: serde_json::Value =
        serde_json::from_str(&project("installer/jamf/dev.rekey.agent.json")).unwrap();
    let properties = form["properties"].as_object().unwrap();
    properties.keys().map(|key| key_of(key)).collect()
}

/// The first column of the table of keys in the page about settings.
fn page() -> Names {
    let page = project("docs/policy.md");
    let (_, table) = page.split_once("| key | values").unwrap();
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with("| `"));
    let first = rows.flat_map(|row| {
        let cell = row.split('|').nth(1).unwrap();
        let names = cell.split('`').skip(1).step_by(2);
        names
            .map(|name| name.trim_end_matches("[]").to_owned())
            .collect::<Vec<_>>()
    });
    first.collect()
}

#[test]
fn every_channel_has_every_key_that_the_program_has() {
    let known: Names = KEYS.iter().map(|key| key.name.to_owned()).collect();
    for (channel, names) in [
        ("the administrative template", administrative_template()),
        ("the installer's properties", installer_properties()),
        ("the configuration profile", configuration_profile()),
        ("Jamf's form", jamf_form()),
        ("docs/policy.md", page()),
    ] {
        assert_eq!(names, known, "{channel}, and the keys of the program");
    }
    let secrets: Vec<_> = KEYS
        .iter()
        .filter(|key| key.kind == KeyKind::Secret)
        .collect();
    assert_eq!(
        secrets.len(),
        1,
        "each secret needs a word of warning in each channel"
    );

    // What starts it on a Mac: launchd a launcher, the launcher the program, with words that it takes.
    let list = parse(&project("installer/macos/dev.rekey.agent.plist")).unwrap();
    let agent = &list.children[0];
    assert_eq!(behind(agent, "Label").text, DOMAIN);
    let launcher = &behind(agent, "ProgramArguments").children[0].text;
    let launcher = project(&launcher.replace("/opt/rekey/libexec/", "installer/macos/"));
    let started = launcher
        .lines()
        .last()
        .unwrap()
        .strip_prefix("exec /opt/rekey/bin/rekey ")
        .unwrap();
    let words: Vec<_> = started.split(' ').collect();
    assert!(words.contains(&"--unattended"), "{words:?}");
    // With --help at the end it looks at all words and does nothing.
    let answer = Command::new(env!("CARGO_BIN_EXE_rekey"))
        .args(&words)
        .arg("--help")
        .output()
        .unwrap();
    assert!(answer.status.success(), "rekey takes no {words:?}");
}
