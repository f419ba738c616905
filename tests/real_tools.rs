//! The main job on credentials that real tools wrote.
//! Not on Windows: the real tools are Linux programs.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;

use support::real::{plant, plant_netrc};
use support::registry::Registry;
use support::tree::{differences, tree};
use support::{Home, findings};

/// What is stale of what the real tools wrote.
const STALE: &[&str] = &[
    "cargo registries.contoso.token",
    "gcm-authority credential.azrepos:org/contoso.azureAuthority",
    "gcm-binding credential.azrepos:org/contoso.username",
    "git-config http.https://dev.azure.com/contoso.extraHeader",
    "git-config remote.origin.url",
    "git-config remote.origin.url",
    "git-credential-store https://***@dev.azure.com/contoso",
    "npm //pkgs.dev.azure.com/contoso/_packaging/web/npm/registry/:_password",
    "pip global.index-url",
    "ssh-key ",
];

#[test]
fn every_stale_credential_is_found_and_nothing_else() {
    let home = Home::new();
    plant(&home);
    let before = tree(&home.path());
    let scan = home.about_contoso(&["scan", "--json"]).expect(1).json();
    let stale: Vec<String> = findings(&scan, "stale")
        .iter()
        .map(|line| line.replace(home.path().to_str().unwrap(), ""))
        .map(|line| {
            if line.starts_with("ssh-key") {
                "ssh-key ".to_owned()
            } else {
                line
            }
        })
        .collect();
    assert_eq!(stale, STALE);
    assert_eq!(findings(&scan, "unsure"), Vec::<String>::new());
    assert_eq!(
        findings(&scan, "current"),
        [
            "git-credential-store https://***@dev.azure.com/contoso",
            "npm //pkgs.dev.azure.com/contoso/_packaging/new/npm/registry/:_password",
        ]
    );
    assert_eq!(
        differences(&before, &tree(&home.path())),
        Vec::<String>::new()
    );
}

#[test]
fn clean_removes_exactly_the_stale_ones_and_undo_gives_back_every_byte() {
    let home = Home::new();
    plant(&home);
    plant_netrc(&home);
    let before = tree(&home.path());
    let run = home
        .about_contoso(&["clean", "--yes", "--json"])
        .expect(1)
        .json();
    for outcome in run["outcomes"].as_array().unwrap() {
        assert_eq!(outcome["state"], "done", "{:#}", run["outcomes"]);
    }
    let after = tree(&home.path());
    assert_eq!(
        differences(&before, &after),
        [
            ".cargo/credentials.toml",
            ".config/pip/pip.conf",
            ".git-credentials",
            ".gitconfig",
            ".netrc",
            ".npmrc",
            "mirror.git/config",
            "src/app/.git/config",
        ]
    );
    the_real_tools_still_read_their_files(&home);
    assert_eq!(
        differences(&after, &tree(&home.path())),
        Vec::<String>::new()
    );

    let again = home
        .about_contoso(&["clean", "--yes", "--json"])
        .expect(1)
        .json();
    assert_eq!(
        again["plan"],
        serde_json::json!([]),
        "a second run finds nothing to remove"
    );
    assert_eq!(
        differences(&after, &tree(&home.path())),
        Vec::<String>::new()
    );

    home.rekey(&["undo"]).expect(0);
    assert_eq!(
        differences(&before, &tree(&home.path())),
        Vec::<String>::new()
    );
}

fn the_real_tools_still_read_their_files(home: &Home) {
    let folder = home.path();
    let config = home.git("", &["config", "--global", "--list"]);
    assert!(config.contains("user.name=Dev"), "{config}");
    assert!(!config.contains("azrepos:org/contoso."), "{config}");
    assert!(
        config.contains("credential.azrepos:org/fabrikam.username=dev@fabrikam.example"),
        "{config}"
    );

    let remotes = home.git("src/app", &["remote", "-v"]);
    assert!(
        remotes.contains("https://dev.azure.com/contoso/web/_git/app (fetch)"),
        "{remotes}"
    );
    let header = [
        "config",
        "--get-all",
        "http.https://dev.azure.com/contoso.extraHeader",
    ];
    home.tool("git", &header, &home.join("src/app"), "")
        .expect(1);

    let ask = |path: &str, user: &str| {
        let input = format!("protocol=https\nhost=dev.azure.com\npath={path}\nusername={user}\n\n");
        let arguments = [
            "-c",
            "credential.useHttpPath=true",
            "credential-store",
            "get",
        ];
        home.tool("git", &arguments, &folder, &input).stdout
    };
    assert_eq!(ask("contoso", "dev"), "");
    assert!(ask("contoso", "build").contains("password="));
    assert!(ask("fabrikam", "dev").contains("password="));

    let npm = home
        .tool("npm", &["config", "list", "--location=user"], &folder, "")
        .expect(0)
        .stdout;
    assert!(
        !npm.contains("contoso/_packaging/web/npm/registry/:_password"),
        "{npm}"
    );
    assert!(
        npm.contains("contoso/_packaging/new/npm/registry/:_password"),
        "{npm}"
    );
    assert!(npm.contains("@contoso:registry"), "{npm}");

    let pip = home
        .tool("python3", &["-m", "pip", "config", "list"], &folder, "")
        .expect(0)
        .stdout;
    assert!(
        pip.contains("index-url='https://pkgs.dev.azure.com/contoso/_packaging/web/pypi/simple/'"),
        "{pip}"
    );
    assert!(pip.contains("timeout='60'"), "{pip}");

    // cargo rewrites the whole file, so it has to understand all of it.
    let copy = Home::new();
    for file in [".cargo/credentials.toml", ".cargo/config.toml"] {
        copy.write(file, home.read(file));
    }
    let server = Registry::start();
    server.cargo(
        &copy,
        &["login", "--registry", "contoso"],
        "Basic ZGV2Og==\n",
    );
    server.cargo(&copy, &["logout", "--registry", "fabrikam"], "");
    let left = copy.read(".cargo/credentials.toml");
    assert_eq!(left.matches("token = ").count(), 1, "{left}");
    assert!(left.contains("ZGV2Og=="), "{left}");

    let read = "import netrc,sys; n = netrc.netrc(sys.argv[1]); print(sorted(n.hosts))";
    let netrc = home.tool(
        "python3",
        &["-c", read, home.join(".netrc").to_str().unwrap()],
        &folder,
        "",
    );
    assert_eq!(netrc.expect(0).stdout.trim(), "['example.com']");
}
