//! The tie between this workstation and a collector: `enrolment.json`.

use serde::{Deserialize, Serialize};

use super::transport::Collector;
use crate::model::Secret;
use crate::state::{StateFault, StateFolder};

const NAME: &str = "enrolment.json";

/// The device's id and token at one collector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// Names the enrolment at the collector.
    pub device_id: String,
    /// Opens the collector for this device.
    pub token: Secret,
}

/// The file, which is the owner's alone.
#[derive(Serialize, Deserialize)]
struct Stored {
    collector: String,
    device_id: String,
    token: String,
}

impl Enrolment {
    /// The enrolment at that collector; a token for another one is no use, and is never shown to this one.
    pub fn load(state: &StateFolder, collector: &Collector) -> Result<Option<Self>, StateFault> {
        let stored: Option<Stored> = state.read_json(NAME)?;
        Ok(stored
            .filter(|stored| stored.collector == collector.name())
            .map(|stored| Self {
                device_id: stored.device_id,
                token: Secret::new(stored.token),
            }))
    }

    /// The address of the collector that this workstation is tied to.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn collector(state: &StateFolder) -> Result<Option<String>, StateFault> {
        let stored: Option<Stored> = state.read_json(NAME)?;
        Ok(stored.map(|stored| stored.collector))
    }

    pub(super) fn save(
        &self,
        state: &StateFolder,
        collector: &Collector,
    ) -> Result<(), StateFault> {
        let stored = Stored {
            collector: collector.name().to_owned(),
            device_id: self.device_id.clone(),
            token: self.token.expose().to_owned(),
        };
        state.write_json(NAME, &stored)
    }
}
