//! Editors and IDEs.

use super::{CONSENT, MANUAL, Row, row};

/// One of the files that every folder `.idea` has.
const MISC: &str = "<project version=\"4\" />\n";

pub fn rows() -> Vec<Row> {
    let code = |path: &str, text: &str| row("vscode", CONSENT, path, text);
    let settings = "{\n  // for the extension\n  \"azure-devops.organization\": \"https://dev.azure.com/contoso\",\n  \"azure-devops.pat\": \"«token»\",\n}\n";
    let terminal = "{\n  \"terminal.integrated.env.linux\": {\n    \"AZDO_ORG_SERVICE_URL\": \"https://dev.azure.com/contoso\",\n    \"AZDO_PERSONAL_ACCESS_TOKEN\": \"«token»\"\n  }\n}\n";
    let tasks = "{\n  \"version\": \"2.0.0\",\n  \"tasks\": [\n    {\n      \"label\": \"publish\",\n      \"command\": \"npm\",\n      \"options\": { \"env\": { \"AZDO_ORG\": \"contoso\", \"AZDO_PAT\": \"«token»\" } }\n    }\n  ]\n}\n";
    let workspace = "{\n  \"folders\": [{ \"path\": \".\" }],\n  \"settings\": {\n    \"feed\": \"https://dev:«token»@«feed»/pypi/simple/\"\n  }\n}\n";
    let jetbrains = |path: &str, text: &str| row("jetbrains", CONSENT, path, text);
    let run = "<component name=\"ProjectRunConfigurationManager\">\n  <configuration default=\"false\" name=\"App\" type=\"Application\">\n    <envs>\n      <env name=\"AZDO_ORG_SERVICE_URL\" value=\"https://dev.azure.com/contoso\" />\n      <env name=\"AZDO_PERSONAL_ACCESS_TOKEN\" value=\"«token»\" />\n    </envs>\n  </configuration>\n</component>\n";
    let local = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<project version=\"4\">\n  <component name=\"RunManager\">\n    <configuration name=\"App\" type=\"Application\">\n      <envs>\n        <env name=\"AZDO_PAT\" value=\"«token»\" />\n        <env name=\"ORG\" value=\"https://dev.azure.com/contoso\" />\n      </envs>\n    </configuration>\n  </component>\n</project>\n";
    let client = "{\n  \"dev\": {\n    \"host\": \"https://dev.azure.com/contoso\",\n    \"pat\": \"«token»\"\n  }\n}\n";
    let mut rows = vec![
        code("src/app/.vscode/settings.json", settings),
        code("src/app/.vscode/settings.json", settings).tracked(),
        code("src/app/.vscode/tasks.json", tasks),
        code(
            "src/app/.vscode/launch.json",
            "{\n  \"configurations\": [\n    {\n      \"name\": \"App\",\n      \"env\": { \"AZDO_ORG\": \"contoso\", \"AZDO_PAT\": \"«token»\" }\n    }\n  ]\n}\n",
        ),
        code("src/app/app.code-workspace", workspace),
        code(
            ".config/Code/User/settings.json",
            "{\n  \"azure-devops.pat\": \"«token»\"\n}\n",
        )
        .unknown(),
        code(".config/Code/User/settings.json", terminal),
        code(".config/Code/User/tasks.json", tasks),
        jetbrains("src/app/.idea/workspace.xml", local),
        jetbrains("src/app/.idea/runConfigurations/App.xml", run).beside("src/app/.idea/misc.xml", MISC),
        jetbrains("src/app/.idea/runConfigurations/App.xml", run).beside("src/app/.idea/misc.xml", MISC).tracked(),
        jetbrains("src/app/.run/App.run.xml", run),
        jetbrains(
            "src/app/.idea/vcs.xml",
            "<project version=\"4\">\n  <component name=\"GitSettings\">\n    <option name=\"url\" value=\"https://dev:«token»@dev.azure.com/contoso/web/_git/app\" />\n  </component>\n</project>\n",
        ),
        jetbrains(
            ".config/JetBrains/IdeaIC2026.1/options/servers.xml",
            "<application>\n  <component name=\"Servers\">\n    <option name=\"url\" value=\"https://dev:«token»@dev.azure.com/contoso\" />\n  </component>\n</application>\n",
        ),
        jetbrains("src/app/http-client.env.json", client).tracked(),
        jetbrains("src/app/http-client.private.env.json", client),
        jetbrains(
            ".config/JetBrains/IdeaIC2026.1/scratches/builds.http",
            "GET https://dev.azure.com/contoso/_apis/build/builds\nAuthorization: Basic «base64 :»\n",
        ),
        row(
            "jetbrains",
            MANUAL,
            "src/app/.idea/httpRequests/http-requests-log.http",
            "GET https://dev.azure.com/contoso/_apis/projects\nAuthorization: Basic «base64 :»\n\n###\n",
        )
        .beside("src/app/.idea/misc.xml", MISC),
    ];
    for folder in [
        ".config/Code",
        ".config/Code - Insiders",
        ".config/VSCodium",
        ".config/Cursor",
        ".config/Windsurf",
        ".vscode-server/data",
        ".local/share/code-server",
    ] {
        rows.push(code(&format!("{folder}/User/settings.json"), settings));
    }
    rows.push(code(
        ".config/Code/User/profiles/5a1f/settings.json",
        settings,
    ));
    rows
}
