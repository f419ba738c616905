//! The collector, where one is set: asked before the first edit, sent the report afterwards.

use rekey_report::{Cleaning, EnrollDevice, Report};

use super::fault::Fault;
use super::session::Session;
use crate::model::Secret;
use crate::reporting::{
    Collector, Contact, Draft, Enrolment, ReportSettings, Sent, Spool, Workstation, build, bytes,
};
use crate::state::{LastRun, StateFolder};

/// What reports of this workstation look like, with or without a collector.
pub(super) struct Sender {
    settings: ReportSettings,
    workstation: Workstation,
}

impl Sender {
    pub(super) fn new(session: &Session, state: &StateFolder) -> Result<Self, Fault> {
        let set = &session.settings;
        let settings = ReportSettings {
            paths: set.report_paths,
            person: set.report_person,
            ring: set.collector.ring.clone(),
        };
        let workstation =
            Workstation::of(session.platform.as_ref(), state).map_err(Fault::failed)?;
        Ok(Self {
            settings,
            workstation,
        })
    }

    /// The very bytes that would be sent about a run, without keeping them.
    pub(super) fn preview(&self, state: &StateFolder, last: &LastRun) -> Result<Vec<u8>, Fault> {
        Ok(bytes(&self.report(state, last)?))
    }

    /// Keeps the report of a run until a collector has it.
    pub(super) fn keep(&self, state: &StateFolder, last: &LastRun) -> Result<Vec<u8>, Fault> {
        let report = self.report(state, last)?;
        Spool::open(state)
            .and_then(|spool| spool.add(&report))
            .map_err(Fault::failed)
    }

    fn report(&self, state: &StateFolder, last: &LastRun) -> Result<Report, Fault> {
        let Draft { id, sequence, .. } = Draft::of(state, last.run).map_err(Fault::failed)?;
        let (workstation, settings) = (&self.workstation, &self.settings);
        Ok(build(last, workstation, settings, id, sequence))
    }

    fn device(&self) -> EnrollDevice {
        self.workstation.enroll_device(&self.settings)
    }
}

/// The collector that is set.
pub(super) struct Center<'s> {
    session: &'s Session,
    state: &'s StateFolder,
    pub collector: Collector,
    pub sender: Sender,
}

impl<'s> Center<'s> {
    /// `None` where none is set, or nothing may go over the network.
    pub(super) fn of(session: &'s Session, state: &'s StateFolder) -> Result<Option<Self>, Fault> {
        if session.offline {
            return Ok(None);
        }
        let set = &session.settings.collector;
        // A home that is only looked at sends nothing by itself; see `Session::open`.
        let enrolled = || {
            if session.platform.hermetic() {
                return Ok(None);
            }
            Enrolment::collector(state).map_err(Fault::failed)
        };
        let url = match &set.url {
            Some(url) => Some(url.clone()),
            None => enrolled()?,
        };
        let Some(url) = url else { return Ok(None) };
        let collector = Collector::new(&url, set.ca_file.as_deref()).map_err(Fault::wrong)?;
        let sender = Sender::new(session, state)?;
        Ok(Some(Self {
            session,
            state,
            collector,
            sender,
        }))
    }

    /// Whether the admin paused cleaning.
    pub(super) fn is_paused(&self) -> bool {
        let device = self.sender.device();
        let word = self.contact(&device, self.secret()).may_clean();
        if let Some(fault) = word.fault {
            self.session
                .warn(format!("the collector was not asked: {fault}"));
        }
        word.cleaning == Cleaning::Paused
    }

    /// Sends what waits. `at_once` does so though an earlier try failed a short while ago.
    pub(super) fn send(&self, at_once: bool) -> Result<Sent, Fault> {
        let device = self.sender.device();
        self.contact(&device, self.secret())
            .send(at_once)
            .map_err(Fault::failed)
    }

    /// Ties this workstation to the collector.
    pub(super) fn enroll(&self, secret: &Secret) -> Result<Enrolment, Fault> {
        let device = self.sender.device();
        self.contact(&device, Some(secret))
            .enrol()
            .map_err(Fault::failed)
    }

    fn secret(&self) -> Option<&Secret> {
        self.session.settings.collector.enroll_secret.as_ref()
    }

    fn contact<'c>(&'c self, device: &'c EnrollDevice, secret: Option<&'c Secret>) -> Contact<'c> {
        Contact {
            state: self.state,
            collector: &self.collector,
            secret,
            device,
            now: self.session.now,
        }
    }
}

/// Says what became of the reports that waited. True where all arrived.
pub(super) fn tell(session: &Session, sent: &Sent) -> bool {
    for rejected in &sent.rejected {
        session.warn(format!("the collector will not take a report: {rejected}"));
    }
    if let Some(fault) = &sent.fault {
        session.warn(format!("the report waits on this workstation: {fault}"));
    } else if let Some(time) = sent.not_before {
        session.say(format!(
            "The report waits: the collector is tried again after {time}."
        ));
    } else if sent.delivered > 0 {
        session.say("The report has arrived at the collector.");
    }
    sent.fault.is_none() && sent.rejected.is_empty() && sent.waiting == 0
}
