//! The notification service of Linux desktops (specifications.freedesktop.org, "Desktop Notifications Specification").
//!
//! A service that does not run is not started: some desktops start theirs with the first notice of a session, and show
//! rekey's only after that.

use std::time::Duration;

use super::bus::{self, Address, BusFault, Call, Connection, Writer};

const NAME: &str = "org.freedesktop.Notifications";
/// How long the service may be silent.
const LIMIT: Duration = Duration::from_secs(3);
/// The service decides how long a notice stays.
const AS_USUAL: i32 = -1;

/// Shows a notice on the person's desktop.
pub(super) fn notify(title: &str, text: &str) -> Result<(), String> {
    notify_at(&bus::of_session(), title, text)
}

fn notify_at(addresses: &[Address], title: &str, text: &str) -> Result<(), String> {
    let mut reason = "this session has no bus".to_owned();
    for address in addresses {
        match Connection::open(address, LIMIT) {
            Ok(mut connection) => {
                let shown = connection.call(question(title, text));
                return shown.map(|_| ()).map_err(|fault| told(&fault));
            }
            Err(BusFault::Closed) => {}
            Err(fault) => reason = told(&fault),
        }
    }
    Err(reason)
}

fn question(title: &str, text: &str) -> Call<'static> {
    let mut body = Writer::default();
    body.text("rekey");
    // It replaces none, and has no icon.
    body.number(0);
    body.text("");
    body.text(title);
    body.text(text);
    // No buttons and no hints.
    body.array(4, |_| ());
    body.array(8, |_| ());
    body.number(AS_USUAL.cast_unsigned());
    Call {
        to: NAME,
        object: "/org/freedesktop/Notifications",
        interface: NAME,
        method: "Notify",
        signature: "susssasa{sv}i",
        body,
    }
}

fn told(fault: &BusFault) -> String {
    match fault {
        BusFault::Late => "the notification service did not answer".to_owned(),
        BusFault::Closed => "the notification service closed the connection".to_owned(),
        BusFault::NotMine => "the session bus belongs to another user".to_owned(),
        BusFault::Garbled => {
            "the notification service gave an answer that cannot be read".to_owned()
        }
        BusFault::Error(name) => match name.rsplit('.').next().unwrap_or_default() {
            "ServiceUnknown" | "NameHasNoOwner" => {
                "no notification service runs in this session".to_owned()
            }
            _ => format!("the notification service refused ({name})"),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::super::bus::scripted::Bus;
    use super::*;

    fn told_by(answer: Result<(), &'static str>) -> Result<(), String> {
        let bus = Bus::start(move |object| match object {
            "/org/freedesktop/Notifications" => answer.map(|()| {
                let mut body = Writer::default();
                body.number(7);
                ("u", body)
            }),
            _ => Ok(("", Writer::default())),
        });
        notify_at(&[bus.address()], "title", "text")
    }

    #[test]
    fn a_notice_that_the_service_took_is_shown() {
        assert_eq!(told_by(Ok(())), Ok(()));
    }

    #[test]
    fn what_keeps_a_notice_from_being_shown_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let nobody = Address::Path(folder.path().join("bus"));
        for addresses in [&[][..], &[nobody]] {
            let reason = notify_at(addresses, "title", "text").unwrap_err();
            assert_eq!(reason, "this session has no bus");
        }
        for (error, word) in [
            (
                "org.freedesktop.DBus.Error.ServiceUnknown",
                "no notification service runs",
            ),
            ("org.freedesktop.DBus.Error.AccessDenied", "AccessDenied"),
        ] {
            let reason = told_by(Err(error)).unwrap_err();
            assert!(reason.contains(word), "{reason}");
        }
    }
}
