//! The real registry, from find to undo, as the Windows program itself does it.

#![cfg(windows)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise, and plant what they look for"
)]

mod support;

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use rekey::platform::native;
use serde_json::Value;
use support::host_keys::{PUBLISHED, other, putty};
use support::tokens::{entra_jwt, pat84};
use support::windows_files::Files;
use support::windows_registry::{Profile, Registry, Root, is_there, value};
use support::{CONNECTED, OLD_TENANT, TENANT, about_contoso};
use windows_registry::Type;

const VARIABLES: &str = "Environment";
const POLICY: &str = r"SOFTWARE\Policies\Rekey";
const HOST_KEYS: &str = r"Software\SimonTatham\PuTTY\SshHostKeys";
const LINUX: &str = r"Software\Microsoft\Windows\CurrentVersion\Lxss";
const TOKENS: &str =
    r"Software\Microsoft\VSCommon\14.0\ClientServices\TokenStorage\VisualStudio\VssApp";

/// What is said to `contoso`, offline, about one store.
fn only<'a>(command: &[&'a str], store: &'a str) -> Vec<&'a str> {
    [command, &["--offline", "--only", store], &about_contoso()].concat()
}

/// Names of variables with their verdicts, or entries.
fn told(scan: &Value) -> Vec<(String, String)> {
    let findings = scan["findings"].as_array().unwrap().iter();
    let told = findings.map(|finding| {
        let location = &finding["location"];
        let place = location["variable"].as_str().or(location["entry"].as_str());
        let verdict = finding["verdict"].as_str().unwrap();
        (place.unwrap().to_owned(), verdict.to_owned())
    });
    told.collect()
}

fn pairs<'a>(pairs: &[(&'a str, &'a str)]) -> Vec<(String, String)> {
    let pairs = pairs.iter();
    pairs
        .map(|(one, two)| ((*one).to_owned(), (*two).to_owned()))
        .collect()
}

#[test]
fn a_persons_variables_are_found_changed_and_given_back() {
    let mut registry = Registry::alone();
    let profile = Profile::new();
    let (old, other) = (pat84('C', 'A', 1), pat84('C', 'A', 2));
    let feed = |token: &str, organization: &str| {
        format!(
            "https://dev:{token}@pkgs.dev.azure.com/{organization}/_packaging/feed/pypi/simple/"
        )
    };
    let (contoso, fabrikam) = (feed(&old, "contoso"), feed(&other, "fabrikam"));
    let text = format!(r"%USERPROFILE%\wheels Zürich {contoso} {fabrikam}");
    registry.expanded(Root::Person, VARIABLES, "REKEY_TEST_FEEDS", &text);
    registry.text(Root::Person, VARIABLES, "AZURE_DEVOPS_EXT_PAT", &old);
    registry.text(
        Root::Person,
        VARIABLES,
        "AZURE_DEVOPS_ORG_URL",
        "https://dev.azure.com/contoso",
    );
    registry.number(Root::Person, VARIABLES, "REKEY_TEST_NUMBER", 7);
    let bytes = [1, 2, 3];
    registry.set(
        Root::Person,
        VARIABLES,
        "REKEY_TEST_BYTES",
        Type::Bytes,
        &bytes,
    );
    let whole = value(Root::Person, VARIABLES, "REKEY_TEST_FEEDS");
    let token = value(Root::Person, VARIABLES, "AZURE_DEVOPS_EXT_PAT");

    // The session inherits one of them: that is no second thing to mend.
    let mut scan = profile.command(&only(&["scan", "--json"], "environment"));
    scan.env("AZURE_DEVOPS_EXT_PAT", &old);
    let scan = profile.answer(&mut scan).json();
    let stale = pairs(&[
        ("AZURE_DEVOPS_EXT_PAT", "stale"),
        ("REKEY_TEST_FEEDS", "stale"),
    ]);
    assert_eq!(told(&scan), stale, "{scan:#}");
    for finding in scan["findings"].as_array().unwrap() {
        assert_eq!(finding["location"]["scope"], "user");
        assert_eq!(finding["remedy"], "consent");
    }
    let places = scan["places"].as_array().unwrap();
    let named = |wanted: &str| places.iter().find(|it| it["path"] == wanted).unwrap();
    assert_eq!(named(r"HKCU\Environment")["state"], "read");
    let odd = named(r"HKCU\Environment\REKEY_TEST_BYTES");
    assert_eq!(odd["state"], "unreadable");
    assert!(odd["reason"].as_str().unwrap().contains("REG_BINARY"));
    let number = named(r"HKCU\Environment\REKEY_TEST_NUMBER");
    assert_eq!(number["state"], "skipped");

    // A place that cannot be read is said with exit 3, and the rest is done.
    let run = profile.rekey(&only(&["clean", "--json", "--yes"], "environment"));
    let run = run.expect(3).json();
    let actions = run["plan"].as_array().unwrap().iter();
    assert!(
        actions
            .clone()
            .all(|edit| edit["action"] == "set-registry-value")
    );
    let outcomes = run["outcomes"].as_array().unwrap();
    assert_eq!(outcomes.len(), 2, "{run:#}");
    assert!(outcomes.iter().all(|it| it["state"] == "done"), "{run:#}");
    assert_eq!(value(Root::Person, VARIABLES, "AZURE_DEVOPS_EXT_PAT"), None);
    let (kind, left) = value(Root::Person, VARIABLES, "REKEY_TEST_FEEDS").unwrap();
    let expected = text.replace(&format!("dev:{old}@"), "");
    let expected: Vec<u8> = expected
        .encode_utf16()
        .chain([0])
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!((kind, left), (Type::ExpandString, expected));

    let again = profile
        .rekey(&only(&["clean", "--json", "--yes"], "environment"))
        .json();
    assert_eq!(again["plan"].as_array().unwrap().len(), 0, "{again:#}");
    let list = profile.rekey(&["undo", "--list"]).expect(0).stdout;
    assert!(list.contains("2 registry values changed"), "{list}");

    profile.rekey(&["undo", "--json"]);
    assert_eq!(value(Root::Person, VARIABLES, "REKEY_TEST_FEEDS"), whole);
    assert_eq!(
        value(Root::Person, VARIABLES, "AZURE_DEVOPS_EXT_PAT"),
        token
    );
}

#[test]
fn tokens_of_visual_studio_go_with_their_keys_and_come_back() {
    let mut registry = Registry::alone();
    let profile = Profile::new();
    let (contoso, fabrikam) = (format!(r"{TOKENS}\rekey-1"), format!(r"{TOKENS}\rekey-2"));
    for (key, url) in [
        (&contoso, "https://contoso.visualstudio.com/"),
        (&fabrikam, "https://fabrikam.visualstudio.com/"),
    ] {
        registry.text(Root::Person, key, "Url", url);
        registry.text(Root::Person, key, "Type", "Federated");
        registry.text(Root::Person, key, "Token", "AQAAANCMnd8BFdERjHoAwE/Cl+s=");
    }
    // The key is all that tells how old they are, and it was written just now.
    std::thread::sleep(Duration::from_millis(1_500));
    let connected = Timestamp::now().to_string();
    let about = |command: &[&str]| -> Vec<String> {
        let flags = ["--offline", "--only", "visual-studio", "--org", "contoso"];
        let flags = [command, &flags, &["--connected-at", &connected]].concat();
        flags.into_iter().map(str::to_owned).collect()
    };
    let rekey = |command: &[&str]| {
        let arguments = about(command);
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        profile.rekey(&arguments).json()
    };
    let scan = rekey(&["scan", "--json"]);
    let stale = pairs(&[("https://contoso.visualstudio.com/", "stale")]);
    assert_eq!(told(&scan), stale, "{scan:#}");
    assert_eq!(scan["findings"][0]["kind"], "session-token");
    let place = format!(r"HKCU\{contoso}");
    assert_eq!(scan["findings"][0]["location"]["path"], place.as_str());

    let run = rekey(&["clean", "--json", "--yes"]);
    assert_eq!(run["outcomes"][0]["state"], "done", "{run:#}");
    assert!(!is_there(Root::Person, &contoso));
    assert!(value(Root::Person, &fabrikam, "Token").is_some());
    assert_eq!(
        rekey(&["clean", "--json", "--yes"])["plan"],
        Value::Array(Vec::new())
    );

    profile.rekey(&["undo"]).expect(0);
    for name in ["Url", "Type", "Token"] {
        let (kind, _) = value(Root::Person, &contoso, name).unwrap();
        assert_eq!(kind, Type::String);
    }
}

#[test]
fn a_sealed_token_of_visual_studio_is_judged_by_what_it_says() {
    let mut registry = Registry::alone();
    let profile = Profile::new();
    let keys = native().unwrap().dpapi().unwrap();
    // Both keys were written just now, which decides nothing.
    for (name, tenant) in [("rekey-1", OLD_TENANT), ("rekey-2", TENANT)] {
        let key = format!(r"{TOKENS}\{name}");
        let token = entra_jwt(tenant, 4_000_000_000);
        let seal = keys.protect(token.as_bytes(), b"").unwrap();
        let url = format!("https://dev.azure.com/contoso/{name}");
        registry.text(Root::Person, &key, "Url", &url);
        registry.text(Root::Person, &key, "Type", "Federated");
        registry.text(Root::Person, &key, "Token", &STANDARD.encode(seal));
    }
    let scan = profile.rekey(&only(&["scan", "--json"], "visual-studio"));
    let scan = scan.json();
    let by_tenant = pairs(&[
        ("https://dev.azure.com/contoso/rekey-1", "stale"),
        ("https://dev.azure.com/contoso/rekey-2", "current"),
    ]);
    assert_eq!(told(&scan), by_tenant, "{scan:#}");
    let evidence = scan["findings"][0]["evidence"].as_array().unwrap();
    let differs = evidence.iter().any(|it| it["code"] == "tenant-differs");
    assert!(differs, "{scan:#}");
}

#[test]
fn a_host_key_of_putty_that_is_not_the_published_one_is_named() {
    let mut registry = Registry::alone();
    let profile = Profile::new();
    for (host, key) in [
        ("ssh.dev.azure.com", putty(&other())),
        ("vs-ssh.visualstudio.com", putty(PUBLISHED)),
        ("git.example.com", putty(&other())),
    ] {
        let name = format!("rsa2@22:{host}");
        registry.text(Root::Person, HOST_KEYS, &name, &key);
    }
    let scan = profile.rekey(&only(&["scan", "--json"], "ssh-config"));
    let scan = scan.json();
    let findings = scan["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{scan:#}");
    let location = &findings[0]["location"];
    assert_eq!(location["path"], format!(r"HKCU\{HOST_KEYS}"));
    assert_eq!(location["entry"], "rsa2@22:ssh.dev.azure.com");
    assert_eq!(findings[0]["remedy"], "manual");
}

#[test]
fn distributions_of_wsl_are_told_of_once_by_name() {
    let mut registry = Registry::alone();
    let profile = Profile::new();
    for (id, name, folder) in [
        ("{rekey-1}", "Debian", r"\\?\C:\linux\debian"),
        ("{rekey-2}", "Ubuntu-24.04", r"C:\linux\ubuntu"),
    ] {
        let key = format!(r"{LINUX}\{id}");
        registry.text(Root::Person, &key, "DistributionName", name);
        registry.text(Root::Person, &key, "BasePath", folder);
        registry.number(Root::Person, &key, "State", 1);
        registry.number(Root::Person, &key, "Version", 2);
    }
    let scan = profile.rekey(&only(&["scan", "--json"], "git-config"));
    let scan = scan.json();
    let places = scan["places"].as_array().unwrap().iter();
    let linux = places.filter(|place| {
        let path = place["path"].as_str().unwrap();
        path.starts_with(r"C:\linux\") && place["state"] == "skipped"
    });
    let told: Vec<_> = linux
        .map(|place| {
            let reason = place["reason"].as_str().unwrap();
            let name = reason.split(' ').next().unwrap();
            (place["path"].as_str().unwrap(), name)
        })
        .collect();
    let wanted = [
        (r"C:\linux\debian", "Debian"),
        (r"C:\linux\ubuntu", "Ubuntu-24.04"),
    ];
    assert_eq!(told, wanted, "{scan:#}");
}

#[test]
fn policy_of_the_machine_names_organizations_whole() {
    let mut registry = Registry::alone();
    let profile = Profile::new();
    let one = format!(r"{POLICY}\organizations\1");
    registry.text(Root::Machine, &one, "name", "contoso");
    registry.text(Root::Machine, &one, "connected_at", CONNECTED);
    registry.text(Root::Machine, &one, "tenant", TENANT);
    let list = format!(r"{POLICY}\scan\exclude");
    registry.text(Root::Machine, &list, "1", "node_modules");
    registry.number(Root::Machine, POLICY, "undo.keep_days", 30);
    let scan = profile.rekey(&["scan", "--json", "--offline", "--only", "environment"]);
    let organization = &scan.json()["organizations"][0];
    assert_eq!(organization["name"], "contoso");
    assert_eq!(organization["tenant"], TENANT);
    assert_eq!(organization["connected_at"], CONNECTED);
    let other = profile.rekey(&["scan", "--offline", "--org", "fabrikam"]);
    let told = other.expect(2).stderr;
    assert!(
        told.contains("organizations") && told.contains(POLICY),
        "{told}"
    );
}

#[test]
fn policy_names_folders_by_variables_of_the_machine_and_never_of_the_person() {
    let mut registry = Registry::alone();
    let profile = Profile::new();
    let mut files = Files::new();
    let shared = Path::new(r"C:\ProgramData\rekey-tests");
    let token = pat84('C', 'A', 3);
    let npmrc =
        format!("//pkgs.dev.azure.com/contoso/_packaging/web/npm/registry/:_authToken={token}\n");
    let npmrc = files.write(shared.join(".npmrc"), npmrc);
    let roots = format!(r"{POLICY}\scan\roots");
    let found = || {
        let mut scan = profile.command(&only(&["scan", "--json"], "npm"));
        scan.env("ProgramData", r"C:\elsewhere");
        let scan = profile.answer(&mut scan).json();
        let findings = scan["findings"].as_array().unwrap().iter();
        let paths = findings.map(|one| one["location"]["path"].as_str().unwrap().to_owned());
        paths.collect::<Vec<_>>()
    };
    let named = r"%ProgramData%\rekey-tests";
    registry.expanded(Root::Machine, &roots, "1", named);
    assert_eq!(found(), [npmrc.to_str().unwrap()]);
    // This type has no variables.
    registry.text(Root::Machine, &roots, "1", named);
    assert_eq!(found(), [""; 0]);
    registry.expanded(Root::Machine, &roots, "1", r"%REKEY_NOBODY_SETS_IT%\x");
    let told = profile.rekey(&only(&["scan"], "npm")).expect(2).stderr;
    assert!(told.contains("%REKEY_NOBODY_SETS_IT%"), "{told}");
}

#[test]
fn policy_that_cannot_be_used_is_named_and_nothing_is_done() {
    let profile = {
        let mut registry = Registry::alone();
        let profile = Profile::new();
        registry.set(
            Root::Machine,
            POLICY,
            "clean.consent",
            Type::Bytes,
            &[1, 2, 3],
        );
        let told = profile.rekey(&["scan", "--offline"]).expect(2).stderr;
        assert!(
            told.contains("clean.consent") && told.contains("REG_BINARY"),
            "{told}"
        );
        // Device management is told the state all the same, and hears nothing else.
        let line = profile.rekey(&["status", "--detect"]).expect(1);
        assert!(line.stdout.contains("state=never-run") && line.stderr.is_empty());
        profile
    };
    let mut registry = Registry::alone();
    registry.text(Root::Machine32, POLICY, "clean.consnt", "always");
    let told = profile.rekey(&["scan", "--offline"]).expect(2).stderr;
    assert!(
        told.contains("clean.consnt") && told.contains("clean.consent"),
        "{told}"
    );
}

#[test]
fn what_the_administrator_pins_for_git_credential_manager_is_theirs_to_change() {
    let mut registry = Registry::alone();
    let profile = Profile::new();
    for root in [Root::Machine, Root::Machine32] {
        registry.text(
            root,
            r"SOFTWARE\GitCredentialManager\Configuration",
            "credential.https://dev.azure.com/contoso.authority",
            "MSA",
        );
    }
    let scan = profile
        .rekey(&only(&["scan", "--json"], "gcm-authority"))
        .json();
    let findings = scan["findings"].as_array().unwrap();
    assert!(!findings.is_empty(), "{scan:#}");
    for finding in findings {
        assert_eq!(finding["kind"], "pinned-tenant");
        assert_eq!(
            (&finding["verdict"], &finding["remedy"]),
            (&"stale".into(), &"manual".into())
        );
    }
}
