//! What rekey itself does for a step, around its page.

use std::io::Write;

use super::{GuideFault, Prompt, SavedSteps};
use crate::model::{Finding, Organization, Step};
use crate::renewal::FilledSlot;

/// Does a part of a step. The guide stays free of what changes a workstation: whoever starts it brings that along.
pub trait Help {
    /// Offers what comes before the step's page is opened, such as making the key that is added there.
    ///
    /// # Errors
    /// A [`GuideFault`] ends the guide; what the person can put right is told to them instead.
    fn prepare(&mut self, at: &At<'_>, talk: &mut Talk<'_>) -> Result<Helped, GuideFault>;

    /// Offers what comes after it and before the step's question, such as taking the token that was made there.
    ///
    /// # Errors
    /// A [`GuideFault`], as for [`Help::prepare`].
    fn finish(&mut self, at: &At<'_>, talk: &mut Talk<'_>) -> Result<Helped, GuideFault>;
}

/// Where the guide is.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    /// The step.
    pub step: &'a Step,
    /// Whose step it is.
    pub organization: &'a Organization,
}

/// How the person is talked to, and where their answers are kept.
pub struct Talk<'a> {
    /// Whoever changes something in it saves it.
    pub saved: &'a mut SavedSteps,
    /// Asks.
    pub prompt: &'a mut dyn Prompt,
    /// Tells; lines are indented by two.
    pub out: &'a mut dyn Write,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Helped {
    /// The step needs nothing more: its end was seen.
    pub settled: bool,
    /// What is there now, where something changed.
    pub findings: Option<Vec<Finding>>,
    /// What became of the slots that a new token was to go into.
    pub slots: Vec<FilledSlot>,
}

/// Does nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHelp;

impl Help for NoHelp {
    fn prepare(&mut self, _at: &At<'_>, _talk: &mut Talk<'_>) -> Result<Helped, GuideFault> {
        Ok(Helped::default())
    }

    fn finish(&mut self, _at: &At<'_>, _talk: &mut Talk<'_>) -> Result<Helped, GuideFault> {
        Ok(Helped::default())
    }
}
