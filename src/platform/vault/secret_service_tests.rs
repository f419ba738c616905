//! The Secret Service on buses that do not do as they should.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::time::Instant;

use super::*;
use crate::platform::bus::scripted::{Bus, Scripted};

fn at(path: PathBuf) -> SecretService {
    SecretService::at(vec![Address::Path(path)])
}

#[test]
fn without_a_bus_there_is_no_vault() {
    let folder = tempfile::tempdir().unwrap();
    for vault in [SecretService::at(Vec::new()), at(folder.path().join("bus"))] {
        assert!(matches!(vault.list(), Err(VaultFault::Absent(_))));
    }
}

#[test]
fn a_bus_that_hangs_is_waited_for_once_and_not_long() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bus");
    let _listener = UnixListener::bind(&path).unwrap();
    let vault = at(path);
    let begun = Instant::now();
    for _ in 0..3 {
        let fault = vault.list().unwrap_err().to_string();
        assert!(fault.contains("within 3 seconds"), "{fault}");
    }
    assert!(begun.elapsed() < LIMIT * 2);
}

/// An answer of properties.
#[allow(clippy::unnecessary_wraps, reason = "an error is an answer too")]
fn answer(properties: impl FnOnce(&mut Writer)) -> Scripted {
    let mut body = Writer::default();
    body.array(8, properties);
    Ok(("a{sv}", body))
}

fn paths_of(body: &mut Writer, name: &str, paths: &[&str]) {
    body.align(8);
    body.text(name);
    body.variant("ao", |body| {
        body.array(4, |body| paths.iter().for_each(|path| body.text(path)));
    });
}

/// A service with two rings, of which this ring and this entry are refused with this error.
fn refusing(error: &'static str) -> SecretService {
    let bus = Bus::start(move |object| match object {
        ROOT => answer(|body| paths_of(body, "Collections", &["/a", "/refused"])),
        "/a" => answer(|body| {
            paths_of(body, "Items", &["/a/1", "/a/refused"]);
            body.align(8);
            body.text("Locked");
            body.variant("b", |body| body.boolean(false));
        }),
        "/a/1" => answer(|_| ()),
        "/a/refused" | "/refused" => Err(error),
        _ => {
            let mut body = Writer::default();
            body.boolean(true);
            Ok(("b", body))
        }
    });
    let service = SecretService::at(vec![bus.address()]);
    service.list().unwrap();
    service
}

#[test]
fn what_is_refused_may_be_there_and_what_is_gone_is_not() {
    let rings = refusing("org.freedesktop.DBus.Error.UnknownObject").list();
    let rings = rings.unwrap();
    assert_eq!((rings.len(), rings[0].entries.len()), (1, 1));
    assert_eq!(rings[0].unlisted, None);

    let rings = refusing("org.freedesktop.DBus.Error.NoReply").list();
    let rings = rings.unwrap();
    assert_eq!((rings.len(), rings[0].entries.len()), (2, 1));
    for ring in &rings {
        assert!(matches!(ring.unlisted, Some(VaultFault::Refused(_))));
    }
    let rings = refusing("org.freedesktop.Secret.Error.IsLocked").list();
    assert_eq!(rings.unwrap()[1].unlisted, Some(VaultFault::Locked));
}

#[test]
fn a_bus_that_talks_nonsense_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bus");
    let listener = UnixListener::bind(&path).unwrap();
    let peer = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 64]);
        stream.write_all(b"OK 1\r\n").unwrap();
        let _ = stream.read(&mut [0; 512]);
        stream.write_all(&[0x7f; 64]).unwrap();
        // Closing early would be a fault of another kind.
        while stream.read(&mut [0; 512]).is_ok_and(|read| read > 0) {}
    });
    let fault = at(path).list().unwrap_err().to_string();
    assert!(fault.contains("cannot be read"), "{fault}");
    peer.join().unwrap();
}
