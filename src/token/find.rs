//! Finds tokens in free text, in time that grows with the text alone.

use std::ops::Range;

use super::{Token, encoded, jwt, pat52, pat84};

/// Base64 of the shorter token has this many characters.
const SHORTEST_BASE64: usize = 70;

/// Every token in the text with the bytes that it takes, in order and without overlap. A token in
/// base64, alone or as `user:token`, takes the bytes of the whole encoded value.
pub fn find_all(text: &str) -> Vec<(Range<usize>, Token)> {
    let mut found = Vec::new();
    find_pat84(text, &mut found);
    for run in runs(text, pat52::is_digit) {
        find_pat52(text, run, &mut found);
    }
    for run in runs(text, |byte| jwt::is_digit(byte) || byte == b'.') {
        find_jwt(text, run, &mut found);
    }
    for run in runs(text, |byte| {
        jwt::is_digit(byte) || matches!(byte, b'+' | b'/')
    }) {
        find_base64(text, run, &mut found);
    }
    found.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut end = 0;
    found.retain(|(range, _)| {
        let apart = range.start >= end;
        end = end.max(range.end);
        apart
    });
    found
}

type Tokens = Vec<(Range<usize>, Token)>;

/// Needs no boundary: the checksum tells where a token ends, and `%3A` may stand right before it.
fn find_pat84(text: &str, found: &mut Tokens) {
    for (at, _) in text.match_indices(pat84::SIGNATURE) {
        let Some(start) = at.checked_sub(pat84::SIGNATURE_AT) else {
            continue;
        };
        let range = start..start + pat84::LENGTH;
        if let Some(token) = text.get(range.clone()).and_then(pat84::parse) {
            found.push((range, token));
        }
    }
}

/// A whole run of the alphabet.
fn find_pat52(text: &str, run: Range<usize>, found: &mut Tokens) {
    for start in starts(text, run.start) {
        if let Some(token) = text.get(start..run.end).and_then(pat52::parse) {
            found.push((start..run.end, token));
        }
    }
}

/// Three parts of a run of parts; a fourth would make it another thing.
fn find_jwt(text: &str, run: Range<usize>, found: &mut Tokens) {
    let after_dots = text[run.clone()].match_indices('.');
    let after_dots = after_dots.map(|(at, _)| run.start + at + 1);
    for start in starts(text, run.start).chain(after_dots) {
        let rest = text.get(start..run.end).unwrap_or_default();
        if !rest.starts_with("eyJ") {
            continue;
        }
        let end = rest
            .match_indices('.')
            .nth(2)
            .map_or(rest.len(), |(at, _)| at);
        // A full stop after the token ends a sentence.
        let is_whole = rest.len() <= end + 1;
        if let Some(token) = rest.get(..end).filter(|_| is_whole).and_then(jwt::parse) {
            found.push((start..start + end, token));
        }
    }
}

/// A whole run of the alphabet with the padding after it.
fn find_base64(text: &str, run: Range<usize>, found: &mut Tokens) {
    if run.len() < SHORTEST_BASE64 {
        return;
    }
    let padding = text[run.end..]
        .bytes()
        .take(2)
        .take_while(|byte| *byte == b'=');
    if let Some(token) = encoded::open(&text[run.clone()]).token {
        found.push((run.start..run.end + padding.count(), token));
    }
}

/// Where a token may start in a run: at its start, or after what is the tail of an escape (`%3a`, `\n`).
fn starts(text: &str, run: usize) -> impl Iterator<Item = usize> {
    let tail = match text.as_bytes()[..run].last() {
        Some(b'%') => Some(run + 2),
        Some(b'\\') => Some(run + 1),
        _ => None,
    };
    std::iter::once(run).chain(tail)
}

/// Maximal ranges of bytes that all belong; such bytes must be ASCII.
fn runs(text: &str, belongs: impl Fn(u8) -> bool) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + bytes[at..].iter().position(|byte| belongs(*byte))?;
        let length = bytes[start..].iter().position(|byte| !belongs(*byte));
        at = length.map_or(bytes.len(), |length| start + length);
        Some(start..at)
    })
}

#[cfg(test)]
mod tests {
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
                    .map(|(range, token)| (&text[range.clone()], token.form))
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
                    .map(|(range, token)| (&text[range.clone()], token.form))
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
        assert!(found.is_sorted_by(|one, next| one.0.end <= next.0.start));
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
}
