//! Keys that a misspelt name is near to.

use super::keys::KEYS;

/// The key that a misspelt name is nearest to: one letter wrong, missing, too many, or swapped.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    KEYS.iter()
        .map(|key| key.name)
        .find(|key| is_near(name.as_bytes(), key.as_bytes()))
}

fn is_near(one: &[u8], other: &[u8]) -> bool {
    let alike = |one: &[u8], other: &[u8]| {
        let pairs = one.iter().zip(other);
        pairs.take_while(|(one, other)| one == other).count()
    };
    let start = alike(one, other);
    let (one, other) = (&one[start..], &other[start..]);
    let swapped = one.len() >= 2
        && other.len() >= 2
        && one[0] == other[1]
        && one[1] == other[0]
        && one[2..] == other[2..];
    let longer = one.len().max(other.len());
    let wrong = longer > 0
        && (one.get(1..) == other.get(1..)
            || one.get(1..) == Some(other)
            || Some(one) == other.get(1..));
    swapped || wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_letter_may_be_wrong_missing_too_many_or_swapped() {
        for name in [
            "clean.consemt",
            "clean.consnt",
            "clean.conssent",
            "Clean.cosnent",
        ] {
            assert_eq!(nearest(name), Some("clean.consent"), "{name}");
        }
        for name in ["", "consent", "clean.consenting"] {
            assert_eq!(nearest(name), None, "{name}");
        }
    }
}
