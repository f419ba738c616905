//! The walk alone: `cargo bench --bench walk -- FOLDER [RUNS]` prints the median of its times in milliseconds.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints what it measured"
)]

use std::path::PathBuf;
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
    let mut times = Vec::new();
    for run in 0..runs {
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
