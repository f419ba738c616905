//! Talking to the collector: enrolling, asking whether cleaning is allowed, sending.

use jiff::Timestamp;
use rekey_report::{AgentAnswer, Cleaning, EnrollDevice, EnrollRequest, Enrolled};
use serde::{Deserialize, Serialize};

use super::SendFault;
use super::enrolment::Enrolment;
use super::sending::Sending;
use super::transport::Collector;
use crate::model::Secret;
use crate::network::{Answer, Client, Deadline, Request};
use crate::state::{StateFault, StateFolder};

const AGENT: &str = "agent.json";

/// This workstation and its collector.
#[derive(Debug, Clone, Copy)]
pub struct Contact<'a> {
    /// rekey's own folder.
    pub state: &'a StateFolder,
    /// The collector.
    pub collector: &'a Collector,
    /// The enrolment secret, where policy or the person gives one.
    pub secret: Option<&'a Secret>,
    /// Who enrols.
    pub device: &'a EnrollDevice,
    /// The time.
    pub now: Timestamp,
}

/// The collector's word on cleaning.
#[derive(Debug)]
pub struct Word {
    /// Whether anything may be changed.
    pub cleaning: Cleaning,
    /// Why the collector was not heard this time; the word is then its last one, or `allowed`.
    pub fault: Option<SendFault>,
}

/// `agent.json`.
#[derive(Serialize, Deserialize)]
struct LastWord {
    collector: String,
    cleaning: Cleaning,
    at: Timestamp,
}

impl Contact<'_> {
    /// Enrols anew, whatever was before.
    pub fn enrol(&self) -> Result<Enrolment, SendFault> {
        let client = self.collector.client()?;
        let deadline = Deadline::after(self.collector.timing.request);
        let enrolment = self.enrol_with(&client, deadline)?;
        // What made earlier runs fail is mended.
        let mut sending = Sending::load(self.state)?;
        sending.succeeded();
        sending.save(self.state)?;
        Ok(enrolment)
    }

    /// Asks whether cleaning is allowed; enrols before where that is missing and a secret is there. It never takes
    /// longer than its limit, and never fails: the last known word counts then.
    pub fn may_clean(&self) -> Word {
        match self.ask() {
            Ok(cleaning) => {
                let fault = self.remember(cleaning).err().map(SendFault::State);
                Word { cleaning, fault }
            }
            Err(fault) => {
                tracing::warn!(%fault, "the collector did not say whether cleaning is allowed");
                Word {
                    cleaning: self.last_word().unwrap_or(Cleaning::Allowed),
                    fault: Some(fault),
                }
            }
        }
    }

    fn ask(&self) -> Result<Cleaning, SendFault> {
        let client = self.collector.client()?;
        let deadline = Deadline::after(self.collector.timing.question);
        let mut enrolment = self.enrolment(&client, deadline)?;
        let mut answer = self.ask_as(&client, &enrolment, deadline)?;
        // Forgotten: the admin's pause holds all the same.
        if answer.status == 401 && self.secret.is_some() {
            enrolment = self.enrol_with(&client, deadline)?;
            answer = self.ask_as(&client, &enrolment, deadline)?;
        }
        if answer.status != 200 {
            return Err(self.refused(&answer, &enrolment));
        }
        serde_json::from_slice::<AgentAnswer>(&answer.body)
            .map(|answer| answer.cleaning)
            .map_err(|_| self.collector.odd("its word on cleaning cannot be read"))
    }

    fn ask_as(
        &self,
        client: &Client,
        enrolment: &Enrolment,
        deadline: Deadline,
    ) -> Result<Answer, SendFault> {
        let request = Request::get(self.collector.url("api/v1/agent"))
            .bearer(&enrolment.token)
            .map_err(|fault| self.collector.fault(fault))?;
        self.collector.call(client, request, deadline)
    }

    fn remember(&self, cleaning: Cleaning) -> Result<(), StateFault> {
        let word = LastWord {
            collector: self.collector.name().to_owned(),
            cleaning,
            at: self.now,
        };
        self.state.write_json(AGENT, &word)
    }

    fn last_word(&self) -> Option<Cleaning> {
        let word: LastWord = self.state.read_json(AGENT).ok()??;
        (word.collector == self.collector.name()).then_some(word.cleaning)
    }

    /// The enrolment of before, or a new one.
    pub(super) fn enrolment(
        &self,
        client: &Client,
        deadline: Deadline,
    ) -> Result<Enrolment, SendFault> {
        match Enrolment::load(self.state, self.collector)? {
            Some(enrolment) => Ok(enrolment),
            None => self.enrol_with(client, deadline),
        }
    }

    pub(super) fn enrol_with(
        &self,
        client: &Client,
        deadline: Deadline,
    ) -> Result<Enrolment, SendFault> {
        let name = || self.collector.name().to_owned();
        let secret = self
            .secret
            .ok_or_else(|| SendFault::NotEnrolled { collector: name() })?;
        let request = EnrollRequest {
            secret: secret.expose().to_owned(),
            device: self.device.clone(),
        };
        let request = Request::post(self.collector.url("api/v1/enroll"))
            .json(&request)
            .map_err(|fault| self.collector.fault(fault))?;
        let answer = self.collector.call(client, request, deadline)?;
        match answer.status {
            200 | 201 => {}
            401 | 403 => return Err(SendFault::UnknownSecret { collector: name() }),
            _ => return Err(self.collector.refused(&answer, &[secret])),
        }
        let enrolled: Enrolled = serde_json::from_slice(&answer.body)
            .map_err(|_| self.collector.odd("its enrolment cannot be read"))?;
        let enrolment = Enrolment {
            device_id: enrolled.device_id,
            token: Secret::new(enrolled.token),
        };
        enrolment.save(self.state, self.collector)?;
        tracing::info!(collector = self.collector.name(), "enrolled");
        Ok(enrolment)
    }

    pub(super) fn refused(&self, answer: &Answer, enrolment: &Enrolment) -> SendFault {
        self.collector.refused(answer, &self.secrets(enrolment))
    }

    /// What the collector must not be heard saying.
    pub(super) fn secrets<'s>(&'s self, enrolment: &'s Enrolment) -> Vec<&'s Secret> {
        std::iter::once(&enrolment.token)
            .chain(self.secret)
            .collect()
    }
}

#[cfg(test)]
#[path = "contact_tests.rs"]
mod tests;
