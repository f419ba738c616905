//! The step of the SSH keys: a new key, ssh's settings for it, its public half on the clipboard, and the proof.

mod config;
mod key;
mod proof;

use std::io::Write;

use super::Guided;
use super::typed::step;
use crate::cli::args::GuideArguments;
use crate::cli::charset;
use crate::cli::fault::Fault;
use crate::guide::{At, GuideFault, Helped, Talk};
use crate::model::StepId;

use key::Key;

/// Refuses flags of this step that contradict each other, before anything is done.
pub(super) fn check(typed: &GuideArguments) -> Result<(), Fault> {
    let flag = match (typed.make_key, typed.prove) {
        (true, _) => "--make-key",
        (false, true) => "--prove",
        (false, false) => return Ok(()),
    };
    if step(typed)? == Some(StepId::SshKeys) {
        return Ok(());
    }
    Err(Fault::wrong(format!(
        "{flag}: it belongs to another step\n  hint: type rekey guide ssh-keys {flag}"
    )))
}

/// Before the keys page is opened: the key, the settings, the clipboard.
pub(super) fn prepare(
    guided: &Guided<'_>,
    at: &At<'_>,
    talk: &mut Talk<'_>,
) -> Result<Helped, GuideFault> {
    let Some(key) = choose(guided, talk)? else {
        return Ok(Helped::default());
    };
    if let Some((fingerprint, _)) = talk.saved.proved(&at.organization.name, StepId::SshKeys)
        && fingerprint == key.public.sha256
    {
        writeln!(
            talk.out,
            "  {} works: rekey has seen it.",
            key.shown(guided)
        )?;
        return Ok(Helped::default());
    }
    offer_agent(guided, &key, talk)?;
    offer_config(guided, &key, talk)?;
    let copied = guided.session.platform.copy(&key.line);
    match copied {
        Ok(()) => writeln!(
            talk.out,
            "  The public key is on the clipboard: \"New Key\" on the page takes it."
        )?,
        Err(_) => writeln!(
            talk.out,
            "  Paste this line where \"New Key\" on the page asks for it:\n\n{}\n",
            key.line
        )?,
    }
    Ok(Helped::default())
}

/// After it: the proof.
pub(super) fn finish(
    guided: &Guided<'_>,
    at: &At<'_>,
    talk: &mut Talk<'_>,
) -> Result<Helped, GuideFault> {
    let Some(key) = key::usable(guided) else {
        return Ok(Helped::default());
    };
    let question = "Is the key added on that page? Then rekey tries it.";
    while talk.prompt.choose(question, &["Yes, try it", "Not yet"])? == 0 {
        writeln!(talk.out, "  Trying it ...")?;
        match proof::prove(guided, at.organization, &key, true) {
            Ok(()) => {
                writeln!(talk.out, "  It works for {}.", at.organization.name)?;
                proof::remember(guided, talk.saved, at.organization, &key)
                    .map_err(|fault| GuideFault::Failed(fault.to_string()))?;
                let findings = guided.look_again().scan.findings;
                return Ok(Helped {
                    settled: true,
                    findings: Some(findings),
                    ..Helped::default()
                });
            }
            Err(reason) => guided.tell_lines(talk.out, &format!("It does not work: {reason}."))?,
        }
    }
    Ok(Helped::default())
}

/// Does at once what flags of this step say, on a terminal or without one; `None` where none was typed.
pub(super) fn at_once(guided: &Guided<'_>) -> Result<Option<Helped>, Fault> {
    let typed = guided.typed;
    if !typed.make_key && !typed.prove {
        return Ok(None);
    }
    let mut out: Box<dyn Write> = if guided.session.json {
        Box::new(charset::stderr())
    } else {
        Box::new(charset::stdout())
    };
    let mut changed = false;
    if typed.make_key {
        key::check_passphrase(guided)?;
        let key = match key::usable(guided) {
            Some(key) => key,
            None => key::make(guided, !typed.no_passphrase).map_err(Fault::failed)?,
        };
        writeln!(out, "{} is the key for Azure DevOps.", key.shown(guided))?;
        match config::plan(guided, &key) {
            Ok(Some(plan)) => {
                config::carry_out(guided, &plan).map_err(Fault::failed)?;
                writeln!(out, "ssh offers it to Azure DevOps from now on.")?;
            }
            Ok(None) => {}
            Err(reason) => guided.session.warn(reason),
        }
        writeln!(
            out,
            "Add its public half on the keys page of each organization:\n"
        )?;
        writeln!(out, "{}", key.line)?;
        changed = true;
    }
    if typed.prove {
        let key = key::usable(guided).ok_or_else(|| {
            Fault::wrong(
                "--prove: there is no new key to try\n  hint: type rekey guide ssh-keys --make-key",
            )
        })?;
        let mut saved = guided.saved()?;
        for organization in guided.scope.organizations.iter().filter(|one| !one.gated) {
            let name = &organization.name;
            match proof::prove(guided, organization, &key, guided.session.interactive) {
                Ok(()) => {
                    proof::remember(guided, &mut saved, organization, &key)?;
                    writeln!(out, "{name}: the key works.")?;
                    changed = true;
                }
                Err(reason) => guided.session.warn(format!("{name}: {reason}")),
            }
        }
    }
    let findings = changed.then(|| guided.look_again().scan.findings);
    Ok(Some(Helped {
        findings,
        ..Helped::default()
    }))
}

/// The key that the person goes on with; `None` where they go on without one.
fn choose(guided: &Guided<'_>, talk: &mut Talk<'_>) -> Result<Option<Key>, GuideFault> {
    if guided.session.platform.programs().is_none() {
        return Ok(None);
    }
    if let Some(key) = key::usable(guided) {
        writeln!(
            talk.out,
            "  {} is the key for Azure DevOps.",
            key.shown(guided)
        )?;
        return Ok(Some(key));
    }
    let question = "Make a new SSH key for Azure DevOps?";
    if talk.prompt.choose(question, &["Yes", "No"])? != 0 {
        return Ok(None);
    }
    writeln!(
        talk.out,
        "  ssh-keygen asks for a passphrase now; rekey does not see it."
    )?;
    talk.out.flush()?;
    match key::make(guided, true) {
        Ok(key) => {
            writeln!(talk.out, "  Made {}.", key.shown(guided))?;
            Ok(Some(key))
        }
        Err(reason) => {
            guided.tell_lines(talk.out, &format!("No key was made: {reason}."))?;
            Ok(None)
        }
    }
}

fn offer_agent(guided: &Guided<'_>, key: &Key, talk: &mut Talk<'_>) -> Result<(), GuideFault> {
    if !key.encrypted || !key::agent_lacks(guided, key) {
        return Ok(());
    }
    let question = "Add it to your SSH agent, so that the passphrase is asked for once?";
    if talk.prompt.choose(question, &["Yes", "No"])? == 0 {
        talk.out.flush()?;
        if let Err(reason) = key::add_to_agent(guided, key) {
            guided.tell_lines(talk.out, &format!("It was not added: {reason}."))?;
        }
    }
    Ok(())
}

fn offer_config(guided: &Guided<'_>, key: &Key, talk: &mut Talk<'_>) -> Result<(), GuideFault> {
    let plan = match config::plan(guided, key) {
        Ok(Some(plan)) => plan,
        Ok(None) => return Ok(()),
        Err(reason) => {
            // It has lines that are to be copied as they are.
            writeln!(talk.out, "  {reason}")?;
            return Ok(());
        }
    };
    writeln!(
        talk.out,
        "  These lines go to the head of {}:\n",
        plan.shown
    )?;
    for line in plan.block.lines() {
        writeln!(talk.out, "    {line}")?;
    }
    writeln!(talk.out)?;
    if talk.prompt.choose("Put them there?", &["Yes", "No"])? == 0 {
        match config::carry_out(guided, &plan) {
            Ok(()) => writeln!(talk.out, "  Done. `rekey undo` takes them out again.")?,
            Err(reason) => {
                guided.tell_lines(talk.out, &format!("It was not changed: {reason}."))?;
            }
        }
    }
    Ok(())
}
