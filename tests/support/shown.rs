//! What a person sees, without what differs from run to run.

use super::{Answer, Home, about_contoso};

/// What rekey says about `contoso` where the page has this many columns.
pub fn shown(home: &Home, columns: u16, arguments: &[&str]) -> String {
    let mut command = home.command(&[arguments, &about_contoso()].concat());
    command.env("COLUMNS", columns.to_string());
    let Answer {
        code,
        stdout,
        stderr,
    } = super::bounded(&mut command);
    format!("{stdout}--- stderr\n{stderr}--- exit {code}\n")
}

/// Compares with what is under version control.
pub fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("../snapshots");
    settings.add_filter(
        r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}",
        "[run]",
    );
    settings.add_filter(
        r"(last run|until) \d{4}-\d\d-\d\d \d\d:\d\d UTC",
        "$1 [day and time UTC]",
    );
    settings.add_filter(r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d UTC", "[day and time UTC]");
    settings.add_filter(r"at=\d{4}-\d\d-\d\dT\d\d:\d\dZ", "at=[time]");
    settings.add_filter(r"rekey v=\d+\.\d+\.\d+", "rekey v=[version]");
    settings.add_filter(r"/\S*/\.tmp\w+", "[home]");
    settings.bind(|| insta::assert_snapshot!(name, text));
}
