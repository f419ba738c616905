//! Text with room for a token: what stood around an old one, in the encoding that it had.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::model::Secret;

/// `base64(user:base64(token))` is two deep; nobody writes more.
const DEPTH: usize = 3;
/// A shorter password may stand anywhere by chance.
const SHORTEST: usize = 8;

/// What stood around a token, without it. It can be kept: it holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Template(Vec<Piece>);

/// A part of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Piece {
    /// As it is.
    Text(String),
    /// The token goes here.
    Token,
    /// Base64 of something with the token in it.
    Base64 {
        inside: Template,
        /// The alphabet of URLs.
        url: bool,
        /// With `=` at its end where it needs some.
        padded: bool,
    },
}

/// Where a secret stands in a text, and how it is written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Offsets in the text: of the value, with all that is encoded together with it.
    pub range: Range<usize>,
    /// The value with room for another secret.
    pub template: Template,
}

impl Template {
    /// The text with room wherever the secret stands in it, as it is or in base64; `None` where it stands nowhere.
    pub fn of(text: &str, secret: &Secret) -> Option<Self> {
        let found = occurrences(text, secret);
        (!found.is_empty()).then(|| Self::of_found(text, found))
    }

    /// A text that no token belongs in, where it holds none.
    pub fn of_text(text: &str) -> Option<Self> {
        let none = crate::token::find_all(text).is_empty();
        none.then(|| Self(vec![Piece::Text(text.to_owned())]))
    }

    /// Whether a token goes into it.
    pub fn has_room(&self) -> bool {
        let has_room = |piece: &Piece| !matches!(piece, Piece::Text(_));
        self.0.iter().any(has_room)
    }

    /// Whether it ends as a line does.
    pub fn is_lines(&self) -> bool {
        matches!(self.0.last(), Some(Piece::Text(text)) if text.ends_with('\n'))
    }

    fn of_found(text: &str, found: Vec<Occurrence>) -> Self {
        let mut pieces = Vec::new();
        let mut from = 0;
        for occurrence in found {
            pieces.push(Piece::Text(text[from..occurrence.range.start].to_owned()));
            pieces.extend(occurrence.template.0);
            from = occurrence.range.end;
        }
        pieces.push(Piece::Text(text[from..].to_owned()));
        pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
        Self(pieces)
    }

    /// The text with a token in it.
    pub fn fill(&self, token: &Secret) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(self.room(token)));
        for piece in &self.0 {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Token => text.push_str(token.expose()),
                Piece::Base64 {
                    inside,
                    url,
                    padded,
                } => {
                    let inside = inside.fill(token);
                    let engine = match (url, padded) {
                        (false, true) => STANDARD,
                        (false, false) => STANDARD_NO_PAD,
                        (true, true) => URL_SAFE,
                        (true, false) => URL_SAFE_NO_PAD,
                    };
                    text.push_str(&Zeroizing::new(engine.encode(inside.as_bytes())));
                }
            }
        }
        text
    }

    /// At least as many bytes as the filled text has: a string that grows leaves its old bytes behind.
    fn room(&self, token: &Secret) -> usize {
        let room = |piece: &Piece| match piece {
            Piece::Text(text) => text.len(),
            Piece::Token => token.expose().len(),
            Piece::Base64 { inside, .. } => inside.room(token).div_ceil(3) * 4,
        };
        self.0.iter().map(room).sum()
    }

    /// All that is kept of the text, for a look at what must not be in it.
    pub fn texts(&self) -> Vec<&str> {
        let texts = self.0.iter().flat_map(|piece| match piece {
            Piece::Text(text) => vec![text.as_str()],
            Piece::Token => Vec::new(),
            Piece::Base64 { inside, .. } => inside.texts(),
        });
        texts.collect()
    }
}

/// Every place where the secret stands in the text, as it is or in base64, in order.
///
/// A secret that is too short to be told from other text is found nowhere.
pub fn occurrences(text: &str, secret: &Secret) -> Vec<Occurrence> {
    if secret.expose().len() < SHORTEST {
        return Vec::new();
    }
    find(text, secret, DEPTH)
}

fn find(text: &str, secret: &Secret, depth: usize) -> Vec<Occurrence> {
    let mut found = escaped(text, secret);
    let is_free = |found: &[Occurrence], range: &Range<usize>| {
        let apart = |it: &Occurrence| it.range.end <= range.start || it.range.start >= range.end;
        found.iter().all(apart)
    };
    for (start, value) in text.match_indices(secret.expose()) {
        let range = start..start + value.len();
        // A letter that ends an escape may be one of the token, too.
        if is_free(&found, &range) {
            found.push(Occurrence {
                range,
                template: Template(vec![Piece::Token]),
            });
        }
    }
    if depth > 0 {
        let runs = runs(text, secret.expose().len());
        let encoded = runs.filter(|run| is_free(&found, run));
        let encoded: Vec<_> = encoded
            .filter_map(|run| encoded_in(text, run, secret, depth - 1))
            .collect();
        found.extend(encoded);
    }
    found.sort_by_key(|occurrence| occurrence.range.start);
    found
}

/// Where the secret stands with some of its letters in percent-encoding. A token needs none, so it goes there as it is.
fn escaped(text: &str, secret: &Secret) -> Vec<Occurrence> {
    if !text.contains('%') {
        return Vec::new();
    }
    // The decoded bytes, and where each of them came from.
    let bytes = text.as_bytes();
    let (mut decoded, mut origins) = (Zeroizing::new(Vec::with_capacity(bytes.len())), Vec::new());
    let mut at = 0;
    while at < bytes.len() {
        let code = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        let code = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        origins.push(at);
        decoded.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    origins.push(bytes.len());
    let wanted = secret.expose().as_bytes();
    let places = memchr::memmem::find_iter(&decoded, wanted).filter_map(|start| {
        let range = *origins.get(start)?..*origins.get(start + wanted.len())?;
        (range.len() > wanted.len()).then(|| Occurrence {
            range,
            template: Template(vec![Piece::Token]),
        })
    });
    places.collect()
}

/// Runs of base64 that are long enough for a secret of this length, with the padding at their ends.
fn runs(text: &str, length: usize) -> impl Iterator<Item = Range<usize>> {
    let shortest = length.div_ceil(3) * 4 - 3;
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let digits = |from: usize| {
                bytes[from..]
                    .iter()
                    .take_while(|byte| is_digit(**byte))
                    .count()
            };
            let start = at;
            let end = start + digits(start);
            if end == start {
                at += 1;
                continue;
            }
            let padding = bytes[end..]
                .iter()
                .take(2)
                .take_while(|byte| **byte == b'=')
                .count();
            at = end + padding;
            if end - start >= shortest {
                return Some(start..end + padding);
            }
        }
        None
    })
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// A run whose base64 holds the secret. What stands before a slash may be a path that the value ends.
fn encoded_in(text: &str, run: Range<usize>, secret: &Secret, depth: usize) -> Option<Occurrence> {
    let slashes = text[run.clone()]
        .match_indices('/')
        .map(|(at, _)| run.start + at + 1);
    let starts = std::iter::once(run.start).chain(slashes);
    starts.into_iter().find_map(|start| {
        let value = &text[start..run.end];
        let digits = value.trim_end_matches('=');
        let url = digits.contains(['-', '_']);
        let padded = value.len() > digits.len() || digits.len().is_multiple_of(4);
        let engine = if url {
            URL_SAFE_NO_PAD
        } else {
            STANDARD_NO_PAD
        };
        let bytes = Zeroizing::new(engine.decode(digits).ok()?);
        let inside = std::str::from_utf8(&bytes).ok()?;
        let found = find(inside, secret, depth);
        if found.is_empty() {
            return None;
        }
        let template = Template::of_found(inside, found);
        Some(Occurrence {
            range: start..run.end,
            template: Template(vec![Piece::Base64 {
                inside: template,
                url,
                padded,
            }]),
        })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;
    use crate::testing::{pat52, pat84};

    fn old() -> Secret {
        Secret::new(pat84('C', 'A', 1))
    }

    /// The text that the old token stands in, and the same with a new one.
    fn assert_filled(write: impl Fn(&str) -> String) {
        for new in [pat84('C', 'L', 2), pat52(3)] {
            let old = old();
            let text = write(old.expose());
            let template = Template::of(&text, &old).unwrap();
            let kept = serde_json::to_string(&template).unwrap();
            assert!(crate::token::find_all(&kept).is_empty(), "{kept}");
            let template: Template = serde_json::from_str(&kept).unwrap();
            assert_eq!(*template.fill(&Secret::new(new.as_str())), write(&new));
            assert_eq!(*template.fill(&old), text);
        }
    }

    #[test]
    fn a_token_is_replaced_in_the_encoding_that_it_had() {
        assert_filled(ToOwned::to_owned);
        assert_filled(|token| format!("machine dev.azure.com login é password {token}\r\n"));
        assert_filled(|token| format!("https://contoso:{token}@dev.azure.com/contoso\n"));
        assert_filled(|token| format!("_password=\"{}\"\n", STANDARD.encode(token)));
        assert_filled(|token| {
            format!(
                "npmAuthIdent: {}",
                STANDARD.encode(format!("contoso:{token}"))
            )
        });
        assert_filled(|token| {
            let value = STANDARD_NO_PAD.encode(format!("dev@contoso.com:{token}"));
            format!("\"PERSONAL_ACCESS_TOKEN\": \"{value}\",")
        });
        assert_filled(|token| {
            format!(
                "AUTHORIZATION: Basic {}",
                URL_SAFE.encode(format!("é?>:{token}"))
            )
        });
        assert_filled(|token| STANDARD.encode(format!("a:{}", STANDARD.encode(token))));
    }

    #[test]
    fn every_place_is_found_and_what_is_a_path_before_it_stays() {
        assert_filled(|token| format!("{token} and {} and {token}", STANDARD.encode(token)));
        assert_filled(|token| format!("feed/npm/{}", STANDARD.encode(format!("x:{token}"))));
    }

    #[test]
    fn a_token_in_percent_encoding_is_found_once() {
        let old = old();
        let escaped = |token: &str| format!("%{:02x}{}", token.as_bytes()[0], &token[1..]);
        // The last digit of an escape may be the letter that it stands for.
        for text in [
            format!("dev%40contoso.com:{}@", escaped(old.expose())),
            format!("%3{}", old.expose()),
        ] {
            let found = occurrences(&text, &old);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
        }
    }

    #[test]
    fn another_token_is_no_place() {
        let text = format!(
            "{} {}",
            pat84('C', 'A', 2),
            STANDARD.encode(pat84('C', 'A', 3))
        );
        assert_eq!(Template::of(&text, &old()), None);
        assert_eq!(Template::of("", &old()), None);
    }

    #[test]
    fn a_short_password_may_be_anything() {
        assert!(occurrences("contoso", &Secret::new("contoso")).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_text_around_it_stays(before: String, after: String) {
            let old = old();
            let text = format!("{before}\n{}\n{after}", old.expose());
            let template = Template::of(&text, &old).unwrap();
            proptest::prop_assert_eq!(&*template.fill(&old), &text);
        }
    }
}
