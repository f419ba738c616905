//! Findings and plans, grouped by place.

use std::fmt::Write as _;

use comfy_table::{Cell, Color, Row};

use super::planned::Planned;
use super::{BOLD, DIM, GREEN, Layout, RED, YELLOW, styled, words};
use crate::model::{Action, Edit, Finding, Location, Place, PlaceState, Scan, Verdict};
use crate::stores;

/// A scan: what was found, what could not be read, what is told beside it, and the count.
pub(crate) fn findings(scan: &Scan, layout: &Layout, verbose: bool) -> String {
    let mut text = String::new();
    for (place, group) in grouped(&scan.findings, |finding| &finding.location) {
        heading(&mut text, &layout.short(&place), &group[0].store);
        text.push_str(&layout.table(group.iter().map(|finding| finding_row(finding))));
        text.push('\n');
    }
    text.push_str(&super::helpers(&scan.helpers, layout, verbose));
    text.push_str(&super::old_addresses(&scan.old_addresses, layout, verbose));
    text.push_str(&unreadable(&scan.places, layout));
    let summary = scan.summary;
    let accepted = scan.findings.iter().filter(|one| one.accepted.is_some());
    let accepted = match accepted.count() {
        0 => String::new(),
        count => format!(", {count} accepted"),
    };
    let _ = writeln!(
        text,
        "{}: {} stale, {} unsure, {} current{accepted}",
        words::count(scan.findings.len(), "finding"),
        summary.stale,
        summary.unsure,
        summary.current
    );
    text
}

/// What a plan says of one edit before anything is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    /// A plain "yes" makes it.
    Make,
    /// The person picks it by itself.
    Choice,
    /// It is left, and its outcome says why.
    Leave,
}

/// A plan: what would change in which place, and why.
pub(crate) fn plan(
    entries: &[Planned<'_>],
    intent: impl Fn(&Edit) -> Intent,
    layout: &Layout,
) -> String {
    let mut text = String::new();
    for (place, group) in grouped(entries, |entry| &entry.edit.location) {
        heading(&mut text, &layout.short(&place), group[0].store());
        let rows = group.iter().map(|entry| {
            let action = match (intent(entry.edit), entry.edit.change.action()) {
                (Intent::Leave, _) => "leave",
                (Intent::Choice, _) => "your choice",
                (Intent::Make, _) if entry.is_address() => "change",
                (Intent::Make, Action::DeleteFile) => "delete file",
                (Intent::Make, _) => "remove",
            };
            Row::from(vec![
                match entry.verdict() {
                    Some(verdict) => colored(action, verdict),
                    None => Cell::new(action),
                },
                Cell::new(entry.kind()),
                Cell::new(entry.what()),
            ])
        });
        text.push_str(&layout.table(rows));
        text.push('\n');
    }
    text
}

fn finding_row(finding: &Finding) -> Row {
    let mut what = words::entry(&finding.location);
    let _ = write!(what, "\n{}", words::reasons(finding));
    if let Some(word) = &finding.accepted {
        let _ = write!(what, "\n{}", words::word(word));
    } else if let Some(advice) = &finding.advice {
        let _ = write!(what, "\n{}", super::plain(advice));
    }
    let organization = finding.organization.as_deref().unwrap_or("(unknown)");
    Row::from(vec![
        colored(finding.verdict.as_str(), finding.verdict),
        Cell::new(organization),
        Cell::new(words::kind(finding.kind)),
        Cell::new(what),
    ])
}

/// A cell in the colour of a verdict.
fn colored(text: &str, verdict: Verdict) -> Cell {
    Cell::new(text).fg(match verdict {
        Verdict::Stale => Color::DarkRed,
        Verdict::Unsure => Color::DarkYellow,
        Verdict::Current => Color::DarkGreen,
    })
}

/// Neighbours of one place, in the order of the findings.
fn grouped<T>(items: &[T], location: impl Fn(&T) -> &Location) -> Vec<(String, Vec<&T>)> {
    let mut groups: Vec<(String, Vec<&T>)> = Vec::new();
    for item in items {
        let place = words::place(location(item));
        match groups.iter_mut().find(|(known, _)| *known == place) {
            Some((_, group)) => group.push(item),
            None => groups.push((place, vec![item])),
        }
    }
    groups
}

fn heading(text: &mut String, place: &str, store: &str) {
    let about = stores::ALL
        .iter()
        .map(|one| one.about())
        .find(|about| about.name == store);
    let title = about.map_or(store, |about| about.title);
    let _ = writeln!(text, "{}  {}", styled(BOLD, place), styled(DIM, title));
}

/// Places that were not read, and why.
pub(crate) fn unreadable(places: &[Place], layout: &Layout) -> String {
    let mut text = String::new();
    for place in places {
        let (style, word) = match place.state {
            PlaceState::Unreadable => (RED, "could not be read"),
            PlaceState::Locked => (YELLOW, "is locked"),
            PlaceState::Skipped => (YELLOW, "was left alone"),
            PlaceState::Read | PlaceState::Absent => continue,
        };
        let reason = super::plain(place.reason.as_deref().unwrap_or_default());
        let path = layout.short(&place.path);
        let _ = writeln!(text, "{path} {}: {reason}", styled(style, word));
    }
    text
}

/// The colour of a verdict, for text that is not in a table.
pub(super) fn verdict_style(verdict: Verdict) -> anstyle::Style {
    match verdict {
        Verdict::Stale => RED,
        Verdict::Unsure => YELLOW,
        Verdict::Current => GREEN,
    }
}
