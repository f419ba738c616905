//! Keys that a real `ssh-agent` holds.

use std::ffi::OsString;
use std::path::PathBuf;

use super::super::SshKey;
use super::session::find;
use super::{DEVOPS, expected, keys, plant, repository};
use crate::model::{Credential, Kind, PlaceState, Remedy};
use crate::stores::Found;
use crate::testing::TestHome;
use crate::testing::ssh_agent::Agent;
use crate::testing::ssh_keys::{ed25519, generate, listed, rsa};

const REMOTE: &str = "git@ssh.dev.azure.com:v3/contoso/p/a";

fn start(home: &TestHome) -> Agent {
    Agent::at(home.path().join("agent.sock"))
}

fn variables(agent: &Agent) -> [(&'static str, OsString); 1] {
    [("SSH_AUTH_SOCK", agent.socket.clone().into())]
}

/// An RSA key somewhere else than in `~/.ssh`, added to the agent.
fn held(home: &TestHome, agent: &Agent, name: &str, kind: &str) -> PathBuf {
    let folder = home.path().join("elsewhere");
    std::fs::create_dir_all(&folder).unwrap();
    let bits = if kind == "rsa" { "2048" } else { "256" };
    let key = generate(&folder, name, &["-t", kind, "-b", bits, "-N", ""]);
    agent.add(&key);
    key
}

fn in_agent(found: &Found) -> Vec<&Credential> {
    let credentials = found.credentials.iter();
    credentials
        .filter(|one| one.location.vault.is_some())
        .collect()
}

fn advice<'f>(found: &'f Found, end: &str) -> &'f str {
    let is_wanted = |one: &&Credential| {
        let location = &one.location;
        let place = location.path.as_deref().or(location.target.as_deref());
        place.is_some_and(|place| place.ends_with(end))
    };
    let credential = found.credentials.iter().find(is_wanted).unwrap();
    credential.advice.as_deref().unwrap()
}

#[test]
fn a_key_that_only_the_agent_holds_is_found_by_its_fingerprint() {
    let home = TestHome::new();
    let agent = start(&home);
    let key = held(&home, &agent, "key", "rsa");
    repository(&home, "a", REMOTE, "");
    let found = find(&home, &SshKey, &variables(&agent));
    let [one] = in_agent(&found)[..] else {
        panic!("{:?}", found.credentials)
    };
    let location = &one.location;
    let target = location.target.as_deref().unwrap();
    assert!(listed(&key, "md5").contains(&format!("MD5:{target} ")));
    assert_eq!(location.vault.as_deref(), Some("ssh-agent"));
    assert_eq!(location.account.as_deref(), Some("dev@contoso.com"));
    assert_eq!(
        (&location.path, &one.path, &one.change),
        (&None, &None, &None)
    );
    assert_eq!((one.kind, one.remedy), (Kind::SshKey, Remedy::Manual));
    assert_eq!(one.organization.as_ref().unwrap().as_str(), "contoso");
    assert_eq!(one.observed.key.as_ref().unwrap().bits, Some(2048));
    let socket = agent.socket.to_str().unwrap();
    assert!(
        found
            .places
            .iter()
            .any(|place| place.path == socket && place.state == PlaceState::Read)
    );
    assert!(
        in_agent(&home.find(&SshKey)).is_empty(),
        "a home alone has no agent"
    );
}

#[test]
fn a_key_that_a_file_holds_too_is_the_files() {
    let home = TestHome::new();
    plant(&home, "azure");
    let agent = start(&home);
    agent.add(&home.path().join(".ssh/azure"));
    repository(&home, "a", REMOTE, "");
    // Whether the settings name it or it only lies there.
    for config in ["", DEVOPS] {
        home.write(".ssh/config", config);
        let found = find(&home, &SshKey, &variables(&agent));
        assert!(in_agent(&found).is_empty());
        assert_eq!(
            keys(&home, &found),
            expected(&[("azure", Some("contoso"))]),
            "{config}"
        );
    }
}

#[test]
fn of_an_agents_keys_the_first_of_rsa_counts() {
    let home = TestHome::new();
    let agent = start(&home);
    held(&home, &agent, "other", "ed25519");
    let first = held(&home, &agent, "first", "rsa");
    held(&home, &agent, "second", "rsa");
    plant(&home, "id_rsa");
    repository(&home, "a", REMOTE, "");
    let found = find(&home, &SshKey, &variables(&agent));
    let [one] = in_agent(&found)[..] else {
        panic!("{:?}", found.credentials)
    };
    let target = one.location.target.as_deref().unwrap();
    assert!(listed(&first, "md5").contains(target));
    let told = advice(&found, target);
    assert!(told.contains("before 2 other RSA keys"), "{told}");
    let told = advice(&found, "id_rsa");
    assert!(
        told.contains("For ssh.dev.azure.com ssh offers a key of the agent before it"),
        "{told}"
    );
}

#[test]
fn identities_only_keeps_an_agents_other_keys_back() {
    let home = TestHome::new();
    let agent = start(&home);
    held(&home, &agent, "first", "rsa");
    plant(&home, "azure");
    repository(&home, "a", REMOTE, "");
    home.write(".ssh/config", DEVOPS);
    let found = find(&home, &SshKey, &variables(&agent));
    assert_eq!(keys(&home, &found), expected(&[("azure", Some("contoso"))]));
    assert!(!advice(&found, "azure").contains("before"));
    home.write(
        ".ssh/config",
        DEVOPS.replace("IdentitiesOnly yes", "IdentitiesOnly no"),
    );
    let found = find(&home, &SshKey, &variables(&agent));
    assert_eq!(in_agent(&found).len(), 1);
    assert!(advice(&found, "azure").contains("set IdentitiesOnly yes"));
}

#[test]
fn a_refused_type_counts_only_where_no_rsa_key_does_the_work() {
    let home = TestHome::new();
    let agent = start(&home);
    held(&home, &agent, "one", "ed25519");
    held(&home, &agent, "two", "ecdsa");
    repository(&home, "a", REMOTE, "");
    let found = find(&home, &SshKey, &variables(&agent));
    let [one] = in_agent(&found)[..] else {
        panic!("{:?}", found.credentials)
    };
    assert_eq!(one.observed.refused_key.as_deref(), Some("ssh-ed25519"));
    plant(&home, "id_rsa");
    let found = find(&home, &SshKey, &variables(&agent));
    assert_eq!(
        keys(&home, &found),
        expected(&[("id_rsa", Some("contoso"))])
    );
}

#[test]
fn the_settings_choose_the_agent() {
    let home = TestHome::new();
    let agent = start(&home);
    held(&home, &agent, "usual", "rsa");
    let other = Agent::at(home.path().join("other.sock"));
    let key = held(&home, &other, "chosen", "rsa");
    repository(&home, "a", REMOTE, "");
    let socket = other.socket.display().to_string();
    let variables = [variables(&agent), [("OTHER_AGENT", socket.clone().into())]].concat();
    for (setting, chosen) in [
        ("IdentityAgent none", None),
        ("PubkeyAuthentication no", None),
        (&*format!("IdentityAgent {socket}"), Some(true)),
        ("IdentityAgent ~/other.sock", Some(true)),
        ("IdentityAgent $OTHER_AGENT", Some(true)),
        ("IdentityAgent SSH_AUTH_SOCK", Some(false)),
        ("Host github.com\nIdentityAgent none", Some(false)),
    ] {
        home.write(".ssh/config", setting);
        let found = find(&home, &SshKey, &variables);
        let held = in_agent(&found);
        assert_eq!(held.len(), usize::from(chosen.is_some()), "{setting}");
        if let Some(chosen) = chosen {
            let target = held[0].location.target.as_deref().unwrap();
            assert_eq!(listed(&key, "md5").contains(target), chosen, "{setting}");
        }
    }
}

#[test]
fn a_public_key_that_names_one_of_the_agents_is_one_finding() {
    let home = TestHome::new();
    let agent = start(&home);
    let key = held(&home, &agent, "key", "rsa");
    let public = std::fs::read(key.with_added_extension("pub")).unwrap();
    home.write(".ssh/azure.pub", public);
    repository(&home, "a", REMOTE, "");
    home.write(
        ".ssh/config",
        "Host *\nIdentityFile ~/.ssh/azure.pub\nIdentitiesOnly yes\n",
    );
    let found = find(&home, &SshKey, &variables(&agent));
    assert!(in_agent(&found).is_empty());
    assert_eq!(
        keys(&home, &found),
        expected(&[("azure.pub", Some("contoso"))])
    );
}

#[test]
fn an_agent_that_is_gone_or_locked_is_no_fault() {
    let home = TestHome::new();
    rsa().write(&home.path().join(".ssh/id_rsa"));
    ed25519().write(&home.path().join(".ssh/id_ed25519"));
    repository(&home, "a", REMOTE, "");
    let gone = home.path().join("gone.sock");
    let variables = [("SSH_AUTH_SOCK", gone.clone().into())];
    let found = find(&home, &SshKey, &variables);
    assert_eq!(
        keys(&home, &found),
        expected(&[("id_rsa", Some("contoso"))])
    );
    let place = found
        .places
        .iter()
        .find(|place| place.path == gone.to_str().unwrap());
    assert_eq!(place.unwrap().state, PlaceState::Absent);
}
