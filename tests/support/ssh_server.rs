//! A real `sshd` in the place of Azure DevOps, with one real repository. It knows the user `git`, which the system need
//! not have: a view of the file system that is the server's alone shows it an own list of users.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::disallowed_methods
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::ssh_keys::generate;

const SSHD: &str = "/usr/sbin/sshd";
/// The repository that it has.
pub const REPOSITORY: &str = "v3/contoso/web/site";

/// The server, which ssh starts for each connection.
pub struct Server {
    folder: TempDir,
}

impl Server {
    /// `None` where this machine cannot have one.
    pub fn new() -> Option<Self> {
        let mut view = Command::new("unshare");
        view.args(["-m", "mount", "-t", "tmpfs", "none", "/run"]);
        let has_view = view.output().is_ok_and(|output| output.status.success());
        if !has_view || !Path::new(SSHD).is_file() {
            return None;
        }
        let server = Self {
            folder: TempDir::new().unwrap(),
        };
        let at = server.folder.path();
        super::support::plain::set_mode(at, 0o755);
        generate(at, "host_key", &["-t", "ed25519", "-N", ""]);
        let shown = at.display();
        server.write(
            "passwd",
            &format!(
                "git:x:0:0::{shown}:/bin/sh\nroot:x:0:0::{shown}:/bin/sh\n\
                 sshd:x:105:65534::/run/sshd:/usr/sbin/nologin\n"
            ),
        );
        server.write(
            "sshd_config",
            &format!(
                "HostKey {shown}/host_key\nUsePAM no\nPermitRootLogin yes\nStrictModes no\n\
                 AuthorizedKeysFile {shown}/registered {shown}/known\n"
            ),
        );
        server.program(
            "serve",
            &format!(
                "exec unshare -m sh -c 'mount --bind {shown}/passwd /etc/passwd && mount -t tmpfs none /run && \
                 mkdir -m 755 /run/sshd && exec {SSHD} -i -f {shown}/sshd_config'"
            ),
        );
        server.program(
            "repository",
            &format!(
                "[ \"$SSH_ORIGINAL_COMMAND\" = \"git-upload-pack '{REPOSITORY}'\" ] && \
                 exec git-upload-pack {shown}/site.git\necho 'remote: TF401019: it does not exist' >&2; exit 1"
            ),
        );
        // The service takes any key, and refuses only when a repository is asked for.
        server.program(
            "stranger",
            "echo 'remote: Public key authentication failed.' >&2; exit 1",
        );
        let made = Command::new("git")
            .args(["init", "-q", "--bare"])
            .arg(at.join("site.git"))
            .status();
        assert!(made.unwrap().success());
        Some(server)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.write(name, &format!("#!/bin/sh\n{script}\n"));
        super::support::plain::set_mode(&path, 0o755);
    }

    fn admit(&self, list: &str, program: &str, public: &str) {
        let program = self.folder.path().join(program);
        self.write(
            list,
            &format!("command=\"{}\" {public}\n", program.display()),
        );
    }

    /// Somebody adds the key on the page.
    pub fn register(&self, public: &str) {
        self.admit("registered", "repository", public);
    }

    /// The key of somebody who is not known for any repository.
    pub fn take_in_vain(&self, public: &str) {
        self.admit("known", "stranger", public);
    }

    /// What `~/.ssh/config` says, so that Azure DevOps is this server.
    pub fn settings(&self) -> String {
        let shown = self.folder.path().display();
        format!(
            "Host ssh.dev.azure.com\n  ProxyCommand {shown}/serve\n  UserKnownHostsFile {shown}/known_hosts\n"
        )
    }

    /// The person has answered yes when ssh showed the host key.
    pub fn become_known(&self) {
        let key = std::fs::read_to_string(self.folder.path().join("host_key.pub")).unwrap();
        self.write("known_hosts", &format!("ssh.dev.azure.com {key}"));
    }
}
