//! Patterns in which `*` stands for any run of bytes, and `?` for one where that is said.

/// What else than itself a byte of a pattern stands for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wildcard {
    /// `?` is any one byte.
    pub(crate) question: bool,
    /// ASCII letters fit in either case.
    pub(crate) any_case: bool,
}

impl Wildcard {
    /// Whether the whole text fits. It takes at most the product of both lengths in steps.
    pub(crate) fn fits(self, pattern: &[u8], text: &[u8]) -> bool {
        let fits = |wanted: u8, byte: u8| {
            self.question && wanted == b'?'
                || wanted == byte
                || self.any_case && wanted.eq_ignore_ascii_case(&byte)
        };
        let (mut at, mut next) = (0, 0);
        // Where to go back to: behind the last star, and one byte further in the text.
        let mut star: Option<(usize, usize)> = None;
        while let Some(&byte) = text.get(next) {
            match pattern.get(at) {
                Some(b'*') => {
                    star = Some((at + 1, next));
                    at += 1;
                }
                Some(&wanted) if fits(wanted, byte) => {
                    at += 1;
                    next += 1;
                }
                _ => {
                    // The last star takes one more.
                    let Some((after, taken)) = star else {
                        return false;
                    };
                    star = Some((after, taken + 1));
                    (at, next) = (after, taken + 1);
                }
            }
        }
        pattern.iter().skip(at).all(|byte| *byte == b'*')
    }
}
