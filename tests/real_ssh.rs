//! SSH as it really is: an agent with keys, and a client that says in which order it would offer them.
//! Not on Windows: the real ssh and its agent are Linux programs.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

#[path = "support/ssh_agent.rs"]
mod ssh_agent;
#[path = "support/ssh_keys.rs"]
mod ssh_keys;
mod support;

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use ssh_agent::Agent;
use ssh_keys::{generate, listed};
use support::{Home, bounded, not_tried};
use tempfile::TempDir;

const HOST: &str = "ssh.dev.azure.com";

/// A home with a remote of `contoso`, and keys of these names and types below `keys`.
fn home_with(keys: &[(&str, &str)]) -> Home {
    let home = Home::new();
    home.git("src", &["init", "-q"]);
    let url = format!("git@{HOST}:v3/contoso/p/r");
    home.git("src", &["remote", "add", "origin", &url]);
    std::fs::create_dir_all(home.join("keys")).unwrap();
    std::fs::create_dir_all(home.join(".ssh")).unwrap();
    for (name, kind) in keys {
        let bits = if *kind == "rsa" { "2048" } else { "256" };
        generate(
            &home.join("keys"),
            name,
            &["-t", kind, "-b", bits, "-N", ""],
        );
    }
    home
}

/// What rekey finds in a session of that home, whose agent it may ask.
fn scan(home: &Home, agent: &Agent) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rekey"));
    command
        .args([
            "scan",
            "--json",
            "--offline",
            "--only",
            "ssh-key",
            "--org",
            "contoso",
        ])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home.path())
        .env("USER", "dev")
        .env("SSH_AUTH_SOCK", &agent.socket)
        .stdin(Stdio::null());
    bounded(&mut command).json()
}

/// The fingerprints that ssh(1) says it would offer, in its order; `None` where no server can be had.
fn order_of_ssh(home: &Home, agent: &Agent) -> Option<Vec<String>> {
    let server = server()?;
    let mut command = Command::new("ssh");
    command
        .args([
            "-v",
            "-T",
            "-o",
            "BatchMode=yes",
            "-o",
            "StrictHostKeyChecking=no",
        ])
        .args([
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            &server.proxy,
            "-F",
        ])
        .arg(home.join(".ssh/config"))
        .arg(format!("git@{HOST}"))
        .env("SSH_AUTH_SOCK", &agent.socket)
        .stdin(Stdio::null());
    let said = bounded(&mut command).stderr;
    let tried: Vec<_> = said
        .lines()
        .filter_map(|line| line.strip_prefix("debug1: Will attempt key: "))
        .filter_map(|line| line.split(' ').find(|word| word.starts_with("SHA256:")))
        .map(str::to_owned)
        .collect();
    assert!(!tried.is_empty(), "{said}");
    Some(tried)
}

/// A server that takes nobody in, and is reached through its input and output.
struct Server {
    proxy: String,
    _folder: TempDir,
}

fn server() -> Option<Server> {
    const SOMEBODY: u32 = 54_321;

    let program = Path::new("/usr/sbin/sshd");
    let folder = TempDir::new().unwrap();
    let key = generate(folder.path(), "host_key", &["-t", "ed25519", "-N", ""]);
    let settings = folder.path().join("sshd_config");
    let text = format!(
        "HostKey {}\nUsePAM no\nAuthorizedKeysFile none\n",
        key.display()
    );
    std::fs::write(&settings, text).unwrap();
    // As root it wants a folder of the system's that may not be there.
    let as_somebody = if rustix::process::geteuid().is_root() {
        support::plain::set_mode(folder.path(), 0o755);
        std::os::unix::fs::chown(&key, Some(SOMEBODY), Some(SOMEBODY)).unwrap();
        format!("setpriv --reuid {SOMEBODY} --regid {SOMEBODY} --clear-groups ")
    } else {
        String::new()
    };
    let (program_shown, settings) = (program.display(), settings.display());
    let proxy = format!("ProxyCommand={as_somebody}{program_shown} -i -f {settings}");
    program.is_file().then_some(Server {
        proxy,
        _folder: folder,
    })
}

fn fingerprint(key: &Path, hash: &str) -> String {
    let word = listed(key, hash).split(' ').nth(1).unwrap().to_owned();
    word.trim_start_matches("MD5:").to_owned()
}

#[test]
fn a_key_in_the_agent_alone_stands_in_json_as_an_entry_of_a_vault() {
    let home = home_with(&[("one", "rsa")]);
    let agent = Agent::at(home.join("agent.sock"));
    let key = home.join("keys/one");
    agent.add(&key);
    let scan = scan(&home, &agent);
    let findings = scan["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{scan:#}");
    let finding = &findings[0];
    let location = serde_json::json!({
        "vault": "ssh-agent", "target": fingerprint(&key, "md5"), "account": "dev@contoso.com",
    });
    assert_eq!(finding["location"], location);
    assert_eq!(
        (
            &finding["kind"],
            &finding["remedy"],
            &finding["organization"]
        ),
        (&"ssh-key".into(), &"manual".into(), &"contoso".into())
    );
    let socket = agent.socket.to_str().unwrap();
    let places = scan["places"].as_array().unwrap();
    assert!(
        places
            .iter()
            .any(|place| place["path"] == socket && place["state"] == "read"),
        "{scan:#}"
    );
}

#[test]
fn the_key_that_counts_is_the_first_of_rsa_that_ssh_would_offer() {
    let keys = [("el", "ed25519"), ("a", "rsa"), ("b", "rsa"), ("c", "rsa")];
    let home = home_with(&keys);
    let agent = Agent::at(home.join("agent.sock"));
    for (name, _) in &keys[..3] {
        agent.add(&home.join("keys").join(name));
    }
    let path = |name: &str| home.join("keys").join(name).display().to_string();
    for (named, only) in [
        (&["a", "b", "c"][..], "no"),
        (&["c", "b", "a"], "no"),
        (&["b", "c"], "no"),
        (&["c", "b"], "yes"),
        (&["c"], "no"),
        (&["c", "el"], "yes"),
    ] {
        let mut config = format!("Host {HOST}\n  IdentitiesOnly {only}\n");
        for name in named {
            config.push_str(&format!("  IdentityFile {}\n", path(name)));
        }
        home.write(".ssh/config", &config);
        let Some(order) = order_of_ssh(&home, &agent) else {
            not_tried("there is no sshd");
            return;
        };
        let is_rsa = |sha256: &&String| {
            let mut rsa = keys.iter().filter(|(_, kind)| *kind == "rsa");
            rsa.any(|(name, _)| fingerprint(&home.join("keys").join(name), "sha256") == **sha256)
        };
        let first = order.iter().find(is_rsa).unwrap();
        let (name, _) = keys
            .iter()
            .find(|(name, _)| fingerprint(&home.join("keys").join(name), "sha256") == *first)
            .unwrap();
        let md5 = fingerprint(&home.join("keys").join(name), "md5");
        let rsa = order.iter().filter(is_rsa).count();
        let scan = scan(&home, &agent);
        let advice = |finding: &Value| finding["advice"].as_str().unwrap().to_owned();
        let findings = scan["findings"].as_array().unwrap();
        let winners: Vec<_> = findings
            .iter()
            .map(advice)
            .filter(|advice| advice.contains("listed as") && !advice.contains("before it"))
            .filter(|advice| !advice.contains("takes RSA keys only"))
            .collect();
        let [winner] = &winners[..] else {
            panic!("{config}{order:?}\n{scan:#}")
        };
        assert!(winner.contains(&md5), "{config}{order:?}\n{scan:#}");
        assert_eq!(
            winner.contains("It is the one that counts"),
            rsa > 1,
            "{config}{winner}"
        );
    }
}

#[test]
fn the_guide_has_the_text_for_support_with_the_fingerprint_that_ssh_keygen_lists() {
    let home = home_with(&[("id_rsa", "rsa"), ("id_ed25519", "ed25519")]);
    for name in ["id_rsa", "id_ed25519"] {
        for end in ["", ".pub"] {
            let to = home.join(&format!(".ssh/{name}{end}"));
            std::fs::rename(home.join(&format!("keys/{name}{end}")), &to).unwrap();
            support::plain::set_modified(&to);
        }
    }
    let listed = fingerprint(&home.join(".ssh/id_rsa"), "md5");
    let text = home.about_contoso(&["guide", "ssh-keys"]).expect(1).stdout;
    assert!(text.contains("  For Support:\n"), "{text}");
    assert!(text.contains(&format!("\n    {listed}\n")), "{text}");

    let json = home.about_contoso(&["guide", "ssh-keys", "--json"]);
    let json = json.expect(1).json();
    let request = json["steps"][0]["support"].as_str().unwrap();
    let fingerprints: Vec<&str> = request.lines().skip(3).collect();
    assert_eq!(fingerprints, [listed], "{request}");
}
