//! What a list of devices is cut by, as fields of a form and as chips that take one condition away each.

use super::parts::address;
use super::words;
use crate::storage::{DeviceFilter, Mark, Sort};

/// The filter as texts; empty where nothing is asked.
pub(super) struct Fields {
    pub(super) state: String,
    pub(super) organization: String,
    pub(super) place: String,
    pub(super) system: String,
    pub(super) ring: String,
    pub(super) person: String,
    pub(super) agent: String,
    pub(super) mark: String,
    pub(super) search: String,
    pub(super) sort: String,
}

/// One condition; the link shows the list without it.
pub(super) struct Chip {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) without: String,
}

/// One entry of a choice.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

impl Choice {
    /// Names are compared without case; what was asked for is among them, also where it is not known.
    pub(super) fn all(
        values: impl Iterator<Item = String>,
        chosen: &str,
        label: impl Fn(&str) -> &str,
    ) -> Vec<Self> {
        let mut choices: Vec<_> = values
            .map(|value| Self {
                label: label(&value).to_owned(),
                chosen: value.to_lowercase() == chosen.to_lowercase(),
                value,
            })
            .collect();
        if !chosen.is_empty() && !choices.iter().any(|choice| choice.chosen) {
            choices.push(Self {
                value: chosen.to_owned(),
                label: chosen.to_owned(),
                chosen: true,
            });
        }
        choices
    }
}

pub(super) fn sorts(chosen: &str) -> Vec<Choice> {
    Sort::ALL
        .into_iter()
        .map(|sort| Choice {
            value: match sort {
                Sort::Name => String::new(),
                _ => sort.as_str().to_owned(),
            },
            label: match sort {
                Sort::Name => "Name".to_owned(),
                Sort::Heard => "Heard longest ago".to_owned(),
                Sort::Remaining => "Most left".to_owned(),
            },
            chosen: sort.as_str() == chosen || (sort == Sort::Name && chosen.is_empty()),
        })
        .collect()
}

impl Fields {
    pub(super) fn of(filter: &DeviceFilter) -> Self {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Self {
            state: text(&filter.state),
            organization: text(&filter.organization),
            place: text(&filter.store),
            system: text(&filter.system),
            ring: text(&filter.ring),
            person: text(&filter.person),
            agent: text(&filter.agent),
            mark: filter.mark.map_or("", Mark::as_str).to_owned(),
            search: text(&filter.search),
            sort: match filter.sort {
                Sort::Name => String::new(),
                sort => sort.as_str().to_owned(),
            },
        }
    }

    /// For an address.
    pub(super) fn asked(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("state", &self.state),
            ("organization", &self.organization),
            ("place", &self.place),
            ("system", &self.system),
            ("ring", &self.ring),
            ("person", &self.person),
            ("agent", &self.agent),
            ("mark", &self.mark),
            ("q", &self.search),
            ("sort", &self.sort),
        ]
    }

    pub(super) fn chips(&self) -> Vec<Chip> {
        let asked = self.asked();
        asked
            .iter()
            .filter(|(field, value)| !value.is_empty() && *field != "sort")
            .map(|(field, value)| {
                let others: Vec<_> = asked
                    .iter()
                    .filter(|(other, _)| other != field)
                    .copied()
                    .collect();
                Chip {
                    name: name(field),
                    value: shown(field, value).to_owned(),
                    without: address("/devices", &others),
                }
            })
            .collect()
    }
}

fn name(field: &str) -> &'static str {
    match field {
        "state" => "State",
        "organization" => "Organization",
        "place" => "Place",
        "system" => "System",
        "ring" => "Ring",
        "person" => "Person",
        "agent" => "Agent",
        "mark" => "With",
        _ => "Search",
    }
}

fn shown<'a>(field: &str, value: &'a str) -> &'a str {
    match field {
        "state" => words::state(value),
        "system" => words::system(value),
        "mark" => words::mark(value),
        // A key of a person without a name is theirs alone and says nothing.
        "person" if value.starts_with('#') => "name not reported",
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chip_takes_only_its_own_condition_away() {
        let filter = DeviceFilter {
            state: Some("silent".into()),
            store: Some("npm".into()),
            sort: Sort::Heard,
            ..DeviceFilter::default()
        };
        let chips = Fields::of(&filter).chips();
        let told: Vec<_> = chips
            .iter()
            .map(|chip| (chip.name, chip.value.as_str(), chip.without.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("State", "Silent", "/devices?place=npm&sort=heard"),
                ("Place", "npm", "/devices?state=silent&sort=heard"),
            ]
        );
    }

    #[test]
    fn what_is_asked_for_can_always_be_chosen() {
        let values = || ["contoso".to_owned()].into_iter();
        let known = Choice::all(values(), "Contoso", |name| name);
        assert!(known.len() == 1 && known[0].chosen);
        let unknown = Choice::all(values(), "fabrikam", |name| name);
        assert!(unknown.len() == 2 && unknown[1].chosen);
    }
}
