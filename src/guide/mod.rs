//! The person's steps: what is left for them, where to do it, and what they said of it.
//!
//! What rekey can see is `verified`; what it cannot is asked for and `declared`.

mod answer;
mod help;
mod pages;
mod prompt;
pub mod rotation;
mod saved;
mod signs;
mod ssh_block;
mod steps;
mod support;
mod symptoms;
#[cfg(test)]
pub(crate) mod testing;
mod until;
mod walk_through;

pub use answer::{GUIDE_SCHEMA, GuideAnswer, GuideStep};
pub use help::{At, Help, Helped, NoHelp, Talk};
pub use pages::{Instead, Page, page};
pub use prompt::{Prompt, Stopped, Terminal};
pub use saved::{Deferral, SavedSteps};
pub use signs::Signs;
pub use ssh_block::{NoBlock, SshBlock, place_ssh_block, ssh_block};
pub use steps::steps;
pub use symptoms::{SYMPTOMS, Symptom, symptoms};
pub use until::{local, read_until, refusal, told};
pub use walk_through::{GuideFault, WalkThrough, has_emptied, wrapped};
