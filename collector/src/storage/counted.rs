//! What a device adds to the numbers. Pure: the difference between before and after is what a writer adds to the
//! summaries, so that nobody ever has to count all devices.

use std::collections::BTreeMap;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted<'a> {
    /// What an admin sees of it.
    pub(crate) status: DeviceStatus,
    pub(crate) system: &'a str,
    pub(crate) ring: &'a str,
    pub(crate) agent: &'a str,
    pub(crate) person: &'a str,
    pub(crate) declared: bool,
    pub(crate) findings: Counts,
    pub(crate) organizations: &'a [OrganizationStanding],
    pub(crate) stores: &'a BTreeMap<String, Counts>,
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
    pub(crate) fn change(&mut self, before: Option<Counted<'_>>, after: Option<Counted<'_>>) {
        if before == after {
            return;
        }
        for (counted, sign) in [(before, -1), (after, 1)] {
            if let Some(counted) = counted {
                self.add(counted, sign);
            }
        }
    }

    fn add(&mut self, counted: Counted<'_>, sign: i64) {
        let status = counted.status.as_str();
        let declared = counted.declared;
        for (dimension, key) in [
            (Dimension::All, ""),
            (Dimension::System, counted.system),
            (Dimension::Ring, counted.ring),
            (Dimension::Agent, counted.agent),
        ] {
            self.sum(dimension, key.to_owned(), status)
                .add(counted.findings, declared, sign);
        }
        let silent = counted.status == DeviceStatus::Silent;
        for organization in counted.organizations {
            let status = DeviceStatus::of(Some(organization.state), silent).as_str();
            self.sum(Dimension::Organization, organization.key(), status)
                .add(organization.findings, declared, sign);
        }
        for (store, findings) in counted.stores {
            self.sum(Dimension::Place, store.clone(), status)
                .add(*findings, declared, sign);
        }
        let person = self.people.entry(counted.person.to_owned()).or_default();
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
    use rekey_report::DeviceState;

    use super::*;

    fn stores() -> BTreeMap<String, Counts> {
        BTreeMap::from([("npm".into(), COUNTS)])
    }

    fn organizations() -> [OrganizationStanding; 1] {
        [OrganizationStanding {
            name: "Contoso".into(),
            state: DeviceState::ActionNeeded,
            gated: false,
            findings: COUNTS,
        }]
    }

    const COUNTS: Counts = Counts {
        stale: 2,
        unsure: 1,
    };

    fn device<'a>(
        status: DeviceStatus,
        organizations: &'a [OrganizationStanding],
        stores: &'a BTreeMap<String, Counts>,
    ) -> Counted<'a> {
        Counted {
            status,
            system: "linux",
            ring: "",
            agent: "0.1.0",
            person: "kim@contoso.example",
            declared: false,
            findings: COUNTS,
            organizations,
            stores,
        }
    }

    #[test]
    fn an_unchanged_device_changes_no_sum() {
        let mut differences = Differences::default();
        let (organizations, stores) = (organizations(), stores());
        let compliant = DeviceStatus::Reported(DeviceState::Compliant);
        let same = device(compliant, &organizations, &stores);
        differences.change(Some(same), Some(same));
        assert!(differences.sums.is_empty() && differences.people.is_empty());
    }

    #[test]
    fn a_device_moves_from_one_state_to_the_other_in_every_sum() {
        let (organizations, stores) = (organizations(), stores());
        let needed = DeviceStatus::Reported(DeviceState::ActionNeeded);
        let before = device(needed, &organizations, &stores);
        let after = device(DeviceStatus::Silent, &organizations, &stores);
        let mut differences = Differences::default();
        differences.change(Some(before), Some(after));
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
        let (organizations, stores) = (organizations(), stores());
        let one = device(DeviceStatus::NotReported, &organizations, &stores);
        let mut differences = Differences::default();
        differences.change(None, Some(one));
        differences.change(Some(one), None);
        differences.drop_zeros();
        assert!(differences.sums.is_empty() && differences.people.is_empty());
    }
}
