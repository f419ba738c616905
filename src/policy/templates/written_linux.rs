//! The kept files for Linux are what the list of keys makes of them, and the agent reads what they write.

use std::path::Path;

use super::{KEYS, KeyKind, keep, linux, project};
use crate::policy::Layer;

const SAMPLE: &str = "installer/linux/rekey/policy.toml.sample";
const ARGUMENTS: &str = "installer/ansible/roles/rekey/meta/argument_specs.yml";
const TEMPLATE: &str = "installer/ansible/roles/rekey/templates/policy.toml.j2";
const SECRET: &str = "installer/ansible/roles/rekey/templates/enroll.toml.j2";
const EVERYTHING: &str = "installer/ansible/test-files/every-key.yml";

fn kept(path: &str) -> String {
    let text = std::fs::read_to_string(project(path)).unwrap_or_default();
    text.replace("\r\n", "\n")
}

#[test]
fn the_kept_files_are_made_from_the_list_of_keys() {
    keep(SAMPLE, &linux::sample());
    keep(TEMPLATE, &linux::template());
    let text = kept(ARGUMENTS);
    let (before, rest) = text.split_once(linux::BEGIN).unwrap();
    let (_, after) = rest.split_once(linux::END).unwrap();
    let arguments = linux::arguments();
    keep(
        ARGUMENTS,
        &format!("{before}{}{arguments}{}{after}", linux::BEGIN, linux::END),
    );
}

#[test]
fn the_sample_says_nothing_as_it_is_and_every_key_once_the_marks_are_taken_away() {
    let read = |text: &str| Layer::from_toml(Path::new("policy.toml"), text).unwrap();
    let sample = linux::sample();
    assert_eq!(read(&sample), Layer::default());
    let settings = sample.lines().filter_map(|line| line.strip_prefix('#'));
    let settings: Vec<_> = settings.filter(|line| !line.starts_with(' ')).collect();
    let names: Vec<_> = settings
        .iter()
        .map(|line| line.split_once(" = ").unwrap().0)
        .collect();
    let listed: Vec<_> = KEYS.iter().map(|key| key.name).collect();
    assert_eq!(names, listed);
    for setting in &settings {
        assert_ne!(read(setting), Layer::default(), "{setting}");
    }
    read(&settings.join("\n"));
}

#[test]
fn the_secret_is_written_into_a_file_of_its_own() {
    for key in KEYS {
        let is_secret = key.kind == KeyKind::Secret;
        let (of_policy, of_secret) = (linux::template(), kept(SECRET));
        let variable = format!("{} ", linux::variable(key));
        assert_eq!(of_policy.contains(&variable), !is_secret, "{}", key.name);
        assert_eq!(of_secret.contains(&variable), is_secret, "{}", key.name);
    }
}

#[test]
fn the_test_of_the_role_sets_every_key() {
    let text = kept(EVERYTHING);
    for key in KEYS {
        let line = format!("\n{}:", linux::variable(key));
        assert!(text.contains(&line), "{EVERYTHING} lacks{line}");
    }
}
