//! How the states moved day by day, as a picture, as a table and as a forecast. Pure.

use jiff::Timestamp;

use super::parts::StateView;
use super::show::{counted, grouped};
use crate::storage::{Day, StateCounts};

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// More bars than that nobody tells apart.
const MOST: i64 = 180;

/// So that the first days are not as broad as the page.
const FEWEST: i64 = 14;

/// Units of the picture for a day, of which the bar leaves a gap.
const CELL: i64 = 100;
const BAR: i64 = 88;

/// Units of the picture from the bottom to the top.
const HEIGHT: u64 = 1000;

pub(super) struct BurnDown {
    /// Of the picture, in its own units.
    pub(super) width: i64,
    pub(super) height: u64,
    pub(super) bars: Vec<Bar>,
    /// Below the picture's ends.
    pub(super) from: String,
    pub(super) to: String,
    /// At its top.
    pub(super) most: String,
    /// The picture in a sentence.
    pub(super) says: String,
    pub(super) forecast: Option<String>,
    /// Whether the table of days is shown at once.
    pub(super) open: bool,
    /// The newest day first.
    pub(super) days: Vec<DayRow>,
    pub(super) legend: [StateView; 5],
}

pub(super) struct Bar {
    pub(super) word: &'static str,
    pub(super) x: i64,
    pub(super) y: u64,
    pub(super) width: i64,
    pub(super) height: u64,
}

pub(super) struct DayRow {
    pub(super) date: String,
    /// In the order of the legend.
    pub(super) counts: Vec<DayCount>,
}

pub(super) struct DayCount {
    pub(super) state: StateView,
    pub(super) count: u64,
}

/// From the bottom to the top. Who did not answer is one layer: it says nothing about success or failure.
const LAYERS: [&str; 5] = ["compliant", "waiting", "action-needed", "failed", "silent"];

const fn layers(devices: &StateCounts) -> [u64; 5] {
    [
        devices.compliant,
        devices.waiting,
        devices.action_needed,
        devices.failed,
        devices.silent + devices.not_reported,
    ]
}

/// The day, in days since 1970.
pub(super) fn day_of(time: Timestamp) -> i64 {
    time.as_second().div_euclid(DAY)
}

/// A day as people write it.
pub(super) fn day_name(day: i64) -> String {
    Timestamp::from_second(day.saturating_mul(DAY)).map_or_else(
        |_| String::new(),
        |time| {
            let zoned = time.to_zoned(jiff::tz::TimeZone::UTC);
            zoned.strftime("%-d %b %Y").to_string()
        },
    )
}

/// None before there is a day to show.
pub(super) fn burn_down(days: &[Day], today: i64) -> Option<BurnDown> {
    let days: Vec<_> = days
        .iter()
        .filter(|day| day.day <= today && day.day > today - MOST)
        .copied()
        .collect();
    let (first, last) = (days.first()?, days.last()?);
    let most = days.iter().map(|day| day.devices.total()).max()?.max(1);
    let end = today.max(first.day + FEWEST - 1);
    let bars = days.iter().flat_map(|day| bars(day, first.day, most));
    Some(BurnDown {
        width: (end - first.day + 1) * CELL,
        height: HEIGHT,
        bars: bars.collect(),
        from: day_name(first.day),
        to: day_name(end),
        most: grouped(most),
        says: says(first, last),
        forecast: forecast(&days, today),
        open: false,
        days: days
            .iter()
            .rev()
            .map(|day| DayRow {
                date: day_name(day.day),
                counts: LAYERS
                    .into_iter()
                    .zip(layers(&day.devices))
                    .map(|(word, count)| DayCount {
                        state: StateView::of(word),
                        count,
                    })
                    .collect(),
            })
            .collect(),
        legend: LAYERS.map(StateView::of),
    })
}

fn bars(day: &Day, first: i64, most: u64) -> Vec<Bar> {
    let mut below = 0;
    let mut bars = Vec::new();
    for (word, count) in LAYERS.into_iter().zip(layers(&day.devices)) {
        let from = below * HEIGHT / most;
        below += count;
        let to = below * HEIGHT / most;
        if to > from {
            bars.push(Bar {
                word,
                x: (day.day - first) * CELL + (CELL - BAR) / 2,
                y: HEIGHT - to,
                width: BAR,
                height: to - from,
            });
        }
    }
    bars
}

fn says(first: &Day, last: &Day) -> String {
    let at = |day: &Day| {
        format!(
            "{} of {} were compliant on {}",
            grouped(day.devices.compliant),
            counted(day.devices.total(), "workstation"),
            day_name(day.day)
        )
    };
    if first.day == last.day {
        format!("{}.", at(first))
    } else {
        format!("{}, {}.", at(first), at(last))
    }
}

/// When all will be done at the pace of the last seven days: a straight line, and no more is claimed. None where all
/// are done, and before there are three days to tell from.
fn forecast(days: &[Day], today: i64) -> Option<String> {
    if days.len() < 3 {
        return None;
    }
    let recent: Vec<_> = days.iter().filter(|day| day.day >= today - 7).collect();
    let (first, last) = (recent.first()?, recent.last()?);
    let span = last.day - first.day;
    let left = last.devices.total() - last.devices.compliant;
    if span < 2 || left == 0 {
        return None;
    }
    let days = counted(span.unsigned_abs(), "day");
    let more = last
        .devices
        .compliant
        .saturating_sub(first.devices.compliant);
    let mut text = if more == 0 {
        format!("No progress in {days}.")
    } else {
        let needed = left.saturating_mul(span.unsigned_abs()).div_ceil(more);
        let pace = format!(
            "At the pace of the last {days} ({} more done)",
            grouped(more)
        );
        match i64::try_from(needed) {
            Ok(needed) if needed <= 730 => {
                format!("{pace}: all by {}.", day_name(last.day + needed))
            }
            _ => format!("{pace}: not within two years."),
        }
    };
    let unheard = last.devices.silent + last.devices.not_reported;
    if unheard > 0 {
        text = format!(
            "{text} Of the {} left, {} did not answer; nobody knows about them.",
            grouped(left),
            grouped(unheard)
        );
    }
    Some(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// 20 November 2026.
    const START: i64 = 20_777;

    fn day(offset: i64, compliant: u64, action_needed: u64, silent: u64) -> Day {
        let devices = StateCounts {
            compliant,
            action_needed,
            silent,
            ..StateCounts::default()
        };
        Day {
            day: START + offset,
            devices,
        }
    }

    #[test]
    fn a_straight_line_says_when_all_are_done() {
        let days: Vec<_> = (0_u32..=7)
            .map(|offset| {
                day(
                    offset.into(),
                    u64::from(offset) * 2,
                    30 - u64::from(offset) * 2,
                    0,
                )
            })
            .collect();
        let said = forecast(&days, START + 7).unwrap();
        assert_eq!(
            said,
            "At the pace of the last 7 days (14 more done): all by 5 Dec 2026."
        );
    }

    #[test]
    fn without_progress_there_is_no_date() {
        let days = [day(0, 5, 5, 0), day(1, 5, 5, 0), day(3, 4, 5, 1)];
        let said = forecast(&days, START + 3).unwrap();
        assert!(said.starts_with("No progress in 3 days."), "{said}");
        assert!(said.contains("1 did not answer"), "{said}");
    }

    #[test]
    fn two_days_and_a_finished_change_have_no_forecast() {
        assert_eq!(
            forecast(&[day(0, 0, 5, 0), day(1, 3, 2, 0)], START + 1),
            None
        );
        let done = [day(0, 3, 2, 0), day(1, 4, 1, 0), day(2, 5, 0, 0)];
        assert_eq!(forecast(&done, START + 2), None);
        assert!(burn_down(&[], START).is_none());
    }

    #[test]
    fn a_day_without_a_collector_is_a_gap_and_the_layers_fill_the_height() {
        let picture = burn_down(&[day(0, 1, 1, 1), day(2, 2, 1, 0)], START + 2).unwrap();
        assert_eq!(picture.width, FEWEST * CELL);
        let xs: std::collections::BTreeSet<_> = picture.bars.iter().map(|bar| bar.x).collect();
        assert_eq!(xs.into_iter().collect::<Vec<_>>(), [6, 206]);
        let first: u64 = picture
            .bars
            .iter()
            .filter(|bar| bar.x == 6)
            .map(|bar| bar.height)
            .sum();
        assert_eq!(first, HEIGHT);
        assert_eq!(picture.days[0].date, "22 Nov 2026");
        let counts: Vec<_> = picture.days[0].counts.iter().map(|one| one.count).collect();
        assert_eq!(counts, [2, 0, 1, 0, 0]);
    }
}
