//! Times and numbers as people read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A time with its age: a number without its age is worth little.
pub(super) struct When {
    pub(super) machine: String,
    pub(super) date: String,
    pub(super) age: String,
}

pub(super) fn when(time: Timestamp, now: Timestamp) -> When {
    When {
        machine: time.to_string(),
        date: date(time),
        age: age(time, now),
    }
}

pub(super) fn date(time: Timestamp) -> String {
    let zoned = time.to_zoned(TimeZone::UTC);
    zoned.strftime("%-d %b %Y, %H:%M UTC").to_string()
}

pub(super) fn age(time: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(time).as_secs();
    let (count, unit) = match seconds {
        // Clocks of two machines never agree to the second.
        -60..60 => return "just now".to_owned(),
        i64::MIN..-60 => return "in the future by its own clock".to_owned(),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{} ago", counted(count.unsigned_abs(), unit))
}

/// `1 day`, `2 days`.
pub(super) fn counted(count: u64, unit: &str) -> String {
    if count == 1 {
        format!("1 {unit}")
    } else {
        format!("{} {unit}s", grouped(count))
    }
}

/// Long numbers with a narrow space between thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + 8);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A piece of a sentence: plain, or what is typed.
pub(super) struct Piece<'a> {
    pub(super) typed: bool,
    pub(super) text: &'a str,
}

/// A sentence cut at its backticks, so that a page sets what is typed apart.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    text.split('`')
        .enumerate()
        .filter(|(_, text)| !text.is_empty())
        .map(|(position, text)| Piece {
            typed: position % 2 == 1,
            text,
        })
        .collect()
}

/// A part of a whole: `62 %`, `<1 %`; never a rounded 100 where some are missing.
pub(super) fn share(part: u64, whole: u64) -> String {
    match (part.saturating_mul(100) + whole / 2).checked_div(whole) {
        None => "–".to_owned(),
        Some(0) if part > 0 => "<1\u{202f}%".to_owned(),
        Some(100..) if part < whole => ">99\u{202f}%".to_owned(),
        Some(percent) => format!("{percent}\u{202f}%"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn ages_in_words() {
        let now = at("2026-11-23T09:00:00Z");
        for (time, words) in [
            ("2026-11-23T09:00:20Z", "just now"),
            ("2026-11-23T08:59:30Z", "just now"),
            ("2026-11-23T08:59:00Z", "1 minute ago"),
            ("2026-11-23T07:00:00Z", "2 hours ago"),
            ("2026-11-21T07:00:00Z", "2 days ago"),
            ("2026-11-24T07:00:00Z", "in the future by its own clock"),
        ] {
            assert_eq!(age(at(time), now), words);
        }
        assert_eq!(date(now), "23 Nov 2026, 09:00 UTC");
    }

    #[test]
    fn shares_claim_no_more_than_is_true() {
        let told: Vec<_> = [(1, 1000), (999, 1000), (0, 5), (5, 5), (1, 3), (0, 0)]
            .map(|(part, whole)| share(part, whole).replace('\u{202f}', ""))
            .into();
        assert_eq!(told, ["<1%", ">99%", "0%", "100%", "33%", "–"]);
    }

    #[test]
    fn long_numbers_are_grouped() {
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000_000), "1\u{202f}000\u{202f}000");
        assert_eq!(counted(1, "workstation"), "1 workstation");
    }
}
