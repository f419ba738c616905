//! Text of a file with the way back: every offset in the text maps to an offset in the bytes.

use std::ops::Range;
use std::sync::OnceLock;

/// How a file's bytes became text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    /// UTF-8 after this many bytes of byte order mark.
    Utf8(usize),
    /// UTF-16, little endian, after its byte order mark.
    Utf16Little,
    /// UTF-16, big endian, after its byte order mark.
    Utf16Big,
    /// Not Unicode: each byte stands for the character of its number, so nothing is lost.
    Bytes,
}

/// A file's text. It never fails: bytes that are no UTF-8 are taken one by one.
#[derive(Debug, Clone)]
pub struct Text {
    string: String,
    encoding: Encoding,
    /// Where the line breaks are, once somebody asks: many findings of one file ask for their lines.
    breaks: OnceLock<Vec<usize>>,
}

impl Text {
    /// Decodes by byte order mark, else as UTF-8, else byte by byte.
    pub fn decode(bytes: &[u8]) -> Self {
        match bytes {
            [0xff, 0xfe, rest @ ..] => Self::utf16(rest, u16::from_le_bytes, Encoding::Utf16Little),
            [0xfe, 0xff, rest @ ..] => Self::utf16(rest, u16::from_be_bytes, Encoding::Utf16Big),
            [0xef, 0xbb, 0xbf, rest @ ..] => Self::utf8(rest, 3),
            rest => Self::utf8(rest, 0),
        }
        .unwrap_or_else(|| {
            let string = bytes.iter().copied().map(char::from).collect();
            Self::new(string, Encoding::Bytes)
        })
    }

    fn new(string: String, encoding: Encoding) -> Self {
        Self {
            string,
            encoding,
            breaks: OnceLock::new(),
        }
    }

    fn utf8(bytes: &[u8], mark: usize) -> Option<Self> {
        let string = std::str::from_utf8(bytes).ok()?.to_owned();
        Some(Self::new(string, Encoding::Utf8(mark)))
    }

    fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, encoding: Encoding) -> Option<Self> {
        let (pairs, odd) = bytes.as_chunks::<2>();
        let string = char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
            .collect::<Result<String, _>>()
            .ok()?;
        odd.is_empty().then(|| Self::new(string, encoding))
    }

    /// The text, without a byte order mark.
    pub fn as_str(&self) -> &str {
        &self.string
    }

    /// Whether it begins as UTF-16 and is none: its characters are no text then.
    pub(super) fn is_broken(&self) -> bool {
        let begins = |mark| self.string.starts_with(mark);
        self.encoding == Encoding::Bytes && (begins("\u{ff}\u{fe}") || begins("\u{fe}\u{ff}"))
    }

    /// The range of bytes that a range of the text came from. Both ends must be on character boundaries.
    pub fn bytes_of(&self, range: &Range<usize>) -> Range<usize> {
        let start = self.mark() + self.encoded_len(&self.string[..range.start]);
        start..start + self.encoded_len(&self.string[range.clone()])
    }

    /// The range of the text that a range of bytes became; `None` where it cuts a character or leaves the file.
    pub fn of_bytes(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let start = self.offset_of(self.mark(), 0, range.start)?;
        let end = self.offset_of(range.start, start, range.end)?;
        Some(start..end)
    }

    /// The offset in the text of a byte; another byte and its offset are where to count from.
    fn offset_of(&self, known: usize, offset: usize, byte: usize) -> Option<usize> {
        let mut at = known;
        for (further, character) in self.string.get(offset..)?.char_indices() {
            if at >= byte {
                return (at == byte).then_some(offset + further);
            }
            at += self.encoded_len(character.encode_utf8(&mut [0; 4]));
        }
        (at == byte).then_some(self.string.len())
    }

    /// Bytes for new text in this file.
    pub fn encode(&self, text: &str) -> Vec<u8> {
        match self.encoding {
            Encoding::Utf8(_) => text.as_bytes().to_vec(),
            Encoding::Utf16Little => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Encoding::Utf16Big => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Encoding::Bytes => text
                .chars()
                .map(|character| u8::try_from(character).unwrap_or(b'?'))
                .collect(),
        }
    }

    /// The line of an offset, counted from 1.
    pub fn line(&self, offset: usize) -> u32 {
        let breaks = self.breaks.get_or_init(|| {
            let breaks = self.string.match_indices('\n');
            breaks.map(|(offset, _)| offset).collect()
        });
        let before = breaks.partition_point(|at| *at < offset);
        u32::try_from(before).map_or(u32::MAX, |before| before.saturating_add(1))
    }

    fn mark(&self) -> usize {
        match self.encoding {
            Encoding::Utf8(mark) => mark,
            Encoding::Utf16Little | Encoding::Utf16Big => 2,
            Encoding::Bytes => 0,
        }
    }

    fn encoded_len(&self, text: &str) -> usize {
        match self.encoding {
            Encoding::Utf8(_) => text.len(),
            Encoding::Utf16Little | Encoding::Utf16Big => text.encode_utf16().count() * 2,
            Encoding::Bytes => text.chars().count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn with_mark(mark: &[u8], text: &str, units: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
        mark.iter()
            .copied()
            .chain(text.encode_utf16().flat_map(units))
            .collect()
    }

    #[test]
    fn each_encoding_is_read() {
        for bytes in [
            "é=1".as_bytes().to_vec(),
            [b"\xef\xbb\xbf", "é=1".as_bytes()].concat(),
            with_mark(b"\xff\xfe", "é=1", u16::to_le_bytes),
            with_mark(b"\xfe\xff", "é=1", u16::to_be_bytes),
            b"\xe9=1".to_vec(),
        ] {
            assert_eq!(Text::decode(&bytes).as_str(), "é=1", "{bytes:x?}");
        }
    }

    #[test]
    fn bytes_lead_back_to_the_text() {
        for bytes in [
            [b"\xef\xbb\xbf", "aé=1".as_bytes()].concat(),
            with_mark(b"\xff\xfe", "aé=1", u16::to_le_bytes),
            b"a\xe9=1".to_vec(),
        ] {
            let text = Text::decode(&bytes);
            for range in [0..0, 0..1, 1..3, 3..5, 5..5, 0..5] {
                assert_eq!(text.of_bytes(&text.bytes_of(&range)), Some(range));
            }
            assert_eq!(text.of_bytes(&(0..bytes.len() + 1)), None);
        }
        let text = Text::decode("é".as_bytes());
        assert_eq!(text.of_bytes(&(0..1)), None);
    }

    #[test]
    fn lines_are_counted_from_one() {
        let read = Text::decode(b"a\n\r\nb");
        let lines: Vec<_> = (0..=5).map(|offset| read.line(offset)).collect();
        assert_eq!(lines, [1, 1, 2, 2, 3, 3]);
        assert_eq!(Text::decode(b"").line(0), 1);
    }

    proptest! {
        #[test]
        fn every_range_leads_back_to_its_bytes(text in "[a-zé€😀\n]{0,20}", mark in 0..4usize) {
            let bytes = match mark {
                0 => text.as_bytes().to_vec(),
                1 => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
                2 => with_mark(b"\xff\xfe", &text, u16::to_le_bytes),
                _ => with_mark(b"\xfe\xff", &text, u16::to_be_bytes),
            };
            let read = Text::decode(&bytes);
            prop_assert_eq!(read.as_str(), &text);
            for (start, character) in text.char_indices() {
                let range = start..start + character.len_utf8();
                prop_assert_eq!(&bytes[read.bytes_of(&range)], &read.encode(&text[range])[..]);
            }
        }

        #[test]
        fn any_bytes_can_be_read(bytes: Vec<u8>) {
            let read = Text::decode(&bytes);
            let all = 0..read.as_str().len();
            prop_assert_eq!(read.bytes_of(&all).end, bytes.len());
        }
    }
}
