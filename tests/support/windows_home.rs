//! A home that is laid out as on Windows, and the Windows program run on it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use serde_json::Value;
use tempfile::TempDir;

use super::support::about_contoso;

/// A home.
pub struct Home(TempDir);

impl Home {
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub fn join(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// Writes a file of that time, and what makes a folder a repository where it is git's own.
    pub fn plant(&self, path: &str, bytes: impl AsRef<[u8]>, time: SystemTime) {
        let file = self.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, bytes).unwrap();
        let written = std::fs::File::options().write(true).open(&file).unwrap();
        written.set_modified(time).unwrap();
        if let Some((repository, _)) = path.split_once(".git/") {
            let git = self.join(repository).join(".git");
            for folder in ["objects", "refs"] {
                std::fs::create_dir_all(git.join(folder)).unwrap();
            }
            std::fs::write(git.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        }
    }

    /// What every file holds, but rekey's own; by the path below the home with slashes.
    pub fn content(&self) -> BTreeMap<String, Vec<u8>> {
        let mut all = BTreeMap::new();
        gather(self.0.path(), "", &mut all);
        all.retain(|path, _| !path.starts_with("AppData/Local/rekey/"));
        all
    }

    /// Exit code, stdout and stderr of rekey on this home.
    pub fn rekey(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_rekey"))
            .args(arguments)
            .arg("--home")
            .arg(self.0.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            output.status.code().unwrap_or(-1),
            text(&output.stdout),
            text(&output.stderr),
        )
    }

    /// A scan about `contoso`, and what was said beside it.
    #[track_caller]
    pub fn scan(&self) -> (Value, String) {
        let (code, stdout, stderr) =
            self.rekey(&[&["scan", "--json"], &about_contoso()[..]].concat());
        let scan = serde_json::from_str(&stdout);
        let scan = scan.unwrap_or_else(|error| panic!("exit {code}, {error}: {stdout}\n{stderr}"));
        (scan, stderr)
    }

    /// A clean-up of what is stale about `contoso`.
    #[track_caller]
    pub fn clean(&self) {
        let arguments = ["clean", "--yes", "--offline"];
        let (code, _, stderr) = self.rekey(&[&arguments, &about_contoso()[..]].concat());
        assert!(matches!(code, 0 | 1), "exit {code}: {stderr}");
    }

    /// Takes it back, if anything was done.
    #[track_caller]
    pub fn undo(&self) {
        let (code, stdout, stderr) = self.rekey(&["undo"]);
        assert_eq!(code, 0, "{stdout}\n{stderr}");
    }
}

fn gather(folder: &Path, name: &str, all: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let own = entry.file_name().into_string().unwrap();
        let name = if name.is_empty() {
            own
        } else {
            format!("{name}/{own}")
        };
        if entry.file_type().unwrap().is_dir() {
            gather(&entry.path(), &name, all);
        } else {
            all.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
}

/// A path with one kind of separator, in one case, without the prefix of long paths.
pub fn plain(path: impl AsRef<Path>) -> String {
    let text = path
        .as_ref()
        .to_string_lossy()
        .replace('/', r"\")
        .to_lowercase();
    text.strip_prefix(r"\\?\").unwrap_or(&text).to_owned()
}
