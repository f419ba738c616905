//! A new token takes the place of the old one in every place and every encoding of the table: at once, and after the
//! old one was removed. What stands around it stays.

use serde_json::Value;

use super::places::{Age, Holds, MANUAL, Row, rows};
use super::support::tokens::pat84_of;
use super::support::{Answer, Home, about_contoso, with_input};
use super::{lay, on_all};

fn new_token(number: usize) -> String {
    let mut bytes = [7; 64];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    pat84_of('C', 'L', &bytes)
}

fn fill(home: &Home, token: &str) -> Answer {
    let guide = ["guide", "pats", "--token-file", "-", "--offline", "--json"];
    let mut command = home.command(&[&guide[..], &about_contoso()].concat());
    with_input(&mut command, &format!("{token}\n"))
}

/// Rows that hold a stale token of `contoso` that rekey may remove.
fn fillable() -> Vec<Row> {
    let rows = rows().into_iter();
    // Session tokens are made anew by their owners.
    let is_pat = |row: &Row| row.holds == Holds::Token && row.kind == "pat";
    rows.filter(|row| is_pat(row) && row.organization.is_some() && row.remedy != MANUAL)
        .collect()
}

/// What the file should hold with another token in it.
fn expected(row: &Row, token: &str) -> String {
    row.text
        .fill(token, |_| Some(super::support::OLD_TENANT.to_owned()))
        .text
}

/// A token whose first letter was percent-encoded needs no encoding any more.
fn same(row: &Row, now: &str, token: &str) -> bool {
    let plain = format!("{:?}", row.text).contains("«percent»");
    let expected = expected(row, token);
    if plain {
        let encoded = format!("%{:02x}{}", token.as_bytes()[0], &token[1..]);
        return now == expected.replace(&encoded, token);
    }
    now == expected
}

fn states(answer: &Answer) -> String {
    let told: Value = serde_json::from_str(&answer.stdout).unwrap_or_default();
    format!("exit {} {}\n{}", answer.code, told["slots"], answer.stderr)
}

fn read(home: &Home, row: &Row) -> String {
    let bytes = std::fs::read(home.join(&row.path)).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn wrong_at_once(row: &Row, number: usize) -> Option<String> {
    let home = Home::new();
    let filled = lay(&home.path(), row, number, Age::OldMonth);
    let token = new_token(number);
    let answer = fill(&home, &token);
    let now = read(&home, row);
    if !same(row, &now, &token) {
        return Some(format!("{now:?}\n{}", states(&answer)));
    }
    home.about_contoso(&["undo"]);
    let back = read(&home, row);
    (back != filled.text).then(|| format!("not undone: {back:?}"))
}

fn wrong_later(row: &Row, number: usize) -> Option<String> {
    let home = Home::new();
    let filled = lay(&home.path(), row, number, Age::OldMonth);
    let cleaned = home.about_contoso(&["clean", "--yes"]);
    let (secret, _) = row.planted(number, Age::OldMonth);
    if read(&home, row).contains(&secret) {
        return Some(format!(
            "not cleaned: {}\n{}",
            cleaned.stdout, cleaned.stderr
        ));
    }
    let slots = std::fs::read_to_string(home.join(".local/state/rekey/slots.json")).unwrap();
    if slots.contains(&secret) {
        return Some(format!("the secret is remembered: {slots}"));
    }
    let token = new_token(number);
    let answer = fill(&home, &token);
    let now = read(&home, row);
    if !same(row, &now, &token) {
        return Some(format!("{now:?}\n{}", states(&answer)));
    }
    home.about_contoso(&["undo"]);
    home.about_contoso(&["undo"]);
    let back = read(&home, row);
    (back != filled.text).then(|| format!("not undone: {back:?}"))
}

fn assert_none_wrong(wrong: impl Fn(&Row, usize) -> Option<String> + Sync) {
    let rows = fillable();
    assert!(rows.len() > 100, "{}", rows.len());
    let wrong = on_all(rows.len(), |number| {
        let row = &rows[number];
        Some(format!("{}\n  {}", row.title(), wrong(row, number)?))
    });
    assert!(
        wrong.is_empty(),
        "{} of {} wrong:\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_new_token_takes_the_place_of_the_old_one_in_every_place() {
    assert_none_wrong(wrong_at_once);
}

#[test]
fn a_new_token_goes_where_the_old_one_was_removed_in_every_place() {
    assert_none_wrong(wrong_later);
}
