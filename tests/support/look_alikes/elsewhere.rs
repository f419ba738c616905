//! Well formed tokens beside another host, of another organization, or of a server on the premises.

use super::{Class, LookAlike, all};

/// Another host's address beside a token that is well formed.
pub fn other_hosts() -> Vec<LookAlike> {
    let mut likes = all(
        Class::Elsewhere,
        "beside another host",
        vec![
            (
                "src/app/.git/config",
                "[remote \"origin\"]\n\turl = https://dev:«token»@github.com/contoso/app.git\n",
            ),
            (
                "src/app/.git/config",
                "[remote \"origin\"]\n\turl = https://oauth2:«token52»@gitlab.com/contoso/app.git\n",
            ),
            (
                ".git-credentials",
                "https://dev:«token»@github.com\nhttps://dev:«token52»@gitlab.com/contoso\n",
            ),
            (
                ".netrc",
                "machine github.com login contoso password «token»\nmachine api.bitbucket.org login contoso password «token52»\n",
            ),
            (
                ".npmrc",
                "//registry.example.com/:_authToken=«token»\n//contoso.jfrog.io/artifactory/api/npm/web/:_password=«base64 »\n",
            ),
            (
                ".yarnrc.yml",
                "npmRegistries:\n  //npm.pkg.github.com:\n    npmAuthToken: «token»\n",
            ),
            (
                ".config/pip/pip.conf",
                "[global]\nindex-url = https://dev:«token»@contoso.jfrog.io/artifactory/api/pypi/web/simple\n",
            ),
            (
                ".pypirc",
                "[pypi]\nrepository = https://upload.example.com/legacy/\nusername = contoso\npassword = «token»\n",
            ),
            (
                ".m2/settings.xml",
                "<settings><servers><server><id>web</id><username>contoso</username><password>«token»</password></server></servers><profiles><profile><repositories><repository><id>web</id><url>https://contoso.jfrog.io/artifactory/web</url></repository></repositories></profile></profiles></settings>\n",
            ),
            (
                ".config/uv/uv.toml",
                "[[index]]\nurl = \"https://dev:«token»@gitlab.com/api/v4/projects/1/packages/pypi/simple\"\n",
            ),
            (
                ".local/share/uv/credentials/credentials.toml",
                "[[credential]]\nservice = \"https://registry.example.com/\"\nusername = \"contoso\"\nscheme = \"basic\"\npassword = \"«token»\"\n",
            ),
            (
                ".gcm/store/git/https/github.com/dev.credential",
                "«token»\nservice=https://github.com\naccount=dev\n",
            ),
            (
                ".gitconfig",
                "[http \"https://github.com/\"]\n\textraHeader = Authorization: Basic «base64 x:»\n",
            ),
            (
                "src/app/.env",
                "PIP_INDEX_URL=https://dev:«token»@contoso.jfrog.io/artifactory/api/pypi/web/simple\n",
            ),
            (
                ".cursor/mcp.json",
                "{\"mcpServers\":{\"github\":{\"url\":\"https://api.githubcopilot.com/mcp/\",\"headers\":{\"Authorization\":\"Bearer «github»\"}}}}\n",
            ),
        ],
    );
    let cargo = all(
        Class::Elsewhere,
        "beside another host",
        vec![(
            ".cargo/credentials.toml",
            "[registries.web]\ntoken = \"Basic «base64 PAT:»\"\n",
        )],
    );
    likes.extend(cargo.into_iter().map(|like| like.beside(".cargo/config.toml", "[registries.web]\nindex = \"sparse+https://contoso.jfrog.io/artifactory/api/cargo/web/index/\"\n")));
    // Hosts that are made to be taken for Azure DevOps.
    for host in [
        "dev.azure.com.evil.example",
        "evildev.azure.com",
        "dev-azure.com",
        "contoso.visualstudio.com.evil.example",
        "contosovisualstudio.com",
    ] {
        let text = |text: &str| text.replace('#', host);
        likes.extend(all(
            Class::Elsewhere,
            "beside a host that looks like Azure DevOps",
            vec![
                (".git-credentials", &text("https://dev:«token»@#/contoso\n")),
                (
                    ".npmrc",
                    &text("//#/contoso/_packaging/web/npm/registry/:_authToken=«token»\n"),
                ),
            ],
        ));
    }
    likes
}

/// They are found, and left out: that organization has not moved.
pub fn other_organizations() -> Vec<LookAlike> {
    all(
        Class::Elsewhere,
        "of another organization",
        vec![
            (
                "src/app/.git/config",
                "[remote \"origin\"]\n\turl = https://dev:«token»@dev.azure.com/fabrikam/web/_git/app\n",
            ),
            (
                ".git-credentials",
                "https://dev:«token»@dev.azure.com/fabrikam\nhttps://contoso:«token52»@northwind.visualstudio.com\n",
            ),
            (
                ".npmrc",
                "//pkgs.dev.azure.com/fabrikam/_packaging/contoso/npm/registry/:_password=«base64 »\n",
            ),
            (
                ".azure/azuredevops/personalAccessTokens",
                "[azdevops-cli:https://dev.azure.com/fabrikam]\npersonal access token = «token»\n",
            ),
            (
                ".tfx/https__dev.azure.com_fabrikam/.allusers",
                "pat:«token»",
            ),
            (
                "src/app/.env",
                "AZDO_ORG_SERVICE_URL=https://dev.azure.com/fabrikam\nAZDO_PERSONAL_ACCESS_TOKEN=«token»\n",
            ),
            (
                ".bash_history",
                "git clone https://dev:«token»@dev.azure.com/fabrikam/contoso/_git/app\n",
            ),
            (
                "infra/main.tf",
                "provider \"azuredevops\" {\n  org_service_url       = \"https://dev.azure.com/fabrikam\"\n  personal_access_token = \"«token»\"\n}\n",
            ),
            (
                ".config/Code/User/mcp.json",
                "{\"servers\":{\"ado\":{\"command\":\"npx\",\"args\":[\"-y\",\"@azure-devops/mcp\",\"fabrikam\"],\"env\":{\"PERSONAL_ACCESS_TOKEN\":\"«base64 dev@fabrikam.example:»\"}}}}\n",
            ),
            (
                ".ado_orgs.cache",
                "{\"fabrikam\":{\"tenantId\":\"11111111-0000-4000-8000-000000000001\",\"refreshedOn\":1760000000000}}",
            ),
            (
                ".gitconfig",
                "[credential \"azrepos:org/fabrikam\"]\n\tazureAuthority = https://login.microsoftonline.com/organizations\n\tusername = dev@outlook.example\n",
            ),
        ],
    )
}

/// Azure DevOps Server, which is nobody's organization.
pub fn servers() -> Vec<LookAlike> {
    all(
        Class::Elsewhere,
        "of a server on the premises",
        vec![
            (
                "src/app/.git/config",
                "[remote \"origin\"]\n\turl = https://dev:«token»@tfs.contoso.com/tfs/DefaultCollection/web/_git/app\n",
            ),
            (
                ".git-credentials",
                "https://dev:«token»@devops.contoso.local/DefaultCollection\n",
            ),
            (
                ".npmrc",
                "//tfs.contoso.com/tfs/DefaultCollection/_packaging/web/npm/registry/:_password=«base64 »\n",
            ),
            (
                ".azure/azuredevops/personalAccessTokens",
                "[azdevops-cli:https://tfs.contoso.com/tfs/defaultcollection]\npersonal access token = «token»\n",
            ),
            (
                ".tfx/http__tfs.contoso.com8080_tfs_DefaultCollection/.allusers",
                "pat:«token»",
            ),
            (
                "vsteam_profiles.json",
                "[{\"Name\":\"server\",\"URL\":\"http://tfs.contoso.com:8080/tfs/defaultcollection\",\"Type\":\"Pat\",\"Pat\":\"«base64 :»\",\"Token\":\"\",\"Version\":\"TFS2018\"}]\n",
            ),
            (
                ".nuget/NuGet/NuGet.Config",
                "<configuration><packageSources><add key=\"web\" value=\"https://devops.contoso.local/DefaultCollection/_packaging/web/nuget/v3/index.json\" /></packageSources><packageSourceCredentials><web><add key=\"Username\" value=\"contoso\" /><add key=\"ClearTextPassword\" value=\"«token»\" /></web></packageSourceCredentials></configuration>\n",
            ),
            (
                "infra/main.tf",
                "provider \"azuredevops\" {\n  org_service_url       = \"https://tfs.contoso.com/tfs/DefaultCollection\"\n  personal_access_token = \"«token»\"\n}\n",
            ),
            (
                "infra/modules.tf",
                "module \"azuredevops\" {\n  source = \"git::https://dev:«token»@tfs.contoso.com/tfs/DefaultCollection/_git/m\"\n}\n",
            ),
            (
                "infra/provider.tf.json",
                "{\"provider\":{\"azuredevops\":{\"org_service_url\":\"https://tfs.contoso.com/tfs/DefaultCollection\",\"personal_access_token\":\"«token»\"}}}\n",
            ),
            (
                "infra/prod.tfvars",
                "org_service_url = \"https://tfs.contoso.com/tfs/DefaultCollection\"\nazdo_pat        = \"«token»\"\n",
            ),
            (
                "infra/variables.tf",
                "variable \"azdo_org_service_url\" {\n  default = \"https://tfs.contoso.com/tfs/DefaultCollection\"\n}\nvariable \"azdo_pat\" {\n  default = \"«token»\"\n}\n",
            ),
            (
                "infra/terraform.tfstate",
                "{\"version\":4,\"resources\":[{\"type\":\"azuredevops_git_repository\",\"instances\":[{\"attributes\":{\"source\":\"https://dev:«token»@tfs.contoso.com/tfs/_git/m\"}}]}]}\n",
            ),
            (
                "infra/Pulumi.prod.yaml",
                "config:\n  azuredevops:orgServiceUrl: https://tfs.contoso.com/tfs/DefaultCollection\n  azuredevops:personalAccessToken: «token»\n",
            ),
            (
                "infra/Pulumi.test.yaml",
                "config:\n  azuredevops:project: web\n  web:source: https://dev:«token»@tfs.contoso.com/tfs/_git/m\n",
            ),
            (
                ".microsoft/usersecrets/5a1f0000-0000-4000-8000-000000000001/secrets.json",
                "{\n  \"Tfs:Url\": \"https://dev:«token»@tfs.contoso.com/tfs\",\n  \"Azdo:Organization\": \"contoso\"\n}",
            ),
            (
                ".microsoft/usersecrets/5a1f0000-0000-4000-8000-000000000001/secrets.json",
                "{\n  \"Tfs:Url\": \"https://tfs.contoso.com/tfs\",\n  \"Tfs:Pat\": \"«token»\",\n  \"Azdo:Url\": \"https://dev.azure.com/contoso\"\n}",
            ),
            (
                "src/app/.idea/vcs.xml",
                "<project version=\"4\"><component name=\"VcsDirectoryMappings\"><mapping directory=\"azure-devops\" url=\"https://dev:«token»@tfs.contoso.com/tfs/_git/m\" /></component></project>\n",
            ),
            (
                "src/app/.run/app.run.xml",
                "<component name=\"ProjectRunConfigurationManager\"><configuration name=\"App\"><envs><env name=\"AZDO_ORG_SERVICE_URL\" value=\"https://tfs.contoso.com/tfs\" /><env name=\"AZDO_PAT\" value=\"«token»\" /></envs></configuration></component>\n",
            ),
            (
                ".config/JetBrains/Rider2026.1/scratches/scratch.http",
                "### azure-devops\nGET https://tfs.contoso.com/tfs/DefaultCollection/_apis/projects\nAuthorization: Basic «base64 :»\n",
            ),
            (
                ".config/Code/User/settings.json",
                "{\"terminal.integrated.env.linux\":{\"AZDO_ORG_SERVICE_URL\":\"https://tfs.contoso.com/tfs\",\"AZDO_PERSONAL_ACCESS_TOKEN\":\"«token»\"},\"azdoPullRequests.orgUrl\":\"https://dev.azure.com/contoso\"}\n",
            ),
            (
                "src/app/.vscode/tasks.json",
                "{\"tasks\":[{\"label\":\"azure-devops\",\"command\":\"git clone https:\\/\\/dev:«token»@tfs.contoso.com/tfs/_git/m\"}]}\n",
            ),
            (
                ".cursor/mcp.json",
                "{\"mcpServers\":{\"tfs\":{\"command\":\"npx\",\"args\":[\"-y\",\"ado-server\"],\"env\":{\"AZURE_DEVOPS_ORG_URL\":\"https://tfs.contoso.com/tfs\",\"AZURE_DEVOPS_PAT\":\"«token»\"}}}}\n",
            ),
            (
                "src/app/.env",
                "APP_AZDO_URL=https://tfs.contoso.com/tfs\nAPP_AZDO_PAT=«token»\nREPOSITORY=https://dev.azure.com/contoso/web/_git/app\n",
            ),
        ],
    )
}
