//! Poetry: passwords in `auth.toml`, user-info in its settings, in the sources of projects and in lock files.
//!
//! Source: python-poetry.org, "Configuration" and "Configuring Credentials". `poetry config http-basic.NAME` writes a table of
//! that name into `auth.toml`; the address of the name stands in `config.toml` or in a project.

use std::path::PathBuf;

use super::addresses::{self, Owner};
use super::{MOST, pyproject, understood_toml};
use crate::model::{Address, Credential, Kind, Remedy, Scope};
use crate::platform::System;
use crate::stores::{About, Finder, Store};
use crate::text::toml::{self, Table, Value};
use crate::text::{Document, is_reference, tells_of_azure_devops};
use crate::token;

const NAME: &str = "poetry";
/// Settings of a project.
const SETTINGS: &str = "poetry.toml";

/// The store.
#[derive(Debug)]
pub struct Poetry;

/// A password or token of a name.
struct Login {
    /// Its entry: `http-basic.<name>.password`, `pypi-token.<name>`.
    entry: String,
    name: String,
    user: Option<String>,
    secret: Value,
}

/// A name and its address; `None` is one of another host.
pub(in crate::stores) type Named = (String, Option<Address>);

impl Store for Poetry {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Poetry feed passwords",
            clears: "poetry config --unset http-basic.NAME",
        }
    }

    fn project_files(&self) -> &'static [&'static str] {
        &[pyproject::FILE, SETTINGS, "poetry.lock"]
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let mut files = Vec::new();
        let mut known: Vec<Named> = Vec::new();
        for folder in folders(finder) {
            for name in ["config.toml", "auth.toml"] {
                if let Some(document) = finder.open_once(&folder.join(name)) {
                    let (logins, named) = read(finder, &document);
                    known.extend(named);
                    addresses::enter(finder, &document, |_| true);
                    files.push((document, logins));
                }
            }
        }
        let mut in_projects = Vec::new();
        for path in pyproject::others(finder) {
            if let Some(document) = finder.open_holding(path, tells_of_azure_devops) {
                if path.file_name().is_some_and(|name| name == SETTINGS) {
                    in_projects.extend(read(finder, &document).1);
                }
                addresses::enter(finder, &document, |_| true);
            }
        }
        let projects = finder.pyprojects();
        for document in projects {
            addresses::enter(finder, document, is_poetrys);
        }
        let mut logins = files.iter().flat_map(|(_, logins)| logins);
        if !logins.all(|login| is_known(&known, &login.name)) {
            in_projects.extend(projects.iter().flat_map(sources));
        }
        for (document, logins) in &files {
            for login in logins {
                let from = if is_known(&known, &login.name) {
                    &known
                } else {
                    &in_projects
                };
                let found = credential(document, login, owner(from, &login.name), finder.scope());
                if let Some(found) = found {
                    finder.add(found);
                }
            }
        }
    }
}

/// The tables of a `pyproject.toml` that are Poetry's own.
pub(super) fn is_poetrys(section: &str) -> bool {
    section == "tool.poetry" || section.starts_with("tool.poetry.")
}

pub(in crate::stores) fn folders(finder: &Finder<'_>) -> Vec<PathBuf> {
    let folders = finder.folders();
    let platform = finder.platform();
    let moved = platform.variable("POETRY_CONFIG_DIR").map(PathBuf::from);
    let mut found: Vec<_> = moved
        .filter(|path| path.is_absolute())
        .into_iter()
        .collect();
    found.push(folders.config.join("pypoetry"));
    if platform.system() == System::MacOs {
        // Where it was before version 1.2, which goes on using it.
        found.push(folders.home.join("Library/Preferences/pypoetry"));
        // Where people put it who keep all settings in one place, and link it.
        found.push(folders.xdg_config.join("pypoetry"));
    }
    found
}

fn read(finder: &mut Finder<'_>, document: &Document) -> (Vec<Login>, Vec<Named>) {
    let read = |settings: Table<'_>| (logins(settings), repositories(settings));
    let entries = |(logins, named): &(Vec<Login>, Vec<Named>)| logins.len().max(named.len());
    understood_toml(finder, document, read, entries).unwrap_or_default()
}

fn logins(settings: Table<'_>) -> Vec<Login> {
    let mut found = Vec::new();
    let basic = settings.table("http-basic").into_iter();
    for (name, table) in basic.flat_map(Table::tables) {
        found.extend(table.value("password").map(|secret| Login {
            entry: format!("http-basic.{name}.password"),
            name: name.to_owned(),
            user: table.value("username").map(|user| user.string),
            secret,
        }));
    }
    let tokens = settings.table("pypi-token").into_iter();
    found.extend(tokens.flat_map(Table::values).map(|(name, secret)| Login {
        entry: format!("pypi-token.{name}"),
        name: name.to_owned(),
        user: None,
        secret,
    }));
    found
}

pub(in crate::stores) fn repositories(settings: Table<'_>) -> Vec<Named> {
    let tables = settings.table("repositories").into_iter();
    let named = tables.flat_map(Table::tables).filter_map(|(name, table)| {
        let address = Address::parse(&table.value("url")?.string);
        Some((name.to_owned(), address))
    });
    named.collect()
}

/// `[[tool.poetry.source]]` of a project. One that is no TOML has none, and its addresses were looked at line by line.
pub(in crate::stores) fn sources(document: &Document) -> Vec<Named> {
    let Ok(project) = toml::parse(document.as_str()) else {
        return Vec::new();
    };
    let poetry = Table::root(&project)
        .table("tool")
        .and_then(|tool| tool.table("poetry"));
    let sources = poetry.map_or_else(Vec::new, |poetry| poetry.list("source"));
    let named = sources.into_iter().take(MOST).filter_map(|source| {
        let address = Address::parse(&source.table.value("url")?.string);
        Some((source.table.value("name")?.string, address))
    });
    named.collect()
}

pub(in crate::stores) fn is_known(known: &[Named], name: &str) -> bool {
    known
        .iter()
        .any(|(other, _)| other.eq_ignore_ascii_case(name))
}

pub(in crate::stores) fn owner(known: &[Named], name: &str) -> Owner {
    let same = known
        .iter()
        .filter(|(other, _)| other.eq_ignore_ascii_case(name));
    addresses::owner(&same.map(|(_, address)| address.clone()).collect::<Vec<_>>())
}

fn credential(
    document: &Document,
    login: &Login,
    owner: Owner,
    scope: &Scope,
) -> Option<Credential> {
    let secret = &login.secret;
    if secret.string.is_empty() || is_reference(&secret.string) {
        return None;
    }
    let in_address = match owner {
        Owner::AzureDevOps(organization) => organization,
        Owner::Unknown if token::open(&secret.string).token.is_some() => None,
        Owner::Unknown | Owner::Other => return None,
    };
    let remedy = if in_address.is_some() {
        Remedy::Automatic
    } else {
        Remedy::Consent
    };
    let organization = in_address.or_else(|| addresses::named(scope, login.user.as_deref()?));
    let draft = document
        .draft(NAME, Kind::Password)
        .organization(organization)
        .entry(&login.entry)
        .at(secret.range.start)
        .value(&secret.string)
        .remedy(remedy);
    Some(secret.cut_from(document.as_str(), draft).finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PlaceState;
    use crate::stores::checks::{find_with_variables, secrets, shown, without, without_one};
    use crate::testing::{TestHome, pat84};

    const AUTH: &str = ".config/pypoetry/auth.toml";
    const CONFIG: &str = ".config/pypoetry/config.toml";

    fn feed(organization: &str) -> String {
        format!("https://pkgs.dev.azure.com/{organization}/_packaging/f/pypi/simple/")
    }

    fn basic(name: &str, password: &str) -> String {
        format!("[http-basic.{name}]\nusername = \"me\"\n{password}\n")
    }

    fn password(secret: &str) -> String {
        format!("password = \"{secret}\"\n")
    }

    fn repository(name: &str, address: &str) -> String {
        format!("[repositories.{name}]\nurl = \"{address}\"\n")
    }

    fn project(name: &str, address: &str) -> String {
        format!(
            "[project]\nname = \"app\"\n\n[[tool.poetry.source]]\nname = \"{name}\"\nurl = \"{address}\"\n"
        )
    }

    #[test]
    fn a_password_goes_and_the_rest_stays() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        // As `poetry config` writes it, which quotes a name with a full stop in it.
        let text = |ours: &str, upload: &str| {
            [
                basic("contoso", ours),
                basic("fabrikam", &password("theirs")),
                basic("\"other.feed\"", &password("elsewhere")),
                format!("[pypi-token]\n{upload}pypi = \"pypi-token\"\n"),
            ]
            .concat()
        };
        let upload = format!("contoso = \"{token}\"\n");
        home.write(AUTH, text(&password(&token), &upload));
        home.write(
            CONFIG,
            [
                "[keyring]\nenabled = false\n".to_owned(),
                repository("contoso", &feed("contoso")),
                repository("fabrikam", &feed("fabrikam")),
                repository("\"other.feed\"", "https://registry.example.com/"),
            ]
            .concat(),
        );
        let found = home.find(&Poetry);
        assert_eq!(
            shown(&found),
            [
                (
                    "contoso",
                    Kind::Pat,
                    Remedy::Automatic,
                    3,
                    "http-basic.contoso.password"
                ),
                (
                    "fabrikam",
                    Kind::Password,
                    Remedy::Automatic,
                    7,
                    "http-basic.fabrikam.password"
                ),
                (
                    "contoso",
                    Kind::Pat,
                    Remedy::Automatic,
                    14,
                    "pypi-token.contoso"
                ),
            ]
        );
        assert_eq!(secrets(&found), [token.as_str(), "theirs", token.as_str()]);
        assert_eq!(without(&found, "contoso"), Some(text("", "")));
        assert_eq!(without_one(&found, 0), Some(text("", &upload)));
    }

    #[test]
    fn a_password_under_a_key_of_several_parts_goes_alone() {
        let home = TestHome::new();
        let names = ["contoso", "fabrikam"].map(|name| repository(name, &feed(name)));
        home.write(CONFIG, names.concat());
        let text = |ours: &str| {
            format!(
                "http-basic.contoso.username = \"me\"\nhttp-basic.fabrikam.username = \"me\"\n\
                 http-basic.fabrikam.password = \"theirs\"\n{ours}"
            )
        };
        let token = pat84('C', 'A', 1);
        home.write(
            AUTH,
            text(&format!("http-basic.contoso.password = \"{token}\"\n")),
        );
        let found = home.find(&Poetry);
        assert_eq!(without(&found, "contoso"), Some(text("")));
    }

    #[test]
    fn a_project_may_know_the_name() {
        let home = TestHome::new();
        let login = basic("Feed", &password("p"));
        home.write(AUTH, &login);
        assert_eq!(shown(&home.find(&Poetry)), []);
        for (path, text) in [
            ("src/a/poetry.toml", repository("feed", &feed("contoso"))),
            ("src/a/pyproject.toml", project("feed", &feed("contoso"))),
        ] {
            let home = TestHome::new();
            home.write(AUTH, &login);
            home.write(path, text);
            assert_eq!(shown(&home.find(&Poetry))[0].0, "contoso");
        }
        home.write("src/a/pyproject.toml", project("feed", &feed("contoso")));
        assert_eq!(
            shown(&home.find(&Poetry)),
            [(
                "contoso",
                Kind::Password,
                Remedy::Automatic,
                3,
                "http-basic.Feed.password"
            )]
        );
        // Two projects give one name to two organizations: it may be for either.
        home.write("src/b/pyproject.toml", project("feed", &feed("fabrikam")));
        assert_eq!(
            shown(&home.find(&Poetry)),
            [(
                "?",
                Kind::Password,
                Remedy::Consent,
                3,
                "http-basic.Feed.password"
            )]
        );
        // The person's own settings come first.
        home.write(CONFIG, repository("feed", "https://registry.example.com/"));
        assert_eq!(shown(&home.find(&Poetry)), []);
    }

    #[test]
    fn a_name_that_nothing_knows_needs_a_known_token() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        let text = [
            basic("a", &password(&token)),
            basic("b", &password("word")),
            basic("c", &password("${PAT}")),
            "[http-basic.d]\nusername = \"me\"\n".to_owned(),
        ];
        home.write(AUTH, text.concat());
        assert_eq!(
            shown(&home.find(&Poetry)),
            [("?", Kind::Pat, Remedy::Consent, 3, "http-basic.a.password")]
        );
    }

    #[test]
    fn a_user_name_names_the_organization_of_a_host_only_address() {
        let home = TestHome::new();
        home.write(
            AUTH,
            "[http-basic]\na = {username = 'Contoso', password = 'p'}",
        );
        home.write(CONFIG, repository("a", "https://pkgs.dev.azure.com/"));
        let found = home.find(&Poetry);
        assert_eq!(
            shown(&found),
            [(
                "contoso",
                Kind::Password,
                Remedy::Consent,
                2,
                "http-basic.a.password"
            )]
        );
        assert_eq!(
            without(&found, "contoso").as_deref(),
            Some("[http-basic]\na = {username = 'Contoso'}")
        );
    }

    #[test]
    fn user_info_of_settings_and_projects_is_cut() {
        for (path, before, entry) in [
            (CONFIG, "[repositories.c]\r\nurl = \"", "repositories.c.url"),
            (
                "src/a/poetry.toml",
                "[repositories.c]\nurl = \"",
                "repositories.c.url",
            ),
            (
                "src/a/pyproject.toml",
                "\u{feff}[[tool.poetry.source]]\nurl = \"",
                "tool.poetry.source.url",
            ),
            (
                "src/a/poetry.lock",
                "[package.source]\nurl = \"",
                "package.source.url",
            ),
        ] {
            let home = TestHome::new();
            let text = |user: &str| {
                let address = feed("contoso").replace("//", &format!("//{user}"));
                format!("{before}{address}\"")
            };
            home.write(path, text("me:s3cret@"));
            let found = home.find(&Poetry);
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
            format!(
                "[[tool.uv.index]]\nurl = \"{}\"\n",
                feed("contoso").replace("//", "//a:b@")
            ),
        );
        assert_eq!(shown(&home.find(&Poetry)), []);
    }

    #[test]
    fn what_is_no_toml_is_said_without_quoting_it() {
        let home = TestHome::new();
        home.write(AUTH, "[http-basic.contoso]\npassword = \"s3cret\n");
        let found = home.find(&Poetry);
        let place = found
            .places
            .iter()
            .find(|place| place.path.ends_with("auth.toml"));
        assert!(place.is_some_and(|place| {
            place.state == PlaceState::Unreadable
                && place.reason.as_deref() == Some("line 2 is no TOML")
        }));
        assert_eq!(shown(&found), []);
    }

    #[test]
    fn each_system_has_its_folder_and_a_variable_moves_it() {
        let login = basic("a", &password(&pat84('C', 'A', 1)));
        for (system, path) in [
            (System::Linux, ".config/pypoetry"),
            (System::MacOs, "Library/Application Support/pypoetry"),
            (System::MacOs, "Library/Preferences/pypoetry"),
            (System::MacOs, ".config/pypoetry"),
            (System::Windows, "AppData/Roaming/pypoetry"),
        ] {
            let home = TestHome::of(system);
            home.write(&format!("{path}/auth.toml"), &login);
            assert_eq!(shown(&home.find(&Poetry)).len(), 1, "{path}");
        }
        let home = TestHome::new();
        home.write("moved/auth.toml", &login);
        let variables = [("POETRY_CONFIG_DIR", home.path().join("moved"))];
        assert_eq!(
            shown(&find_with_variables(&home, &Poetry, &variables)).len(),
            1
        );
    }
}
