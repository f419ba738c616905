//! The real git's helpers, with what they keep: found, forgotten, and asked whether they still answer.
//! Not on Windows: it starts the real git, which is not under Wine.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;

use serde_json::{Value, json};
use support::tokens::{pat52, pat84};
use support::{Home, findings};

/// A home with git's cache at work in it.
struct Cache {
    home: Home,
    options: Vec<String>,
}

impl Cache {
    fn new(options: &[&str]) -> Self {
        Self {
            home: Home::new(),
            options: options.iter().map(|option| (*option).to_owned()).collect(),
        }
    }

    fn ask(&self, action: &str, input: &str) -> String {
        let mut arguments = vec!["credential-cache"];
        arguments.extend(self.options.iter().map(String::as_str));
        arguments.push(action);
        let folder = self.home.path();
        self.home.tool("git", &arguments, &folder, input).stdout
    }

    fn keep(&self, host: &str, path: &str, user: &str, password: &str) {
        let path = if path.is_empty() {
            String::new()
        } else {
            format!("path={path}\n")
        };
        self.ask(
            "store",
            &format!("protocol=https\nhost={host}\n{path}username={user}\npassword={password}\n\n"),
        );
    }

    /// Whether it gives this password.
    fn gives(&self, host: &str, path: &str, password: &str) -> bool {
        let question = format!("protocol=https\nhost={host}\npath={path}\n\n");
        self.ask("get", &question).contains(password)
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        self.ask("exit", "");
    }
}

fn old(seed: u8) -> String {
    pat84('C', 'C', seed)
}

/// State of each helper by its kind and organization.
fn proofs(run: &Value) -> Vec<String> {
    let helpers = run["helpers"].as_array().unwrap();
    helpers
        .iter()
        .map(|proof| {
            format!(
                "{} {} {}",
                proof["helper"].as_str().unwrap(),
                proof["organization"].as_str().unwrap(),
                proof["state"].as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn what_is_in_memory_is_found_and_exactly_that_is_forgotten() {
    let cache = Cache::new(&[]);
    let home = &cache.home;
    home.git("", &["config", "--global", "credential.helper", "cache"]);
    home.git(
        "",
        &["config", "--global", "credential.useHttpPath", "true"],
    );
    home.git("src/app", &["init", "-q"]);
    let remote = "https://dev.azure.com/contoso/My%20App/_git/app";
    home.git("src/app", &["remote", "add", "origin", remote]);
    let new = pat84('C', 'K', 9);
    for (host, path, user, password) in [
        ("dev.azure.com", "contoso/My App/_git/app", "dev", old(1)),
        ("dev.azure.com", "contoso", "dev@contoso.example", old(2)),
        ("contoso.visualstudio.com", "", "dev", old(3)),
        ("dev.azure.com", "fabrikam", "dev", old(4)),
        ("github.com", "contoso", "dev", "hub".to_owned()),
    ] {
        cache.keep(host, path, user, &password);
    }
    let scan = home.at_work(&["scan", "--json"]).expect(1).json();
    assert_eq!(
        findings(&scan, "stale"),
        [
            "git-credential-cache https://contoso.visualstudio.com",
            "git-credential-cache https://dev.azure.com/contoso",
            "git-credential-cache https://dev.azure.com/contoso/My App/_git/app",
        ]
    );
    let socket = home.join(".cache/git/credential/socket");
    assert_eq!(scan["findings"][0]["location"]["path"], json!(socket));
    assert!(!scan.to_string().contains(&old(1)), "no secret is shown");
    assert_eq!(scan["helpers"][0]["kind"], "cache");

    let shown = home.at_work(&["clean"]).expect(1).stdout;
    assert!(shown.contains("rekey undo cannot bring it back"), "{shown}");
    let clean = home.at_work(&["clean", "--yes", "--json"]);
    let run = clean.json();
    let states: Vec<_> = run["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["state"])
        .collect();
    assert_eq!(states, ["done", "done", "done"], "{:#}", run["outcomes"]);
    assert!(
        run["plan"]
            .as_array()
            .unwrap()
            .iter()
            .all(|edit| edit["action"] == "delete-vault-entry")
    );
    assert_eq!(proofs(&run), ["cache contoso silent"]);
    assert!(!cache.gives("dev.azure.com", "contoso", &old(2)));
    assert!(cache.gives("dev.azure.com", "fabrikam", &old(4)));
    assert!(cache.gives("github.com", "contoso", "hub"));

    // The next one in that slot is the person's new one.
    cache.keep("dev.azure.com", "contoso", "dev@contoso.example", &new);
    let run = home.at_work(&["clean", "--yes", "--json"]).json();
    assert_eq!(run["plan"], json!([]));
    assert_eq!(proofs(&run), ["cache contoso answers-current"]);
    assert!(cache.gives("dev.azure.com", "contoso", &new));
}

#[test]
fn a_host_that_serves_several_is_asked_about() {
    let cache = Cache::new(&["--timeout=100"]);
    let home = &cache.home;
    cache.keep("dev.azure.com", "", "contoso", &old(1));
    cache.keep("dev.azure.com", "", "dev", &pat52(2));
    let scan = home.at_work(&["scan", "--json"]).expect(1).json();
    assert_eq!(
        findings(&scan, "stale"),
        ["git-credential-cache https://dev.azure.com/contoso"]
    );
    // The cache tells the first of several users: the other turns up when that one is gone.
    home.at_work(&["clean", "--yes"]).expect(1);
    let scan = home.at_work(&["scan", "--json"]).expect(1).json();
    assert_eq!(
        findings(&scan, "unsure"),
        ["git-credential-cache https://dev.azure.com"]
    );
    assert_eq!(scan["findings"][0]["remedy"], "consent");
    assert_eq!(scan["findings"][0]["organization"], Value::Null);
}

#[test]
fn a_socket_that_a_setting_names_is_asked() {
    let home = Home::new();
    let socket = home.join("run/mine");
    std::fs::create_dir(home.join("run")).unwrap();
    support::plain::set_mode(&home.join("run"), 0o700);
    let option = format!("--socket={}", socket.display());
    let cache = Cache {
        home,
        options: vec![option.clone()],
    };
    let home = &cache.home;
    let helper = format!("cache {option}");
    home.git("", &["config", "--global", "credential.helper", &helper]);
    cache.keep("dev.azure.com", "contoso", "dev", &old(1));
    let run = home.at_work(&["clean", "--yes", "--json"]).json();
    assert_eq!(run["outcomes"][0]["state"], "done");
    assert_eq!(proofs(&run), ["cache contoso silent"]);
    assert!(!cache.gives("dev.azure.com", "contoso", &old(1)));
}

#[test]
fn nobody_at_the_socket_is_no_trouble() {
    let home = Home::new();
    {
        let listener = home.join(".cache/git/credential");
        std::fs::create_dir_all(&listener).unwrap();
        std::os::unix::net::UnixListener::bind(listener.join("socket")).unwrap();
    }
    let scan = home.at_work(&["scan", "--json"]).expect(0).json();
    let places = scan["places"].as_array().unwrap();
    let place = places
        .iter()
        .find(|place| place["store"] == "git-credential-cache")
        .unwrap();
    assert_eq!(place["state"], "absent");
    // With a home alone nobody is asked, and that is said.
    let scan = home.about_contoso(&["scan", "--json"]).expect(0).json();
    let places = scan["places"].as_array().unwrap();
    let place = places
        .iter()
        .find(|place| place["store"] == "git-credential-cache")
        .unwrap();
    assert_eq!(place["state"], "skipped");
}

#[test]
fn a_helper_that_still_answers_is_told_plainly() {
    let home = Home::new();
    home.git("", &["config", "--global", "credential.helper", "store"]);
    let line = format!("https://dev:{}@dev.azure.com/contoso\n", old(1));
    home.write("dotfiles/git-credentials", &line);
    home.git("dotfiles", &["init", "-q"]);
    home.git("dotfiles", &["add", "."]);
    std::os::unix::fs::symlink("dotfiles/git-credentials", home.join(".git-credentials")).unwrap();
    let shown = home.at_work(&["clean", "--yes"]).expect(1).stdout;
    assert!(
        shown.contains("git's helper store still answers for contoso: it is stale"),
        "{shown}"
    );
    let run = home.at_work(&["clean", "--yes", "--json"]).expect(1).json();
    assert_eq!(proofs(&run), ["store contoso still-answers"]);
    assert!(!run.to_string().contains(&old(1)));
    let status = home.command_at_work(&["status"]).output().unwrap();
    let status = String::from_utf8(status.stdout).unwrap();
    assert!(status.contains("still answers"), "{status}");

    // A dry run asks nobody.
    let run = home.at_work(&["clean", "--dry-run", "--json"]).json();
    assert_eq!(run.get("helpers"), None);
}

#[test]
fn a_clean_store_is_seen_to_be_silent() {
    let home = Home::new();
    home.git("", &["config", "--global", "credential.helper", "store"]);
    home.write(
        ".git-credentials",
        format!(
            "https://dev:{}@dev.azure.com/contoso\nhttps://dev:{}@dev.azure.com/fabrikam\n",
            old(1),
            old(2)
        ),
    );
    let shown = home.at_work(&["clean", "--yes"]).expect(0).stdout;
    assert!(
        shown.contains("Asked, and silent: git's helper store"),
        "{shown}"
    );
}

#[test]
fn commands_and_the_credential_manager_are_never_started() {
    let home = Home::new();
    let trap = home.write(
        "bin/git-credential-manager",
        "#!/bin/sh\ntouch \"$HOME/started\"\n",
    );
    support::plain::set_mode(&trap, 0o755);
    let inline = format!("!touch {}/started; echo password=x", home.path().display());
    for value in ["manager", trap.to_str().unwrap(), &inline, "oauth"] {
        home.git(
            "",
            &["config", "--global", "--add", "credential.helper", value],
        );
    }
    let mut command = home.command_at_work(&["clean", "--yes", "--json"]);
    command.args(support::about_contoso());
    let path = format!("{}/bin:/usr/local/bin:/usr/bin:/bin", home.path().display());
    command.env("PATH", path);
    let run = support::bounded(&mut command).expect(0).json();
    assert_eq!(
        proofs(&run),
        [
            "manager contoso not-asked",
            "manager contoso not-asked",
            "inline contoso not-asked",
            "other contoso not-asked",
        ]
    );
    assert!(!home.join("started").exists());
    assert!(!run.to_string().contains("password=x"));
}

/// A helper of git's own that looks elsewhere than git says it does.
#[test]
fn what_no_file_explains_makes_a_clean_workstation_unclean() {
    let home = Home::new();
    home.git("", &["config", "--global", "credential.helper", "wincred"]);
    let helper = home.write(
        "bin/git-credential-wincred",
        format!(
            "#!/bin/sh\nread -r line; echo username=dev; echo password={}\n",
            old(1)
        ),
    );
    support::plain::set_mode(&helper, 0o755);
    let run = |arguments: &[&str]| {
        let mut command = home.command_at_work(&[arguments, &support::about_contoso()].concat());
        let path = format!("{}/bin:/usr/local/bin:/usr/bin:/bin", home.path().display());
        command.env("PATH", path);
        support::bounded(&mut command).expect(1).stdout
    };
    let shown = run(&["clean", "--yes"]);
    assert!(
        shown.contains("git's helper wincred still answers for contoso"),
        "{shown}"
    );
    assert!(
        shown.contains("Nothing stale is left but what a helper answers."),
        "{shown}"
    );
    assert!(!shown.contains(&old(1)), "{shown}");
    home.write("bin/git-credential-wincred", "#!/bin/sh\nsleep 1000\n");
    let mut command = home.command_at_work(&["clean", "--yes", "--json"]);
    command.args(support::about_contoso());
    let path = format!("{}/bin:/usr/local/bin:/usr/bin:/bin", home.path().display());
    command.env("PATH", path);
    // Nobody knows what it would have answered.
    let run = support::bounded(&mut command).expect(3).json();
    assert_eq!(proofs(&run), ["wincred contoso failed"]);
}

/// git asks for the host alone unless `credential.useHttpPath` is set.
#[test]
fn an_entry_for_the_whole_host_is_seen_where_git_gets_it() {
    for (remote, line) in [
        (
            "https://",
            format!("https://jane:{}@dev.azure.com\n", old(1)),
        ),
        (
            "https://jane@",
            format!(
                "https://jo:{}@dev.azure.com/fabrikam\nhttps://jane:{}@dev.azure.com\n",
                old(2),
                old(1)
            ),
        ),
    ] {
        let home = Home::new();
        home.git("", &["config", "--global", "credential.helper", "store"]);
        home.git("src/app", &["init", "-q"]);
        let remote = format!("{remote}dev.azure.com/contoso/p/_git/r");
        home.git("src/app", &["remote", "add", "origin", &remote]);
        home.write("mine", &line);
        std::fs::rename(home.join("mine"), home.join(".git-credentials")).unwrap();
        let run = home.at_work(&["clean", "--unattended", "--json"]).json();
        assert_eq!(proofs(&run), ["store contoso still-answers"], "{line}");
        home.git("", &["config", "--global", "credential.useHttpPath", "1"]);
        let run = home.at_work(&["clean", "--unattended", "--json"]).json();
        assert_eq!(proofs(&run), ["store contoso silent"], "{line}");
    }
}

#[test]
fn what_git_gets_of_another_organization_or_is_accepted_may_stay() {
    let home = Home::new();
    home.git("", &["config", "--global", "credential.helper", "store"]);
    home.git("src/app", &["init", "-q"]);
    let remote = "https://dev.azure.com/contoso/p/_git/r";
    home.git("src/app", &["remote", "add", "origin", remote]);
    let other = format!("https://jo:{}@dev.azure.com/fabrikam\n", old(2));
    home.write(".git-credentials", &other);
    let run = home.at_work(&["clean", "--yes", "--json"]).expect(0).json();
    assert_eq!(proofs(&run), ["store contoso answers-current"]);

    let line = format!("https://dev:{}@dev.azure.com/contoso\n", old(1));
    home.write(".git-credentials", &line);
    let scan = home.at_work(&["scan", "--json"]).expect(1).json();
    let id = scan["findings"][0]["id"].as_str().unwrap();
    home.at_work(&["accept", id, "--reason", "the build needs it"])
        .expect(0);
    let run = home.at_work(&["clean", "--yes", "--json"]).expect(0).json();
    assert_eq!(proofs(&run), ["store contoso answers-current"]);
    assert!(!run.to_string().contains(&old(1)));
}
