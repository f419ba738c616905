//! `.git/logs`: where a branch has been, and from which address it came (git-reflog(1)).
//!
//! git wrote the user and the password of a clone's address there before version 2.31, and still does for an address that
//! is given to `git pull`.

use std::path::{Path, PathBuf};

use super::holding_login;
use crate::model::{Kind, Remedy};
use crate::stores::Finder;
use crate::stores::git::configs::{folders, list};
use crate::stores::git::login;

/// How deep below `logs` a branch may be.
const DEPTH: u32 = 8;
/// How many logs of one repository are read.
const LOGS: usize = 200;

const LOGGED: &str = "Have the token revoked; git reflog expire --expire=now --all takes the line out, and with it the way \
                      back to commits that no branch has";

/// Looks at one git folder's logs.
pub(super) fn find(finder: &mut Finder<'_>, git_dir: &Path) {
    let logs = git_dir.join("logs");
    // Each step of a branch is in the log of HEAD too: most other logs need not be read.
    let Some(head) = holding_login(finder, &logs.join("HEAD")) else {
        return;
    };
    let mut files = Vec::new();
    gather(finder, &logs.join("refs"), DEPTH, &mut files);
    let mut documents = vec![head];
    documents.extend(files.iter().filter_map(|path| finder.open(path)));
    for document in documents {
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
