//! Patterns of `ssh_config(5)`: `*` and `?`, lists with `!`.

use crate::text::Wildcard;

/// How letters of a pattern are compared with those of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// As they are: `Host` and users.
    Exact,
    /// Either case: `Match host`, `known_hosts`.
    Any,
}

/// Whether the text matches a list of patterns: one of them does, and none that begins with `!`.
pub(super) fn list_matches<'p>(
    patterns: impl IntoIterator<Item = &'p str>,
    text: &str,
    case: Case,
) -> bool {
    let mut found = false;
    for pattern in patterns {
        match pattern.strip_prefix('!') {
            Some(refused) if matches(refused, text, case) => return false,
            Some(_) => {}
            None => found = found || matches(pattern, text, case),
        }
    }
    found
}

/// Longer patterns and texts match nothing; ssh(1) refuses them too.
const LIMIT: usize = 1024;

/// Whether the whole text matches. It takes at most their lengths' product in steps.
pub(super) fn matches(pattern: &str, text: &str, case: Case) -> bool {
    if pattern.len() > LIMIT || text.len() > LIMIT {
        return false;
    }
    let wildcard = Wildcard {
        question: true,
        any_case: case == Case::Any,
    };
    wildcard.fits(pattern.as_bytes(), text.as_bytes())
}

/// Whether the pattern matches anything at all, so that it singles nothing out.
pub(super) fn matches_all(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.bytes().all(|byte| byte == b'*')
}

/// Whether it has a wildcard or refuses.
pub(super) fn is_literal(pattern: &str) -> bool {
    !pattern.starts_with('!') && !pattern.contains(['*', '?'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wildcards_and_refusals_are_those_of_ssh() {
        for (patterns, text, expected) in [
            ("ssh.dev.azure.com", "SSH.dev.azure.com", true),
            ("*.azure.com", "ssh.dev.azure.com", true),
            ("ssh.*.co?", "ssh.dev.azure.com", true),
            ("*", "", true),
            ("?", "", false),
            ("*a*b", "aabab", true),
            ("*a*b", "aaba", false),
            ("* !github.com", "github.com", false),
            ("!github.com *", "ssh.dev.azure.com", true),
            ("!github.com", "ssh.dev.azure.com", false),
            ("a b", "b", true),
        ] {
            assert_eq!(
                list_matches(patterns.split(' '), text, Case::Any),
                expected,
                "{patterns} {text}"
            );
        }
    }

    #[test]
    fn case_counts_where_ssh_counts_it() {
        assert!(matches("Ab", "Ab", Case::Exact));
        assert!(!matches("ab", "AB", Case::Exact));
        assert!(matches("ab", "AB", Case::Any));
    }

    proptest! {
        #[test]
        fn a_text_matches_itself_with_any_part_starred(text in "[a-c]{0,12}", from in 0..12_usize, to in 0..12_usize) {
            let (from, to) = (from.min(text.len()), to.min(text.len()));
            let pattern = format!("{}*{}", &text[..from.min(to)], &text[from.max(to)..]);
            for case in [Case::Exact, Case::Any] {
                prop_assert!(matches(&pattern, &text, case));
            }
        }

        #[test]
        fn any_pattern_can_be_tried(pattern: String, text: String) {
            let _ = matches(&pattern, &text, Case::Any);
        }
    }
}
