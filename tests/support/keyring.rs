//! A session bus and gnome-keyring of a test's own, and real tools that write into it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Answer, Home, about_contoso, bounded, not_tried, with_input};

const DEBIAN: &str = "/usr/share/doc/git/contrib/credential/libsecret/git-credential-libsecret.c";
/// Prints every entry but rekey's own as JSON: label, attributes, secret and its content type.
const LIST: &str = "
import json, secretstorage
entries = []
for collection in secretstorage.get_all_collections(secretstorage.dbus_init()):
    for item in collection.get_all_items():
        attributes = item.get_attributes()
        # gnome-keyring adds this one to entries that have none, some time later.
        if attributes.get('xdg:schema') == 'org.freedesktop.Secret.Generic':
            del attributes['xdg:schema']
        if attributes.get('service') != 'dev.rekey.agent':
            entries.append([item.get_label(), attributes, item.get_secret().decode(), item.get_secret_content_type()])
print(json.dumps(sorted(entries, key=json.dumps)))
";

/// A home with a bus that listens below it.
pub struct Session {
    pub home: Home,
    bus: Child,
    daemon: Option<Child>,
}

/// A program of this test's own ends with it.
impl Drop for Session {
    fn drop(&mut self) {
        for child in self.daemon.iter_mut().chain([&mut self.bus]) {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Session {
    /// A bus where nobody keeps passwords; `None`, and a word on stderr, where there is none to be had.
    pub fn without_keyring() -> Option<Self> {
        let home = Home::new();
        home.write("run/here", "");
        super::plain::set_mode(&home.join("run"), 0o700);
        let mut command = Command::new("dbus-daemon");
        command.args(["--session", "--nofork", "--nopidfile", "--print-address=1"]);
        command.arg(format!(
            "--address=unix:path={}",
            home.join("run/bus").display()
        ));
        let bus = in_session(&mut command, &home)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut bus) = bus else {
            not_tried("there is no dbus-daemon");
            return None;
        };
        let mut line = String::new();
        let mut stdout = BufReader::new(bus.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        Some(Self {
            home,
            bus,
            daemon: None,
        })
    }

    /// The same with an unlocked keyring.
    pub fn new() -> Option<Self> {
        let mut session = Self::without_keyring()?;
        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--foreground", "--unlock", "--components=secrets"]);
        let daemon = in_session(&mut command, &session.home)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut daemon) = daemon else {
            not_tried("there is no gnome-keyring-daemon");
            return None;
        };
        daemon.stdin.take().unwrap().write_all(b"password").unwrap();
        session.daemon = Some(daemon);
        let begun = Instant::now();
        while !session.has_keyring() {
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "gnome-keyring-daemon does not come up"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(session)
    }

    /// Whether somebody keeps passwords on the bus.
    pub fn has_keyring(&self) -> bool {
        let owner = self.bus_call(
            "org.freedesktop.DBus",
            "/",
            "org.freedesktop.DBus.NameHasOwner",
            "string:org.freedesktop.secrets",
        );
        owner.stdout.contains("true")
    }

    pub fn lock(&self) {
        let login = "array:objpath:/org/freedesktop/secrets/collection/login";
        self.bus_call(
            "org.freedesktop.secrets",
            "/org/freedesktop/secrets",
            "org.freedesktop.Secret.Service.Lock",
            login,
        )
        .expect(0);
    }

    fn bus_call(&self, to: &str, object: &str, method: &str, argument: &str) -> Answer {
        let to = format!("--dest={to}");
        self.tool(
            "dbus-send",
            &["--session", "--print-reply", &to, object, method, argument],
            "",
        )
    }

    /// A real tool in this session.
    #[track_caller]
    pub fn tool(&self, program: &str, arguments: &[&str], input: &str) -> Answer {
        let mut command = Command::new(program);
        in_session(command.args(arguments), &self.home);
        with_input(&mut command, input)
    }

    /// rekey in this session about `contoso`, asking the vault alone.
    #[track_caller]
    pub fn rekey(&self, arguments: &[&str]) -> Answer {
        bounded(&mut self.command(arguments))
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rekey"));
        command.args(arguments);
        if matches!(arguments[0], "scan" | "clean" | "run") {
            command.args(about_contoso()).args(["--only", "os-vault"]);
        }
        in_session(&mut command, &self.home);
        command.arg("--offline").stdin(Stdio::null());
        command
    }

    /// `secret-tool store`.
    pub fn store(&self, label: &str, attributes: &[&str], secret: &str) {
        let label = format!("--label={label}");
        let arguments = [&["store", &label][..], attributes].concat();
        self.tool("secret-tool", &arguments, secret).expect(0);
    }

    /// What `secret-tool lookup` says; empty where there is no such entry.
    pub fn lookup(&self, attributes: &[&str]) -> String {
        self.tool("secret-tool", &[&["lookup"], attributes].concat(), "")
            .stdout
    }

    /// All entries with everything in them, as another library reads them.
    pub fn entries(&self, python: &Path) -> serde_json::Value {
        self.tool(python.to_str().unwrap(), &["-c", LIST], "")
            .expect(0)
            .json()
    }
}

fn in_session<'c>(command: &'c mut Command, home: &Home) -> &'c mut Command {
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home.path())
        .env("USER", "dev")
        .env("LANG", "C.UTF-8")
        .env("XDG_RUNTIME_DIR", home.join("run"))
        .env(
            "DBUS_SESSION_BUS_ADDRESS",
            format!("unix:path={}", home.join("run/bus").display()),
        )
}

/// git's own helper, which Debian ships as source; `None`, and a word on stderr, where it cannot be built.
pub fn git_helper(folder: &Path) -> Option<PathBuf> {
    let flags = Command::new("pkg-config")
        .args(["--cflags", "--libs", "libsecret-1", "glib-2.0"])
        .output();
    let flags = flags.ok().filter(|flags| flags.status.success());
    let Some(flags) = flags.filter(|_| Path::new(DEBIAN).exists()) else {
        not_tried("git-credential-libsecret cannot be built");
        return None;
    };
    let flags = String::from_utf8(flags.stdout).unwrap();
    let program = folder.join("git-credential-libsecret");
    let built = Command::new("cc")
        .args(["-w", DEBIAN, "-o"])
        .arg(&program)
        .args(flags.split_whitespace())
        .status();
    assert!(built.unwrap().success());
    Some(program)
}

/// A Python that has keyring and `SecretStorage`; `None`, and a word on stderr, where there is none.
pub fn python() -> Option<PathBuf> {
    let python =
        std::env::var_os("REKEY_TEST_KEYRING_PYTHON").map_or("python3".into(), PathBuf::from);
    let has = Command::new(&python)
        .args(["-c", "import keyring, secretstorage"])
        .stderr(Stdio::null())
        .status();
    if has.is_ok_and(|status| status.success()) {
        return Some(python);
    }
    not_tried("there is no Python with keyring and SecretStorage");
    None
}
