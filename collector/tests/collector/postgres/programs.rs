//! The programs of PostgreSQL on this machine, as whom they run, and an empty cluster that every test copies.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The superuser of the clusters here.
pub(super) const USER: &str = "rekey";

pub(super) struct Programs {
    folder: PathBuf,
    /// User and group, where we are root: the server refuses to be.
    owner: Option<(u32, u32)>,
}

impl Programs {
    /// `None` where no server is installed.
    pub(super) fn find() -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folder = std::env::split_paths(&path)
            .filter(|folder| folder.join("initdb").exists())
            // A link on PATH leads to the folder that has all of them.
            .filter_map(|folder| {
                Some(
                    folder
                        .join("initdb")
                        .canonicalize()
                        .ok()?
                        .parent()?
                        .to_owned(),
                )
            })
            .chain(newest("/usr/lib/postgresql"))
            .find(|folder| folder.join("postgres").exists() && folder.join("pg_ctl").exists())?;
        let owner = we_are_root().then(|| {
            ["postgres", "nobody"]
                .into_iter()
                .find_map(account)
                .expect("a user postgres or nobody in /etc/passwd")
        });
        Some(Self { folder, owner })
    }

    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.folder.join(program));
        command.env_clear().current_dir("/").stdin(Stdio::null());
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command
    }

    /// Makes the folder one that the server may use.
    pub(super) fn hand_over(&self, folder: &Path) {
        if let Some((user, group)) = self.owner {
            std::os::unix::fs::chown(folder, Some(user), Some(group)).unwrap();
        }
    }

    /// A cluster as `initdb` leaves it. It is made once on a machine, for that takes seconds.
    pub(super) fn template(&self) -> PathBuf {
        let cache = std::env::var_os("REKEY_CI_CACHE").map_or_else(
            || PathBuf::from(std::env::var_os("HOME").expect("HOME")).join(".cache/rekey-ci"),
            PathBuf::from,
        );
        let owner = self
            .owner
            .map_or_else(String::new, |(user, _)| format!("-{user}"));
        let template = cache.join(format!("postgres-{}-template{owner}", self.version()));
        if template.exists() {
            return template;
        }
        let workshop = tempfile::tempdir().unwrap();
        self.hand_over(workshop.path());
        let made = workshop.path().join("data");
        done(
            self.command("initdb")
                .args([
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--no-locale",
                    "--no-sync",
                ])
                .args(["--username", USER, "--pgdata"])
                .arg(&made),
        );
        std::fs::create_dir_all(&cache).unwrap();
        let nearly = tempfile::tempdir_in(&cache).unwrap();
        copy(&made, &nearly.path().join("data"));
        // Another test may have been quicker; its template is as good.
        let _ = std::fs::rename(nearly.path().join("data"), &template);
        assert!(template.exists(), "{} was not made", template.display());
        template
    }

    /// Such as `15.14`.
    fn version(&self) -> String {
        let output = self.command("postgres").arg("--version").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.split_whitespace()
            .nth(2)
            .expect("a version")
            .to_owned()
    }
}

/// Copies a folder with its owners and modes.
pub(super) fn copy(from: &Path, to: &Path) {
    done(Command::new("cp").arg("-Rp").args([from, to]));
}

/// Runs a program that must succeed.
pub(super) fn done(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Debian keeps each version in a folder with its number.
fn newest(folder: &str) -> Option<PathBuf> {
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .max_by_key(number)
        .map(|path| path.join("bin"))
}

fn we_are_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    // What we make is ours.
    let probe = tempfile::tempfile().unwrap();
    probe.metadata().unwrap().uid() == 0
}

/// User and group of `name:password:user:group:…` in `/etc/passwd` (passwd(5)).
fn account(name: &str) -> Option<(u32, u32)> {
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = accounts
        .lines()
        .find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}
