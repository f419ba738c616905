//! A workstation that forgets a report only when the collector has acknowledged it.

use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::sample;
use crate::support::FirstLines;

pub(crate) struct Sender {
    machine: String,
    token: String,
    random: StdRng,
    sequence: u64,
    /// Made and not acknowledged yet.
    spool: Option<Value>,
    /// In this order; the last is how the device stands.
    pub(crate) acknowledged: Vec<Value>,
}

/// How a try to send ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    Acknowledged,
    /// The collector says that its database is away.
    Unavailable,
    /// Nobody answers.
    Gone,
}

impl Sender {
    pub(crate) async fn enroll(
        client: &Client,
        url: &str,
        first: &FirstLines,
        number: u64,
    ) -> Self {
        let machine = format!("CONTOSO-{number:02}");
        let body = sample::enrolment(&first.secret, &machine, "sam");
        let request = client.post(format!("{url}/api/v1/enroll")).json(&body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let answer: Value = answer.json().await.unwrap();
        Self {
            machine,
            token: answer["token"].as_str().unwrap().to_owned(),
            random: StdRng::seed_from_u64(number),
            sequence: 0,
            spool: None,
            acknowledged: Vec::new(),
        }
    }

    pub(crate) async fn send(&mut self, client: &Client, url: &str) -> Sent {
        if self.spool.is_none() {
            self.spool = Some(self.next_report());
        }
        let report = self.spool.as_ref().unwrap();
        let request = client.post(format!("{url}/api/v1/reports"));
        let Ok(answer) = request.bearer_auth(&self.token).json(report).send().await else {
            return Sent::Gone;
        };
        let status = answer.status();
        // A receipt that was cut short is none.
        let Ok(said) = answer.json::<Value>().await else {
            return Sent::Gone;
        };
        match status {
            StatusCode::ACCEPTED => {
                assert_eq!(said["id"], report["id"]);
                self.acknowledged.extend(self.spool.take());
                Sent::Acknowledged
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                assert_eq!(said["error"], "storage-unavailable");
                Sent::Unavailable
            }
            other => panic!("{other}: {said}"),
        }
    }

    /// Sends one after the other until nobody answers, and adds one for each that is acknowledged.
    pub(crate) async fn send_while_it_answers(
        &mut self,
        client: &Client,
        url: &str,
        count: &Semaphore,
    ) {
        loop {
            match self.send(client, url).await {
                Sent::Acknowledged => count.add_permits(1),
                Sent::Gone => return,
                Sent::Unavailable => panic!("its database is there"),
            }
        }
    }

    fn next_report(&mut self) -> Value {
        self.sequence += 1;
        let minutes = i64::try_from(self.sequence).unwrap();
        let begin: Timestamp = "2026-01-05T08:00:00Z".parse().unwrap();
        let scanned_at = (begin + SignedDuration::from_mins(minutes)).to_string();
        let mut report = if self.random.random() {
            sample::clean(&self.machine, "sam", &scanned_at)
        } else {
            sample::full(&self.machine, "sam", &scanned_at)
        };
        report["sequence"] = json!(self.sequence);
        report
    }
}
