//! The same in a real browser, with the real program and its options; see `tests/oidc/browser.mjs`.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::provider::{Provider, TENANT, free_port};

struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_browser_goes_there_and_back() {
    let chromium = ["chromium", "chromium-browser"]
        .into_iter()
        .find(|program| {
            let path = std::env::var_os("PATH").unwrap_or_default();
            std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
        });
    let (Some(chromium), Some(provider)) = (chromium, Provider::start()) else {
        eprintln!("not tried: there is no chromium, or no provider");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("client-secret");
    std::fs::write(&secret, format!("{}\n", provider.secret)).unwrap();
    let listen = format!("127.0.0.1:{}", free_port());
    let mut child = Command::new(env!("CARGO_BIN_EXE_rekey-collector"))
        .env_clear()
        .args(["serve", "--listen", &listen, "--data"])
        .arg(folder.path().join("data"))
        .args([
            "--oidc-issuer",
            &provider.issuer,
            "--oidc-client-id",
            "collector",
        ])
        .args([
            "--oidc-admins",
            "rekey.admin, owners",
            "--oidc-auditors",
            "rekey.auditor",
        ])
        .args(["--oidc-tenant", TENANT, "--oidc-client-secret-file"])
        .arg(&secret)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let shown = BufReader::new(child.stdout.take().unwrap()).lines();
    let shown: Vec<_> = shown.take(3).map(Result::unwrap).collect();
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    let _running = Ends(child);
    assert!(told.any(|line| line.unwrap().starts_with("listening on ")));
    std::thread::spawn(move || told.for_each(drop));
    let admin = shown[0].strip_prefix("admin: ").unwrap();
    let (user, password) = admin.split_once(' ').unwrap();

    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let playwright = Command::new(root.join("../ci/browser-tools"))
        .output()
        .unwrap();
    assert!(playwright.status.success());
    let output = Command::new("node")
        .arg(root.join("tests/oidc/browser.mjs"))
        .env("CHROMIUM", which(chromium))
        .env(
            "PLAYWRIGHT",
            String::from_utf8(playwright.stdout).unwrap().trim(),
        )
        .env("REKEY_URL", format!("http://{listen}"))
        .env("REKEY_USER", user)
        .env("REKEY_PASSWORD", password)
        // The browser leaves nothing in the home of whoever runs the tests.
        .env("HOME", folder.path())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

fn which(program: &str) -> std::path::PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
        .unwrap()
}
