//! uv: its own credentials, and user-info in its settings, in projects and in lock files.
//!
//! Source: docs.astral.sh, "Authentication" and "Storage". `uv auth login SERVICE` writes a `[[credential]]`, and `uv auth
//! logout` takes the whole of it away.

use std::path::PathBuf;

use super::poetry::is_poetrys;
use super::{MOST, addresses, pyproject, understood_toml};
use crate::model::{Address, Credential, Kind, Remedy, Scope};
use crate::platform::System;
use crate::stores::folders::program_data;
use crate::stores::{About, Finder, Store};
use crate::text::toml::{Listed, Table};
use crate::text::{Document, is_reference, tells_of_azure_devops};
use crate::token;

const NAME: &str = "uv";
const BY_HAND: &str = "uv auth logout SERVICE";

/// The store.
#[derive(Debug)]
pub struct Uv;

impl Store for Uv {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "uv credentials and indexes",
            clears: BY_HAND,
        }
    }

    fn project_files(&self) -> &'static [&'static str] {
        &[pyproject::FILE, "uv.toml", "uv.lock"]
    }

    fn find(&self, finder: &mut Finder<'_>) {
        for path in credential_files(finder) {
            if let Some(document) = finder.open_once(&path) {
                look_at(finder, &document);
            }
        }
        for path in settings_files(finder) {
            if let Some(document) = finder.open_once(&path) {
                addresses::enter(finder, &document, |_| true);
            }
        }
        for path in pyproject::others(finder) {
            if let Some(document) = finder.open_holding(path, tells_of_azure_devops) {
                addresses::enter(finder, &document, |_| true);
            }
        }
        // Indexes of other tools, and requirements that name an address, are read by uv as well.
        for document in finder.pyprojects() {
            addresses::enter(finder, document, |section| !is_poetrys(section));
        }
    }
}

fn credential_files(finder: &Finder<'_>) -> Vec<PathBuf> {
    let folders = finder.folders();
    let platform = finder.platform();
    let moved = platform.variable("UV_CREDENTIALS_DIR").map(PathBuf::from);
    let mut found: Vec<_> = moved
        .filter(|path| path.is_absolute())
        .into_iter()
        .collect();
    let usual = match platform.system() {
        System::Windows => vec![
            folders.config.join("uv"),
            folders.config.join("uv").join("data"),
        ],
        // The second one is of older versions, and goes on being used.
        System::MacOs => vec![folders.xdg_data.join("uv"), folders.data.join("uv")],
        System::Linux => vec![folders.xdg_data.join("uv")],
    };
    found.extend(usual.into_iter().map(|folder| folder.join("credentials")));
    found
        .into_iter()
        .map(|folder| folder.join("credentials.toml"))
        .collect()
}

fn settings_files(finder: &Finder<'_>) -> Vec<PathBuf> {
    let folders = finder.folders();
    let platform = finder.platform();
    let moved = platform.variable("UV_CONFIG_FILE").map(PathBuf::from);
    let mut found: Vec<_> = moved
        .filter(|path| path.is_absolute())
        .into_iter()
        .collect();
    let (usual, machine) = match platform.system() {
        System::Windows => (
            &folders.config,
            vec![program_data(finder).join("uv").join("uv.toml")],
        ),
        System::MacOs | System::Linux => (
            &folders.xdg_config,
            vec!["/etc/uv/uv.toml".into(), "/etc/xdg/uv/uv.toml".into()],
        ),
    };
    found.push(usual.join("uv").join("uv.toml"));
    if !platform.hermetic() {
        found.extend(machine);
    }
    found
}

fn look_at(finder: &mut Finder<'_>, document: &Document) {
    addresses::enter(finder, document, |_| true);
    let scope = finder.scope();
    let read = |file: Table<'_>| {
        let entries = file.list("credential");
        let few = entries.iter().take(MOST);
        let found: Vec<_> = few
            .filter_map(|entry| credential(document, entry, scope))
            .collect();
        (entries.len(), found)
    };
    let found = understood_toml(finder, document, read, |(entries, _)| *entries);
    for credential in found.into_iter().flat_map(|(_, found)| found) {
        finder.add(credential);
    }
}

fn credential(document: &Document, entry: &Listed<'_>, scope: &Scope) -> Option<Credential> {
    let value = |key: &str| {
        entry
            .table
            .value(key)
            .filter(|value| !value.string.is_empty())
    };
    let secret = value("password").or_else(|| value("token"))?;
    if is_reference(&secret.string) {
        return None;
    }
    let service = value("service").map_or_else(String::new, |service| service.string);
    let address = Address::parse(&service);
    let known = !service.is_empty();
    let is_token = token::open(&secret.string).token.is_some();
    // Another host's, or one of no host that has no known form.
    if address.is_none() && (known || !is_token) {
        return None;
    }
    let in_address = address.and_then(|address| address.organization);
    let remedy = if in_address.is_some() {
        Remedy::Automatic
    } else {
        Remedy::Consent
    };
    let organization = in_address.or_else(|| {
        let user = value("username").filter(|_| known)?;
        addresses::named(scope, &user.string)
    });
    let draft = document
        .draft(NAME, Kind::Password)
        .organization(organization)
        .entry(format_args!("credential {service}"))
        .address(&service)
        .at(secret.range.start)
        .value(&secret.string);
    let draft = match entry.lines(document.as_str()) {
        Some(lines) => draft.remedy(remedy).cut(lines),
        None => draft.remedy(Remedy::Manual).advice(BY_HAND),
    };
    Some(draft.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PlaceState;
    use crate::stores::checks::{find_with_variables, secrets, shown, without, without_one};
    use crate::testing::{TestHome, pat84};

    const FILE: &str = ".local/share/uv/credentials/credentials.toml";

    /// As `uv auth login` writes it; it leaves `/simple` out.
    fn entry(organization: &str, password: &str) -> String {
        let service = format!("https://pkgs.dev.azure.com/{organization}/_packaging/f/pypi");
        format!(
            "[[credential]]\nservice = \"{service}\"\nusername = \"me\"\nscheme = \"basic\"\npassword = \"{password}\"\n"
        )
    }

    fn other() -> String {
        "[[credential]]\nservice = \"https://registry.example.com/\"\nscheme = \"bearer\"\ntoken = \"elsewhere\"\n".to_owned()
    }

    #[test]
    fn an_entry_goes_whole_as_a_logout_would_have_it() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        let (ours, theirs) = (entry("contoso", &token), entry("fabrikam", "theirs"));
        home.write(FILE, [&ours, "\n", &theirs, "\n", &other()].concat());
        let found = home.find(&Uv);
        let entry = |organization: &str| {
            format!("credential https://pkgs.dev.azure.com/{organization}/_packaging/f/pypi")
        };
        assert_eq!(
            shown(&found),
            [
                (
                    "contoso",
                    Kind::Pat,
                    Remedy::Automatic,
                    5,
                    entry("contoso").as_str()
                ),
                (
                    "fabrikam",
                    Kind::Password,
                    Remedy::Automatic,
                    11,
                    entry("fabrikam").as_str()
                ),
            ]
        );
        assert_eq!(secrets(&found), [token.as_str(), "theirs"]);
        assert_eq!(
            without(&found, "contoso"),
            Some([&theirs, "\n", &other()].concat())
        );
        assert_eq!(
            without_one(&found, 1),
            Some([&ours, "\n", &other()].concat())
        );
    }

    #[test]
    fn every_form_of_an_entry_is_judged_by_its_service() {
        let token = pat84('C', 'A', 1);
        for (text, expected) in [
            // A token on its own is sent as it is.
            (
                format!("[[credential]]\r\nscheme = \"bearer\"\r\nservice = \"https://contoso.pkgs.visualstudio.com\"\r\ntoken = \"{token}\""),
                Some(("contoso", Remedy::Automatic, 4)),
            ),
            (
                "[[credential]]\nservice = \"https://pkgs.dev.azure.com\"\nusername = \"Contoso\"\npassword = \"p\"".to_owned(),
                Some(("contoso", Remedy::Consent, 4)),
            ),
            (
                "[[credential]]\nservice = \"pkgs.dev.azure.com\"\nusername = \"me\"\npassword = \"p\"".to_owned(),
                Some(("?", Remedy::Consent, 4)),
            ),
            (
                format!("[[credential]]\nusername = \"contoso\"\npassword = \"{token}\""),
                Some(("?", Remedy::Consent, 3)),
            ),
            (
                "credential = [{ service = \"https://pkgs.dev.azure.com/contoso\", password = \"p\" }]".to_owned(),
                Some(("contoso", Remedy::Manual, 1)),
            ),
            ("[[credential]]\nusername = \"contoso\"\npassword = \"p\"".to_owned(), None),
            (other(), None),
            (
                "[[credential]]\nservice = \"https://pkgs.dev.azure.com/contoso\"\npassword = \"$PAT\"".to_owned(),
                None,
            ),
            ("[credential]\npassword = \"p\"".to_owned(), None),
        ] {
            let home = TestHome::new();
            home.write(FILE, &text);
            let found = home.find(&Uv);
            let shown: Vec<_> = shown(&found)
                .iter()
                .map(|(name, _, remedy, line, _)| (*name, *remedy, *line))
                .collect();
            assert_eq!(shown, Vec::from_iter(expected), "{text}");
        }
    }

    #[test]
    fn user_info_of_settings_and_projects_is_cut() {
        for (path, before, entry) in [
            (".config/uv/uv.toml", "[[index]]\r\nurl = \"", "index.url"),
            ("src/a/uv.toml", "\u{feff}[[index]]\nurl = \"", "index.url"),
            (
                "src/a/pyproject.toml",
                "[[tool.uv.index]]\nurl = \"",
                "tool.uv.index.url",
            ),
            (
                "src/a/pyproject.toml",
                "[project]\ndependencies = [\"app @ ",
                "project.dependencies",
            ),
            (
                "src/a/uv.lock",
                "[[package]]\nsource = { registry = \"",
                "package.source",
            ),
        ] {
            let home = TestHome::new();
            let text = |user: &str| {
                format!(
                    "{before}https://{user}pkgs.dev.azure.com/contoso/_packaging/f/pypi/simple/\""
                )
            };
            home.write(path, text("me:s3cret@"));
            let found = home.find(&Uv);
            assert_eq!(
                shown(&found),
                [("contoso", Kind::Password, Remedy::Consent, 2, entry)],
                "{path}"
            );
            assert_eq!(without(&found, "contoso"), Some(text("")), "{path}");
        }
        let home = TestHome::new();
        home.write(
            "pyproject.toml",
            "[[tool.poetry.source]]\nurl = \"https://a:b@pkgs.dev.azure.com/contoso/\"\n",
        );
        assert_eq!(shown(&home.find(&Uv)), []);
    }

    #[test]
    fn a_file_that_says_nothing_of_the_service_is_neither_decoded_nor_listed() {
        let home = TestHome::new();
        home.write(
            "src/a/uv.lock",
            b"\xff\x00 url = \"https://a:b@pypi.example.com/\"",
        );
        home.write("src/a/pyproject.toml", "[project]\n");
        let found = home.find(&Uv);
        assert_eq!(shown(&found), []);
        let read = |place: &&crate::model::Place| place.state == PlaceState::Read;
        assert_eq!(found.places.iter().filter(read).count(), 0);
    }

    #[test]
    fn what_is_no_toml_is_said_without_quoting_it() {
        let home = TestHome::new();
        home.write(FILE, "[[credential]]\npassword = \"s3cret\n");
        let found = home.find(&Uv);
        assert_eq!(shown(&found), []);
        assert_eq!(found.places[0].state, PlaceState::Unreadable);
        assert_eq!(found.places[0].reason.as_deref(), Some("line 2 is no TOML"));
    }

    #[test]
    fn each_system_has_its_folders_and_variables_move_them() {
        for (system, path) in [
            (System::Linux, ".local/share/uv/credentials"),
            (System::MacOs, ".local/share/uv/credentials"),
            (System::MacOs, "Library/Application Support/uv/credentials"),
            (System::Windows, "AppData/Roaming/uv/credentials"),
            (System::Windows, "AppData/Roaming/uv/data/credentials"),
        ] {
            let home = TestHome::of(system);
            home.write(&format!("{path}/credentials.toml"), entry("contoso", "p"));
            assert_eq!(shown(&home.find(&Uv)).len(), 1, "{path}");
        }
        let home = TestHome::new();
        home.write("moved/credentials.toml", entry("contoso", "p"));
        let settings = home.write(
            "moved/settings.toml",
            "extra-index-url = [\"https://a:b@pkgs.dev.azure.com/contoso/\"]",
        );
        let variables = [
            ("UV_CREDENTIALS_DIR", home.path().join("moved")),
            ("UV_CONFIG_FILE", settings),
        ];
        assert_eq!(shown(&find_with_variables(&home, &Uv, &variables)).len(), 2);
    }
}
