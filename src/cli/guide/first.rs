//! New tokens before the old ones go: whoever works with them notices nothing.

use std::io::Write as _;

use super::{Guided, pats};
use crate::cli::charset;
use crate::cli::fault::Fault;
use crate::cli::show;
use crate::guide::{At, GuideFault, Prompt as _, SavedSteps, Stopped, Talk, Terminal};
use crate::model::{Organization, Step, StepId, StepState};
use crate::renewal::{SavedSlots, Target, targets};

impl Guided<'_> {
    /// Offers to put new tokens in the place of those that are about to go; true where something may have changed.
    pub(in crate::cli) fn renew_first(&self) -> Result<bool, Fault> {
        let mut changed = false;
        for organization in self.scope.organizations.iter().filter(|one| !one.gated) {
            match self.renew(organization) {
                Ok(tried) => changed |= tried,
                Err(GuideFault::Stopped(Stopped::ByPerson)) => break,
                Err(fault) => return Err(Fault::failed(fault)),
            }
        }
        Ok(changed)
    }

    fn renew(&self, organization: &Organization) -> Result<bool, GuideFault> {
        let saved = SavedSlots::load(self.state)?;
        let waiting = targets(organization, self.found.pairs(), &saved);
        let there = |target: &&Target<'_>| matches!(target, Target::Present { .. });
        let count = waiting.iter().filter(there).count();
        if count == 0 {
            return Ok(false);
        }
        let mut out = charset::stdout();
        let holds = if count == 1 { "holds" } else { "hold" };
        writeln!(
            out,
            "\n{} {holds} an old token of {}.",
            show::count(count, "place"),
            organization.name
        )?;
        let ways = [
            "Yes: what uses them keeps working",
            "No, show me what would be removed",
        ];
        let mut prompt = Terminal;
        if prompt.choose("Put new tokens in first?", &ways)? != 0 {
            return Ok(false);
        }
        let step = Step {
            id: StepId::Pats,
            organization: organization.name.to_string(),
            state: StepState::Pending,
            proof: None,
        };
        let at = At {
            step: &step,
            organization,
        };
        let mut steps = SavedSteps::load(self.state)?;
        let mut talk = Talk {
            saved: &mut steps,
            prompt: &mut prompt,
            out: &mut out,
        };
        if pats::prepare(self, &at, &mut talk)?.settled {
            return Ok(true);
        }
        let address = format!(
            "https://dev.azure.com/{}/_usersSettings/tokens",
            organization.name
        );
        writeln!(
            talk.out,
            "  Make it here, with the scopes that your tools need:"
        )?;
        writeln!(talk.out, "  {address}")?;
        if talk
            .prompt
            .choose("Open the page in your browser?", &["Yes", "No"])?
            == 0
            && let Err(reason) = self.session.platform.open_in_browser(&address)
        {
            writeln!(talk.out, "  The browser did not open ({reason}).")?;
        }
        pats::finish(self, &at, &mut talk)?;
        Ok(true)
    }
}
