//! Terraform, OpenTofu and Pulumi: tokens in configurations, variables, states and settings of the command line.
//!
//! Sources: microsoft/terraform-provider-azuredevops, "Azure DevOps Provider"; developer.hashicorp.com, "CLI
//! Configuration" and "State"; pulumi.com, "Azure DevOps, Installation & Configuration".

mod configuration;
mod pulumi;

use std::path::{Path, PathBuf};

use jsonc_parser::ast::Object;

use crate::model::{Credential, Kind, PlaceState, Remedy, Scope};
use crate::platform::System;
use crate::stores::json_slots;
use crate::stores::{About, Finder, Store};
use crate::text::{Document, json, tells_of_azure_devops};
use crate::token;

const NAME: &str = "terraform";
/// Findings of one state.
const MOST: usize = 1_000;

/// The store.
#[derive(Debug)]
pub struct Terraform;

impl Store for Terraform {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Terraform and Pulumi",
            clears: "set AZDO_PERSONAL_ACCESS_TOKEN anew and cut the line from the file, or pulumi config rm azuredevops:personalAccessToken",
        }
    }

    fn project_files(&self) -> &'static [&'static str] {
        &[
            "*.tfvars",
            "*.tfvars.json",
            "*.tf",
            "*.tofu",
            "*.tf.json",
            "*.tfstate",
            "*.tfstate.backup",
            "modules.json",
            "pulumi.*",
        ]
    }

    fn find(&self, finder: &mut Finder<'_>) {
        for path in settings(finder) {
            if let Some(document) = finder.open_once(&path) {
                read(
                    finder,
                    &document,
                    Form::of(&path).unwrap_or(Form::Configuration),
                );
            }
        }
        for path in finder.project_files() {
            let document = match Form::of(path) {
                // Files of variables are few, and their names may say nothing of what they are for.
                Some(Form::Variables | Form::VariablesInJson) => finder.open_once(path),
                Some(_) => finder.open_holding(path, tells_of_azure_devops),
                None => None,
            };
            if let Some((document, form)) = document.zip(Form::of(path)) {
                read(finder, &document, form);
            }
        }
    }
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Configuration,
    Variables,
    VariablesInJson,
    Json,
    State,
    Stack,
}

impl Form {
    /// By its name; `None` for another tool's file of the same name.
    fn of(path: &Path) -> Option<Self> {
        const BY_ENDING: &[(&str, Form)] = &[
            (".tfvars", Form::Variables),
            (".tfvars.json", Form::VariablesInJson),
            (".tfstate", Form::State),
            (".tfstate.backup", Form::State),
            (".tf", Form::Configuration),
            (".tofu", Form::Configuration),
            (".tf.json", Form::Json),
            (".tfrc.json", Form::Json),
        ];
        let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
        if name == "modules.json" {
            // Where `terraform init` notes the sources of modules as they are written, with any login.
            let folder = path.parent()?;
            return folder.ends_with(".terraform/modules").then_some(Self::Json);
        }
        if let Some(stack) = name.strip_prefix("pulumi.") {
            // The program itself is called so too.
            return matches!(stack.rsplit('.').next(), Some("yaml" | "yml")).then_some(Self::Stack);
        }
        let ending = BY_ENDING.iter().find(|(ending, _)| name.ends_with(ending));
        ending.map(|(_, form)| *form)
    }
}

/// The settings of the command line itself.
fn settings(finder: &Finder<'_>) -> Vec<PathBuf> {
    let folders = finder.folders();
    let (home, names, data) = match finder.platform().system() {
        System::Windows => (&folders.config, ["terraform.rc", "tofu.rc"], "terraform.d"),
        System::MacOs | System::Linux => {
            (&folders.home, [".terraformrc", ".tofurc"], ".terraform.d")
        }
    };
    let mut files: Vec<_> = names.iter().map(|name| home.join(name)).collect();
    files.push(home.join(data).join("credentials.tfrc.json"));
    let moved = finder.platform().variable("TF_CLI_CONFIG_FILE");
    files.extend(moved.map(PathBuf::from).filter(|path| path.is_absolute()));
    files
}

fn read(finder: &mut Finder<'_>, document: &Document, form: Form) {
    // git-crypt's files begin so.
    if document.bytes().first() == Some(&0) {
        let reason = Some("it is no text: it may be encrypted".to_owned());
        return finder.place(document.path(), PlaceState::Skipped, reason);
    }
    let found = match form {
        Form::Configuration | Form::Variables => configuration::credentials(finder, document),
        Form::VariablesInJson | Form::Json => in_json(finder, document),
        Form::State => in_state(document),
        Form::Stack => pulumi::credentials(document),
    };
    for credential in found {
        finder.add(credential);
    }
}

fn in_json(finder: &mut Finder<'_>, document: &Document) -> Vec<Credential> {
    match json::object(document.as_str()) {
        Ok(None) => Vec::new(),
        Ok(Some(object)) => strings(document, &object, finder.scope()),
        Err(reason) => {
            finder.unreadable(document.path(), reason);
            Vec::new()
        }
    }
}

fn strings(document: &Document, object: &Object<'_>, scope: &Scope) -> Vec<Credential> {
    let slots = json_slots::below(object, "");
    json_slots::credentials(document, &slots, NAME, scope, Remedy::Consent)
}

/// A state is Terraform's own, and what is in it comes back with the next run: only what feeds it can be changed.
fn in_state(document: &Document) -> Vec<Credential> {
    let text = document.as_str();
    let tokens = token::find_all(text).into_iter().take(MOST);
    let found = tokens.enumerate().map(|(index, sighting)| {
        document
            .draft(NAME, Kind::Password)
            .entry(format_args!("token {} in the state", index + 1))
            .at(sighting.range.start)
            .sighted(&sighting)
            .remedy(Remedy::Manual)
            .advice("Give the configuration a new token and apply it; a state that is not needed can be deleted")
            .finish()
    });
    found.collect()
}

#[cfg(test)]
mod tests;
