//! The step of the SSH keys with the real ssh-keygen, ssh, git and sshd.
//! Not on Windows: the server is a Linux program.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

#[path = "support/ssh_keys.rs"]
mod ssh_keys;
#[path = "support/ssh_server.rs"]
mod ssh_server;
mod support;
#[path = "support/terminal.rs"]
mod terminal;

use std::process::{Command, Stdio};

use ssh_keys::{generate, listed};
use ssh_server::Server;
use support::{Answer, Home, about_contoso, bounded, not_tried};
use terminal::{ENTER, SECOND, Terminal};

const KEY: &str = ".ssh/azure-devops_rsa";

/// A home with a remote of `contoso` over https, whose settings lead to this server.
fn home_at(server: &Server) -> Home {
    let home = Home::new();
    home.git("src", &["init", "-q"]);
    let url = "https://dev.azure.com/contoso/web/_git/site";
    home.git("src", &["remote", "add", "origin", url]);
    home.write(".ssh/config", server.settings());
    home
}

/// rekey as the person at their own machine, who may use the network.
fn at_work(home: &Home, arguments: &[&str]) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rekey"));
    command.args(arguments).args(about_contoso()).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", home.path()).env("USER", "dev");
    bounded(command.stdin(Stdio::null()))
}

const MAKE: [&str; 4] = ["guide", "ssh-keys", "--make-key", "--no-passphrase"];
const PROVE: [&str; 3] = ["guide", "ssh-keys", "--prove"];

/// How the step stands, and how that is known.
fn step(home: &Home) -> (String, String) {
    let told = at_work(home, &["guide", "ssh-keys", "--json"]).json();
    let step = &told["steps"][0];
    let word = |name: &str| step[name].as_str().unwrap_or_default().to_owned();
    (word("state"), word("proof"))
}

#[test]
fn a_new_key_is_made_set_up_refused_until_it_is_added_and_then_proved() {
    let Some(server) = Server::new() else {
        return not_tried("no sshd in a view of its own");
    };
    let home = home_at(&server);
    let before = home.read(".ssh/config");

    let made = at_work(&home, &MAKE);
    assert!(
        made.stdout.contains("~/.ssh/azure-devops_rsa is the key"),
        "{}",
        made.stdout
    );
    let public = home.read(".ssh/azure-devops_rsa.pub");
    assert!(made.stdout.contains(public.trim()), "{}", made.stdout);
    assert!(listed(&home.join(KEY), "md5").starts_with("4096 MD5:"));
    let config = home.read(".ssh/config");
    assert!(config.starts_with("# rekey: begin\n"), "{config}");
    assert!(config.ends_with(&format!("\n{before}")), "{config}");

    // The host key comes first.
    let refused = at_work(&home, &PROVE).expect(1);
    assert!(
        refused.stderr.contains("does not know the server"),
        "{}",
        refused.stderr
    );
    server.become_known();
    // Then the key itself, whichever way the server says no.
    let refused = at_work(&home, &PROVE).expect(1);
    assert!(refused.stderr.contains("keys page"), "{}", refused.stderr);
    server.take_in_vain(&public);
    let refused = at_work(&home, &PROVE).expect(1);
    assert!(refused.stderr.contains("keys page"), "{}", refused.stderr);
    assert_ne!(step(&home).0, "done");

    server.register(&public);
    let proved = at_work(&home, &PROVE);
    assert!(
        proved.stdout.contains("contoso: the key works."),
        "{}{}",
        proved.stdout,
        proved.stderr
    );
    assert_eq!(step(&home), ("done".to_owned(), "verified".to_owned()));

    let scan = at_work(&home, &["scan", "--json", "--only", "ssh-key"]).json();
    let findings = scan["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{scan:#}");
    assert_eq!(findings[0]["verdict"], "current", "{scan:#}");
    let evidence = findings[0]["evidence"].as_array().unwrap();
    assert!(
        evidence.iter().any(|one| one["code"] == "proved-by-guide"),
        "{scan:#}"
    );

    // Once more changes nothing.
    at_work(&home, &MAKE);
    assert_eq!(home.read(".ssh/config"), config);
    assert_eq!(home.read(".ssh/azure-devops_rsa.pub"), public);
    assert!(!home.join(".ssh/azure-devops_rsa_2").exists());

    // Another key in its place is not the one that was proved.
    for end in ["", ".pub"] {
        std::fs::remove_file(home.join(&format!("{KEY}{end}"))).unwrap();
    }
    generate(
        &home.join(".ssh"),
        "azure-devops_rsa",
        &["-t", "rsa", "-b", "3072", "-N", ""],
    );
    assert_eq!(step(&home).0, "pending");

    at_work(&home, &["undo"]).expect(0);
    assert_eq!(home.read(".ssh/config"), before);
}

#[test]
fn on_a_terminal_the_person_is_led_through_and_their_passphrase_goes_to_ssh_alone() {
    let Some(server) = Server::new() else {
        return not_tried("no sshd in a view of its own");
    };
    let home = home_at(&server);
    server.become_known();
    let environment = [
        ("PATH", std::env::var_os("PATH").unwrap_or_default()),
        ("HOME", home.path().into()),
        ("USER", "dev".into()),
    ];
    let line = [
        &[env!("CARGO_BIN_EXE_rekey"), "guide", "ssh-keys"],
        &about_contoso()[..],
    ]
    .concat();
    let mut terminal = Terminal::start(&line.join(" "), &environment);
    terminal
        .until("Make a new SSH key")
        .until("nothing is lost")
        .press(ENTER);
    terminal.until("Enter passphrase").press("hunter2\r");
    terminal.until("same passphrase").press("hunter2\r");
    terminal.until("Made ~/.ssh/azure-devops_rsa");
    terminal
        .until("Put them there?")
        .until("nothing is lost")
        .press(ENTER);
    terminal
        .until("rekey undo")
        .until("Paste this line")
        .until("ssh-rsa ");
    terminal
        .until("Open the page")
        .until("nothing is lost")
        .press(SECOND);
    server.register(&home.read(".ssh/azure-devops_rsa.pub"));
    terminal
        .until("Is the key added")
        .until("nothing is lost")
        .press(ENTER);
    terminal
        .until("Enter passphrase for key")
        .press("hunter2\r");
    terminal.until("It works for contoso.");
    let shown = terminal.end();
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_eq!(step(&home), ("done".to_owned(), "verified".to_owned()));
    assert!(home.read(".ssh/config").starts_with("# rekey: begin\n"));
    let told = at_work(&home, &PROVE);
    assert!(told.stderr.contains("has a passphrase"), "{}", told.stderr);
}

#[test]
fn a_key_that_answers_in_the_place_of_the_new_one_proves_nothing() {
    let Some(server) = Server::new() else {
        return not_tried("no sshd in a view of its own");
    };
    let home = home_at(&server);
    server.become_known();
    at_work(&home, &MAKE);
    let old = generate(
        &home.join(".ssh"),
        "old",
        &["-t", "rsa", "-b", "2048", "-N", ""],
    );
    let config = format!(
        "{}  IdentityFile {}\n",
        home.read(".ssh/config"),
        old.display()
    );
    home.write(".ssh/config", config);
    server.register(&home.read(".ssh/old.pub"));
    let told = at_work(&home, &PROVE).expect(1);
    assert!(
        told.stderr.contains("another key than this one"),
        "{}",
        told.stderr
    );
}

#[test]
fn a_match_exec_in_the_settings_is_never_run() {
    let Some(server) = Server::new() else {
        return not_tried("no sshd in a view of its own");
    };
    let home = home_at(&server);
    let trap = home.join("trap");
    let config = format!(
        "Match exec \"touch {}\"\n  User x\n{}",
        trap.display(),
        server.settings()
    );
    home.write(".ssh/config", config);
    at_work(&home, &MAKE);
    at_work(&home, &PROVE).expect(1);
    assert!(!trap.exists());
}

#[test]
fn without_settings_a_file_is_made_that_undo_takes_away() {
    let home = Home::new();
    at_work(&home, &MAKE);
    let config = home.read(".ssh/config");
    assert!(config.starts_with("# rekey: begin\n"), "{config}");
    assert!(config.ends_with("# rekey: end\n"), "{config}");
    let told = at_work(&home, &PROVE);
    let said = "clone one over SSH";
    assert!(told.stderr.contains(said), "{}", told.stderr);
    at_work(&home, &["undo"]).expect(0);
    assert!(!home.join(".ssh/config").exists());
    assert!(home.join(KEY).exists(), "a key is never deleted");
}

#[test]
fn a_file_that_is_there_is_never_overwritten() {
    let home = Home::new();
    home.write(KEY, "something of the person's\n");
    let made = at_work(&home, &MAKE);
    assert!(
        made.stdout.contains("azure-devops_rsa_2"),
        "{}{}",
        made.stdout,
        made.stderr
    );
    assert_eq!(home.read(KEY), "something of the person's\n");
}

#[test]
fn flags_that_mean_nothing_are_refused_and_nothing_is_made() {
    let home = Home::new();
    for (words, said) in [
        (&["guide", "--make-key"][..], "STEP"),
        (
            &["guide", "pats", "--make-key", "--no-passphrase"],
            "ssh-keys",
        ),
        (&["guide", "ssh-keys", "--no-passphrase"], "--make-key"),
        (&["guide", "ssh-keys", "--make-key"], "--no-passphrase"),
        (
            &["guide", "ssh-keys", "--make-key", "--answer", "done"],
            "--answer",
        ),
        (&["guide", "ssh-keys", "--prove"], "--make-key"),
    ] {
        let told = at_work(&home, words);
        assert_eq!(told.code, 2, "{words:?}: {}", told.stdout);
        assert!(told.stderr.contains(said), "{words:?}: {}", told.stderr);
        assert!(!home.join(".ssh").exists(), "{words:?}");
    }
    let told = home.about_contoso(&MAKE).expect(2);
    assert!(told.stderr.contains("--home"), "{}", told.stderr);
}
