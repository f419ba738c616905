//! Text from workstations, before it becomes a column.

/// The longest name that a column takes.
const LONGEST: usize = 255;

/// Cuts what is too long and drops control characters, which only disturb pages and other databases.
pub(crate) fn name(text: &str) -> String {
    // As nearly every name is.
    if text.len() <= LONGEST && text.trim() == text && !text.chars().any(char::is_control) {
        return text.to_owned();
    }
    text.chars()
        .filter(|character| !character.is_control())
        .take(LONGEST)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// The same where there may be none: an empty name is none.
pub(crate) fn optional_name(text: Option<&str>) -> Option<String> {
    text.map(name).filter(|name| !name.is_empty())
}

/// By this a ring is paused and found: policy says `Pilot` and the admin types `pilot`, and the brake must hold.
pub(crate) fn ring_key(ring: &str) -> String {
    ring.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_disturbs() {
        assert_eq!(name(" CONTOSO\u{0}-\n07 "), "CONTOSO-07");
        assert_eq!(name(&"x".repeat(1000)).len(), 255);
        assert_eq!(optional_name(Some("\t")), None);
    }
}
