//! `rekey completions`, `rekey man`, and what `rekey` alone says.

use std::fmt::Write as _;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::args::Arguments;
use super::fault::{Exit, Fault};
use super::session::Session;
use super::show::{BOLD, CYAN, styled};
use super::{find, scope};
use crate::model::{Depth, typed_path};
use crate::stores;

/// Completions for a shell.
pub(super) fn completions(shell: Shell) -> Result<Exit, Fault> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "rekey", &mut text);
    write(&text)
}

/// The manual page, with every command and its own options.
pub(super) fn man() -> Result<Exit, Fault> {
    let arguments = Arguments::command();
    let mut text = Vec::new();
    let page = clap_mangen::Man::new(arguments.clone());
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    text.extend_from_slice(b".SH COMMANDS\n");
    let everywhere = arguments.get_arguments().filter(|one| one.is_global_set());
    let everywhere: Vec<_> = everywhere.map(|one| one.clone().hide(true)).collect();
    for command in arguments.get_subcommands() {
        // Options that every command takes are told of once, and known to each: some exclude them.
        let command = command.clone().args(&everywhere);
        text.extend_from_slice(command_section(command)?.as_bytes());
    }
    page.render_options_section(&mut text)?;
    page.render_extra_section(&mut text)?;
    page.render_version_section(&mut text)?;
    write(&text)
}

/// One command: what is typed, what it does, and the options that only it has.
fn command_section(command: clap::Command) -> Result<String, Fault> {
    let name = command.get_name().to_owned();
    let named = command
        .disable_help_flag(true)
        .bin_name(format!("rekey {name}"));
    let page = clap_mangen::Man::new(named);
    let mut parts = Vec::new();
    page.render_synopsis_section(&mut parts)?;
    page.render_description_section(&mut parts)?;
    page.render_options_section(&mut parts)?;
    let parts = String::from_utf8_lossy(&parts);
    let lines = parts
        .lines()
        .filter(|line| !line.starts_with(".SH ") || line.ends_with("DESCRIPTION"));
    let lines = lines.map(|line| line.replace(".SH DESCRIPTION", ".PP"));
    let body = lines.fold(String::new(), |text, line| text + &line + "\n");
    Ok(format!(".SS {name}\n{body}"))
}

fn write(text: &[u8]) -> Result<Exit, Fault> {
    use std::io::Write as _;

    std::io::stdout().lock().write_all(text)?;
    Ok(Exit::Done)
}

/// What rekey would do here, and what to type.
pub(super) fn welcome(session: &Session) -> Result<Exit, Fault> {
    let mut scope = session.settings.scope.clone();
    if let (true, Some(last)) = (scope.organizations.is_empty(), scope::of_last_run(session)?) {
        scope = last;
    }
    let names: Vec<_> = scope
        .organizations
        .iter()
        .map(|one| one.name.to_string())
        .collect();
    let mut text = format!(
        "{} finds what an Azure DevOps organization's move to Microsoft Entra ID\n\
         left behind on this workstation, removes it so that it can be undone, and\n\
         guides you through the rest.\n\n",
        styled(BOLD, "rekey")
    );
    let (what, flags) = if names.is_empty() {
        unnamed(session)?
    } else {
        let what = format!("It would look after: {}", names.join(", "));
        (what, String::new())
    };
    // Every file is no kind of place, unless somebody set that all are read.
    let is_asked =
        |name: &str| name != stores::deep::NAME || session.settings.depth > Depth::Places;
    let kinds = stores::ALL
        .iter()
        .filter(|store| is_asked(store.about().name));
    let kinds = kinds.count();
    let _ = writeln!(
        text,
        "{what}
It would look in {} kinds of places below {}
",
        kinds,
        typed_path(session.platform.home())
    );
    for (command, does) in [
        (format!("rekey scan{flags}"), "look, and change nothing"),
        (
            format!("rekey run{flags}"),
            "do the whole job; it shows the plan and asks first",
        ),
        (
            "rekey undo".to_owned(),
            "put back what the last run changed",
        ),
        ("rekey --help".to_owned(), "everything else"),
    ] {
        let _ = writeln!(text, "  {}\n      {does}", styled(CYAN, command));
    }
    if !flags.is_empty() {
        text.push_str(
            "\nTIME is when the organization was connected, such as 2026-11-20T18:00:00Z.\n",
        );
    }
    session.print(&text)?;
    Ok(Exit::Done)
}

/// What is seen where nobody named an organization, and the flags that name one: a person at a terminal is asked.
fn unnamed(session: &Session) -> Result<(String, String), Fault> {
    let memory = find::Memory::to_look(session)?;
    let seen = scope::seen(session, &memory);
    let seen: Vec<_> = seen.iter().map(ToString::to_string).collect();
    let none = "No Azure DevOps organization is seen here.";
    Ok(match seen.first() {
        None => (
            none.to_owned(),
            " --org NAME --connected-at TIME".to_owned(),
        ),
        Some(_) if session.interactive => (
            format!(
                "Organizations seen here: {} (it asks which of them moved)",
                seen.join(", ")
            ),
            String::new(),
        ),
        Some(first) => (
            format!("Organizations seen here: {}", seen.join(", ")),
            format!(" --org {first} --connected-at TIME"),
        ),
    })
}
