//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::model::Depth;
use crate::renewal::Purpose;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "rekey",
    version,
    about = "Finds the credentials that an Azure DevOps organization's move to Microsoft Entra ID left behind, \
             removes them so that it can be undone, and guides you through the new ones",
    after_help = "Type rekey run in a terminal: it asks before it changes anything.\n\n\
                  Exit codes: 0 nothing is left to do, 1 something is left, 2 the command line or a setting is wrong, \
                  3 a place could not be read or changed, 4 not connected yet, or paused by the admin.",
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(crate) struct Arguments {
    #[command(flatten, next_help_heading = "Options of every command")]
    pub common: Common,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags of every command.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Common {
    /// An organization that moved: contoso for dev.azure.com/contoso (may be repeated)
    #[arg(long = "org", value_name = "NAME", global = true)]
    pub organizations: Vec<String>,
    /// The Entra tenant that every --org belongs to now, or microsoft-account
    #[arg(long, value_name = "GUID", global = true)]
    pub tenant: Option<String>,
    /// When every --org was connected to its tenant, such as 2026-11-20T18:00:00Z
    #[arg(long, value_name = "TIME", global = true)]
    pub connected_at: Option<String>,
    /// Work on this home folder and on nothing else
    #[arg(long, value_name = "DIR", global = true)]
    pub home: Option<PathBuf>,
    /// Print JSON for programs
    #[arg(long, global = true)]
    pub json: bool,
    /// Read your settings from this file
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Send nothing over the network
    #[arg(long, global = true)]
    pub offline: bool,
    /// When to use colour
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub color: Color,
    /// Say more (-v) or much more (-vv)
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,
    /// Say only what went wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    // Comments, not documentation: a sentence for each word would stretch every help page.
    // Where the output is a terminal and `NO_COLOR` is not set.
    #[default]
    Auto,
    Always,
    Never,
}

/// Which places a scan asks.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Places {
    /// Look only in this kind of place, such as npm (may be repeated)
    #[arg(long, value_name = "STORE")]
    pub only: Vec<String>,
    /// Leave this kind of place out (may be repeated)
    #[arg(long, value_name = "STORE")]
    pub skip: Vec<String>,
}

/// How much is read.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Reading {
    /// Read every file for tokens; with =objects every git object too
    #[arg(
        long,
        value_name = "WHAT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "files",
        hide_possible_values = true
    )]
    pub deep: Option<Deep>,
}

/// What is asked of the service.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct Verifying {
    /// Ask Azure DevOps whether it takes the tokens that are found; shows each to its own organization alone
    #[arg(long)]
    pub verify: bool,
}

/// What is read beside the known places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deep {
    Files,
    Objects,
}

impl From<Deep> for Depth {
    fn from(deep: Deep) -> Self {
        match deep {
            Deep::Files => Self::Files,
            Deep::Objects => Self::Objects,
        }
    }
}

/// How changes are agreed to.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Consent {
    /// Show the plan and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Agree to remove everything that is stale, without a question
    #[arg(long)]
    pub yes: bool,
    /// Never ask: do what needs no consent, or what machine policy allows
    #[arg(long)]
    pub unattended: bool,
    /// Change remotes on visualstudio.com to dev.azure.com too
    #[arg(long)]
    pub modernize_remotes: bool,
}

/// Where reports go.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Central {
    /// The collector that reports go to
    #[arg(long, value_name = "URL")]
    pub collector: Option<String>,
}

/// What `guide` is told: with these flags it asks nothing that they answer.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct GuideArguments {
    /// Only this step: sign-in, caches, pats, ssh-keys, microsoft-account or subscription
    pub step: Option<String>,
    /// A file with the new token, or - for standard input; with pats
    #[arg(long, value_name = "FILE", requires = "step")]
    pub token_file: Option<PathBuf>,
    /// Put the token of --token-file only where these tools have theirs
    #[arg(long = "for", value_name = "TOOLS", requires = "token_file")]
    pub tools: Option<Tools>,
    /// Sign in and have new tokens made, put in place and the old ones revoked; with pats
    #[arg(long, requires = "step", conflicts_with_all = ["token_file", "answer"])]
    pub automatic: bool,
    /// Answer the step's question
    #[arg(long, value_name = "WORD", requires = "step")]
    pub answer: Option<StepAnswer>,
    /// Put the step off until then: a time such as 2026-12-18T18:00:00Z, or a span such as 3d
    #[arg(long, value_name = "TIME", requires = "answer")]
    pub until: Option<String>,
    /// Make an SSH key for Azure DevOps and have ssh offer it there (ssh-keys)
    #[arg(long, requires = "step", conflicts_with = "answer")]
    pub make_key: bool,
    /// Give that key no passphrase, for where nobody can type one
    #[arg(long, requires = "make_key")]
    pub no_passphrase: bool,
    /// Try whether the new key works (ssh-keys)
    #[arg(long, requires = "step", conflicts_with = "answer")]
    pub prove: bool,
    /// Have Git Credential Manager sign in with your account, without tokens (pats)
    #[arg(long, requires = "step", conflicts_with_all = ["answer", "token_file"])]
    pub oauth: bool,
    /// Explain a message such as "TF400813 ...", and what mends it; - reads it from standard input
    #[arg(
        long,
        value_name = "TEXT",
        allow_hyphen_values = true,
        conflicts_with_all = ["step", "token_file", "answer", "until", "make_key", "no_passphrase", "prove", "oauth"]
    )]
    pub symptom: Option<String>,
}

/// What a token is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tools {
    Git,
    Packages,
    Other,
}

impl From<Tools> for Purpose {
    fn from(tools: Tools) -> Self {
        match tools {
            Tools::Git => Self::Code,
            Tools::Packages => Self::Packaging,
            Tools::Other => Self::Other,
        }
    }
}

/// What a person can say of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StepAnswer {
    Done,
    Later,
    NotNeeded,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Do the whole job: find, show the plan, ask, remove, guide, report
    Run {
        #[command(flatten)]
        places: Places,
        #[command(flatten)]
        reading: Reading,
        #[command(flatten)]
        verifying: Verifying,
        #[command(flatten)]
        consent: Consent,
        #[command(flatten)]
        central: Central,
    },
    /// Find and judge, and change nothing
    Scan {
        #[command(flatten)]
        places: Places,
        #[command(flatten)]
        reading: Reading,
        #[command(flatten)]
        verifying: Verifying,
        /// List what belongs to other organizations too
        #[arg(long)]
        all: bool,
        /// Print SARIF 2.1.0 for tools that gather findings
        #[arg(long, conflicts_with = "json")]
        sarif: bool,
    },
    /// Show the plan, ask, and remove; no steps, no report
    Clean {
        #[command(flatten)]
        places: Places,
        #[command(flatten)]
        consent: Consent,
    },
    /// Go through your own steps; goes on where you stopped
    Guide {
        #[command(flatten)]
        typed: GuideArguments,
    },
    /// Put back what a run changed
    Undo {
        /// The run, as --list shows it [default: the newest that is not undone]
        run: Option<String>,
        /// List the runs that can be undone
        #[arg(long, conflicts_with_all = ["run", "purge"])]
        list: bool,
        /// Delete now what is kept for undo
        #[arg(long, conflicts_with = "run")]
        purge: bool,
    },
    /// Show where this workstation stood after the last run
    Status {
        /// Print one line for device management
        #[arg(long)]
        detect: bool,
    },
    /// Show exactly what is sent to the collector
    Report {
        /// Send what waits on this workstation
        #[arg(long)]
        send: bool,
        #[command(flatten)]
        central: Central,
    },
    /// Tie this workstation to a collector
    Enroll {
        #[command(flatten)]
        central: Central,
        /// A file with the enrolment secret [default: asked for, or standard input]
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
    },
    /// Remember that a finding is meant to stay
    Accept {
        /// The finding's id, or its first digits [default: list them all]
        id: Option<String>,
        /// Why it is meant to stay
        #[arg(long, value_name = "TEXT", requires = "id")]
        reason: Option<String>,
        /// Until when, such as 2027-03-31T18:00:00Z [default: for good]
        #[arg(long, value_name = "TIME", requires = "id")]
        until: Option<String>,
        /// It is no longer meant to stay
        #[arg(long, requires = "id", conflicts_with_all = ["reason", "until"])]
        withdraw: bool,
        #[command(flatten)]
        reading: Reading,
    },
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page
    Man,
}
