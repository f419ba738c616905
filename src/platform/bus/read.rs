//! Reads D-Bus messages (D-Bus Specification, "Marshaling"). A peer may send anything.

use zeroize::Zeroizing;

use super::value::Value;

/// How deep values may lie in each other.
const DEPTH: u32 = 16;

/// Bytes of a message from some offset on. Offsets count from its first byte, or from the body's.
pub(super) struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
    big_endian: bool,
}

impl<'b> Reader<'b> {
    pub(super) fn new(bytes: &'b [u8], big_endian: bool) -> Self {
        Self {
            bytes,
            at: 0,
            big_endian,
        }
    }

    /// All values of this signature; `None` where the bytes are not those.
    pub(super) fn values(&mut self, signature: &str) -> Option<Vec<Value>> {
        let mut rest = signature.as_bytes();
        let mut values = Vec::new();
        while !rest.is_empty() {
            let (one, others) = split(rest, DEPTH)?;
            values.push(self.value(one, DEPTH)?);
            rest = others;
        }
        Some(values)
    }

    fn value(&mut self, signature: &[u8], depth: u32) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        let (first, inner) = signature.split_first()?;
        Some(match first {
            b'y' => Value::Number(self.take(1, 1)?),
            b'n' | b'q' => Value::Number(self.take(2, 2)?),
            b'b' | b'i' | b'u' | b'h' => Value::Number(self.take(4, 4)?),
            b'x' | b't' | b'd' => Value::Number(self.take(8, 8)?),
            b's' | b'o' => {
                let length = usize::try_from(self.take(4, 4)?).ok()?;
                Value::Text(self.text(length)?)
            }
            b'g' => Value::Text(self.signature()?),
            b'v' => {
                let signature = self.signature()?;
                let (one, rest) = split(signature.as_bytes(), depth)?;
                if !rest.is_empty() {
                    return None;
                }
                self.value(one, depth)?
            }
            b'a' => self.array(inner, depth)?,
            b'(' | b'{' => {
                self.align(8)?;
                let mut rest = inner.get(..inner.len().checked_sub(1)?)?;
                let mut list = Vec::new();
                while !rest.is_empty() {
                    let (one, others) = split(rest, depth)?;
                    list.push(self.value(one, depth)?);
                    rest = others;
                }
                Value::List(list)
            }
            _ => return None,
        })
    }

    fn array(&mut self, item: &[u8], depth: u32) -> Option<Value> {
        let length = usize::try_from(self.take(4, 4)?).ok()?;
        self.align(alignment(*item.first()?))?;
        let end = self.at.checked_add(length)?;
        if end > self.bytes.len() {
            return None;
        }
        if item == b"y" {
            let bytes = self.bytes.get(self.at..end)?.to_vec();
            self.at = end;
            return Some(Value::Bytes(Zeroizing::new(bytes)));
        }
        let mut list = Vec::new();
        while self.at < end {
            let before = self.at;
            list.push(self.value(item, depth)?);
            // An item of no bytes would go on forever.
            if self.at == before {
                return None;
            }
        }
        (self.at == end).then_some(Value::List(list))
    }

    fn signature(&mut self) -> Option<Zeroizing<String>> {
        let length = usize::try_from(self.take(1, 1)?).ok()?;
        self.text(length)
    }

    fn text(&mut self, length: usize) -> Option<Zeroizing<String>> {
        let end = self.at.checked_add(length)?;
        let text = std::str::from_utf8(self.bytes.get(self.at..end)?).ok()?;
        if self.bytes.get(end) != Some(&0) {
            return None;
        }
        self.at = end + 1;
        Some(Zeroizing::new(text.to_owned()))
    }

    /// A number of this size at its alignment.
    pub(super) fn take(&mut self, size: usize, alignment: usize) -> Option<u64> {
        self.align(alignment)?;
        let end = self.at.checked_add(size)?;
        let bytes = self.bytes.get(self.at..end)?;
        self.at = end;
        let add = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if self.big_endian {
            bytes.iter().fold(0, add)
        } else {
            bytes.iter().rev().fold(0, add)
        })
    }

    pub(super) fn align(&mut self, alignment: usize) -> Option<()> {
        self.at = self.at.checked_next_multiple_of(alignment)?;
        Some(())
    }
}

fn alignment(code: u8) -> usize {
    match code {
        b'y' | b'g' | b'v' => 1,
        b'n' | b'q' => 2,
        b'x' | b't' | b'd' | b'(' | b'{' => 8,
        _ => 4,
    }
}

/// The first complete type of a signature, and the rest.
fn split(signature: &[u8], depth: u32) -> Option<(&[u8], &[u8])> {
    let length = type_length(signature, depth)?;
    signature.split_at_checked(length)
}

fn type_length(signature: &[u8], depth: u32) -> Option<usize> {
    let depth = depth.checked_sub(1)?;
    match signature.first()? {
        b'a' => Some(1 + type_length(signature.get(1..)?, depth)?),
        open @ (b'(' | b'{') => {
            let close = if *open == b'(' { b')' } else { b'}' };
            let mut at = 1;
            while *signature.get(at)? != close {
                at += type_length(signature.get(at..)?, depth)?;
            }
            // A structure of nothing is none.
            (at > 1).then_some(at + 1)
        }
        b')' | b'}' => None,
        _ => Some(1),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::super::write::Writer;
    use super::*;

    fn read(bytes: &[u8], signature: &str) -> Option<Vec<Value>> {
        Reader::new(bytes, false).values(signature)
    }

    fn text(text: &str) -> Value {
        Value::Text(Zeroizing::new(text.to_owned()))
    }

    #[test]
    fn what_was_written_is_read() {
        let mut writer = Writer::default();
        writer.byte(7);
        writer.text("é");
        writer.array(8, |writer| {
            for (name, value) in [("a", "1"), ("bc", "")] {
                writer.align(8);
                writer.text(name);
                writer.text(value);
            }
        });
        writer.variant("s", |writer| writer.text("x"));
        writer.bytes(b"\0\xff");
        let values = read(&writer.finish(), "ysa{ss}vay").unwrap();
        assert_eq!(values[0].number(), Some(7));
        assert_eq!(values[1], text("é"));
        let pairs: Vec<_> = values[2].pairs().collect();
        assert_eq!(pairs, [("a", &text("1")), ("bc", &text(""))]);
        assert_eq!(values[2].get("bc"), Some(&text("")));
        assert_eq!(values[3], text("x"));
        assert_eq!(values[4].bytes(), Some(&b"\0\xff"[..]));
    }

    #[test]
    fn numbers_of_the_other_byte_order_are_read() {
        let mut reader = Reader::new(&[1, 0, 0, 0, 0, 0, 1, 2], true);
        let values = reader.values("yu").unwrap();
        assert_eq!(values, [Value::Number(1), Value::Number(0x102)]);
    }

    #[test]
    fn what_is_cut_short_or_has_no_end_is_none() {
        for (bytes, signature) in [
            (&b""[..], "s"),
            (b"\x04\0\0\0abc\0", "s"),
            (b"\x03\0\0\0abcd", "s"),
            (b"\xff\xff\xff\xff", "as"),
            (b"\x08\0\0\0\0\0\0\0\0\0\0\0", "a()"),
            (b"\x01v\0\x01v\0\x01v\0\x01v\0", "v"),
            (b"", "("),
            (b"", "a"),
            (b"", "}"),
        ] {
            assert_eq!(read(bytes, signature), None, "{signature}");
        }
        let deep = "a".repeat(200) + "y";
        assert_eq!(read(&[0; 8], &deep), None);
        let nested = [b"\x01v\0".repeat(200), b"\x01y\0\x01".to_vec()].concat();
        assert_eq!(read(&nested, "v"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_read(bytes: Vec<u8>, signature in "[ybnqiuxtdsogvah(){}]{0,12}", big: bool) {
            let _ = Reader::new(&bytes, big).values(&signature);
        }
    }
}
