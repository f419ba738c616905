//! Variables, shells and files of settings.

use super::{CONSENT, MANUAL, Row, row};

/// Variables that tools read a token from.
const NAMES: &[&str] = &[
    "AZURE_DEVOPS_EXT_PAT",
    "AZURE_DEVOPS_PAT",
    "AZURE_DEVOPS_EXT_GIT_SOURCE_PASSWORD_OR_PAT",
    "AZDO_PAT",
    "ADO_PAT",
    "AZDO_TOKEN",
    "AZDO_PERSONAL_ACCESS_TOKEN",
    "ADO_TOKEN",
    "VSTS_PAT",
    "VSTS_TOKEN",
    "TEAM_PAT",
    "TEAM_TOKEN",
    "SYSTEM_ACCESSTOKEN",
    "ADO_MCP_AUTH_TOKEN",
    "PERSONAL_ACCESS_TOKEN",
    "VSS_NUGET_ACCESSTOKEN",
    "ARTIFACTS_CREDENTIALPROVIDER_ACCESSTOKEN",
    "NPM_TOKEN",
    "FEED_ACCESSTOKEN",
    "GCM_AZREPOS_SP_SECRET",
    "VSTS_AGENT_INPUT_TOKEN",
    "ARTIFACTTOOL_PATVAR",
    "ORG_GRADLE_PROJECT_contosoPassword",
    "TF_VAR_azdo_pat",
    "PAT",
];

const ORGANIZATION: &str = "AZDO_ORG_SERVICE_URL=https://dev.azure.com/contoso\n";

pub fn rows() -> Vec<Row> {
    [names(), addressed(), profiles(), projects(), histories()].concat()
}

fn names() -> Vec<Row> {
    let dotenv = |name: &&str| {
        row(
            "dotenv",
            CONSENT,
            "src/app/.env",
            format!("{ORGANIZATION}{name}=«token»\n"),
        )
    };
    NAMES.iter().map(dotenv).collect()
}

/// Variables that have the address in their value or in another variable.
fn addressed() -> Vec<Row> {
    let profile = |text: &str| row("shell-profile", CONSENT, ".bashrc", text);
    let endpoints = |name: &str| {
        format!(
            "export {name}='{{\"endpointCredentials\":[{{\"endpoint\":\"https://«feed»/nuget/v3/index.json\",\"username\":\"dev\",\"password\":\"«token»\"}}]}}'\n"
        )
    };
    vec![
        profile(&endpoints("VSS_NUGET_EXTERNAL_FEED_ENDPOINTS")),
        profile(&endpoints(
            "ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS",
        )),
        profile(
            "export VSS_NUGET_URI_PREFIXES=https://pkgs.dev.azure.com/contoso/\nexport VSS_NUGET_ACCESSTOKEN=«token»\n",
        ),
        profile("export PIP_INDEX_URL=https://dev:«token»@«feed»/pypi/simple/\n"),
        profile("export PIP_EXTRA_INDEX_URL=\"https://«token»@«feed»/pypi/simple/\"\n"),
        profile("export UV_EXTRA_INDEX_URL=https://dev:«token»@«feed»/pypi/simple/\n"),
        profile(
            "export UV_INDEX=web=https://«feed»/pypi/simple/\nexport UV_INDEX_WEB_USERNAME=dev\nexport UV_INDEX_WEB_PASSWORD=«token»\n",
        ),
        profile(
            "export POETRY_REPOSITORIES_WEB_URL=https://«feed»/pypi/upload/\nexport POETRY_HTTP_BASIC_WEB_PASSWORD=«token»\n",
        ),
        profile(
            "export CARGO_REGISTRIES_WEB_INDEX=sparse+https://«feed»/Cargo/index/\nexport CARGO_REGISTRIES_WEB_TOKEN=\"Basic «base64 PAT:»\"\n",
        ),
        profile(
            "export NuGetPackageSourceCredentials_web=\"Username=dev;Password=«token»\"\nexport FEED_URL=https://«feed»/nuget/v3/index.json\n",
        ),
        profile(
            "export GIT_CONFIG_COUNT=1\nexport GIT_CONFIG_KEY_0=http.https://dev.azure.com/contoso.extraHeader\nexport GIT_CONFIG_VALUE_0=\"Authorization: Basic «base64 :»\"\n",
        ),
        profile("export VSCE_PAT=«token»\n").unknown(),
        profile("export AZURE_DEVOPS_EXT_PAT=«token»\n").unknown(),
        profile("export TEAM_ACCT=contoso\nexport TEAM_PAT=«base64 :»\n"),
    ]
}

fn profiles() -> Vec<Row> {
    let text = "export AZDO_ORG_SERVICE_URL=https://dev.azure.com/contoso\nexport AZDO_PERSONAL_ACCESS_TOKEN=\"«token»\"\n";
    let mut rows: Vec<_> = [
        ".bashrc",
        ".bash_profile",
        ".bash_login",
        ".bash_aliases",
        ".profile",
        ".kshrc",
        ".xprofile",
        ".zshrc",
        ".zshenv",
        ".zprofile",
        ".zlogin",
    ]
    .iter()
    .map(|path| row("shell-profile", CONSENT, path, text))
    .collect();
    rows.extend([
        row("shell-profile", CONSENT, ".config/fish/config.fish", "set -gx AZDO_ORG_SERVICE_URL https://dev.azure.com/contoso\nset -gx AZDO_PERSONAL_ACCESS_TOKEN «token»\n"),
        row("shell-profile", CONSENT, ".config/fish/conf.d/azure.fish", "set -x AZDO_ORG contoso; set -x AZDO_PAT «token»\n"),
        row("shell-profile", CONSENT, ".config/fish/fish_variables", "# VERSION: 3.0\nSETUVAR --export AZDO_ORG:contoso\nSETUVAR --export AZDO_PAT:«token»\n"),
        row("shell-profile", CONSENT, ".config/powershell/Microsoft.PowerShell_profile.ps1", "$env:AZDO_ORG_SERVICE_URL = \"https://dev.azure.com/contoso\"\n$env:AZDO_PERSONAL_ACCESS_TOKEN = \"«token»\"\n"),
        row("shell-profile", CONSENT, ".config/nushell/env.nu", "$env.AZDO_ORG_SERVICE_URL = \"https://dev.azure.com/contoso\"\n$env.AZDO_PERSONAL_ACCESS_TOKEN = \"«token»\"\n"),
        row("shell-profile", CONSENT, ".config/shell/azure.sh", text).beside(".bashrc", "[ -f ~/.config/shell/azure.sh ] && . ~/.config/shell/azure.sh\n"),
        row("shell-profile", CONSENT, ".bashrc", text).tracked(),
        row("shell-profile", MANUAL, ".bashrc", "export AZDO_ORG=contoso\nalias builds='curl -u :«token» https://dev.azure.com/contoso/_apis/build/builds'\n"),
        row("environment", CONSENT, ".config/environment.d/50-azure.conf", format!("{ORGANIZATION}AZDO_PERSONAL_ACCESS_TOKEN=«token»\n")),
        row("environment", CONSENT, ".pam_environment", "AZDO_ORG_SERVICE_URL DEFAULT=https://dev.azure.com/contoso\nAZDO_PERSONAL_ACCESS_TOKEN DEFAULT=«token»\n"),
    ]);
    rows
}

fn projects() -> Vec<Row> {
    let text = format!("{ORGANIZATION}AZDO_PERSONAL_ACCESS_TOKEN=«token»\n");
    let dotenv = |path: &str, text: &str| row("dotenv", CONSENT, path, text);
    vec![
        dotenv("src/app/.env.local", &text),
        dotenv("src/app/dev.env", &text),
        dotenv(".env", &text),
        dotenv("src/app/.env", &text).untracked(),
        dotenv("src/app/.env", &text).tracked(),
        dotenv(
            "src/app/.env",
            "AZDO_HEADER=\"Basic «base64 :»\"\nAZDO_ORG=contoso\n",
        ),
        dotenv(
            "src/app/.env",
            "PIP_INDEX_URL=https://dev:«token»@«feed»/pypi/simple/\n",
        ),
        dotenv(
            "src/app/.envrc",
            "export AZDO_ORG=contoso\nexport AZDO_PAT=«token»\n",
        ),
        dotenv(
            "src/app/.envrc",
            "export AZDO_ORG=contoso\nexport AZDO_PAT=«token»\n",
        )
        .tracked(),
        dotenv(
            "src/app/mise.toml",
            "[env]\nAZDO_ORG = \"contoso\"\nAZDO_PAT = \"«token»\"\n",
        ),
        dotenv(
            "src/app/.mise.toml",
            "[env]\nAZDO_ORG = \"contoso\"\nAZDO_PAT = \"«token»\"\n",
        ),
        dotenv(
            ".config/mise/config.toml",
            "[env]\nAZDO_ORG = \"contoso\"\nAZDO_PAT = \"«token»\"\n",
        ),
    ]
}

fn histories() -> Vec<Row> {
    let history = |path: &str, text: &str| row("shell-history", MANUAL, path, text);
    vec![
        history(
            ".bash_history",
            "ls\ngit clone https://dev:«token»@dev.azure.com/contoso/web/_git/app\n",
        ),
        history(
            ".bash_history",
            "echo «token» | az devops login --organization https://dev.azure.com/contoso\n",
        ),
        history(
            ".bash_history",
            "curl -H 'Authorization: Basic «base64 :»' https://dev.azure.com/contoso/_apis/projects\n",
        ),
        history(".bash_history", "export AZDO_PAT=«token»\n").unknown(),
        history(
            ".zsh_history",
            ": 1767225600:0;curl -u :«token» https://contoso.visualstudio.com/_apis/projects\n",
        ),
        history(
            ".local/share/fish/fish_history",
            "- cmd: git clone https://«token»@dev.azure.com/contoso/web/_git/app\n  when: 1767225600\n",
        ),
        history(
            ".local/share/powershell/PSReadLine/ConsoleHost_history.txt",
            "Set-VSTeamAccount -Account https://dev.azure.com/contoso -PersonalAccessToken «token»\n",
        ),
        history(
            ".config/nushell/history.txt",
            "curl -u :«token» https://dev.azure.com/contoso/_apis/projects\n",
        ),
        history(
            ".python_history",
            "requests.get('https://dev.azure.com/contoso/_apis/projects', auth=('', '«token»'))\n",
        ),
        history(
            ".node_repl_history",
            "fetch('https://dev:«token»@dev.azure.com/contoso/_apis/projects')\n",
        ),
    ]
}
