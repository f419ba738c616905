//! Where the session bus listens (D-Bus Specification, "Server Addresses").

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode;

/// A socket of this machine. Addresses that start programs or reach other machines are passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::platform) enum Address {
    Path(PathBuf),
    /// A name outside of any folder, which only Linux has.
    Abstract(OsString),
}

/// The addresses to try of the session that this process belongs to, the best first.
pub(in crate::platform) fn of_session() -> Vec<Address> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let variable = std::env::var_os("DBUS_SESSION_BUS_ADDRESS");
    session(variable.as_deref(), runtime.as_deref())
}

/// Those of the variable, else the usual one of a session.
fn session(variable: Option<&OsStr>, runtime: Option<&Path>) -> Vec<Address> {
    if let Some(text) = variable.filter(|text| !text.is_empty()) {
        let addresses = text.as_bytes().split(|byte| *byte == b';');
        return addresses.filter_map(parse).collect();
    }
    let usual = runtime.filter(|folder| folder.is_absolute());
    let usual = usual.map(|folder| folder.join("bus"));
    usual
        .filter(|path| path.exists())
        .map(Address::Path)
        .into_iter()
        .collect()
}

fn parse(address: &[u8]) -> Option<Address> {
    let options = address.strip_prefix(b"unix:")?;
    options.split(|byte| *byte == b',').find_map(|option| {
        let split = option.iter().position(|byte| *byte == b'=')?;
        let (key, value) = option.split_at(split);
        let value: Vec<u8> = percent_decode(value.get(1..)?).collect();
        let value = OsString::from_vec(value);
        match key {
            b"path" if value.as_bytes().starts_with(b"/") => Some(Address::Path(value.into())),
            b"abstract" => Some(Address::Abstract(value)),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<Address> {
        session(Some(OsStr::new(text)), None)
    }

    #[test]
    fn only_sockets_of_this_machine_are_taken() {
        assert_eq!(
            of("unix:path=/run/user/1000/bus,guid=1"),
            [Address::Path("/run/user/1000/bus".into())]
        );
        assert_eq!(
            of("tcp:host=contoso.com,port=1;unix:guid=1,abstract=/tmp/a%20b"),
            [Address::Abstract("/tmp/a b".into())]
        );
        for other in [
            "autolaunch:",
            "unixexec:path=/bin/sh",
            "unix:path=relative",
            "unix:tmpdir=/tmp",
            "unix:path",
            "nonsense",
        ] {
            assert_eq!(of(other), []);
        }
    }

    #[test]
    fn without_the_variable_it_is_the_bus_of_the_session() {
        let folder = tempfile::tempdir().unwrap_or_else(|error| unreachable!("{error}"));
        assert_eq!(session(None, Some(folder.path())), []);
        let bus = folder.path().join("bus");
        #[allow(clippy::disallowed_methods, reason = "a test's own file")]
        let made = std::fs::write(&bus, "");
        assert!(made.is_ok());
        assert_eq!(
            session(None, Some(folder.path())),
            [Address::Path(bus.clone())]
        );
        assert_eq!(
            session(Some(OsStr::new("autolaunch:")), Some(folder.path())),
            []
        );
    }
}
