//! What Windows has sealed for the person, in the person's own profile: opened, judged, cut, sealed again, given back.

#![cfg(windows)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise, and plant what they look for"
)]
#![allow(
    dead_code,
    unreachable_pub,
    reason = "this test uses its own part of what tests share"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rekey::platform::{Platform, native};
use serde_json::Value;
use support::about_contoso;
use support::tokens::pat84;
use support::windows_files::Files;

/// Files in the profile, with the keys of its person.
struct Planted {
    platform: Box<dyn Platform>,
    files: Files,
}

impl Planted {
    fn new() -> Self {
        Self {
            platform: native().unwrap(),
            files: Files::new(),
        }
    }

    fn write(&mut self, path: PathBuf, bytes: impl AsRef<[u8]>) -> PathBuf {
        self.files.write(path, bytes)
    }

    fn seal(&self, text: &str, entropy: &[u8]) -> Vec<u8> {
        let keys = self.platform.dpapi().unwrap();
        keys.protect(text.as_bytes(), entropy).unwrap()
    }

    fn opened(&self, path: &Path) -> String {
        let keys = self.platform.dpapi().unwrap();
        let bytes = keys.unprotect(&std::fs::read(path).unwrap(), b"").unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        rekey(&["undo", "--purge"]);
    }
}

/// Exit code, stdout and stderr of rekey in the person's own session.
fn rekey(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_rekey"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let code = output.status.code().unwrap_or(-1);
    (code, text(&output.stdout), text(&output.stderr))
}

/// The same about `contoso`; a scan asks three stores.
fn in_scope(arguments: &[&str]) -> (i32, String, String) {
    let stores = ["artifacts-credprovider", "nuget", "gcm-files"];
    let only = stores.iter().flat_map(|store| ["--only", store]);
    let only = only.filter(|_| arguments.first() == Some(&"scan"));
    let scope = about_contoso().into_iter().chain(["--offline"]);
    let all: Vec<_> = arguments.iter().copied().chain(scope).chain(only).collect();
    rekey(&all)
}

fn scan() -> Value {
    let (code, stdout, stderr) = in_scope(&["scan", "--json"]);
    let scan = serde_json::from_str(&stdout);
    scan.unwrap_or_else(|error| panic!("exit {code}, {error}: {stdout}\n{stderr}"))
}

fn feed(organization: &str) -> String {
    format!("https://pkgs.dev.azure.com/{organization}/_packaging/web/nuget/v3/index.json")
}

/// Verdict, kind and whether it has a fingerprint, of the finding in this file.
fn judged(scan: &Value, path: &Path) -> (String, String, bool) {
    let shown = |text: &str| text.replace('/', r"\").to_lowercase();
    let path = shown(&path.to_string_lossy());
    let findings = scan["findings"].as_array().unwrap();
    let is_here = |found: &&Value| shown(found["location"]["path"].as_str().unwrap_or("")) == path;
    let found: Vec<_> = findings.iter().filter(is_here).collect();
    let [found] = found.as_slice() else {
        panic!("{path}: {findings:#?}");
    };
    let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
    (
        text("verdict"),
        text("kind"),
        !found["fingerprint"].is_null(),
    )
}

#[test]
fn sealed_values_are_judged_by_what_they_hold_cut_and_given_back() {
    let mut profile = Planted::new();
    let folders = profile.platform.folders().clone();
    let (old, new) = (pat84('C', 'C', 1), pat84('C', 'K', 2));
    let entry = |organization: &str, token: &str| format!("\"{}\":\"{token}\"", feed(organization));
    let theirs = entry("fabrikam", &old);
    let sessions = format!("{{{},{theirs}}}", entry("contoso", &old));
    let sealed = profile.seal(&sessions, b"");
    let cache = folders
        .data
        .join(r"MicrosoftCredentialProvider\SessionTokenCache.dat");
    let cache = profile.write(cache, &sealed);

    let password = STANDARD.encode(profile.seal(&new, b"NuGet"));
    let config = format!(
        "<configuration><packageSources><add key=\"web\" value=\"{}\" /></packageSources>\
         <packageSourceCredentials><web><add key=\"Username\" value=\"dev\" /><add key=\"Password\" value=\"{password}\" /></web>\
         </packageSourceCredentials></configuration>\r\n",
        feed("contoso")
    );
    let nuget = profile.write(folders.config.join(r"NuGet\NuGet.Config"), &config);

    let entry = STANDARD.encode(profile.seal(&old, b""));
    let text = format!("{entry}\r\nservice=https://dev.azure.com/contoso\r\naccount=dev\r\n");
    let manager = r".gcm\dpapi_store\git\https\dev.azure.com\contoso\dev.credential";
    let manager = profile.write(folders.home.join(manager), text);

    let scan = scan();
    let pat = |verdict: &str, kind: &str| (verdict.to_owned(), kind.to_owned(), true);
    assert_eq!(judged(&scan, &cache), pat("stale", "session-token"));
    assert_eq!(judged(&scan, &nuget), pat("current", "pat"));
    assert_eq!(judged(&scan, &manager), pat("stale", "pat"));

    let (code, stdout, stderr) = in_scope(&["clean", "--yes"]);
    assert!(matches!(code, 0 | 1), "exit {code}: {stdout}\n{stderr}");
    assert_eq!(profile.opened(&cache), format!("{{{theirs}}}"));
    assert_eq!(std::fs::read_to_string(&nuget).unwrap(), config);
    assert!(!manager.exists());

    let (code, stdout, stderr) = rekey(&["undo"]);
    assert_eq!(code, 0, "{stdout}\n{stderr}");
    assert_eq!(std::fs::read(&cache).unwrap(), sealed);
    assert!(manager.exists());
}

#[test]
fn what_the_persons_key_does_not_open_is_said_and_judged_by_time() {
    let mut profile = Planted::new();
    let home = profile.platform.home().to_owned();
    // The head of a blob, and what no key of this person made.
    let strange = STANDARD.encode([&[1, 0, 0, 0][..], &[7; 120]].concat());
    let text = format!("{strange}\r\nservice=https://dev.azure.com/contoso\r\naccount=dev\r\n");
    let path = r".gcm\dpapi_store\git\https\dev.azure.com\contoso\stranger.credential";
    let path = profile.write(home.join(path), text);
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_767_225_600);
    file.set_modified(old).unwrap();
    drop(file);
    let scan = scan();
    let expected = ("stale".to_owned(), "password".to_owned(), false);
    assert_eq!(judged(&scan, &path), expected);
    let places = scan["places"].as_array().unwrap().iter();
    let told = places.filter(|place| place["state"] == "locked");
    let told: Vec<_> = told
        .map(|place| place["reason"].as_str().unwrap())
        .collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("another user or another computer"),
        "{told:?}"
    );
}
