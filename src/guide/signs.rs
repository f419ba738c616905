//! Signs on a workstation that a step concerns the person, for the steps that rekey cannot see the end of.

use crate::model::OrganizationName;

/// What was seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signs {
    /// Visual Studio is, or was, installed for the person.
    pub visual_studio: bool,
    /// Sign-in names of before the change, with the organization that they were for where it is known.
    pub accounts: Vec<(Option<OrganizationName>, String)>,
}

/// Domains of addresses that no employer gives out: such a name is no work account's too.
const PERSONAL: &[&str] = &[
    "outlook",
    "hotmail",
    "live",
    "msn",
    "passport",
    "gmail",
    "googlemail",
    "icloud",
    "me",
    "yahoo",
    "ymail",
    "gmx",
    "web",
    "aol",
    "proton",
    "protonmail",
    "mail",
    "qq",
    "163",
    "126",
];

impl Signs {
    /// Whether a sign-in name of before the change may be a work account's too: two identities with one address.
    pub fn clash(&self, organization: &OrganizationName) -> bool {
        self.accounts.iter().any(|(whose, account)| {
            whose.as_ref().is_none_or(|whose| whose == organization) && may_be_of_work(account)
        })
    }
}

fn may_be_of_work(account: &str) -> bool {
    let Some((name, domain)) = account.trim().rsplit_once('@') else {
        return false;
    };
    let domain = domain.to_ascii_lowercase();
    let first = domain.split('.').next().unwrap_or_default();
    !name.is_empty()
        && domain.contains('.')
        && !PERSONAL.contains(&first)
        // A guest's name in a directory is made from another address, and is no address itself.
        && !name.contains("#EXT#")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    fn clash(whose: Option<&str>, account: &str) -> bool {
        let name = |text: &str| OrganizationName::new(text).unwrap();
        let signs = Signs {
            visual_studio: false,
            accounts: vec![(whose.map(name), account.to_owned())],
        };
        signs.clash(&name("contoso"))
    }

    #[test]
    fn only_an_address_that_can_be_both_clashes() {
        assert!(clash(Some("Contoso"), "dev@contoso.com"));
        assert!(clash(None, "dev@contoso.com"));
        assert!(!clash(Some("fabrikam"), "dev@contoso.com"));
        for account in [
            "dev@outlook.com",
            "dev@Hotmail.de",
            "dev@live.co.uk",
            "dev",
            "@contoso.com",
            "dev@contoso",
        ] {
            assert!(!clash(None, account), "{account}");
        }
        assert!(!clash(None, "dev_outlook.com#EXT#@contoso.onmicrosoft.com"));
    }
}
