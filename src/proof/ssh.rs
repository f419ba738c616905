//! Does a repository answer over SSH with exactly one key?
//!
//! `ssh -T` proves nothing: the service takes the first key that is offered, and decides only when a repository is asked for
//! (Azure DevOps, "Use SSH keys", questions and answers).

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use crate::platform::programs::{Call, ProgramFault};
use crate::platform::{Programs, System};
use crate::token;

/// How long a connection and its answer may take.
const LIMIT: Duration = Duration::from_secs(45);
/// The same where the person is asked for a passphrase meanwhile.
const LIMIT_WITH_PERSON: Duration = Duration::from_mins(3);
/// How much git and ssh may say together.
const MOST: usize = 256 * 1024;

/// How ssh gets at the private half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unlock {
    /// It has no passphrase.
    Open,
    /// The agent that listens there has it.
    Agent(OsString),
    /// ssh asks the person on their terminal.
    Person,
}

/// What is tried.
#[derive(Debug, Clone, Copy)]
pub struct SshTrial<'a> {
    /// The programs.
    pub programs: &'a Programs,
    /// Whose rules of quoting hold.
    pub system: System,
    /// The private key's file.
    pub key: &'a Path,
    /// `SHA256:` and base64: no other key proves anything.
    pub fingerprint: &'a str,
    /// The person's settings of ssh, where there are any.
    pub config: Option<&'a Path>,
    /// How ssh gets at the private half.
    pub unlock: &'a Unlock,
    /// `git@ssh.dev.azure.com:v3/ORG/PROJECT/REPOSITORY`.
    pub repository: &'a str,
}

/// Why nothing is proved; each says what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SshRefusal {
    /// git or ssh is not there.
    #[error("{0} is not found in PATH: install it, then try again")]
    Missing(&'static str),
    /// A path that cannot be handed on.
    #[error("{0} has characters that git cannot hand to ssh: use a key in another folder")]
    Path(String),
    /// The service does not know the key.
    #[error(
        "Azure DevOps does not take the key yet: add its public half on the keys page, signed in with your new \
         account. Where it is listed there, Support has not cleared the old keys yet"
    )]
    NotTaken,
    /// Another key answered in its place.
    #[error(
        "another key than this one was taken ({0}), so nothing is proved: take that key's IdentityFile out of your ssh \
         settings, then try again"
    )]
    AnotherKey(String),
    /// ssh is too old to say which key was taken.
    #[error(
        "ssh does not say which key was taken, so nothing is proved: update OpenSSH, then try again"
    )]
    Untold,
    /// It has a passphrase and nobody to give it.
    #[error("the key has a passphrase: type `ssh-add` with its path, or try in a terminal")]
    Locked,
    /// The server's key is not known.
    #[error(
        "ssh does not know the server yet: type `ssh -T git@ssh.dev.azure.com`, compare the fingerprint with \
         SHA256:ohD8VZEXGWo6Ez8GSEJQ9WpafgLFsOfLOtGGQCQo6Og, answer yes where it is that one, then try again"
    )]
    UnknownHost,
    /// The server's key is another one than before.
    #[error(
        "the server shows another host key than your known_hosts has: something may pass for Azure DevOps. Compare it \
         with the fingerprint on the keys page before you do anything"
    )]
    ChangedHost,
    /// There is no way there.
    #[error(
        "ssh.dev.azure.com cannot be reached ({0}): is port 22 closed here? Try from another network or ask your \
         administrator"
    )]
    NoRoute(String),
    /// It took too long.
    #[error("no answer came in {0} s: try again, or from another network")]
    Late(u64),
    /// The key was taken; the repository is not there for it.
    #[error(
        "the key was taken, but {0} is not there for you: open it in the browser with your new account, and ask for \
         access where that fails too"
    )]
    NoRepository(String),
    /// Anything else.
    #[error("git says: {0}")]
    Other(String),
}

/// Asks the repository for its head, over this key and no other.
///
/// # Errors
/// An [`SshRefusal`].
pub fn prove_ssh(trial: &SshTrial<'_>) -> Result<(), SshRefusal> {
    let git = trial.programs.git().ok_or(SshRefusal::Missing("git"))?;
    let ssh = trial
        .programs
        .find("ssh")
        .ok_or(SshRefusal::Missing("ssh"))?;
    let command = command(trial, &ssh)?;
    let mut programs = trial
        .programs
        .clone()
        .with("GIT_SSH_COMMAND", command)
        .with("GIT_SSH_VARIANT", "ssh")
        // Whatever is set for windows of their own, nobody may be asked there.
        .with("SSH_ASKPASS_REQUIRE", "never")
        .with("GIT_PROTOCOL_FROM_USER", "0")
        .with("GIT_ALLOW_PROTOCOL", "ssh");
    if let Unlock::Agent(socket) = trial.unlock {
        programs = programs.with("SSH_AUTH_SOCK", socket);
    }
    let asks = *trial.unlock == Unlock::Person;
    let limit = if asks { LIMIT_WITH_PERSON } else { LIMIT };
    let call = Call {
        program: &git,
        arguments: &[
            "ls-remote".as_ref(),
            "--quiet".as_ref(),
            "--".as_ref(),
            trial.repository.as_ref(),
            "HEAD".as_ref(),
        ],
        input: b"",
        limit,
        most: MOST,
    };
    let said = programs.hear(&call, asks).map_err(|fault| match fault {
        ProgramFault::Late(limit) => SshRefusal::Late(limit.as_secs()),
        other => SshRefusal::Other(other.to_string()),
    })?;
    let text = said.errors.expose();
    if !said.success {
        return Err(refusal(text, trial));
    }
    match taken(text) {
        Some(taken) if taken == trial.fingerprint => Ok(()),
        Some(other) => Err(SshRefusal::AnotherKey(other.to_owned())),
        None => Err(SshRefusal::Untold),
    }
}

/// What git starts in place of ssh; the shell that comes with git reads it, on every system.
fn command(trial: &SshTrial<'_>, ssh: &Path) -> Result<String, SshRefusal> {
    let ssh = quoted(ssh)?;
    let config = trial.config.map_or_else(|| Ok("none".to_owned()), quoted)?;
    let key = quoted(trial.key)?;
    let mut command = format!(
        "{ssh} -v -F {config} -i {key} -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes \
         -o PreferredAuthentications=publickey -o ControlPath=none -o ControlMaster=no -o ConnectTimeout=20"
    );
    match trial.unlock {
        Unlock::Open => command.push_str(" -o BatchMode=yes -o IdentityAgent=none"),
        // Windows' own agent listens where ssh looks by itself.
        Unlock::Agent(_) if trial.system == System::Windows => {
            command.push_str(" -o BatchMode=yes");
        }
        Unlock::Agent(_) => command.push_str(" -o BatchMode=yes -o IdentityAgent=SSH_AUTH_SOCK"),
        Unlock::Person => command.push_str(" -o BatchMode=no -o IdentityAgent=none"),
    }
    Ok(command)
}

fn quoted(path: &Path) -> Result<String, SshRefusal> {
    let unfit = || SshRefusal::Path(token::shown_path(path));
    let text = path.to_str().ok_or_else(unfit)?;
    // ssh reads a percent sign in the path of a key as a token.
    if text.contains(['\'', '\n', '\r', '%', '"']) {
        return Err(unfit());
    }
    // Backslashes are escapes to ssh; it takes slashes on Windows too.
    let text = if cfg!(windows) {
        text.replace('\\', "/")
    } else {
        text.to_owned()
    };
    Ok(format!("'{text}'"))
}

/// The fingerprint of the last key that the server took (ssh(1) with -v, `sshconnect2.c`).
fn taken(text: &str) -> Option<&str> {
    let mut lines = text.lines().rev();
    let line = lines.find_map(|line| line.trim_end().split_once("Server accepts key: "))?;
    line.1.split(' ').find(|word| word.starts_with("SHA256:"))
}

fn refusal(text: &str, trial: &SshTrial<'_>) -> SshRefusal {
    let has = |part: &str| text.contains(part);
    if has("REMOTE HOST IDENTIFICATION HAS CHANGED") {
        return SshRefusal::ChangedHost;
    }
    if has("Host key verification failed") {
        return SshRefusal::UnknownHost;
    }
    for words in [
        "Could not resolve hostname",
        "Connection refused",
        "Connection timed out",
        "Operation timed out",
        "Network is unreachable",
        "No route to host",
        "Connection closed by UNKNOWN",
    ] {
        if has(words) {
            return SshRefusal::NoRoute(words.to_owned());
        }
    }
    if has("Public key authentication failed") {
        return SshRefusal::NotTaken;
    }
    if has("Permission denied (") {
        // It was found, and could not sign.
        let locked = has("Server accepts key: ") && *trial.unlock != Unlock::Open;
        return if locked {
            SshRefusal::Locked
        } else {
            SshRefusal::NotTaken
        };
    }
    if has("TF401019") || has("does not exist or you do not have permissions") {
        return SshRefusal::NoRepository(trial.repository.to_owned());
    }
    let mut lines = text.lines().map(str::trim);
    let told = lines.rfind(|line| !line.is_empty() && !line.starts_with("debug1:"));
    let told = told.unwrap_or("nothing");
    SshRefusal::Other(token::shown(told))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use rstest::rstest;

    use super::*;

    fn trial<'a>(programs: &'a Programs, unlock: &'a Unlock) -> SshTrial<'a> {
        SshTrial {
            programs,
            system: System::Linux,
            key: Path::new("/home/dev/my keys/one"),
            fingerprint: "SHA256:one",
            config: Some(Path::new("/home/dev/.ssh/config")),
            unlock,
            repository: "git@ssh.dev.azure.com:v3/contoso/web/site",
        }
    }

    #[rstest]
    #[case(Unlock::Open, "-o BatchMode=yes -o IdentityAgent=none")]
    #[case(Unlock::Agent("/a".into()), "-o BatchMode=yes -o IdentityAgent=SSH_AUTH_SOCK")]
    #[case(Unlock::Person, "-o BatchMode=no -o IdentityAgent=none")]
    fn one_key_and_no_other_is_offered(#[case] unlock: Unlock, #[case] end: &str) {
        let programs = Programs::new(|_| None);
        let trial = trial(&programs, &unlock);
        let command = command(&trial, Path::new("/usr/bin/ssh")).unwrap();
        let start = "'/usr/bin/ssh' -v -F '/home/dev/.ssh/config' -i '/home/dev/my keys/one' -o IdentitiesOnly=yes ";
        assert!(command.starts_with(start), "{command}");
        assert!(command.ends_with(end), "{command}");
    }

    #[test]
    fn a_path_that_a_shell_would_read_otherwise_is_refused() {
        for path in ["/home/o'neil/key", "/home/%d/key", "/home/a\nb"] {
            assert!(quoted(Path::new(path)).is_err(), "{path}");
        }
    }

    #[test]
    fn the_last_key_that_was_taken_counts() {
        let text = "debug1: Server accepts key: /a RSA SHA256:one explicit\r\n\
                    debug1: Server accepts key: /b RSA SHA256:two agent\n";
        assert_eq!(taken(text), Some("SHA256:two"));
        assert_eq!(
            taken("debug1: Server accepts key: pkalg x blen 279\n"),
            None
        );
        assert_eq!(taken(""), None);
    }

    #[rstest]
    #[case("remote: Public key authentication failed.\nfatal: x", "keys page")]
    #[case("git@ssh.dev.azure.com: Permission denied (publickey).", "keys page")]
    #[case("Host key verification failed.\nfatal: x", "SHA256:ohD8")]
    #[case(
        "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
        "pass for"
    )]
    #[case("ssh: Could not resolve hostname ssh.dev.azure.com: x", "port 22")]
    #[case(
        "ssh: connect to host ssh.dev.azure.com port 22: Connection timed out",
        "port 22"
    )]
    #[case("remote: TF401019: The Git repository x does not exist", "new account")]
    #[case("debug1: x\nfatal: strange\ndebug1: y\n", "git says: fatal: strange")]
    #[case("", "git says: nothing")]
    fn each_refusal_says_what_to_do(#[case] text: &str, #[case] said: &str) {
        let programs = Programs::new(|_| None);
        let refusal = refusal(text, &trial(&programs, &Unlock::Open)).to_string();
        assert!(refusal.contains(said), "{refusal}");
    }

    #[test]
    fn a_key_that_was_found_and_could_not_sign_is_locked() {
        let text =
            "debug1: Server accepts key: /a RSA SHA256:one\nx: Permission denied (publickey).";
        let programs = Programs::new(|_| None);
        let agent = Unlock::Agent("/a".into());
        assert_eq!(refusal(text, &trial(&programs, &agent)), SshRefusal::Locked);
        let open = refusal(text, &trial(&programs, &Unlock::Open));
        assert_eq!(open, SshRefusal::NotTaken);
    }
}
