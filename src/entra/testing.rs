//! What tests of the sign-in share.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{DeviceCode, Person, SignInFault};
use crate::azure_devops::{Gateway, Services};
use crate::testing::fake_service::FakeService;

/// 2026-11-29T16:00:00Z.
pub(super) const NOW: i64 = 1_795_968_000;
pub(super) const TENANT: Uuid = Uuid::from_u128(0x2222_2222_0000_4000_8000_0000_0000_0002);

pub(super) fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

pub(super) fn client() -> Uuid {
    crate::testing::fake_service::CLIENT.parse().unwrap()
}

pub(super) fn fake() -> FakeService {
    FakeService::new("contoso", TENANT, now())
}

pub(super) fn services(fake: &FakeService) -> Services {
    Services::new(Some(Gateway::new(fake.url()).unwrap())).unwrap()
}

/// Programs of a home whose Azure CLI is this script.
#[cfg(unix)]
pub(super) fn azure_cli(
    home: &crate::testing::TestHome,
    script: &str,
) -> crate::platform::Programs {
    use std::os::unix::fs::PermissionsExt as _;

    // Written whole and then named, so that no other thread's child holds it open for writing.
    let new = home.write("bin/new", format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = home.path().join("bin/az");
    std::fs::copy(&new, &program).unwrap();
    let home = home.path();
    let mut path = home.join("bin").into_os_string();
    path.push(":/usr/bin:/bin");
    crate::platform::Programs::new(|name| match name {
        "PATH" => Some(path.clone()),
        "HOME" => Some(home.clone().into()),
        _ => None,
    })
}

type Browser<'a> = Box<dyn FnMut(&str) -> Result<(), String> + 'a>;

/// A person whose time passes only where they wait.
pub(super) struct Patient<'a> {
    pub(super) now: Timestamp,
    pub(super) waits: Vec<Duration>,
    pub(super) codes: Vec<DeviceCode>,
    pub(super) turned_down: Vec<String>,
    /// After so many waits they go away.
    pub(super) patience: usize,
    pub(super) browser: Browser<'a>,
}

impl Patient<'_> {
    pub(super) fn new() -> Self {
        Self {
            now: now(),
            waits: Vec::new(),
            codes: Vec::new(),
            turned_down: Vec::new(),
            patience: usize::MAX,
            browser: Box::new(|_| Err("there is no browser".to_owned())),
        }
    }
}

impl Person for Patient<'_> {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn wait(&mut self, pause: Duration) -> bool {
        self.now += SignedDuration::try_from(pause).unwrap();
        self.waits.push(pause);
        self.waits.len() <= self.patience
    }

    fn show_code(&mut self, code: &DeviceCode) {
        self.codes.push(code.clone());
    }

    fn open_page(&mut self, address: &str) -> Result<(), String> {
        (self.browser)(address)
    }

    fn turned_down(&mut self, fault: &SignInFault) {
        self.turned_down.push(fault.to_string());
    }
}
