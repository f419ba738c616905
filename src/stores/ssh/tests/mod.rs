//! What both stores say of homes with keys that `ssh-keygen` made.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod agents;
mod as_ssh;
mod commands;
mod connection;
mod host_keys;
mod keys;
mod odd_files;
mod session;
mod settings;

use std::collections::BTreeMap;

use crate::model::Credential;
use crate::stores::Found;
use crate::testing::TestHome;
use crate::testing::ssh_keys::rsa;

const DEVOPS: &str = "Host ssh.dev.azure.com\n  IdentityFile ~/.ssh/azure\n  IdentitiesOnly yes\n";

fn plant(home: &TestHome, key: &str) {
    rsa().write(&home.path().join(".ssh").join(key));
}

/// A repository with that remote, and whatever else its settings hold.
fn repository(home: &TestHome, name: &str, url: &str, more: &str) {
    home.write(&format!("{name}/.git/HEAD"), "ref: refs/heads/main\n");
    std::fs::create_dir_all(home.path().join(name).join(".git/objects")).unwrap();
    std::fs::create_dir_all(home.path().join(name).join(".git/refs")).unwrap();
    home.write(
        &format!("{name}/.git/config"),
        format!("[core]\n\tbare = false\n{more}[remote \"origin\"]\n\turl = {url}\n"),
    );
}

/// Name of the key's file and whose it is.
fn keys(home: &TestHome, found: &Found) -> BTreeMap<String, Option<String>> {
    let folder = home.path().join(".ssh");
    let name = |credential: &Credential| {
        let path = credential.path.as_ref().unwrap();
        path.strip_prefix(&folder)
            .unwrap_or(path)
            .display()
            .to_string()
    };
    let credentials = found.credentials.iter();
    credentials
        .map(|one| {
            (
                name(one),
                one.organization.as_ref().map(ToString::to_string),
            )
        })
        .collect()
}

fn expected(pairs: &[(&str, Option<&str>)]) -> BTreeMap<String, Option<String>> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, owner)| ((*name).to_owned(), owner.map(str::to_owned)))
        .collect()
}
