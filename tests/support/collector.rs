//! The real `rekey-collector`, as a process with a data folder of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use serde_json::Value;
use tempfile::TempDir;

use super::http::{Response, request};

/// A collector that runs until it is dropped.
pub struct Collector {
    pub url: String,
    pub user: String,
    pub password: String,
    pub secret: String,
    pub api_token: String,
    folder: TempDir,
    child: Child,
}

impl Collector {
    /// The first start, which shows the three lines.
    pub fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let (mut child, url) = spawn(&folder.path().join("data"), "127.0.0.1:0");
        let shown = BufReader::new(child.stdout.take().unwrap());
        let mut shown = shown.lines().map(Result::unwrap);
        let mut next = |name: &str| {
            let line = shown.next().unwrap();
            line.strip_prefix(name).unwrap().to_owned()
        };
        let (user, password) = {
            let admin = next("admin: ");
            let (user, password) = admin.split_once(' ').unwrap();
            (user.to_owned(), password.to_owned())
        };
        let secret = next("enroll-secret: ");
        let api_token = next("api-token: ");
        std::fs::write(folder.path().join("secret"), format!("{secret}\n")).unwrap();
        Self {
            url,
            user,
            password,
            secret,
            api_token,
            folder,
            child,
        }
    }

    /// Stops it as a power cut does.
    pub fn stop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// Starts it again where it was.
    pub fn start_again(&mut self) {
        let listen = self.url.trim_start_matches("http://").to_owned();
        let (child, url) = spawn(&self.data(), &listen);
        assert_eq!(url, self.url);
        self.child = child;
    }

    /// A file with the enrolment secret.
    pub fn secret_file(&self) -> String {
        self.folder
            .path()
            .join("secret")
            .to_str()
            .unwrap()
            .to_owned()
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Asks the admin's API.
    pub fn ask(&self, path: &str) -> Response {
        let answer = request("GET", &format!("{}{path}", self.url), &self.api_token, None);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer
    }

    pub fn get(&self, path: &str) -> Value {
        self.ask(path).json()
    }

    /// Tells the admin's API.
    pub fn put(&self, path: &str, body: &Value) {
        let url = format!("{}{path}", self.url);
        let body = body.to_string();
        let answer = request("PUT", &url, &self.api_token, Some(body.as_bytes()));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }

    /// Every byte that it has on the disk, and beside it what is compressed there, unfolded.
    pub fn bytes_on_disk(&self) -> Vec<u8> {
        let files = std::fs::read_dir(self.data()).unwrap();
        let mut bytes: Vec<u8> = files
            .flat_map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .collect();
        let archive = self.folder.path().join("everything.archive");
        let status = Command::new(program())
            .arg("backup")
            .arg(&archive)
            .arg("--data")
            .arg(self.data())
            .stderr(Stdio::null())
            .status();
        assert!(status.unwrap().success(), "the collector backs itself up");
        let archive = unfold(&std::fs::read(&archive).unwrap());
        for value in archive.split(|byte| *byte == b'"') {
            let value = STANDARD.decode(value).unwrap_or_default();
            if value.starts_with(&[0x1f, 0x8b]) {
                bytes.extend(unfold(&value));
            }
        }
        bytes.extend(archive);
        bytes
    }
}

fn unfold(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    MultiGzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
    plain
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.stop();
    }
}

fn spawn(data: &Path, listen: &str) -> (Child, String) {
    let mut command = Command::new(program());
    command.env_clear().stdin(Stdio::null());
    command
        .args(["serve", "--listen", listen, "--data"])
        .arg(data);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let url = said
        .by_ref()
        .map(Result::unwrap)
        .find_map(|line| Some(line.strip_prefix("listening on ")?.to_owned()))
        .expect("the collector says where it listens");
    // A full pipe would stop the program.
    std::thread::spawn(move || said.for_each(drop));
    (child, url)
}

/// Beside rekey. `cargo test --workspace` builds both; where only this package is tested, it is built here.
fn program() -> PathBuf {
    let rekey = Path::new(env!("CARGO_BIN_EXE_rekey"));
    let program = rekey.with_file_name("rekey-collector");
    if !program.exists() {
        let target = rekey.ancestors().nth(2).unwrap();
        let status = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--locked", "-p", "rekey-collector"])
            .arg("--target-dir")
            .arg(target)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .unwrap();
        assert!(
            status.success() && program.exists(),
            "{} could not be built",
            program.display()
        );
    }
    program
}
