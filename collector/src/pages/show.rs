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
    fn long_numbers_are_grouped() {
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000_000), "1\u{202f}000\u{202f}000");
        assert_eq!(counted(1, "workstation"), "1 workstation");
    }
}
