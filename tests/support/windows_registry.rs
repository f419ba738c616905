//! Values in the real registry, for the time of one test, and rekey in the real profile.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use windows_registry::{CURRENT_USER, Key, LOCAL_MACHINE, Type, Value};

use super::Answer;

/// `KEY_WOW64_64KEY` and `KEY_WOW64_32KEY` of winnt.h.
const VIEWS: [u32; 2] = [0x100, 0x200];

/// Far longer than any command here takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// Whose part of the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    /// `HKEY_CURRENT_USER`.
    Person,
    /// `HKEY_LOCAL_MACHINE` as programs of 64 bits see it.
    Machine,
    /// The same as programs of 32 bits see it.
    Machine32,
}

impl Root {
    fn open(self, path: &str, write: bool) -> Option<Key> {
        let (root, view) = match self {
            Self::Person => (CURRENT_USER, 0),
            Self::Machine => (LOCAL_MACHINE, VIEWS[0]),
            Self::Machine32 => (LOCAL_MACHINE, VIEWS[1]),
        };
        let mut options = root.options();
        options.read().access(view);
        if write {
            options.write().create();
        }
        options.open(path).ok()
    }
}

/// One person and one machine: tests that change them take turns. What each has put there goes when it is done, and what
/// was there before comes back.
pub struct Registry {
    before: Vec<(Root, String, String, Option<Value>)>,
    /// Keys that were not there.
    made: Vec<(Root, String)>,
    _turn: MutexGuard<'static, ()>,
}

impl Registry {
    pub fn alone() -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        super::windows_machine::must_be_for_tests();
        Self {
            before: Vec::new(),
            made: Vec::new(),
            _turn: TURN.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Sets a value of any type to any bytes. Of text they must end in NUL.
    pub fn set(&mut self, root: Root, path: &str, name: &str, kind: Type, bytes: &[u8]) {
        let mut above = String::new();
        for part in path.split('\\') {
            let below = format!("{above}{part}");
            if root.open(&below, false).is_none() {
                self.made.push((root, below));
                break;
            }
            above = format!(r"{below}\");
        }
        let key = root.open(path, true).unwrap();
        let before = key.get_value(name).ok();
        let place = (root, path.to_owned(), name.to_owned(), before);
        self.before.push(place);
        key.set_bytes(name, kind, bytes).unwrap();
    }

    /// A `REG_SZ`.
    pub fn text(&mut self, root: Root, path: &str, name: &str, text: &str) {
        self.set(root, path, name, Type::String, &with_end(text));
    }

    /// A `REG_EXPAND_SZ`.
    pub fn expanded(&mut self, root: Root, path: &str, name: &str, text: &str) {
        self.set(root, path, name, Type::ExpandString, &with_end(text));
    }

    /// A `REG_DWORD`.
    pub fn number(&mut self, root: Root, path: &str, name: &str, number: u32) {
        self.set(root, path, name, Type::U32, &number.to_le_bytes());
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        for (root, path, name, before) in self.before.drain(..).rev() {
            if let Some(key) = root.open(&path, true) {
                match before {
                    Some(value) => key.set_value(&name, &value).unwrap_or_default(),
                    None => key.remove_value(&name).unwrap_or_default(),
                }
            }
        }
        for (root, path) in self.made.drain(..).rev() {
            // Only what was not there before has a key of its own here, so nothing of the machine's goes with it.
            let (above, name) = path.rsplit_once('\\').unwrap_or(("", &path));
            if let Some(above) = root.open(above, true) {
                above.remove_tree(name).unwrap_or_default();
            }
        }
    }
}

fn with_end(text: &str) -> Vec<u8> {
    let units = text.encode_utf16().chain([0]);
    units.flat_map(u16::to_le_bytes).collect()
}

/// The type and the bytes of a value; `None` where it is not there.
pub fn value(root: Root, path: &str, name: &str) -> Option<(Type, Vec<u8>)> {
    let value = root.open(path, false)?.get_value(name).ok()?;
    Some((value.ty(), value.to_vec()))
}

/// Whether there is such a key.
pub fn is_there(root: Root, path: &str) -> bool {
    root.open(path, false).is_some()
}

/// rekey as the person in their real profile; what it keeps there goes when the test is done.
pub struct Profile {
    state: PathBuf,
    empty: TempDir,
    said: TempDir,
}

impl Profile {
    /// A profile in which rekey never ran.
    pub fn new() -> Self {
        super::windows_machine::must_be_for_tests();
        let state = dirs::data_local_dir().unwrap().join("rekey");
        let [empty, said] = [(); 2].map(|()| TempDir::new().unwrap());
        let profile = Self { state, empty, said };
        profile.forget();
        profile
    }

    fn forget(&self) {
        let _ = std::fs::remove_dir_all(&self.state);
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rekey"));
        command.args(arguments).stdin(Stdio::null());
        // Wine shows the folders that it links to the machine's own as folders of the profile, and they have no end.
        command.env("REKEY_SCAN_ROOTS", self.empty.path());
        command
    }

    pub fn rekey(&self, arguments: &[&str]) -> Answer {
        self.answer(&mut self.command(arguments))
    }

    /// What a command answers, by way of files: what Wine starts when programs are told of variables takes the ends of
    /// pipes with it, and never lets them go.
    pub fn answer(&self, command: &mut Command) -> Answer {
        let paths = ["stdout", "stderr"].map(|name| self.said.path().join(name));
        let [stdout, stderr] = paths.each_ref().map(|path| File::create(path).unwrap());
        let mut child = command.stdout(stdout).stderr(stderr).spawn().unwrap();
        let begin = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if begin.elapsed() > PATIENCE {
                child.kill().unwrap();
                panic!("it hangs: {command:?}");
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let [stdout, stderr] = paths.map(|path| std::fs::read(path).unwrap());
        Answer::of(&Output {
            status,
            stdout,
            stderr,
        })
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        self.forget();
    }
}
