//! Where each step is done, in the words that a person reads.
//!
//! Addresses are those of Microsoft's page on connecting an organization to Microsoft Entra ID.

use crate::model::{Organization, StepId, Tenant};

/// One step, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What it is about, in a few words.
    pub title: String,
    /// The page to open; none where the step is done here.
    pub address: Option<String>,
    /// What to do, a sentence or two each.
    pub instructions: Vec<String>,
    /// What to type for it.
    pub command: String,
    /// The question at its end.
    pub question: String,
}

const SUPPORT: &str = "https://azure.microsoft.com/support/devops/";
const RENAME: &str = "https://support.microsoft.com/help/11545";
const SUBSCRIPTION: &str =
    "https://learn.microsoft.com/visualstudio/subscriptions/vs-alternate-identity";

/// How the step is done for the organization. `git_manager`: git asks Git Credential Manager for its credentials.
pub fn page(id: StepId, organization: &Organization, git_manager: bool) -> Page {
    let name = organization.name.as_str();
    let account = match organization.tenant {
        Some(Tenant::MicrosoftAccount) => "Microsoft account",
        _ => "work account",
    };
    match id {
        StepId::SignIn => sign_in(name, account),
        StepId::Caches => caches(name),
        StepId::Pats => pats(name, account, git_manager),
        StepId::SshKeys => ssh_keys(name),
        StepId::MicrosoftAccount => microsoft_account(name),
        StepId::Subscription => subscription(name),
    }
}

fn sign_in(name: &str, account: &str) -> Page {
    Page {
        title: format!("Sign out, and in again with your {account}"),
        address: Some(format!("https://dev.azure.com/{name}")),
        instructions: vec![
            "Sign out of Azure DevOps in the browser, in Visual Studio and in other tools that are signed in."
                .to_owned(),
            "Clear the browser's cookies for dev.azure.com, or use a private window.".to_owned(),
            format!("Open the page and sign in with your {account}. {name}'s projects should be there."),
        ],
        command: command(StepId::SignIn),
        question: format!("Are you signed in to {name} with your {account}?"),
    }
}

fn caches(name: &str) -> Page {
    Page {
        title: format!("Clear what tools remember of {name}'s old tenant"),
        address: None,
        instructions: vec![
            "rekey does this itself and checks that it is done.".to_owned(),
            "Type `rekey clean`, look at the plan and agree. `rekey undo` puts everything back."
                .to_owned(),
        ],
        command: "rekey clean".to_owned(),
        question: format!("Clear {name}'s caches later?"),
    }
}

fn pats(name: &str, account: &str, git_manager: bool) -> Page {
    let mut instructions = Vec::new();
    if git_manager {
        instructions.push(format!(
            "For git you need no token: Git Credential Manager is set up here. Type `git fetch` in a repository of \
             {name} and sign in with your {account}."
        ));
    }
    instructions.extend([
        format!(
            "Open the page and check at the top right that you are signed in with your {account}."
        ),
        "Click \"New Token\" for each tool that still needs one, with the fewest scopes and the shortest life that do, \
         and put it into that tool."
            .to_owned(),
        "When the new one works, click each old token on that page and then \"Revoke\". A token that is only deleted \
         here still works for whoever has a copy."
            .to_owned(),
    ]);
    Page {
        title: format!("Replace your personal access tokens for {name}"),
        address: Some(format!(
            "https://dev.azure.com/{name}/_usersSettings/tokens"
        )),
        instructions,
        command: command(StepId::Pats),
        question: format!("Are all your old tokens for {name} revoked on that page?"),
    }
}

fn ssh_keys(name: &str) -> Page {
    Page {
        title: format!("Register your SSH keys with {name} again"),
        address: Some(format!("https://dev.azure.com/{name}/_usersSettings/keys")),
        instructions: vec![
            format!(
                "Keys that were added before the change are still tied to your old identity. Microsoft Support clears \
                 them; your administrator asks for it at {SUPPORT}."
            ),
            "Then open the page and add the public key (the file that ends in .pub) with \"New Key\"."
                .to_owned(),
            "Azure DevOps takes RSA keys only; `ssh-keygen -t rsa -b 4096` makes one. Keep your private keys: rekey \
             deletes none."
                .to_owned(),
        ],
        command: command(StepId::SshKeys),
        question: format!("Are the old keys cleared, and your key added to {name} again?"),
    }
}

fn microsoft_account(name: &str) -> Page {
    Page {
        title: "Rename a Microsoft account that has your work address".to_owned(),
        address: Some(RENAME.to_owned()),
        instructions: vec![
            format!(
                "If you used {name} with a personal Microsoft account that has the same e-mail address as your work \
                 account, sign-in pages keep asking which of the two you mean."
            ),
            "Open the page and follow it to give the Microsoft account another address.".to_owned(),
        ],
        command: command(StepId::MicrosoftAccount),
        question: "Does a Microsoft account of yours have the same address as your work account?"
            .to_owned(),
    }
}

fn subscription(name: &str) -> Page {
    Page {
        title: "Move your Visual Studio subscription to the new sign-in name".to_owned(),
        address: Some(SUBSCRIPTION.to_owned()),
        instructions: vec![
            format!(
                "A Visual Studio subscription belongs to a sign-in name. If yours changed with {name}, the benefit no \
                 longer follows you."
            ),
            "Open the page and add your work account as the alternate account, or ask your administrator to assign \
             the subscription anew."
                .to_owned(),
        ],
        command: command(StepId::Subscription),
        question: "Do you have a Visual Studio subscription under another sign-in name?".to_owned(),
    }
}

fn command(id: StepId) -> String {
    format!("rekey guide {id}")
}

#[cfg(test)]
mod tests {
    use super::super::testing::organization;
    use super::*;

    #[test]
    fn addresses_are_the_organizations_own() {
        let contoso = organization("contoso");
        let address = |id| page(id, &contoso, false).address;
        assert_eq!(
            address(StepId::Pats).as_deref(),
            Some("https://dev.azure.com/contoso/_usersSettings/tokens")
        );
        assert_eq!(
            address(StepId::SshKeys).as_deref(),
            Some("https://dev.azure.com/contoso/_usersSettings/keys")
        );
        assert_eq!(address(StepId::Caches), None);
    }

    #[test]
    fn an_entra_sign_in_comes_before_a_token_where_git_has_one() {
        let contoso = organization("contoso");
        let with = page(StepId::Pats, &contoso, true).instructions;
        let without = page(StepId::Pats, &contoso, false).instructions;
        assert!(with[0].contains("Git Credential Manager"));
        assert!(!without.join(" ").contains("Git Credential Manager"));
        assert_eq!(with[1..], without);
    }

    #[test]
    fn every_step_says_in_few_sentences_what_to_do_and_what_to_type() {
        for &id in StepId::ALL {
            let page = page(id, &organization("contoso"), false);
            assert!((2..=4).contains(&page.instructions.len()), "{id}");
            assert!(page.command.starts_with("rekey "), "{id}");
            assert!(page.question.ends_with('?'), "{id}");
        }
    }

    #[test]
    fn after_a_disconnect_the_microsoft_account_signs_in() {
        let mut contoso = organization("contoso");
        contoso.tenant = Some(Tenant::MicrosoftAccount);
        let title = page(StepId::SignIn, &contoso, false).title;
        assert!(title.contains("Microsoft account"), "{title}");
    }
}
