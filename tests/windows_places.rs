//! Every place that Windows has, as the Windows program itself looks at it: found, judged, removed and given back.

#![cfg(windows)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise, and plant what they look for"
)]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "the tables are modules of tests for other systems too"
)]

#[path = "support/look_alikes.rs"]
mod look_alikes;
#[path = "support/every_place.rs"]
mod places;
#[path = "support/planting.rs"]
mod planting;
mod support;
#[path = "support/windows_home.rs"]
mod windows_home;
#[path = "support/windows_places.rs"]
mod windows_places;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::windows::fs::OpenOptionsExt as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use look_alikes::look_alikes;
use places::{Age, Holds, Row};
use planting::{Filled, after, before};
use rstest::rstest;
use serde_json::Value;
use support::layout::moved;
use support::{OLD_TENANT, TENANT};
use windows_home::{Home, plain};
use windows_places::{Encoding, encodings, numbered, packed};

/// A row that was laid: in which encoding, how old, and with which bytes.
struct Laid {
    row: Row,
    encoding: Encoding,
    age: Age,
    filled: Filled,
}

/// Lays a row's files for an organization.
fn lay(home: &Home, row: &Row, encoding: Encoding, number: usize, organization: &str) -> Laid {
    let age = Age::ALL[number % Age::ALL.len()];
    let (secret, tenant) = row.planted(number, age);
    let time = if age == Age::OldFile {
        before()
    } else {
        after()
    };
    let whose = |text: &str| text.replace("contoso", organization);
    let other = |mark: &str| (mark == "tenant").then(|| tenant.to_owned());
    for (path, text) in &row.beside {
        let text = whose(&text.fill("", other).text);
        home.plant(&whose(path), encoding.of(&text), time);
    }
    let mut filled = row.text.fill(&secret, other);
    filled.text = whose(&filled.text);
    home.plant(&whose(&row.path), encoding.of(&filled.text), time);
    Laid {
        row: row.clone(),
        encoding,
        age,
        filled,
    }
}

/// The rows of one home after another.
fn homes(encoding: Encoding) -> Vec<Vec<Row>> {
    let all = windows_places::rows().into_iter();
    let rows = all.filter(|row| encodings(row).contains(&encoding));
    let rows = rows.enumerate();
    let rows = rows.map(|(number, row)| numbered(row, number)).collect();
    packed(rows)
}

/// Runs a check for each number on two threads, and gives back what it said.
fn on_all(count: usize, check: impl Fn(usize) -> Vec<String> + Sync) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let said = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    said.lock().unwrap().extend(check(number));
                }
            });
        }
    });
    said.into_inner().unwrap()
}

/// What is wrong with what a scan says of a row.
fn wrong(home: &Home, laid: &Laid, scan: &Value) -> Vec<String> {
    let Laid {
        row, age, filled, ..
    } = laid;
    let path = plain(home.join(&row.path));
    let is_ours = |found: &&Value| {
        found["store"] == row.store
            && plain(found["location"]["path"].as_str().unwrap_or("")) == path
    };
    let found: Vec<_> = scan["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(is_ours)
        .collect();
    let [found] = found.as_slice() else {
        let is_here = |place: &&Value| plain(place["path"].as_str().unwrap()) == path;
        let places = scan["places"].as_array().unwrap().iter();
        let place: Vec<_> = places.filter(is_here).collect();
        return vec![format!("{} findings; {place:?}", found.len())];
    };
    let (verdict, evidence) = row.expected(*age);
    let mut wrong = Vec::new();
    let mut check = |what: &str, is: &Value, expected: Value| {
        if *is != expected {
            wrong.push(format!("{what}: {is}, not {expected}"));
        }
    };
    check(
        "organization",
        &found["organization"],
        row.whose(*age).into(),
    );
    check("kind", &found["kind"], row.kind.into());
    check("verdict", &found["verdict"], verdict.into());
    check("remedy", &found["remedy"], row.remedy.into());
    if let Some((line, _)) = &filled.planted {
        check("line", &found["location"]["line"], (*line).into());
    }
    let codes = found["evidence"].as_array().unwrap().iter();
    if !codes.into_iter().any(|it| it["code"] == evidence) {
        wrong.push(format!("evidence: {}, not {evidence}", found["evidence"]));
    }
    wrong
}

/// What is wrong with what a clean-up left of a row: what is stale and not for the person's own hand is gone, the rest stays.
fn left(home: &Home, laid: &Laid, old: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let Laid { row, age, .. } = laid;
    let now = std::fs::read(home.join(&row.path)).ok();
    let before = old.get(&row.path).unwrap();
    let goes = row.expected(*age).0 == "stale" && row.remedy != places::MANUAL;
    let same = now.as_ref() == Some(before);
    let holds = |bytes: &[u8]| {
        let planted = laid.filled.planted.as_ref();
        planted.is_some_and(|(_, text)| {
            let text = laid.encoding.of(text);
            let text = if laid.encoding == Encoding::Plain || laid.encoding == Encoding::LineEnds {
                text
            } else {
                text[if laid.encoding == Encoding::Wide {
                    2
                } else {
                    3
                }..]
                    .to_vec()
            };
            bytes.windows(text.len()).any(|part| part == text)
        })
    };
    match (goes, same) {
        (true, true) => vec!["it is stale and stayed".to_owned()],
        (false, false) => vec!["it may stay and was changed".to_owned()],
        (true, false) if now.as_deref().is_some_and(holds) => vec!["its secret stayed".to_owned()],
        _ => Vec::new(),
    }
}

fn about(laid: &Laid, said: Vec<String>) -> Option<String> {
    (!said.is_empty()).then(|| {
        format!(
            "{:?} {} {}\n  {}",
            laid.encoding,
            laid.age.name(),
            laid.row.title(),
            said.join("\n  ")
        )
    })
}

#[rstest]
fn every_place_is_found_removed_and_given_back(
    #[values(Encoding::Plain, Encoding::LineEnds, Encoding::Marked, Encoding::Wide)]
    encoding: Encoding,
) {
    let homes = homes(encoding);
    let rows: usize = homes.iter().map(Vec::len).sum();
    println!("{rows} rows in {} homes", homes.len());
    assert!(rows > 20, "{rows}");
    let wrong = on_all(homes.len(), |number| {
        let rows = &homes[number];
        let home = Home::new();
        let lay = |(index, row)| lay(&home, row, encoding, number * 1_000 + index, "contoso");
        let laid: Vec<_> = rows.iter().enumerate().map(lay).collect();
        let old = home.content();
        let (scan, error) = home.scan();
        let mut said: Vec<_> = laid
            .iter()
            .filter_map(|laid| about(laid, wrong(&home, laid, &scan)))
            .collect();
        let findings = scan["findings"].as_array().unwrap();
        if said.is_empty() && findings.len() != laid.len() {
            said.push(format!(
                "{} findings: {findings:#?}\n{error}",
                findings.len()
            ));
        }
        home.clean();
        said.extend(
            laid.iter()
                .filter_map(|laid| about(laid, left(&home, laid, &old))),
        );
        home.undo();
        let now = home.content();
        let strange = old
            .iter()
            .filter(|(path, bytes)| now.get(*path) != Some(bytes));
        said.extend(strange.map(|(path, _)| format!("{path} did not come back")));
        said
    });
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn what_is_another_organizations_is_not_listed_and_stays() {
    let encoding = Encoding::LineEnds;
    let homes = homes(encoding);
    let loud = on_all(homes.len(), |number| {
        let rows = &homes[number];
        // What base64 hides is filled in before names are changed.
        let hidden = |row: &Row| format!("{:?}", row.text).contains("base64 contoso");
        let named =
            |row: &&Row| row.organization.is_some() && row.holds != Holds::SignIn && !hidden(row);
        let rows: Vec<_> = rows.iter().filter(named).collect();
        if rows.is_empty() {
            return Vec::new();
        }
        let home = Home::new();
        for (index, row) in rows.iter().enumerate() {
            lay(&home, row, encoding, number * 1_000 + index, "fabrikam");
        }
        let old = home.content();
        let (scan, _) = home.scan();
        let findings = scan["findings"].as_array().unwrap().iter();
        // A host alone tells of nobody in particular; the person is asked, and nothing is done by itself.
        let mut said: Vec<_> = findings
            .filter(|found| !found["organization"].is_null() || found["verdict"] != "unsure")
            .map(|found| format!("{encoding:?} {found}"))
            .collect();
        home.clean();
        let now = home.content();
        let strange = old
            .iter()
            .filter(|(path, bytes)| now.get(*path) != Some(bytes));
        said.extend(strange.map(|(path, _)| format!("{path} was changed")));
        said
    });
    assert!(loud.is_empty(), "{} loud:\n{}", loud.len(), loud.join("\n"));
}

#[test]
fn what_only_looks_like_a_credential_stays_silent() {
    let all = look_alikes();
    // The files of each; none where Windows has no such place.
    let files: Vec<_> = (all.iter().enumerate())
        .filter_map(|(number, like)| {
            let files = like.files(number).into_iter();
            let files = files.map(|(path, text)| Some((moved(path)?, text)));
            files.collect::<Option<Vec<_>>>()
        })
        .collect();
    assert!(files.len() >= 60, "{}", files.len());
    // Those that fit into one home, by their numbers.
    let mut homes: Vec<Vec<usize>> = Vec::new();
    for (number, own) in files.iter().enumerate() {
        let apart = |other: &usize| {
            let mut known = files[*other].iter();
            known.all(|(known, _)| own.iter().all(|(path, _)| path != known))
        };
        match homes.iter_mut().find(|home| home.iter().all(apart)) {
            Some(home) => home.push(number),
            None => homes.push(vec![number]),
        }
    }
    let loud = on_all(homes.len(), |number| {
        let home = Home::new();
        for (path, text) in homes[number].iter().flat_map(|like| &files[*like]) {
            home.plant(path, Encoding::LineEnds.of(text), before());
        }
        let (scan, _) = home.scan();
        let findings = scan["findings"].as_array().unwrap().iter();
        findings.map(ToString::to_string).collect()
    });
    assert!(loud.is_empty(), "{} loud:\n{}", loud.len(), loud.join("\n"));
}

const CACHE: &str = "AppData/Local/GitCredentialManager/tenant.cache";
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// A tenant cache as the tool writes it.
fn cache(records: &[(&str, &str)]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    for (address, tenant) in records {
        encoder
            .write_all(format!("{address}={tenant}\0").as_bytes())
            .unwrap();
    }
    encoder.finish().unwrap()
}

#[test]
fn a_tenant_cache_of_any_form_is_judged_and_goes_whole() {
    let contoso = "https://dev.azure.com/contoso/";
    let old = cache(&[(contoso, NOBODY)]);
    let stale = Some(("stale", "contoso"));
    let forms = [
        ("what reading makes", Vec::new(), None),
        ("no tenant", old.clone(), stale),
        (
            "bytes of an older, longer file",
            [&old[..], b"\x1f\x8bold"].concat(),
            stale,
        ),
        (
            "a user with blanks",
            cache(&[(
                "https://Personal Access Token@contoso.visualstudio.com/",
                NOBODY,
            )]),
            stale,
        ),
        (
            "the old test host",
            cache(&[("https://codex.azure.com/contoso/", NOBODY)]),
            stale,
        ),
        (
            "several spellings",
            cache(&[
                ("https://dev.azure.com/Contoso/", TENANT),
                ("https://CONTOSO.visualstudio.com/", OLD_TENANT),
                ("https://dev.azure.com/fabrikam/", TENANT),
            ]),
            stale,
        ),
        (
            "the tenant",
            cache(&[(contoso, TENANT)]),
            Some(("current", "contoso")),
        ),
        (
            "another organization",
            cache(&[("https://dev.azure.com/fabrikam/", NOBODY)]),
            None,
        ),
        (
            "another server",
            cache(&[("https://tfs.contoso.com/", NOBODY)]),
            None,
        ),
        (
            "cut short",
            old[..old.len() - 9].to_vec(),
            Some(("stale", "")),
        ),
        (
            "no gzip",
            b"https://dev.azure.com/contoso/=x\0".to_vec(),
            Some(("stale", "")),
        ),
    ];
    for (what, bytes, expected) in forms {
        let home = Home::new();
        home.plant(CACHE, &bytes, after());
        let (scan, error) = home.scan();
        let findings = scan["findings"].as_array().unwrap();
        let text = |found: &Value, name: &str| found[name].as_str().unwrap_or("").to_owned();
        let found = findings.first();
        let found = found.map(|it| (text(it, "verdict"), text(it, "organization")));
        let expected = expected.map(|(verdict, whose)| (verdict.to_owned(), whose.to_owned()));
        assert_eq!(found, expected, "{what}: {scan:#}\n{error}");
        home.clean();
        let goes = expected.is_some_and(|(verdict, _)| verdict == "stale");
        assert_eq!(home.join(CACHE).exists(), !goes, "{what}");
        home.undo();
        assert_eq!(std::fs::read(home.join(CACHE)).unwrap(), bytes, "{what}");
    }
}

#[test]
fn a_tenant_cache_that_another_program_holds_is_said_and_found_later() {
    let home = Home::new();
    home.plant(
        CACHE,
        cache(&[("https://dev.azure.com/contoso/", NOBODY)]),
        after(),
    );
    let mut options = std::fs::File::options();
    let held = options
        .read(true)
        .share_mode(0)
        .open(home.join(CACHE))
        .unwrap();
    let (scan, _) = home.scan();
    assert_eq!(scan["findings"].as_array().unwrap().len(), 0);
    let path = plain(home.join(CACHE));
    let mut places = scan["places"].as_array().unwrap().iter();
    let place = places
        .find(|place| plain(place["path"].as_str().unwrap()) == path)
        .unwrap();
    assert_eq!(place["state"], "unreadable", "{place}");
    assert!(
        place["reason"]
            .as_str()
            .is_some_and(|reason| !reason.is_empty())
    );
    drop(held);
    assert_eq!(home.scan().0["findings"].as_array().unwrap().len(), 1);
}

#[test]
fn every_store_that_can_find_something_on_windows_has_a_row() {
    let rows = windows_places::rows();
    // Why not, is said at the table of Linux; these have tests of their own here or need more than a home.
    let without = [
        "gcm-tenant-cache",
        "visual-studio",
        "github-desktop",
        "os-vault",
        "git-credential-cache",
        "environment",
        "ssh-key",
        "ssh-config",
        "deep",
    ];
    let missing: Vec<_> = rekey::stores::ALL
        .iter()
        .map(|store| store.about().name)
        .filter(|name| !rows.iter().any(|row| row.store == *name) && !without.contains(name))
        .collect();
    assert_eq!(missing, [""; 0]);
}
