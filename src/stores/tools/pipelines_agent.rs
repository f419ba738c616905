//! Agents of Azure Pipelines that are installed below the home: `.agent` and `.credentials` in the agent's folder.
//!
//! An agent is registered with a key of its own (`"scheme": "OAuth"`), which a change of tenant leaves alone: that is no
//! finding. Only an access token or a password that somebody registered it to keep (`"scheme": "PAT"`) is one.
//! Source: microsoft/azure-pipelines-agent, `ConfigurationStore.cs`, `CredentialProvider.cs`.

use std::path::Path;

use jsonc_parser::ast::Object;
use jsonc_parser::common::Ranged as _;

use crate::model::{Address, Kind, OrganizationName, PlaceState, Remedy};
use crate::stores::git::stray;
use crate::stores::{About, Finder, Store};
use crate::text::{Document, json};
use crate::token;

const NAME: &str = "pipelines-agent";
const ADVICE: &str = "Register the agent anew in its folder: config remove, then config";

/// The store.
#[derive(Debug)]
pub struct PipelinesAgent;

impl Store for PipelinesAgent {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Agents of Azure Pipelines",
            clears: "config remove, then config, in the agent's folder, only if the agent is offline",
        }
    }

    fn project_files(&self) -> &'static [&'static str] {
        &[".agent"]
    }

    fn find(&self, finder: &mut Finder<'_>) {
        for path in finder.project_files() {
            let credentials = path.with_file_name(".credentials");
            // Other programs have files of this name.
            if !credentials.is_file() {
                continue;
            }
            let Some(settings) = finder.open_once(path) else {
                continue;
            };
            match server(&settings) {
                Ok(Some(server)) => {
                    let organization = server.organization.as_ref();
                    registered(finder, path, organization);
                    look_at(finder, &credentials, organization);
                }
                // A server of the company's own, or another program.
                Ok(None) => {}
                Err(reason) => {
                    finder.unreadable(path, reason);
                    look_at(finder, &credentials, None);
                }
            }
        }
    }
}

/// Where the agent gets its work, if that is Azure DevOps.
fn server(settings: &Document) -> Result<Option<Address>, String> {
    let object = json::object(settings.as_str())?;
    let url = (object.as_ref()).and_then(|object| json::string(object, "serverUrl"));
    Ok(url.and_then(Address::parse))
}

/// Says in the place what there is to know, for an agent that works needs nothing.
fn registered(finder: &mut Finder<'_>, path: &Path, organization: Option<&OrganizationName>) {
    let whose = organization.map_or("Azure DevOps".to_owned(), ToString::to_string);
    let note = format!("an agent of {whose}: register it anew only if it is offline");
    finder.place(path, PlaceState::Read, Some(note));
}

fn look_at(finder: &mut Finder<'_>, path: &Path, organization: Option<&OrganizationName>) {
    let Some(document) = finder.open_once(path) else {
        return;
    };
    let object = match json::object(document.as_str()) {
        Ok(object) => object,
        Err(reason) => {
            finder.unreadable(path, reason);
            return stray::enter(finder, &document, ADVICE);
        }
    };
    let Some(object) = &object else { return };
    let Some(data) = json::get(object, "data").and_then(|data| data.as_object()) else {
        return;
    };
    let scheme = json::get(object, "scheme").and_then(|scheme| scheme.as_string_lit());
    let keeps = scheme.is_some_and(|scheme| !scheme.value.eq_ignore_ascii_case("OAuth"));
    secrets(finder, &document, data, keeps, organization);
}

fn secrets(
    finder: &mut Finder<'_>,
    document: &Document,
    data: &Object<'_>,
    keeps: bool,
    organization: Option<&OrganizationName>,
) {
    for member in &data.properties {
        let Some(value) = member.value.as_string_lit() else {
            continue;
        };
        let name = member.name.as_str();
        let named = ["token", "password"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known));
        let is_secret = keeps && named && !value.value.is_empty();
        if !is_secret && token::open(&value.value).token.is_none() {
            continue;
        }
        let draft = document
            .draft(NAME, Kind::Password)
            .organization(organization.cloned())
            .entry(format_args!("data.{name}"))
            .at(value.start())
            .value(&value.value)
            .remedy(Remedy::Manual)
            .advice(ADVICE);
        finder.add(draft.finish());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stores::checks::{secrets, shown};
    use crate::testing::{TestHome, pat84};

    /// As Newtonsoft writes it, after a byte order mark.
    fn settings(url: &str) -> String {
        format!(
            "\u{feff}{{\r\n  \"acceptTeeEula\": true,\r\n  \"agentId\": 9,\r\n  \"agentName\": \"box\",\r\n  \
             \"poolId\": 1,\r\n  \"serverUrl\": \"{url}\",\r\n  \"workFolder\": \"_work\"\r\n}}"
        )
    }

    fn credentials(scheme: &str, data: &str) -> String {
        format!(
            "\u{feff}{{\r\n  \"scheme\": \"{scheme}\",\r\n  \"data\": {{\r\n    {data}\r\n  }}\r\n}}"
        )
    }

    const KEY: &str = "\"clientId\": \"0d50963b-7bb9-4fe7-94c7-a99af00b5136\",\r\n    \
        \"authorizationUrl\": \"https://vssps.dev.azure.com/contoso/_apis/oauth2/token\"";

    #[test]
    fn an_agent_with_its_own_key_is_no_finding_but_a_place_with_advice() {
        let home = TestHome::new();
        home.write("agent/.agent", settings("https://dev.azure.com/contoso/"));
        home.write("agent/.credentials", credentials("OAuth", KEY));
        let found = home.find(&PipelinesAgent);
        assert_eq!(shown(&found), []);
        let place = &found.places[0];
        assert_eq!(place.state, PlaceState::Read);
        let note = place.reason.as_deref().unwrap_or_default();
        assert!(
            note.contains("contoso") && note.contains("only if it is offline"),
            "{note}"
        );
    }

    #[test]
    fn a_token_that_the_agent_keeps_is_left_to_the_person() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        for (folder, url, scheme, data) in [
            (
                "a",
                "https://dev.azure.com/contoso/",
                "PAT",
                format!("\"token\": \"{token}\""),
            ),
            (
                "b",
                "https://fabrikam.visualstudio.com/",
                "Negotiate",
                "\"Password\": \"word\"".into(),
            ),
            (
                "c",
                "https://tfs.contoso.com/tfs",
                "PAT",
                format!("\"token\": \"{token}\""),
            ),
            (
                "d",
                "https://dev.azure.com/contoso/",
                "OAuth",
                "\"token\": \"word\"".into(),
            ),
            (
                "e",
                "https://dev.azure.com/contoso/",
                "PAT",
                "\"token\": \"\"".into(),
            ),
        ] {
            home.write(&format!("{folder}/.agent"), settings(url));
            home.write(
                &format!("{folder}/.credentials"),
                credentials(scheme, &data),
            );
        }
        let found = home.find(&PipelinesAgent);
        assert_eq!(
            shown(&found),
            [
                ("contoso", Kind::Pat, Remedy::Manual, 4, "data.token"),
                (
                    "fabrikam",
                    Kind::Password,
                    Remedy::Manual,
                    4,
                    "data.Password"
                ),
            ]
        );
        assert_eq!(secrets(&found), [token.as_str(), "word"]);
        let untouched = |change: &Option<_>| change.is_none();
        assert!(
            found
                .credentials
                .iter()
                .all(|found| untouched(&found.change))
        );
    }

    #[test]
    fn broken_files_are_said_and_other_programs_are_not() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        home.write("a/.agent", "{\"serverUrl\": ");
        home.write(
            "a/.credentials",
            format!("{{\"data\": {{\"token\": \"{token}\""),
        );
        home.write("b/.agent", "model = large");
        home.write("c/.agent", "{}");
        home.write("c/.credentials", "{}");
        let found = home.find(&PipelinesAgent);
        assert_eq!(shown(&found), [("?", Kind::Pat, Remedy::Manual, 1, "")]);
        let states: Vec<_> = found.places.iter().map(|place| place.state).collect();
        assert_eq!(
            states,
            [
                PlaceState::Unreadable,
                PlaceState::Unreadable,
                PlaceState::Read
            ]
        );
    }
}
