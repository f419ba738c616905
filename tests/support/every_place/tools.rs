//! Command-line tools, kits for developers, sign-ins and agents.

use super::{AUTOMATIC, CONSENT, Holds, MANUAL, Row, row};

pub fn rows() -> Vec<Row> {
    [
        azure(),
        publishing(),
        infrastructure(),
        assistants(),
        secrets_and_agents(),
    ]
    .concat()
}

fn azure() -> Vec<Row> {
    let tokens = ".azure/azuredevops/personalAccessTokens";
    let devops = |path: &str, text: &str| row("azure-cli-devops", AUTOMATIC, path, text);
    let record = "{\n    \"AccessToken\": {\n        \"oid.tenant-login.microsoftonline.com-accesstoken-04b07795-tenant-499b84ac-1321-427f-aa17-267ca6975798/.default\": {\n            \"credential_type\": \"AccessToken\",\n            \"secret\": \"«token»\",\n            \
         \"environment\": \"login.microsoftonline.com\",\n            \"target\": \"499b84ac-1321-427f-aa17-267ca6975798/.default\",\n            \"realm\": \"«tenant»\",\n            \"token_type\": \"Bearer\"\n        }\n    },\n    \"RefreshToken\": {}\n}";
    let of_adal = "[{\"tokenType\": \"Bearer\", \"expiresIn\": 3599, \"resource\": \"499b84ac-1321-427f-aa17-267ca6975798\", \"accessToken\": \"«token»\", \"refreshToken\": \"0.opaque\", \"_authority\": \"https://login.microsoftonline.com/«tenant»\"}]";
    let cache = |store: &'static str, path: &str, text: &str| {
        row(store, MANUAL, path, text)
            .holds(Holds::SignIn, "access-token")
            .unknown()
    };
    vec![
        devops(
            tokens,
            "[azdevops-cli:https://dev.azure.com/contoso]\npersonal access token = «token»\n\n",
        ),
        devops(
            tokens,
            "[azdevops-cli:https://contoso.visualstudio.com]\nPersonal Access Token=«token»\n",
        ),
        devops(
            tokens,
            "[azdevops-cli: default]\npersonal access token = «token»\n\n",
        )
        .beside(
            ".azure/azuredevops/config",
            "[defaults]\norganization = https://dev.azure.com/contoso\n",
        ),
        row(
            "azure-cli-devops",
            CONSENT,
            tokens,
            "[azdevops-cli: default]\npersonal access token = «token»\n\n",
        )
        .unknown(),
        devops(
            ".vsts/cli/personalAccessTokens",
            "[azdevops-cli:https://dev.azure.com/contoso]\npersonal access token = «token»\n",
        ),
        cache("azure-cli", ".azure/msal_token_cache.json", record),
        cache("azure-cli", ".azure/accessTokens.json", of_adal),
        cache("azure-cli", ".azd/auth/msal/cache1.json", record),
        cache("msal-cache", ".local/.IdentityService/msal.cache", record),
        cache("msal-cache", ".gcm/msal/app.cache", record),
        cache(
            "msal-cache",
            ".local/share/MicrosoftCredentialProvider/MSALTokenCache.dat",
            record,
        ),
    ]
}

fn publishing() -> Vec<Row> {
    let profile = |secret: &str| {
        format!(
            "[\n  {{\n    \"Name\": \"work\",\n    \"URL\": \"https://dev.azure.com/contoso\",\n    \"Type\": \"Pat\",\n    {secret},\n    \"Version\": \"VSTS\"\n  }}\n]\n"
        )
    };
    let vsteam = |secret: &str| row("vsteam", CONSENT, "vsteam_profiles.json", profile(secret));
    vec![
        row(
            "tfx",
            AUTOMATIC,
            ".tfx/https__dev.azure.com_contoso/.allusers",
            "pat:«token»",
        ),
        row(
            "tfx",
            AUTOMATIC,
            ".tfx/https__contoso.visualstudio.com_DefaultCollection/.allusers",
            "pat:«token»",
        ),
        row(
            "tfx",
            AUTOMATIC,
            ".tfx/https__dev.azure.com_contoso_/.allusers",
            "basic:dev:«token»",
        ),
        row(
            "tfx",
            CONSENT,
            ".tfx/https__marketplace.visualstudio.com/.allusers",
            "pat:«token»",
        )
        .unknown(),
        row(
            "vsce",
            CONSENT,
            ".vsce",
            "{\"publishers\":[{\"name\":\"contoso\",\"pat\":\"«token»\"}]}",
        )
        .unknown(),
        vsteam("\"Pat\": \"«base64 :»\",\n    \"Token\": \"\""),
        vsteam("\"Pat\": \"«token»\",\n    \"Token\": \"\""),
        vsteam("\"Pat\": \"\",\n    \"Token\": \"«token»\"").holds(Holds::Bearer, "access-token"),
    ]
}

fn infrastructure() -> Vec<Row> {
    let provider = |more: &str| {
        format!(
            "provider \"azuredevops\" {{\n  org_service_url       = \"https://dev.azure.com/contoso\"\n  {more}\n}}\n"
        )
    };
    let token = provider("personal_access_token = \"«token»\"");
    let values = "org_service_url = \"https://dev.azure.com/contoso\"\nazdo_pat = \"«token»\"\n";
    let terraform = |path: &str, text: &str| row("terraform", CONSENT, path, text);
    let by_hand = |path: &str, text: &str| row("terraform", MANUAL, path, text);
    let state = "{\n  \"version\": 4,\n  \"resources\": [\n    {\n      \"type\": \"azuredevops_serviceendpoint_azurecr\",\n      \"instances\": [\n        {\n          \"attributes\": {\n            \"url\": \"https://dev.azure.com/contoso\",\n            \"personal_access_token\": \"«token»\"\n          }\n        }\n      ]\n    }\n  ]\n}\n";
    let stack = "config:\n  azuredevops:orgServiceUrl: https://dev.azure.com/contoso\n  azuredevops:personalAccessToken: «token»\n";
    vec![
        terraform("infra/main.tf", &token),
        terraform("infra/main.tofu", &token),
        terraform("infra/main.tf", &token).tracked(),
        terraform(
            "infra/main.tf.json",
            "{\n  \"provider\": {\n    \"azuredevops\": {\n      \"org_service_url\": \"https://dev.azure.com/contoso\",\n      \"personal_access_token\": \"«token»\"\n    }\n  }\n}\n",
        ),
        terraform(
            "infra/main.tf",
            "module \"web\" {\n  source = \"git::https://dev:«token»@dev.azure.com/contoso/web/_git/modules?ref=1\"\n}\n",
        ),
        terraform("infra/main.tf", &provider("tenant_id = \"«tenant»\""))
            .holds(Holds::Tenant, "pinned-tenant"),
        terraform("infra/terraform.tfvars", values),
        terraform("infra/prod.auto.tfvars", values),
        terraform("infra/prod.tfvars", "azdo_pat = \"«token»\"\n").unknown(),
        terraform(
            "infra/terraform.tfvars.json",
            "{\n  \"org_service_url\": \"https://dev.azure.com/contoso\",\n  \"azdo_pat\": \"«token»\"\n}\n",
        ),
        by_hand("infra/terraform.tfstate", state),
        by_hand("infra/terraform.tfstate.backup", state),
        by_hand("app/Pulumi.dev.yaml", "config:\n  azuredevops:orgServiceUrl: https://dev.azure.com/contoso\n  azuredevops:personalAccessToken:\n    secure: AAABAJ0m1uO5kQ==\n")
            .holds(Holds::Written, "password"),
        by_hand("app/Pulumi.dev.yaml", stack),
        by_hand("app/Pulumi.dev.yaml", stack).tracked(),
    ]
}

fn assistants() -> Vec<Row> {
    let cache = "{\n  \"contoso\": {\n    \"tenantId\": \"«tenant»\",\n    \"refreshedOn\": 1793577600000\n  }\n}";
    let server = |member: &str, env: &str| {
        format!(
            "{{\n  \"{member}\": {{\n    \"ado\": {{\n      \"command\": \"npx\",\n      \"args\": [\"-y\", \"@azure-devops/mcp\", \"contoso\", \"--authentication\", \"pat\"],\n      \"env\": {{ {env} }}\n    }}\n  }}\n}}\n"
        )
    };
    let basic = "\"PERSONAL_ACCESS_TOKEN\": \"«base64 dev@contoso.example:»\"";
    let servers = server("mcpServers", basic);
    let own = |path: &str, text: &str| row("mcp-config", CONSENT, path, text);
    let mut rows = vec![
        row("mcp-tenant-cache", AUTOMATIC, ".ado_orgs.cache", cache).holds(Holds::Tenant, "tenant-cache"),
        row("mcp-tenant-cache", CONSENT, ".ado_orgs.cache", "{\n  \"contoso\": {\n    \"tenantId\": \"«tenant»\",\n    \"token\": \"«token»\"\n  }\n}"),
        own(".config/Code/User/mcp.json", &server("servers", basic)),
        own(".config/Code/User/settings.json", &format!("{{\n  // mine\n  \"mcp\": {}}}\n", server("servers", basic))),
        own("src/app/.vscode/mcp.json", &server("servers", basic)),
        own("src/app/.vscode/mcp.json", &server("servers", basic)).tracked(),
        own("src/app/.mcp.json", &servers).tracked(),
        own(".cursor/mcp.json", "{\"mcpServers\":{\"ado\":{\"url\":\"https://mcp.dev.azure.com/contoso\",\"headers\":{\"Authorization\":\"Basic «base64 :»\"}}}}\n"),
        own(".cursor/mcp.json", "{\"mcpServers\":{\"ado\":{\"url\":\"https://mcp.dev.azure.com/contoso\",\"headers\":{\"Authorization\":\"Bearer «token»\"}}}}\n")
            .holds(Holds::Bearer, "access-token"),
        own(".cursor/mcp.json", "{\"mcpServers\":{\"ado\":{\"command\":\"npx\",\"args\":[\"-y\",\"@azure-devops/mcp\",\"contoso\",\"--tenant\",\"«tenant»\"]}}}\n")
            .holds(Holds::Tenant, "pinned-tenant"),
        own(".cursor/mcp.json", "{\"mcpServers\":{\"ado\":{\"command\":\"npx\",\"args\":[\"-y\",\"azure-devops-mcp\",\"--pat\",\"«token»\"],\"env\":{\"AZURE_DEVOPS_ORG_URL\":\"https://dev.azure.com/contoso\"}}}}\n"),
    ];
    for path in [
        ".cursor/mcp.json",
        ".config/Claude/claude_desktop_config.json",
        ".claude.json",
        ".copilot/mcp-config.json",
        ".codeium/windsurf/mcp_config.json",
        ".gemini/settings.json",
        ".mcp.json",
        "src/app/.mcp.json",
        "src/app/.cursor/mcp.json",
    ] {
        rows.push(own(path, &servers));
    }
    for name in [
        "AZURE_DEVOPS_PAT",
        "AZDO_PAT",
        "ADO_PAT",
        "AZURE_DEVOPS_EXT_PAT",
        "ADO_MCP_AUTH_TOKEN",
    ] {
        rows.push(own(
            ".mcp.json",
            &server("mcpServers", &format!("\"{name}\": \"«token»\"")),
        ));
    }
    rows
}

fn secrets_and_agents() -> Vec<Row> {
    let file = ".microsoft/usersecrets/5a1f0000-0000-4000-8000-000000000001/secrets.json";
    let secrets = |text: &str| row("dotnet-user-secrets", CONSENT, file, text);
    let agent = "\u{feff}{\r\n  \"agentId\": 9,\r\n  \"agentName\": \"box\",\r\n  \"poolId\": 1,\r\n  \"serverUrl\": \"https://dev.azure.com/contoso/\",\r\n  \"workFolder\": \"_work\"\r\n}";
    vec![
        secrets("{\n  \"AzureDevOps:OrganizationUrl\": \"https://dev.azure.com/contoso\",\n  \"AzureDevOps:PersonalAccessToken\": \"«token»\"\n}"),
        secrets("{\n  \"AzureDevOps\": {\n    \"Organization\": \"contoso\",\n    \"Header\": \"Basic «base64 :»\"\n  }\n}"),
        secrets("{\n  \"Repository\": \"https://dev:«token»@dev.azure.com/contoso/web/_git/app\"\n}"),
        secrets("{\n  \"Pat\": \"«token»\"\n}").unknown(),
        row("pipelines-agent", MANUAL, "agent/.credentials", "\u{feff}{\r\n  \"scheme\": \"PAT\",\r\n  \"data\": {\r\n    \"token\": \"«token»\"\r\n  }\r\n}").beside("agent/.agent", agent),
    ]
}
