#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use proptest::prelude::*;

use super::*;
use crate::model::{Splice, splice};

fn told(text: &str) -> Vec<(String, String, &str)> {
    let yaml = parse(text).unwrap();
    let pairs = yaml.pairs.into_iter();
    pairs
        .map(|pair| (pair.path.join("/"), pair.value, &text[pair.range]))
        .collect()
}

fn without(text: &str, value: &str, may_go: fn(&Pair) -> bool) -> Option<String> {
    let yaml = parse(text).unwrap();
    let pair = yaml.pairs.iter().find(|pair| pair.value == value).unwrap();
    let filled = yaml.filled(yaml.pairs.iter().filter(|pair| may_go(pair)));
    let splices = yaml
        .cut(text, pair, &filled)?
        .into_iter()
        .map(|cut| Splice {
            range: cut.range,
            replacement: cut.separator.into(),
        });
    let left = splice(text.as_bytes(), splices.collect());
    Some(String::from_utf8(left.unwrap()).unwrap())
}

#[test]
fn pairs_are_read_in_every_style() {
    let text = "# é\r\na: \"x y\" # note\r\nb:\r\n  c: 'd''e'\r\n  f: {g: 1, h: [2, {i: 3}]}\r\n  j:\r\nk: &n v w\r\nl: *n\r\nm: |\r\n  long\r\n  text\r\n";
    let of = |path: &str, value: &str, raw| (path.to_owned(), value.to_owned(), raw);
    assert_eq!(
        told(text),
        [
            of("a", "x y", "\"x y\""),
            of("b/c", "d'e", "'d''e'"),
            of("b/f/g", "1", "1"),
            of("b/f/h/-/i", "3", "3"),
            of("b/j", "", ""),
            of("k", "v w", "&n v w"),
            of("l", "v w", "*n"),
            of("m", "long\ntext\n", "long\r\n  text"),
        ]
    );
}

#[test]
fn a_pair_goes_with_its_lines_and_the_rest_stays() {
    for (text, left) in [
        ("a: 1\nb: cut\nc: 3\n", Some("a: 1\nc: 3\n")),
        ("a:\n  b: cut", Some("a: {}\n")),
        (
            "a: # one\n  # two\n  b: cut\nc: 3\n",
            Some("a: {} # one\n  # two\nc: 3\n"),
        ),
        ("\"a\" :\r\n  b: cut\r\n", Some("\"a\" : {}\r\n")),
        (
            "a:\n  b: cut\n  c:\n    d: 4\n",
            Some("a:\n  c:\n    d: 4\n"),
        ),
        ("a: &n\n  b: cut\n", None),
        ("b: cut\n", Some("")),
        (
            "a:\r\n  b: \"cut\" # note\r\n  c: 3\r\n",
            Some("a:\r\n  c: 3\r\n"),
        ),
        ("b: 'cut' # it's\n# c\nd: 4", Some("# c\nd: 4")),
        ("a:\n  b:\n    cut\n  c: 3\n", Some("a:\n  c: 3\n")),
        ("a: {b: cut}\n", Some("a: {}\n")),
        ("a: {b: cut, c: 3}\n", Some("a: { c: 3}\n")),
        ("a: {c: 3, 'b': \"cut\"}\n", Some("a: {c: 3}\n")),
        ("{b: cut}", Some("{}")),
        ("é: 1\nb: cut\nü: 3\n", Some("é: 1\nü: 3\n")),
        // What cannot be cut without touching something else.
        ("- b: cut\n  c: 3\n", None),
        ("a: {c: 3, # note\n  b: cut, d: 4}\n", None),
        ("? b\n: cut\nc: 3\n", None),
        ("b: &n cut\nc: *n\n", None),
        ("--- {b: cut}\n", Some("--- {}\n")),
    ] {
        let found = without(text, "cut", |pair| pair.value == "cut");
        assert_eq!(found.as_deref(), left, "{text}");
    }
}

#[test]
fn pairs_that_may_all_go_lose_their_values_alone() {
    let text = "a:\n  b: one # note\n  c: 'two'\n";
    assert_eq!(
        without(text, "one", |_| true).as_deref(),
        Some("a:\n  b: \"\" # note\n  c: 'two'\n")
    );
    assert_eq!(
        without(text, "two", |pair| pair.value == "two").as_deref(),
        Some("a:\n  b: one # note\n")
    );
}

#[test]
fn what_is_no_yaml_is_said() {
    for text in ["a: b: c", "a:\n\tb: c", "{a: b", "a: \"b", "a: *b", "%"] {
        assert!(
            matches!(parse(text), Err(Fault::Malformed(at)) if at <= text.len()),
            "{text}"
        );
    }
    for deep in ["[", "{a: ", "- ", "? "] {
        assert!(parse(&deep.repeat(100_000)).is_err(), "{deep}");
    }
    assert_eq!(parse(&" ".repeat(LARGEST + 1)), Err(Fault::TooLarge));
    assert_eq!(parse(""), Ok(Yaml::default()));
    let value = "v".repeat(LARGEST / 2);
    let aliases = format!("a: &a {value}\nb: {{{}}}\n", "c: *a,".repeat(20_000));
    let outer: String = (0..40).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    let nested = format!("{outer}{}{{{}}}\n", " ".repeat(40), "c: 1,".repeat(40_000));
    for text in [&aliases, &nested] {
        assert_eq!(parse(text), Err(Fault::TooLarge));
    }
}

proptest! {
    #[test]
    fn any_text_can_be_read(
        text in "(a|b: |- |\n|\n  | |:|\"|'|\\{|\\}|\\[|\\]|,|#|&a |\\*a|!|\\||>|---|\t|\r|é|\\?|%|\u{85}){0,24}",
    ) {
        if let Ok(yaml) = parse(&text) {
            for pair in &yaml.pairs {
                prop_assert!(text.get(pair.range.clone()).is_some());
                for filled in [yaml.filled(yaml.pairs.iter()), Vec::new()] {
                    for cut in yaml.cut(&text, pair, &filled).unwrap_or_default() {
                        prop_assert!(text.get(cut.range).is_some());
                    }
                }
            }
        }
    }

    #[test]
    fn any_pair_can_go_and_all_others_stay(
        names in proptest::collection::vec("[a-z]{1,3}", 1..6),
        nested in any::<bool>(),
        cut_one: prop::sample::Index,
    ) {
        let indent = if nested { "  " } else { "" };
        let head = if nested { "top:\n" } else { "" };
        let lines: Vec<_> = names.iter().enumerate().map(|(at, name)| format!("{indent}{name}{at}: v{at}\n")).collect();
        let text = format!("{head}{}", lines.concat());
        let at = cut_one.index(names.len());
        let rest: String = lines.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, line)| line.as_str()).collect();
        let head = if nested && rest.is_empty() { "top: {}\n" } else { head };
        prop_assert_eq!(without(&text, &format!("v{at}"), |_| false), Some(format!("{head}{rest}")));
    }
}
