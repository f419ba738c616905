//! Secrets in memory must not end up in a core dump.
//! Not on Windows: its dumps are another thing, and are not switched off there.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;

use std::process::Stdio;

use support::Home;

/// `enroll` waits for the secret on its standard input: long enough to look at the process.
#[test]
fn no_core_is_dumped_while_secrets_are_in_memory() {
    let home = Home::new();
    let mut command = home.command(&["enroll", "--collector", "http://127.0.0.1:9"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let folder = format!("/proc/{}", child.id());
    let mut limit = String::new();
    // The process is there before its first line has run.
    for _ in 0..200 {
        let limits = std::fs::read_to_string(format!("{folder}/limits")).unwrap();
        let line = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"))
            .unwrap();
        limit = line.split_whitespace().nth(4).unwrap().to_owned();
        if limit == "0" && home.join(".local/state/rekey/logs").exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    drop(child.stdin.take());
    child.wait().unwrap();
    assert_eq!(limit, "0");
}
