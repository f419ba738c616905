//! Links and files with which a mail program opens a ready message. Pure.

use std::fmt::Write as _;

use ::base64::Engine as _;

/// A `mailto:` link (RFC 6068): everything but letters and digits is percent-encoded, lines end with CRLF.
pub(super) fn mailto(to: &str, subject: &str, body: &str) -> String {
    format!(
        "mailto:{}?subject={}&body={}",
        encoded(to),
        encoded(subject),
        encoded(&body.replace('\n', "\r\n"))
    )
}

fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// A message as a file that mail programs open as a draft (RFC 5322): plain text and HTML side by side.
pub(super) fn draft(subject: &str, plain: &str, html: &str) -> String {
    const BETWEEN: &str = "rekey-announcement";
    let part = |kind: &str, text: &str| {
        format!(
            "--{BETWEEN}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            wrapped(text)
        )
    };
    format!(
        "X-Unsent: 1\r\nSubject: {}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"{BETWEEN}\"\r\n\r\n{}{}--{BETWEEN}--\r\n",
        header(subject),
        part("text/plain", plain),
        part("text/html", html),
    )
}

/// A header stays ASCII (RFC 2047).
fn header(text: &str) -> String {
    if text.is_ascii() && !text.contains(['\r', '\n']) {
        text.to_owned()
    } else {
        format!("=?utf-8?B?{}?=", base64(text.as_bytes()))
    }
}

/// Lines of 76 characters, as mail wants them.
fn wrapped(text: &str) -> String {
    let encoded = base64(text.replace('\n', "\r\n").as_bytes());
    let mut out = String::with_capacity(encoded.len() + encoded.len() / 38);
    for (position, character) in encoded.chars().enumerate() {
        if position > 0 && position.is_multiple_of(76) {
            out.push_str("\r\n");
        }
        out.push(character);
    }
    out
}

fn base64(bytes: &[u8]) -> String {
    ::base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_holds_any_text() {
        assert_eq!(
            mailto("help@contoso.example", "A & B", "one\ntwo?"),
            "mailto:help@contoso.example?subject=A%20%26%20B&body=one%0D%0Atwo%3F"
        );
    }

    #[test]
    fn a_header_stays_ascii() {
        assert_eq!(header("Gr\u{fc}\u{df}e"), "=?utf-8?B?R3LDvMOfZQ==?=");
        assert_eq!(header("plain"), "plain");
    }
}
