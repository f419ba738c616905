//! What git keeps of every version: blobs, and the messages of commits and tags, packed or loose
//! (gitformat-pack(5), gitrepository-layout(5)).

use std::path::{Path, PathBuf};

use git2::{ObjectType, Odb, Oid};

use super::contents::{self, Hit, Room};
use super::credentials;
use crate::model::{PlaceState, Scope};
use crate::stores::Finder;
use crate::walk::{crew, plain, pool};

/// Larger objects are no text; git itself keeps each whole in memory.
const LARGEST: usize = 64 * 1024 * 1024;

/// Searches the objects of every repository below the roots.
pub(super) fn find(finder: &mut Finder<'_>) {
    // Each object is read once: neither the cache nor a second look at its name is worth its time.
    git2::opts::enable_caching(false);
    git2::opts::strict_hash_verification(false);
    let scope = finder.scope();
    let folders = folders(finder);
    let done = crew::drain(folders, pool::threads(), |folder, notes: &mut Notes, _| {
        let history = search(&folder, &mut notes.room, scope);
        notes.histories.push((folder, history));
    });
    let mut histories: Vec<_> = done.into_iter().flat_map(|notes| notes.histories).collect();
    histories.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (folder, history) in histories {
        enter(finder, &folder, history);
    }
}

#[derive(Default)]
struct Notes {
    histories: Vec<(PathBuf, History)>,
    room: Room,
}

/// What the objects of one repository hold.
#[derive(Default)]
struct History {
    /// Each token once, with the first object that has it.
    tokens: Vec<(Oid, ObjectType, Hit)>,
    /// How many objects were too large.
    large: usize,
    /// Why it could not be read to its end.
    fault: Option<String>,
}

/// Folders of objects; one that a link puts out of the home is not the person's to show.
fn folders(finder: &mut Finder<'_>) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for git_dir in finder.settings().git_dirs() {
        let folder = git_dir.join("objects");
        let Ok(real) = folder.canonicalize() else {
            continue;
        };
        if folder.starts_with(finder.real_home()) && !real.starts_with(finder.real_home()) {
            let reason = Some("link-leaves-home".to_owned());
            finder.place(&folder, PlaceState::Skipped, reason);
        } else if real.is_dir() {
            folders.push(real);
        }
    }
    folders.sort();
    folders.dedup();
    folders
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
    } else if history.large > 0 {
        let reason = format!(
            "{} objects of more than {LARGEST} bytes were left out",
            history.large
        );
        finder.place(folder, PlaceState::Skipped, Some(reason));
    }
    for (id, kind, hit) in history.tokens {
        let document = finder.document(path, folder.to_owned(), Vec::new(), None, 1);
        let object = format!("{kind} {id:.12}");
        finder.add(credentials::of_history(&document, &object, hit));
    }
}

fn search(folder: &Path, room: &mut Room, scope: &Scope) -> History {
    let mut history = History::default();
    let read = all_regular(&folder.join("pack")).and_then(|()| {
        let odb = open(folder)?;
        let each = |id: &Oid| {
            history.look(&odb, *id, folder, room, scope);
            true
        };
        odb.foreach(each)
            .map_err(|error| error.message().to_owned())
    });
    history.fault = history.fault.or(read.err());
    // In the order of ids, which says nothing of anybody and is the same in every run.
    history.tokens.sort_by_key(|(id, ..)| *id);
    history
}

/// Only the objects in this very folder: what it borrows from is another repository, whose settings may say anything.
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

/// libgit2 opens packs by their names, so a pipe among them would hold it up for ever.
fn all_regular(packs: &Path) -> Result<(), String> {
    let Ok(entries) = std::fs::read_dir(packs) else {
        return Ok(());
    };
    for entry in entries.flatten() {
        let known = entry.file_type().map_err(|error| error.to_string())?;
        if !known.is_file() && !known.is_dir() {
            return Err(format!(
                "pack/{} is not a regular file",
                entry.file_name().to_string_lossy()
            ));
        }
    }
    Ok(())
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
            for hit in contents::search_bytes(object.data(), room, scope) {
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
        let same = |known: &(Oid, ObjectType, Hit)| known.2.secret == hit.secret;
        match self.tokens.iter().position(same) {
            Some(at) if id < self.tokens[at].0 => self.tokens[at] = (id, kind, hit),
            None if self.tokens.len() < contents::MOST => self.tokens.push((id, kind, hit)),
            Some(_) | None => {}
        }
    }
}

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
    use crate::testing::{TestHome, pat52, pat84};

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
            let unreadable = places.filter(|place| place.state == PlaceState::Unreadable);
            unreadable
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
}
