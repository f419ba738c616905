//! Where each step is done, in the words that a person reads.
//!
//! Addresses are those of Microsoft's page on connecting an organization to Microsoft Entra ID.

use crate::model::{Finding, Kind, Organization, StepId, Tenant, Verdict};

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

/// What can take the place of tokens on a workstation, and whether a place waits for a new one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Instead {
    /// Git asks Git Credential Manager for its credentials.
    pub git_manager: bool,
    /// npm, pnpm or Yarn has a token.
    pub npm: bool,
    /// NuGet has one.
    pub nuget: bool,
    /// A tool for Python packages has one.
    pub python: bool,
    /// An old token is still there, or a place that one was removed from is empty.
    pub waits: bool,
}

impl Instead {
    /// What the findings of the organization tell. `emptied`: an old token was removed from a place that holds none since.
    pub fn of(
        findings: &[Finding],
        organization: &Organization,
        git_manager: bool,
        emptied: bool,
    ) -> Self {
        let is_old = |finding: &&Finding| {
            let own = finding.organization.as_deref();
            matches!(finding.kind, Kind::Pat | Kind::Password | Kind::AccessToken)
                && finding.verdict != Verdict::Current
                && finding.accepted.is_none()
                && own.is_some_and(|own| organization.name.is(own))
        };
        let old: Vec<&Finding> = findings.iter().filter(is_old).collect();
        let has = |stores: &[&str]| old.iter().any(|one| stores.contains(&one.store.as_str()));
        Self {
            git_manager,
            npm: has(&["npm", "yarn"]),
            nuget: has(&["nuget"]),
            python: has(&["pip", "pypirc", "poetry", "uv"]),
            waits: emptied || !old.is_empty(),
        }
    }
}

/// How the step is done for the organization.
pub fn page(id: StepId, organization: &Organization, instead: Instead) -> Page {
    let name = organization.name.as_str();
    let account = match organization.tenant {
        Some(Tenant::MicrosoftAccount) => "Microsoft account",
        _ => "work account",
    };
    match id {
        StepId::SignIn => sign_in(name, account),
        StepId::Caches => caches(name),
        StepId::Pats => pats(name, account, instead),
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

fn pats(name: &str, account: &str, instead: Instead) -> Page {
    let mut instructions = Vec::new();
    if instead.git_manager {
        instructions.push(format!(
            "For git you need no token: Git Credential Manager is set up here. `rekey guide pats --oauth` has it sign in \
             without tokens; then type `git fetch` in a repository of {name} and sign in with your {account}."
        ));
    }
    let providers = [
        (
            instead.npm,
            "npm",
            "`npx ado-npm-auth -c .npmrc` in the project's folder signs you in",
        ),
        (
            instead.nuget,
            "NuGet",
            "with the Azure Artifacts Credential Provider (github.com/microsoft/artifacts-credprovider) \
             `dotnet restore --interactive` signs you in",
        ),
        (
            instead.python,
            "pip",
            "after `pip install keyring artifacts-keyring` the next `pip install` signs you in",
        ),
    ];
    for (_, tool, how) in providers.into_iter().filter(|(has, ..)| *has) {
        instructions.push(format!("For {tool} you need no token either: {how}."));
    }
    instructions.extend([
        format!(
            "Open the page and check at the top right that you are signed in with your {account}."
        ),
        if instead.waits {
            "Click \"New Token\", with the fewest scopes and the shortest life that do. rekey asks for it then, and puts it \
             where the old ones stood; without a terminal `rekey guide pats --token-file FILE` does."
        } else {
            "No place on this workstation waits for a new token."
        }
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
            "Azure DevOps takes RSA keys only. `rekey guide ssh-keys --make-key` makes one that it alone is offered; keep \
             your private keys: rekey deletes none."
                .to_owned(),
            "Open the page, signed in with your new account, and add the public key with \"New Key\".".to_owned(),
            "`rekey guide ssh-keys --prove` then tries it on a repository.".to_owned(),
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
    use super::super::testing::{finding, organization};
    use super::*;
    use crate::model::Verdict;

    #[test]
    fn addresses_are_the_organizations_own() {
        let contoso = organization("contoso");
        let address = |id| page(id, &contoso, Instead::default()).address;
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
        let manager = Instead::of(&[], &contoso, true, false);
        let with = page(StepId::Pats, &contoso, manager).instructions;
        let without = page(StepId::Pats, &contoso, Instead::default()).instructions;
        assert!(with[0].contains("Git Credential Manager"));
        assert!(!without.join(" ").contains("Git Credential Manager"));
        assert_eq!(with[1..], without);
    }

    #[test]
    fn a_tool_with_a_token_of_the_organization_has_its_credential_provider_named() {
        let mut npm = finding(Kind::Pat, "contoso", Verdict::Stale);
        npm.store = "npm".to_owned();
        let mut pip = finding(Kind::Password, "fabrikam", Verdict::Stale);
        pip.store = "pip".to_owned();
        let contoso = organization("contoso");
        let instead = Instead::of(&[npm, pip], &contoso, false, false);
        let told = page(StepId::Pats, &contoso, instead).instructions.join(" ");
        assert!(told.contains("ado-npm-auth"), "{told}");
        assert!(
            !told.contains("keyring") && !told.contains("NuGet"),
            "{told}"
        );
    }

    #[test]
    fn a_new_token_is_asked_for_only_where_a_place_waits_for_one() {
        let contoso = organization("contoso");
        let told = |findings: &[Finding], emptied| {
            let instead = Instead::of(findings, &contoso, false, emptied);
            page(StepId::Pats, &contoso, instead).instructions.join(" ")
        };
        let stale = finding(Kind::Pat, "contoso", Verdict::Stale);
        let current = finding(Kind::Pat, "contoso", Verdict::Current);
        assert!(told(&[stale], false).contains("New Token"));
        assert!(told(&[], true).contains("New Token"));
        assert!(told(&[current], false).contains("No place"));
    }

    #[test]
    fn every_step_says_in_few_sentences_what_to_do_and_what_to_type() {
        for &id in StepId::ALL {
            let page = page(id, &organization("contoso"), Instead::default());
            assert!((2..=4).contains(&page.instructions.len()), "{id}");
            assert!(page.command.starts_with("rekey "), "{id}");
            assert!(page.question.ends_with('?'), "{id}");
        }
    }

    #[test]
    fn after_a_disconnect_the_microsoft_account_signs_in() {
        let mut contoso = organization("contoso");
        contoso.tenant = Some(Tenant::MicrosoftAccount);
        let title = page(StepId::SignIn, &contoso, Instead::default()).title;
        assert!(title.contains("Microsoft account"), "{title}");
    }
}
