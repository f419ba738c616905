//! Credentials that real package managers wrote: uv, poetry, yarn and Maven still read their files after a removal.
//! Not on Windows: the real package managers are Linux programs.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise, and say why they are skipped"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::tokens::pat84;
use support::tree::{differences, tree};
use support::{Answer, Home, findings, not_tried};

/// The folder with the tools; `None` where they cannot be had.
fn tools() -> Option<PathBuf> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("ci/package-tools");
    let output = Command::new(script).output().ok()?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        not_tried(&format!("there are no package managers: {why}"));
        return None;
    }
    Some(PathBuf::from(
        String::from_utf8(output.stdout).unwrap().trim(),
    ))
}

/// A home and the tools that are at home in it.
struct Workstation {
    home: Home,
    tools: PathBuf,
}

impl Workstation {
    fn new() -> Option<Self> {
        let home = Home::new();
        std::fs::create_dir_all(home.join("src/app")).unwrap();
        Some(Self {
            home,
            tools: tools()?,
        })
    }

    fn run(&self, tool: &str, arguments: &[&str]) -> Answer {
        let program = self.tools.join(tool);
        let folder = self.home.join("src/app");
        self.home
            .tool(program.to_str().unwrap(), arguments, &folder, "")
    }

    #[track_caller]
    fn done(&self, tool: &str, arguments: &[&str]) -> String {
        self.run(tool, arguments).expect(0).stdout
    }

    /// What is stale is removed from these files and nothing else; a second run finds nothing, and `undo` gives back every byte.
    #[track_caller]
    fn goes_round(&self, stale: &[&str], files: &[&str], still_read: impl FnOnce()) {
        let home = &self.home;
        let scan = home.about_contoso(&["scan", "--json"]).expect(1).json();
        assert_eq!(findings(&scan, "stale"), stale);
        assert_eq!(findings(&scan, "unsure"), Vec::<String>::new());
        let before = tree(&home.path());
        let run = home.about_contoso(&["clean", "--yes", "--json"]);
        let run = run.expect(0).json();
        for outcome in run["outcomes"].as_array().unwrap() {
            assert_eq!(outcome["state"], "done", "{:#}", run["outcomes"]);
        }
        let after = tree(&home.path());
        assert_eq!(differences(&before, &after), files);
        still_read();
        let again = home.about_contoso(&["clean", "--yes", "--json"]);
        let again = again.expect(0).json();
        assert_eq!(again["plan"], serde_json::json!([]));
        home.rekey(&["undo"]).expect(0);
        assert_eq!(
            differences(&before, &tree(&home.path())),
            Vec::<String>::new()
        );
    }
}

/// Made months before the connection.
fn old(seed: u8) -> String {
    pat84('C', 'C', seed)
}

/// Made after the connection.
fn new(seed: u8) -> String {
    pat84('C', 'K', seed)
}

fn feed(organization: &str, name: &str) -> String {
    format!("https://pkgs.dev.azure.com/{organization}/_packaging/{name}/pypi/simple/")
}

#[test]
fn uv_reads_its_credentials_without_the_stale_ones() {
    let Some(here) = Workstation::new() else {
        return;
    };
    let other = "https://registry.example.com/simple/".to_owned();
    let (stale, current, theirs) = (old(1), new(2), old(3));
    let logins = [
        (feed("contoso", "web"), &stale),
        (feed("contoso", "new"), &current),
        (feed("fabrikam", "web"), &theirs),
        (other, &theirs),
    ];
    for (service, secret) in &logins {
        let arguments = [
            "auth",
            "login",
            service,
            "--username",
            "dev",
            "--password",
            secret,
        ];
        here.done("uv", &arguments);
    }
    let bearer = old(4);
    let organization = "https://contoso.pkgs.visualstudio.com/_packaging/web/pypi/";
    here.done("uv", &["auth", "login", organization, "--token", &bearer]);
    here.goes_round(
        &[
            "uv credential https://contoso.pkgs.visualstudio.com/_packaging/web/pypi/",
            "uv credential https://pkgs.dev.azure.com/contoso/_packaging/web/pypi",
        ],
        &[".local/share/uv/credentials/credentials.toml"],
        || {
            let token = |service: &str| {
                let answer = here.run("uv", &["auth", "token", "--username", "dev", service]);
                (answer.code == 0).then(|| answer.stdout.trim().to_owned())
            };
            let [(web, _), (new, _), (fabrikam, _), (other, _)] = &logins;
            assert_eq!(token(web), None);
            assert_eq!(token(new), Some(current.clone()));
            assert_eq!(token(fabrikam), Some(theirs.clone()));
            assert_eq!(token(other), Some(theirs.clone()));
            here.run("uv", &["auth", "token", organization]).expect(2);
        },
    );
}

#[test]
fn poetry_reads_its_settings_without_the_stale_passwords() {
    let Some(here) = Workstation::new() else {
        return;
    };
    let config = |arguments: &[&str]| here.done("poetry", &[&["config"], arguments].concat());
    config(&["keyring.enabled", "false"]);
    let (stale, current, theirs) = (old(10), new(11), old(12));
    for (name, address, secret) in [
        ("web", Some(feed("contoso", "web")), &stale),
        ("new", Some(feed("contoso", "new")), &current),
        ("fabrikam", Some(feed("fabrikam", "web")), &theirs),
        ("in-project", None, &stale),
    ] {
        if let Some(address) = address {
            config(&[&format!("repositories.{name}"), &address]);
        }
        config(&[&format!("http-basic.{name}"), "dev", secret]);
    }
    config(&["pypi-token.web", &stale]);
    here.home.write(
        "src/app/pyproject.toml",
        "[project]\nname = \"app\"\nversion = \"1\"\nrequires-python = \">=3.9\"\n\n[tool.poetry]\npackage-mode = false\n",
    );
    let source = |name: &str, address: &str| here.done("poetry", &["source", "add", name, address]);
    source("in-project", &feed("contoso", "project"));
    let user = format!("//dev:{}@", old(13));
    source("in-address", &feed("contoso", "web").replace("//", &user));
    here.goes_round(
        &[
            "poetry http-basic.in-project.password",
            "poetry http-basic.web.password",
            "poetry pypi-token.web",
            "poetry tool.poetry.source.url",
        ],
        &[".config/pypoetry/auth.toml", "src/app/pyproject.toml"],
        || {
            let script = "import sys\nfrom poetry.config.config import Config\n\
                          from poetry.utils.password_manager import PasswordManager\n\
                          known = PasswordManager(Config.create())\n\
                          for name in sys.argv[1:]: print(known.get_http_auth(name).password)\n\
                          print(known.get_pypi_token('web'))\n";
            let names = ["web", "new", "fabrikam", "in-project"];
            let arguments = [&["-B", "-c", script], &names[..]].concat();
            let expected = ["None", &current, &theirs, "None", "None"];
            let told = here.done("python", &arguments);
            assert_eq!(told.lines().collect::<Vec<_>>(), expected);
            let shown = here.done("poetry", &["source", "show", "in-address"]);
            assert!(shown.contains(&feed("contoso", "web")), "{shown}");
            let listed = config(&["--list"]);
            assert!(listed.contains("repositories.web.url"), "{listed}");
        },
    );
}

#[test]
fn yarn_reads_its_settings_without_the_stale_logins() {
    let Some(here) = Workstation::new() else {
        return;
    };
    here.home
        .write("src/app/package.json", "{\"name\": \"app\"}\n");
    here.home.write(".yarnrc.yml", "enableTelemetry: false\n");
    let registry = |organization: &str, name: &str| {
        format!("//pkgs.dev.azure.com/{organization}/_packaging/{name}/npm/registry")
    };
    let set = |arguments: &[&str]| {
        here.done("yarn", &[&["config", "set"], arguments].concat());
    };
    let ident = |address: &str| format!("npmRegistries[\"{address}\"].npmAuthIdent");
    let (web, new_feed, fabrikam) = (
        registry("contoso", "web"),
        registry("contoso", "new"),
        registry("fabrikam", "web"),
    );
    let (current, theirs) = (format!("dev:{}", new(21)), format!("dev:{}", old(22)));
    let always = format!("npmRegistries[\"{web}\"].npmAlwaysAuth");
    set(&["-H", &always, "true"]);
    for (address, login) in [
        (&web, &format!("dev:{}", old(20))),
        (&new_feed, &current),
        (&fabrikam, &theirs),
    ] {
        set(&["-H", &ident(address), login]);
    }
    let server = format!("https:{web}");
    set(&["-H", "npmScopes.web.npmAuthToken", &old(23)]);
    // The project knows the address of the scope, and holds a login of its own.
    set(&["npmScopes.web.npmRegistryServer", &server]);
    set(&["npmScopes.alone.npmAuthToken", &old(24)]);
    set(&["npmScopes.alone.npmRegistryServer", &server]);
    let stale_ident = format!("yarn {}", ident(&web));
    here.goes_round(
        &[
            stale_ident.as_str(),
            "yarn npmScopes.alone.npmAuthToken",
            "yarn npmScopes.web.npmAuthToken",
        ],
        &[".yarnrc.yml", "src/app/.yarnrc.yml"],
        || {
            let get = |name: &str| -> serde_json::Value {
                let arguments = ["config", "get", name, "--json", "--no-redacted"];
                serde_json::from_str(&here.done("yarn", &arguments)).unwrap()
            };
            let registries = get("npmRegistries");
            assert_eq!(registries[&web]["npmAuthIdent"], serde_json::Value::Null);
            assert_eq!(registries[&web]["npmAlwaysAuth"], true);
            assert_eq!(registries[&new_feed]["npmAuthIdent"], current);
            assert_eq!(registries[&fabrikam]["npmAuthIdent"], theirs);
            let scopes = get("npmScopes");
            for scope in ["web", "alone"] {
                assert_eq!(scopes[scope]["npmAuthToken"], serde_json::Value::Null);
                assert_eq!(scopes[scope]["npmRegistryServer"], server);
            }
        },
    );
}

#[test]
fn maven_reads_its_settings_without_the_stale_passwords() {
    let here = Home::new();
    let maven = |arguments: &[&str], folder: &Path| here.tool("mvn", arguments, folder, "");
    let installed = std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join("mvn").is_file())
    });
    if !installed {
        not_tried("there is no mvn on PATH");
        return;
    }
    let project = here.write(
        "src/app/pom.xml",
        "<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>b</artifactId><version>1</version><packaging>pom</packaging>\
         <repositories><repository><id>sealed</id><url>https://pkgs.dev.azure.com/contoso/_packaging/sealed/maven/v1</url></repository></repositories></project>\n",
    );
    let folder = project.parent().unwrap().to_owned();
    let sealed = |argument: &str, secret: &str| {
        let security = format!(
            "-Dsettings.security={}",
            here.join(".m2/settings-security.xml").display()
        );
        let told = maven(&["-B", &security, argument, secret], &folder)
            .expect(0)
            .stdout;
        let (start, end) = (told.find('{').unwrap(), told.find('}').unwrap());
        told[start..=end].to_owned()
    };
    let master = sealed("--encrypt-master-password", "hunter2");
    here.write(
        ".m2/settings-security.xml",
        format!("<settingsSecurity><master>{master}</master></settingsSecurity>\n"),
    );
    let server = |id: &str, password: &str| {
        format!(
            "    <server>\n      <id>{id}</id>\n      <username>dev</username>\n      <password>{password}</password>\n    </server>\n"
        )
    };
    let mirror = |id: &str, organization: &str| {
        format!(
            "    <mirror>\n      <id>{id}</id>\n      <mirrorOf>{id}</mirrorOf>\n      <url>https://pkgs.dev.azure.com/{organization}/_packaging/web/maven/v1</url>\n    </mirror>\n"
        )
    };
    let settings = format!(
        "<settings xmlns=\"http://maven.apache.org/SETTINGS/1.0.0\">\n  <servers>\n{}{}{}{}  </servers>\n  <mirrors>\n{}{}{}  </mirrors>\n</settings>\n",
        server("web", &old(30)),
        server("sealed", &sealed("--encrypt-password", &old(31))),
        server("new", &new(32)),
        server("fabrikam", &old(33)),
        mirror("web", "contoso"),
        mirror("new", "contoso"),
        mirror("fabrikam", "fabrikam"),
    );
    let path = here.write(".m2/settings.xml", &settings);
    let before = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_hours(490_896);
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(before).unwrap();
    drop(file);

    let kept = tree(&here.path());
    let run = here
        .about_contoso(&["clean", "--yes", "--json"])
        .expect(0)
        .json();
    assert_eq!(
        findings(&run["scan"], "stale"),
        [
            "maven servers/sealed/password",
            "maven servers/web/password"
        ]
    );
    assert_eq!(
        differences(&kept, &tree(&here.path())),
        [".m2/settings.xml"]
    );
    let left = here.read(".m2/settings.xml");
    assert_eq!(left.matches("<password>").count(), 2, "{left}");
    assert_eq!(left.matches("<server>").count(), 4, "{left}");
    let repository = format!("-Dmaven.repo.local={}", here.join("repository").display());
    let arguments = [
        "-o",
        "-B",
        "-X",
        "-s",
        path.to_str().unwrap(),
        &repository,
        "validate",
    ];
    let told = maven(&arguments, &folder).expect(0).stdout;
    assert!(told.contains("Reading user settings from"), "{told}");
    assert!(told.contains("BUILD SUCCESS"), "{told}");
    here.rekey(&["undo"]).expect(0);
    assert_eq!(here.read(".m2/settings.xml"), settings);
}
