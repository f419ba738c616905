//! The same configurations, read by `ssh -G` and by rekey.

use std::path::Path;
use std::process::Command;

use super::connection::{Answer, SHOWN, read};
use crate::testing::TestHome;

/// A configuration, what git's command adds, and the hosts to ask it about. `@` stands for the folder.
type Case = (&'static str, &'static str, &'static [&'static str]);

const CASES: &[Case] = &[
    ("", "", &["ssh.dev.azure.com", "git@ssh.dev.azure.com"]),
    (
        "IdentityFile /a\nIdentityFile /b\nIdentityFile /a",
        "",
        &["x"],
    ),
    ("IdentityFile none", "", &["x"]),
    ("IdentityFile none\nIdentityFile /a", "", &["x"]),
    (
        "Host a\nIdentityFile /a\nHost *\nIdentityFile /b",
        "",
        &["a", "b", "A"],
    ),
    ("Host A\nUser up\nHost a\nUser low", "", &["a", "A"]),
    (
        "Host *.Azure.com\nUser up",
        "",
        &["ssh.dev.azure.com", "ssh.dev.Azure.com"],
    ),
    (
        "Host a b* !bad c?\nUser x",
        "",
        &["a", "b", "bad", "bed", "c", "cc"],
    ),
    ("Host !bad\nUser x", "", &["bad", "good"]),
    ("Host \"a b\" 'c'\nUser x", "", &["c", "d"]),
    (
        "Host al\nHostName ssh.dev.azure.com\nUser git\nPort 2222",
        "",
        &["al", "me@al"],
    ),
    ("Host al\nHostName %h.dev.azure.com", "", &["al"]),
    (
        "Host al\nHostName SSH.Dev.Azure.Com\nMatch host ssh.dev.azure.com\nUser matched",
        "",
        &["al"],
    ),
    (
        "HostName first\nHostName second\nUser first\nUser second",
        "",
        &["x"],
    ),
    (
        "Host al\nHostName real\nMatch host real\nIdentityFile /real\nMatch host al\nIdentityFile /al",
        "",
        &["al", "real"],
    ),
    (
        "Match originalhost al\nHostName real\nMatch originalhost real\nUser never",
        "",
        &["al"],
    ),
    (
        "Match host a,b !user git\nIdentityFile /a\nMatch !host a\nIdentityFile /not-a",
        "",
        &["a", "git@a", "c"],
    ),
    ("Match host=\"a,!b\"\nUser x", "", &["a", "b"]),
    ("Match HOST A\nUser x", "", &["a", "A"]),
    (
        "Match user git\nIdentityFile /git\nMatch user root,dev\nIdentityFile /local",
        "",
        &["x", "git@x"],
    ),
    (
        "User set\nMatch user set\nIdentityFile /set",
        "",
        &["x", "git@x"],
    ),
    (
        "Match localuser nobody-has-this-name\nUser x\nMatch !localuser nobody-has-this-name\nIdentityFile /a",
        "",
        &["x"],
    ),
    (
        "Match all\nIdentityFile /a\nMatch !all\nIdentityFile /b",
        "",
        &["x"],
    ),
    (
        "IdentityFile /first\nMatch final\nIdentityFile /final\nUser f",
        "",
        &["x", "git@x"],
    ),
    (
        "Host al\nHostName Real\nMatch final host real\nIdentityFile /f\nHost real\nIdentityFile /second",
        "",
        &["al"],
    ),
    (
        "Host al\nHostName real\nMatch canonical\nIdentityFile /c\nHost real\nIdentityFile /second",
        "",
        &["al"],
    ),
    (
        "Match canonical\nIdentityFile /c\nMatch final all\nIdentityFile /f",
        "",
        &["x"],
    ),
    (
        "Match !final host x\nIdentityFile /early\nMatch final\nUser late",
        "",
        &["x"],
    ),
    ("Include @/one.conf\nIdentityFile /own", "", &["a", "b"]),
    (
        "Host a\nInclude @/two.conf\nHost *\nIdentityFile /own",
        "",
        &["a", "b"],
    ),
    (
        "Include @/*.conf @/missing\nIdentityFile /own",
        "",
        &["a", "b"],
    ),
    (
        "Match host b\nInclude @/one.conf @/two.conf\nIdentityFile /inside",
        "",
        &["a", "b"],
    ),
    (
        "IdentitiesOnly yes\nIdentitiesOnly no\nPubkeyAuthentication no",
        "",
        &["x"],
    ),
    ("PubkeyAuthentication yes\nIdentitiesOnly=no", "", &["x"]),
    (
        "IDENTITYFILE=/a\n  identityfile \"/b c\" # why\n\tIdentityFile   =   /d\r\n#IdentityFile /e",
        "",
        &["x"],
    ),
    (
        "IdentityFile \"/a\\\"b\"\nIdentityFile /c\\ d\nIdentityFile /e#f\nIdentityFile '/g h'",
        "",
        &["x"],
    ),
    (
        "IdentityFile ~/.ssh/%n_%h_%r_%p\nIdentityFile %d/.ssh/x\nIdentityFile ${HOME}/y",
        "",
        &["x"],
    ),
    (
        "HostKeyAlias other\nUserKnownHostsFile /a /b\nIdentityAgent none",
        "",
        &["x"],
    ),
    (
        "IdentityAgent @/agent.sock\nPKCS11Provider /lib/p.so\nUserKnownHostsFile /dev/null",
        "",
        &["x"],
    ),
    (
        "IdentityFile /conf\nUser conf",
        "-i @/key -l flag",
        &["x", "git@x"],
    ),
    ("IdentityFile /conf", "-i @/gone", &["x"]),
    (
        "IdentityFile /conf\nPort 5",
        "-o IdentityFile=@/gone -oUser=opt -o 'Port 7' -o IdentitiesOnly=yes",
        &["x", "git@x"],
    ),
    ("Host x\nUser conf", "-vi @/key -4Ap 99", &["x"]),
    ("User conf\nIdentityFile /conf", "-F none", &["x"]),
    (
        "User conf\nIdentityFile /conf",
        "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -q",
        &["x"],
    ),
];

/// What `ssh -G` answers, in the same words.
fn asked(folder: &Path, command: &str, host: &str) -> Answer {
    let mut ssh = Command::new("ssh");
    ssh.arg("-G");
    if !command.contains("-F") {
        ssh.arg("-F").arg(folder.join("config"));
    }
    // git has a shell read the command.
    let words = super::super::config_file::arguments(command);
    let output = ssh.args(words).arg(host).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{command}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let values = |keyword: &str| -> Vec<String> {
        let values = said
            .lines()
            .filter_map(|line| line.strip_prefix(keyword)?.strip_prefix(' '));
        values.map(str::to_owned).collect()
    };
    let value = |keyword| values(keyword).pop().unwrap_or_default();
    let is_on = |keyword| matches!(value(keyword).as_str(), "yes" | "true");
    let mut identities = values("identityfile");
    if identities.iter().all(|path| path.starts_with("~/.ssh/id_")) {
        identities.clear();
    }
    let others = SHOWN.iter().filter_map(|keyword| {
        let value = value(keyword);
        let is_usual = value.is_empty() || value.contains("/.ssh/known_hosts ");
        (!is_usual).then_some((*keyword, value))
    });
    Answer {
        host: value("hostname"),
        user: value("user"),
        port: value("port"),
        identities,
        identities_only: is_on("identitiesonly"),
        offers_keys: is_on("pubkeyauthentication"),
        others: others.collect(),
    }
}

#[test]
fn every_configuration_means_what_ssh_says() {
    let home = TestHome::new();
    let folder = home.path().join(".ssh");
    home.write(
        ".ssh/one.conf",
        "IdentityFile /one\nHost b\nIdentityFile /one-b\n",
    );
    home.write(
        ".ssh/two.conf",
        "Host *\nIdentityFile /two\nMatch host b\nUser two\n",
    );
    home.write(".ssh/key", "no key");
    let placed = |text: &str| text.replace('@', &folder.display().to_string());
    for (config, command, hosts) in CASES {
        home.write(".ssh/config", placed(config));
        let command = placed(command);
        for host in *hosts {
            // What `-F` names is for the survey to read.
            if command.contains("-F") {
                home.write(".ssh/config", "");
            }
            let ours = read(&home, &format!("ssh {command}"), host);
            let theirs = asked(&folder, &command, host);
            assert_eq!(ours, theirs, "{host} {command}\n{config}");
        }
    }
}

/// `-G` shows tokens as they are written, so ssh is let go as far as to say what it would read.
#[test]
fn every_token_stands_for_what_ssh_puts_there() {
    let home = TestHome::new();
    let folder = home.path().join(".ssh");
    let texts = [
        "/%%/%n/%h/%r/%p/%k/%u/%i/%d",
        "/%l/%L",
        "/%C",
        "%d/x",
        "/${HOME}/y",
    ];
    let lines: String = texts
        .iter()
        .map(|text| format!("IdentityFile {text}\n"))
        .collect();
    let config = format!(
        "Host al\nHostName Ssh.Dev.Azure.com\nUser git\nPort 2222\nHostKeyAlias key\nHost *\n{lines}"
    );
    home.write(".ssh/config", config);
    for host in ["al", "other"] {
        let output = Command::new("ssh")
            .args(["-v", "-o", "ProxyCommand=false", "-F"])
            .arg(folder.join("config"))
            .arg(host)
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let read = said.lines().filter_map(|line| {
            let (path, _) = line
                .strip_prefix("debug1: identity file ")?
                .split_once(" type ")?;
            (!path.ends_with("-cert")).then(|| path.to_owned())
        });
        let read: Vec<_> = read.map(|path| Some(path.into())).collect();
        assert_eq!(read.len(), texts.len(), "{said}");
        let ours = super::connection::paths_in_session(folder.join("config"), host);
        assert_eq!(ours, read, "{host}");
    }
}
