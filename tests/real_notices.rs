//! Notices of unattended runs on a real session bus, with a notification service of the test's own.
//! Not on Windows: the service is of Linux desktops; `installer/windows/test-msi` shows toasts.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise, and say what they cannot try"
)]

mod support;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};
use support::keyring::python;
use support::process::Person;
use support::tokens::pat84;
use support::{Answer, Home, about_contoso, bounded, not_tried};

/// A session bus that other users may connect to: where the tests run as root, the person is another, whom a bus of
/// root's own would turn away.
const BUS: &str = "<busconfig><type>session</type><auth>EXTERNAL</auth><listen>unix:path=HERE</listen>\
    <policy context=\"default\"><allow user=\"*\"/><allow own=\"*\"/><allow send_destination=\"*\"/><allow receive_sender=\"*\"/></policy></busconfig>";

/// Answers each notice and prints it as JSON.
const SERVICE: &str = "
import json
from jeepney import MessageType, new_method_return
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
bus = open_dbus_connection('SESSION')
bus.send_and_get_reply(message_bus.RequestName('org.freedesktop.Notifications'))
print('ready', flush=True)
while True:
    message = bus.receive()
    if message.header.message_type is MessageType.method_call:
        print(json.dumps(message.body), flush=True)
        bus.send(new_method_return(message, 'u', (7,)))
";

/// A person's desktop.
struct Desktop {
    home: Home,
    person: Person,
    programs: Vec<Child>,
    shown: Option<BufReader<ChildStdout>>,
}

/// Programs of this test's own end with it.
impl Drop for Desktop {
    fn drop(&mut self) {
        for child in &mut self.programs {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Desktop {
    /// A session bus on which nobody shows notices; `None`, and a word on stderr, where there is none to be had.
    fn without_service() -> Option<Self> {
        let home = Home::new();
        let token = pat84('C', 'C', 1);
        home.write(".npmrc", npmrc(&token));
        let bus = home.join("bus");
        home.write("bus.conf", BUS.replace("HERE", bus.to_str().unwrap()));
        let mut desktop = Self {
            person: Person::without_privilege(&home),
            home,
            programs: Vec::new(),
            shown: None,
        };
        let mut command = Command::new("dbus-daemon");
        command.args(["--nofork", "--nopidfile", "--print-address=1"]);
        let configuration = desktop.home.join("bus.conf");
        command.arg(format!("--config-file={}", configuration.display()));
        let Some(mut stdout) = desktop.start(&mut command) else {
            not_tried("there is no dbus-daemon");
            return None;
        };
        stdout.read_line(&mut String::new()).unwrap();
        Some(desktop)
    }

    fn new() -> Option<Self> {
        let mut desktop = Self::without_service()?;
        let mut command = Command::new(python()?);
        command.args(["-c", SERVICE]);
        command.env("DBUS_SESSION_BUS_ADDRESS", desktop.bus());
        desktop.shown = desktop.start(&mut command);
        assert_eq!(desktop.next_line(), "ready\n");
        Some(desktop)
    }

    fn start(&mut self, command: &mut Command) -> Option<BufReader<ChildStdout>> {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().ok()?;
        let stdout = child.stdout.take().map(BufReader::new);
        self.programs.push(child);
        stdout
    }

    fn bus(&self) -> String {
        format!("unix:path={}", self.home.join("bus").display())
    }

    fn next_line(&mut self) -> String {
        let mut line = String::new();
        self.shown.as_mut().unwrap().read_line(&mut line).unwrap();
        line
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        let mut command = self.person.command(env!("CARGO_BIN_EXE_rekey"));
        command.args(["run", "--offline", "--only", "npm"]);
        command.args(about_contoso()).args(arguments);
        command.env("HOME", self.home.path()).env("USER", "dev");
        command.env("DBUS_SESSION_BUS_ADDRESS", self.bus());
        bounded(&mut command)
    }
}

fn npmrc(token: &str) -> String {
    format!("//pkgs.dev.azure.com/contoso/_packaging/f/npm/registry/:_authToken={token}\n")
}

#[test]
fn an_unattended_run_shows_one_notice_and_the_next_none() {
    let Some(mut desktop) = Desktop::new() else {
        return;
    };
    let first = desktop.run(&["--unattended", "-v"]).expect(1);
    assert!(!first.stderr.contains("notice"), "{}", first.stderr);
    let text = "Azure DevOps, contoso: 1 credential that may be stale is left, and 2 steps wait for you. To go on, \
                open a terminal and type: rekey guide";
    let shown: Value = serde_json::from_str(&desktop.next_line()).unwrap();
    let title = "rekey: something is left for you to do";
    assert_eq!(shown, json!(["rekey", 0, "", title, text, [], {}, -1]));

    desktop.run(&["--unattended"]).expect(1);
    // Something else is left, so it is said: were the second run's notice there, it would come before.
    let two = [
        npmrc(&pat84('C', 'C', 1)),
        npmrc(&pat84('C', 'C', 2)).replace("/f/", "/g/"),
    ];
    desktop.home.write(".npmrc", two.concat());
    desktop.run(&["--unattended"]).expect(1);
    let shown: Value = serde_json::from_str(&desktop.next_line()).unwrap();
    let text = shown[4].as_str().unwrap();
    assert!(
        text.contains("2 credentials that may be stale are left"),
        "{text}"
    );
}

#[test]
fn a_run_that_the_person_sees_or_of_a_home_that_is_only_looked_at_shows_none() {
    let Some(desktop) = Desktop::new() else {
        return;
    };
    let home = desktop.home.path();
    let only = home.to_str().unwrap();
    desktop.run(&["--yes", "--dry-run"]).expect(1);
    desktop.run(&["--unattended", "--dry-run"]).expect(1);
    desktop.run(&["--unattended", "--home", only]).expect(1);
    assert!(!home.join(".local/state/rekey/notice.json").exists());
    desktop.run(&["--unattended"]).expect(1);
    assert!(home.join(".local/state/rekey/notice.json").exists());
}

#[test]
fn where_nobody_shows_notices_the_run_ends_as_it_would() {
    let Some(desktop) = Desktop::without_service() else {
        return;
    };
    let quiet = desktop.run(&["--unattended"]).expect(1);
    assert!(!quiet.stderr.contains("notice"), "{}", quiet.stderr);
    let told = desktop.run(&["--unattended", "-v"]).expect(1).stderr;
    let reason = "No notice was shown: no notification service runs in this session.";
    assert!(told.contains(reason), "{told}");
    assert!(!desktop.home.join(".local/state/rekey/notice.json").exists());
}

#[test]
fn root_is_shown_no_notice() {
    let home = Home::new();
    let answer = home.at_work(&["run", "--unattended", "-v"]).expect(1);
    let is_root = rustix::process::geteuid().is_root();
    let told = answer.stderr.contains("own account has no desktop");
    assert_eq!(told, is_root, "{}", answer.stderr);
}
