//! Organizations as admins set them, beside what reports say of them.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{KnownOrganization, NewEntry, Result};

/// An organization on its way into the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrganization {
    /// Its name; names are compared without case.
    pub name: String,
    /// A tenant's GUID, or `microsoft-account`.
    pub tenant: Option<String>,
    /// When it was, or will be, connected.
    pub connected_at: Option<Timestamp>,
    /// Whom people ask: an address or a sentence.
    pub contact: Option<String>,
}

/// What an admin set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationSettings {
    /// The name in small letters.
    pub key: String,
    /// What was set.
    pub set: NewOrganization,
    /// When.
    pub changed_at: Timestamp,
    /// By whom.
    pub changed_by: String,
}

/// One organization, from both sides. What an admin set goes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// The name in small letters.
    pub key: String,
    /// As it is written.
    pub name: String,
    /// What an admin set.
    pub set: Option<OrganizationSettings>,
    /// What reports say.
    pub told: Option<KnownOrganization>,
}

impl Organization {
    /// Both lists as one, by name.
    #[must_use]
    pub fn merge(set: Vec<OrganizationSettings>, told: Vec<KnownOrganization>) -> Vec<Self> {
        let mut all: Vec<Self> = set
            .into_iter()
            .map(|set| Self {
                key: set.key.clone(),
                name: set.set.name.clone(),
                set: Some(set),
                told: None,
            })
            .collect();
        for told in told {
            match all.iter_mut().find(|known| known.key == told.key) {
                Some(known) => known.told = Some(told),
                None => all.push(Self {
                    key: told.key.clone(),
                    name: told.name.clone(),
                    set: None,
                    told: Some(told),
                }),
            }
        }
        all.sort_by(|one, other| one.key.cmp(&other.key));
        all
    }

    fn given<T>(&self, of: impl Fn(&NewOrganization) -> Option<T>) -> Option<T> {
        self.set.as_ref().and_then(|set| of(&set.set))
    }

    /// The tenant: the admin's, else the reports'.
    #[must_use]
    pub fn tenant(&self) -> Option<String> {
        self.given(|set| set.tenant.clone())
            .or_else(|| self.told.as_ref()?.tenant.clone())
    }

    /// Since when it is connected, or when it will be: the admin's word, else the reports'.
    #[must_use]
    pub fn connected_at(&self) -> Option<Timestamp> {
        self.given(|set| set.connected_at)
            .or_else(|| self.told.as_ref()?.connected_at)
    }

    /// Whom people ask.
    #[must_use]
    pub fn contact(&self) -> Option<String> {
        self.given(|set| set.contact.clone())
    }

    /// The reports name another tenant than the admin.
    #[must_use]
    pub fn tenant_differs(&self) -> bool {
        let told = self.told.as_ref().and_then(|told| told.tenant.clone());
        match (self.given(|set| set.tenant.clone()), told) {
            (Some(set), Some(told)) => !set.eq_ignore_ascii_case(&told),
            _ => false,
        }
    }

    /// The reports name another time than the admin.
    #[must_use]
    pub fn connected_differs(&self) -> bool {
        let told = self.told.as_ref().and_then(|told| told.connected_at);
        match (self.given(|set| set.connected_at), told) {
            (Some(set), Some(told)) => set != told,
            _ => false,
        }
    }
}

/// Organizations as admins set them. What changes one has its entry in the audit log, which says who and when.
#[async_trait]
pub trait Organizations {
    /// Every one that was set, by name.
    async fn organization_settings(&self) -> Result<Vec<OrganizationSettings>>;

    /// Sets one, or changes it.
    async fn set_organization(
        &self,
        organization: &NewOrganization,
        entry: &NewEntry,
    ) -> Result<()>;

    /// Sets these and no others.
    async fn set_organizations(
        &self,
        organizations: &[NewOrganization],
        entry: &NewEntry,
    ) -> Result<()>;

    /// Forgets what was set. False where nothing was.
    async fn unset_organization(&self, key: &str, entry: &NewEntry) -> Result<bool>;
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn told(name: &str, tenant: &str) -> KnownOrganization {
        KnownOrganization {
            key: name.to_lowercase(),
            name: name.into(),
            tenant: Some(tenant.into()),
            connected_at: Some("2026-11-20T18:00:00Z".parse().unwrap()),
        }
    }

    fn set(name: &str, tenant: Option<&str>, connected_at: Option<&str>) -> OrganizationSettings {
        OrganizationSettings {
            key: name.to_lowercase(),
            set: NewOrganization {
                name: name.into(),
                tenant: tenant.map(Into::into),
                connected_at: connected_at.map(|at| at.parse().unwrap()),
                contact: None,
            },
            changed_at: Timestamp::UNIX_EPOCH,
            changed_by: "admin".into(),
        }
    }

    #[test]
    fn what_an_admin_set_goes_before_what_reports_say() {
        let merged = Organization::merge(
            vec![set("Contoso", Some("one"), Some("2026-11-21T18:00:00Z"))],
            vec![told("contoso", "two"), told("fabrikam", "three")],
        );
        let [contoso, fabrikam] = &merged[..] else {
            panic!("{merged:?}")
        };
        assert_eq!(contoso.name, "Contoso");
        assert_eq!(contoso.tenant().as_deref(), Some("one"));
        assert!(contoso.tenant_differs() && contoso.connected_differs());
        assert_eq!(fabrikam.tenant().as_deref(), Some("three"));
        assert!(!fabrikam.tenant_differs() && !fabrikam.connected_differs());
    }

    #[test]
    fn what_is_left_open_comes_from_reports() {
        let merged = Organization::merge(
            vec![set("contoso", None, None)],
            vec![told("contoso", "two")],
        );
        assert_eq!(merged[0].tenant().as_deref(), Some("two"));
        assert!(merged[0].connected_at().is_some() && !merged[0].connected_differs());
    }
}
