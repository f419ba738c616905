//! Bun: registries in `bunfig.toml`, which belong to the npm store because they hold what `.npmrc` holds.
//!
//! Source: bun.sh, "bunfig.toml", `install.registry` and `install.scopes`.

use std::path::{Path, PathBuf};

use super::{addresses, understood_toml};
use crate::model::{Address, Credential, Kind, Remedy, Scope};
use crate::stores::Finder;
use crate::text::toml::{Table, Value};
use crate::text::{Document, is_reference, tells_of_azure_devops};

/// Its name in projects; the person's own begins with a full stop.
pub(super) const FILE: &str = "bunfig.toml";

/// A registry with its login.
struct Registry {
    /// `install.registry`, `install.scopes.<name>`.
    entry: String,
    address: Option<Value>,
    user: Option<Value>,
    /// With their keys.
    secrets: Vec<(&'static str, Value)>,
}

/// Enters what stands in the person's file and in those of projects.
pub(super) fn find(finder: &mut Finder<'_>, projects: &[&Path]) {
    for path in user_files(finder) {
        if let Some(document) = finder.open_once(&path) {
            look_at(finder, &document);
        }
    }
    for path in projects {
        if let Some(document) = finder.open_holding(path, tells_of_azure_devops) {
            look_at(finder, &document);
        }
    }
}

fn user_files(finder: &Finder<'_>) -> Vec<PathBuf> {
    let folders = finder.folders();
    [&folders.home, &folders.xdg_config]
        .map(|folder| folder.join(".bunfig.toml"))
        .to_vec()
}

fn look_at(finder: &mut Finder<'_>, document: &Document) {
    addresses::enter(finder, document, |_| true);
    let registries = understood_toml(finder, document, registries, Vec::len);
    for registry in registries.iter().flatten() {
        for credential in credentials(document, registry, finder.scope()) {
            finder.add(credential);
        }
    }
}

fn registries(settings: Table<'_>) -> Vec<Registry> {
    let registry = |entry: String, table: Table<'_>| {
        let secrets = ["password", "token"];
        let secrets = secrets.into_iter();
        Registry {
            entry,
            address: table.value("url"),
            user: table.value("username"),
            secrets: secrets
                .filter_map(|key| Some((key, table.value(key)?)))
                .collect(),
        }
    };
    let Some(install) = settings.table("install") else {
        return Vec::new();
    };
    let default = install.table("registry");
    let scopes = install.table("scopes").into_iter().flat_map(Table::tables);
    default
        .map(|table| registry("install.registry".to_owned(), table))
        .into_iter()
        .chain(scopes.map(|(name, table)| registry(format!("install.scopes.{name}"), table)))
        .collect()
}

fn credentials(document: &Document, registry: &Registry, scope: &Scope) -> Vec<Credential> {
    let text = document.as_str();
    let address = registry.address.as_ref();
    let Some(address) = address.and_then(|address| Address::parse(&address.string)) else {
        return Vec::new();
    };
    let user = registry.user.as_ref().map_or("", |user| &user.string);
    let organization = address
        .organization
        .or_else(|| addresses::named(scope, user));
    let secrets = registry.secrets.iter().filter(|(_, secret)| {
        !secret.string.is_empty() && !is_reference(&secret.string) && !is_variable(&secret.string)
    });
    let found = secrets.map(|(key, secret)| {
        let draft = document
            .draft(super::npm::NAME, Kind::Password)
            .organization(organization.clone())
            .entry(format_args!("{}.{key}", registry.entry))
            .at(secret.range.start)
            .value(&secret.string)
            .remedy(Remedy::Consent);
        secret.cut_from(text, draft).finish()
    });
    found.collect()
}

/// `$npm_token`: Bun takes a variable's name in either case.
fn is_variable(value: &str) -> bool {
    value.strip_prefix('$').is_some_and(|name| {
        let belongs = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        !name.is_empty() && name.bytes().all(belongs)
    })
}

#[cfg(test)]
mod tests {
    use crate::model::{Kind, PlaceState, Remedy};
    use crate::stores::checks::{secrets, shown, without};
    use crate::stores::packages::Npm;
    use crate::testing::{TestHome, pat84};

    const FEED: &str = "pkgs.dev.azure.com/contoso/_packaging/f/npm/registry/";

    #[test]
    fn a_registry_loses_its_secret_and_keeps_the_rest() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        let text = |password: &str, inline: &str, user: &str| {
            format!(
                "[install]\r\nregistry = \"https://{user}{FEED}\"\r\n\r\n[install.scopes]\r\n\
                 \"@a\" = {{ {inline}url = \"https://{FEED}\", username = \"me\" }}\r\n\
                 other = {{ url = \"https://registry.example.com/\", token = \"elsewhere\" }}\r\n\
                 variable = {{ url = \"https://{FEED}\", token = \"$npm_token\" }}\r\n\
                 [install.scopes.c]\r\nurl = \"https://fabrikam.pkgs.visualstudio.com/\"\r\n{password}"
            )
        };
        let inline = format!("password = \"{token}\", ");
        home.write(
            "src/a/bunfig.toml",
            text("token = \"theirs\"", &inline, "me:s3cret@"),
        );
        let found = home.find(&Npm);
        assert_eq!(
            shown(&found),
            [
                (
                    "contoso",
                    Kind::Password,
                    Remedy::Consent,
                    2,
                    "install.registry"
                ),
                (
                    "contoso",
                    Kind::Pat,
                    Remedy::Consent,
                    5,
                    "install.scopes.@a.password"
                ),
                (
                    "fabrikam",
                    Kind::Password,
                    Remedy::Consent,
                    10,
                    "install.scopes.c.token"
                ),
            ]
        );
        assert_eq!(secrets(&found), ["s3cret", token.as_str(), "theirs"]);
        assert_eq!(
            without(&found, "contoso"),
            Some(text("token = \"theirs\"", " ", "").replace("{  url", "{ url"))
        );
        assert_eq!(
            without(&found, "fabrikam"),
            Some(text("", &inline, "me:s3cret@"))
        );
    }

    #[test]
    fn the_persons_own_file_asks_first_too() {
        let home = TestHome::new();
        let text = format!("[install.registry]\nurl = \"https://{FEED}\"\ntoken = \"word\"\n");
        home.write(".bunfig.toml", &text);
        home.write(".config/.bunfig.toml", &text);
        let found = home.find(&Npm);
        let found = shown(&found);
        assert_eq!(found.len(), 2);
        assert_eq!(
            found[0],
            (
                "contoso",
                Kind::Password,
                Remedy::Consent,
                3,
                "install.registry.token"
            )
        );
    }

    #[test]
    fn what_is_no_toml_is_said_without_quoting_it() {
        let home = TestHome::new();
        let path = home.write(".bunfig.toml", "[install]\nregistry = { token = \"s3cret\n");
        let found = home.find(&Npm);
        let place = found
            .places
            .iter()
            .find(|place| place.path == crate::token::shown_path(&path));
        assert!(place.is_some_and(|place| {
            place.state == PlaceState::Unreadable
                && place.reason.as_deref() == Some("line 2 is no TOML")
        }));
    }
}
