//! Files whose content is broken: never a hang, a panic or silence about a token that still stands there.

#![cfg(any(windows, target_os = "linux"))]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;

use std::io::Write as _;
use std::path::PathBuf;

use serde_json::Value;
use support::plain::{plain_home, plant, set_modified};
use support::tree::{differences, tree};
use support::{Home, findings};

/// A planted home with every file's content made anew.
fn broken_home(break_it: impl Fn(&[u8]) -> Vec<u8>) -> Home {
    let home = Home::new();
    for file in plant(&home).files {
        let path = home.write(file.path, break_it(file.content.as_bytes()));
        set_modified(&path);
    }
    home
}

/// Scan, clean and undo go through without a panic, and undo gives back every byte; what the scan said.
#[track_caller]
fn goes_round(home: &Home) -> Value {
    let before = tree(&home.path());
    let scan = home.about_contoso(&["scan", "--json"]);
    assert!([0, 1, 3].contains(&scan.code), "{}", scan.stderr);
    let clean = home.about_contoso(&["clean", "--yes", "--json"]);
    for answer in [&scan, &clean] {
        assert!(!answer.stderr.contains("panicked"), "{}", answer.stderr);
    }
    for outcome in clean.json()["outcomes"].as_array().unwrap() {
        assert_eq!(outcome["state"], "done", "{}", clean.stdout);
    }
    home.rekey(&["undo"]).expect(0);
    assert_eq!(differences(&before, &tree(&home.path())), [""; 0]);
    scan.json()
}

/// Planted files with a stale credential of which the scan says nothing: neither a finding nor why it was not read.
fn passed_over(home: &Home, scan: &Value) -> Vec<PathBuf> {
    let says = |list: &str, path: &PathBuf, state: Option<&str>| {
        scan[list].as_array().unwrap().iter().any(|one| {
            let place = if list == "findings" {
                &one["location"]
            } else {
                one
            };
            place["path"].as_str() == path.to_str()
                && state.is_none_or(|state| one["state"] == state)
        })
    };
    let files = plain_home().files.into_iter();
    files
        // It holds no secret.
        .filter(|file| file.path != ".cargo/config.toml")
        .map(|file| home.join(file.path))
        .filter(|path| !says("findings", path, None))
        .filter(|path| !says("places", path, Some("unreadable")))
        .collect()
}

#[test]
fn whole_files_are_all_found() {
    let home = broken_home(<[u8]>::to_vec);
    let scan = goes_round(&home);
    assert_eq!(findings(&scan, "stale").len(), 15, "{:#}", scan["findings"]);
    assert_eq!(passed_over(&home, &scan), [""; 0].map(PathBuf::from));
}

#[test]
fn bytes_that_are_no_text_hide_nothing() {
    for (before, after) in [
        (&b""[..], &b"\n\xff\xfe\x80\xc3\n"[..]),
        (b"\xff\xc3\n", b""),
        (b"", b"\0\0\0\0\0\0"),
        (b"", b"\n\xed\xa0\x80"),
    ] {
        let home = broken_home(|content| [before, content, after].concat());
        let scan = goes_round(&home);
        assert_eq!(
            passed_over(&home, &scan),
            [""; 0].map(PathBuf::from),
            "{before:?} {after:?}"
        );
    }
}

#[test]
fn a_tail_that_does_not_belong_there_hides_nothing() {
    for tail in ["\n[", "\n<", "\n}", "\n\"", "\n[[[\n", "\nmachine", "\n\\"] {
        let home = broken_home(|content| [content, tail.as_bytes()].concat());
        let scan = goes_round(&home);
        assert_eq!(
            passed_over(&home, &scan),
            [""; 0].map(PathBuf::from),
            "{tail:?}"
        );
    }
}

#[test]
fn a_file_that_is_cut_short_is_read_as_far_as_it_goes() {
    for share in [1, 3, 5, 7, 9] {
        let home = broken_home(|content| content[..content.len() * share / 10].to_vec());
        goes_round(&home);
    }
}

#[test]
fn half_a_compressed_file_is_no_settings_file() {
    let home = broken_home(|content| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(content).unwrap();
        let whole = gzip.finish().unwrap();
        whole[..whole.len() / 2].to_vec()
    });
    goes_round(&home);
}

#[test]
fn depth_without_end_is_not_followed() {
    for part in [
        "[",
        "{\"a\":",
        "<a>",
        "a.",
        "[a]\n[[a]]\n",
        "a={",
        "include = ",
        "\\\n",
    ] {
        let home = broken_home(|_| part.repeat(20_000).into_bytes());
        goes_round(&home);
    }
}

#[test]
fn a_line_without_end_is_read_in_time() {
    for part in ["a", "/", ":", "@", "https://a:b@", "JQQJ99CC", "=", " "] {
        let home = broken_home(|_| part.repeat(256 * 1024 / part.len()).into_bytes());
        goes_round(&home);
    }
}
