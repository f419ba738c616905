//! What nobody waits for stands back behind what somebody does.
//! Not on Windows: it asks the kernel of Linux how the program stands back.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;

use support::{Home, about_contoso};

/// The priority on the processor and on the disk of a run that waits for a collector.
fn priorities(flag: &str) -> (i32, String) {
    let home = Home::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    listener.set_nonblocking(true).unwrap();
    let config = home.write("config.toml", "[collector]\nenroll_secret = \"made-up\"\n");
    let config = config.to_str().unwrap();
    let arguments = ["run", flag, "--collector", &url, "--config", config];
    let mut child = home
        .command(&arguments)
        .args(about_contoso())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Once it has looked, it waits for an answer.
    let connection = loop {
        if let Ok(connection) = listener.accept() {
            break connection;
        }
        assert_eq!(child.try_wait().unwrap(), None);
        std::thread::sleep(Duration::from_millis(2));
    };
    let read = of_process(&child.id().to_string());
    drop((connection, listener));
    let _ = child.kill();
    child.wait().unwrap();
    read
}

fn of_process(id: &str) -> (i32, String) {
    let status = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    let (_, fields) = status.rsplit_once(')').unwrap();
    let nice = fields.split_whitespace().nth(16).unwrap().parse().unwrap();
    let disk = Command::new("ionice").args(["-p", id]).output().unwrap();
    (
        nice,
        String::from_utf8(disk.stdout).unwrap().trim().to_owned(),
    )
}

#[test]
fn an_unattended_run_lets_everything_else_go_first() {
    let (nice, disk) = priorities("--unattended");
    assert!(nice >= 10, "{nice}");
    assert_eq!(disk, "idle");
    let usual = of_process(&std::process::id().to_string());
    assert_eq!(priorities("--yes"), usual);
}
