//! What everybody is told, before the change and after it: as plain text, as HTML and as a chat message. Pure.
//!
//! The tasks are those of Microsoft's page "Inform users about the completed change" (learn.microsoft.com, Azure DevOps,
//! connect your organization to Microsoft Entra ID), in our own words.

use jiff::Timestamp;

use super::show::date;
use crate::storage::Organization;

/// What is run on each workstation.
const COMMAND: &str = "rekey run";

pub(super) struct Announcement {
    pub(super) subject: String,
    pub(super) greeting: Vec<String>,
    pub(super) command: &'static str,
    pub(super) about_command: String,
    pub(super) tasks_title: &'static str,
    pub(super) tasks: Vec<Task>,
    pub(super) closing: Vec<String>,
}

pub(super) struct Task {
    pub(super) title: &'static str,
    pub(super) text: String,
    pub(super) link: Option<String>,
}

/// `before` is whether the change is still to come.
pub(super) fn announcement(organization: &Organization, before: bool) -> Announcement {
    let name = &organization.name;
    let connected = organization.connected_at().map(date);
    let contact = organization.contact();
    let (subject, first) = match (before, connected) {
        (true, Some(date)) => (
            format!("Azure DevOps {name}: a change on {date}, and what you do then"),
            format!(
                "on {date} our Azure DevOps organization {name} (https://dev.azure.com/{name}) is connected to Microsoft Entra ID. From then on you sign in with your work account."
            ),
        ),
        (true, None) => (
            format!("Azure DevOps {name}: a change is coming, and what you do then"),
            format!(
                "our Azure DevOps organization {name} (https://dev.azure.com/{name}) is soon connected to Microsoft Entra ID. From then on you sign in with your work account."
            ),
        ),
        (false, Some(date)) => (
            format!("Azure DevOps {name}: please do this once on each of your computers"),
            format!(
                "on {date} our Azure DevOps organization {name} (https://dev.azure.com/{name}) was connected to Microsoft Entra ID. From now on you sign in with your work account."
            ),
        ),
        (false, None) => (
            format!("Azure DevOps {name}: please do this once on each of your computers"),
            format!(
                "our Azure DevOps organization {name} (https://dev.azure.com/{name}) was connected to Microsoft Entra ID. From now on you sign in with your work account."
            ),
        ),
    };
    let second = if before {
        "Nothing is to be done before that. Afterwards, what your computers remember of the old sign-in no longer fits: it has to go, and some of it is made anew."
    } else {
        "What your computers remember of the old sign-in no longer fits: it has to go, and some of it is made anew."
    };
    let about_command = if before {
        "Do you want to see now what it is about? This command finds what will be affected, and changes nothing before the day. After it, the same command does the work:"
    } else {
        "On each computer on which you use Azure DevOps, run this in a terminal. It shows first what it would change and asks you; `rekey undo` puts everything back. Then it leads you through the rest:"
    };
    let mut closing = vec![
        "No password, no token and no key leaves your computer: we are only told which places are done and which are not."
            .to_owned(),
    ];
    if let Some(contact) = contact {
        closing.push(format!(
            "Does something not work, or do you have a question? {contact}"
        ));
    }
    Announcement {
        subject,
        greeting: vec!["Hello,".to_owned(), first, second.to_owned()],
        command: COMMAND,
        about_command: about_command.to_owned(),
        tasks_title: if before {
            "What you do after the day"
        } else {
            "What there is to do"
        },
        tasks: tasks(name, before),
        closing,
    }
}

fn tasks(name: &str, before: bool) -> Vec<Task> {
    let task = |title, text: &str, link: Option<String>| Task {
        title,
        text: text.to_owned(),
        link,
    };
    let keys = if before {
        "Keys of before stop working: Microsoft clears them. Add your key again afterwards; only RSA keys are taken."
    } else {
        "Keys of before are cleared by Microsoft. Add your key again; only RSA keys are taken. `rekey guide ssh-keys` makes one and tries it."
    };
    vec![
        task(
            "Sign in anew",
            "Sign out of Azure DevOps in the browser, in Visual Studio and in other tools, and in again with your work account.",
            Some(format!("https://dev.azure.com/{name}")),
        ),
        task(
            "Cached tenants",
            "Git Credential Manager, Visual Studio and other tools remember where you signed in (tenant.cache and its successors). rekey clears that; nothing is lost by it.",
            None,
        ),
        task(
            "Personal access tokens",
            "Make a new one where a tool still needs one, and revoke the old ones. rekey puts the new one where the old one stood.",
            Some(format!(
                "https://dev.azure.com/{name}/_usersSettings/tokens"
            )),
        ),
        task(
            "SSH keys",
            keys,
            Some(format!("https://dev.azure.com/{name}/_usersSettings/keys")),
        ),
        task(
            "A personal Microsoft account with your work address",
            "If you have one, give it another address, so that the two are not mistaken for each other at sign-in.",
            Some("https://support.microsoft.com/help/11545".to_owned()),
        ),
        task(
            "Visual Studio subscription",
            "If your sign-in name changed, the subscription is assigned anew, or your new name is added to it as an alternate account.",
            Some(
                "https://learn.microsoft.com/visualstudio/subscriptions/vs-alternate-identity"
                    .to_owned(),
            ),
        ),
    ]
}

impl Announcement {
    pub(super) fn plain(&self) -> String {
        let mut text = self.greeting.join("\n\n");
        text.push_str(&format!(
            "\n\n{}\n\n    {}\n\n{}:\n",
            self.about_command, self.command, self.tasks_title
        ));
        for (position, task) in self.tasks.iter().enumerate() {
            text.push_str(&format!(
                "\n{}. {}. {}\n",
                position + 1,
                task.title,
                task.text
            ));
            if let Some(link) = &task.link {
                text.push_str(&format!("   {link}\n"));
            }
        }
        for line in &self.closing {
            text.push_str(&format!("\n{line}\n"));
        }
        // Marks of a chat; in plain text quotation marks are what people know.
        text.replace('`', "\"")
    }

    /// Short, for a channel. The marks are those that Teams and Slack both show.
    pub(super) fn chat(&self) -> String {
        let mut text = format!("*{}*\n", self.subject);
        for line in self.greeting.iter().skip(1) {
            text.push_str(&format!("{}\n", sentence(line)));
        }
        text.push_str(&format!("{}\n`{}`\n", self.about_command, self.command));
        for task in &self.tasks {
            let link = task
                .link
                .as_ref()
                .map(|link| format!(" {link}"))
                .unwrap_or_default();
            text.push_str(&format!("• {}{link}\n", task.title));
        }
        if let Some(contact) = self.closing.get(1) {
            text.push_str(&format!("{contact}\n"));
        }
        text
    }
}

/// After a greeting a sentence goes on in small letters; without one it does not.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Whether the change is still to come. Not known is to come.
pub(super) fn is_before(organization: &Organization, now: Timestamp) -> bool {
    organization
        .connected_at()
        .is_none_or(|connected| connected > now)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::storage::{NewOrganization, OrganizationSettings};

    fn contoso() -> Organization {
        let set = OrganizationSettings {
            key: "contoso".into(),
            set: NewOrganization {
                name: "contoso".into(),
                tenant: None,
                connected_at: Some("2026-11-20T18:00:00Z".parse().unwrap()),
                contact: Some("help@contoso.example".into()),
            },
            changed_at: Timestamp::UNIX_EPOCH,
            changed_by: String::new(),
        };
        Organization::merge(vec![set], Vec::new()).remove(0)
    }

    #[test]
    fn everybody_is_told_the_organization_the_date_the_command_every_task_and_whom_to_ask() {
        for before in [true, false] {
            let said = announcement(&contoso(), before);
            assert_eq!(said.tasks.len(), 6);
            for text in [said.plain(), said.chat()] {
                for part in [
                    "contoso",
                    "20 Nov 2026, 18:00 UTC",
                    "rekey run",
                    "_usersSettings/tokens",
                    "_usersSettings/keys",
                    "help/11545",
                    "vs-alternate-identity",
                    "help@contoso.example",
                ] {
                    assert!(text.contains(part), "{part} in {text}");
                }
            }
        }
    }

    #[test]
    fn before_and_after_are_told_apart_by_the_date() {
        let day = |text: &str| text.parse().unwrap();
        assert!(is_before(&contoso(), day("2026-11-20T17:59:00Z")));
        assert!(!is_before(&contoso(), day("2026-11-20T18:00:00Z")));
        let before = announcement(&contoso(), true).plain();
        assert!(before.contains("Nothing is to be done before that"));
        assert!(
            !announcement(&contoso(), false)
                .plain()
                .contains("before that")
        );
    }
}
