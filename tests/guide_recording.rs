//! A guided run at a terminal of 60 columns, from the first question to the last: what the guide's page shows is what a
//! person sees.
//! Not on Windows: `script` gives the terminal.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

mod support;
#[path = "support/terminal.rs"]
mod terminal;

use std::path::Path;
use std::time::SystemTime;

use support::fake_service::FakeService;
use support::tokens::pat84;
use support::{CONNECTED, Home, TENANT};
use terminal::{ENTER, SECOND, Terminal};

const BEGIN: &str = "<!-- recording -->\n";
const END: &str = "<!-- end of the recording -->\n";
const FEED: &str = "pkgs.dev.azure.com/contoso/_packaging/f";

fn home() -> Home {
    let old = pat84('C', 'C', 1);
    let home = Home::new();
    home.write(".gitconfig", "[credential]\n\thelper = store\n");
    home.write(
        ".git-credentials",
        format!("https://contoso:{old}@dev.azure.com\n"),
    );
    home.write(
        ".npmrc",
        format!("//{FEED}/npm/registry/:_authToken={old}\n"),
    );
    home.write(
        ".config/pip/pip.conf",
        format!("[global]\nextra-index-url = https://contoso:{old}@{FEED}/pypi/simple/\n"),
    );
    home.write(
        ".ado_orgs.cache",
        r#"{"contoso":{"tenantId":"00000000-0000-0000-0000-000000000000","refreshedOn":1767225600000}}"#,
    );
    home
}

fn recorded() -> String {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let now = jiff::Timestamp::from_second(i64::try_from(now.as_secs()).unwrap()).unwrap();
    let service = FakeService::new("contoso", TENANT.parse().unwrap(), now);
    let scopes = "vso.code_write vso.packaging";
    let made = service.give(
        "laptop",
        scopes,
        "2026-11-25T00:00:00Z",
        "2030-01-25T00:00:00Z",
    );
    let home = home();
    let path = home.path();
    let environment = [
        ("PATH", std::env::var_os("PATH").unwrap_or_default()),
        ("USER", "dev".into()),
        ("NO_COLOR", "1".into()),
        ("REKEY_TEST_GATEWAY", service.url().into()),
    ];
    let line = format!(
        "{} run --home {} --org contoso --connected-at {CONNECTED}",
        env!("CARGO_BIN_EXE_rekey"),
        path.display()
    );
    let mut terminal = Terminal::start(&line, &environment);
    terminal
        .until("Put new tokens in first?")
        .until("nothing is lost")
        .press(ENTER);
    terminal
        .until("Open the page")
        .until("nothing is lost")
        .press(SECOND);
    terminal
        .until("Paste the new token")
        .press(&format!("{}\r", made.token));
    terminal
        .until("What is it for?")
        .until("nothing is lost")
        .press(ENTER);
    terminal.until("Go ahead?").until("rekey undo").press(ENTER);
    terminal
        .until("Go through your own steps now?")
        .press(ENTER);
    terminal
        .until("Open the page")
        .until("nothing is lost")
        .press(SECOND);
    terminal
        .until("Are you signed in")
        .until("nothing is lost")
        .press(ENTER);
    terminal
        .until("Open the page")
        .until("nothing is lost")
        .press(SECOND);
    terminal
        .until("Are all your old tokens")
        .until("nothing is lost")
        .press(ENTER);
    let screen = terminal.screen(200);
    assert!(!screen.contains(&made.token));
    // The warning of the test's own door is no part of a run.
    let lines = screen
        .lines()
        .filter(|line| !line.contains("REKEY_TEST_GATEWAY") && !line.contains("stands in for"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_guides_page_shows_a_run_as_it_looks() {
    let told = format!(
        "{BEGIN}```text\n$ rekey run\n{}\n```\n{END}",
        recorded().trim()
    );
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide.md");
    let text = std::fs::read_to_string(&page).unwrap();
    let start = text.find(BEGIN).unwrap();
    let end = text
        .find(END)
        .map_or(start + BEGIN.len(), |end| end + END.len());
    let wanted = format!("{}{told}{}", &text[..start], &text[end..]);
    if std::env::var_os("REKEY_REWRITE_DOCS").is_some() {
        std::fs::write(&page, wanted).unwrap();
        return;
    }
    assert_eq!(
        text, wanted,
        "REKEY_REWRITE_DOCS=1 cargo test guides_page writes it anew"
    );
}
