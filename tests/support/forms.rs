//! Looks for a secret in every form in which it could leak.

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything that must not turn up, each with the secret that it gives away.
pub struct Forms {
    search: AhoCorasick,
    forms: Vec<(String, String)>,
}

impl Forms {
    /// Forms of all these secrets.
    pub fn of(secrets: &[String]) -> Self {
        let mut forms = Vec::new();
        for secret in secrets {
            assert!(secret.len() >= 16, "too short to be looked for: {secret}");
            for form in forms_of(secret) {
                forms.push((form, secret.clone()));
            }
        }
        let search = AhoCorasick::new(forms.iter().map(|(form, _)| form)).unwrap();
        Self { search, forms }
    }

    /// The first form that stands in these bytes, with the secret.
    pub fn in_bytes(&self, bytes: &[u8]) -> Option<String> {
        let found = self.search.find(bytes)?;
        let (form, secret) = &self.forms[found.pattern().as_usize()];
        Some(format!("{form} of {secret}"))
    }
}

fn forms_of(secret: &str) -> Vec<String> {
    let (first, second) = secret.split_at(secret.len() / 2);
    let reversed: String = secret.chars().rev().collect();
    let escaped = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap();
    let hex = secret
        .bytes()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect();
    let mut forms = vec![
        secret.to_owned(),
        first.to_owned(),
        second.to_owned(),
        format!("{second}{first}"),
        reversed,
        escaped.to_lowercase(),
        escaped,
        hex,
    ];
    // Behind `user:` the secret begins at any of three places within a group of base64.
    for before in ["", "-", "--"] {
        let text = format!("{before}{secret}");
        for alphabet in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let encoded = alphabet.encode(&text);
            // The letters at both ends hold bits of what stands beside it too.
            let clean = &encoded[if before.is_empty() { 0 } else { 4 }..encoded.len() - 2];
            forms.push(clean.to_owned());
        }
    }
    forms
}
