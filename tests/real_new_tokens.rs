//! Real `git`, `npm` and `pip` sign in with the new token where the old one stood, to servers that take no other.
//! Not on Windows: the tools are those of Linux.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests stop at the first surprise"
)]

#[path = "support/proxy.rs"]
mod proxy;
mod support;

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proxy::{Asked, Proxy, Said};
use support::forms::Forms;
use support::tokens::pat84;
use support::{Answer, Home, about_contoso, bounded, with_input};

const FEED: &str = "pkgs.dev.azure.com/contoso/_packaging/f";
const REPOSITORY: &str = "https://dev.azure.com/contoso/web/_git/app";

fn old() -> String {
    pat84('C', 'C', 1)
}

fn new() -> String {
    pat84('C', 'L', 2)
}

/// What the service says to who has the token.
fn service(token: &str) -> Proxy {
    let token = token.to_owned();
    Proxy::new(move |asked: &Asked| {
        let said = |kind, body: &[u8]| Said {
            status: 200,
            kind,
            body: body.to_vec(),
        };
        if asked.password.as_deref() != Some(&token) {
            return Said {
                status: 401,
                kind: "text/plain",
                body: b"who are you?".to_vec(),
            };
        }
        let path = asked.line.trim_start_matches("GET ");
        if path.starts_with("/contoso/web/_git/app/info/refs") {
            let head = format!("{} HEAD\0agent=contoso\n", "1".repeat(40));
            let refs = format!(
                "001e# service=git-upload-pack\n0000{:04x}{head}0000",
                head.len() + 4
            );
            said(
                "application/x-git-upload-pack-advertisement",
                refs.as_bytes(),
            )
        } else if path.ends_with("/npm/registry/demo") {
            let body = r#"{"name":"demo","dist-tags":{"latest":"1.2.3"},"versions":{"1.2.3":{"name":"demo","version":"1.2.3"}}}"#;
            said("application/json", body.as_bytes())
        } else if path.ends_with("/pypi/simple/demo/") {
            let body = r#"<a href="demo-1.2.3-py3-none-any.whl">demo-1.2.3-py3-none-any.whl</a>"#;
            said("text/html", body.as_bytes())
        } else {
            Said {
                status: 404,
                kind: "text/plain",
                body: Vec::new(),
            }
        }
    })
}

/// A tool at home here, which reaches the service through the proxy.
fn tool(home: &Home, proxy: &Proxy, program: &str, arguments: &[&str]) -> Answer {
    let authority = home.join("authority.pem");
    let mut command = Command::new(program);
    command.args(arguments).current_dir(home.path()).env_clear();
    for name in ["PATH", "PYENV_ROOT"] {
        command.env(name, std::env::var_os(name).unwrap_or_default());
    }
    command
        .env("HOME", home.path())
        .env("HTTPS_PROXY", &proxy.url)
        .env("https_proxy", &proxy.url)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_SSL_CAINFO", &authority)
        .env("npm_config_cafile", &authority)
        .env("PIP_CERT", &authority)
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .env("PIP_RETRIES", "0")
        .env("PIP_NO_INPUT", "1")
        .env("npm_config_update_notifier", "false")
        .env("npm_config_logs_max", "0")
        .env("npm_config_fetch_retries", "0");
    bounded(&mut command)
}

/// What each tool says to a question that only the service can answer.
fn answers(home: &Home, proxy: &Proxy) -> [(&'static str, bool); 3] {
    let git = tool(home, proxy, "git", &["ls-remote", REPOSITORY]);
    let npm = tool(home, proxy, "npm", &["view", "demo", "version"]);
    let pip = tool(home, proxy, "pip", &["index", "versions", "demo"]);
    let told = |answer: &Answer, wanted: &str| {
        let worked = answer.code == 0 && answer.stdout.contains(wanted);
        // Shown where the test fails.
        if !worked {
            eprintln!("{}{}", answer.stdout, answer.stderr);
        }
        worked
    };
    [
        ("git", told(&git, "HEAD")),
        ("npm", told(&npm, "1.2.3")),
        ("pip", told(&pip, "1.2.3")),
    ]
}

fn plant(home: &Home, proxy: &Proxy) {
    let (old, encoded) = (old(), STANDARD.encode(old()));
    home.write("authority.pem", &proxy.authority);
    home.write(".gitconfig", "[credential]\n\thelper = store\n");
    home.write(
        ".git-credentials",
        format!("https://contoso:{old}@dev.azure.com\n"),
    );
    home.write(
        ".npmrc",
        format!(
            "registry=https://{FEED}/npm/registry/\n//{FEED}/npm/registry/:username=contoso\n\
             //{FEED}/npm/registry/:_password={encoded}\n//{FEED}/npm/registry/:email=dev@contoso.com\n"
        ),
    );
    home.write(
        ".config/pip/pip.conf",
        format!("[global]\nindex-url = https://contoso:{old}@{FEED}/pypi/simple/\n"),
    );
}

const NONE: [(&str, bool); 3] = [("git", false), ("npm", false), ("pip", false)];
const ALL: [(&str, bool); 3] = [("git", true), ("npm", true), ("pip", true)];

fn paste(home: &Home) {
    let guide = ["guide", "pats", "--token-file", "-"];
    let mut command = home.command_at_work(&[&guide[..], &about_contoso()].concat());
    with_input(&mut command, &new()).expect(1);
}

#[test]
fn git_npm_and_pip_work_again_after_one_paste() {
    let proxy = service(&new());
    let home = Home::new();
    plant(&home, &proxy);
    paste(&home);
    assert_eq!(answers(&home, &proxy), ALL, "{:#?}", proxy.asked());
    let shown: Vec<_> = proxy
        .asked()
        .into_iter()
        .filter_map(|asked| asked.password)
        .collect();
    assert!(
        shown.iter().all(|password| *password == new()),
        "an old token was shown"
    );
    home.at_work(&["undo"]).expect(0);
    // Git erases from its store what a server refuses, as it always does.
    assert_eq!(answers(&home, &proxy), NONE);
}

/// What Python's own readers find where `az devops` (configparser) and everything that reads netrc look.
#[test]
fn python_reads_the_new_token_where_the_old_one_stood() {
    let home = Home::new();
    home.write(
        ".netrc",
        format!(
            "machine dev.azure.com\n  login contoso\n  password {}\n",
            old()
        ),
    );
    // Python reads it only where nobody else may.
    support::plain::set_mode(&home.join(".netrc"), 0o600);
    home.write(
        ".azure/azuredevops/personalAccessTokens",
        format!(
            "[azdevops-cli:https://dev.azure.com/contoso]\npersonal access token = {}\n",
            old()
        ),
    );
    paste(&home);
    let program = "import configparser, netrc, os\n\
        home = os.path.expanduser('~')\n\
        print(netrc.netrc().authenticators('dev.azure.com')[2])\n\
        tokens = configparser.ConfigParser()\n\
        tokens.read(home + '/.azure/azuredevops/personalAccessTokens')\n\
        print(tokens['azdevops-cli:https://dev.azure.com/contoso']['personal access token'])\n";
    let mut python = Command::new("python3");
    python.args(["-c", program]).env("HOME", home.path());
    let read = bounded(&mut python).expect(0).stdout;
    assert_eq!(read, format!("{0}\n{0}\n", new()));
}

#[test]
fn they_work_again_where_the_old_token_was_removed_before() {
    let proxy = service(&new());
    let home = Home::new();
    plant(&home, &proxy);
    home.at_work(&["clean", "--yes"]).expect(0);
    assert_eq!(answers(&home, &proxy), NONE);
    paste(&home);
    assert_eq!(answers(&home, &proxy), ALL, "{:#?}", proxy.asked());
}

/// Programs that write down what they are told, in place of all that rekey could start.
fn listeners(home: &Home) -> std::path::PathBuf {
    let folder = home.join("bin");
    for name in [
        "git",
        "ssh",
        "ssh-keygen",
        "ssh-add",
        "az",
        "xdg-open",
        "gpg",
        "pass",
    ] {
        let log = home.join("told");
        let script = format!(
            "#!/bin/sh\n{{ echo \"$0 $*\"; /usr/bin/env; }} >>'{}'\nexit 1\n",
            log.display()
        );
        let program = home.write(&format!("bin/{name}"), script);
        support::plain::set_mode(&program, 0o755);
    }
    folder
}

#[test]
fn no_program_is_told_a_token() {
    let proxy = service(&new());
    let home = Home::new();
    plant(&home, &proxy);
    let path = listeners(&home);
    let rekey = |arguments: &[&str], input: &str| {
        let mut command = home.command_at_work(&[arguments, &about_contoso()].concat());
        command.env("PATH", &path);
        with_input(&mut command, input)
    };
    rekey(&["guide", "pats", "--token-file", "-"], &new());
    rekey(&["undo"], "");
    rekey(&["run", "--yes", "-vv"], "");
    rekey(&["guide", "pats", "--token-file", "-"], &new());
    let told = std::fs::read(home.join("told")).unwrap();
    assert!(
        String::from_utf8_lossy(&told).contains("credential-store"),
        "nothing was started"
    );
    let forms = Forms::of(&[old(), new()]);
    assert_eq!(forms.in_bytes(&told), None);
}
