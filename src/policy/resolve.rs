//! Layers into settings: the first that sets a key wins, and nobody below machine policy widens it.

use std::path::PathBuf;

use jiff::Timestamp;
use uuid::Uuid;

use super::keys::KeyKind;
use super::layer::{Layer, LayerOrganization, Origin, PolicyFault};
use super::{Leave, ReportPaths, ReportPerson};
use crate::judge::Pats;
use crate::model::{DeferralLimits, Depth, Organization, Scope, Secret};

/// Where reports go.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Collector {
    /// Its address; without one reports stay on the workstation.
    pub url: Option<String>,
    /// What the workstation enrols with by itself.
    pub enroll_secret: Option<Secret>,
    /// A PEM file with the collector's certificate authority.
    pub ca_file: Option<PathBuf>,
    /// The deployment ring.
    pub ring: Option<String>,
}

/// Every setting, resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The organizations that changed; empty where nobody named one.
    pub scope: Scope,
    /// The scope was typed or set by the person, so a name may be a typing error.
    pub scope_is_typed: bool,
    /// What becomes of tokens that still work.
    pub pats: Pats,
    /// Machine policy itself says `regenerate`, so that an unattended run removes living tokens.
    pub machine_regenerates: bool,
    /// Automatic edits need no question of their own.
    pub automatic: bool,
    /// Whether edits that need consent may be made.
    pub consent: Leave,
    /// Machine policy itself agrees to them.
    pub machine_consents: bool,
    /// Whether the service may be asked about tokens.
    pub verify: Leave,
    /// Folders to walk, as written; empty for the home.
    pub roots: Vec<String>,
    /// Folders not to enter.
    pub exclude: Vec<String>,
    /// How much is read.
    pub depth: Depth,
    /// For how many days a run can be taken back; 0 keeps nothing.
    pub keep_days: u32,
    /// How much of a path a report tells.
    pub report_paths: ReportPaths,
    /// How a report names the person.
    pub report_person: ReportPerson,
    /// What the person accepts counts as done.
    pub accept_allowed: bool,
    /// How far and how often a step may be put off.
    pub deferral: DeferralLimits,
    /// Where reports go.
    pub collector: Collector,
    /// The application that the person signs in to Microsoft Entra ID with.
    pub entra_client: Option<Uuid>,
}

/// Joins layers, strongest first.
///
/// # Errors
/// A [`PolicyFault`] where the command line contradicts machine policy.
pub fn resolve(layers: &[(Origin, Layer)], now: Timestamp) -> Result<Settings, PolicyFault> {
    let is_machine = |origin: &Origin| matches!(origin, Origin::Machine(_));
    let machine: Vec<&Layer> = layers
        .iter()
        .filter(|(origin, _)| is_machine(origin))
        .map(|(_, layer)| layer)
        .collect();
    let all: Vec<&Layer> = layers.iter().map(|(_, layer)| layer).collect();
    refuse_contradictions(layers)?;
    refuse_wild_numbers(layers)?;

    let (organizations, typed) = organizations(layers)?;
    let scope = Scope {
        organizations: organizations.into_iter().map(|one| one.into(now)).collect(),
    };
    let collector = Collector {
        url: first(&all, |layer| layer.collector.url.clone()),
        enroll_secret: first(&all, |layer| layer.collector.enroll_secret.clone()),
        ca_file: first(&all, |layer| layer.collector.ca_file.clone()),
        ring: first(&all, |layer| layer.collector.ring.clone()),
    };
    Ok(Settings {
        scope,
        scope_is_typed: typed,
        pats: first(&all, |layer| layer.pats).unwrap_or_default(),
        machine_regenerates: first(&machine, |layer| layer.pats) == Some(Pats::Regenerate),
        automatic: narrowest(&machine, &all, |layer| layer.clean.automatic).unwrap_or(true),
        consent: narrowest(&machine, &all, |layer| layer.clean.consent).unwrap_or(Leave::Ask),
        machine_consents: first(&machine, |layer| layer.clean.consent) == Some(Leave::Always),
        verify: narrowest(&machine, &all, |layer| layer.network.verify).unwrap_or(Leave::Ask),
        roots: first(&all, |layer| layer.scan.roots.clone()).unwrap_or_default(),
        exclude: first(&all, |layer| layer.scan.exclude.clone()).unwrap_or_default(),
        depth: first(&all, |layer| layer.scan.deep).unwrap_or_default(),
        keep_days: first(&all, |layer| layer.undo.keep_days).unwrap_or(7),
        report_paths: narrowest(&machine, &all, |layer| layer.report.paths)
            .unwrap_or(ReportPaths::HomeRelative),
        report_person: narrowest(&machine, &all, |layer| layer.report.person)
            .unwrap_or(ReportPerson::Name),
        accept_allowed: accept_allowed(layers),
        deferral: DeferralLimits {
            deadline: narrowest(&machine, &all, |layer| layer.guide.deadline),
            most: narrowest(&machine, &all, |layer| layer.guide.max_deferrals),
        },
        collector,
        entra_client: entra_client(layers)?,
    })
}

/// Whether the machine's own settings let what is accepted count as done, and nobody below says less: who could
/// widen it for themselves would be compliant by their own word.
fn accept_allowed(layers: &[(Origin, Layer)]) -> bool {
    let of = |machine: bool| {
        let is_machine =
            |origin: &Origin| matches!(origin, Origin::Machine(_) | Origin::Defaults(_));
        let mut layers = layers
            .iter()
            .filter(move |(origin, _)| is_machine(origin) == machine);
        layers.find_map(|(_, layer)| layer.accept.allowed)
    };
    of(true) == Some(true) && of(false) != Some(false)
}

/// The application of the strongest layer that names one. What is no GUID names none, wherever it stands.
fn entra_client(layers: &[(Origin, Layer)]) -> Result<Option<Uuid>, PolicyFault> {
    let mut client = None;
    for (origin, layer) in layers {
        let Some(text) = &layer.entra.client_id else {
            continue;
        };
        let id = Uuid::try_parse(text.trim()).ok().filter(|id| !id.is_nil());
        let id = id.ok_or_else(|| PolicyFault {
            place: origin.to_string(),
            message: "entra.client_id is no GUID".to_owned(),
            hint: "it is the \"Application (client) ID\" of your app registration in Microsoft Entra ID".to_owned(),
        })?;
        client = client.or(Some(id));
    }
    Ok(client)
}

fn first<T>(layers: &[&Layer], key: impl Fn(&Layer) -> Option<T>) -> Option<T> {
    layers.iter().find_map(|layer| key(layer))
}

/// The first layer wins; where that is machine policy, a lower layer may still allow less.
fn narrowest<T: Ord>(
    machine: &[&Layer],
    all: &[&Layer],
    key: impl Fn(&Layer) -> Option<T>,
) -> Option<T> {
    let Some(ceiling) = first(machine, &key) else {
        return first(all, key);
    };
    let below = all[machine.len()..].iter().find_map(|layer| key(layer));
    Some(match below {
        Some(below) => ceiling.min(below),
        None => ceiling,
    })
}

impl LayerOrganization {
    /// A connection that lies ahead has not happened: until then nothing may be changed.
    fn into(self, now: Timestamp) -> Organization {
        let ahead = self.connected_at.is_some_and(|time| time > now);
        Organization {
            name: self.name,
            tenant: self.tenant,
            connected_at: self.connected_at,
            gated: ahead,
        }
    }
}

/// The organizations of the strongest layer that names some; a lower layer can only pick among those of
/// machine policy, and the command line takes what it leaves out from the person's file.
fn organizations(
    layers: &[(Origin, Layer)],
) -> Result<(Vec<LayerOrganization>, bool), PolicyFault> {
    let named = |origin: &Origin, layer: &Layer| {
        layer
            .organizations
            .clone()
            .map(|list| (origin.clone(), list))
    };
    let mut lists = layers
        .iter()
        .filter_map(|(origin, layer)| named(origin, layer));
    let Some((strongest, list)) = lists.next() else {
        return Ok((Vec::new(), false));
    };
    if let Origin::Machine(_) = strongest {
        let Some((picker, picked)) =
            lists.find(|(origin, _)| !matches!(origin, Origin::Machine(_)))
        else {
            return Ok((unique(list), false));
        };
        if picker != Origin::CommandLine {
            return Ok((unique(list), false));
        }
        let mut chosen = Vec::new();
        for one in picked {
            let Some(set) = list.iter().find(|set| set.name == one.name) else {
                return Err(contradiction(
                    "organizations",
                    &strongest,
                    &format!("--org {}", one.name),
                ));
            };
            if one
                .tenant
                .is_some_and(|tenant| set.tenant.is_some_and(|set| set != tenant))
            {
                return Err(contradiction("organizations", &strongest, "--tenant"));
            }
            if one
                .connected_at
                .is_some_and(|time| set.connected_at.is_some_and(|set| set != time))
            {
                return Err(contradiction("organizations", &strongest, "--connected-at"));
            }
            chosen.push(merged(one, set));
        }
        return Ok((unique(chosen), false));
    }
    let rest: Vec<LayerOrganization> = lists.flat_map(|(_, list)| list).collect();
    let complete = |one: LayerOrganization| match rest.iter().find(|known| known.name == one.name) {
        Some(known) => merged(one, known),
        None => one,
    };
    let typed = !matches!(strongest, Origin::Defaults(_));
    Ok((unique(list.into_iter().map(complete).collect()), typed))
}

fn merged(one: LayerOrganization, known: &LayerOrganization) -> LayerOrganization {
    LayerOrganization {
        name: known.name.clone(),
        connected_at: one.connected_at.or(known.connected_at),
        tenant: one.tenant.or(known.tenant),
    }
}

fn unique(list: Vec<LayerOrganization>) -> Vec<LayerOrganization> {
    let mut kept: Vec<LayerOrganization> = Vec::new();
    for one in list {
        if !kept.iter().any(|known| known.name == one.name) {
            kept.push(one);
        }
    }
    kept
}

fn contradiction(key: &str, origin: &Origin, flag: &str) -> PolicyFault {
    PolicyFault {
        place: flag.to_owned(),
        message: format!("{key} is set by {origin}, and this says something else"),
        hint: "leave the flag out, or ask whoever manages this machine".to_owned(),
    }
}

/// A flag that machine policy contradicts is an error, not silently ignored.
fn refuse_contradictions(layers: &[(Origin, Layer)]) -> Result<(), PolicyFault> {
    let Some((_, typed)) = layers
        .iter()
        .find(|(origin, _)| *origin == Origin::CommandLine)
    else {
        return Ok(());
    };
    for (origin, layer) in layers
        .iter()
        .filter(|(origin, _)| matches!(origin, Origin::Machine(_)))
    {
        let (url, typed_url) = (&layer.collector.url, &typed.collector.url);
        if url.is_some() && typed_url.is_some() && url != typed_url {
            return Err(contradiction("collector.url", origin, "--collector"));
        }
        // None is less than any.
        if layer.scan.deep.is_some() && typed.scan.deep > layer.scan.deep {
            return Err(contradiction("scan.deep", origin, "--deep"));
        }
    }
    Ok(())
}

/// A number out of the bounds of its key is an error wherever it is set.
fn refuse_wild_numbers(layers: &[(Origin, Layer)]) -> Result<(), PolicyFault> {
    for (origin, layer) in layers {
        let numbers = [
            ("undo.keep_days", layer.undo.keep_days),
            ("guide.max_deferrals", layer.guide.max_deferrals),
        ];
        for (name, number) in numbers {
            let kind = super::keys::key(name).map(|key| key.kind);
            if let (Some(KeyKind::Number { min, max }), Some(number)) = (kind, number)
                && !(min..=max).contains(&number)
            {
                return Err(PolicyFault {
                    place: origin.to_string(),
                    message: format!("{name} cannot be {number}"),
                    hint: format!("it takes a number from {min} to {max}"),
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
