//! Bytes that Windows keeps, as text: programs write UTF-16 (Git Credential Manager, git, Python) or UTF-8 (all that use
//! keytar), and nothing beside the bytes says which.

use zeroize::Zeroizing;

/// The text; `None` for what is none. A NUL at the end is no part of it.
pub(super) fn text(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let text = match bytes {
        [0xFF, 0xFE, rest @ ..] => wide(rest)?,
        [0xEF, 0xBB, 0xBF, rest @ ..] => narrow(rest)?,
        // Letters of addresses and tokens have a NUL beside them in UTF-16, and in UTF-8 none stands inside.
        _ if bytes.len().is_multiple_of(2)
            && bytes.chunks(2).any(|pair| pair.last() == Some(&0)) =>
        {
            narrow(without_end(bytes)).or_else(|| wide(bytes))?
        }
        _ => narrow(bytes).or_else(|| wide(bytes))?,
    };
    Some(text)
}

fn without_end(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(&[0]).unwrap_or(bytes)
}

fn narrow(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let text = std::str::from_utf8(without_end(bytes)).ok()?;
    is_readable(text).then(|| Zeroizing::new(text.to_owned()))
}

fn wide(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let (pairs, []) = bytes.as_chunks::<2>() else {
        return None;
    };
    let units = pairs.iter().map(|pair| u16::from_le_bytes(*pair));
    let units = Zeroizing::new(units.collect::<Vec<_>>());
    let text = Zeroizing::new(String::from_utf16(&units).ok()?);
    let text = text.strip_suffix('\0').unwrap_or(&text);
    is_readable(text).then(|| Zeroizing::new(text.to_owned()))
}

/// Whether somebody could have typed it, lines and tabs included.
fn is_readable(text: &str) -> bool {
    let typed = |character: char| {
        let is_private = matches!(character, '\u{E000}'..='\u{F8FF}' | '\u{FFF0}'..='\u{FFFF}');
        matches!(character, '\r' | '\n' | '\t') || !(character.is_control() || is_private)
    };
    text.chars().all(typed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;
    use crate::testing::{pat52, pat84};

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn both_forms_are_told_by_what_is_in_them() {
        for text in [
            pat52(1),
            pat84('C', 'A', 1),
            "word".to_owned(),
            "pässwörd".to_owned(),
            "密码很长很长".to_owned(),
            "word\r\noauth_refresh_token=x".to_owned(),
            "a".to_owned(),
            String::new(),
        ] {
            let with_mark = [b"\xFF\xFE".to_vec(), utf16(&text)].concat();
            let with_end = [utf16(&text), vec![0, 0]].concat();
            let narrow = text.as_bytes();
            let narrow_end = [narrow, b"\0"].concat();
            for bytes in [narrow, &utf16(&text), &with_mark, &with_end, &narrow_end] {
                let found = super::text(bytes);
                let found = found.map(|it| it.to_string());
                assert_eq!(found.as_deref(), Some(text.as_str()), "{bytes:?}");
            }
        }
    }

    #[test]
    fn what_is_no_text_is_none() {
        for bytes in [
            &b"\x01\0\0\0\xd0\x8c\x9d\xdf"[..],
            b"\xff",
            b"a\0b",
            b"\x80\x81\x82",
            b"\xFF\xFEa",
        ] {
            assert_eq!(text(bytes), None, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_read(bytes: Vec<u8>) {
            let _ = text(&bytes);
        }
    }
}
