//! Named values as a layer: `REKEY_*` variables, and what else gives each key one text.

use std::path::PathBuf;

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

use super::layer::{Layer, LayerOrganization, PolicyFault, parse_time};
use crate::model::{OrganizationName, Secret};

/// Reads every `REKEY_*` variable that names a key: the key in capitals, dots as underscores.
/// `variable` answers for one name.
///
/// # Errors
/// A [`PolicyFault`] that names the variable.
pub fn environment(variable: &dyn Fn(&str) -> Option<String>) -> Result<Layer, PolicyFault> {
    Reader {
        value: variable,
        place: &|name| format!("the environment variable {name}"),
    }
    .layer()
}

/// Reads each key's text by the name of its variable.
pub(super) struct Reader<'v> {
    /// The text of a variable's key.
    pub(super) value: &'v dyn Fn(&str) -> Option<String>,
    /// How people know the place.
    pub(super) place: &'v dyn Fn(&str) -> String,
}

impl Reader<'_> {
    /// All keys.
    pub(super) fn layer(&self) -> Result<Layer, PolicyFault> {
        let mut layer = Layer {
            organizations: self.organizations()?,
            ..Layer::default()
        };
        layer.pats = self.word("REKEY_PATS", "regenerate or only-if-broken")?;
        layer.clean.automatic = self.parsed("REKEY_CLEAN_AUTOMATIC", "true or false")?;
        layer.clean.consent = self.word("REKEY_CLEAN_CONSENT", "ask, never or always")?;
        layer.network.verify = self.word("REKEY_NETWORK_VERIFY", "ask, never or always")?;
        layer.scan.roots = self.list("REKEY_SCAN_ROOTS");
        layer.scan.exclude = self.list("REKEY_SCAN_EXCLUDE");
        layer.scan.deep = self.parsed("REKEY_SCAN_DEEP", "true, false or objects")?;
        layer.undo.keep_days = self.parsed("REKEY_UNDO_KEEP_DAYS", "a number of days")?;
        layer.report.paths = self.word("REKEY_REPORT_PATHS", "home-relative, none or full")?;
        layer.report.person = self.word("REKEY_REPORT_PERSON", "name, hash or none")?;
        layer.accept.allowed = self.parsed("REKEY_ACCEPT_ALLOWED", "true or false")?;
        layer.collector.url = self.text("REKEY_COLLECTOR_URL");
        layer.collector.enroll_secret = self.text("REKEY_COLLECTOR_ENROLL_SECRET").map(Secret::new);
        layer.collector.ca_file = self.text("REKEY_COLLECTOR_CA_FILE").map(PathBuf::from);
        layer.collector.ring = self.text("REKEY_COLLECTOR_RING");
        layer.guide.deadline = match self.text("REKEY_GUIDE_DEADLINE") {
            Some(text) => {
                Some(parse_time(&text).map_err(|hint| self.fault("REKEY_GUIDE_DEADLINE", &hint))?)
            }
            None => None,
        };
        layer.guide.max_deferrals = self.parsed("REKEY_GUIDE_MAX_DEFERRALS", "a number")?;
        layer.entra.client_id = self.text("REKEY_ENTRA_CLIENT_ID");
        Ok(layer)
    }

    fn fault(&self, name: &str, hint: &str) -> PolicyFault {
        PolicyFault {
            place: (self.place)(name),
            message: "its value cannot be used".to_owned(),
            hint: format!("it takes {hint}"),
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        (self.value)(name).filter(|value| !value.is_empty())
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
        text.parse().map(Some).map_err(|_| self.fault(name, takes))
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
            .map_err(|_| self.fault(name, takes))
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
            .ok_or_else(|| self.fault(name, "organization names with commas between"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;
    use crate::policy::Leave;

    #[test]
    fn a_variable_is_a_key_in_capitals() {
        let variable = |name: &str| match name {
            "REKEY_CLEAN_CONSENT" => Some("never".to_owned()),
            "REKEY_ORGANIZATIONS" => Some("contoso, fabrikam".to_owned()),
            "REKEY_UNDO_KEEP_DAYS" => Some("30".to_owned()),
            _ => None,
        };
        let layer = environment(&variable).unwrap();
        assert_eq!(layer.clean.consent, Some(Leave::Never));
        assert_eq!(layer.organizations.unwrap().len(), 2);
        assert_eq!(layer.undo.keep_days, Some(30));
    }

    #[test]
    fn a_wrong_value_names_its_variable_and_not_itself() {
        let variable = |name: &str| (name == "REKEY_CLEAN_CONSENT").then(|| "hunter2".to_owned());
        let fault = environment(&variable).unwrap_err().to_string();
        assert!(
            fault.contains("REKEY_CLEAN_CONSENT") && fault.contains("never"),
            "{fault}"
        );
        assert!(!fault.contains("hunter2"), "{fault}");
    }
}
