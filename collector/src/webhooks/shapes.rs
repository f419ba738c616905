//! How a message looks to whoever takes it.
//!
//! Sources: Slack, "Sending messages using incoming webhooks" and "Formatting text" (api.slack.com); Microsoft, "Create
//! incoming webhooks with Workflows for Microsoft Teams" and "Adaptive Cards 1.4" (learn.microsoft.com, adaptivecards.io).

use serde_json::{Map, Value, json};

use crate::storage::{Event, Payload, Shape};

/// A chat shows so many; the rest is counted.
const LINES: usize = 10;

/// Slack's limit of a block is 3000 letters.
const LONGEST: usize = 2800;

/// The body.
pub(crate) fn body(shape: Shape, payload: &Payload) -> Value {
    match shape {
        Shape::Json | Shape::Otlp => json!(payload),
        Shape::Teams => teams(payload),
        Shape::Slack => slack(payload),
    }
}

/// Text runs are shown as they are, while a text block would read marks in the name of a machine.
fn teams(payload: &Payload) -> Value {
    let runs = |text: String| json!({ "type": "RichTextBlock", "inlines": [{ "type": "TextRun", "text": text }] });
    let mut blocks = vec![json!({
        "type": "TextBlock", "size": "Medium", "weight": "Bolder", "wrap": true, "text": title(payload),
    })];
    blocks.extend(lines(payload).into_iter().map(runs));
    json!({ "type": "message", "attachments": [{
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": null,
        "content": {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": blocks,
        },
    }] })
}

fn slack(payload: &Payload) -> Value {
    let title = title(payload);
    let text = lines(payload).join("\n");
    let text: String = text.chars().take(LONGEST).collect();
    json!({
        "text": escaped(&title),
        "blocks": [
            { "type": "header", "text": { "type": "plain_text", "text": title, "emoji": false } },
            { "type": "section", "text": { "type": "plain_text", "text": text, "emoji": false } },
        ],
    })
}

/// What Slack would read as a link or as a call to everybody.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn title(payload: &Payload) -> String {
    let parts = payload.counts.iter().map(|(word, count)| {
        let label = Event::of(word).map_or_else(|| word.clone(), |event| label(event).to_owned());
        format!("{label}: {count}")
    });
    let title = format!("rekey – {}", parts.collect::<Vec<_>>().join(", "));
    title.chars().take(150).collect()
}

fn lines(payload: &Payload) -> Vec<String> {
    let mut lines: Vec<_> = payload.events.iter().take(LINES).map(sentence).collect();
    let left = payload
        .counts
        .values()
        .sum::<u64>()
        .saturating_sub(lines.len() as u64);
    if left > 0 {
        lines.push(format!("… and {left} more."));
    }
    lines
}

/// An event as people read it in a list.
pub(crate) const fn label(event: Event) -> &'static str {
    match event {
        Event::DeviceStateChanged => "Workstations with a new state",
        Event::FirstReport => "First reports",
        Event::DeviceCloned => "Copied workstations",
        Event::SshKeysToClear => "SSH keys for Support",
        Event::CleaningPaused => "Cleaning paused",
        Event::CleaningResumed => "Cleaning allowed again",
        Event::OrganizationComplete => "Organizations complete",
        Event::AuditEntry => "Entries of the audit log",
        Event::Test => "Test",
    }
}

/// One event in one sentence.
pub(crate) fn sentence(event: &Map<String, Value>) -> String {
    let text = |field: &str| event.get(field).and_then(Value::as_str).unwrap_or_default();
    let device = || match text("person") {
        "" => text("machine").to_owned(),
        person => format!("{} ({person})", text("machine")),
    };
    let ring = || match text("ring") {
        "" => "all workstations".to_owned(),
        ring => format!("the ring {ring}"),
    };
    match Event::of(text("event")) {
        Some(Event::DeviceStateChanged) => {
            format!(
                "{} is {}; it was {}.",
                device(),
                text("state"),
                text("state_before")
            )
        }
        Some(Event::FirstReport) => {
            format!("{} sent its first report: {}.", device(), text("state"))
        }
        Some(Event::DeviceCloned) => format!("{} is reported by two machines.", device()),
        Some(Event::SshKeysToClear) => {
            let keys = event
                .get("keys")
                .and_then(Value::as_array)
                .map_or(0, Vec::len);
            format!(
                "{} has SSH keys that Support must clear: {keys} new.",
                device()
            )
        }
        Some(Event::CleaningPaused) => format!("Cleaning is paused for {}.", ring()),
        Some(Event::CleaningResumed) => format!("Cleaning is allowed again for {}.", ring()),
        Some(Event::OrganizationComplete) => {
            format!(
                "Every workstation that reports on {} is compliant.",
                text("organization")
            )
        }
        Some(Event::AuditEntry) => {
            format!("{}: {} {}.", text("who"), text("action"), text("subject"))
        }
        Some(Event::Test) => "This is a test. Nothing has changed.".to_owned(),
        None => text("event").to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn payload(machine: &str, count: u64) -> Payload {
        let events = (0..count.min(100)).map(|_| {
            json!({ "event": "device-state-changed", "at": "2026-11-23T12:00:00Z", "machine": machine,
                "person": null, "state": "compliant", "state_before": "failed" })
        });
        serde_json::from_value(json!({
            "schema": "rekey.webhook/1", "id": "1", "at": "2026-11-23T12:00:00Z",
            "counts": { "device-state-changed": count }, "more": count.saturating_sub(100),
            "events": events.collect::<Vec<_>>(),
        }))
        .unwrap()
    }

    #[test]
    fn ten_thousand_changes_are_one_short_message() {
        for shape in [Shape::Teams, Shape::Slack] {
            let body = body(shape, &payload("CONTOSO-LT-07", 10_000)).to_string();
            assert!(
                body.contains("Workstations with a new state: 10000"),
                "{body}"
            );
            assert!(body.contains("… and 9990 more."), "{body}");
            assert!(body.len() < 4000);
        }
    }

    #[test]
    fn a_name_is_no_markup() {
        let slack = body(Shape::Slack, &payload("<!channel>", 1));
        assert_eq!(slack["blocks"][1]["text"]["type"], "plain_text");
        let teams = body(Shape::Teams, &payload("[x](https://evil.example)", 1));
        let line = &teams["attachments"][0]["content"]["body"][1];
        assert_eq!(line["type"], "RichTextBlock");
        assert_eq!(
            line["inlines"][0]["text"],
            "[x](https://evil.example) is compliant; it was failed."
        );
    }

    #[test]
    fn every_event_has_a_sentence_of_its_own() {
        for event in Event::ALL {
            let told = json!({ "event": event.as_str(), "machine": "M" });
            let sentence = sentence(told.as_object().unwrap());
            assert!(
                sentence.ends_with('.') && sentence != event.as_str(),
                "{sentence}"
            );
        }
    }
}
