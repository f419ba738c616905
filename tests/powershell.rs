//! The scripts for device management on Windows. PowerShell cannot be had on Linux and is a stub in Wine, so they are
//! read by its grammar and held to rules; no test runs them.
//!
//! Not on Windows: the scripts are read as text, which says the same everywhere.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests stop at the first surprise"
)]

use std::collections::BTreeSet;
use std::path::Path;

use rekey::state::LastRun;
use tree_sitter::{Node, Parser};

const DETECT: &str = "installer/intune/detect.ps1";
const REMEDIATE: &str = "installer/intune/remediate.ps1";
const REQUIREMENT: &str = "installer/intune/requirement.ps1";
const DISCOVER: &str = "installer/configmgr/discover.ps1";
const ALL: [&str; 4] = [DETECT, REMEDIATE, REQUIREMENT, DISCOVER];
/// What asks rekey, and must be the same in each of these.
const ASKING: [&str; 3] = [DETECT, REMEDIATE, DISCOVER];

/// What a script may call: nothing that writes to the error stream, to a disk or to the registry, or runs text.
const CALLED: [&str; 8] = [
    "ConvertTo-Line",
    "Get-RekeyStatus",
    "Invoke-Program",
    "New-Object",
    "Start-Rekey",
    "Start-Sleep",
    "Test-AnyProfile",
    "Write-Output",
];

fn script(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(file).unwrap()
}

/// Calls `each` with every node of the script's tree.
fn visit(node: Node<'_>, each: &mut dyn FnMut(Node<'_>)) {
    each(node);
    for index in 0..node.child_count() {
        let index = u32::try_from(index).unwrap();
        visit(node.child(index).unwrap(), each);
    }
}

fn nodes(text: &str, each: &mut dyn FnMut(Node<'_>)) {
    let mut parser = Parser::new();
    parser
        .set_language(&tree_sitter_powershell::LANGUAGE.into())
        .unwrap();
    let tree = parser.parse(text, None).unwrap();
    visit(tree.root_node(), each);
}

/// The texts of all nodes of this kind.
fn texts(text: &str, kind: &str) -> Vec<String> {
    let mut found = Vec::new();
    nodes(text, &mut |node| {
        if node.kind() == kind {
            found.push(text[node.byte_range()].to_owned());
        }
    });
    found
}

/// Where the grammar does not understand the script.
fn broken(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    nodes(text, &mut |node| {
        if node.is_error() || node.is_missing() {
            found.push(format!("line {}", node.start_position().row + 1));
        }
    });
    found
}

#[test]
fn a_script_is_whole() {
    assert!(
        !broken("if ($true) {").is_empty(),
        "the grammar finds faults"
    );
    for path in ALL {
        assert_eq!(broken(&script(path)), Vec::<String>::new(), "{path}");
    }
}

#[test]
fn a_script_is_plain_ascii_and_leaves_newer_versions_of_powershell_alone() {
    for path in ALL {
        let text = script(path);
        // Without a mark Windows PowerShell reads a file in the code page of the machine.
        assert!(text.is_ascii(), "{path}");
        for newer in [
            "??",
            "?.",
            "&&",
            "||",
            "#requires",
            "-Parallel",
            "ForEach-Object",
        ] {
            assert!(!text.contains(newer), "{path} has {newer}");
        }
    }
}

#[test]
fn a_script_calls_nothing_but_what_is_known_to_be_harmless() {
    let known: BTreeSet<&str> = CALLED.into();
    for path in ALL {
        let text = script(path);
        for name in texts(&text, "command_name") {
            assert!(known.contains(name.as_str()), "{path} calls {name}");
        }
        // `& $program` and `. $file` run what a variable says.
        assert_eq!(
            texts(&text, "command_invokation_operator"),
            Vec::<String>::new(),
            "{path}"
        );
        for word in [
            "[Console]",
            "$Host",
            "$env:",
            "Write-Error",
            "iex",
            "WriteLine",
        ] {
            assert!(!text.contains(word), "{path} has {word}");
        }
    }
}

#[test]
fn a_script_says_one_line_and_then_ends() {
    for path in ALL {
        let text = script(path);
        let said = texts(&text, "command_name");
        let said = said.iter().filter(|name| *name == "Write-Output").count();
        assert_eq!(said, 1, "{path}");
        let exits: Vec<String> = texts(&text, "flow_control_statement")
            .into_iter()
            .filter(|statement| statement.starts_with("exit"))
            .collect();
        assert_eq!(exits.len(), 1, "{path}: {exits:?}");
        let last: Vec<&str> = text.trim_end().lines().rev().take(2).collect();
        assert!(
            last[0].starts_with("exit ") && last[1].starts_with("Write-Output "),
            "{path}"
        );
        assert!(
            !texts(&text, "flow_control_statement")
                .iter()
                .any(|one| one.starts_with("throw")),
            "{path}"
        );
    }
}

/// What stands between the marks.
fn asking(text: &str) -> &str {
    let (_, rest) = text.split_once("#region").unwrap();
    rest.split_once("#endregion").unwrap().0
}

#[test]
fn rekey_is_asked_in_the_same_way_everywhere() {
    let first = script(ASKING[0]);
    for path in ASKING {
        assert_eq!(asking(&script(path)), asking(&first), "{path}");
    }
    // The installer writes these.
    let installer = script("installer/windows/rekey.wxs");
    assert!(
        installer.contains(r#"Key="SOFTWARE\Rekey""#) && installer.contains(r#"Name="Folder""#)
    );
    assert!(first.contains(r"'SOFTWARE\Rekey'") && first.contains("GetValue('Folder')"));
}

#[test]
fn only_a_clear_word_of_rekey_starts_the_remediation() {
    const LEFT: &str = "' state=action-needed '";
    for path in [DETECT, REMEDIATE] {
        let text = script(path);
        let decisions = text.matches(LEFT).count();
        assert_eq!(decisions, 1, "{path}");
        let line = text.lines().find(|line| line.contains(LEFT)).unwrap();
        assert!(
            line.contains("StartsWith('rekey v=') -and"),
            "{path}: {line}"
        );
    }
    // In the detection 1 comes from that line alone.
    let detect = script(DETECT);
    let ones: Vec<&str> = detect
        .lines()
        .filter(|line| line.contains("$code = "))
        .collect();
    assert_eq!(ones.len(), 2, "{ones:?}");
    assert_eq!(ones[0], "$code = 0");
    assert!(ones[1].contains(LEFT) && ones[1].ends_with("{ $code = 1 }"));
    // A run that never was, and a state that cannot be read, are no such word.
    for (line, code) in [LastRun::never_run_line(), LastRun::unreadable_line()] {
        assert_eq!(code, 1);
        assert!(
            line.starts_with("rekey v=") && !line.contains(LEFT.trim_matches('\'')),
            "{line}"
        );
    }
}

#[test]
fn every_state_of_a_workstation_has_its_word_for_configmgr() {
    let text = script(DISCOVER);
    let of = |state: &str| {
        let line = text
            .lines()
            .find(|line| line.contains(&format!("' state={state} '")))
            .unwrap();
        line.rsplit_once("$word = '")
            .unwrap()
            .1
            .split_once('\'')
            .unwrap()
            .0
            .to_owned()
    };
    let words = [
        "compliant",
        "waiting",
        "action-needed",
        "failed",
        "never-run",
    ]
    .map(of);
    assert_eq!(
        words,
        [
            "Compliant",
            "Compliant",
            "ActionNeeded",
            "Failed",
            "NeverRun"
        ]
    );
}
