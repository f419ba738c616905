//! The walk alone: `cargo bench --bench walk -- FOLDER [RUNS]` prints the median of its times in milliseconds.
//!
//! `FOLDER RUNS bare` lists the same folders and nothing else, by the standard library and in one thread: what the
//! system itself takes. It leaves out no folder, so lay the tree without what the walk prunes.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints what it measured"
)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use rekey::walk::Walk;

const NAMES: &[&str] = &[
    ".npmrc",
    "nuget.config",
    "pip.conf",
    "pip.ini",
    "credentials.toml",
];

fn main() -> ExitCode {
    // cargo adds --bench, and test runners other options: then there is nothing to measure.
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"));
    let Some(folder) = arguments.next() else {
        return ExitCode::SUCCESS;
    };
    let Ok(root) = PathBuf::from(&folder).canonicalize() else {
        eprintln!("{folder} is not there: lay a home with benches/lay_home.py");
        return ExitCode::FAILURE;
    };
    let runs = arguments
        .next()
        .and_then(|runs| runs.parse().ok())
        .unwrap_or(1);
    let bare = arguments.next().is_some_and(|word| word == "bare");
    let mut times = Vec::new();
    for run in 0..runs {
        if bare {
            let start = Instant::now();
            let entries = list(&root);
            times.push(start.elapsed());
            if run == 0 {
                println!("{entries} entries");
            }
            continue;
        }
        let walk = Walk {
            roots: vec![root.clone()],
            names: NAMES,
            ..Walk::default()
        };
        let start = Instant::now();
        let projects = walk.run(&|_| ());
        times.push(start.elapsed());
        if run == 0 {
            let files: usize = projects.files.values().map(Vec::len).sum();
            println!(
                "{} repositories, {files} project files",
                projects.repositories.len()
            );
        }
    }
    times.sort();
    if let Some(median) = times.get(times.len() / 2) {
        println!("{:.1}", median.as_secs_f64() * 1000.0);
    }
    ExitCode::SUCCESS
}

/// How many entries are below a folder.
fn list(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => 1 + list(&entry.path()),
            _ => 1,
        })
        .sum()
}
