//! A home whose credentials real `git`, `npm`, `pip`, `cargo` and `ssh-keygen` wrote.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::registry::Registry;
use super::tokens::{pat52, pat84};
use super::{Home, OLD_TENANT};

/// Everything that was planted, for looking where it must not turn up.
pub struct Planted {
    pub secrets: Vec<String>,
}

/// Made months before the connection.
fn old(seed: u8) -> String {
    pat84('C', 'C', seed)
}

/// Made after the connection.
fn new(seed: u8) -> String {
    pat84('C', 'K', seed)
}

/// Lets the real tools write stale credentials for `contoso`, and beside them what must stay: tokens made
/// after the connection, a second organization, and other hosts.
pub fn plant(home: &Home) -> Planted {
    let mut secrets = Vec::new();
    let mut keep = |secret: String| {
        secrets.push(secret.clone());
        secret
    };
    git(home, &mut keep);
    npm(home, &mut keep);
    pip(home, &mut keep);
    cargo(home, &mut keep);
    ssh(home);
    Planted { secrets }
}

fn git(home: &Home, keep: &mut dyn FnMut(String) -> String) {
    let authority = |tenant: &str| format!("https://login.microsoftonline.com/{tenant}");
    let global = |key: &str, value: &str| {
        home.git("", &["config", "--global", key, value]);
    };
    global("user.name", "Dev");
    global(
        "credential.azrepos:org/contoso.azureAuthority",
        &authority(OLD_TENANT),
    );
    global(
        "credential.azrepos:org/contoso.username",
        "dev@outlook.example",
    );
    global(
        "credential.azrepos:org/fabrikam.azureAuthority",
        &authority(OLD_TENANT),
    );
    global(
        "credential.azrepos:org/fabrikam.username",
        "dev@fabrikam.example",
    );
    global("credential.helper", "store");

    for (host, path, user, secret) in [
        ("dev.azure.com", "contoso", "dev", keep(old(1))),
        ("dev.azure.com", "contoso", "build", keep(new(2))),
        ("dev.azure.com", "fabrikam", "dev", keep(old(3))),
        (
            "github.com",
            "contoso",
            "dev",
            keep(format!("ghp_{}", "a1B2".repeat(9))),
        ),
    ] {
        let input = format!(
            "protocol=https\nhost={host}\npath={path}\nusername={user}\npassword={secret}\n\n"
        );
        let folder = home.path();
        let arguments = ["-c", "credential.useHttpPath=true", "credential", "approve"];
        home.tool("git", &arguments, &folder, &input).expect(0);
    }

    home.git("src/app", &["init", "-q"]);
    let url = format!(
        "https://dev:{}@dev.azure.com/contoso/web/_git/app",
        keep(old(4))
    );
    home.git("src/app", &["remote", "add", "origin", &url]);
    home.git(
        "src/app",
        &["remote", "add", "hub", "https://github.com/contoso/app"],
    );
    let header = STANDARD.encode(format!(":{}", keep(old(5))));
    let key = "http.https://dev.azure.com/contoso.extraHeader";
    home.git(
        "src/app",
        &["config", key, &format!("Authorization: Basic {header}")],
    );

    home.git("src/other", &["init", "-q"]);
    let url = format!(
        "https://dev:{}@dev.azure.com/fabrikam/web/_git/other",
        keep(old(6))
    );
    home.git("src/other", &["remote", "add", "origin", &url]);
    home.git("mirror.git", &["init", "-q", "--bare"]);
    let url = format!(
        "https://{}@contoso.visualstudio.com/web/_git/app",
        keep(pat84('B', 'L', 7))
    );
    home.git("mirror.git", &["config", "remote.origin.url", &url]);
}

fn npm(home: &Home, keep: &mut dyn FnMut(String) -> String) {
    let set = |key: &str, value: &str| {
        let pair = format!("{key}={value}");
        home.tool("npm", &["config", "set", &pair], &home.path(), "")
            .expect(0);
    };
    set(
        "@contoso:registry",
        "https://pkgs.dev.azure.com/contoso/_packaging/web/npm/registry/",
    );
    for (feed, secret) in [
        (
            "pkgs.dev.azure.com/contoso/_packaging/web/npm",
            keep(old(10)),
        ),
        (
            "pkgs.dev.azure.com/contoso/_packaging/new/npm",
            keep(new(11)),
        ),
        (
            "fabrikam.pkgs.visualstudio.com/_packaging/web/npm",
            keep(old(12)),
        ),
    ] {
        set(&format!("//{feed}/registry/:username"), "dev");
        set(
            &format!("//{feed}/registry/:_password"),
            &STANDARD.encode(&secret),
        );
        set(&format!("//{feed}/registry/:email"), "dev@contoso.example");
    }
    set(
        "//npm.pkg.github.com/:_authToken",
        &keep(format!("ghp_{}", "c3D4".repeat(9))),
    );
}

fn pip(home: &Home, keep: &mut dyn FnMut(String) -> String) {
    let set = |key: &str, value: &str| {
        home.tool(
            "python3",
            &["-m", "pip", "config", "--user", "set", key, value],
            &home.path(),
            "",
        )
        .expect(0);
    };
    let feed = |organization: &str, secret: &str| {
        format!(
            "https://dev:{secret}@pkgs.dev.azure.com/{organization}/_packaging/web/pypi/simple/"
        )
    };
    set("global.index-url", &feed("contoso", &keep(old(20))));
    set("global.extra-index-url", &feed("fabrikam", &keep(old(21))));
    set("global.timeout", "60");
}

fn cargo(home: &Home, keep: &mut dyn FnMut(String) -> String) {
    let feed = |organization: &str| {
        format!("sparse+https://pkgs.dev.azure.com/{organization}/_packaging/web/Cargo/index/")
    };
    let config = format!(
        "[registries.contoso]\nindex = \"{}\"\n\n[registries.fabrikam]\nindex = \"{}\"\n\n[registry]\nglobal-credential-providers = [\"cargo:token\"]\n",
        feed("contoso"),
        feed("fabrikam")
    );
    home.write(".cargo/config.toml", config);
    let server = Registry::start();
    for (registry, secret) in [("contoso", keep(old(30))), ("fabrikam", keep(old(31)))] {
        let token = format!("Basic {}\n", STANDARD.encode(format!("dev:{secret}")));
        server.cargo(home, &["login", "--registry", registry], &token);
    }
}

/// A key that is offered to Azure DevOps since before the connection, and one that is not.
fn ssh(home: &Home) {
    std::fs::create_dir_all(home.join(".ssh")).unwrap();
    for (name, kind) in [("contoso", "rsa"), ("github", "ed25519")] {
        let file = home.join(&format!(".ssh/{name}"));
        let file = file.to_str().unwrap();
        let bits = if kind == "rsa" { "2048" } else { "256" };
        let arguments = [
            "-q", "-t", kind, "-b", bits, "-N", "", "-C", "dev", "-f", file,
        ];
        home.tool("ssh-keygen", &arguments, &home.path(), "")
            .expect(0);
    }
    home.write(
        ".ssh/config",
        "Host ssh.dev.azure.com\n  User git\n  IdentitiesOnly yes\n  IdentityFile ~/.ssh/contoso\n\n\
         Host github.com\n  IdentityFile ~/.ssh/github\n",
    );
    let before = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_hours(490_896);
    let key = std::fs::File::options()
        .write(true)
        .open(home.join(".ssh/contoso"))
        .unwrap();
    key.set_modified(before).unwrap();
}

/// A legacy token in a file of before the connection: only the file's time tells.
pub fn plant_netrc(home: &Home) -> String {
    let secret = pat52(40);
    let path = home.write(
        ".netrc",
        format!("machine example.com login a password b\nmachine dev.azure.com login contoso password {secret}\n"),
    );
    let before = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_hours(490_896);
    std::fs::File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_modified(before)
        .unwrap();
    secret
}
