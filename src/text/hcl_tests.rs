//! Configurations as people write them.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use proptest::prelude::*;

use super::*;
use crate::model::{Splice, splice};

/// Name, text and block of each string.
fn read(text: &str) -> Vec<(String, &str, String)> {
    let hcl = Hcl::parse(text);
    assert_eq!(hcl.broken, None, "{text}");
    let strings = hcl.strings.iter();
    strings
        .map(|literal| {
            let scope = hcl.scopes.get(literal.scope).unwrap();
            let key = literal.key.clone();
            (key, &text[literal.inner.clone()], scope.words.join("."))
        })
        .collect()
}

fn without(text: &str, value: &str) -> String {
    let hcl = Hcl::parse(text);
    let chosen = hcl
        .strings
        .iter()
        .filter(|literal| &text[literal.inner.clone()] == value);
    let parts = chosen.flat_map(|literal| literal.cut.parts().collect::<Vec<_>>());
    let splices = parts.map(|(range, replacement)| Splice {
        range,
        replacement: replacement.into(),
    });
    String::from_utf8(splice(text.as_bytes(), splices.collect()).unwrap()).unwrap()
}

#[test]
fn strings_know_their_name_and_block() {
    let text = "# a = \"no\"\nprovider \"azuredevops\" {\n  org = \"u\" // \"no\"\n  list = [\"a\", var.b, \"c\"]\n}\n/* \"no\" */\n\
                locals { m = { \"k:1\" = \"v\", k2 : \"w\" } }\nx = \"${var.y[\"z\"]}-$${q}\"\ny = <<-EOT\n  one\n  EOT\nz = cond ? \"p\" : \"q\"\n";
    let own =
        |key: &str, value: &'static str, scope: &str| (key.to_owned(), value, scope.to_owned());
    let found: Vec<_> = read(text)
        .into_iter()
        .filter(|(key, ..)| !key.is_empty())
        .collect();
    assert_eq!(
        found,
        [
            own("org", "u", "provider.azuredevops"),
            own("list", "a", "list"),
            own("list", "c", "list"),
            own("k:1", "v", "m"),
            own("k2", "w", "m"),
            own("x", "${var.y[\"z\"]}-$${q}", ""),
            own("y", "  one\n", ""),
            own("z", "p", ""),
            own("z", "q", ""),
        ]
    );
}

#[test]
fn an_attribute_goes_with_its_line_and_the_rest_stays() {
    for (text, left) in [
        ("a = 1\n  pat = \"T\" # note\nb = 2\n", "a = 1\nb = 2\n"),
        ("a = 1\r\npat=\"T\"\r\n", "a = 1\r\n"),
        ("pat = \"T\"", ""),
        ("\u{feff}pat = \"T\"\nb = 1\n", "\u{feff}b = 1\n"),
        ("m = {\n  pat = \"T\",\n  b = 1\n}\n", "m = {\n  b = 1\n}\n"),
        ("m = { pat = \"T\", b = 1 }\n", "m = { b = 1 }\n"),
        ("m = { a = 1, pat = \"T\" }\n", "m = { a = 1 }\n"),
        (
            "m = { a = 1, # note\n  pat = \"T\", b = 2 }\n",
            "m = { a = 1, # note\n b = 2 }\n",
        ),
        (
            "m = {\n  a = 1\n  pat = \"T\", b = 2 }\n",
            "m = {\n  a = 1\n b = 2 }\n",
        ),
        ("provider \"x\" { pat = \"T\" }\n", "provider \"x\" {}\n"),
        ("l = [\"T\", \"b\"]\n", "l = [\"\", \"b\"]\n"),
        ("z = c ? \"T\" : \"q\"\n", "z = c ? \"\" : \"q\"\n"),
        ("z = f(\"T\")\n", "z = f(\"\")\n"),
        ("z = \"T\" == x\n", "z = \"\" == x\n"),
        ("b \"T\" {\n}\n", "b \"\" {\n}\n"),
    ] {
        assert_eq!(without(text, "T"), left);
        assert_eq!(Hcl::parse(&left.replace("\u{feff}", "")).broken, None);
    }
}

#[test]
fn what_is_cut_short_is_said() {
    for text in [
        "a = \"b",
        "a {",
        "a = [\"b\"\n",
        "}",
        "a = (]",
        "/* a",
        "/*/",
        "a = \"${b\"\n",
        "a = \"x\ny\"",
    ] {
        assert!(Hcl::parse(text).broken.is_some(), "{text}");
    }
    assert!(Hcl::parse(&"a {".repeat(100_000)).broken.is_some());
    assert!(Hcl::parse(&"\"${".repeat(100_000)).broken.is_some());
    assert_eq!(Hcl::parse("a = 1 << 2\n").broken, None);
    // What names a heredoc without end is not looked for again and again.
    assert_eq!(Hcl::parse("a = <<E\nb\n").broken, Some(4));
    assert!(Hcl::parse(&"<<E\n".repeat(1_000_000)).broken.is_some());
    assert_eq!(Hcl::parse(&"<".repeat(1_000_000)).broken, None);
}

#[test]
fn a_file_of_names_alone_is_not_kept_whole() {
    let name = "n".repeat(100_000);
    for text in [
        format!("{name} = [{}]", "\"\",".repeat(100_000)),
        format!("{name} {}", "{}".repeat(100_000)),
        format!("{} {}", "n ".repeat(10_000), "{}".repeat(100_000)),
    ] {
        let hcl = Hcl::parse(&text);
        assert!(hcl.broken.is_some());
        assert!(hcl.strings.len() + hcl.scopes.len() < 1_000);
    }
}

proptest! {
    #[test]
    fn any_choice_among_comments_leaves_the_rest(
        kept in proptest::collection::vec(any::<bool>(), 1..6),
        gaps in proptest::collection::vec("([ \n\t]|#[,x/]{0,2}\n|//[,x]{0,2}\n|/\\*[,\n/#]{0,2}\\*/){0,3}", 12),
    ) {
        let mut text = "a = {".to_owned();
        for n in 0..kept.len() {
            let comma = if n + 1 < kept.len() { "," } else { "" };
            let value = if kept[n] { n.to_string() } else { "T".to_owned() };
            text += &format!("{}k{n} = \"{value}\"{}{comma}", gaps[2 * n], gaps[2 * n + 1].replace('\n', " \n"));
        }
        text += "\n}";
        prop_assume!(Hcl::parse(&text).strings.len() == kept.len());
        let left = without(&text, "T");
        let found: Vec<_> = read(&left).into_iter().map(|(key, value, _)| (key, value.to_owned())).collect();
        let expected: Vec<_> = (0..kept.len()).filter(|n| kept[*n]).map(|n| (format!("k{n}"), n.to_string())).collect();
        prop_assert_eq!(found, expected, "{} | {}", text, left);
        prop_assert_eq!(Hcl::parse(&left).broken, None);
    }

    #[test]
    fn any_text_can_be_read(text in "(a|b|=|:|\"|\\{|\\}|\\[|\\]|,|#|\n|\\$\\{|<<E\n|E| |é|\\\\|/\\*|\\*/){0,30}") {
        let hcl = Hcl::parse(&text);
        for literal in &hcl.strings {
            prop_assert!(text.get(literal.inner.clone()).is_some());
            for (range, _) in literal.cut.parts() {
                prop_assert!(text.get(range).is_some(), "{:?}", literal);
            }
            prop_assert!(hcl.around(literal.scope).count() >= 1);
        }
    }

    #[test]
    fn removing_one_attribute_leaves_all_the_rest(
        names in proptest::collection::vec("[a-z]{1,5}", 1..6),
        at in 0..6_usize,
        ending in "\n|\r\n",
    ) {
        let line = |name: &String| format!("{name} = \"v\"{ending}");
        let at = at % names.len();
        let mut lines: Vec<_> = names.iter().map(line).collect();
        lines[at] = format!("  token = \"T\"{ending}");
        let text = lines.concat();
        lines.remove(at);
        prop_assert_eq!(without(&text, "T"), lines.concat());
    }
}
