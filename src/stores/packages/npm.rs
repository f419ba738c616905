//! npm, pnpm and yarn classic: `.npmrc`, and what npm wrote into its logs; Bun's registries.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::npmrc::{Npmrc, Setting};
use super::{MOST, addresses, bun, moved_file, too_many};
use crate::model::{Address, Credential, Kind, Remedy, Scope};
use crate::platform::System;
use crate::stores::{About, Finder, Store};
use crate::text::{Document, is_reference};
use crate::token;

pub(super) const NAME: &str = "npm";

/// The store.
#[derive(Debug)]
pub struct Npm;

impl Store for Npm {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "npm registries (.npmrc)",
            clears: "npm config delete \"//pkgs.dev.azure.com/…/:_password\"",
        }
    }

    fn project_files(&self) -> &'static [&'static str] {
        &[".npmrc", bun::FILE]
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let mut prefix = variable(finder, "prefix").map(PathBuf::from);
        for path in user_files(finder) {
            if let Some(document) = look_at(finder, &path, Remedy::Automatic) {
                let set = Npmrc::parse(document.as_str())
                    .get("prefix")
                    .map(PathBuf::from);
                prefix = prefix.or(set.filter(|path| path.is_absolute()));
            }
        }
        for path in global_files(finder, prefix) {
            look_at(finder, &path, Remedy::Automatic);
        }
        let (buns, files): (Vec<_>, Vec<_>) = finder
            .project_files()
            .into_iter()
            .partition(|path| path.extension().is_some());
        for path in files {
            look_at(finder, path, Remedy::Consent);
        }
        bun::find(finder, &buns);
        let cache = variable(finder, "cache").map(PathBuf::from);
        super::npm_logs::find(finder, NAME, cache);
    }
}

fn look_at(finder: &mut Finder<'_>, path: &Path, remedy: Remedy) -> Option<Document> {
    let document = finder.open_once(path)?;
    if Npmrc::parse(document.as_str()).settings.len() > MOST {
        finder.unreadable(path, too_many());
        return None;
    }
    for credential in credentials(&document, finder.scope(), remedy) {
        finder.add(credential);
    }
    Some(document)
}

/// npm takes its variables in any case.
fn variable(finder: &Finder<'_>, name: &str) -> Option<OsString> {
    let platform = finder.platform();
    let lower = format!("npm_config_{name}");
    platform
        .variable(&lower)
        .or_else(|| platform.variable(&lower.to_ascii_uppercase()))
        .filter(|value| !value.is_empty())
}

fn user_files(finder: &Finder<'_>) -> Vec<PathBuf> {
    let folders = finder.folders();
    let pnpm = match finder.platform().system() {
        System::Windows => vec![folders.data.join("pnpm").join("config")],
        // The second one where XDG_CONFIG_HOME was set.
        System::MacOs => vec![
            folders.home.join("Library/Preferences/pnpm"),
            folders.xdg_config.join("pnpm"),
        ],
        System::Linux => vec![folders.xdg_config.join("pnpm")],
    };
    let of_pnpm = pnpm
        .iter()
        .flat_map(|folder| ["rc", "auth.ini"].map(|name| folder.join(name)));
    moved_file(variable(finder, "userconfig"))
        .into_iter()
        .chain([folders.home.join(".npmrc")])
        .chain(of_pnpm)
        .collect()
}

/// `<prefix>/etc/npmrc`: of the machine, or of a Node.js in the home.
fn global_files(finder: &Finder<'_>, prefix: Option<PathBuf>) -> Vec<PathBuf> {
    let platform = finder.platform();
    let below = |prefix: PathBuf| prefix.join("etc").join("npmrc");
    if platform.hermetic() {
        let of_person = || {
            let is_below = platform.system() == System::Windows;
            is_below.then(|| finder.folders().config.join("npm"))
        };
        let prefix = prefix.or_else(of_person);
        let inside = prefix.filter(|prefix| prefix.starts_with(platform.home()));
        return inside.map(below).into_iter().collect();
    }
    let moved = moved_file(variable(finder, "globalconfig"));
    let usual = match platform.system() {
        System::Windows => vec![
            finder
                .folders()
                .config
                .join("npm")
                .join("etc")
                .join("npmrc"),
        ],
        System::MacOs => vec![
            "/usr/local/etc/npmrc".into(),
            "/opt/homebrew/etc/npmrc".into(),
        ],
        System::Linux => vec![
            "/etc/npmrc".into(),
            "/usr/etc/npmrc".into(),
            "/usr/local/etc/npmrc".into(),
        ],
    };
    moved
        .into_iter()
        .chain(prefix.map(below))
        .chain(usual)
        .collect()
}

fn credentials(document: &Document, scope: &Scope, remedy: Remedy) -> Vec<Credential> {
    let text = document.as_str();
    let npmrc = Npmrc::parse(text);
    let mut found = Vec::new();
    for setting in &npmrc.settings {
        if setting.holds_secret() {
            found.extend(secret(document, &npmrc, setting, scope, remedy));
        } else {
            let value = setting.value_range(text);
            let drafts = addresses::in_part(document, NAME, value, setting.key, scope);
            found.extend(
                drafts
                    .into_iter()
                    .map(|draft| draft.remedy(remedy).finish()),
            );
        }
    }
    found
}

fn secret(
    document: &Document,
    npmrc: &Npmrc<'_>,
    setting: &Setting<'_>,
    scope: &Scope,
    remedy: Remedy,
) -> Option<Credential> {
    if is_reference(setting.value) {
        return None;
    }
    // A setting of no host is for the default registry.
    let address = match setting.feed {
        "" => npmrc.get("registry").and_then(Address::parse),
        feed => Some(Address::parse(feed)?),
    };
    let opened = token::open(setting.value);
    if address.is_none() && opened.token.is_none() {
        return None;
    }
    let organization = address.and_then(|address| {
        let user = npmrc.companion(setting, "username").map(str::to_owned);
        address.organization.or_else(|| {
            let user = user.or(opened.user)?;
            addresses::named(scope, &user)
        })
    });
    let mut draft = document
        .draft(NAME, Kind::Password)
        .organization(organization)
        .entry(setting.key)
        .address(match setting.feed {
            "" => npmrc.get("registry").unwrap_or_default(),
            feed => feed,
        })
        .at(setting.line.start)
        .value(setting.value)
        .remedy(remedy);
    for range in npmrc.lines_of(setting) {
        draft = draft.cut(range);
    }
    Some(draft.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PlaceState;
    use crate::stores::checks::{find_with_variables, secrets, shown, without, without_one};
    use crate::testing::{TestHome, pat84};

    const FEED: &str = "//pkgs.dev.azure.com/contoso/_packaging/f/npm";

    #[test]
    fn a_feed_loses_its_secret_and_its_companions_only() {
        let home = TestHome::new();
        // As `npm config set` writes: values that end in `=` are quoted, keys are not.
        home.write(
            ".npmrc",
            format!(
                "@contoso:registry=https:{FEED}/registry/\n\
                 {FEED}/registry/:_password=\"cGFzc3dvcmQ=\"\n\
                 {FEED}/registry/:username=contoso\n\
                 {FEED}/registry/:email=npm requires it\n\
                 //fabrikam.pkgs.visualstudio.com/_packaging/f/npm/:_authToken=theirs\n\
                 //registry.example.com/:_authToken=elsewhere\n\
                 //tfs.contoso.com/tfs/_packaging/f/npm/:_authToken=on-premises\n\
                 always-auth=true\n"
            ),
        );
        let found = home.find(&Npm);
        let entry = format!("{FEED}/registry/:_password");
        let theirs = "//fabrikam.pkgs.visualstudio.com/_packaging/f/npm/:_authToken";
        assert_eq!(
            shown(&found),
            [
                (
                    "contoso",
                    Kind::Password,
                    Remedy::Automatic,
                    2,
                    entry.as_str()
                ),
                ("fabrikam", Kind::Password, Remedy::Automatic, 5, theirs),
            ]
        );
        assert_eq!(
            without(&found, "contoso").as_deref(),
            Some(
                format!(
                    "@contoso:registry=https:{FEED}/registry/\n\
                     //fabrikam.pkgs.visualstudio.com/_packaging/f/npm/:_authToken=theirs\n\
                     //registry.example.com/:_authToken=elsewhere\n\
                     //tfs.contoso.com/tfs/_packaging/f/npm/:_authToken=on-premises\n\
                     always-auth=true\n"
                )
                .as_str()
            )
        );
    }

    #[test]
    fn the_block_of_a_login_tool_goes_with_its_markers() {
        let home = TestHome::new();
        let block = |feed: &str, value: &str| {
            format!(
                "; begin auth token\r\n{feed}/registry/:username=x\r\n{feed}/registry/:_password={value}\r\n\
                 {feed}/registry/:email=x\r\n{feed}/:username=x\r\n{feed}/:_password={value}\r\n{feed}/:email=x\r\n\
                 ; end auth token\r\n"
            )
        };
        let theirs = block("//pkgs.dev.azure.com/fabrikam/_packaging/f/npm", "dGhlaXJz");
        let rest = "registry=https://registry.example.com/ ; note\r\n";
        let ours = block(FEED, "b3Vycw");
        home.write(".npmrc", [rest, &ours, &theirs].concat());
        let found = home.find(&Npm);
        assert_eq!(found.credentials.len(), 4);
        assert_eq!(without(&found, "contoso"), Some([rest, &theirs].concat()));
        assert_eq!(without(&found, "fabrikam"), Some([rest, &ours].concat()));
    }

    #[test]
    fn a_shared_block_keeps_its_markers() {
        let home = TestHome::new();
        let kept = "; begin auth token\n//registry.example.com/:_authToken=a\n; end auth token";
        let (start, end) = kept.split_at(kept.len() - 16);
        home.write(".npmrc", format!("{start}{FEED}/:_authToken=b\n{end}"));
        assert_eq!(without_one(&home.find(&Npm), 0).as_deref(), Some(kept));
    }

    #[test]
    fn companions_stay_as_long_as_a_password_needs_them() {
        let home = TestHome::new();
        let password = format!("{FEED}/:username=u\n{FEED}/:_password=cGFzcw\n");
        home.write(".npmrc", format!("{password}{FEED}/:_authToken=t\n"));
        let found = home.find(&Npm);
        assert_eq!(without_one(&found, 1), Some(password));
        assert_eq!(
            without_one(&found, 0),
            Some(format!("{FEED}/:_authToken=t\n"))
        );
    }

    #[test]
    fn a_user_name_names_the_organization_of_a_host_only_slot() {
        let home = TestHome::new();
        home.write(
            ".npmrc",
            "//pkgs.dev.azure.com/:_password=cGFzcw\n//pkgs.dev.azure.com/:username=Contoso\n",
        );
        assert_eq!(shown(&home.find(&Npm))[0].0, "contoso");
        home.write(
            ".npmrc",
            "//pkgs.dev.azure.com/:_password=cGFzcw\n//pkgs.dev.azure.com/:username=me\n",
        );
        let found = home.find(&Npm);
        assert_eq!(shown(&found)[0].0, "?");
        assert_eq!(shown(&found)[0].2, Remedy::Consent);
    }

    #[test]
    fn a_token_of_no_host_is_for_the_default_registry() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        let registry = format!("registry=https:{FEED}/registry/\n");
        home.write(
            ".npmrc",
            format!("{registry}_authToken={token}\nemail=a@b\n"),
        );
        let found = home.find(&Npm);
        assert_eq!(
            shown(&found),
            [("contoso", Kind::Pat, Remedy::Automatic, 2, "_authToken")]
        );
        assert_eq!(secrets(&found), [token.as_str()]);
        assert_eq!(
            without(&found, "contoso"),
            Some(format!("{registry}email=a@b\n"))
        );

        home.write(
            ".npmrc",
            format!(
                "registry=https://registry.example.com/\n_authToken={token}\n_auth=bm90IG91cnM\n"
            ),
        );
        assert_eq!(
            shown(&home.find(&Npm)),
            [("?", Kind::Pat, Remedy::Consent, 2, "_authToken")]
        );
    }

    #[test]
    fn user_info_of_a_registry_is_cut_and_never_shown() {
        let home = TestHome::new();
        home.write(
            ".npmrc",
            format!("\u{feff}@a:registry=\"https://me:s3cret@{}/\"\r\nproxy=http://me:pw@proxy.example.com", &FEED[2..]),
        );
        let found = home.find(&Npm);
        assert_eq!(
            shown(&found),
            [(
                "contoso",
                Kind::Password,
                Remedy::Automatic,
                1,
                "@a:registry"
            )]
        );
        assert_eq!(
            without(&found, "contoso"),
            Some(format!(
                "\u{feff}@a:registry=\"https:{FEED}/\"\r\nproxy=http://me:pw@proxy.example.com"
            ))
        );
    }

    #[test]
    fn references_comments_and_empty_values_are_no_credentials() {
        let home = TestHome::new();
        home.write(
            ".npmrc",
            format!(
                "{FEED}/:_authToken=${{NPM_TOKEN}}\n;{FEED}/:_authToken=a\n# {FEED}/:_password=b\n\
                 {FEED}/:_password=\n{FEED}/:username=u\n=\n:\n//\n//:=\n[x]\nhttps://contoso@pkgs.dev.azure.com=1\n"
            ),
        );
        assert_eq!(shown(&home.find(&Npm)), []);
    }

    #[test]
    fn a_file_that_nobody_wrote_is_said_to_be_one() {
        let home = TestHome::new();
        home.write(".npmrc", format!("{FEED}/:_authToken=a\n").repeat(MOST + 1));
        let found = home.find(&Npm);
        assert_eq!(shown(&found), []);
        assert_eq!(found.places[0].state, PlaceState::Unreadable);
    }

    #[test]
    fn a_project_file_asks_first() {
        let home = TestHome::new();
        home.write(".npmrc", format!("{FEED}/:_authToken=mine\n"));
        home.write("src/app/.npmrc", format!("{FEED}/:_authToken=project\n"));
        let found = home.find(&Npm);
        let remedies: Vec<_> = shown(&found).iter().map(|shown| shown.2).collect();
        assert_eq!(remedies, [Remedy::Automatic, Remedy::Consent]);
    }

    #[test]
    fn each_system_has_its_pnpm_folder() {
        for (system, path) in [
            (System::Linux, ".config/pnpm/rc"),
            (System::Linux, ".config/pnpm/auth.ini"),
            (System::MacOs, "Library/Preferences/pnpm/rc"),
            (System::MacOs, ".config/pnpm/rc"),
            (System::Windows, "AppData/Local/pnpm/config/rc"),
        ] {
            let home = TestHome::of(system);
            home.write(path, format!("{FEED}/:_authToken=a"));
            assert_eq!(shown(&home.find(&Npm)).len(), 1, "{path}");
        }
    }

    #[test]
    fn a_prefix_inside_the_home_has_a_global_file() {
        let home = TestHome::new();
        let prefix = home.path().join("node");
        home.write(".npmrc", format!("prefix={}\n", prefix.display()));
        home.write("node/etc/npmrc", format!("{FEED}/:_authToken=a"));
        assert_eq!(shown(&home.find(&Npm)).len(), 1);
    }

    #[test]
    fn variables_move_the_files() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        let text = format!("{FEED}/:_authToken={token}\n");
        let user = home.write("moved/user", &text);
        let global = home.write("moved/global", &text);
        home.write("node/etc/npmrc", &text);
        home.write("cache/_logs/a.log", &text);
        let variables = [
            ("NPM_CONFIG_USERCONFIG", user),
            ("npm_config_globalconfig", global),
            ("npm_config_prefix", home.path().join("node")),
            ("npm_config_cache", home.path().join("cache")),
        ];
        // Hermetic: only a prefix inside the home has a global file.
        let found = find_with_variables(&home, &Npm, &variables);
        assert_eq!(secrets(&found), [&token; 3]);
        let null = [("NPM_CONFIG_USERCONFIG", PathBuf::from("/dev/null"))];
        let places = find_with_variables(&home, &Npm, &null).places;
        assert!(places.iter().all(|place| place.state == PlaceState::Absent));
    }
}
