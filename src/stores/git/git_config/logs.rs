//! `.git/logs`: where a branch has been, and from which address it came (git-reflog(1)).

use std::path::{Path, PathBuf};

use crate::model::{Kind, Remedy};
use crate::platform::read;
use crate::stores::Finder;
use crate::stores::git::configs::{folders, list};
use crate::stores::git::login;
use crate::text::UserInfo;

/// The first lines say where a repository was cloned from. Reading every log whole would cost more than
/// the rest of the scan.
const BEGINNING: usize = 4 * 1024;
/// How deep below `logs` a branch may be.
const DEPTH: u32 = 8;
/// How many logs of one repository are read.
const LOGS: usize = 200;

const LOGGED: &str = "Have the token revoked; git reflog expire --expire=now --all takes the line out, and with it the way \
                      back to commits that no branch has";

/// Looks at one git folder's logs.
pub(super) fn find(finder: &mut Finder<'_>, git_dir: &Path) {
    let logs = git_dir.join("logs");
    let head = logs.join("HEAD");
    let beginning = read::beginning(&head, BEGINNING).unwrap_or_default();
    // Git wrote the user and the password of a clone's address into each log before version 2.31.
    if UserInfo::of(&String::from_utf8_lossy(&beginning)).is_none() {
        return;
    }
    let mut files = vec![head];
    gather(finder, &logs.join("refs"), DEPTH, &mut files);
    for path in files {
        let Some(document) = finder.open(&path) else {
            continue;
        };
        for (start, login) in login::logins(document.as_str(), finder.scope()) {
            let draft = document
                .draft(finder.store(), Kind::Pat)
                .listed()
                .organization(login.organization)
                .at(start + login.span.start)
                .value(login.value.expose())
                .remedy(Remedy::Manual)
                .advice(LOGGED);
            finder.add(draft.finish());
        }
    }
}

fn gather(finder: &mut Finder<'_>, folder: &Path, depth: u32, files: &mut Vec<PathBuf>) {
    files.extend(list(finder, folder, std::fs::FileType::is_file));
    if depth > 0 {
        for inner in folders(finder, folder) {
            if files.len() >= LOGS {
                break;
            }
            gather(finder, &inner, depth - 1, files);
        }
    }
    files.truncate(LOGS);
}
