//! Variables that launchd gives to every program of the person's session on macOS, set by `launchctl setenv`.
//!
//! Source: launchctl(1). They last until the person signs out; what sets them again is an agent, which is a place of its own.
//! `launchctl` lists them nowhere since OS X 10.10, and the words of `launchctl print` are no interface by its own manual, so
//! that they are asked for by name.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use super::variables::look;
use crate::model::{Credential, PlaceState, VariableScope};
use crate::platform::programs::Call;
use crate::platform::{Programs, System};
use crate::stores::Finder;

const LAUNCHCTL: &str = "/bin/launchctl";
/// How people know the place.
const PLACE: &str = "launchctl getenv";
/// How long one answer may take.
const LIMIT: Duration = Duration::from_secs(2);
/// No variable is longer, in bytes.
const MOST: usize = 64 * 1024;

/// Names that tools and their users give to tokens for Azure DevOps, and to what tells whose they are.
const NAMES: &[&str] = &[
    "ADO_MCP_AUTH_TOKEN",
    "ADO_PAT",
    "ADO_TOKEN",
    "ARTIFACTS_CREDENTIALPROVIDER_ACCESSTOKEN",
    "ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS",
    "ARTIFACTS_CREDENTIALPROVIDER_MSAL_AUTHORITY",
    "ARTIFACTS_CREDENTIALPROVIDER_URI_PREFIXES",
    "AZDO_ORG_SERVICE_URL",
    "AZDO_PAT",
    "AZDO_PERSONAL_ACCESS_TOKEN",
    "AZDO_SP_TENANT_ID",
    "AZDO_TOKEN",
    "AZURE_DEVOPS_EXT_PAT",
    "AZURE_DEVOPS_ORG",
    "AZURE_DEVOPS_ORG_URL",
    "AZURE_DEVOPS_PAT",
    "FEED_ACCESSTOKEN",
    "GCM_AUTHORITY",
    "GCM_AZREPOS_SERVICE_PRINCIPAL",
    "NPM_TOKEN",
    "PERSONAL_ACCESS_TOKEN",
    "PIP_EXTRA_INDEX_URL",
    "PIP_INDEX_URL",
    "SYSTEM_ACCESSTOKEN",
    "TEAM_ACCT",
    "TEAM_PAT",
    "UV_EXTRA_INDEX_URL",
    "VSCE_PAT",
    "VSS_NUGET_ACCESSTOKEN",
    "VSS_NUGET_EXTERNAL_FEED_ENDPOINTS",
    "VSTS_AGENT_INPUT_TOKEN",
    "VSTS_PAT",
    "VSTS_TOKEN",
];

/// The variables of the session; the place is entered.
pub(super) fn find(finder: &mut Finder<'_>) -> Vec<Credential> {
    if finder.platform().system() != System::MacOs {
        return Vec::new();
    }
    let Some(programs) = finder.platform().programs() else {
        return Vec::new();
    };
    in_session(finder, &|name| ask(&programs, name))
}

fn ask(programs: &Programs, name: &str) -> Result<String, String> {
    let arguments = [OsStr::new("getenv"), OsStr::new(name)];
    let call = Call {
        program: Path::new(LAUNCHCTL),
        arguments: &arguments,
        input: b"",
        limit: LIMIT,
        most: MOST,
    };
    let said = programs.run(&call).map_err(|fault| fault.to_string())?;
    let value = said.output.expose();
    // A variable that is not set has no line.
    Ok(value.strip_suffix('\n').unwrap_or(value).to_owned())
}

fn in_session(
    finder: &mut Finder<'_>,
    ask: &dyn Fn(&str) -> Result<String, String>,
) -> Vec<Credential> {
    let place = Path::new(PLACE);
    let mut variables = Vec::new();
    for name in NAMES {
        match ask(name) {
            Ok(value) if value.is_empty() => {}
            Ok(value) => variables.push(((*name).to_owned(), value)),
            // What did not answer once is not waited for again.
            Err(reason) => {
                finder.unreadable(place, reason);
                return Vec::new();
            }
        }
    }
    finder.place(place, PlaceState::Read, None);
    let found = look(&variables, VariableScope::User, finder.scope());
    let found = found.into_iter().map(|variable| {
        let mut credential = variable.credential;
        let name = credential.location.variable.clone().unwrap_or_default();
        credential.advice = Some(format!(
            "launchctl unsetenv {name}; then take it out of whatever sets it at sign-in, and start programs again"
        ));
        credential
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;
    use crate::model::{Remedy, Scope};
    use crate::stores::Found;
    use crate::stores::{About, Store};
    use crate::testing::{Pretended, TestHome, find_on, pat84, scope};
    use crate::walk::Projects;

    type Answer = dyn Fn(&str) -> Result<String, String> + Send + Sync;

    /// The part of a store that is under test.
    struct Part(Box<Answer>);

    impl Store for Part {
        fn about(&self) -> About {
            About {
                name: "environment",
                title: "",
                clears: "",
            }
        }

        fn find(&self, finder: &mut Finder<'_>) {
            for credential in in_session(finder, &self.0) {
                finder.add(credential);
            }
        }
    }

    fn found(answer: impl Fn(&str) -> Result<String, String> + Send + Sync + 'static) -> Found {
        let home = TestHome::of(System::MacOs);
        let platform = Pretended::hermetic(&home);
        let scope: Scope = scope(&["contoso"]);
        let part = Part(Box::new(answer));
        find_on(&part, &scope, &platform, &home.path(), &Projects::default())
    }

    #[test]
    fn a_variable_of_the_session_is_found_with_its_siblings_and_left_to_the_person() {
        let token = pat84('C', 'A', 1);
        let answer = token.clone();
        let found = found(move |name| {
            Ok(match name {
                "AZDO_PERSONAL_ACCESS_TOKEN" => answer.clone(),
                "AZDO_ORG_SERVICE_URL" => "https://dev.azure.com/contoso".to_owned(),
                _ => String::new(),
            })
        });
        let [credential] = &found.credentials[..] else {
            unreachable!("one is set");
        };
        assert_eq!(credential.secret.as_ref().unwrap().expose(), token);
        assert_eq!(
            credential.organization.as_ref().unwrap().as_str(),
            "contoso"
        );
        assert_eq!(credential.location.scope, Some(VariableScope::User));
        assert_eq!(credential.remedy, Remedy::Manual);
        let advice = credential.advice.as_deref().unwrap();
        assert!(advice.starts_with("launchctl unsetenv AZDO_PERSONAL_ACCESS_TOKEN;"));
        assert_eq!(found.places[0].state, PlaceState::Read);
    }

    #[test]
    fn what_does_not_answer_is_asked_once_and_told() {
        use std::sync::Arc;
        use std::sync::atomic::{AtomicUsize, Ordering};

        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let found = found(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            Err("it did not answer in 2 s".to_owned())
        });
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        assert!(found.credentials.is_empty());
        assert_eq!(found.places[0].state, PlaceState::Unreadable);
    }

    #[test]
    fn names_are_in_order_and_each_is_there_once() {
        assert!(NAMES.is_sorted_by(|one, next| one < next));
    }
}
