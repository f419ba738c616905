//! Toasts of Windows 10 and 11: they stay in the notification centre when the program that showed them has ended.
//!
//! A balloon of the tray (`Shell_NotifyIconW`) needs a window for as long as it is shown, and is lost to whoever is away.
//! The interfaces are those of Windows.UI.Notifications and Windows.Data.Xml.Dom, which windows-sys does not have; their
//! ids and the order of their methods are in the Windows SDK (windows.ui.notifications.idl, windows.data.xml.dom.idl).

mod winrt;

use std::sync::mpsc;
use std::time::Duration;

use quick_xml::escape::escape;
use windows_registry::CLASSES_ROOT;

use self::winrt::{Apartment, Object, Text};

/// By what Windows knows who shows it, and what it calls it: the installer sets that up for the whole machine
/// (Microsoft Learn, "Send a local toast notification from other types of unpackaged apps").
const APPLICATION: &str = "Rekey.Agent";

const XML_DOCUMENT: u128 = 0xf7f3_a506_1e87_42d6_bcfb_b8c8_09fa_5494;
const XML_DOCUMENT_IO: u128 = 0x6cd0_e74e_ee65_4489_9ebf_ca43_e87b_a637;
const TOAST_NOTIFICATION_FACTORY: u128 = 0x0412_4b20_82c6_4229_b109_fd9e_d466_2b53;
const TOAST_NOTIFICATION_MANAGER_STATICS: u128 = 0x50ac_103f_d235_4598_bbef_98fe_4d1a_3ad4;

/// How long Windows may take.
const LIMIT: Duration = Duration::from_secs(10);

/// `NotificationSetting.Enabled`.
const ENABLED: i32 = 0;

/// Shows a toast.
pub(super) fn notify(title: &str, text: &str) -> Result<(), String> {
    if CLASSES_ROOT
        .open(format!(r"AppUserModelId\{APPLICATION}"))
        .is_err()
    {
        return Err(
            "Windows shows notices only of a rekey that its installer installed".to_owned(),
        );
    }
    let document = document(title, text);
    let (sender, receiver) = mpsc::channel();
    // The calls reach a service of Windows, which may hang; and the thread's apartment is of no other use.
    std::thread::spawn(move || sender.send(show(&document)));
    match receiver.recv_timeout(LIMIT) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error),
        Err(_) => Err("Windows did not answer".to_owned()),
    }
}

#[allow(
    unsafe_code,
    reason = "methods are called by their number, which no compiler checks"
)]
fn show(document: &str) -> Result<(), String> {
    let refused =
        |what: &'static str| move |code: i32| format!("Windows refuses {what} ({code:#x})");
    let _apartment = Apartment::enter().map_err(refused("to begin"))?;
    let content = Object::new("Windows.Data.Xml.Dom.XmlDocument")
        .and_then(|document| document.query(XML_DOCUMENT))
        .map_err(refused("a document"))?;
    let text = Text::new(document).map_err(refused("the text"))?;
    let reader = content.query(XML_DOCUMENT_IO);
    // SAFETY: 6 is LoadXml(HSTRING).
    let read = reader.and_then(|reader| unsafe { reader.call(6, &text) });
    read.map_err(refused("the text"))?;
    let factory = Object::factory(
        "Windows.UI.Notifications.ToastNotification",
        TOAST_NOTIFICATION_FACTORY,
    );
    // SAFETY: 6 is CreateToastNotification(XmlDocument, out ToastNotification).
    let toast = factory.and_then(|factory| unsafe { factory.make(6, &content) });
    let toast = toast.map_err(refused("the notice"))?;
    let manager = Object::factory(
        "Windows.UI.Notifications.ToastNotificationManager",
        TOAST_NOTIFICATION_MANAGER_STATICS,
    );
    let application = Text::new(APPLICATION).map_err(refused("its name"))?;
    // SAFETY: 7 is CreateToastNotifierWithId(HSTRING, out ToastNotifier).
    let notifier = manager.and_then(|manager| unsafe { manager.make(7, &application) });
    let notifier = notifier.map_err(refused("notices"))?;
    // SAFETY: 8 is get_Setting(out NotificationSetting), which is a number.
    let setting = unsafe { notifier.number(8) };
    // Before the first notice Windows may not know the setting yet, and that is no refusal.
    if setting.is_ok_and(|setting| setting != ENABLED) {
        return Err("notices of rekey are turned off in the settings of Windows".to_owned());
    }
    // SAFETY: 6 is Show(ToastNotification).
    unsafe { notifier.call(6, &toast) }.map_err(refused("to show it"))
}

/// Microsoft Learn, "Toast content schema".
fn document(title: &str, text: &str) -> String {
    format!(
        "<toast><visual><binding template=\"ToastGeneric\"><text>{}</text><text>{}</text></binding></visual></toast>",
        escape(title),
        escape(text)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_notice_are_never_markup() {
        let document = document("a & b", "<text>");
        assert!(
            document.contains("<text>a &amp; b</text><text>&lt;text&gt;</text>"),
            "{document}"
        );
    }

    #[test]
    fn a_windows_without_toasts_refuses_and_nothing_else_happens() {
        // Wine has no such class; a Windows that has shows nothing for a document that is none.
        assert!(show("").is_err());
    }
}
