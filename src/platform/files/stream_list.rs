//! The list of a file's streams, as Windows gives it (learn.microsoft.com, `FILE_STREAM_INFO`).

/// What every file has: its content.
const CONTENT: &str = "::$DATA";

/// The names of the streams beside the content, such as `:Zone.Identifier:$DATA`.
pub(super) fn stream_list(bytes: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = bytes;
    while let Some((next, name)) = entry(rest) {
        if name != CONTENT && !name.is_empty() {
            names.push(name);
        }
        match rest.get(next..) {
            Some(behind) if next > 0 => rest = behind,
            _ => break,
        }
    }
    names
}

/// How far the next entry is, and this one's name.
fn entry(bytes: &[u8]) -> Option<(usize, String)> {
    let number = |at: usize| {
        let four = bytes.get(at..at + 4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(four)).ok()
    };
    let (next, length) = (number(0)?, number(4)?);
    // Two sizes of eight bytes stand before the name.
    let name = bytes.get(24..)?.get(..length)?;
    let units: Vec<u16> = name
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    Some((next, String::from_utf16_lossy(&units)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    fn listed(name: &str, last: bool) -> Vec<u8> {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let whole = (24 + name.len()).next_multiple_of(8);
        let next = if last { 0 } else { whole };
        let mut bytes = Vec::new();
        bytes.extend(u32::try_from(next).unwrap().to_le_bytes());
        bytes.extend(u32::try_from(name.len()).unwrap().to_le_bytes());
        bytes.extend([0; 16]);
        bytes.extend(name);
        bytes.resize(whole, 0);
        bytes
    }

    #[test]
    fn streams_beside_the_content_are_listed() {
        let bytes = [
            listed("::$DATA", false),
            listed(":Zone.Identifier:$DATA", false),
            listed(":größe:$DATA", true),
            vec![0xff; 32],
        ];
        assert_eq!(
            stream_list(&bytes.concat()),
            [":Zone.Identifier:$DATA", ":größe:$DATA"]
        );
        assert_eq!(stream_list(&listed("::$DATA", true)), [""; 0]);
    }

    #[test]
    fn a_list_that_is_cut_short_or_leads_astray_ends() {
        assert_eq!(stream_list(&[]), [""; 0]);
        let one = listed(":a:$DATA", false);
        assert_eq!(stream_list(&one[..20]), [""; 0]);
        assert_eq!(stream_list(&one), [":a:$DATA"]);
        assert_eq!(stream_list(&[0xff; 64]), [""; 0]);
    }
}
