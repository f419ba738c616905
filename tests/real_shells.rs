//! What real shells write and read: their histories are found, and their profiles still run after the cut.
//! Not on Windows: the real shells are Linux programs.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;

use std::process::{Command, Stdio};

use serde_json::Value;
use support::tokens::{pat52, pat84};
use support::{Answer, Home, about_contoso, bounded, findings, not_tried};

/// Whether the shell is installed; a test without it says so and passes.
fn has(shell: &str) -> bool {
    let found = std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(shell).is_file())
    });
    if !found {
        not_tried(&format!("there is no {shell} on PATH"));
    }
    found
}

fn run(home: &Home, shell: &str, arguments: &[&str], input: &str) -> Answer {
    home.tool(shell, arguments, &home.path(), input)
}

/// The values of these variables in a new shell that has read its profile.
fn variables(home: &Home, shell: &str, arguments: &[&str]) -> String {
    run(home, shell, &[arguments, &["env"]].concat(), "")
        .expect(0)
        .stdout
}

/// Removes what is stale; what is left to the person makes the exit code 1.
fn clean(home: &Home) {
    let answer = home.about_contoso(&["clean", "--yes", "--json"]);
    assert!(answer.code < 2, "{}", answer.stderr);
    let run = answer.json();
    for outcome in run["outcomes"].as_array().unwrap() {
        assert_eq!(outcome["state"], "done", "{:#}", run["outcomes"]);
    }
}

#[test]
fn bash_reads_its_profile_after_the_cut() {
    let home = Home::new();
    let old = |seed| pat84('C', 'C', seed);
    let profile = format!(
        "\
# contoso
export AZDO_ORG_SERVICE_URL=https://dev.azure.com/contoso
export AZDO_PERSONAL_ACCESS_TOKEN={}
export A=1 AZURE_DEVOPS_EXT_PAT='{}' B=2
C=3; export AZDO_PAT=\"{}\"; export D=4
export PIP_INDEX_URL=https://me:{}@pkgs.dev.azure.com/contoso/_packaging/f/pypi/simple/
if [ -n \"$A\" ]; then
  export IN_BLOCK={}
fi
cat > /dev/null <<END
export AZDO_TEXT={}
END
export E=\"$(printf '%s' 5)\"
. \"$HOME/.more\"",
        old(1),
        old(2),
        old(3),
        old(4),
        old(5),
        old(6),
    );
    let path = home.write(".bashrc", &profile);
    home.write(
        ".more",
        format!("export \\\n  VSTS_TOKEN={}\nexport F=6\nexport VSTS_URL=https://contoso.visualstudio.com\n", old(7)),
    );
    clean(&home);

    run(&home, "bash", &["-n", path.to_str().unwrap()], "").expect(0);
    let all = variables(&home, "bash", &["--norc", "-c", ". ~/.bashrc; \"$0\""]);
    for kept in [
        "A=1",
        "B=2",
        "D=4",
        "E=5",
        "F=6",
        "PIP_INDEX_URL=https://pkgs.dev.azure.com/",
    ] {
        assert!(all.contains(kept), "{kept} in {all}");
    }
    for gone in [
        "AZDO_PERSONAL",
        "AZURE_DEVOPS_EXT_PAT",
        "AZDO_PAT",
        "VSTS_TOKEN",
    ] {
        assert!(!all.contains(gone), "{gone} in {all}");
    }
    // What is not plain is left to the person.
    assert!(all.contains(&format!("IN_BLOCK={}", old(5))));
    assert!(
        home.read(".bashrc")
            .contains(&format!("AZDO_TEXT={}", old(6)))
    );

    home.rekey(&["undo"]).expect(0);
    assert_eq!(home.read(".bashrc"), profile);
}

#[test]
fn zsh_and_fish_read_theirs() {
    let home = Home::new();
    let (first, second, third) = (pat84('C', 'C', 1), pat84('C', 'C', 2), pat84('C', 'C', 3));
    let address = "https://dev.azure.com/contoso";
    if has("zsh") {
        home.write(
            ".zshenv",
            format!("typeset -x AZDO_PAT={first}\nexport AZDO_URL={address}\nfoo() {{ print *(N) }}\nexport Z=1\n"),
        );
        clean(&home);
        let all = variables(&home, "zsh", &["-c", "\"$0\""]);
        assert!(all.contains("Z=1") && !all.contains("AZDO_PAT"), "{all}");
    }
    if has("fish") {
        home.write(
            ".config/fish/config.fish",
            format!("if true\n    set -gx AZDO_PAT '{second}'\nend\nset -x AZDO_URL {address}; set -x Y 1\n"),
        );
        // fish itself writes its universal variables.
        let set = format!(
            "set -Ux VSTS_TOKEN {third}; set -Ux VSTS_URL {address}; set -Ux X https://u@example.com"
        );
        run(&home, "fish", &["-c", &set], "").expect(0);
        let scan = home.about_contoso(&["scan", "--json"]).expect(1).json();
        assert_eq!(
            findings(&scan, "stale"),
            ["shell-profile AZDO_PAT", "shell-profile VSTS_TOKEN"]
        );
        clean(&home);
        let all = variables(&home, "fish", &["-c", "$argv"]);
        assert!(
            all.contains("Y=1") && all.contains("X=https://u@example.com"),
            "{all}"
        );
        assert!(
            !all.contains("AZDO_PAT") && !all.contains("VSTS_TOKEN"),
            "{all}"
        );
    }
}

#[test]
fn histories_that_real_shells_wrote_are_read_and_left() {
    let home = Home::new();
    let token = pat52(1);
    let typed = format!(
        "ls\ngit clone https://me:{token}@dev.azure.com/contoso/p/_git/r --dry-run-x\necho \\\n h\u{e9}\u{2026} {token}\nexit\n"
    );
    run(&home, "bash", &["--norc", "-i"], &typed);
    let mut expected = vec!["shell-history echo", "shell-history git"];
    if has("zsh") {
        home.write(
            ".zshrc",
            "HISTFILE=~/.zsh_history\nHISTSIZE=100\nSAVEHIST=100\nsetopt extendedhistory\n",
        );
        run(&home, "zsh", &["-i"], &typed);
        assert!(home.join(".zsh_history").is_file());
        expected.extend(["shell-history echo", "shell-history git"]);
    }
    expected.sort_unstable();
    let history = std::fs::read(home.join(".bash_history")).unwrap();
    let scan = home.about_contoso(&["scan", "--json"]).expect(1).json();
    let all = scan["findings"].as_array().unwrap();
    let mut found: Vec<_> = all
        .iter()
        .map(|it| {
            format!(
                "{} {}",
                it["store"].as_str().unwrap(),
                it["location"]["entry"].as_str().unwrap()
            )
        })
        .collect();
    found.sort();
    assert_eq!(found, expected);
    assert!(all.iter().all(|it| it["remedy"] == "manual"));
    clean(&home);
    assert_eq!(std::fs::read(home.join(".bash_history")).unwrap(), history);
}

#[test]
fn variables_of_the_process_are_found_and_named_with_their_line() {
    let home = Home::new();
    let (stale, legacy) = (pat84('C', 'C', 1), pat52(2));
    home.write(".profile", format!("# mine\nexport TEAM_PAT={stale}\n"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_rekey"));
    command
        .args(["scan", "--offline", "--json", "--only", "environment"])
        .args(about_contoso())
        .env_clear()
        .env("HOME", home.path())
        .env("USER", "dev")
        .env("TEAM_PAT", &stale)
        .env("TEAM_ACCT", "contoso")
        .env("NPM_TOKEN", &legacy)
        .stdin(Stdio::null());
    let answer = bounded(&mut command).expect(1);
    let scan = answer.json();
    let all = scan["findings"].as_array().unwrap();
    let shown: Vec<_> = all
        .iter()
        .map(|it| {
            let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
            let location = &it["location"];
            [
                text(&location["variable"]),
                text(&location["scope"]),
                text(&it["verdict"]),
                text(&it["remedy"]),
            ]
            .join(" ")
        })
        .collect();
    assert_eq!(
        shown,
        [
            "NPM_TOKEN process unsure manual",
            "TEAM_PAT process stale manual",
        ]
    );
    let advice = all[1]["advice"].as_str().unwrap();
    assert!(advice.contains("Line 2 of"), "{advice}");
    assert!(!answer.stdout.contains(&stale) && !answer.stdout.contains(&legacy));

    // Another home has no process.
    let scan = home
        .about_contoso(&["scan", "--json", "--only", "environment"])
        .expect(0)
        .json();
    assert_eq!(scan["findings"], serde_json::json!([]));
}
