//! rekey killed at any moment: every file is old or new, the next call sets it right, and undo gives everything back.
//! Not on Windows: it kills by signal; `src/edit/kill.rs` stops at every step there too.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise, and say with which seed"
)]

mod support;

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use support::plain::{plant, set_modified};
use support::tree::{Entry, differences, tree};
use support::{CONNECTED, Home, TENANT};

/// How often clean is killed; undo, which is the same work backwards, half as often.
const KILLS: usize = 200;
/// Some end before they are killed; more tries than this make no sense.
const TRIES: u64 = 1000;
/// Homes that are worked on side by side: most of the time goes by in waiting for the disk.
const WORKERS: usize = 4;

/// How a command that should be killed ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    ByItself,
    Killed,
    /// Killed when some files were old and some new.
    KilledHalfway,
}

type Tree = BTreeMap<PathBuf, Entry>;

/// What an undisturbed run makes of the planted home.
struct Undisturbed {
    old: Tree,
    new: Tree,
    /// How long the command took when it was last left alone, in microseconds.
    takes: AtomicU64,
}

impl Undisturbed {
    fn watch() -> Self {
        let home = Home::new();
        plant(&home);
        let old = tree(&home.path());
        clean_up(&home);
        let new = tree(&home.path());
        let changed = differences(&old, &new);
        assert!(changed.len() >= 12, "{changed:?}");
        let takes = AtomicU64::new(0);
        let watched = Self { old, new, takes };
        watched.undo_everything(&home, "undisturbed");
        watched
    }

    fn time(&self, work: impl FnOnce()) {
        let begin = Instant::now();
        work();
        let took = u64::try_from(begin.elapsed().as_micros()).unwrap();
        self.takes.store(took, Ordering::Relaxed);
    }

    /// Every planted file is whole: as it was, or as it will be.
    fn check_whole(&self, home: &Home, when: &str) {
        let now = tree(&home.path());
        for path in self.old.keys() {
            let entry = now.get(path);
            assert!(
                entry == self.old.get(path) || entry == self.new.get(path),
                "{when}: {} is neither old nor new: {entry:?}",
                path.display()
            );
        }
    }

    /// Where the kill hit.
    fn seen(&self, home: &Home, end: End) -> End {
        let now = tree(&home.path());
        match end {
            End::Killed if now != self.old && now != self.new => End::KilledHalfway,
            end => end,
        }
    }

    fn undo_everything(&self, home: &Home, when: &str) {
        for _ in 0..5 {
            let answer = home.rekey(&["undo", "--json"]);
            assert_eq!(answer.code, 0, "{when}: {}", answer.stderr);
            if answer.json()["run"].is_null() {
                check_is(&self.old, home, when);
                return nothing_is_left_half_written(home, when);
            }
        }
        panic!("{when}: undo never ends");
    }
}

#[test]
fn clean_that_is_killed_leaves_whole_files_and_can_be_undone() {
    let watched = Undisturbed::watch();
    each_kill(KILLS, &watched, |home, share, when| {
        plant(home);
        let end = kill(home, &clean_arguments(), &watched, share);
        watched.check_whole(home, when);
        let end = watched.seen(home, end);
        watched.time(|| clean_up(home));
        check_is(&watched.new, home, when);
        watched.undo_everything(home, when);
        end
    });
}

#[test]
fn undo_that_is_killed_goes_on_where_it_was() {
    let watched = Undisturbed::watch();
    each_kill(KILLS / 2, &watched, |home, share, when| {
        plant(home);
        clean_up(home);
        let end = kill(home, &["undo"], &watched, share);
        watched.check_whole(home, when);
        let end = watched.seen(home, end);
        // Whoever comes next: another undo, or a clean that has to begin again.
        if share < 0.5 {
            clean_up(home);
            check_is(&watched.new, home, when);
        }
        watched.time(|| {
            home.rekey(&["undo"]).expect(0);
        });
        watched.undo_everything(home, when);
        end
    });
}

/// The home is exactly this tree, with nothing beside it.
#[track_caller]
fn check_is(wanted: &Tree, home: &Home, when: &str) {
    let different = differences(wanted, &tree(&home.path()));
    assert_eq!(different, [""; 0], "{when}");
}

/// What was being written into rekey's own folder goes once it is surely nobody's any more.
fn nothing_is_left_half_written(home: &Home, when: &str) {
    let half_written = || {
        let entries = std::fs::read_dir(home.join(".local/state/rekey")).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let half = paths.filter(|path| path.extension().is_some_and(|end| end == "tmp"));
        half.collect::<Vec<_>>()
    };
    for path in half_written() {
        set_modified(&path);
    }
    home.rekey(&["undo"]).expect(0);
    assert_eq!(half_written(), [""; 0].map(PathBuf::from), "{when}");
}

/// Does it with new homes until as many commands were killed as should be, each at its own share of its time.
fn each_kill(kills: usize, watched: &Undisturbed, kill: impl Fn(&Home, f64, &str) -> End + Sync) {
    let seed = seed();
    eprintln!("REKEY_KILL_SEED={seed} gives the same moments");
    let next = AtomicU64::new(0);
    let (killed, halfway) = (AtomicUsize::new(0), AtomicUsize::new(0));
    watched.time(|| clean_up(&planted()));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while killed.load(Ordering::Relaxed) < kills {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    assert!(number < TRIES, "commands end before they can be killed");
                    let share = random(seed.wrapping_add(number));
                    let when = format!("seed {seed}, try {number}, at {share:.3} of the time");
                    let end = kill(&Home::new(), share, &when);
                    killed.fetch_add(usize::from(end != End::ByItself), Ordering::Relaxed);
                    halfway.fetch_add(usize::from(end == End::KilledHalfway), Ordering::Relaxed);
                }
            });
        }
    });
    let (killed, halfway) = (killed.into_inner(), halfway.into_inner());
    eprintln!("{killed} were killed, {halfway} of them between two files");
    assert!(halfway > 0, "no kill hit a run at work");
}

fn planted() -> Home {
    let home = Home::new();
    plant(&home);
    home
}

fn seed() -> u64 {
    let given = std::env::var("REKEY_KILL_SEED").ok();
    given.map_or_else(
        || u64::from(uuid::Uuid::now_v7().as_fields().1) << 32 | u64::from(std::process::id()),
        |text| text.parse().unwrap(),
    )
}

/// Between 0 and 1 (splitmix64).
fn random(seed: u64) -> f64 {
    let mut bits = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let upper = u32::try_from((bits ^ (bits >> 31)) >> 32).unwrap();
    f64::from(upper) / f64::from(u32::MAX)
}

fn clean_arguments() -> [&'static str; 8] {
    [
        "clean",
        "--yes",
        "--org",
        "contoso",
        "--tenant",
        TENANT,
        "--connected-at",
        CONNECTED,
    ]
}

#[track_caller]
fn clean_up(home: &Home) {
    home.rekey(&clean_arguments()).expect(0);
}

/// Starts rekey and kills it after that share of the time that it takes.
fn kill(home: &Home, arguments: &[&str], watched: &Undisturbed, share: f64) -> End {
    let mut command = home.command(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let takes = Duration::from_micros(watched.takes.load(Ordering::Relaxed));
    let mut child = command.spawn().unwrap();
    std::thread::sleep(takes.mul_f64(share));
    child.kill().unwrap();
    match child.wait().unwrap().signal() {
        Some(_) => End::Killed,
        None => End::ByItself,
    }
}
