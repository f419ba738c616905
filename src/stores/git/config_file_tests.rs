#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests ask the real git and stop at the first surprise"
)]

use std::process::Command;

use proptest::prelude::*;

use super::*;

type Listing = Vec<(String, Option<String>)>;

/// What the real git reads; `None` where it refuses the file.
pub(in crate::stores::git) fn git_list(text: &[u8]) -> Option<Listing> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    std::fs::write(&path, text).unwrap();
    let output = Command::new("git")
        .args(["config", "--no-includes", "--list", "-z", "--file"])
        .arg(&path)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", folder.path())
        .output()
        .unwrap();
    let listing = String::from_utf8(output.stdout).unwrap();
    output.status.success().then(|| {
        let entries = listing.split_terminator('\0');
        entries
            .map(|entry| match entry.split_once('\n') {
                Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
                None => (entry.to_owned(), None),
            })
            .collect()
    })
}

fn our_list(text: &str) -> Option<Listing> {
    let file = ConfigFile::parse(text);
    let name = |entry: &Entry| match file.section_of(entry) {
        Some(section) => format!("{}.{}", section.base, entry.key),
        None => entry.key.clone(),
    };
    file.fault.is_none().then(|| {
        let entries = file.entries.iter();
        entries
            .map(|entry| (name(entry), entry.value.clone()))
            .collect()
    })
}

#[test]
#[cfg_attr(windows, ignore = "needs the real git")]
fn odd_forms_are_read_as_git_reads_them() {
    for text in [
        "",
        "[a]\n",
        "[a] x = 1\n",
        "[a] [b \"c\"] x = 1 ; no\n",
        "[a \"B.c\\\"d\\\\e\\f\"]\n\tx\n\ty =\n\tz = \" q # \" r # c\n",
        "[A.Sub]\nKey-1 = v\\\n  w\\\n",
        "[a.B \"C\"]\nx = \"a\\tb\\n\\\"\" \\\\ \n",
        "[a]\r\nx = 1\r\n y = 2 \r\n",
        "[a]\nx = 1\\\r\n2\n",
        "[a]x=1#2\n[b]\n",
        "[a]\nx = a  \t b  \n",
        "[a]\nx = a \\\n  \n",
        "[a]\nx=\"un\nclosed\"\n",
        "[a]\nx = \\q\n",
        "[a\n]",
        "[a \"x]\n",
        "[a \"x\" ]\n",
        "[a x]\n",
        "[a]\n1 = 2\n",
        "[a]\nx y\n",
        "[a]\nx\\\n",
        "[a]\nx = 1",
        "[a]\nx",
        "[a]\nx = é😀 \"é\"\n",
        "[a \"\"]\nx=1\n",
        "[a]\nx = \r",
    ] {
        assert_eq!(our_list(text), git_list(text.as_bytes()), "{text:?}");
    }
}

#[test]
fn pieces_leave_quotes_and_line_breaks_alone() {
    let text = "[a]\nx = ht\"tp\\\\:\" \\\n  y # z\n";
    let file = ConfigFile::parse(text);
    let value = file.entries[0].spanned_value(text);
    assert_eq!(value.as_str(), "http\\:   y");
    let shown = |range: Range<usize>| -> Vec<&str> {
        let pieces = value.pieces(range);
        pieces.into_iter().map(|piece| &text[piece]).collect()
    };
    assert_eq!(shown(1..6), ["t", "tp\\\\:"]);
    assert_eq!(shown(6..10), [" ", "  y"]);
}

#[test]
fn a_cut_entry_is_gone_and_nothing_else() {
    for (text, left) in [
        ("[a]\n  x = 1 # c\n  y\n", "[a]\n  y\n"),
        ("[a] x = 1 # c\r\n  y\r\n", "[a]\r\n  y\r\n"),
        ("[a]\nx = 1\\\n2\n[b]\n", "[a]\n[b]\n"),
        ("[a]\nx = 1", "[a]\n"),
    ] {
        let extent = ConfigFile::parse(text).entries[0].extent.clone();
        let mut rest = text.to_owned();
        rest.replace_range(extent, "");
        assert_eq!(rest, left);
    }
}

#[test]
fn a_header_goes_with_its_only_entry() {
    for (text, left) in [
        ("[z]\n[a]\n  x = 1\n\n[b]\ny\n", "[z]\n\n[b]\ny\n"),
        ("[a] x = 1\n[b]\ny\n", "[b]\ny\n"),
        ("[a]\n# why\nx = 1\n", "[a]\n# why\n"),
        ("[a]\nx = 1\ny = 2\n", "[a]\ny = 2\n"),
        ("[a]\nx = 1\n# why\n[b]\n", "[a]\n# why\n[b]\n"),
        ("[z] [a]\nx = 1\n", "[z] [a]\n"),
    ] {
        let file = ConfigFile::parse(text);
        let extent = file.extent_with_header(text, &file.entries[0]);
        let mut rest = text.to_owned();
        rest.replace_range(extent, "");
        assert_eq!(rest, left);
    }
}

fn fragments() -> impl Strategy<Value = String> {
    let fragment = prop::sample::select(vec![
        "[a]",
        "[a \"b\"]",
        "[A.b]",
        "[",
        "]",
        "\"",
        "\\",
        "\n",
        "\n",
        "\n",
        "\r\n",
        "\r",
        " ",
        "\t",
        "=",
        " = ",
        "#",
        ";",
        "x",
        "key-2",
        "é",
        "\\\n",
        "\\\"",
        "\\t",
        "v w",
        "1",
        ".",
    ]);
    prop::collection::vec(fragment, 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    #[cfg_attr(windows, ignore = "needs the real git")]
    fn git_agrees_on_every_file(text in fragments()) {
        prop_assert_eq!(our_list(&text), git_list(text.as_bytes()), "{:?}", text);
    }
}

proptest! {
    #[test]
    fn any_text_can_be_read(text in ".{0,60}", parts in fragments()) {
        for text in [text, parts] {
            let file = ConfigFile::parse(&text);
            for entry in &file.entries {
                let spanned = entry.spanned_value(&text);
                prop_assert_eq!(spanned.as_str(), entry.value());
                prop_assert!(text.get(entry.extent.clone()).is_some());
                prop_assert!(text.get(file.extent_with_header(&text, entry)).is_some());
            }
            for section in &file.sections {
                let spanned = section.spanned_subsection(&text);
                prop_assert_eq!(spanned.as_ref().map(Spanned::as_str), section.subsection());
            }
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    #[cfg_attr(windows, ignore = "needs the real git")]
    fn what_git_wrote_is_read_back(value in "[ -~éß\t\n]{0,40}", sub in "[ -~é]{0,20}") {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        let status = Command::new("git")
            .args(["config", "--file"])
            .arg(&path)
            .arg(format!("url.{sub}.insteadOf"))
            .arg(&value)
            .status()
            .unwrap();
        prop_assume!(status.success());
        let text = std::fs::read_to_string(&path).unwrap();
        let file = ConfigFile::parse(&text);
        prop_assert_eq!(file.entries[0].value(), value);
        prop_assert_eq!(file.sections[0].subsection(), Some(sub.as_str()));
    }
}
