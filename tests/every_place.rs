//! Every place, every encoding, every age: each planted credential is found with the right store, organization, verdict
//! and remedy, and what only looks like one stays silent.
//! Not on Windows: the table has the folders of Linux.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]
#![allow(unreachable_pub, reason = "the tables are modules of this test alone")]

#[path = "support/filling.rs"]
mod filling;
#[path = "support/look_alikes.rs"]
mod look_alikes;
#[path = "support/every_place.rs"]
mod places;
#[path = "support/planting.rs"]
mod planting;
mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use look_alikes::{LookAlike, look_alikes};
use places::{Age, Custody, Holds, Row, rows};
use planting::{Filled, after, before, write};
use serde_json::{Value, json};
use support::Home;

/// Lays a row's files below a home.
fn lay(home: &Path, row: &Row, number: usize, age: Age) -> Filled {
    let (secret, tenant) = row.planted(number, age);
    let other = |mark: &str| (mark == "tenant").then(|| tenant.to_owned());
    let time = if age == Age::OldFile {
        before()
    } else {
        after()
    };
    for (path, text) in &row.beside {
        write(home, path, &text.fill("", other).text, time);
    }
    let filled = row.text.fill(&secret, other);
    write(home, &row.path, &filled.text, time);
    if row.custody != Custody::Own {
        let folder = match row.path.split_once('/') {
            Some(("src", _)) => "src/app",
            Some((folder, _)) if !folder.starts_with('.') => folder,
            _ => ".",
        };
        let git = |arguments: &[&str]| {
            let status = std::process::Command::new("git")
                .args(["-c", "init.defaultBranch=main"])
                .args(arguments)
                .current_dir(home.join(folder))
                .env("GIT_CONFIG_NOSYSTEM", "1")
                .env("GIT_CONFIG_GLOBAL", "/dev/null")
                .status();
            assert!(status.unwrap().success(), "git {arguments:?}");
        };
        git(&["init", "--quiet"]);
        if row.custody == Custody::Tracked {
            git(&["add", "--force", home.join(&row.path).to_str().unwrap()]);
        }
    }
    filled
}

/// What is wrong with what a scan says of a row; nothing, when all is right.
fn wrong(row: &Row, number: usize, age: Age) -> Option<String> {
    let home = Home::new();
    let filled = lay(&home.path(), row, number, age);
    let answer = home.about_contoso(&["scan", "--json"]);
    let Ok(scan) = serde_json::from_str::<Value>(&answer.stdout) else {
        return Some(format!("{}\n{}", answer.stdout, answer.stderr));
    };
    let path = home.join(&row.path);
    let findings = scan["findings"].as_array().unwrap();
    let (ours, others): (Vec<_>, Vec<_>) = findings
        .iter()
        .partition(|found| found["store"] == row.store);
    let [found] = ours.as_slice() else {
        return Some(format!(
            "{} findings of the store: {findings:#?}\nplaces: {:#?}",
            ours.len(),
            scan["places"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|place| place["state"] != "absent")
                .collect::<Vec<_>>()
        ));
    };
    let (verdict, evidence) = row.expected(age);
    let line = filled.planted.map(|(line, _)| line);
    let codes: Vec<_> = found["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["code"].as_str().unwrap())
        .collect();
    let mut wrong = Vec::new();
    let mut check = |what: &str, right: bool, said: &Value, expected: &dyn std::fmt::Debug| {
        if !right {
            wrong.push(format!("{what}: {said}, not {expected:?}"));
        }
    };
    let expected = row.whose(age);
    check(
        "organization",
        found["organization"].as_str() == expected,
        &found["organization"],
        &expected,
    );
    check("kind", found["kind"] == row.kind, &found["kind"], &row.kind);
    check(
        "verdict",
        found["verdict"] == verdict,
        &found["verdict"],
        &verdict,
    );
    check(
        "evidence",
        codes.contains(&evidence),
        &found["evidence"],
        &evidence,
    );
    check(
        "remedy",
        found["remedy"] == row.remedy,
        &found["remedy"],
        &row.remedy,
    );
    let at = &found["location"];
    check(
        "path",
        at["path"].as_str() == path.to_str(),
        &at["path"],
        &path,
    );
    if let Some(line) = line {
        check("line", at["line"] == line, &at["line"], &line);
    }
    check(
        "other stores",
        others.is_empty(),
        &json!(others),
        &"nothing",
    );
    (!wrong.is_empty()).then(|| wrong.join("\n  "))
}

/// Runs a check for each number on all cores, and gives back what it said.
fn on_all(count: usize, check: impl Fn(usize) -> Option<String> + Sync) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism()
        .map_or(2, usize::from)
        .min(8);
    let mut said: Vec<(usize, String)> = std::thread::scope(|scope| {
        let work = || {
            let mut said = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return said;
                }
                said.extend(check(number).map(|text| (number, text)));
            }
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    said.sort();
    said.into_iter().map(|(_, text)| text).collect()
}

#[test]
fn every_place_is_found_at_every_age() {
    let rows = rows();
    let wrong = on_all(rows.len() * Age::ALL.len(), |number| {
        let (row, age) = (
            &rows[number / Age::ALL.len()],
            Age::ALL[number % Age::ALL.len()],
        );
        let said = wrong(row, number, age)?;
        Some(format!("{} {}\n  {said}", age.name(), row.title()))
    });
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_store_that_can_find_something_on_linux_has_a_row() {
    let told: BTreeSet<_> = rows().iter().map(|row| row.store).collect();
    // Why not, is said at the table; SSH keys have tests of their own.
    let without = [
        "gcm-tenant-cache",
        "visual-studio",
        "sourcetree",
        "github-desktop",
        "os-vault",
        "git-credential-cache",
        "ssh-key",
        "ssh-config",
        "deep",
    ];
    let missing: Vec<_> = rekey::stores::ALL
        .iter()
        .map(|store| store.about().name)
        .filter(|name| !told.contains(name) && !without.contains(name))
        .collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn what_only_looks_like_a_credential_stays_silent() {
    let all = look_alikes();
    assert!(all.len() >= 60, "{}", all.len());
    let loud = on_all(all.len(), |number| {
        let home = Home::new();
        let like = &all[number];
        like.lay(&home.path(), number);
        let answer = home.about_contoso(&["scan", "--json"]);
        let scan = serde_json::from_str::<Value>(&answer.stdout);
        let silent = scan
            .as_ref()
            .is_ok_and(|scan| scan["findings"] == json!([]))
            && answer.code == 0;
        let LookAlike { what, path, .. } = like;
        (!silent).then(|| match scan {
            Ok(scan) => format!(
                "{what} {path}: exit {}, {:#}\n{}",
                answer.code, scan["findings"], answer.stderr
            ),
            Err(_) => format!("{what} {path}: {}", answer.stderr),
        })
    });
    assert!(loud.is_empty(), "{} loud:\n{}", loud.len(), loud.join("\n"));
}

/// Lays both tables in the folder of `REKEY_LAY_TABLES`, with `manifest.json`: what `benches/recall.sh` measures on.
#[test]
fn lays_the_tables() {
    let Some(folder) = std::env::var_os("REKEY_LAY_TABLES").map(PathBuf::from) else {
        return;
    };
    let mut entries = Vec::new();
    for (number, row) in rows().iter().enumerate() {
        for (index, age) in Age::ALL.into_iter().enumerate() {
            let name = format!("rows/{number:03}-{}-{}", row.store, age.name());
            let home = folder.join(&name);
            std::fs::create_dir_all(&home).unwrap();
            let seed = number * Age::ALL.len() + index;
            let filled = lay(&home, row, seed, age);
            let Some((line, planted_text)) = filled.planted else {
                // No secret is in it, so no finder of secrets can be asked for it.
                std::fs::remove_dir_all(&home).unwrap();
                continue;
            };
            let form = match (row.holds, age) {
                (Holds::Bearer | Holds::SignIn, _) => "JWT",
                (_, Age::OldFile) => "52",
                _ => "84",
            };
            let secret = row.planted(seed, age).0;
            entries.push(json!({
                "home": name, "path": row.path, "line": line, "form": form, "store": row.store,
                "encoded": secret != planted_text, "secret": secret, "text": planted_text,
            }));
        }
    }
    let mut silent = Vec::new();
    for (number, like) in look_alikes().iter().enumerate() {
        let name = format!("look-alikes/{number:03}");
        let home = folder.join(&name);
        std::fs::create_dir_all(&home).unwrap();
        like.lay(&home, number);
        silent.push(json!({ "home": name, "what": like.what, "class": like.class.name() }));
    }
    let manifest = json!({ "rows": entries, "look_alikes": silent });
    std::fs::write(folder.join("manifest.json"), format!("{manifest:#}\n")).unwrap();
}
