//! Times as a person types and reads them.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::model::{DeferralLimits, NoDeferral};

/// A time (RFC 3339), or a span from now in the person's time zone, such as `3d` or `2 hours`.
///
/// # Errors
/// What is wrong with it and how it is written.
pub fn read_until(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let text = text.trim();
    let until = match text.parse() {
        Ok(time) => Ok(time),
        Err(_) => text
            .parse::<Span>()
            .and_then(|span| now.to_zoned(TimeZone::system()).checked_add(span))
            .map(|later| later.timestamp()),
    };
    match until {
        Ok(until) if until > now => Ok(until),
        Ok(_) => Err("that time is past".to_owned()),
        Err(_) => Err(format!(
            "{text:?} is no time: write a span such as 3d or 2h, or a time such as 2026-12-18T18:00:00Z"
        )),
    }
}

/// A time in the person's time zone, to the minute.
pub fn local(time: Timestamp) -> String {
    let local = time.to_zoned(TimeZone::system());
    local.strftime("%Y-%m-%d %H:%M").to_string()
}

/// Why a step is not put off, as a sentence.
pub fn refusal(reason: NoDeferral) -> String {
    match reason {
        NoDeferral::Overdue(deadline) => format!(
            "It can be put off no more: it was due by {}.",
            local(deadline)
        ),
        NoDeferral::TooOften(0) => "Your administrator lets no step be put off.".to_owned(),
        NoDeferral::TooOften(1) => {
            "It can be put off no more: once was all that your administrator allows.".to_owned()
        }
        NoDeferral::TooOften(most) => format!(
            "It can be put off no more: {most} times were all that your administrator allows."
        ),
        NoDeferral::TooFar(deadline) => {
            format!("It can be put off until {} at most.", local(deadline))
        }
    }
}

/// Until when a step is put off, and how often more it can be.
pub fn told(limits: &DeferralLimits, until: Timestamp, count: u32) -> String {
    let until = local(until);
    match limits.left(count) {
        None => format!("Put off until {until}."),
        Some(0) => format!("Put off until {until}; it cannot be put off again."),
        Some(1) => format!("Put off until {until}; you can put it off once more."),
        Some(more) => format!("Put off until {until}; you can put it off {more} times more."),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    #[test]
    fn times_and_spans_are_read_and_what_is_past_is_refused() {
        let now: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        for (text, until) in [
            ("2026-12-18T18:00:00Z", "2026-12-18T18:00:00Z"),
            ("2026-12-18T18:00:00+01:00", "2026-12-18T17:00:00Z"),
            (" 2h ", "2026-11-23T10:00:00Z"),
            ("90 minutes", "2026-11-23T09:30:00Z"),
        ] {
            assert_eq!(read_until(text, now).unwrap().to_string(), until);
        }
        // A day may have 23 hours.
        assert!(read_until("3d", now).unwrap() > now);
        for (text, said) in [
            ("soon", "is no time"),
            ("", "is no time"),
            ("-3d", "is past"),
            ("2026-11-23T08:00:00Z", "is past"),
            ("99999999999d", "is no time"),
        ] {
            let fault = read_until(text, now).unwrap_err();
            assert!(fault.contains(said), "{text}: {fault}");
        }
    }

    #[test]
    fn how_often_more_is_told_in_words() {
        let now: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        let limits = |most| DeferralLimits {
            deadline: None,
            most,
        };
        for (most, end) in [
            (None, "."),
            (Some(1), "; it cannot be put off again."),
            (Some(2), "; you can put it off once more."),
            (Some(4), "; you can put it off 3 times more."),
        ] {
            let text = told(&limits(most), now, 1);
            assert!(text.ends_with(end), "{text}");
        }
    }
}
