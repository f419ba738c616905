//! What git keeps of every version: blobs, and the messages of commits and tags, packed or loose
//! (gitformat-pack(5), gitrepository-layout(5)).

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use git2::{ObjectType, Odb, Oid};

use super::contents::{self, Hit, Room};
use super::credentials;
use crate::model::{PlaceState, Scope, Secret};
use crate::stores::Finder;
use crate::walk::pool::{self, Work};
use crate::walk::{LATE, Pulse, SILENT, plain};

/// Larger objects are no text; git itself keeps each whole in memory.
const LARGEST: usize = 64 * 1024 * 1024;

/// A repository may borrow from another that borrows itself; libgit2 goes as far.
const BORROWING: u32 = 5;

/// Searches the objects of every repository below the roots.
pub(super) fn find(finder: &mut Finder<'_>) {
    // Each object is read once: neither the cache nor a second look at its name is worth its time.
    git2::opts::enable_caching(false);
    git2::opts::strict_hash_verification(false);
    let bounds = finder.bounds();
    let reader = Reader {
        scope: finder.scope().clone(),
        pulse: Pulse::new(bounds.budget.clone()),
    };
    let folders = folders(finder);
    let done = pool::drain(reader, folders, pool::threads(), &bounds.budget);
    for (folders, reason) in [(done.left, LATE), (done.hanging, SILENT)] {
        for folder in folders {
            finder.unreadable(&folder, reason);
        }
    }
    let mut histories = done.gathered.histories;
    histories.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    for (folder, history) in histories {
        enter(finder, &folder, history);
    }
}

/// Reads histories; shared by all threads.
struct Reader {
    scope: Scope,
    pulse: Pulse,
}

#[derive(Default)]
struct Notes {
    histories: Vec<(PathBuf, History)>,
    room: Room,
}

impl Work for Reader {
    type Task = PathBuf;
    type Notes = Notes;

    fn work(&self, folder: PathBuf, notes: &mut Notes, _more: &mut Vec<PathBuf>) {
        let history = search(&folder, &mut notes.room, self);
        notes.histories.push((folder, history));
    }

    fn beats(&self) -> u64 {
        self.pulse.beats()
    }

    fn keep(kept: &mut Notes, notes: &mut Notes) {
        kept.histories.append(&mut notes.histories);
    }
}

/// What the objects of one repository hold.
#[derive(Default)]
struct History {
    /// Each token once, with the first object that has it.
    tokens: HashMap<Secret, (Oid, ObjectType, Hit)>,
    /// There are more.
    more: bool,
    /// How many objects were too large.
    large: usize,
    /// Why it could not be read to its end.
    fault: Option<String>,
}

/// Folders of objects. What leads out of the home is not the person's to show, and what is borrowed may lead anywhere.
fn folders(finder: &mut Finder<'_>) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for git_dir in finder.settings().git_dirs() {
        let folder = git_dir.join("objects");
        match sound(finder, &folder, BORROWING) {
            Ok(Some(real)) => folders.push(real),
            Ok(None) => {}
            Err(reason) => finder.place(&folder, PlaceState::Skipped, Some(reason)),
        }
    }
    folders.sort_unstable();
    folders.dedup();
    folders
}

/// A folder of objects with links resolved, if there is one.
///
/// libgit2 opens all of it by name, and all that it borrows from, and would follow links and wait for pipes.
fn sound(finder: &mut Finder<'_>, folder: &Path, depth: u32) -> Result<Option<PathBuf>, String> {
    let inside = finder.list(folder);
    if inside.is_empty() {
        return Ok(None);
    }
    let real = folder.canonicalize().map_err(|error| error.to_string())?;
    if finder.platform().hermetic() && !real.starts_with(finder.real_home()) {
        return Err("it is outside the home folder".to_owned());
    }
    for path in inside {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_opened = name == "pack" || name == "info" || name.len() == 2;
        let is_folder = path.symlink_metadata().is_ok_and(|known| known.is_dir());
        if is_opened && !is_folder {
            return Err(format!("{name} in it is not a folder"));
        }
    }
    for pack in finder.list(&folder.join("pack")) {
        let known = pack.symlink_metadata().map(|known| known.file_type());
        if known.is_ok_and(|known| !known.is_file() && !known.is_dir()) {
            let name = pack.file_name().unwrap_or_default().to_string_lossy();
            return Err(format!("pack/{name} is not a regular file"));
        }
    }
    let alternates = real.join("info/alternates");
    if finder.is_absent(&alternates) {
        return Ok(Some(real));
    }
    let is_file = alternates
        .symlink_metadata()
        .is_ok_and(|known| known.is_file());
    let bytes = finder.peek(&alternates).filter(|_| is_file);
    let bytes = bytes.ok_or("info/alternates in it cannot be read")?;
    for line in String::from_utf8_lossy(&bytes).lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let borrowed = borrowed(&real, line).and_then(|path| path.canonicalize().ok());
        let borrowed = borrowed.filter(|path| path.starts_with(finder.real_home()));
        let depth = depth.checked_sub(1);
        let (Some(borrowed), Some(depth)) = (borrowed, depth) else {
            return Err("it borrows objects from outside the home folder".to_owned());
        };
        sound(finder, &borrowed, depth)
            .map_err(|reason| format!("what it borrows from: {reason}"))?;
    }
    Ok(Some(real))
}

/// Where a line of `info/alternates` leads. libgit2 takes one without a dot for relative to wherever it runs.
fn borrowed(folder: &Path, line: &str) -> Option<PathBuf> {
    let path = folder.join(line);
    (line.starts_with('.') || Path::new(line).is_absolute()).then_some(path)
}

/// The repository that a folder of objects belongs to, as people know it.
fn repository(folder: &Path) -> &Path {
    let git_dir = folder.parent().unwrap_or(folder);
    match git_dir.parent() {
        Some(work_tree) if git_dir.file_name().is_some_and(|name| name == ".git") => work_tree,
        _ => git_dir,
    }
}

fn enter(finder: &mut Finder<'_>, folder: &Path, history: History) {
    let path = repository(folder);
    if let Some(fault) = history.fault {
        finder.unreadable(folder, fault);
    } else if history.more {
        finder.unreadable(folder, contents::too_many());
    } else if history.large > 0 {
        let reason = format!(
            "{} objects of more than {LARGEST} bytes were left out",
            history.large
        );
        finder.place(folder, PlaceState::Skipped, Some(reason));
    }
    // In the order of ids, which says nothing of anybody and is the same in every run.
    let mut tokens: Vec<_> = history.tokens.into_values().collect();
    tokens.sort_by_key(|(id, _, hit)| (*id, hit.offset));
    for (id, kind, hit) in tokens {
        let document = finder.document(path, folder.to_owned(), Vec::new(), None, 1);
        let object = format!("{kind} {id:.12}");
        finder.add(credentials::of_history(&document, &object, hit));
    }
}

fn search(folder: &Path, room: &mut Room, reader: &Reader) -> History {
    let mut history = History::default();
    let mut in_time = true;
    let read = open(folder).and_then(|odb| {
        let each = |id: &Oid| {
            in_time = reader.pulse.beat();
            if in_time {
                history.look(&odb, *id, folder, room, &reader.scope);
            }
            in_time
        };
        let done = odb.foreach(each);
        // It calls it an error that it was stopped.
        done.map_err(|error| if in_time { error.message() } else { LATE }.to_owned())
    });
    history.fault = history.fault.or(read.err());
    history
}

/// The objects of a sound folder. No setting of the repository takes part.
fn open(folder: &Path) -> Result<Odb<'static>, String> {
    let folder = plain(folder);
    let Some(path) = folder.to_str() else {
        return Err("the path of its objects is not Unicode".to_owned());
    };
    let odb = Odb::new().map_err(|error| error.message().to_owned())?;
    odb.add_disk_alternate(path)
        .map_err(|error| error.message().to_owned())?;
    Ok(odb)
}

impl History {
    fn look(&mut self, odb: &Odb<'_>, id: Oid, folder: &Path, room: &mut Room, scope: &Scope) {
        let name = id.to_string();
        let (first, rest) = name.split_at(2);
        let loose = folder.join(first).join(rest).symlink_metadata();
        if loose.is_ok_and(|metadata| !metadata.is_file()) {
            self.fault = Some(format!("object {id:.12} is not a regular file"));
            return;
        }
        let read = odb.read_header(id).and_then(|(size, kind)| {
            if !matches!(
                kind,
                ObjectType::Blob | ObjectType::Commit | ObjectType::Tag
            ) {
                return Ok(());
            }
            if size > LARGEST {
                self.large += 1;
                return Ok(());
            }
            let object = odb.read(id)?;
            let hits = contents::search_bytes(object.data(), room, scope);
            self.more |= hits.more;
            for hit in hits.list {
                self.enter(id, kind, hit);
            }
            Ok(())
        });
        if let Err(error) = read {
            self.fault = Some(format!("object {id:.12}: {}", error.message()));
        }
    }

    /// Each version of a file has the token again.
    fn enter(&mut self, id: Oid, kind: ObjectType, hit: Hit) {
        let room = self.tokens.len() < contents::MOST;
        match self.tokens.entry(hit.secret.clone()) {
            Entry::Occupied(mut known) if id < known.get().0 => {
                known.insert((id, kind, hit));
            }
            Entry::Vacant(new) if room => {
                new.insert((id, kind, hit));
            }
            Entry::Occupied(_) => {}
            Entry::Vacant(_) => self.more = true,
        }
    }
}

// Not on Windows: it starts the real git.
#[cfg(all(test, unix))]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::disallowed_methods,
        reason = "tests stop at the first surprise"
    )]

    use std::process::Command;

    use crate::model::{Kind, OrganizationName, PlaceState, Remedy};
    use crate::stores::checks::secrets;
    use crate::stores::deep::Deep;
    use crate::testing::{TestHome, pat52, pat84, scope};
    use crate::walk::{Projects, Repository};

    fn git(home: &TestHome, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .current_dir(home.path().join("shop"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .args([
                "-c",
                "user.name=Dev",
                "-c",
                "user.email=dev@contoso.example",
            ])
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// A repository whose file and message once had tokens in them.
    fn repository(first: &str, message: &str) -> TestHome {
        let home = TestHome::new();
        home.write(
            "shop/settings.ini",
            format!("a=1\npat={first}\nurl=https://dev.azure.com/contoso\n"),
        );
        git(&home, &["init", "--quiet"]);
        git(&home, &["add", "."]);
        git(
            &home,
            &[
                "commit",
                "--quiet",
                "--message",
                &format!("Use {message} for now"),
            ],
        );
        for version in ["pat=", ""] {
            home.write("shop/settings.ini", version);
            git(
                &home,
                &["commit", "--all", "--quiet", "--message", "Take it out"],
            );
        }
        home
    }

    #[test]
    fn tokens_of_the_history_are_found_loose_and_packed() {
        let (first, message) = (pat84('C', 'A', 1), pat52(2));
        let home = repository(&first, &message);
        for packed in [false, true] {
            if packed {
                git(&home, &["gc", "--quiet", "--aggressive", "--prune=now"]);
            }
            let mut found = home.find(&Deep);
            // git repeats messages in its logs, which are files like any other.
            let logs = found
                .credentials
                .iter()
                .filter(|found| found.path.is_some());
            assert_eq!(logs.count(), 2);
            found.credentials.retain(|found| found.path.is_none());
            let mut secrets = secrets(&found);
            secrets.sort_unstable();
            let mut expected = [first.as_str(), message.as_str()];
            expected.sort_unstable();
            assert_eq!(secrets, expected);
            let blob = git(&home, &["rev-parse", "HEAD~2:settings.ini"]);
            let commit = git(&home, &["rev-parse", "HEAD~2"]);
            for credential in &found.credentials {
                let is_first = credential.secret.as_ref().unwrap().expose() == first;
                let entry = credential.location.entry.as_deref().unwrap();
                let (kind, id) = if is_first {
                    ("blob", &blob)
                } else {
                    ("commit", &commit)
                };
                assert_eq!(entry, format!("{kind} {}", &id[..12]));
                let path = credential.location.path.as_deref().unwrap();
                assert_eq!(path, home.path().join("shop").to_string_lossy());
                let organization = credential
                    .organization
                    .as_ref()
                    .map(OrganizationName::as_str);
                assert_eq!(organization, is_first.then_some("contoso"));
                assert_eq!(
                    (credential.kind, credential.remedy),
                    (Kind::Pat, Remedy::Manual)
                );
                assert!(credential.change.is_none());
            }
        }
    }

    #[test]
    fn broken_objects_are_said_and_pipes_are_not_waited_for() {
        let home = repository(&pat84('C', 'A', 1), "nothing");
        let pack = home.path().join("shop/.git/objects/pack/pack-0.pack");
        let fifo = |path: &std::path::Path| {
            let status = Command::new("mkfifo").arg(path).status().unwrap();
            assert!(status.success());
        };
        let faults = |home: &TestHome| {
            let found = home.find(&Deep);
            let places = found.places.into_iter();
            let left_out = places.filter(|place| {
                matches!(place.state, PlaceState::Unreadable | PlaceState::Skipped)
            });
            left_out
                .filter_map(|place| place.reason)
                .collect::<Vec<_>>()
        };
        assert!(faults(&home).is_empty());
        fifo(&pack);
        assert_eq!(faults(&home), ["pack/pack-0.pack is not a regular file"]);
        std::fs::remove_file(&pack).unwrap();
        let blob = git(&home, &["rev-parse", "HEAD:settings.ini"]);
        let (first, rest) = blob.trim().split_at(2);
        let loose = home.path().join("shop/.git/objects").join(first).join(rest);
        std::fs::remove_file(&loose).unwrap();
        home.write(&format!("shop/.git/objects/{first}/{rest}"), "no object");
        assert_eq!(faults(&home).len(), 1);
        std::fs::remove_file(&loose).unwrap();
        fifo(&loose);
        assert_eq!(faults(&home).len(), 1);
    }

    #[test]
    fn what_leads_out_of_the_home_is_not_opened() {
        let (token, other) = (pat84('C', 'A', 1), pat84('C', 'A', 2));
        let outside = repository(&other, "nothing");
        let objects = outside.path().join("shop/.git/objects");
        let left_out = |home: &TestHome| {
            let found = home.find(&Deep);
            let of_history = found.credentials.iter().filter(|one| one.path.is_none());
            let places = found.places.iter();
            let places = places.filter(|place| place.state == PlaceState::Skipped);
            let reasons: Vec<_> = places.filter_map(|place| place.reason.clone()).collect();
            (of_history.count(), reasons.join("; "))
        };
        let home = repository(&token, "nothing");
        let git_dir = home.path().join("shop/.git");
        let alternates = git_dir.join("objects/info/alternates");
        assert_eq!(left_out(&home), (1, String::new()));
        for line in [objects.display().to_string(), "objects".to_owned()] {
            std::fs::write(&alternates, format!("# other\n{line}\n")).unwrap();
            let (count, reason) = left_out(&home);
            assert!(count == 0 && reason.contains("borrows"), "{reason}");
        }
        // Another repository of the person's is theirs.
        home.write("other/objects/aa/x", "");
        std::fs::write(&alternates, "../../../other/objects\n").unwrap();
        assert_eq!(left_out(&home).0, 1);
        std::fs::remove_file(&alternates).unwrap();
        std::os::unix::fs::symlink(objects.join("nothing"), &alternates).unwrap();
        assert_eq!(left_out(&home).0, 0);
        std::fs::remove_file(&alternates).unwrap();
        git(&home, &["gc", "--quiet", "--prune=now"]);
        let pack = git_dir.join("objects/pack");
        let moved = outside.path().join("pack");
        std::fs::rename(&pack, &moved).unwrap();
        std::os::unix::fs::symlink(&moved, &pack).unwrap();
        let (count, reason) = left_out(&home);
        assert!(count == 0 && reason.contains("pack"), "{reason}");
    }

    #[test]
    fn a_repository_outside_of_the_only_home_is_not_opened() {
        let (home, outside) = (TestHome::new(), repository(&pat84('C', 'A', 1), "nothing"));
        let repository = Repository {
            git_dir: outside.path().join("shop/.git"),
            work_tree: None,
        };
        let projects = Projects {
            repositories: vec![repository],
            ..Projects::default()
        };
        let found = home.find_among(&Deep, &scope(&["contoso"]), &projects);
        assert!(found.credentials.is_empty());
    }
}
