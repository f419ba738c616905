//! The azure-devops extension of the Azure CLI, where it keeps tokens in a file for want of a keyring.
//!
//! Source: Azure/azure-devops-cli-extension, `dev/common/credential_store.py` and `const.py`.

use std::path::{Path, PathBuf};

use super::moved;
use crate::model::{Address, Credential, Kind, OrganizationName, Remedy};
use crate::stores::{About, Finder, Store};
use crate::text::Document;
use crate::text::ini::{Ini, Section};

const NAME: &str = "azure-cli-devops";
const TOKEN: &str = "Personal Access Token";
/// What a section's name ends in that holds the token for every organization.
const DEFAULT: &str = "default";

/// The store.
#[derive(Debug)]
pub struct AzureCliDevops;

impl Store for AzureCliDevops {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Azure CLI, azure-devops extension",
            clears: "az devops logout --organization https://dev.azure.com/ORGANIZATION",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        for folder in folders(finder) {
            let path = folder.join("personalAccessTokens");
            if let Some(document) = finder.open_once(&path) {
                look_at(finder, &folder, &document);
            }
        }
    }
}

fn folders(finder: &Finder<'_>) -> Vec<PathBuf> {
    let home = finder.home();
    let azure = moved(finder, "AZURE_CONFIG_DIR").map(|folder| folder.join("azuredevops"));
    let usual = [
        home.join(".azure").join("azuredevops"),
        home.join(".vsts").join("cli"),
    ];
    let extension = moved(finder, "AZURE_DEVOPS_EXT_CONFIG_DIR");
    extension.into_iter().chain(azure).chain(usual).collect()
}

fn look_at(finder: &mut Finder<'_>, folder: &Path, document: &Document) {
    let ini = Ini::parse(document.as_str());
    if let Some(offset) = ini.strange {
        let line = document.text().line(offset);
        finder.unreadable(document.path(), format!("line {line} is no setting"));
    }
    let is_default = |section: &Section<'_>| address_of(section) == DEFAULT;
    let default = if ini.sections.iter().any(is_default) {
        default_organization(finder, folder)
    } else {
        None
    };
    for section in &ini.sections {
        let organization = match address_of(section) {
            DEFAULT => default.clone(),
            address => match Address::parse(address) {
                Some(address) => address.organization,
                None => continue,
            },
        };
        for credential in credentials(document, section, organization.as_ref()) {
            finder.add(credential);
        }
    }
}

/// Section names are `azdevops-cli:ADDRESS`.
fn address_of<'t>(section: &Section<'t>) -> &'t str {
    let address = section.name.split_once(':').map(|(_, address)| address);
    address.unwrap_or_default().trim()
}

/// The organization that a token for every organization is used with, wherever it lies.
pub(in crate::stores) fn usual_organization(finder: &mut Finder<'_>) -> Option<OrganizationName> {
    let folders = folders(finder);
    folders
        .iter()
        .find_map(|folder| default_organization(finder, folder))
}

/// What `az devops configure --defaults organization=…` wrote beside the tokens.
fn default_organization(finder: &mut Finder<'_>, folder: &Path) -> Option<OrganizationName> {
    let document = finder.open(&folder.join("config"))?;
    let text = document.as_str();
    let ini = Ini::parse(text);
    let defaults = (ini.sections.iter()).find(|section| section.name == "defaults")?;
    Address::parse(defaults.get("organization")?.value_in(text))?.organization
}

fn credentials(
    document: &Document,
    section: &Section<'_>,
    organization: Option<&OrganizationName>,
) -> Vec<Credential> {
    let text = document.as_str();
    let settings = section.settings.iter().filter(|setting| {
        setting.key.eq_ignore_ascii_case(TOKEN) && !setting.value_in(text).is_empty()
    });
    let found = settings.map(|setting| {
        document
            .draft(NAME, Kind::Password)
            .organization(organization.cloned())
            .entry(section.name)
            .at(setting.value.start)
            .value(setting.value_in(text))
            .remedy(Remedy::Automatic)
            .cut(section.range.clone())
            .finish()
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stores::checks::{find_with_variables, secrets, shown, without};
    use crate::testing::{TestHome, pat52, pat84};

    const FILE: &str = ".azure/azuredevops/personalAccessTokens";

    fn section(name: &str, token: &str) -> String {
        format!("[azdevops-cli:{name}]\npersonal access token = {token}\n\n")
    }

    #[test]
    fn the_section_of_an_organization_goes_whole() {
        let home = TestHome::new();
        let (ours, theirs) = (pat84('C', 'A', 1), pat52(1));
        let first = section("https://dev.azure.com/contoso", &ours);
        let rest = [
            section("https://dev.azure.com/fabrikam", &theirs),
            section("https://tfs.contoso.com/tfs", "on-premises"),
        ]
        .concat();
        let last = section("https://contoso.visualstudio.com", "old");
        home.write(FILE, [&first, &rest, last.trim_end()].concat());
        let found = home.find(&AzureCliDevops);
        assert_eq!(
            shown(&found),
            [
                (
                    "contoso",
                    Kind::Pat,
                    Remedy::Automatic,
                    2,
                    "azdevops-cli:https://dev.azure.com/contoso"
                ),
                (
                    "fabrikam",
                    Kind::Pat,
                    Remedy::Automatic,
                    5,
                    "azdevops-cli:https://dev.azure.com/fabrikam"
                ),
                (
                    "contoso",
                    Kind::Password,
                    Remedy::Automatic,
                    11,
                    "azdevops-cli:https://contoso.visualstudio.com"
                ),
            ]
        );
        assert_eq!(secrets(&found), [ours.as_str(), theirs.as_str(), "old"]);
        assert_eq!(without(&found, "contoso"), Some(rest));
    }

    #[test]
    fn the_default_token_belongs_to_the_default_organization() {
        let home = TestHome::new();
        let file = section(" default", &pat84('C', 'A', 1));
        home.write(FILE, file.replace('\n', "\r\n"));
        let expected =
            |organization, remedy| [(organization, Kind::Pat, remedy, 2, "azdevops-cli: default")];
        assert_eq!(
            shown(&home.find(&AzureCliDevops)),
            expected("?", Remedy::Consent)
        );
        home.write(
            ".azure/azuredevops/config",
            "[defaults]\norganization = https://dev.azure.com/contoso/\nproject = p\n\n",
        );
        let found = home.find(&AzureCliDevops);
        assert_eq!(shown(&found), expected("contoso", Remedy::Automatic));
        assert_eq!(without(&found, "contoso").as_deref(), Some(""));
    }

    #[test]
    fn the_folder_of_the_first_versions_is_looked_at() {
        let home = TestHome::new();
        home.write(
            ".vsts/cli/personalAccessTokens",
            section("https://contoso.visualstudio.com/", "word"),
        );
        assert_eq!(shown(&home.find(&AzureCliDevops))[0].0, "contoso");
    }

    #[test]
    fn variables_move_the_folder() {
        let home = TestHome::new();
        let text = section("https://dev.azure.com/contoso", "word");
        home.write("a/azuredevops/personalAccessTokens", &text);
        home.write("b/personalAccessTokens", &text);
        let variables = [
            ("AZURE_CONFIG_DIR", home.path().join("a")),
            ("AZURE_DEVOPS_EXT_CONFIG_DIR", home.path().join("b")),
        ];
        let found = find_with_variables(&home, &AzureCliDevops, &variables);
        assert_eq!(shown(&found).len(), 2);
    }
}
