//! pip and what lists packages for it: user-info in the addresses of settings, requirements and lock files.

use std::path::{Path, PathBuf};

use super::{addresses, moved_file};
use crate::model::{Credential, Remedy, Scope};
use crate::platform::System;
use crate::stores::folders::program_data;
use crate::stores::{About, Finder, Store};
use crate::text::ini::Ini;
use crate::text::{Document, tells_of_azure_devops};

const NAME: &str = "pip";

/// The store.
#[derive(Debug)]
pub struct Pip;

impl Store for Pip {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "pip index addresses",
            clears: "pip config set global.index-url ADDRESS-WITHOUT-USER",
        }
    }

    fn project_files(&self) -> &'static [&'static str] {
        &[
            "pip.conf",
            "pip.ini",
            "requirements.txt",
            "requirements-dev.txt",
            "requirements_dev.txt",
            "requirements-test.txt",
            "dev-requirements.txt",
            "test-requirements.txt",
            "constraints.txt",
            "pipfile",
            "pipfile.lock",
            "setup.cfg",
            "environment.yml",
            "environment.yaml",
        ]
    }

    fn find(&self, finder: &mut Finder<'_>) {
        let mut settings_files = settings_files(finder);
        let (more, lists): (Vec<&Path>, Vec<_>) = finder
            .project_files()
            .into_iter()
            .partition(|path| is_settings(path));
        settings_files.extend(more.into_iter().map(Path::to_owned));
        for path in settings_files {
            let Some(document) = finder.open_once(&path) else {
                continue;
            };
            let ini = Ini::parse(document.as_str());
            if let Some(offset) = ini.strange {
                let line = document.text().line(offset);
                finder.unreadable(&path, format!("line {line} is no setting of pip"));
            }
            for credential in settings(&document, &ini, finder.scope()) {
                finder.add(credential);
            }
        }
        for path in lists {
            if let Some(document) = finder.open_holding(path, tells_of_azure_devops) {
                for credential in listed(&document, finder.scope()) {
                    finder.add(credential);
                }
            }
        }
    }
}

fn is_settings(path: &Path) -> bool {
    path.file_stem()
        .is_some_and(|name| name.eq_ignore_ascii_case("pip"))
}

/// A file of requirements is written by hand; the others have tools that write them anew.
fn is_requirements(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("txt"))
}

/// Source: pip documentation, "Configuration".
fn settings_files(finder: &Finder<'_>) -> Vec<PathBuf> {
    let folders = finder.folders();
    let platform = finder.platform();
    let home = &folders.home;
    let (usual, machine) = match platform.system() {
        System::Windows => (
            vec![
                folders.config.join("pip").join("pip.ini"),
                home.join("pip").join("pip.ini"),
            ],
            vec![program_data(finder).join("pip").join("pip.ini")],
        ),
        System::MacOs => (
            vec![
                folders.config.join("pip/pip.conf"),
                folders.xdg_config.join("pip/pip.conf"),
                home.join(".pip/pip.conf"),
            ],
            vec!["/Library/Application Support/pip/pip.conf".into()],
        ),
        System::Linux => (
            vec![
                folders.xdg_config.join("pip/pip.conf"),
                home.join(".pip/pip.conf"),
            ],
            vec!["/etc/pip.conf".into(), "/etc/xdg/pip/pip.conf".into()],
        ),
    };
    let mut files = usual;
    files.extend(moved_file(platform.variable("PIP_CONFIG_FILE")));
    let environment = platform.variable("VIRTUAL_ENV").map(PathBuf::from);
    if let Some(environment) = environment.filter(|path| path.is_absolute()) {
        let name = match platform.system() {
            System::Windows => "pip.ini",
            System::MacOs | System::Linux => "pip.conf",
        };
        files.push(environment.join(name));
    }
    if !platform.hermetic() {
        files.extend(machine);
    }
    files
}

fn settings(document: &Document, ini: &Ini<'_>, scope: &Scope) -> Vec<Credential> {
    let mut found = Vec::new();
    for section in &ini.sections {
        for setting in &section.settings {
            let entry = format!("{}.{}", section.name, setting.key);
            let drafts = addresses::in_part(document, NAME, setting.value.clone(), &entry, scope);
            let drafts = drafts.into_iter();
            found.extend(drafts.map(|draft| draft.remedy(Remedy::Consent).finish()));
        }
    }
    found
}

/// A requirements file is the project's: it is shown, and edited by the person.
fn listed(document: &Document, scope: &Scope) -> Vec<Credential> {
    let requirements = is_requirements(document.path());
    let drafts = addresses::in_lines(document, NAME, scope, |_| true);
    let finished = drafts.into_iter().map(|draft| {
        if requirements {
            draft
                .remedy(Remedy::Manual)
                .advice("Take the user name and the token out of the address in this file")
                .finish()
        } else {
            draft.remedy(Remedy::Consent).finish()
        }
    });
    finished.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Kind, PlaceState};
    use crate::stores::checks::{find_with_variables, secrets, shown, without};
    use crate::testing::{TestHome, pat52, pat84};

    #[test]
    fn addresses_lose_their_user_info_and_nothing_else() {
        let home = TestHome::new();
        let (ours, theirs) = (pat84('C', 'A', 1), pat52(1));
        let text = |user: &str, other: &str| {
            format!(
                "[global]\nindex-url = https://{user}pkgs.dev.azure.com/contoso/_packaging/f/pypi/simple/\n\
                 extra-index-url =\n    https://u:p@registry.example.com/simple\n\
                 \thttps://{other}fabrikam.pkgs.visualstudio.com/_packaging/f/pypi/simple/\n\
                 \thttps://{user}pkgs.dev.azure.com/contoso/p/_packaging/g/pypi/simple/\n\
                 timeout = 60\n"
            )
        };
        let (user, other) = (format!("contoso:{ours}@"), format!(":{theirs}@"));
        home.write(".config/pip/pip.conf", text(&user, &other));
        let found = home.find(&Pip);
        assert_eq!(
            shown(&found),
            [
                ("contoso", Kind::Pat, Remedy::Consent, 2, "global.index-url"),
                (
                    "fabrikam",
                    Kind::Pat,
                    Remedy::Consent,
                    5,
                    "global.extra-index-url https://fabrikam.pkgs.visualstudio.com/_packaging/f/pypi/simple/"
                ),
                (
                    "contoso",
                    Kind::Pat,
                    Remedy::Consent,
                    6,
                    "global.extra-index-url https://pkgs.dev.azure.com/contoso/p/_packaging/g/pypi/simple/"
                ),
            ]
        );
        assert_eq!(secrets(&found), [&ours, &theirs, &ours]);
        assert_eq!(without(&found, "contoso"), Some(text("", &other)));
        assert_eq!(without(&found, "fabrikam"), Some(text(&user, "")));
    }

    #[test]
    fn odd_forms_are_read_and_kept() {
        let home = TestHome::of(System::Windows);
        let text = |user: &str| {
            format!(
                "\u{feff}[install]\r\nFIND_LINKS: https://{user}pkgs.dev.azure.com/contoso/_packaging/f/pypi/simple/\r\n; note"
            )
        };
        home.write("AppData/Roaming/pip/pip.ini", text("me:p%40ss@"));
        let found = home.find(&Pip);
        assert_eq!(shown(&found)[0].4, "install.FIND_LINKS");
        assert_eq!(secrets(&found), ["p@ss"]);
        assert_eq!(without(&found, "contoso"), Some(text("")));
    }

    #[test]
    fn every_usual_place_is_looked_at() {
        let text = "[global]\nindex-url=https://u:p@pkgs.dev.azure.com/contoso/";
        for (system, path) in [
            (System::Linux, ".pip/pip.conf"),
            (System::MacOs, ".pip/pip.conf"),
            (System::MacOs, ".config/pip/pip.conf"),
            (System::MacOs, "Library/Application Support/pip/pip.conf"),
            (System::Windows, "pip/pip.ini"),
        ] {
            let home = TestHome::of(system);
            home.write(path, text);
            assert_eq!(home.find(&Pip).credentials.len(), 1, "{path}");
        }
    }

    #[test]
    fn what_pip_would_refuse_is_said_and_searched_all_the_same() {
        let home = TestHome::new();
        home.write(
            ".config/pip/pip.conf",
            "what\n[global]\nindex-url=https://u:p@pkgs.dev.azure.com/contoso/\n",
        );
        let found = home.find(&Pip);
        assert_eq!(found.credentials.len(), 1);
        assert_eq!(found.places[0].state, PlaceState::Unreadable);
        let reason = found.places[0].reason.as_deref();
        assert_eq!(reason, Some("line 1 is no setting of pip"));
    }

    #[test]
    fn variables_and_bare_users_are_no_credentials() {
        let home = TestHome::new();
        home.write(
            ".config/pip/pip.conf",
            "[global]\nindex-url=https://u:${PAT}@pkgs.dev.azure.com/contoso/\n\
             extra-index-url=https://contoso@pkgs.dev.azure.com/contoso/ https://h/\n",
        );
        assert_eq!(shown(&home.find(&Pip)), []);
    }

    #[test]
    fn an_environment_asks_first_and_requirements_are_the_persons() {
        let home = TestHome::new();
        let address = "https://u:p@pkgs.dev.azure.com/contoso/_packaging/f/pypi/simple/";
        home.write(
            "app/venv/pip.conf",
            format!("[global]\nindex-url={address}\n"),
        );
        home.write(
            "app/requirements.txt",
            format!("# --index-url {address}\n--extra-index-url {address}\nrequests\n"),
        );
        let shown_address = "https://pkgs.dev.azure.com/contoso/_packaging/f/pypi/simple/";
        assert_eq!(
            shown(&home.find(&Pip)),
            [
                (
                    "contoso",
                    Kind::Password,
                    Remedy::Consent,
                    2,
                    "global.index-url"
                ),
                ("contoso", Kind::Password, Remedy::Manual, 2, shown_address),
            ]
        );
    }

    #[test]
    fn variables_name_further_files() {
        let home = TestHome::new();
        let text = "[global]\nindex-url=https://u:p@pkgs.dev.azure.com/contoso/";
        let moved = home.write("moved", text);
        home.write("venv/pip.conf", text);
        let variables = [
            ("PIP_CONFIG_FILE", moved),
            ("VIRTUAL_ENV", home.path().join("venv")),
        ];
        assert_eq!(
            shown(&find_with_variables(&home, &Pip, &variables)).len(),
            2
        );
        let nowhere = [
            ("PIP_CONFIG_FILE", PathBuf::from("/dev/null")),
            ("VIRTUAL_ENV", PathBuf::from("relative")),
        ];
        let places = find_with_variables(&home, &Pip, &nowhere).places;
        assert!(places.iter().all(|place| place.state == PlaceState::Absent));
        assert!(places.iter().all(|place| !place.path.contains("relative")));
    }

    #[test]
    fn files_that_list_packages_lose_their_user_info_after_a_question() {
        let token = pat84('C', 'A', 1);
        let feed = |user: &str| {
            format!("https://{user}pkgs.dev.azure.com/contoso/_packaging/f/pypi/simple/")
        };
        let user = format!("u:{token}@");
        for (name, before, after, entry) in [
            (
                "Pipfile",
                "[[source]]\r\nurl = \"",
                "\"\r\nname = \"contoso\"\r\n",
                "source.url".to_owned(),
            ),
            (
                "Pipfile.lock",
                "{\n \"_meta\": {\"sources\": [{\"url\": \"",
                "\"}, {\"url\": \"https://u:p@registry.example.com/\"}]}\n}",
                feed(""),
            ),
            (
                "setup.cfg",
                "[easy_install]\nindex_url = ",
                "\n",
                "easy_install.index_url".to_owned(),
            ),
            (
                "environment.yml",
                "dependencies:\n  - pip:\n    # a@b\n    - --extra-index-url ",
                "\n    - app\n",
                feed(""),
            ),
            ("environment.yaml", "\u{feff}- ", "", feed("")),
        ] {
            let home = TestHome::new();
            let text = |user: &str| format!("{before}{}{after}", feed(user));
            let path = format!("src/app/{name}");
            home.write(&path, text(&user));
            let found = home.find(&Pip);
            let line = u32::try_from(before.matches('\n').count()).unwrap_or(0) + 1;
            assert_eq!(
                shown(&found),
                [("contoso", Kind::Pat, Remedy::Consent, line, entry.as_str())],
                "{name}"
            );
            assert_eq!(without(&found, "contoso"), Some(text("")), "{name}");
        }
    }
}
