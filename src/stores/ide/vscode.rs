//! VS Code and editors made from it: tokens in their settings, and secrets that extensions keep.
//!
//! Sources: code.visualstudio.com, "User and workspace settings" and "Tasks"; microsoft/vscode, `secrets.ts` (keys of
//! secrets in `state.vscdb`, whose values Electron's safeStorage seals).

use std::path::Path;

use super::editors::{settings_folders, user_folders};
use super::sqlite;
use crate::model::{PlaceState, Remedy};
use crate::stores::json_slots;
use crate::stores::tools::mcp_config;
use crate::stores::{About, Finder, Store};
use crate::text::{Document, json, tells_of_azure_devops};

const NAME: &str = "vscode";
const INDEX: &str = "sqlite_autoindex_ItemTable_1";
const SECRET: &str = "secret://";
/// What the keys of extensions for Azure DevOps have in them.
const WORDS: &[&str] = &[
    "azure-devops",
    "azuredevops",
    "azure_devops",
    "azure-repos",
    "azure-pipelines",
    "azdo",
    "vsts",
    "dev.azure.com",
    "visualstudio.com",
];

/// The store.
#[derive(Debug)]
pub struct VsCode;

impl Store for VsCode {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "VS Code and editors made from it",
            clears: "cut the line from settings.json; for a sign-in: Accounts (below left), Sign out, and sign in again",
        }
    }

    fn project_files(&self) -> &'static [&'static str] {
        &[
            "settings.json",
            "tasks.json",
            "launch.json",
            "*.code-workspace",
        ]
    }

    fn find(&self, finder: &mut Finder<'_>) {
        for folder in settings_folders(finder) {
            for name in ["settings.json", "tasks.json"] {
                if let Some(document) = finder.open_once(&folder.join(name)) {
                    read(finder, &document, |slot| !mcp_config::is_of_server(slot));
                }
            }
        }
        let projects = finder
            .project_files()
            .into_iter()
            .filter(|path| is_of_project(path));
        for path in projects {
            if let Some(document) = finder.open_holding(path, tells_of_azure_devops) {
                // Servers in the settings of a workspace are looked at by no other store.
                read(finder, &document, |_| true);
            }
        }
        for folder in user_folders(finder) {
            look_at_secrets(finder, &folder.join("globalStorage").join("state.vscdb"));
        }
    }
}

/// `.vscode/*.json`, and files that stand for a workspace.
fn is_of_project(path: &Path) -> bool {
    let folder = path.parent().and_then(Path::file_name);
    let is_workspace = path.extension().is_some_and(|ending| ending != "json");
    is_workspace || folder.is_some_and(|name| name == ".vscode")
}

fn read(
    finder: &mut Finder<'_>,
    document: &Document,
    is_ours: impl Fn(&json_slots::Slot<'_, '_>) -> bool,
) {
    match json::object_with_comments(document.as_str()) {
        Ok(None) => {}
        Ok(Some(object)) => {
            json_slots::enter(finder, document, &object, Remedy::Consent, is_ours);
        }
        Err(reason) => finder.unreadable(document.path(), reason),
    }
}

/// What an extension for Azure DevOps has sealed cannot be judged, but its owner should know where it is.
fn look_at_secrets(finder: &mut Finder<'_>, path: &Path) {
    let Some(mut file) = finder.open_large(path) else {
        return;
    };
    match sqlite::keys(&mut file, INDEX, SECRET) {
        Ok(keys) => {
            if let Some(extension) = keys.iter().find_map(|key| extension(key)) {
                let reason = format!(
                    "the extension {extension} has sealed a secret here: where it is refused, sign out of the extension and in again"
                );
                finder.place(path, PlaceState::Skipped, Some(reason));
            }
        }
        // Nothing of ours may be in it, and its owner would heal it.
        Err(reason) => finder.place(path, PlaceState::Skipped, Some(reason.to_owned())),
    }
}

/// The extension that a secret's key names, where that is one for Azure DevOps: `secret://{"extensionId":…,"key":…}`.
fn extension(key: &str) -> Option<String> {
    let lower = key.to_ascii_lowercase();
    if !WORDS.iter().any(|word| lower.contains(word)) {
        return None;
    }
    let object = json::object(key.strip_prefix(SECRET)?).ok()??;
    let name = object.get_string("extensionId")?;
    Some(name.value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;
    use crate::platform::System;
    use crate::stores::checks::{secrets, shown, without};
    use crate::testing::{TestHome, like_pat52, pat52, pat84};

    const USER: &str = ".config/Code/User";

    #[test]
    fn a_variable_beside_it_may_name_the_organization() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        let tasks = format!(
            "{{\"tasks\":[{{\"options\":{{\"env\":{{\"AZDO_ORG\":\"contoso\",\"AZDO_PAT\":\"{token}\"}}}}}},\
             {{\"options\":{{\"env\":{{\"AZDO_ORG\":\"fabrikam\",\"AZDO_PAT\":\"{token}\"}}}}}}]}}"
        );
        home.write(&format!("{USER}/tasks.json"), tasks);
        let found = home.find(&VsCode);
        let names: Vec<_> = shown(&found).iter().map(|one| one.0).collect();
        assert_eq!(names, ["contoso", "fabrikam"]);
    }

    #[test]
    fn a_token_in_settings_goes_with_its_line() {
        let home = TestHome::new();
        let (long, short) = (pat84('C', 'A', 1), pat52(1));
        let text = |lines: [&str; 3]| {
            format!(
                "{{\r\n  // mine\r\n  \"editor.tabSize\": 2,{}\r\n  \"azdoPullRequests.orgUrl\": \"https://dev.azure.com/contoso\",\r\n  \"terminal.integrated.env.linux\": {{{}\r\n    \"PATH\": \"/bin\",\r\n  }},{}\r\n}}\r\n",
                lines[0], lines[1], lines[2]
            )
        };
        let lines = [
            format!("\r\n  \"azdoPullRequests.patToken\": \"{long}\","),
            format!("\r\n    \"AZURE_DEVOPS_EXT_PAT\": \"{short}\","),
            "\r\n  \"azure-devops.token\": \"${env:PAT}\",".to_owned(),
        ];
        let [first, second, third] = [&lines[0], &lines[1], &lines[2]].map(String::as_str);
        home.write(
            &format!("{USER}/settings.json"),
            text([first, second, third]),
        );
        let found = home.find(&VsCode);
        assert_eq!(
            shown(&found),
            [
                (
                    "contoso",
                    Kind::Pat,
                    Remedy::Consent,
                    4,
                    "azdoPullRequests.patToken"
                ),
                (
                    "contoso",
                    Kind::Pat,
                    Remedy::Consent,
                    7,
                    "terminal.integrated.env.linux.AZURE_DEVOPS_EXT_PAT"
                ),
            ]
        );
        assert_eq!(secrets(&found), [long.as_str(), short.as_str()]);
        assert!(
            found
                .credentials
                .iter()
                .all(|one| one.observed.written.is_some())
        );
        assert_eq!(without(&found, "contoso"), Some(text(["", "", third])));
    }

    #[test]
    fn another_host_and_words_are_no_tokens() {
        let home = TestHome::new();
        let (like, sample) = (like_pat52(1), "q".repeat(52));
        home.write(
            &format!("{USER}/settings.json"),
            format!("{{\"gitlab.token\": \"{like}\", \"azure-devops.team\": \"word\", \"azure-devops.pat\": \"{like}\", \"azdo.pat\": \"{sample}\", \"a\": \"https://u:p@github.com/\"}}"),
        );
        let found = home.find(&VsCode);
        assert_eq!(
            shown(&found),
            [("?", Kind::Password, Remedy::Consent, 1, "azure-devops.pat")]
        );
        let written = found.credentials[0].observed.written;
        assert_eq!(written, None, "nothing says that it is a token");
    }

    #[test]
    fn a_login_of_another_host_hides_no_token_beside_it() {
        let home = TestHome::new();
        let (ours, theirs) = (pat84('C', 'A', 1), pat84('C', 'A', 2));
        home.write(
            &format!("{USER}/tasks.json"),
            format!("{{\"command\": \"curl https://u:{theirs}@github.com/x -H {ours} https://dev.azure.com/contoso\"}}"),
        );
        let found = home.find(&VsCode);
        assert_eq!(secrets(&found), [ours.as_str()]);
    }

    #[test]
    fn servers_in_the_settings_of_a_workspace_are_looked_at() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        let servers = format!(
            "\"mcp\":{{\"servers\":{{\"ado\":{{\"args\":[\"@azure-devops/mcp\",\"contoso\"],\"env\":{{\"PAT\":\"{token}\"}}}}}}}}"
        );
        home.write("shop/.vscode/settings.json", format!("{{{servers}}}"));
        home.write(
            "a/a.code-workspace",
            format!("{{\"settings\":{{{servers}}}}}"),
        );
        assert_eq!(shown(&home.find(&VsCode)).len(), 2);
    }

    #[test]
    fn long_names_around_many_strings_are_not_kept_for_each() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        let name = "n".repeat(300_000);
        let strings = "\"x\",".repeat(50_000);
        home.write(
            &format!("{USER}/settings.json"),
            format!("{{\"{name}\":[{strings}\"{token}\"]}}"),
        );
        let found = home.find(&VsCode);
        let entry = found.credentials[0].location.entry.as_deref();
        assert!(entry.is_some_and(|entry| entry.len() <= 1024));
    }

    #[test]
    fn files_of_a_project_and_of_profiles_are_read() {
        let home = TestHome::of(System::MacOs);
        let token = pat84('C', 'A', 1);
        let user = "Library/Application Support/Code - Insiders/User";
        let text = format!("{{\"x\": \"{token}\", \"y\": \"https://dev.azure.com/contoso\"}}");
        for path in [
            &format!("{user}/profiles/-1a2b/settings.json"),
            ".vscode-server/data/Machine/settings.json",
            ".vscode-server/data/User/settings.json",
            "shop/.vscode/tasks.json",
            "shop/shop.code-workspace",
            "shop/src/settings.json",
        ] {
            home.write(path, &text);
        }
        let found = home.find(&VsCode);
        assert_eq!(shown(&found).len(), 5);
        home.write("other/.vscode/settings.json", "{\"a\": 1,,}");
        let places = home.find(&VsCode).places;
        assert!(places.iter().all(|place| !place.path.contains("other")));
    }

    #[test]
    fn a_sealed_secret_is_told_of_and_is_no_finding() {
        let home = TestHome::new();
        let path = format!("{USER}/globalStorage/state.vscdb");
        home.write(&path, sqlite::tests::small());
        let found = home.find(&VsCode);
        assert!(found.credentials.is_empty());
        let place = found
            .places
            .iter()
            .find(|place| place.path.ends_with("state.vscdb"));
        let reason = place
            .and_then(|place| place.reason.as_deref())
            .unwrap_or_default();
        assert_eq!(place.map(|place| place.state), Some(PlaceState::Skipped));
        assert!(
            reason.contains("ankitbko.vscode-pull-request-azdo"),
            "{reason}"
        );

        let other = "secret://{\"extensionId\":\"vscode.microsoft-authentication\",\"key\":\"x\"}";
        assert_eq!(extension(other), None);
        home.write(&path, "not a database");
        let found = home.find(&VsCode);
        assert!(
            found
                .places
                .iter()
                .all(|place| place.state != PlaceState::Unreadable)
        );
    }
}
