//! Cargo: tokens of registries in `credentials.toml` and in its settings.
//!
//! Source: The Cargo Book, "Configuration" and "Registry Authentication". What is written here by
//! `cargo login` is one line, and `cargo logout` takes that line away.

use std::path::{Path, PathBuf};

use super::addresses::{self, Owner};
use super::cargo_toml::{Registry, registries};
use super::understood_toml;
use crate::model::{Address, Credential, Kind, Remedy};
use crate::stores::{About, Finder, Store};
use crate::text::{Document, is_reference};
use crate::token;

const NAME: &str = "cargo";

/// The store.
#[derive(Debug)]
pub struct Cargo;

/// A file with the registries that it defines or holds tokens of.
struct Settings {
    document: Document,
    registries: Vec<Registry>,
    remedy: Remedy,
}

impl Store for Cargo {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Cargo registry tokens",
            clears: "cargo logout --registry NAME",
        }
    }

    fn project_files(&self) -> &'static [&'static str] {
        // Without the ending: before Cargo 1.39, and still read where it stands alone.
        &["config.toml", "config"]
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let mut files = Vec::new();
        for path in user_files(finder) {
            files.extend(open(finder, &path, Remedy::Automatic));
        }
        for path in finder.project_files() {
            // The names are common; they are Cargo's only in a folder of this name.
            let folder = path.parent().and_then(Path::file_name);
            if folder.is_some_and(|folder| folder == ".cargo") {
                files.extend(open(finder, path, Remedy::Consent));
            }
        }
        for file in &files {
            for credential in credentials(file, &files) {
                finder.add(credential);
            }
        }
    }
}

fn user_files(finder: &Finder<'_>) -> Vec<PathBuf> {
    let moved = finder.platform().variable("CARGO_HOME").map(PathBuf::from);
    let usual = finder.home().join(".cargo");
    let folders = moved.filter(|path| path.is_absolute()).into_iter();
    let names = ["credentials.toml", "credentials", "config.toml", "config"];
    folders
        .chain([usual])
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .collect()
}

fn open(finder: &mut Finder<'_>, path: &Path, remedy: Remedy) -> Option<Settings> {
    let document = finder.open_once(path)?;
    for draft in addresses::in_lines(&document, NAME, finder.scope(), |_| true) {
        finder.add(draft.remedy(remedy).finish());
    }
    Some(Settings {
        registries: understood_toml(finder, &document, registries, Vec::len)?,
        document,
        remedy,
    })
}

fn credentials(file: &Settings, all: &[Settings]) -> Vec<Credential> {
    let document = &file.document;
    let text = document.as_str();
    let mut found = Vec::new();
    for registry in &file.registries {
        let Some(token) = &registry.token else {
            continue;
        };
        if token.string.is_empty() || is_reference(&token.string) {
            continue;
        }
        let organization = match owner(registry, file, all) {
            Owner::AzureDevOps(organization) => organization,
            Owner::Unknown if token::open(&token.string).token.is_some() => None,
            Owner::Unknown | Owner::Other => continue,
        };
        let draft = document
            .draft(NAME, Kind::Password)
            .organization(organization)
            .entry(format_args!("registries.{}.token", registry.name))
            .at(token.range.start)
            .value(&token.string)
            .remedy(file.remedy);
        found.push(token.cut_from(text, draft).finish());
    }
    found
}

/// The address in the same table, else what the other files say of the name.
fn owner(registry: &Registry, file: &Settings, all: &[Settings]) -> Owner {
    if let Some(index) = &registry.index {
        return addresses::owner(&[Address::parse(index)]);
    }
    let named = |file: &&Settings| {
        let registries = file.registries.iter();
        let same = registries.filter(|other| other.name == registry.name);
        let indexes = same.filter_map(|other| other.index.as_ref());
        indexes
            .map(|index| Address::parse(index))
            .collect::<Vec<_>>()
    };
    let same_file = named(&file);
    let addresses = if same_file.is_empty() {
        all.iter().flat_map(|file| named(&file)).collect()
    } else {
        same_file
    };
    addresses::owner(&addresses)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::model::PlaceState;
    use crate::stores::checks::{find_with_variables, secrets, shown, without, without_one};
    use crate::testing::{TestHome, pat84};
    use crate::text::toml;

    const CREDENTIALS: &str = ".cargo/credentials.toml";
    const CONFIG: &str = ".cargo/config.toml";
    const INDEX: &str = "sparse+https://pkgs.dev.azure.com/contoso/_packaging/f/Cargo/index/";

    fn config() -> String {
        format!(
            "[registries.contoso]\nindex = \"{INDEX}\"\n\
             [registries]\nother = {{ index = \"sparse+https://registry.example.com/\" }}\n\
             fabrikam = {{ index = 'sparse+https://fabrikam.pkgs.visualstudio.com/_packaging/f/Cargo/index/' }}\n"
        )
    }

    fn basic(token: &str) -> String {
        format!("Basic {}", STANDARD.encode(format!("PAT:{token}")))
    }

    #[test]
    fn a_token_goes_as_cargo_logout_would_have_it() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        home.write(CONFIG, config());
        // As `cargo login` writes it.
        let rest = "[registries.fabrikam]\ntoken = \"Basic dGhlaXJz\"\n\n[registries.other]\ntoken = \"elsewhere\"\n\n\
                    [registry]\ntoken = \"crates\"\n";
        home.write(
            CREDENTIALS,
            format!(
                "[registries.contoso]\ntoken = \"{}\"\n\n{rest}",
                basic(&token)
            ),
        );
        let found = home.find(&Cargo);
        assert_eq!(
            shown(&found),
            [
                (
                    "contoso",
                    Kind::Pat,
                    Remedy::Automatic,
                    2,
                    "registries.contoso.token"
                ),
                (
                    "fabrikam",
                    Kind::Password,
                    Remedy::Automatic,
                    5,
                    "registries.fabrikam.token"
                ),
            ]
        );
        assert_eq!(secrets(&found)[0], token);
        assert_eq!(
            without(&found, "contoso"),
            Some(format!("[registries.contoso]\n\n{rest}"))
        );
    }

    #[test]
    fn every_form_of_toml_is_cut_where_it_stands() {
        let value = format!("\"{}\"", basic(&pat84('C', 'A', 1)));
        let index = format!("index = \"{INDEX}\"");
        for (before, after) in [
            ("registries.contoso.token = TOKEN # note\r\nx = 1", "x = 1"),
            ("[registries]\ncontoso.token = TOKEN", "[registries]\n"),
            (
                "[registries]\n  contoso = { token = TOKEN }\n",
                "[registries]\n  contoso = {}\n",
            ),
            (
                "[registries]\ncontoso = { INDEX, token = TOKEN }\n",
                "[registries]\ncontoso = { INDEX }\n",
            ),
            (
                "[registries]\ncontoso = {token=TOKEN, INDEX}\n",
                "[registries]\ncontoso = { INDEX}\n",
            ),
            (
                "[registries]\ncontoso = { a=1, token=TOKEN, INDEX}\n",
                "[registries]\ncontoso = { a=1, INDEX}\n",
            ),
            (
                "registries = { contoso.token = TOKEN, b.index = '' }",
                "registries = { b.index = '' }",
            ),
            (
                "registries = { b.index = '', contoso.token = TOKEN }",
                "registries = { b.index = '' }",
            ),
            (
                "[registries.contoso]\n'token' = TOKEN\nINDEX",
                "[registries.contoso]\nINDEX",
            ),
            (
                "\u{feff}[registries.\"contoso\"]\r\nINDEX\r\ntoken='''\r\nTOKEN'''\r\n",
                "\u{feff}[registries.\"contoso\"]\r\nINDEX\r\n",
            ),
        ] {
            let home = TestHome::new();
            let fill =
                |text: &str, value: &str| text.replace("INDEX", &index).replace("TOKEN", value);
            let value = if before.contains("'''") {
                value.trim_matches('"')
            } else {
                &value
            };
            home.write(CONFIG, config());
            home.write(CREDENTIALS, fill(before, value));
            let found = home.find(&Cargo);
            assert_eq!(shown(&found).len(), 1, "{before}");
            assert_eq!(shown(&found)[0].0, "contoso", "{before}");
            let left = without(&found, "contoso").unwrap_or_default();
            assert_eq!(left, fill(after, value), "{before}");
            assert!(
                toml::parse(left.trim_start_matches('\u{feff}')).is_ok(),
                "{left}"
            );
        }
    }

    #[test]
    fn a_token_under_a_key_of_several_parts_goes_alone() {
        let home = TestHome::new();
        let theirs = INDEX.replace("contoso", "fabrikam");
        let text = |ours: &str| {
            format!(
                "[registries]\ncontoso.index = \"{INDEX}\"\nfabrikam.index = \"{theirs}\"\n\
                 fabrikam.token = \"theirs\"\n{ours}"
            )
        };
        let token = format!("contoso.token = \"{}\"\n", pat84('C', 'A', 1));
        home.write(CONFIG, text(&token));
        let found = home.find(&Cargo);
        assert_eq!(without(&found, "contoso"), Some(text("")));
    }

    #[test]
    fn a_registry_without_an_address_needs_a_known_token() {
        let home = TestHome::new();
        home.write(
            CREDENTIALS,
            format!(
                "[registries.a]\ntoken = \"{}\"\n[registries.b]\ntoken = \"word\"\n",
                pat84('C', 'A', 1)
            ),
        );
        assert_eq!(
            shown(&home.find(&Cargo)),
            [("?", Kind::Pat, Remedy::Consent, 2, "registries.a.token")]
        );
    }

    #[test]
    fn one_name_for_two_organizations_names_none() {
        let home = TestHome::new();
        home.write(CREDENTIALS, "[registries.contoso]\ntoken = \"word\"\n");
        home.write(
            "a/.cargo/config.toml",
            format!("[registries.contoso]\nindex = \"{INDEX}\"\n"),
        );
        assert_eq!(shown(&home.find(&Cargo))[0].0, "contoso");
        home.write(
            "b/.cargo/config.toml",
            format!(
                "[registries.contoso]\nindex = \"{}\"\n",
                INDEX.replace("contoso", "fabrikam")
            ),
        );
        assert_eq!(shown(&home.find(&Cargo))[0].0, "?");
    }

    #[test]
    fn a_project_is_asked_about_and_other_files_of_the_name_are_not_read() {
        let home = TestHome::new();
        let text = |user: &str| {
            let index = INDEX.replace("//", &format!("//{user}"));
            format!(
                "[registries.a]\nindex = \"{index}\"\ntoken = \"word\"\n[source.b]\nregistry = \"{index}\"\n"
            )
        };
        home.write("app/.cargo/config", text("u:p@"));
        home.write("app/config.toml", text("u:p@"));
        home.write("app/config", text("u:p@"));
        let found = home.find(&Cargo);
        assert_eq!(
            shown(&found),
            [
                (
                    "contoso",
                    Kind::Password,
                    Remedy::Consent,
                    2,
                    "registries.a.index"
                ),
                (
                    "contoso",
                    Kind::Password,
                    Remedy::Consent,
                    5,
                    "source.b.registry"
                ),
                (
                    "contoso",
                    Kind::Password,
                    Remedy::Consent,
                    3,
                    "registries.a.token"
                ),
            ]
        );
        assert_eq!(
            without(&found, "contoso"),
            Some(text("").replace("token = \"word\"\n", ""))
        );
        assert_eq!(
            without_one(&found, 2).map(|text| text.contains("p@")),
            Some(true)
        );
    }

    #[test]
    fn user_info_is_cut_wherever_it_stands() {
        let home = TestHome::new();
        let text = |user: &str| {
            let git = format!("https://{user}dev.azure.com/contoso/p/_git/r");
            format!(
                "[source.\"git+https://dev.azure.com/contoso/p/_git/r\"]\ngit = \"{git}\"\nreplace-with = \"v\"\n\
                 [patch.crates-io]\nx = {{ git = \"{git}\" }}\n"
            )
        };
        home.write(CONFIG, text("u:p@"));
        let found = home.find(&Cargo);
        assert_eq!(secrets(&found), ["p", "p"]);
        assert_eq!(without(&found, "contoso"), Some(text("")));
    }

    #[test]
    fn the_file_of_old_versions_is_read() {
        let home = TestHome::new();
        home.write(".cargo/config", config());
        home.write(
            ".cargo/credentials",
            "[registries.contoso]\ntoken = \"word\"",
        );
        assert_eq!(shown(&home.find(&Cargo)).len(), 1);
    }

    #[test]
    fn what_is_no_toml_is_said_without_quoting_it() {
        let home = TestHome::new();
        home.write(CREDENTIALS, "[registries.contoso]\ntoken = \"s3cret\n");
        let found = home.find(&Cargo);
        assert_eq!(found.places[0].state, PlaceState::Unreadable);
        assert_eq!(found.places[0].reason.as_deref(), Some("line 2 is no TOML"));
    }

    #[test]
    fn cargo_home_may_be_elsewhere() {
        let home = TestHome::new();
        home.write(
            "moved/credentials.toml",
            "[registries.contoso]\ntoken = \"word\"",
        );
        home.write(CONFIG, config());
        let variables = [("CARGO_HOME", home.path().join("moved"))];
        let found = find_with_variables(&home, &Cargo, &variables);
        assert_eq!(shown(&found).len(), 1);
    }
}
