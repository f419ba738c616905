//! Which characters a stream carries, so that nobody reads garbage: JSON and text alike.
//!
//! On a console every character arrives. What is piped or written to a file is UTF-8, which Windows' older tools take
//! for the console's code page: `PowerShell` 5.1, `clip` and `more` would show `ÔÇª` for `…`. Where that page is another
//! than UTF-8, only ASCII is written, which means the same in all of them.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write};

use crate::platform;

/// The number that Windows gives to UTF-8.
const UTF_8: u32 = 65001;

/// What a stream carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    /// Every character.
    Every,
    /// ASCII.
    Ascii,
}

impl Charset {
    /// Of one of this process's streams.
    pub(crate) fn of(stream: &impl IsTerminal) -> Self {
        Self::told(
            stream.is_terminal(),
            platform::code_page(),
            std::env::var_os("MSYSTEM").is_some(),
        )
    }

    /// `code_page`: of the console, where there is one. `unix_shell`: it is Git Bash or the like, whose tools read UTF-8.
    fn told(is_terminal: bool, code_page: Option<u32>, unix_shell: bool) -> Self {
        match code_page {
            Some(page) if page != UTF_8 && !is_terminal && !unix_shell => Self::Ascii,
            _ => Self::Every,
        }
    }

    /// Text for people.
    pub(crate) fn text(self, text: &str) -> Cow<'_, str> {
        self.rewritten(text, |written, character| match character {
            '…' => written.push_str("..."),
            '–' | '—' | '─' => written.push('-'),
            '→' => written.push_str("->"),
            '✓' => written.push('+'),
            '×' => written.push('x'),
            '‘' | '’' => written.push('\''),
            '“' | '”' => written.push('"'),
            '·' | '•' => written.push('*'),
            '\u{a0}' => written.push(' '),
            // As it is written everywhere for what a terminal must not show.
            other => written.extend(other.escape_default()),
        })
    }

    /// JSON, in which no character but those of texts is other than ASCII: it stays the same value.
    pub(crate) fn json(self, json: &str) -> Cow<'_, str> {
        self.rewritten(json, |written, character| {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string cannot fail.
                let _ = write!(written, "\\u{unit:04x}");
            }
        })
    }

    fn rewritten(self, text: &str, rewrite: impl Fn(&mut String, char)) -> Cow<'_, str> {
        if self == Self::Every || text.is_ascii() {
            return Cow::Borrowed(text);
        }
        let mut written = String::with_capacity(text.len());
        for character in text.chars() {
            if character.is_ascii() {
                written.push(character);
            } else {
                rewrite(&mut written, character);
            }
        }
        Cow::Owned(written)
    }
}

/// A stream for text, without colour and with ASCII alone where it carries no more.
struct Stream<W> {
    to: W,
    charset: Charset,
}

/// Where data goes.
pub(crate) fn stdout() -> impl Write {
    Stream {
        charset: Charset::of(&std::io::stdout()),
        to: anstream::stdout(),
    }
}

/// Where words beside the data go.
pub(crate) fn stderr() -> impl Write {
    Stream {
        charset: Charset::of(&std::io::stderr()),
        to: anstream::stderr(),
    }
}

impl<W: Write> Write for Stream<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.charset == Charset::Every {
            return self.to.write(bytes);
        }
        let text = String::from_utf8_lossy(bytes);
        self.to.write_all(self.charset.text(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    #[test]
    fn only_a_pipe_beside_a_console_of_an_older_code_page_is_ascii() {
        for (terminal, page, unix_shell, charset) in [
            (false, Some(437), false, Charset::Ascii),
            (false, Some(850), false, Charset::Ascii),
            (false, Some(932), false, Charset::Ascii),
            (false, Some(UTF_8), false, Charset::Every),
            (true, Some(437), false, Charset::Every),
            (false, Some(437), true, Charset::Every),
            // Device management has no console, and other systems no code pages.
            (false, None, false, Charset::Every),
        ] {
            assert_eq!(
                Charset::told(terminal, page, unix_shell),
                charset,
                "{page:?}"
            );
        }
    }

    #[test]
    fn text_in_ascii_stays_readable_and_keeps_its_colours() {
        let text = "\u{1b}[1mstale\u{1b}[0m ~/Müller/… → done ✓ 😀\n";
        assert_eq!(
            Charset::Ascii.text(text),
            "\u{1b}[1mstale\u{1b}[0m ~/M\\u{fc}ller/... -> done + \\u{1f600}\n"
        );
        assert_eq!(Charset::Every.text(text), text);
    }

    #[test]
    fn json_in_ascii_is_the_same_value() {
        let value = serde_json::json!({ "path": "C:\\Müller\\…", "emoji": ["😀", "a\"b\n"] });
        let json = serde_json::to_string_pretty(&value).unwrap();
        let ascii = Charset::Ascii.json(&json);
        assert!(ascii.is_ascii(), "{ascii}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&ascii).unwrap(),
            value
        );
        assert_eq!(Charset::Every.json(&json), json);
    }

    #[test]
    fn a_stream_rewrites_what_goes_through_it() {
        let mut stream = Stream {
            to: Vec::new(),
            charset: Charset::Ascii,
        };
        writeln!(stream, "é in …").unwrap();
        assert_eq!(stream.to, b"\\u{e9} in ...\n");
    }
}
