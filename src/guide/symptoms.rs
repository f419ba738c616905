//! Messages that people see after the change: what each means, and what mends it.
//!
//! Sources: the issues of Git Credential Manager, of Azure CLI and of the Azure DevOps documentation that show them, and
//! Microsoft's error codes of Entra.

use crate::model::StepId;

/// One message.
#[derive(Debug, PartialEq, Eq)]
pub struct Symptom {
    /// As it is seen, without what differs from person to person.
    pub message: &'static str,
    /// Each in lower case; any of them tells the message.
    signs: &'static [&'static str],
    /// Why it comes.
    pub cause: &'static str,
    /// The step that mends it; none where it is the administrator's to mend.
    pub step: Option<StepId>,
    /// What to do, a sentence or two.
    pub cure: &'static str,
}

impl Symptom {
    /// What to type for it.
    pub fn command(&self) -> Option<String> {
        self.step.map(|step| match step {
            StepId::Caches => "rekey clean".to_owned(),
            step => format!("rekey guide {step}"),
        })
    }
}

/// Every message that is known, in the order of the page.
pub const SYMPTOMS: &[Symptom] = &[
    Symptom {
        message: "TF400813: The user '...' is not authorized to access this resource",
        // The second is what people make of the first.
        signs: &["tf400813", "tf401813"],
        cause: "You are signed in as somebody whom the organization does not know: your identity of before the change, one \
                of another tenant, or nobody where the id is aaaaaaaa-...",
        step: Some(StepId::Caches),
        cure: "Clear what tools remember of the old tenant, then sign in with your work account.",
    },
    Symptom {
        message: "TF401444: Please sign-in at least once as ... in a web browser",
        signs: &["tf401444", "sign-in at least once as"],
        cause: "The organization has not met your new identity yet.",
        step: Some(StepId::SignIn),
        cure: "Open the organization once in a browser with your work account.",
    },
    Symptom {
        message: "VS403283: Could not add user '...' at this time",
        signs: &["vs403283"],
        cause: "The organization could not take your new identity in just then.",
        step: Some(StepId::SignIn),
        cure: "Wait some minutes and sign in again. Where it stays, your administrator adds you to the organization.",
    },
    Symptom {
        message: "VS403463: The conditional access policy ... has failed",
        signs: &["vs403463", "conditional access policy"],
        cause: "The tenant lets you in only from certain devices, places or sign-ins, and that holds for Azure DevOps too \
                now.",
        step: None,
        cure: "Ask your administrator which condition is not met; a managed device or a second factor often is.",
    },
    Symptom {
        message: "TF30063, VS30063: You are not authorized to access ...",
        signs: &["tf30063", "vs30063"],
        cause: "Visual Studio or a Team Foundation tool still uses your identity of before the change.",
        step: Some(StepId::SignIn),
        cure: "Sign out under File, Account Settings, close Visual Studio, and sign in with your work account.",
    },
    Symptom {
        message: "AADSTS900021: Requested tenant identifier '00000000-...' is not valid",
        signs: &["aadsts900021"],
        cause: "A tool remembers that the organization has no tenant, and asks for the one that is none.",
        step: Some(StepId::Caches),
        cure: "Clear what tools remember of the old tenant.",
    },
    Symptom {
        message: "AADSTS50020, AADSTS90072: User account '...' does not exist in tenant '...'",
        signs: &["aadsts50020", "aadsts90072"],
        cause: "You sign in with a personal Microsoft account, or with one of another tenant, where only accounts of the \
                organization's tenant are let in.",
        step: Some(StepId::SignIn),
        cure: "Sign out everywhere, and sign in with your work account. Where both have the same address, choose \"Work or \
               school account\", and rename the personal one: `rekey guide microsoft-account`.",
    },
    Symptom {
        message: "cannot spawn askpass; could not read Username for '...': terminal prompts disabled",
        signs: &[
            "cannot spawn askpass",
            "unable to read askpass response",
            "could not read username",
            "could not read password",
            "terminal prompts disabled",
        ],
        cause: "git got no credential and could not ask for one: often Git Credential Manager asks the tenant that it \
                remembers from before the change.",
        step: Some(StepId::Caches),
        cure: "Clear what tools remember of the old tenant, then type `git fetch` in a terminal and sign in.",
    },
    Symptom {
        message: "Authentication failed for 'https://...'; Failed to create PAT",
        signs: &[
            "authentication failed for",
            "failed to create pat",
            "failed to create personal access token",
        ],
        cause: "git's token is refused, or Git Credential Manager may not make a new one: the tenant's policies on tokens \
                hold since the change, or it asks the old tenant.",
        step: Some(StepId::Pats),
        cure: "Replace the token. Where tokens are not allowed, let Git Credential Manager sign in without one: `rekey \
               guide pats --oauth`.",
    },
    Symptom {
        message: "remote: Public key authentication failed.",
        signs: &[
            "public key authentication failed",
            "permission denied (publickey",
        ],
        cause: "Your SSH key is not added to your new identity, or it is still tied to the old one.",
        step: Some(StepId::SshKeys),
        cure: "Make a new key and add it; Support clears the old ones. `ssh -T` shows nothing of this.",
    },
    Symptom {
        message: "Access Denied: The Personal Access Token used has expired.",
        signs: &[
            "personal access token used has expired",
            "token used has expired",
        ],
        cause: "The token's time is over, change or no change.",
        step: Some(StepId::Pats),
        cure: "Make a new token, and put it into every tool that had the old one.",
    },
];

/// The messages that a text holds, which may be a whole page of them, in any case and however it is wrapped.
pub fn symptoms(text: &str) -> Vec<&'static Symptom> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ").to_lowercase();
    let is_there = |symptom: &&Symptom| symptom.signs.iter().any(|sign| text.contains(sign));
    SYMPTOMS.iter().filter(is_there).collect()
}

#[cfg(test)]
#[path = "symptoms_tests.rs"]
mod tests;
