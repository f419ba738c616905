//! The one key for Azure DevOps: found again or made by `ssh-keygen`, and handed to an agent by `ssh-add`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::Guided;
use crate::cli::fault::Fault;
use crate::platform::programs::Call;
use crate::platform::{System, own_files, read, ssh_agent};
use crate::state::ProvedCredentials;
use crate::token::ssh::{self, PublicHalf};

/// What its file is called, below `~/.ssh`.
const NAME: &str = "azure-devops_rsa";
/// How many names are tried where keys of before the change have the first ones.
const NAMES: usize = 9;
/// ssh-keygen and OpenSSH's servers take no shorter one.
const FEWEST_BITS: u32 = 2048;
/// Long enough for the primes of a slow machine.
const LIMIT: Duration = Duration::from_mins(2);
/// Where OpenSSH's agent listens on Windows (github.com/PowerShell/openssh-portable).
const WINDOWS_PIPE: &str = r"\\.\pipe\openssh-ssh-agent";

/// A key of after the change.
#[derive(Debug)]
pub(super) struct Key {
    /// The private half's file.
    pub(super) path: PathBuf,
    /// The public half.
    pub(super) public: PublicHalf,
    /// The public half as pages take it.
    pub(super) line: String,
    /// It has a passphrase.
    pub(super) encrypted: bool,
}

impl Key {
    /// Its path as people know it.
    pub(super) fn shown(&self, guided: &Guided<'_>) -> String {
        guided.shown_path(&self.path)
    }
}

/// The key that is there and was made after every organization was connected.
pub(super) fn usable(guided: &Guided<'_>) -> Option<Key> {
    let organizations = guided.scope.organizations.iter();
    // Without a time nothing tells a new key from an old one; what rekey saw work is new all the same.
    let connected = organizations.filter_map(|one| one.connected_at).max();
    let known = ProvedCredentials::load(guided.state).unwrap_or_default();
    names(guided).find_map(|path| {
        let (key, written) = load(guided, &path)?;
        let is_new = connected
            .zip(written)
            .is_some_and(|(connected, written)| written > connected);
        (is_new || known.knows(&key.public.sha256)).then_some(key)
    })
}

fn names(guided: &Guided<'_>) -> impl Iterator<Item = PathBuf> {
    let folder = guided.session.platform.home().join(".ssh");
    (1..=NAMES).map(move |number| match number {
        1 => folder.join(NAME),
        more => folder.join(format!("{NAME}_{more}")),
    })
}

/// Reads both halves; with when the private one was written.
fn load(guided: &Guided<'_>, path: &Path) -> Option<(Key, Option<jiff::Timestamp>)> {
    let home = guided.session.platform.home().canonicalize().ok()?;
    let private = read::regular(path, &home).ok()?;
    let public = read::regular(&path.with_added_extension("pub"), &home).ok()?;
    let line = String::from_utf8(public.bytes).ok()?.trim().to_owned();
    let file = ssh::key_file(&String::from_utf8_lossy(&private.bytes), Some(&line))?;
    let public = file.public?;
    // A `.pub` file that belongs to another key would be added in vain.
    let is_pair = ssh::public_half(&line).is_some_and(|beside| beside.sha256 == public.sha256);
    let is_rsa = public.algorithm == ssh::ACCEPTED;
    let fits = is_pair && is_rsa && public.bits.is_some_and(|bits| bits >= FEWEST_BITS);
    let encrypted = file.encrypted;
    let key = Key {
        path: path.to_owned(),
        public,
        line,
        encrypted,
    };
    fits.then_some((key, private.written))
}

/// Refuses to ask for a passphrase where nobody can type one, before anything is done.
pub(super) fn check_passphrase(guided: &Guided<'_>) -> Result<(), Fault> {
    if guided.session.platform.programs().is_none() {
        return Err(Fault::wrong(
            "--make-key: with --home no program is started, and ssh-keygen is one",
        ));
    }
    if guided.session.interactive || guided.typed.no_passphrase {
        return Ok(());
    }
    Err(Fault::wrong(
        "--make-key: nobody can type a passphrase here\n  hint: type it in a terminal, or add --no-passphrase",
    ))
}

/// Makes a new key, never over a file that is there. ssh-keygen asks for the passphrase itself.
///
/// # Errors
/// Why not, in words that end a sentence.
pub(super) fn make(guided: &Guided<'_>, with_passphrase: bool) -> Result<Key, String> {
    let programs = guided.session.platform.programs();
    let programs = programs.ok_or("with --home no program is started")?;
    let keygen = programs
        .find("ssh-keygen")
        .ok_or("ssh-keygen is not found in PATH; install OpenSSH")?;
    let is_free = |path: &PathBuf| {
        let public = path.with_added_extension("pub");
        [path, &public]
            .into_iter()
            .all(|path| path.symlink_metadata().is_err())
    };
    let path = names(guided).find(is_free).ok_or_else(|| {
        format!("~/.ssh has {NAMES} keys named {NAME} already; move old ones away")
    })?;
    let folder = path.parent().unwrap_or(&path);
    if !folder.is_dir() {
        own_files::make_folder(folder)
            .map_err(|error| format!("{}: {error}", guided.shown_path(folder)))?;
    }
    let comment = format!("azure-devops {}", guided.session.now.strftime("%Y-%m-%d"));
    let mut arguments: Vec<&OsStr> = ["-q", "-t", "rsa", "-b", "4096", "-C"]
        .map(OsStr::new)
        .into();
    arguments.extend([comment.as_ref(), "-f".as_ref(), path.as_os_str()]);
    let made = if with_passphrase {
        programs.attend(&keygen, &arguments, folder)
    } else {
        arguments.extend(["-N", ""].map(OsStr::new));
        let call = Call {
            program: &keygen,
            arguments: &arguments,
            input: b"",
            limit: LIMIT,
            most: 64 * 1024,
        };
        programs.run(&call).map(|said| said.success)
    };
    match made {
        Ok(true) => {}
        Ok(false) => return Err("ssh-keygen did not finish".to_owned()),
        Err(fault) => return Err(format!("ssh-keygen: {fault}")),
    }
    let (key, _) = load(guided, &path).ok_or("ssh-keygen made no RSA key that rekey can read")?;
    let remember = || {
        let mut known = ProvedCredentials::load(guided.state)?;
        known.remember_made(&key.public.sha256);
        known.save(guided.state)
    };
    remember().map_err(|fault| fault.to_string())?;
    Ok(key)
}

/// Where the person's agent listens.
pub(super) fn agent(guided: &Guided<'_>) -> Option<PathBuf> {
    let platform = guided.session.platform.as_ref();
    let variable = platform
        .variable("SSH_AUTH_SOCK")
        .filter(|value| !value.is_empty());
    let pipe = || (platform.system() == System::Windows).then(|| PathBuf::from(WINDOWS_PIPE));
    variable.map(PathBuf::from).or_else(pipe)
}

/// Whether an agent runs that has this key.
pub(super) fn agent_has(guided: &Guided<'_>, key: &Key) -> bool {
    agent_keys(guided).is_some_and(|keys| keys.contains(&key.public.sha256))
}

/// Whether an agent runs that has this key not.
pub(super) fn agent_lacks(guided: &Guided<'_>, key: &Key) -> bool {
    agent_keys(guided).is_some_and(|keys| !keys.contains(&key.public.sha256))
}

/// The fingerprints of the keys in the agent; `None` where none runs.
fn agent_keys(guided: &Guided<'_>) -> Option<Vec<String>> {
    let keys = ssh_agent::keys(&agent(guided)?).ok()?;
    let halves = keys
        .iter()
        .filter_map(|key| ssh::of_blob(&key.blob, &key.comment));
    Some(halves.map(|half| half.sha256).collect())
}

/// Has `ssh-add` hand it to the agent; it asks for the passphrase itself.
///
/// # Errors
/// Why not, in words that end a sentence.
pub(super) fn add_to_agent(guided: &Guided<'_>, key: &Key) -> Result<(), String> {
    let programs = guided.session.platform.programs();
    let programs = programs.ok_or("with --home no program is started")?;
    let add = programs
        .find("ssh-add")
        .ok_or("ssh-add is not found in PATH")?;
    let programs = match agent(guided) {
        Some(socket) if guided.session.platform.system() != System::Windows => {
            programs.with("SSH_AUTH_SOCK", socket)
        }
        _ => programs,
    };
    let folder = key.path.parent().unwrap_or(&key.path);
    match programs.attend(&add, &[key.path.as_os_str()], folder) {
        Ok(true) => Ok(()),
        Ok(false) => Err("ssh-add did not finish".to_owned()),
        Err(fault) => Err(format!("ssh-add: {fault}")),
    }
}
