//! A whole profile of Windows, from find to undo: files, vault and registry of one person with two organizations, as the
//! Windows program itself meets them.

#![cfg(windows)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise, and plant what they look for"
)]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use support::credentials::{Entry, Planted};
use support::tokens::pat84;
use support::windows_files::Files;
use support::windows_registry::{Profile, Registry, Root, value};
use support::{OLD_TENANT, about_contoso};

/// `https://dev.azure.com/contoso/` with the tenant of nobody, and `https://fabrikam.visualstudio.com/` with one of its own.
const TENANT_CACHE: &str = concat!(
    "H4sIAAAAAAAC/8soKSkottLXT0kt00usKi1K1UvOz9VPzs8ryS/O17c1gAJdLAQMMGRAzUhLTCrKzE7M1SvLLC5NzC",
    "kuKU3JzAebZ2sIBbpGQKBrDAS6JkCga4oEGABtGj45jAAAAA==",
);
const VARIABLES: &str = "Environment";
const VARIABLE: &str = "AZURE_DEVOPS_EXT_PAT";
const BOTH: [&str; 2] = ["contoso", "fabrikam"];

fn feed(organization: &str, protocol: &str) -> String {
    format!("pkgs.dev.azure.com/{organization}/_packaging/web/{protocol}")
}

/// A token from before the connection; each organization has its own.
fn token(organization: &str, seed: u8) -> String {
    pat84(
        'C',
        'A',
        seed + if organization == "contoso" { 0 } else { 100 },
    )
}

/// Entries of five writers for `contoso`, and the same of another organization and host.
fn entries() -> Vec<Entry> {
    let of = |organization: &str| {
        let service = format!("https://dev.azure.com/{organization}");
        let by = |seed| token(organization, seed);
        [
            Entry::git_credential_manager(&service, "dev@contoso.com", &by(1)),
            Entry::wincred(&format!("{service}/shop/_git/web"), "dev", &by(2)),
            Entry::python(
                &format!("azdevops-cli:{service}"),
                "Personal Access Token",
                &by(3),
            ),
            Entry::uv(
                &format!("https://{}", feed(organization, "pypi")),
                "dev",
                &by(4),
            ),
            Entry::keytar(&format!("GitHub - {service}"), "dev", &by(5)),
        ]
    };
    let elsewhere = Entry::git_credential_manager("https://github.com", "dev", "hunter2");
    BOTH.into_iter().flat_map(of).chain([elsewhere]).collect()
}

/// What tools of Windows keep in files, of both organizations.
fn files() -> Files {
    let (home, local) = (dirs::home_dir().unwrap(), dirs::data_local_dir().unwrap());
    let roaming = dirs::config_dir().unwrap();
    let each = |line: &dyn Fn(&str) -> String| BOTH.map(line).concat();
    let mut files = Files::new();
    let cache = STANDARD.decode(TENANT_CACHE).unwrap();
    files.write(local.join(r"GitCredentialManager\tenant.cache"), cache);

    let sources = each(&|name| {
        let feed = feed(name, "nuget/v3/index.json");
        format!("    <add key=\"{name}\" value=\"https://{feed}\" />\r\n")
    });
    let passwords = each(&|name| {
        let token = token(name, 6);
        format!(
            "    <{name}>\r\n      <add key=\"Username\" value=\"dev\" />\r\n      \
             <add key=\"ClearTextPassword\" value=\"{token}\" />\r\n    </{name}>\r\n"
        )
    });
    files.write(
        roaming.join(r"NuGet\NuGet.Config"),
        format!(
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<configuration>\r\n  <packageSources>\r\n{sources}  \
             </packageSources>\r\n  <packageSourceCredentials>\r\n{passwords}  </packageSourceCredentials>\r\n</configuration>\r\n"
        ),
    );
    files.write(
        home.join(".npmrc"),
        each(&|name| {
            let password = STANDARD.encode(token(name, 7));
            format!("//{}/:_password={password}\r\n", feed(name, "npm/registry"))
        }),
    );
    files.write(
        roaming.join(r"pip\pip.ini"),
        format!(
            "[global]\r\nindex-url = https://dev:{}@{}/simple/\r\n[install]\r\nextra-index-url = https://dev:{}@{}/simple/\r\n",
            token("contoso", 8),
            feed("contoso", "pypi"),
            token("fabrikam", 8),
            feed("fabrikam", "pypi"),
        ),
    );
    files.write(
        home.join("_netrc"),
        each(&|name| {
            let token = token(name, 9);
            format!("machine {name}.visualstudio.com login dev password {token}\r\n")
        }),
    );
    files.write(
        home.join(".gitconfig"),
        each(&|name| {
            format!(
                "[credential \"azrepos:org/{name}\"]\r\n\tazureAuthority = https://login.microsoftonline.com/{OLD_TENANT}\r\n"
            )
        }),
    );
    files
}

/// Store and verdict of each finding, sorted.
fn told(scan: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = scan["findings"].as_array().unwrap().iter();
    let mut told: Vec<_> = findings
        .map(|finding| {
            assert_eq!(finding["organization"], "contoso", "{finding:#}");
            (text(&finding["store"]), text(&finding["verdict"]))
        })
        .collect();
    told.sort();
    told
}

fn everything(files: &Files) -> impl PartialEq + std::fmt::Debug {
    let files: Vec<_> = files
        .now()
        .into_iter()
        .map(|(path, bytes)| (path.to_owned(), bytes))
        .collect();
    (
        files,
        Entry::all(),
        value(Root::Person, VARIABLES, VARIABLE),
    )
}

#[test]
fn a_whole_profile_is_found_cleaned_and_given_back_and_another_organization_is_left_alone() {
    let mut registry = Registry::alone();
    let profile = Profile::new();
    let files = files();
    let _vault = Planted::new(&entries());
    registry.text(Root::Person, VARIABLES, VARIABLE, &token("contoso", 10));
    let service = "https://dev.azure.com/contoso";
    registry.text(Root::Person, VARIABLES, "AZURE_DEVOPS_ORG_URL", service);
    let before = everything(&files);
    let rekey =
        |command: &[&str]| profile.rekey(&[command, &["--offline"], &about_contoso()].concat());

    let scan = rekey(&["scan", "--json"]).expect(1).json();
    let expected = [
        "environment",
        "gcm-authority",
        "gcm-tenant-cache",
        "netrc",
        "npm",
        "nuget",
        "os-vault",
        "os-vault",
        "os-vault",
        "os-vault",
        "os-vault",
        "pip",
    ];
    let expected = expected.map(|store| (store.to_owned(), "stale".to_owned()));
    assert_eq!(told(&scan), expected, "{scan:#}");
    assert_eq!(everything(&files), before);

    let run = rekey(&["clean", "--json", "--yes"]).json();
    let outcomes = run["outcomes"].as_array().unwrap();
    assert_eq!(outcomes.len(), expected.len(), "{run:#}");
    assert!(outcomes.iter().all(|it| it["state"] == "done"), "{run:#}");
    let left = Entry::all();
    assert_eq!(left.len(), 6, "{left:#?}");
    assert_eq!(value(Root::Person, VARIABLES, VARIABLE), None);
    for (path, bytes) in files.now() {
        let text = String::from_utf8(bytes.unwrap_or_default()).unwrap();
        assert!(!text.contains(&token("contoso", 8)), "{}", path.display());
        assert_eq!(
            text.contains("fabrikam"),
            !path.ends_with("tenant.cache"),
            "{}: {text}",
            path.display()
        );
    }

    let again = rekey(&["clean", "--json", "--yes"]).json();
    assert_eq!(
        again["scan"]["findings"],
        Value::Array(Vec::new()),
        "{again:#}"
    );
    assert_eq!(again["plan"], Value::Array(Vec::new()));

    profile.rekey(&["undo", "--json"]).expect(0);
    assert_eq!(everything(&files), before);
    profile.rekey(&["undo", "--purge"]);
}
