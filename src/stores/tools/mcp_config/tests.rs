//! Files as VS Code, Claude and people write them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

use super::*;
use crate::model::{Kind, PlaceState, TenantClaim};
use crate::platform::System;
use crate::stores::checks::{secrets, shown, without, without_one};
use crate::testing::{TestHome, pat84};

const TENANT: &str = "8f1c5b0e-0000-4000-8000-00000000c0de";

/// As the server's own page has it.
fn code(organization: &str, env: &str) -> String {
    format!(
        "{{\n  // servers of the team\n  \"inputs\": [\n    {{ \"id\": \"ado_org\", \"type\": \"promptString\", \"description\": \"org\" }},\n  ],\n\
         \x20 \"servers\": {{\n    \"ado\": {{\n      \"type\": \"stdio\",\n      \"command\": \"npx\",\n      \"args\": [\"-y\", \"@azure-devops/mcp@next\", \"{organization}\", \"--authentication\", \"pat\"],\n\
         \x20     \"env\": {{{env}\n      }}\n    }}\n  }}\n}}\n"
    )
}

#[test]
fn a_server_loses_its_token_and_keeps_the_rest() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    let basic = STANDARD.encode(format!("dev@contoso.example:{token}"));
    let pair = |first: &str| {
        let secret = format!("\n        \"PERSONAL_ACCESS_TOKEN\": \"{basic}\"");
        code("contoso", &format!("{first}{secret}"))
    };
    home.write(
        ".config/Code/User/mcp.json",
        pair("\n        \"LOG\": \"1\", // all\n"),
    );
    home.write("shop/.vscode/mcp.json", pair(""));
    home.write("shop/docs/mcp.json", pair(""));
    let found = home.find(&McpConfig);
    let entry = "servers.ado.env.PERSONAL_ACCESS_TOKEN";
    assert_eq!(
        shown(&found),
        [
            ("contoso", Kind::Pat, Remedy::Consent, 14, entry),
            ("contoso", Kind::Pat, Remedy::Consent, 12, entry),
        ]
    );
    assert_eq!(secrets(&found), [token.as_str(), token.as_str()]);
    let left = without_one(&found, 0).unwrap_or_default();
    assert!(left.contains("\"LOG\": \"1\""), "{left}");
    assert!(left.contains("// all\n"), "{left}");
    assert!(json::object_with_comments(&left).is_ok(), "{left}");
    assert_eq!(
        without_one(&found, 1),
        Some(code("contoso", "").replace("{\n      }", "{}"))
    );
}

#[test]
fn what_the_editor_asks_for_is_no_secret() {
    let home = TestHome::new();
    let env = "\"PERSONAL_ACCESS_TOKEN\": \"${input:pat}\", \"AZDO_PAT\": \"${env:AZDO_PAT}\", \"ADO_PAT\": \"\", \"AZURE_DEVOPS_PAT\": \"<your token>\", \"OPENAI_TOKEN\": \"other\"";
    home.write("a/.vscode/mcp.json", code("${input:ado_org}", env));
    home.write(
        "b/.mcp.json",
        "{\"mcpServers\":{\"ado\":{\"type\":\"http\",\"url\":\"https://mcp.dev.azure.com/contoso\",\"headers\":{\"Authorization\":\"Bearer ${ADO_TOKEN}\"}}}}",
    );
    assert_eq!(shown(&home.find(&McpConfig)), []);
}

#[test]
fn a_secret_that_is_no_token_counts_in_a_server_of_azure_devops() {
    let home = TestHome::new();
    let text = "{\"mcpServers\":{\
        \"a\":{\"command\":\"npx\",\"args\":[\"-y\",\"azure-devops-mcp\",\"--pat\",\"word\"],\"env\":{\"AZURE_DEVOPS_ORG_URL\":\"https://dev.azure.com/contoso\"}},\
        \"b\":{\"command\":\"node\",\"env\":{\"ADO_ORG\":\"fabrikam\",\"ADO_MCP_AUTH_TOKEN\":\"bearer\",\"PATH\":\"/bin\"}},\
        \"c\":{\"url\":\"https://mcp.dev.azure.com/contoso\",\"headers\":{\"Authorization\":\"Bearer opaque\"}},\
        \"d\":{\"url\":\"https://api.example.com/mcp\",\"headers\":{\"Authorization\":\"Bearer other\"},\"env\":{\"GITHUB_TOKEN\":\"x\"}}}}";
    home.write(".cursor/mcp.json", text);
    let found = home.find(&McpConfig);
    let consent = Remedy::Consent;
    assert_eq!(
        shown(&found),
        [
            (
                "contoso",
                Kind::Password,
                consent,
                1,
                "mcpServers.a.args[3]"
            ),
            (
                "fabrikam",
                Kind::Password,
                consent,
                1,
                "mcpServers.b.env.ADO_MCP_AUTH_TOKEN"
            ),
            (
                "contoso",
                Kind::Password,
                consent,
                1,
                "mcpServers.c.headers.Authorization"
            ),
        ]
    );
    assert_eq!(secrets(&found), ["word", "bearer", "opaque"]);
    assert_eq!(
        without(&found, "fabrikam"),
        Some(text.replace(",\"ADO_MCP_AUTH_TOKEN\":\"bearer\"", ""))
    );
}

#[test]
fn each_server_names_its_own_organization() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    let server = |name: &str, organization: &str| {
        format!(
            "\"{name}\":{{\"command\":\"mcp-server-azuredevops\",\"args\":[\"{organization}\"],\"env\":{{\"PERSONAL_ACCESS_TOKEN\":\"{token}\"}}}}"
        )
    };
    let other = format!("\"x\":{{\"command\":\"x\",\"env\":{{\"AZDO_PAT\":\"{token}\"}}}}");
    let text = format!(
        "{{\"numStartups\":3,\"projects\":{{\"/home/dev/shop\":{{\"mcpServers\":{{{},{},{other}}}}}}}}}",
        server("a", "contoso"),
        server("b", "https://dev.azure.com/fabrikam")
    );
    home.write(".claude.json", &text);
    let found = home.find(&McpConfig);
    let organizations: Vec<_> = shown(&found).iter().map(|row| row.0).collect();
    assert_eq!(organizations, ["contoso", "fabrikam", "?"]);
    assert_eq!(
        shown(&found)[0].4,
        "projects./home/dev/shop.mcpServers.a.env.PERSONAL_ACCESS_TOKEN"
    );
}

#[test]
fn a_pinned_tenant_goes_with_its_flag() {
    let home = TestHome::new();
    let text = |arguments: &str| {
        format!(
            "{{\"mcpServers\": {{\"ado\": {{\"command\": \"npx\", \"args\": [\"@azure-devops/mcp\", \"contoso\"{arguments}]}}}}}}"
        )
    };
    for (arguments, line) in [
        (
            format!(", \"--tenant\", \"{TENANT}\", \"-d\", \"core\""),
            "args[3]",
        ),
        (
            format!(", \"-d\", \"core\", \"-t\", \"{TENANT}\""),
            "args[5]",
        ),
        (
            format!(", \"--tenant={TENANT}\", \"-d\", \"core\""),
            "args[2]",
        ),
    ] {
        home.write(".copilot/mcp-config.json", text(&arguments));
        let found = home.find(&McpConfig);
        let entry = format!("mcpServers.ado.{line}");
        assert_eq!(
            shown(&found),
            [(
                "contoso",
                Kind::PinnedTenant,
                Remedy::Consent,
                1,
                entry.as_str()
            )]
        );
        assert_eq!(
            found.credentials[0].observed.tenants[0].claim,
            TenantClaim::from_guid(TENANT).unwrap_or(TenantClaim::Any)
        );
        assert_eq!(without(&found, "contoso"), Some(text(", \"-d\", \"core\"")));
    }
}

#[test]
fn servers_in_the_settings_of_an_editor_are_found_and_nothing_else_there() {
    let home = TestHome::of(System::Windows);
    let token = pat84('C', 'A', 1);
    let text = format!(
        "\u{feff}{{\r\n  \"azdoPullRequests.patToken\": \"{token}\",\r\n  \"mcp\": {{\r\n    \"servers\": {{\r\n      \"ado\": {{ \"command\": \"npx\", \"args\": [\"@azure-devops/mcp\", \"contoso\"], \"env\": {{ \"ADO_MCP_AUTH_TOKEN\": \"{token}\" }} }},\r\n    }},\r\n  }},\r\n}}\r\n"
    );
    home.write("AppData/Roaming/Code/User/settings.json", &text);
    home.write("AppData/Roaming/Claude/claude_desktop_config.json", "{}");
    let found = home.find(&McpConfig);
    assert_eq!(
        shown(&found),
        [(
            "contoso",
            Kind::Pat,
            Remedy::Consent,
            5,
            "mcp.servers.ado.env.ADO_MCP_AUTH_TOKEN"
        )]
    );
    let secret = format!("{{ \"ADO_MCP_AUTH_TOKEN\": \"{token}\" }}");
    assert_eq!(
        without(&found, "contoso"),
        Some(text.replace(&secret, "{}"))
    );
}

#[test]
fn a_file_that_is_cut_short_is_said_to_be() {
    let home = TestHome::new();
    home.write(".mcp.json", "{\"mcpServers\": {\"ado\": ");
    home.write(".cursor/mcp.json", " \n");
    let found = home.find(&McpConfig);
    let place = found
        .places
        .iter()
        .find(|place| place.state == PlaceState::Unreadable);
    assert_eq!(
        place.and_then(|place| place.reason.as_deref()),
        Some("it is no JSON (line 1)")
    );
    assert_eq!(shown(&found), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_arguments_can_be_read(parts in proptest::collection::vec("(\"a\"|\"--tenant\"|\"-t\"|\"--pat\"|\"@azure-devops/mcp\"|\"contoso\"|1|\\[\\]|/\\*c\\*/\"b\")", 0..7)) {
        let home = TestHome::new();
        let text = format!("{{\"servers\":{{\"a\":{{\"args\":[{}]}}}}}}", parts.join(","));
        home.write(".vscode/mcp.json", text);
        let found = home.find(&McpConfig);
        if !found.credentials.is_empty() {
            let organization = shown(&found)[0].0.to_owned();
            let left = without(&found, &organization).unwrap_or_default();
            prop_assert!(json::object_with_comments(&left).is_ok(), "{}", left);
        }
    }
}
