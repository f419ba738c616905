//! What a device adds to the numbers. Pure: the difference between before and after is what a writer adds to the
//! summaries, so that nobody ever has to count all devices.

use std::collections::BTreeMap;

use rekey_report::DeviceState;

use super::devices::DeviceStatus;
use crate::standing::{Counts, OrganizationStanding};

/// The key of a sum in the summaries.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SumKey {
    /// What is summed over: all, an organization, a place, a system, a ring.
    pub(crate) dimension: Dimension,
    /// Which one of them; empty for all.
    pub(crate) key: String,
    /// The status in which the devices are.
    pub(crate) status: &'static str,
}

/// By what devices are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dimension {
    All,
    Organization,
    Place,
    System,
    Ring,
    /// The agent's version.
    Agent,
    /// SSH keys instead of devices, by organization.
    SshKey,
    /// People instead of devices.
    Person,
}

impl Dimension {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Organization => "organization",
            Self::Place => "place",
            Self::System => "system",
            Self::Ring => "ring",
            Self::Agent => "agent",
            Self::SshKey => "ssh-key",
            Self::Person => "person",
        }
    }
}

/// What is added to a sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) members: i64,
    pub(crate) declared: i64,
    pub(crate) stale: i64,
    pub(crate) unsure: i64,
}

impl Sum {
    fn add(&mut self, findings: Counts, declared: bool, sign: i64) {
        self.members += sign;
        self.declared += sign * i64::from(declared);
        self.stale += sign * i64::from(findings.stale);
        self.unsure += sign * i64::from(findings.unsure);
    }
}

/// A device as it is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) said: Option<DeviceState>,
    pub(crate) silent: bool,
    pub(crate) system: String,
    pub(crate) ring: String,
    pub(crate) agent: String,
    pub(crate) person: String,
    pub(crate) declared: bool,
    pub(crate) findings: Counts,
    pub(crate) organizations: Vec<OrganizationStanding>,
    pub(crate) stores: BTreeMap<String, Counts>,
}

impl Counted {
    /// What an admin sees of the device.
    pub(crate) fn status(&self) -> DeviceStatus {
        match self.said {
            _ if self.silent => DeviceStatus::Silent,
            Some(state) => DeviceStatus::Reported(state),
            None => DeviceStatus::NotReported,
        }
    }

    /// What an admin sees of the device for one organization.
    pub(crate) fn status_for(&self, organization: &OrganizationStanding) -> DeviceStatus {
        if self.silent {
            DeviceStatus::Silent
        } else {
            DeviceStatus::Reported(organization.state)
        }
    }
}

/// What changes in the sums by a number of devices.
#[derive(Debug, Default)]
pub(crate) struct Differences {
    pub(crate) sums: BTreeMap<SumKey, Sum>,
    /// By person, then by status: how many devices more or fewer.
    pub(crate) people: BTreeMap<String, BTreeMap<&'static str, i64>>,
}

impl Differences {
    /// A device that was counted as `before` and now as `after`; none where it was or is not there.
    pub(crate) fn change(&mut self, before: Option<&Counted>, after: Option<&Counted>) {
        if before == after {
            return;
        }
        for (counted, sign) in [(before, -1), (after, 1)] {
            if let Some(counted) = counted {
                self.add(counted, sign);
            }
        }
    }

    fn add(&mut self, counted: &Counted, sign: i64) {
        let status = counted.status().as_str();
        let declared = counted.declared;
        for (dimension, key) in [
            (Dimension::All, ""),
            (Dimension::System, counted.system.as_str()),
            (Dimension::Ring, counted.ring.as_str()),
            (Dimension::Agent, counted.agent.as_str()),
        ] {
            self.sum(dimension, key.to_owned(), status)
                .add(counted.findings, declared, sign);
        }
        for organization in &counted.organizations {
            let status = counted.status_for(organization).as_str();
            self.sum(Dimension::Organization, organization.key(), status)
                .add(organization.findings, declared, sign);
        }
        for (store, findings) in &counted.stores {
            self.sum(Dimension::Place, store.clone(), status)
                .add(*findings, declared, sign);
        }
        let person = self.people.entry(counted.person.clone()).or_default();
        *person.entry(status).or_default() += sign;
    }

    fn sum(&mut self, dimension: Dimension, key: String, status: &'static str) -> &mut Sum {
        let key = SumKey {
            dimension,
            key,
            status,
        };
        self.sums.entry(key).or_default()
    }

    /// Leaves only what differs, so that unchanged devices cost no write.
    pub(crate) fn drop_zeros(&mut self) {
        self.sums.retain(|_, sum| *sum != Sum::default());
        for person in self.people.values_mut() {
            person.retain(|_, count| *count != 0);
        }
        self.people.retain(|_, statuses| !statuses.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(said: Option<DeviceState>) -> Counted {
        Counted {
            said,
            silent: false,
            system: "linux".into(),
            ring: String::new(),
            agent: "0.1.0".into(),
            person: "kim@contoso.example".into(),
            declared: false,
            findings: Counts {
                stale: 2,
                unsure: 1,
            },
            organizations: vec![OrganizationStanding {
                name: "Contoso".into(),
                state: DeviceState::ActionNeeded,
                gated: false,
                findings: Counts {
                    stale: 2,
                    unsure: 1,
                },
            }],
            stores: BTreeMap::from([(
                "npm".into(),
                Counts {
                    stale: 2,
                    unsure: 1,
                },
            )]),
        }
    }

    #[test]
    fn an_unchanged_device_changes_no_sum() {
        let mut differences = Differences::default();
        let same = device(Some(DeviceState::Compliant));
        differences.change(Some(&same), Some(&same));
        assert!(differences.sums.is_empty() && differences.people.is_empty());
    }

    #[test]
    fn a_device_moves_from_one_state_to_the_other_in_every_sum() {
        let before = device(Some(DeviceState::ActionNeeded));
        let after = Counted {
            silent: true,
            ..before.clone()
        };
        let mut differences = Differences::default();
        differences.change(Some(&before), Some(&after));
        differences.drop_zeros();
        assert_eq!(differences.sums.len(), 12, "six sums lose, six gain");
        let of = |status| SumKey {
            dimension: Dimension::Organization,
            key: "contoso".into(),
            status,
        };
        assert_eq!(differences.sums[&of("action-needed")].members, -1);
        assert_eq!(differences.sums[&of("silent")].stale, 2);
        let person = &differences.people["kim@contoso.example"];
        assert_eq!((person["action-needed"], person["silent"]), (-1, 1));
    }

    #[test]
    fn what_comes_and_goes_again_leaves_nothing() {
        let one = device(None);
        let mut differences = Differences::default();
        differences.change(None, Some(&one));
        differences.change(Some(&one), None);
        differences.drop_zeros();
        assert!(differences.sums.is_empty() && differences.people.is_empty());
    }
}
