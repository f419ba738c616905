//! Files as people and `terraform` write them.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::model::TenantClaim;
use crate::platform::System as Layout;
use crate::stores::checks::{secrets, shown, without, without_one};
use crate::testing::{TestHome, pat52, pat84};

const TENANT: &str = "8f1c5b0e-0000-4000-8000-00000000c0de";

fn provider(organization: &str, more: &str) -> String {
    format!(
        "terraform {{\n  required_providers {{\n    azuredevops = {{\n      source  = \"microsoft/azuredevops\"\n      version = \">= 0.1.0\"\n    }}\n  }}\n}}\n\n\
         provider \"azuredevops\" {{\n  org_service_url       = \"https://dev.azure.com/{organization}\"\n{more}}}\n"
    )
}

#[test]
fn a_provider_loses_its_token_and_keeps_the_rest() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    let line = format!("  personal_access_token = \"{token}\"\n");
    let theirs = provider("fabrikam", "  personal_access_token = \"theirs\"\n");
    home.write("infra/providers.tf", provider("contoso", &line) + &theirs);
    home.write(
        "infra/other.tf",
        "provider \"azurerm\" {\n  features {}\n}\n",
    );
    let found = home.find(&Terraform);
    let entry = "provider.azuredevops.personal_access_token";
    assert_eq!(
        shown(&found),
        [
            ("contoso", Kind::Pat, Remedy::Consent, 12, entry),
            ("fabrikam", Kind::Password, Remedy::Consent, 25, entry),
        ]
    );
    assert_eq!(secrets(&found), [token.as_str(), "theirs"]);
    assert_eq!(
        without(&found, "contoso"),
        Some(provider("contoso", "") + &theirs)
    );
    // What says nothing of Azure DevOps is no place of ours.
    assert!(
        found
            .places
            .iter()
            .all(|place| !place.path.ends_with("other.tf"))
    );
}

#[test]
fn variables_and_references_are_no_secrets() {
    let home = TestHome::new();
    let more = "  personal_access_token = var.azdo_pat\n  oidc_token = \"${var.token}\"\n  # personal_access_token = \"old\"\n";
    home.write("main.tf", provider("contoso", more));
    home.write("variables.tf", "variable \"azdo_pat\" {\n  type      = string\n  sensitive = true\n  default   = \"\"\n}\n");
    assert_eq!(shown(&home.find(&Terraform)), []);
}

#[test]
fn a_token_for_a_server_on_the_premises_is_left_alone() {
    let home = TestHome::new();
    let line = format!("  personal_access_token = \"{}\"\n", pat84('C', 'A', 1));
    let server = provider("contoso", &line).replace("dev.azure.com", "tfs.contoso.com/tfs");
    home.write("main.tf", &server);
    assert_eq!(shown(&home.find(&Terraform)), []);
    // One that is not known yet may be ours.
    home.write(
        "main.tf",
        server.replace("https://tfs.contoso.com/tfs/contoso", "${var.url}"),
    );
    assert_eq!(shown(&home.find(&Terraform)).len(), 1);
}

#[test]
fn values_of_variables_go_with_their_line() {
    let home = TestHome::new();
    let (long, short) = (pat84('C', 'A', 1), pat52(1));
    let text = |lines: &str| {
        format!(
            "\u{feff}org_service_url = \"https://dev.azure.com/contoso\"\r\n{lines}location = \"westeurope\"\r\n"
        )
    };
    let lines = format!("azdo_pat = \"{long}\" # mine\r\nsecrets = {{ pat = \"{short}\" }}\r\n");
    home.write("infra/prod.auto.tfvars", text(&lines));
    let found = home.find(&Terraform);
    assert_eq!(
        shown(&found),
        [
            ("contoso", Kind::Pat, Remedy::Consent, 2, "azdo_pat"),
            ("contoso", Kind::Pat, Remedy::Consent, 3, "secrets.pat"),
        ]
    );
    assert_eq!(without(&found, "contoso"), Some(text("secrets = {}\r\n")));
}

#[test]
fn the_form_of_a_token_counts_only_under_a_name_of_azure_devops() {
    let home = TestHome::new();
    let like = "q".repeat(52);
    home.write(
        "a.tfvars",
        format!("azdo_pat = \"{like}\"\napi_key = \"{like}\"\nname = \"word\""),
    );
    home.write(
        "b.tf",
        format!("variable \"ado_token\" {{\n  default = \"{like}\"\n}}\n# dev.azure.com\n"),
    );
    let found = home.find(&Terraform);
    assert_eq!(
        shown(&found),
        [
            ("?", Kind::Password, Remedy::Consent, 1, "azdo_pat"),
            (
                "?",
                Kind::Password,
                Remedy::Consent,
                2,
                "variable.ado_token.default"
            ),
        ]
    );
}

#[test]
fn a_login_in_the_source_of_a_module_is_cut() {
    let home = TestHome::new();
    let module = |login: &str| {
        format!(
            "module \"network\" {{\n  source = \"git::https://{login}dev.azure.com/contoso/infra/_git/network?ref=v1\"\n}}\n\
             module \"other\" {{\n  source = \"git::https://u:p@github.com/contoso/x.git\"\n}}\n"
        )
    };
    home.write("main.tf", module("pat:word@"));
    let manifest = |login: &str| {
        format!(
            "{{\"Modules\":[{{\"Key\":\"\",\"Source\":\"\",\"Dir\":\".\"}},{{\"Key\":\"network\",\"Source\":\"git::https://{login}dev.azure.com/contoso/infra/_git/network?ref=v1\",\"Dir\":\".terraform/modules/network\"}}]}}"
        )
    };
    home.write(".terraform/modules/modules.json", manifest("pat:word@"));
    home.write("src/modules.json", manifest("pat:word@"));
    let found = home.find(&Terraform);
    assert_eq!(
        shown(&found),
        [
            (
                "contoso",
                Kind::Password,
                Remedy::Consent,
                2,
                "module.network.source"
            ),
            (
                "contoso",
                Kind::Password,
                Remedy::Consent,
                1,
                "Modules[1].Source"
            ),
        ]
    );
    assert_eq!(without_one(&found, 0), Some(module("")));
    assert_eq!(without_one(&found, 1), Some(manifest("")));
}

#[test]
fn a_script_loses_only_the_token() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    let text = |token: &str| {
        format!(
            "resource \"x\" \"agent\" {{\n  user_data = <<-EOT\n    #!/bin/sh\n    ./config.sh --url https://dev.azure.com/contoso --token {token}\n  EOT\n}}\n"
        )
    };
    home.write("agent.tf", text(&token));
    let found = home.find(&Terraform);
    assert_eq!(
        shown(&found),
        [(
            "contoso",
            Kind::Pat,
            Remedy::Consent,
            4,
            "resource.x.agent.user_data"
        )]
    );
    assert_eq!(without(&found, "contoso"), Some(text("")));
}

#[test]
fn an_encoded_script_with_tokens_in_it_is_left_to_the_person() {
    let home = TestHome::new();
    let tokens = [pat84('C', 'A', 1), pat52(2)];
    let script = tokens
        .each_ref()
        .map(|token| format!("#cloud-config\nexport PAT={token}\n"));
    let blob = STANDARD.encode(script.concat());
    home.write("a.tfvars.json", format!("{{\"user_data\": \"{blob}\"}}\n"));
    home.write("b.tfvars", format!("user_data = \"{blob}\"\n"));
    // What stands before an encoded token in a path looks like more of it.
    let path = format!(
        "https://host.example/v1/data/{}",
        STANDARD.encode(&tokens[0])
    );
    home.write("c.tfvars.json", format!("{{\"address\": \"{path}\"}}\n"));
    let found = home.find(&Terraform);
    let [long, short] = &tokens;
    assert_eq!(secrets(&found), [long, short, long, short, long]);
    for credential in &found.credentials {
        assert_eq!(
            (credential.kind, credential.remedy),
            (Kind::Pat, Remedy::Manual)
        );
        assert!(credential.change.is_none() && credential.advice.is_some());
    }
}

#[test]
fn a_pinned_tenant_is_compared_only_where_its_organization_is_known() {
    let home = TestHome::new();
    let tenant = format!("  tenant_id = \"{TENANT}\"\n  client_id = \"x\"\n");
    home.write("a.tf", provider("contoso", &tenant));
    home.write("b.tf", format!("provider \"azuredevops\" {{\n{tenant}}}\n"));
    home.write(
        "c.tf",
        format!("provider \"azurerm\" {{\n{tenant}}}\n# dev.azure.com\n"),
    );
    let found = home.find(&Terraform);
    let entry = "provider.azuredevops.tenant_id";
    assert_eq!(
        shown(&found),
        [
            ("contoso", Kind::PinnedTenant, Remedy::Consent, 12, entry),
            ("?", Kind::PinnedTenant, Remedy::Consent, 2, entry),
        ]
    );
    let claims: Vec<_> = found.credentials[0]
        .observed
        .tenants
        .iter()
        .map(|record| record.claim)
        .collect();
    assert_eq!(claims, [TenantClaim::from_guid(TENANT).unwrap()]);
    assert!(found.credentials[1].observed.tenants.is_empty());
    assert_eq!(
        without(&found, "contoso"),
        Some(provider("contoso", "  client_id = \"x\"\n"))
    );
}

#[test]
fn a_state_is_shown_and_never_changed() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    let text = format!(
        "{{\n  \"version\": 4,\n  \"resources\": [{{\"provider\": \"provider[\\\"registry.terraform.io/microsoft/azuredevops\\\"]\",\n    \"instances\": [{{\"attributes\": {{\"url\": \"https://dev.azure.com/contoso\", \"token\": \"{token}\"}}}}]}}]\n}}\n"
    );
    home.write("terraform.tfstate", &text);
    home.write(
        ".terraform/terraform.tfstate",
        "{\"version\": 3, \"backend\": {\"type\": \"azurerm\"}}",
    );
    let found = home.find(&Terraform);
    assert_eq!(
        shown(&found),
        [(
            "contoso",
            Kind::Pat,
            Remedy::Manual,
            4,
            "token 1 in the state"
        )]
    );
    assert!(found.credentials[0].change.is_none());
}

#[test]
fn settings_of_the_command_line_are_read_on_each_system() {
    let home = TestHome::of(Layout::Windows);
    let text = "credentials \"app.terraform.io\" {\n  token = \"elsewhere\"\n}\ncredentials \"contoso.visualstudio.com\" {\n  token = \"word\"\n}\n";
    home.write("AppData/Roaming/terraform.rc", text);
    let found = home.find(&Terraform);
    assert_eq!(
        shown(&found),
        [(
            "contoso",
            Kind::Password,
            Remedy::Consent,
            5,
            "credentials.contoso.visualstudio.com.token"
        )]
    );
    let home = TestHome::new();
    home.write(".terraformrc", text);
    assert_eq!(shown(&home.find(&Terraform)).len(), 1);
}

#[test]
fn variables_in_json_lose_the_member() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    home.write(
        "a.tfvars.json",
        format!("{{\n  \"pat\": \"{token}\",\n  \"url\": \"https://dev.azure.com/contoso\"\n}}"),
    );
    let found = home.find(&Terraform);
    assert_eq!(
        shown(&found),
        [("contoso", Kind::Pat, Remedy::Consent, 2, "pat")]
    );
    assert_eq!(
        without(&found, "contoso").as_deref(),
        Some("{\n  \"url\": \"https://dev.azure.com/contoso\"\n}")
    );
}

#[test]
fn a_stack_of_pulumi_is_changed_by_its_owner() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    let stack = |value: &str| {
        format!(
            "encryptionsalt: v1:abc=\nconfig:\n  azuredevops:orgServiceUrl: https://dev.azure.com/contoso\n  azuredevops:personalAccessToken:{value}\n"
        )
    };
    home.write("app/Pulumi.dev.yaml", stack(&format!(" {token}")));
    home.write("app/Pulumi.prod.yaml", stack("\n    secure: AAABAJ0="));
    home.write("app/Pulumi.yaml", "name: app\nruntime: nodejs\n");
    let found = home.find(&Terraform);
    let entry = "azuredevops:personalAccessToken";
    assert_eq!(
        shown(&found),
        [
            ("contoso", Kind::Pat, Remedy::Manual, 4, entry),
            ("contoso", Kind::Password, Remedy::Manual, 4, entry),
        ]
    );
    assert_eq!(secrets(&found), [token.as_str(), ""]);
}

#[test]
fn an_encrypted_file_is_left_alone() {
    let home = TestHome::new();
    home.write("secret.auto.tfvars", b"\0GITCRYPT\0\x81{\"");
    let found = home.find(&Terraform);
    let place = found
        .places
        .iter()
        .find(|place| place.path.ends_with("tfvars"));
    assert_eq!(place.map(|place| place.state), Some(PlaceState::Skipped));
}

#[test]
fn a_file_that_is_cut_short_is_said_to_be() {
    let home = TestHome::new();
    let text = provider("contoso", "  personal_access_token = \"wor");
    home.write("main.tf", text.trim_end_matches("}\n"));
    home.write("a.tfvars.json", "{\"pat\": ");
    let found = home.find(&Terraform);
    let states: Vec<_> = found
        .places
        .iter()
        .filter(|place| place.state == PlaceState::Unreadable)
        .collect();
    assert_eq!(states.len(), 2);
    let reasons: Vec<_> = states
        .iter()
        .filter_map(|place| place.reason.as_deref())
        .collect();
    assert_eq!(
        reasons,
        [
            "it is no JSON (line 1)",
            "line 12 is no Terraform configuration"
        ]
    );
}
