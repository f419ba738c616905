//! Asking the person for a new token.

use std::io::Write;

use super::{Renewal, Renewed, told};
use crate::cli::fault::Fault;
use crate::cli::show;
use crate::guide::{Prompt, Stopped};
use crate::model::{Organization, Secret};
use crate::renewal::{Checked, Purpose, SavedSlots, Target, Unfit, targets};
use crate::scan::Scanned;

/// How often a person is asked for another token where one was unfit.
const TRIES: usize = 3;

/// Why no token was put anywhere.
pub(in crate::cli) enum Offer {
    /// It was, and this is there now.
    Done(Box<Renewed>),
    /// The person has none, or nothing waits for one.
    Nothing,
}

/// Asks for a new token until none is given, and puts each into the slots that the person means it for.
///
/// # Errors
/// Where nothing could be done; [`Stopped`] where the person left.
pub(in crate::cli) fn offer(
    renewal: &Renewal<'_>,
    organization: &Organization,
    found: &Scanned,
    prompt: &mut dyn Prompt,
    out: &mut dyn Write,
) -> Result<Result<Offer, Stopped>, Fault> {
    let mut last: Option<Renewed> = None;
    loop {
        let found = last.as_ref().map_or(found, |renewed| &renewed.found);
        let saved = SavedSlots::load(renewal.state).map_err(Fault::failed)?;
        let waiting = targets(organization, found.pairs(), &saved);
        if waiting.is_empty() {
            break;
        }
        let asked = ask(renewal, organization, found, &waiting, prompt, out);
        let (checked, purpose) = match asked {
            Ok(Some(asked)) => asked,
            Ok(None) => break,
            Err(stopped) => return Ok(Err(stopped)),
        };
        let wanted = |target: &Target<'_>| purpose.is_none_or(|it| it == Purpose::of(target));
        let renewed = renewal.fill(&checked, organization, found, &wanted)?;
        write(out, &told(renewal.session, &renewed.slots))?;
        let filled = renewed.slots.iter().any(|slot| slot.state.is_in());
        last = Some(renewed);
        if !filled {
            break;
        }
    }
    Ok(Ok(last.map_or(Offer::Nothing, |renewed| {
        Offer::Done(Box::new(renewed))
    })))
}

fn write(out: &mut dyn Write, text: &str) -> Result<(), Fault> {
    write!(out, "{text}").map_err(Fault::failed)
}

/// A token and the slots that it is for.
fn ask(
    renewal: &Renewal<'_>,
    organization: &Organization,
    found: &Scanned,
    waiting: &[Target<'_>],
    prompt: &mut dyn Prompt,
    out: &mut dyn Write,
) -> Result<Option<(Checked, Option<Purpose>)>, Stopped> {
    let lost = |error: std::io::Error| Stopped::Terminal(error.to_string());
    let places = show::count(waiting.len(), "place");
    let verb = if waiting.len() == 1 { "waits" } else { "wait" };
    writeln!(
        out,
        "  {places} on this workstation {verb} for a new token of {}:",
        organization.name
    )
    .map_err(lost)?;
    for target in waiting {
        let place = renewal
            .session
            .layout
            .short(&show::place(target.location()));
        writeln!(out, "    {} {}", target.store(), show::plain(&place)).map_err(lost)?;
    }
    for _ in 0..TRIES {
        let pasted = prompt.secret(
            "Paste the new token:",
            "nothing of it is shown; Enter alone goes on without one",
        )?;
        if pasted.expose().trim().is_empty() {
            return Ok(None);
        }
        let checked = renewal.check(&pasted, organization, found, waiting);
        if let Some(checked) = fit(checked, &pasted, organization, found, prompt, out)? {
            return Ok(Some((checked, purpose(waiting, prompt)?)));
        }
    }
    Ok(None)
}

/// The token where it is fit, or where nobody could be asked and the person takes it all the same.
fn fit(
    checked: Result<Checked, Unfit>,
    pasted: &Secret,
    organization: &Organization,
    found: &Scanned,
    prompt: &mut dyn Prompt,
    out: &mut dyn Write,
) -> Result<Option<Checked>, Stopped> {
    let lost = |error: std::io::Error| Stopped::Terminal(error.to_string());
    match checked {
        Ok(checked) => {
            match &checked.account {
                Some(account) => writeln!(out, "  It works, for {}.", show::plain(account)),
                None if checked.is_proved => writeln!(out, "  It works."),
                None => writeln!(
                    out,
                    "  Its form is right; the service was not asked about it."
                ),
            }
            .map_err(lost)?;
            Ok(Some(checked))
        }
        Err(Unfit::Unclear(reason)) => {
            writeln!(
                out,
                "  The service could not be asked about it: {}.",
                show::plain(&reason)
            )
            .map_err(lost)?;
            if prompt.choose("Put it in all the same?", &["Yes", "No"])? == 0 {
                let unasked = Renewal::check_form(pasted, organization, found);
                return Ok(unasked.ok());
            }
            Ok(None)
        }
        Err(unfit) => {
            writeln!(out, "  {}.", capital(&unfit.to_string())).map_err(lost)?;
            Ok(None)
        }
    }
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters
        .next()
        .map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + characters.as_str()
}

/// Which of the slots the token is for; `None` for all.
fn purpose(waiting: &[Target<'_>], prompt: &mut dyn Prompt) -> Result<Option<Purpose>, Stopped> {
    let mut purposes: Vec<_> = waiting.iter().map(Purpose::of).collect();
    purposes.sort_unstable();
    purposes.dedup();
    if purposes.len() < 2 {
        return Ok(None);
    }
    let mut words = vec![format!("All {} places", waiting.len())];
    words.extend(purposes.iter().map(|purpose| {
        let count = waiting
            .iter()
            .filter(|target| Purpose::of(target) == *purpose)
            .count();
        format!("Only {} ({count})", purpose.words())
    }));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let chosen = prompt.choose("What is it for?", &words)?;
    Ok(chosen
        .checked_sub(1)
        .and_then(|index| purposes.get(index).copied()))
}
