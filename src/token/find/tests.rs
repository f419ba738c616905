//! Whatever stands around a token, it is found; and nothing else is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::*;
use crate::testing::{entra_jwt, pat52, pat84};
use crate::token::Form;

fn tokens() -> [(Form, String); 3] {
    [
        (Form::Pat84, pat84('C', 'A', 3)),
        (Form::Pat52, pat52(3)),
        (
            Form::EntraJwt,
            entra_jwt("aaaabbbb-0000-cccc-1111-dddd2222eeee", 1),
        ),
    ]
}

#[test]
fn a_token_is_found_whatever_stands_around_it() {
    for (form, token) in tokens() {
        for (before, after) in [
            ("", ""),
            ("é \"", "\" é"),
            ("https://contoso:", "@dev.azure.com/contoso"),
            ("https://contoso%3a", "@dev.azure.com"),
            ("https://contoso%3A", "%40"),
            ("TOKEN=", "\n"),
            ("{\"a\":\"b\\n", "\\n\"}"),
            ("The token is ", "."),
            ("100%", ""),
        ] {
            let text = format!("{before}{token}{after}");
            let found = find_all(&text);
            let ranges: Vec<_> = found
                .iter()
                .map(|found| (&text[found.range.clone()], found.token.form))
                .collect();
            assert_eq!(ranges, [(&*token, form)], "{before}…{after}");
        }
    }
}

#[test]
fn an_encoded_token_takes_its_whole_value() {
    for (form, token) in tokens() {
        for pair in [
            token.clone(),
            format!(":{token}"),
            format!("dev@contoso.com:{token}"),
        ] {
            let value = STANDARD.encode(&pair);
            let text = format!("//pkgs.dev.azure.com/contoso/:_password={value}\nx={value}");
            let found = find_all(&text);
            let ranges: Vec<_> = found
                .iter()
                .map(|found| (&text[found.range.clone()], found.token.form))
                .collect();
            assert_eq!(ranges, [(&*value, form); 2]);
        }
    }
}

#[test]
fn many_tokens_are_found_in_order() {
    let all: Vec<String> = tokens().into_iter().map(|(_, token)| token).collect();
    let text = (all.join(" ") + "\n").repeat(2);
    let found = find_all(&text);
    assert_eq!(found.len(), 6);
    assert!(found.is_sorted_by(|one, next| one.range.end <= next.range.start));
}

#[test]
fn a_short_token_in_a_longer_word_is_none() {
    let token = pat52(3);
    for text in [format!("a{token}"), format!("{token}7")] {
        assert!(find_all(&text).is_empty());
    }
}

proptest! {
    #[test]
    fn any_text_can_be_searched(text in "(?s).{0,200}", dense in "[%\\\\AZDOeyJ.=:a2é]{0,300}") {
        prop_assert!(find_all(&text).is_empty());
        prop_assert!(find_all(&dense).is_empty());
    }
}

fn secrets(bytes: &[u8]) -> Vec<String> {
    let found = sight(bytes).into_iter();
    found
        .map(|sighting| sighting.secret.expose().to_owned())
        .collect()
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

#[test]
fn base64_of_a_whole_file_gives_every_token_in_it() {
    let tokens = tokens().map(|(_, token)| token);
    let file = tokens
        .each_ref()
        .map(|token| format!("# é\r\nkey = \"{token}\"\n"));
    let mut file = file.concat();
    for before in ["", "k8s/", "%3A", "sha512-"] {
        for _ in 0..3 {
            file.insert(0, 'x');
            let value = STANDARD.encode(&file);
            let text = format!("data: {before}{value}\n");
            let found = sight(text.as_bytes());
            let base64 = text.find(before).unwrap()..text.len() - 1;
            for sighting in &found {
                assert!(base64.contains(&sighting.at), "{before}");
                assert_eq!(sighting.range.end, base64.end, "{before}");
            }
            assert_eq!(secrets(text.as_bytes()), tokens, "{before}");
        }
    }
}

/// In rows of so many digits, each with this before it.
fn rows(digits: &str, length: usize, between: &str) -> String {
    let rows: Vec<_> = digits.as_bytes().chunks(length).collect();
    let rows = rows.iter().map(|row| std::str::from_utf8(row).unwrap());
    rows.collect::<Vec<_>>().join(between)
}

/// A slash and a hyphen are digits of base64 as well.
#[test]
fn base64_ends_where_a_token_stands_as_it_is() {
    let buried = pat84('C', 'A', 9);
    let value = STANDARD.encode(&buried);
    for (_, token) in tokens() {
        for text in [format!("{value}/{token}"), format!("{token}/{value}")] {
            let found = find_all(&text);
            let known = found.iter().map(|found| found.secret.expose());
            let known: std::collections::BTreeSet<_> = known.collect();
            assert!(
                known.contains(&*token) && known.contains(&*buried),
                "{text}"
            );
            let plain = found.iter().find(|found| found.secret.expose() == token);
            assert_eq!(&text[plain.unwrap().range.clone()], token);
        }
    }
}

#[test]
fn base64_in_rows_is_looked_into() {
    for (_, token) in tokens() {
        for before in (0..60).step_by(7) {
            let text = format!("{}={token}\n{}", "x".repeat(before), "y ".repeat(before));
            for length in [60, 64, 76] {
                for between in ["\n", "\r\n", "\n    ", "\r\n\t"] {
                    let rows = rows(&STANDARD.encode(&text), length, between);
                    let file = format!("data: |\n  {rows}\nmore: 1\n");
                    let found = sight(file.as_bytes());
                    assert_eq!(secrets(file.as_bytes()), [token.as_str()], "{file}");
                    assert!(found[0].range.contains(&found[0].at));
                }
            }
        }
    }
}

#[test]
fn values_on_lines_of_their_own_are_no_rows() {
    let tokens = [1, 2, 3].map(|seed| pat84('C', 'A', seed));
    let text = tokens
        .each_ref()
        .map(|token| STANDARD.encode(token))
        .join("\n");
    let found = find_all(&text);
    assert!(found.iter().all(|found| found.whole));
    assert_eq!(secrets(text.as_bytes()), tokens);
}

#[test]
fn a_command_that_powershell_takes_in_base64_is_looked_into() {
    for (_, token) in tokens() {
        let script = utf16(&format!("$env:PAT = '{token}'"), u16::to_le_bytes);
        let text = format!("powershell -EncodedCommand {}", STANDARD.encode(script));
        assert_eq!(secrets(text.as_bytes()), [token]);
    }
}

#[test]
fn both_orders_of_utf16_are_read_with_a_mark_and_without() {
    for (_, token) in tokens() {
        for text in [
            token.clone(),
            format!("é=\"{token}\"\r\n"),
            format!("\u{feff}x%3a{token}"),
            format!("y: {}\n", STANDARD.encode(format!("é:{token}"))),
        ] {
            for unit in [u16::to_le_bytes, u16::to_be_bytes] {
                let bytes = utf16(&text, unit);
                assert_eq!(secrets(&bytes), [token.as_str()], "{text}");
                let shifted = [b"\0\x01\xff", bytes.as_slice(), b"\0"].concat();
                assert_eq!(secrets(&shifted), [token.as_str()], "{text}");
            }
        }
    }
}

#[test]
fn where_a_program_keeps_texts_the_checksum_alone_decides() {
    let (long, short) = (pat84('C', 'A', 3), pat52(3));
    // A constant of Python: its kind, its length, the text, and the kind of the next one.
    let python = format!("\u{e3}\0\0\0\0\u{fa}4{short}r\0\u{fa}T{long}N");
    assert_eq!(secrets(python.as_bytes()), [short.as_str(), long.as_str()]);
    // A row of SQLite: columns stand one behind the other.
    let row = format!("\0\u{1}secretkey{short}2026-11-20");
    assert_eq!(secrets(row.as_bytes()), [short]);
    let jwt = entra_jwt("aaaabbbb-0000-cccc-1111-dddd2222eeee", 1);
    for before in ["AzureDevOps", "eyJeyJ", "a.b.c.d", "49"] {
        let row = format!("\0\u{1}{before}{jwt}\u{1}");
        assert_eq!(secrets(row.as_bytes()), [jwt.as_str()], "{before}");
    }
}

#[test]
fn an_escape_before_a_token_is_no_part_of_it() {
    for (_, token) in tokens() {
        for escape in ["\\n", "\\t", "\\x22", "\\u0022", "\\u003a", "%3a", "%22"] {
            let text = format!("\"{escape}{token}{escape}\"");
            assert_eq!(secrets(text.as_bytes()), [token.as_str()], "{escape}");
        }
    }
}

#[test]
fn a_hostile_file_takes_no_time() {
    for unit in [
        "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh\n",
        "eyJ.",
        "eyJ\0",
        "eyJeyJeyJeyJeyJeyJeyJeyJeyJeyJeyJeyJeyJeyJeyJ.eyJ\0",
        "YWFh",
        "AZDO",
        "aaaa",
        "AAAA",
        "\0a\0b",
        "a\0",
        "%3a\\",
    ] {
        let text = unit.repeat(2_000_000 / unit.len());
        assert!(sight(text.as_bytes()).is_empty());
    }
}

/// Texts with whole, broken and encoded tokens in them.
fn texts() -> impl Strategy<Value = String> {
    let token = (0..5_u8, any::<u8>()).prop_map(|(form, seed)| match form {
        0 => pat84('C', 'A', seed),
        1 => pat52(seed),
        2 => entra_jwt("aaaabbbb-0000-cccc-1111-dddd2222eeee", i64::from(seed)),
        3 => pat52(seed)[1..].to_owned(),
        _ => pat84('C', 'A', seed).replace("AZDO", "AZDP"),
    });
    let encoded = (token, 0..5_u8).prop_map(|(token, way)| match way {
        0 | 1 => token,
        2 => STANDARD.encode(token),
        3 => STANDARD.encode(format!("dev:{token}")),
        _ => STANDARD.encode(format!("dev:{}", STANDARD.encode(format!(":{token}")))),
    });
    let filler = "[ \n\"'=:/.%3a\\\\néa-z2-7AZDOeyJ+_-]{0,60}";
    proptest::collection::vec((filler, encoded), 0..6).prop_map(|parts| {
        parts
            .into_iter()
            .map(|(filler, token)| filler + &token)
            .collect()
    })
}

proptest! {
    #[test]
    fn whatever_the_plain_way_finds_is_found(text in texts()) {
        let found = find_all(&text);
        let all = sight(text.as_bytes());
        let plain = reference::find_all(&text);
        // Base64 with something before it is looked into as well, which the plain way does not.
        for (range, token) in &plain {
            let same = |start: usize, end: usize| start <= range.start && range.end <= end;
            prop_assert!(found.iter().any(|found| same(found.range.start, found.range.end)), "{text}");
            let seen = |seen: &Sighting| same(seen.range.start, seen.range.end) && seen.token == *token;
            prop_assert!(all.iter().any(seen), "{text}");
        }
        for Sighting { range, token, whole, .. } in found {
            prop_assert!(!whole || crate::token::open(&text[range.clone()]).token.is_some(), "{text}");
            if plain.contains(&(range.clone(), token)) {
                continue;
            }
            let whole = text[range.clone()].bytes().all(|byte| OF_BASE64[usize::from(byte)] || b"= \r\n".contains(&byte));
            let escaped = ends_escape(text.as_bytes(), range.start);
            prop_assert!(whole && range.len() > SHORTEST_BASE64 || escaped, "{text}");
        }
    }

    #[test]
    fn any_bytes_can_be_searched(bytes: Vec<u8>, dense in "[\\x00a2AZDOeyJ.=%\\\\]{0,400}") {
        prop_assert!(sight(&bytes).is_empty());
        prop_assert!(sight(dense.as_bytes()).is_empty());
    }
}

fn long_in(text: &str) -> Vec<&str> {
    long_runs(text).map(|run| &text[run]).collect()
}

#[test]
fn a_run_is_told_whole_and_only_if_it_is_long_enough() {
    let (long, short) = ("a".repeat(52), "b".repeat(51));
    assert_eq!(long_in(&format!("é {short} {long} x")), [long.as_str()]);
    assert_eq!(long_in(&format!("{long}é{long}")), [long.as_str(); 2]);
    assert_eq!(long_in(&format!("{long}.{short}")).len(), 1);
    assert!(long_in(&short).is_empty());
    assert!(long_in("").is_empty());
}

proptest! {
    #[test]
    fn no_token_is_passed_over(before in "(?s).{0,80}", after in "(?s).{0,80}", which in 0..3_usize) {
        let tenant = "aaaabbbb-0000-cccc-1111-dddd2222eeee";
        let token = [pat84('C', 'A', 1), pat52(1), entra_jwt(tenant, 1)][which].clone();
        let text = format!("{before}{token}{after}");
        for found in find_all(&text) {
            let found = found.range;
            prop_assert!(long_runs(&text).any(|run| run.start <= found.start && found.end <= run.end));
        }
    }
}
