//! Where a text may hold a token at all: most files and most lines hold none, and this tells it by looking at few bytes.

use std::ops::Range;

/// The shortest token, in whatever encoding.
const SHORTEST: usize = super::pat52::LENGTH;

/// Every run of characters that is long enough for a token in any encoding, in order.
///
/// It looks at the end of the next run that would be long enough first, so that it passes over short words unread.
pub fn long_runs(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut start = 0;
    std::iter::from_fn(move || {
        while let Some(window) = bytes.get(start..start + SHORTEST) {
            if let Some(gap) = window.iter().rposition(|byte| !belongs(*byte)) {
                start += gap + 1;
                continue;
            }
            let rest = &bytes[start + SHORTEST..];
            let more = rest.iter().position(|byte| !belongs(*byte));
            let end = start + SHORTEST + more.unwrap_or(rest.len());
            let run = start..end;
            start = end;
            return Some(run);
        }
        None
    })
}

/// Letters and digits of every form and encoding, and what may stand between their parts.
fn belongs(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'.' | b'%' | b'=')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{entra_jwt, pat52, pat84};
    use crate::token::find_all;

    fn of(text: &str) -> Vec<&str> {
        long_runs(text).map(|run| &text[run]).collect()
    }

    #[test]
    fn a_run_is_told_whole_and_only_if_it_is_long_enough() {
        let (long, short) = ("a".repeat(52), "b".repeat(51));
        assert_eq!(of(&format!("é {short} {long} x")), [long.as_str()]);
        assert_eq!(of(&format!("{long}é{long}")), [long.as_str(); 2]);
        assert_eq!(of(&format!("{long}.{short}")).len(), 1);
        assert!(of(&short).is_empty());
        assert!(of("").is_empty());
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
}
