//! What a person reads, page by page, on a narrow and on a wide one.
//! Not on Windows: the kept pages show paths of Linux.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;

use support::Home;
use support::plain::plant;
use support::shown::{shown, snapshot};

const WIDTHS: [u16; 2] = [60, 100];

fn planted() -> Home {
    let home = Home::new();
    plant(&home);
    home
}

/// Only pages of tables have a width; sentences and names may be longer.
#[track_caller]
fn check_width(text: &str, columns: u16) {
    let long: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("  ") && line.contains("   "))
        .filter(|line| line.chars().count() > usize::from(columns) + 1)
        .collect();
    assert_eq!(long, [""; 0], "wider than {columns}");
}

#[test]
fn scan_says_what_is_found_and_why() {
    let home = planted();
    for columns in WIDTHS {
        let text = shown(&home, columns, &["scan"]);
        check_width(&text, columns);
        snapshot(&format!("scan_{columns}"), &text);
    }
}

#[test]
fn clean_says_what_it_would_do_what_it_did_and_how_to_take_it_back() {
    for columns in WIDTHS {
        let home = planted();
        for (name, arguments) in [
            ("clean_dry_run", &["clean", "--dry-run"][..]),
            ("clean", &["clean"]),
            ("clean_yes", &["clean", "--yes"]),
            ("clean_again", &["clean", "--yes"]),
            ("undo_list", &["undo", "--list"]),
            ("undo", &["undo"]),
            ("undo_again", &["undo"]),
        ] {
            let text = shown(&home, columns, arguments);
            check_width(&text, columns);
            snapshot(&format!("{name}_{columns}"), &text);
        }
    }
}

#[test]
fn run_and_status_say_what_is_left_with_a_command_or_a_page_for_each() {
    for columns in WIDTHS {
        let home = planted();
        for (name, arguments) in [
            ("status_never_run", &["status"][..]),
            ("run_unattended", &["run", "--unattended"]),
            ("status", &["status"]),
            ("guide", &["guide"]),
            ("guide_one_step", &["guide", "pats"]),
        ] {
            let text = shown(&home, columns, arguments);
            snapshot(&format!("{name}_{columns}"), &text);
        }
    }
}

#[test]
fn rekey_alone_says_what_it_would_do_and_what_to_type() {
    let home = planted();
    let mut command = home.command(&[]);
    let answer = support::bounded(command.env("COLUMNS", "100")).expect(0);
    snapshot("welcome", &answer.stdout);
}

#[test]
fn every_command_explains_itself() {
    let home = Home::new();
    for command in [
        "",
        "run",
        "scan",
        "clean",
        "guide",
        "undo",
        "status",
        "report",
        "enroll",
        "completions",
        "man",
    ] {
        let arguments = [command, "--help"];
        let arguments = if command.is_empty() {
            &arguments[1..]
        } else {
            &arguments[..]
        };
        let mut call = home.command(arguments);
        let answer = support::bounded(call.env("COLUMNS", "100")).expect(0);
        assert_eq!(answer.stderr, "");
        let long: Vec<_> = answer
            .stdout
            .lines()
            .filter(|line| line.chars().count() > 100)
            .collect();
        assert_eq!(long, [""; 0], "wider than 100");
        snapshot(
            &format!(
                "help_{}",
                if command.is_empty() { "rekey" } else { command }
            ),
            &answer.stdout,
        );
    }
}

#[test]
fn the_manual_has_a_section_for_every_command() {
    let home = Home::new();
    let answer = support::bounded(&mut home.command(&["man"])).expect(0);
    assert_eq!(answer.stderr, "");
    for command in ["run", "scan", "clean", "guide", "undo", "status", "report"] {
        let head = format!(".SS {command}\n");
        assert!(answer.stdout.contains(&head), "no section {command}");
    }
    let of_one = r"\fB\-\-sarif\fR";
    assert!(answer.stdout.contains(of_one), "{}", answer.stdout);
    // What every command takes is told of once.
    let of_all = r"\fB\-\-offline\fR";
    let options = answer.stdout.matches(&format!("\n{of_all}\n")).count();
    assert!(options <= 1, "{options} times");
}
