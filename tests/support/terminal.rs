//! A person at a terminal of 60 columns: reads what is shown, then types.
//! `script` (util-linux) gives the terminal.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods
)]

use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

/// Far longer than anything on a small home takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// What Enter types.
pub const ENTER: &str = "\r";
/// What goes one choice down and takes it.
pub const SECOND: &str = "\x1b[B\r";

pub struct Terminal {
    process: Child,
    keys: Option<ChildStdin>,
    shown: Receiver<Vec<u8>>,
    text: String,
    /// The same as it came.
    raw: Vec<u8>,
    /// How much of the text was waited for already.
    seen: usize,
}

impl Terminal {
    /// Starts a program with this environment and nothing else.
    pub fn start<S: AsRef<OsStr>>(line: &str, environment: &[(&str, S)]) -> Self {
        let mut command = Command::new("script");
        command.args([
            "-qfec",
            &format!("stty cols 60 rows 50; exec {line}"),
            "/dev/null",
        ]);
        command.env_clear().env("TERM", "xterm");
        for (name, value) in environment {
            command.env(name, value);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut screen = process.stdout.take().unwrap();
        let (sender, shown) = mpsc::channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count) = screen.read(&mut bytes) {
                if count == 0 || sender.send(bytes[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            keys: process.stdin.take(),
            process,
            shown,
            text: String::new(),
            raw: Vec::new(),
            seen: 0,
        }
    }

    /// Waits until this is shown after all that was waited for before.
    #[track_caller]
    pub fn until(&mut self, wanted: &str) -> &mut Self {
        loop {
            if let Some(at) = self.text[self.seen..].find(wanted) {
                self.seen += at + wanted.len();
                return self;
            }
            match self.shown.recv_timeout(PATIENCE) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("{wanted:?} is not shown: {}", self.text)
                }
            }
        }
    }

    /// Types.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        let keyboard = self.keys.as_mut().unwrap();
        keyboard.write_all(keys.as_bytes()).unwrap();
        keyboard.flush().unwrap();
        self
    }

    /// All that was shown until the program ended.
    pub fn end(mut self) -> String {
        while let Ok(bytes) = self.shown.recv_timeout(PATIENCE) {
            self.take(&bytes);
        }
        drop(self.keys.take());
        let _ = self.process.wait();
        std::mem::take(&mut self.text)
    }

    /// What a screen of this many rows shows when the program has ended.
    pub fn screen(mut self, rows: u16) -> String {
        while let Ok(bytes) = self.shown.recv_timeout(PATIENCE) {
            self.take(&bytes);
        }
        let mut screen = vt100::Parser::new(rows, 60, 0);
        screen.process(&self.raw);
        let text = screen.screen().contents();
        let lines: Vec<_> = text.lines().map(str::trim_end).collect();
        lines.join("\n")
    }

    /// Keeps the text without what colours it and moves the cursor.
    fn take(&mut self, bytes: &[u8]) {
        self.raw.extend_from_slice(bytes);
        let raw = String::from_utf8_lossy(bytes);
        let mut parts = raw.split('\x1b');
        self.text.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let end = part.find(|one: char| one.is_ascii_alphabetic());
            self.text.push_str(end.map_or("", |end| &part[end + 1..]));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
