//! `rekey completions`, `rekey man`, and what `rekey` alone says.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::args::Arguments;
use super::fault::{Exit, Fault};
use super::session::Session;
use super::show::{BOLD, CYAN, styled};
use super::{find, scope};
use crate::model::Scope;
use crate::stores;

/// Completions for a shell.
pub(super) fn completions(shell: Shell) -> Result<Exit, Fault> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "rekey", &mut text);
    write(&text)
}

/// The manual page, and one for each command behind it.
pub(super) fn man() -> Result<Exit, Fault> {
    let mut text = Vec::new();
    clap_mangen::Man::new(Arguments::command()).render(&mut text)?;
    write(&text)
}

fn write(text: &[u8]) -> Result<Exit, Fault> {
    use std::io::Write as _;

    std::io::stdout().lock().write_all(text)?;
    Ok(Exit::Done)
}

/// What rekey would do here, and what to type.
pub(super) fn welcome(session: &Session) -> Result<Exit, Fault> {
    let set = &session.settings.scope.organizations;
    let mut names: Vec<String> = set.iter().map(|one| one.name.to_string()).collect();
    let mut flags = String::new();
    if names.is_empty()
        && let Some(last) = scope::of_last_run(session)?
    {
        names = last
            .organizations
            .iter()
            .map(|one| one.name.to_string())
            .collect();
    }
    let mut text = format!(
        "{} finds what an Azure DevOps organization's move to Microsoft Entra ID left behind\n\
         on this workstation, removes it so that it can be undone, and guides you through the rest.\n\n",
        styled(BOLD, "rekey")
    );
    if names.is_empty() {
        let key = find::fingerprint_key(session)?;
        let seen = find::find(
            session,
            &Scope::default(),
            &super::args::Places::default(),
            false,
            &key,
        )
        .seen;
        let seen: Vec<_> = seen.iter().map(ToString::to_string).collect();
        if let Some(first) = seen.first() {
            flags = format!(" --org {first} --connected-at 2026-11-20T18:00:00Z");
            text.push_str(&format!("Organizations seen here: {}\n", seen.join(", ")));
        } else {
            " --org NAME --connected-at TIME".clone_into(&mut flags);
            text.push_str("No Azure DevOps organization is seen here.\n");
        }
    } else {
        text.push_str(&format!("It would look after: {}\n", names.join(", ")));
    }
    text.push_str(&format!(
        "It would look in {} kinds of places below {}\n\n",
        stores::ALL.len(),
        session.platform.home().display()
    ));
    for (command, does) in [
        (format!("rekey scan{flags}"), "look, and change nothing"),
        (
            format!("rekey run{flags}"),
            "do the whole job; it shows the plan and asks first",
        ),
        ("rekey undo".to_owned(), "take the last run back"),
        ("rekey --help".to_owned(), "everything else"),
    ] {
        text.push_str(&format!("  {}\n      {does}\n", styled(CYAN, command)));
    }
    session.print(&text)?;
    Ok(Exit::Done)
}
