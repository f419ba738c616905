//! Files in the real profile for the time of one test.

use std::path::{Path, PathBuf};

/// Files that go when the test ends; what stood there before comes back.
#[derive(Default)]
pub struct Files {
    planted: Vec<(PathBuf, Option<Vec<u8>>)>,
}

impl Files {
    /// In an account that is there for tests.
    pub fn new() -> Self {
        super::windows_machine::must_be_for_tests();
        Self::default()
    }

    /// Writes a file, and the folders above it.
    pub fn write(&mut self, path: PathBuf, bytes: impl AsRef<[u8]>) -> PathBuf {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        self.planted.push((path.clone(), std::fs::read(&path).ok()));
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Each file with what it holds now.
    pub fn now(&self) -> Vec<(&Path, Option<Vec<u8>>)> {
        let paths = self.planted.iter().map(|(path, _)| path.as_path());
        paths.map(|path| (path, std::fs::read(path).ok())).collect()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        for (path, before) in self.planted.drain(..).rev() {
            let _ = match before {
                Some(bytes) => std::fs::write(path, bytes),
                None => std::fs::remove_file(path),
            };
        }
    }
}
