//! `REKEY_*` variables as a layer: a key in capitals, dots as underscores.

use std::path::PathBuf;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

use super::layer::{Layer, LayerOrganization, PolicyFault, parse_time};
use crate::model::{OrganizationName, Secret};

/// Reads every `REKEY_*` variable that names a key. `variable` answers for one name.
///
/// # Errors
/// A [`PolicyFault`] that names the variable.
pub fn environment(variable: &dyn Fn(&str) -> Option<String>) -> Result<Layer, PolicyFault> {
    let read = Reader { variable };
    let mut layer = Layer {
        organizations: read.organizations()?,
        ..Layer::default()
    };
    layer.pats = read.word("REKEY_PATS", "regenerate or only-if-broken")?;
    layer.clean.automatic = read.parsed("REKEY_CLEAN_AUTOMATIC", "true or false")?;
    layer.clean.consent = read.word("REKEY_CLEAN_CONSENT", "ask, never or always")?;
    layer.network.verify = read.word("REKEY_NETWORK_VERIFY", "ask, never or always")?;
    layer.scan.roots = read.list("REKEY_SCAN_ROOTS");
    layer.scan.exclude = read.list("REKEY_SCAN_EXCLUDE");
    layer.scan.deep = read.parsed("REKEY_SCAN_DEEP", "true or false")?;
    layer.undo.keep_days = read.parsed("REKEY_UNDO_KEEP_DAYS", "a number of days")?;
    layer.report.paths = read.word("REKEY_REPORT_PATHS", "home-relative, none or full")?;
    layer.report.person = read.word("REKEY_REPORT_PERSON", "name, hash or none")?;
    layer.accept.allowed = read.parsed("REKEY_ACCEPT_ALLOWED", "true or false")?;
    layer.collector.url = read.text("REKEY_COLLECTOR_URL");
    layer.collector.enroll_secret = read.text("REKEY_COLLECTOR_ENROLL_SECRET").map(Secret::new);
    layer.collector.ca_file = read.text("REKEY_COLLECTOR_CA_FILE").map(PathBuf::from);
    layer.collector.ring = read.text("REKEY_COLLECTOR_RING");
    layer.guide.deadline = match read.text("REKEY_GUIDE_DEADLINE") {
        Some(text) => Some(parse_time(&text).map_err(|hint| fault("REKEY_GUIDE_DEADLINE", &hint))?),
        None => None,
    };
    layer.guide.max_deferrals = read.parsed("REKEY_GUIDE_MAX_DEFERRALS", "a number")?;
    layer.entra.client_id = read.text("REKEY_ENTRA_CLIENT_ID");
    Ok(layer)
}

fn fault(name: &str, hint: &str) -> PolicyFault {
    PolicyFault {
        place: format!("the environment variable {name}"),
        message: "its value cannot be used".to_owned(),
        hint: format!("it takes {hint}"),
    }
}

struct Reader<'v> {
    variable: &'v dyn Fn(&str) -> Option<String>,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    fn list(&self, name: &str) -> Option<Vec<String>> {
        Some(
            self.text(name)?
                .split(',')
                .map(|item| item.trim().to_owned())
                .collect(),
        )
    }

    fn parsed<T: std::str::FromStr>(
        &self,
        name: &str,
        takes: &str,
    ) -> Result<Option<T>, PolicyFault> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| fault(name, takes))
    }

    fn word<'de, T: Deserialize<'de>>(
        &self,
        name: &str,
        takes: &str,
    ) -> Result<Option<T>, PolicyFault> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let deserializer: StrDeserializer<'_, Error> = text.as_str().into_deserializer();
        T::deserialize(deserializer)
            .map(Some)
            .map_err(|_| fault(name, takes))
    }

    /// Names only: a tenant and a time belong to the command line or a file.
    fn organizations(&self) -> Result<Option<Vec<LayerOrganization>>, PolicyFault> {
        let name = "REKEY_ORGANIZATIONS";
        let Some(items) = self.list(name) else {
            return Ok(None);
        };
        let read = |item: &String| {
            let name = OrganizationName::new(item)?;
            Some(LayerOrganization {
                name,
                connected_at: None,
                tenant: None,
            })
        };
        let organizations: Option<Vec<_>> = items.iter().map(read).collect();
        organizations
            .map(Some)
            .ok_or_else(|| fault(name, "organization names with commas between"))
    }
}
