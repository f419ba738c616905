#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests ask other programs and stop at the first surprise"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::*;
use crate::model::PlaceState;
use crate::platform::System;
use crate::stores::checks::find_with_variables;
use crate::stores::git::testing::{cleaned, rows, secrets};
use crate::testing::{TestHome, pat52, pat84};

/// What Python's own reader makes of the file, as `host login password` lines; `None` without Python.
fn python_reads(path: &Path) -> Option<String> {
    const PROGRAM: &str = "import netrc, sys\n\
        for host, (login, _, password) in netrc.netrc(sys.argv[1]).hosts.items():\n    \
        print(host, login, password)";
    let run = Command::new("python3")
        .args(["-c", PROGRAM])
        .arg(path)
        .output();
    let output = run.ok()?;
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The `Authorization` that the real git sends to a server that asks for one, from the home's netrc.
fn git_logs_in(home: &TestHome, listener: &TcpListener) -> Option<String> {
    let url = format!("http://{}/r", listener.local_addr().unwrap());
    let mut child = Command::new("git")
        .args(["ls-remote", &url])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", home.path())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    listener.set_nonblocking(true).unwrap();
    let sent = loop {
        let Ok((mut stream, _)) = listener.accept() else {
            if child.try_wait().unwrap().is_some() {
                break None;
            }
            std::thread::yield_now();
            continue;
        };
        stream.set_nonblocking(false).unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let header = lines
            .map(Result::unwrap)
            .take_while(|line| !line.is_empty())
            .find_map(|line| line.strip_prefix("Authorization: ").map(str::to_owned));
        if header.is_some() {
            break header;
        }
        let answer = "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"r\"\r\n\
                      Content-Length: 0\r\nConnection: close\r\n\r\n";
        stream.write_all(answer.as_bytes()).unwrap();
    };
    let _ = child.kill();
    child.wait().unwrap();
    sent
}

#[test]
#[cfg_attr(windows, ignore = "needs the real git")]
fn git_still_logs_in_with_what_is_left() {
    let home = TestHome::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let path = home.write(
        ".netrc",
        "machine dev.azure.com\n\tlogin contoso password one\nmacdef init\n\tcd /\n\n\
         machine contoso.visualstudio.com login x password two machine 127.0.0.1 login l\n\
         password p machine dev.azure.com login contoso\npassword three\n",
    );
    let found = home.find(&NetRc);
    assert_eq!(secrets(&found), ["one", "two", "three"]);
    let text = cleaned(&found, &path, Some("contoso")).unwrap();
    assert_eq!(
        text,
        "macdef init\n\tcd /\n\nmachine 127.0.0.1 login l\npassword p\n"
    );
    std::fs::write(&path, text).unwrap();
    assert_eq!(git_logs_in(&home, &listener).as_deref(), Some("Basic bDpw"));
}

#[test]
fn one_entry_goes_and_the_others_are_still_read() {
    let home = TestHome::new();
    let (old, new) = (pat84('C', 'A', 1), pat52(2));
    let path = home.write(
        ".netrc",
        format!(
            "# machine dev.azure.com login a password b\n\
             machine github.com login jane password hub\n\
             machine dev.azure.com\n  login contoso\n  password {old}\n\
             machine fabrikam.visualstudio.com login x password {new}\n\
             \n\
             machine pkgs.dev.azure.com login y password {new}\n\
             default login anonymous password me@contoso.com\n"
        ),
    );
    let found = home.find(&NetRc);
    assert_eq!(
        rows(&found),
        [
            "pat contoso 5 machine dev.azure.com consent",
            "pat fabrikam 6 machine fabrikam.visualstudio.com consent",
            "pat - 8 machine pkgs.dev.azure.com consent",
        ]
    );
    assert_eq!(secrets(&found), [&old, &new, &new]);
    let text = cleaned(&found, &path, Some("contoso")).unwrap();
    assert_eq!(
        text,
        format!(
            "# machine dev.azure.com login a password b\n\
             machine github.com login jane password hub\n\
             machine fabrikam.visualstudio.com login x password {new}\n\
             \n\
             machine pkgs.dev.azure.com login y password {new}\n\
             default login anonymous password me@contoso.com\n"
        )
    );
    std::fs::write(&path, text).unwrap();
    if let Some(read) = python_reads(&path) {
        assert_eq!(
            read,
            format!(
                "github.com jane hub\nfabrikam.visualstudio.com x {new}\n\
                 pkgs.dev.azure.com y {new}\ndefault anonymous me@contoso.com\n"
            )
        );
    }
}

#[test]
fn odd_layouts_lose_only_the_entry() {
    for (text, left) in [
        (
            "machine a.com login x password 1 machine dev.azure.com login contoso password s machine b.com login y password 2\n",
            "machine a.com login x password 1 machine b.com login y password 2\n",
        ),
        (
            "machine a.com login x password 1 machine dev.azure.com login contoso password s\r\nmachine b.com\r\n",
            "machine a.com login x password 1\r\nmachine b.com\r\n",
        ),
        (
            "machine\n dev.azure.com\n # mine\n login contoso # note\n\n password s",
            " # mine\n # note\n\n",
        ),
        (
            "macdef init\nmachine dev.azure.com login contoso password no\n\nmachine dev.azure.com login \"contoso\" password \"s \\\" t\"\n",
            "macdef init\nmachine dev.azure.com login contoso password no\n\n",
        ),
        (
            "machine dev.azure.com password #s login contoso port https\n#\n",
            "#\n",
        ),
        (
            "machine dev.azure.com login contoso password s\nmacdef x\n  y\n\ndefault\n",
            "macdef x\n  y\n\ndefault\n",
        ),
    ] {
        let home = TestHome::new();
        let path = home.write(".netrc", text);
        let found = home.find(&NetRc);
        assert_eq!(found.credentials.len(), 1, "{text}");
        assert_eq!(
            cleaned(&found, &path, Some("contoso")).unwrap(),
            left,
            "{text}"
        );
    }
}

#[test]
fn what_has_no_secret_is_left_alone() {
    let home = TestHome::new();
    home.write(
        "_netrc",
        "machine dev.azure.com login contoso\nmachine dev.azure.com login x password \"\"\n\
         machine tfs.contoso.com login x password y\nlogin z password w\nmachine",
    );
    assert_eq!(rows(&home.find(&NetRc)), [""; 0]);
}

#[test]
fn a_token_for_any_machine_is_found() {
    let home = TestHome::new();
    let token = pat52(3);
    home.write(
        ".authinfo",
        format!("default login x password {token}\nmachine github.com login x password {token}\n"),
    );
    assert_eq!(rows(&home.find(&NetRc)), ["pat - 1 default consent"]);
}

#[test]
fn a_quote_without_end_is_said_and_its_token_shown() {
    let home = TestHome::new();
    let token = pat52(3);
    home.write(
        ".netrc",
        format!("machine dev.azure.com login \"x password {token}\n"),
    );
    let found = home.find(&NetRc);
    assert_eq!(rows(&found), ["pat - 1 - manual"]);
    assert_eq!(found.places[0].state, PlaceState::Unreadable);
}

fn words() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "machine ",
        "dev.azure.com",
        "default",
        " login ",
        " password ",
        "\n",
        " ",
        "\r\n",
        "\"",
        "\\",
        "#",
        "macdef",
        "contoso",
        "é",
        "\t",
    ]);
    prop::collection::vec(word, 0..24).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn any_text_is_read_and_cuts_stay_inside(text in words(), other in ".{0,40}") {
        for text in [text, other] {
            for entry in Netrc::parse(&text).entries {
                for cut in entry.cuts(&text) {
                    prop_assert!(text.get(cut).is_some());
                }
            }
        }
    }

    #[test]
    fn entries_that_stay_are_read_as_before(entries in prop::collection::vec(0..4usize, 1..6), gone in 0..6usize) {
        let forms = [
            "machine H login l password p\n",
            "machine H\n\tlogin l\n\tpassword p\n",
            "machine H login l password p ",
            "machine H login l\npassword p # note\n",
        ];
        let text: String = entries.iter().enumerate()
            .map(|(number, form)| forms[*form].replace('H', &format!("h{number}")))
            .collect();
        let parsed = Netrc::parse(&text);
        let gone = gone % parsed.entries.len();
        let mut left = text.clone();
        for cut in parsed.entries[gone].cuts(&text).into_iter().rev() {
            left.replace_range(cut, "");
        }
        let hosts = |netrc: &Netrc| -> Vec<String> {
            let entries = netrc.entries.iter();
            entries.filter_map(|entry| Some(format!("{} {}", entry.machine.as_ref()?.text, entry.password.as_ref()?.text))).collect()
        };
        let mut expected = hosts(&parsed);
        expected.remove(gone);
        prop_assert_eq!(hosts(&Netrc::parse(&left)), expected);
    }
}

#[test]
fn windows_has_a_second_home_for_tools_from_unix() {
    let home = TestHome::of(System::Windows);
    let text = |name: &str| format!("machine dev.azure.com login contoso password {name}\n");
    home.write("_netrc", text("one"));
    home.write("bash/.netrc", text("two"));
    home.write("drive/_netrc", text("three"));
    let find = |variables: &[(&'static str, PathBuf)]| {
        let found = find_with_variables(&home, &NetRc, variables);
        secrets(&found).join(" ")
    };
    let bash = ("HOME", home.path().join("bash"));
    let whole = home
        .path()
        .join("drive")
        .into_os_string()
        .into_string()
        .unwrap();
    let (drive, path) = whole.split_at(whole.find(':').map_or(0, |at| at + 1));
    let drive = ("HOMEDRIVE", PathBuf::from(drive));
    let path = ("HOMEPATH", PathBuf::from(path));
    assert_eq!(find(&[]), "one");
    assert_eq!(find(&[drive.clone(), path.clone()]), "one three");
    // Git for Windows looks at the drive only where nothing else is set.
    assert_eq!(find(&[bash, drive.clone(), path]), "one two");
    assert_eq!(find(&[drive]), "one");
}
