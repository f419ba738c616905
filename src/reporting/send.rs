//! Sends what waits, the oldest first, and forgets only what the collector has for good.

use std::fmt;
use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::CONTENT_ENCODING;
use jiff::Timestamp;
use rekey_report::Receipt;
use uuid::Uuid;

use super::SendFault;
use super::contact::Contact;
use super::enrolment::Enrolment;
use super::sending::{Sending, below};
use super::spool::Spool;
use super::transport::words;
use crate::network::{Answer, Client, Deadline, Request};

/// How many requests of one run may fail before it gives up.
const TRIES: u32 = 2;

/// What became of the reports that waited.
#[derive(Debug, Default)]
pub struct Sent {
    /// How many the collector has now.
    pub delivered: u32,
    /// How many still wait.
    pub waiting: u32,
    /// Those that it will never take, with its words; they are put aside.
    pub rejected: Vec<String>,
    /// Why it ended early.
    pub fault: Option<SendFault>,
    /// Nothing was tried: an earlier run failed, and runs leave the collector alone until then.
    pub not_before: Option<Timestamp>,
}

/// One line for each thing that a person should know.
impl fmt::Display for Sent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reports = |count: u32| match count {
            1 => "1 report".to_owned(),
            more => format!("{more} reports"),
        };
        let mut lines = Vec::new();
        if self.delivered > 0 {
            lines.push(format!("{} delivered", reports(self.delivered)));
        }
        for words in &self.rejected {
            lines.push(format!(
                "the collector takes this report never, so it is put aside in the spool: {words}"
            ));
        }
        lines.extend(self.fault.as_ref().map(ToString::to_string));
        if self.waiting > 0 {
            let when = self.not_before.map_or_else(
                || "a later run sends what waits".to_owned(),
                |time| format!("runs try again from {time:.0} on, `rekey report --send` at once"),
            );
            lines.push(format!("waiting here: {}; {when}", reports(self.waiting)));
        }
        if lines.is_empty() {
            lines.push("no report waits".to_owned());
        }
        formatter.write_str(&lines.join("\n"))
    }
}

/// What to do after an answer.
enum Next {
    Delivered,
    Rejected(String),
    EnrolAgain(SendFault),
    TryAgain(SendFault),
    GiveUp(SendFault),
}

impl Contact<'_> {
    /// Sends what waits. `at_once` is for a person who asks: it heeds no pause of earlier runs.
    ///
    /// # Errors
    /// Only where rekey's own folder cannot be used; what the collector does is in [`Sent::fault`].
    pub fn send(&self, at_once: bool) -> Result<Sent, SendFault> {
        let spool = Spool::open(self.state)?;
        let mut sent = Sent::default();
        let waiting = spool.waiting()?;
        let mut sending = Sending::load(self.state)?;
        sent.not_before = sending.not_before(self.now).filter(|_| !at_once);
        if sent.not_before.is_none() && !waiting.is_empty() {
            let mut asked_pause = None;
            let result = self.collector.client().and_then(|client| {
                self.send_all(&client, &spool, &waiting, &mut sent, &mut asked_pause)
            });
            match result {
                Ok(()) => sending.succeeded(),
                Err(SendFault::State(fault)) => return Err(fault.into()),
                Err(fault @ SendFault::NotEnrolled { .. }) => sent.fault = Some(fault),
                Err(fault) => {
                    tracing::warn!(%fault, "reports wait");
                    sending.failed(self.now, asked_pause);
                    sent.fault = Some(fault);
                }
            }
            sending.save(self.state)?;
        }
        sent.waiting = u32::try_from(spool.waiting()?.len()).unwrap_or(u32::MAX);
        Ok(sent)
    }

    fn send_all(
        &self,
        client: &Client,
        spool: &Spool<'_>,
        waiting: &[Uuid],
        sent: &mut Sent,
        asked_pause: &mut Option<u64>,
    ) -> Result<(), SendFault> {
        let deadline = Deadline::after(self.collector.timing.sending);
        let mut enrolment = self.enrolment(client, deadline)?;
        let mut enrolled_again = false;
        let mut failures = 0;
        for &id in waiting {
            let Some(bytes) = spool.read(id)? else {
                continue;
            };
            loop {
                let next = match self.post(client, &enrolment, &bytes, deadline) {
                    Ok(answer) => {
                        *asked_pause = answer.retry_after_seconds();
                        self.judge(&answer, id, &enrolment)
                    }
                    Err(fault) => Next::TryAgain(fault),
                };
                match next {
                    Next::Delivered => {
                        spool.delivered(id)?;
                        tracing::info!(report = %id, "delivered");
                        sent.delivered += 1;
                        break;
                    }
                    Next::Rejected(words) => {
                        spool.reject(id)?;
                        tracing::warn!(report = %id, words, "rejected for good");
                        sent.rejected.push(words);
                        break;
                    }
                    Next::EnrolAgain(_) if !enrolled_again && self.secret.is_some() => {
                        enrolled_again = true;
                        enrolment = self.enrol_with(client, deadline)?;
                    }
                    Next::TryAgain(fault) => {
                        failures += 1;
                        if failures >= TRIES {
                            return Err(fault);
                        }
                        self.pause();
                    }
                    Next::EnrolAgain(fault) | Next::GiveUp(fault) => return Err(fault),
                }
            }
        }
        Ok(())
    }

    /// A pause with full jitter.
    fn pause(&self) {
        let longest = u64::try_from(self.collector.timing.pause.as_millis()).unwrap_or(0);
        std::thread::sleep(Duration::from_millis(below(longest)));
    }

    fn post(
        &self,
        client: &Client,
        enrolment: &Enrolment,
        bytes: &[u8],
        deadline: Deadline,
    ) -> Result<Answer, SendFault> {
        let request = Request::post(self.collector.url("api/v1/reports"))
            .body("application/json", compressed(bytes)?)
            .header(CONTENT_ENCODING, "gzip")
            .bearer(&enrolment.token)
            .map_err(|fault| self.collector.fault(fault))?;
        self.collector.call(client, request, deadline)
    }

    fn judge(&self, answer: &Answer, id: Uuid, enrolment: &Enrolment) -> Next {
        let refused = || self.refused(answer, enrolment);
        match answer.status {
            202 => match serde_json::from_slice::<Receipt>(&answer.body) {
                Ok(receipt) if receipt.id == id => Next::Delivered,
                _ => Next::GiveUp(self.collector.odd("its receipt is not for this report")),
            },
            400 | 413 | 415 | 422 => {
                let words = words(answer, &self.secrets(enrolment));
                Next::Rejected(format!("{id}: {words} ({})", answer.status))
            }
            401 => Next::EnrolAgain(if self.secret.is_some() {
                refused()
            } else {
                SendFault::NotEnrolled {
                    collector: self.collector.name().to_owned(),
                }
            }),
            // It asked for a pause, so this run asks no more.
            429 | 503 if answer.retry_after_seconds().is_some() => Next::GiveUp(refused()),
            408 | 429 | 500..=599 => Next::TryAgain(refused()),
            _ => Next::GiveUp(refused()),
        }
    }
}

fn compressed(bytes: &[u8]) -> Result<Vec<u8>, SendFault> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .map_err(|error| SendFault::Client(error.to_string()))
}

#[cfg(test)]
#[path = "send_tests.rs"]
mod tests;
