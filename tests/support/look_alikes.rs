//! What only looks like a credential of `contoso`: nothing of it may be listed.

#[path = "look_alikes/elsewhere.rs"]
mod elsewhere;

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha512};

use super::planting::{Text, before, write};
use super::support::tokens::{jwt, pat52_of, pat84_of};

/// Why it is not ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// It is no secret at all: a sample, a hash, a variable, a comment.
    NoSecret,
    /// It has the form of a secret, but of another service.
    OtherService,
    /// It is a well formed token of Azure DevOps that stands beside another host, server or organization.
    Elsewhere,
}

impl Class {
    pub fn name(self) -> &'static str {
        match self {
            Self::NoSecret => "no secret",
            Self::OtherService => "secret of another service",
            Self::Elsewhere => "token of elsewhere",
        }
    }
}

/// One file, which its tool would read, in a home of its own.
#[derive(Debug)]
pub struct LookAlike {
    pub class: Class,
    pub what: &'static str,
    pub path: &'static str,
    text: Text,
    beside: Vec<(&'static str, Text)>,
}

impl LookAlike {
    fn beside(mut self, path: &'static str, text: &str) -> Self {
        self.beside.push((path, Text::new(text)));
        self
    }

    /// Lays the files below a home, all of before the connection.
    pub fn lay(&self, home: &Path, number: usize) {
        for (path, text) in self.files(number) {
            write(home, path, &text, before());
        }
    }

    /// Its files and what they hold.
    pub fn files(&self, number: usize) -> Vec<(&'static str, String)> {
        let bytes: [u8; 64] = Sha512::digest(format!("look-alike {number}")).into();
        let old = pat84_of('C', 'C', &bytes);
        let fill = |text: &Text| text.fill(&old, |mark| Some(value(mark, bytes))).text;
        let beside = self.beside.iter();
        let beside = beside.map(|(path, text)| (*path, fill(text)));
        beside.chain([(self.path, fill(&self.text))]).collect()
    }
}

/// Marks beside those of every planted text.
fn value(mark: &str, bytes: [u8; 64]) -> String {
    let (long, short) = (
        pat84_of('C', 'C', &bytes),
        pat52_of(bytes[..32].try_into().unwrap()),
    );
    let letters = |alphabet: &[u8], length: usize| -> String {
        let all = bytes.iter();
        all.take(length)
            .map(|byte| char::from(alphabet[usize::from(*byte) % alphabet.len()]))
            .collect()
    };
    match mark {
        "token52" => short,
        "wrong84" => wrong(&long, 83),
        "wrong52" => wrong(&short, 20),
        // The layout is another version's, the checksum whatever it is.
        "layout84" => long.replace("JQQJ99", "JQQJ98"),
        "version84" => long.replace("JQQJ99", "JQQJ96"),
        "hash" => letters(b"0123456789abcdef", 40),
        "hash52" => letters(b"0123456789abcdef", 52),
        "hash64" => letters(b"0123456789abcdef", 64),
        "totp" => letters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 52),
        "base32" => letters(b"abcdefghijklmnopqrstuvwxyz234567", 52),
        "word52" => letters(b"abcdefghijklmnopqrstuvwxyz0123456789", 52),
        "key" => STANDARD.encode(bytes),
        "client" => format!(
            "abc8Q~{}",
            letters(
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                34
            )
        ),
        "github" => [
            "gh",
            "p_",
            &letters(
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                36,
            ),
        ]
        .concat(),
        "gitlab" => [
            "glp",
            "at-",
            &letters(
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                20,
            ),
        ]
        .concat(),
        "graph" => jwt(
            r#"{"aud":"https://graph.microsoft.com","iss":"https://sts.windows.net/11111111-0000-4000-8000-000000000001/","exp":4000000000,"tid":"11111111-0000-4000-8000-000000000001"}"#,
        ),
        "management" => jwt(
            r#"{"aud":"https://management.azure.com/","exp":1700000000,"tid":"11111111-0000-4000-8000-000000000001"}"#,
        ),
        _ => panic!("«{mark}»"),
    }
}

/// The text with another letter at one place.
fn wrong(text: &str, at: usize) -> String {
    let other = if text.as_bytes()[at] == b'b' {
        "c"
    } else {
        "b"
    };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}

/// Every look-alike.
pub fn look_alikes() -> Vec<LookAlike> {
    [
        checksums(),
        elsewhere::other_hosts(),
        elsewhere::other_organizations(),
        elsewhere::servers(),
        samples(),
        hashes(),
        variables(),
        other_secrets(),
        comments(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn all(class: Class, what: &'static str, files: Vec<(&'static str, &str)>) -> Vec<LookAlike> {
    let like = |(path, text): (&'static str, &str)| LookAlike {
        class,
        what,
        path,
        text: Text::new(text),
        beside: Vec::new(),
    };
    files.into_iter().map(like).collect()
}

/// Right letters, wrong sum or layout, where no address makes them a password.
fn checksums() -> Vec<LookAlike> {
    let mut likes = Vec::new();
    for (what, mark) in [
        ("wrong checksum, 84", "«wrong84»"),
        ("wrong checksum, 52", "«wrong52»"),
        ("another layout, 84", "«layout84»"),
        ("another version, 84", "«version84»"),
    ] {
        let text = |text: &str| text.replace('#', mark);
        likes.extend(all(
            Class::NoSecret,
            what,
            vec![
                (".bashrc", &text("export BUILD_ID=#\n")),
                (
                    "src/app/.env",
                    &text("SESSION_ID=#\nAZDO_ORG_SERVICE_URL=https://dev.azure.com/contoso\n"),
                ),
                (
                    ".bash_history",
                    &text("./find-build # --in https://dev.azure.com/contoso\n"),
                ),
                ("infra/prod.tfvars", &text("artifact = \"#\"\n")),
            ],
        ));
    }
    likes
}

/// What documents write where a token goes.
fn samples() -> Vec<LookAlike> {
    all(
        Class::NoSecret,
        "a sample",
        vec![
            (
                ".bashrc",
                "export AZURE_DEVOPS_EXT_PAT=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n",
            ),
            (
                "src/app/.env",
                "AZDO_PAT=abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst\n",
            ),
            (
                "src/app/.env.example",
                "AZDO_PERSONAL_ACCESS_TOKEN=your-personal-access-token\nAZDO_ORG_SERVICE_URL=https://dev.azure.com/contoso\n",
            ),
            ("src/app/.env.sample", "AZURE_DEVOPS_EXT_PAT=<PAT>\n"),
            (
                "infra/terraform.tfvars",
                "azdo_pat = \"PASTE_YOUR_PAT_HERE\"\n",
            ),
            (".config/fish/config.fish", "set -gx AZDO_PAT changeme\n"),
            (
                ".bash_history",
                "curl -u :YOUR_PAT https://dev.azure.com/contoso/_apis/projects\n",
            ),
            (
                "src/app/.vscode/settings.json",
                "{\n  \"azure-devops.pat\": \"\"\n}\n",
            ),
        ],
    )
}

/// Hexadecimal and base32 of the length of a token.
fn hashes() -> Vec<LookAlike> {
    let mut likes = all(
        Class::NoSecret,
        "a hash",
        vec![
            (
                "src/app/.env",
                "COMMIT=«hash»\nDIGEST=«hash52»\nIMAGE=sha256:«hash64»\n",
            ),
            (
                ".bash_history",
                "git checkout «hash»\nipfs get «base32»\nsha256sum -c «hash64»\n",
            ),
            (
                ".bashrc",
                "export CACHE_KEY=«word52»\nexport ETAG=«hash52»\n",
            ),
            ("infra/prod.tfvars", "image_digest = \"«hash52»\"\n"),
            (
                "src/app/requirements.txt",
                "requests==2.32 --hash=sha256:«hash64»\n",
            ),
            (
                "src/app/poetry.lock",
                "[[package]]\nname = \"web\"\nfiles = [{file = \"web.whl\", hash = \"sha256:«hash64»\"}]\n",
            ),
            (".gradle/gradle.properties", "buildHash=«base32»\n"),
        ],
    );
    likes.extend(all(
        Class::OtherService,
        "a secret for one-time passwords",
        vec![
            ("src/app/.env", "TOTP_SECRET=«totp»\n"),
            (".bash_history", "oathtool --totp -b «base32»\n"),
            (
                ".microsoft/usersecrets/5a1f0000-0000-4000-8000-000000000001/secrets.json",
                "{\n  \"Otp:Secret\": \"«totp»\"\n}",
            ),
        ],
    ));
    likes
}

/// The secret is somewhere else.
fn variables() -> Vec<LookAlike> {
    all(
        Class::NoSecret,
        "a variable",
        vec![
            (
                ".npmrc",
                "//«feed»/npm/registry/:_authToken=${NPM_TOKEN}\n//«feed»/npm/:_password=${PAT_BASE64}\n",
            ),
            (
                ".yarnrc.yml",
                "npmRegistries:\n  //«feed»/npm/registry:\n    npmAuthToken: \"${AZDO_PAT:-}\"\n",
            ),
            (
                ".config/pip/pip.conf",
                "[global]\nindex-url = https://dev:${AZDO_PAT}@«feed»/pypi/simple/\n",
            ),
            (
                "src/app/requirements.txt",
                "--extra-index-url https://${AZDO_PAT}@«feed»/pypi/simple/\n",
            ),
            (
                ".pypirc",
                "[web]\nrepository = https://«feed»/pypi/upload/\nusername = dev\npassword = ${AZDO_PAT}\n",
            ),
            (
                "src/app/nuget.config",
                "<configuration><packageSources><add key=\"web\" value=\"https://«feed»/nuget/v3/index.json\" /></packageSources><packageSourceCredentials><web><add key=\"Username\" value=\"dev\" /><add key=\"ClearTextPassword\" value=\"%AZDO_PAT%\" /></web></packageSourceCredentials></configuration>\n",
            ),
            (
                ".m2/settings.xml",
                "<settings><servers><server><id>web</id><username>contoso</username><password>${env.AZDO_PAT}</password></server></servers><profiles><profile><repositories><repository><id>web</id><url>https://«feed»/maven/v1</url></repository></repositories></profile></profiles></settings>\n",
            ),
            (
                "src/app/build.gradle",
                "repositories {\n  maven {\n    url 'https://«feed»/maven/v1'\n    credentials {\n      username 'contoso'\n      password System.getenv('AZDO_PAT')\n    }\n  }\n}\n",
            ),
            (
                ".bashrc",
                "export AZURE_DEVOPS_EXT_PAT=$(pass show azure)\nexport AZDO_PAT=\"$AZURE_DEVOPS_EXT_PAT\"\n",
            ),
            (
                "infra/main.tf",
                "provider \"azuredevops\" {\n  org_service_url       = \"https://dev.azure.com/contoso\"\n  personal_access_token = var.azdo_pat\n}\n",
            ),
            (
                "src/app/.vscode/mcp.json",
                "{\"servers\":{\"ado\":{\"command\":\"npx\",\"args\":[\"-y\",\"@azure-devops/mcp\",\"contoso\"],\"env\":{\"PERSONAL_ACCESS_TOKEN\":\"${input:pat}\"}}}}\n",
            ),
            (
                "src/app/.mcp.json",
                "{\"mcpServers\":{\"ado\":{\"url\":\"https://mcp.dev.azure.com/contoso\",\"headers\":{\"Authorization\":\"Bearer ${ADO_TOKEN}\"}}}}\n",
            ),
            (
                ".git-credentials",
                "https://contoso@dev.azure.com/contoso\n",
            ),
            (
                "src/app/.git/config",
                "[remote \"origin\"]\n\turl = https://contoso@dev.azure.com/contoso/web/_git/app\n",
            ),
        ],
    )
}

/// Of Azure and of others, in places where Azure DevOps' stand too.
fn other_secrets() -> Vec<LookAlike> {
    all(
        Class::OtherService,
        "another service's secret",
        vec![
            (
                "src/app/.env",
                "AZURE_STORAGE_CONNECTION_STRING=DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=«key»;EndpointSuffix=core.windows.net\n",
            ),
            (
                "src/app/.env",
                "COSMOS_ENDPOINT=https://contoso.documents.azure.com:443/\nCOSMOS_KEY=«key»\n",
            ),
            (
                "src/app/.env",
                "AZURE_TENANT_ID=11111111-0000-4000-8000-000000000001\nAZURE_CLIENT_SECRET=«client»\n",
            ),
            (
                ".bashrc",
                "export ARM_CLIENT_SECRET=«client»\nexport GITHUB_TOKEN=«github»\n",
            ),
            (
                "infra/terraform.tfvars",
                "client_secret = \"«client»\"\nstorage_key = \"«key»\"\n",
            ),
            (
                "src/app/.env",
                "AZURE_DEVOPS_EXT_GITHUB_PAT=«github»\nAZDO_GITHUB_SERVICE_CONNECTION_PAT=«github»\n",
            ),
            (
                "src/app/.env",
                "GITLAB_TOKEN=«gitlab»\nGRAPH_TOKEN=«graph»\n",
            ),
            (
                ".bash_history",
                "curl -H 'Authorization: Bearer «graph»' https://graph.microsoft.com/v1.0/me\n",
            ),
            (
                ".azure/msal_token_cache.json",
                "{\"AccessToken\":{\"k\":{\"credential_type\":\"AccessToken\",\"secret\":\"«management»\",\"target\":\"https://management.core.windows.net//.default\",\"realm\":\"11111111-0000-4000-8000-000000000001\"}},\"RefreshToken\":{\"r\":{\"secret\":\"0.opaque\"}}}",
            ),
            (
                ".azure/accessTokens.json",
                "[{\"tokenType\":\"Bearer\",\"resource\":\"https://management.core.windows.net/\",\"accessToken\":\"«management»\",\"refreshToken\":\"0.opaque\"}]",
            ),
            (
                ".docker/config.json",
                "{\"auths\":{\"contoso.azurecr.io\":{\"auth\":\"«base64 dev:»\"}}}\n",
            ),
            (
                ".microsoft/usersecrets/5a1f0000-0000-4000-8000-000000000001/secrets.json",
                "{\n  \"Storage:Key\": \"«key»\",\n  \"AzureAd:ClientSecret\": \"«client»\"\n}",
            ),
        ],
    )
}

/// A tool does not read them; `--deep` does.
fn comments() -> Vec<LookAlike> {
    all(
        Class::Elsewhere,
        "commented out",
        vec![
            (
                ".npmrc",
                ";//«feed»/npm/registry/:_authToken=«token»\n# //«feed»/npm/:_password=«base64 »\n",
            ),
            (".bashrc", "# export AZURE_DEVOPS_EXT_PAT=«token»\n"),
            (
                "src/app/.env",
                "AZDO_ORG_SERVICE_URL=https://dev.azure.com/contoso\n# AZDO_PERSONAL_ACCESS_TOKEN=«token»\n",
            ),
            (
                ".gitconfig",
                "[http \"https://dev.azure.com/contoso\"]\n\t; extraHeader = Authorization: Basic «base64 :»\n",
            ),
            (
                ".config/pip/pip.conf",
                "[global]\n# index-url = https://dev:«token»@«feed»/pypi/simple/\n",
            ),
            (
                "src/app/nuget.config",
                "<configuration><!-- <packageSourceCredentials><web><add key=\"ClearTextPassword\" value=\"«token»\" /></web></packageSourceCredentials> --></configuration>\n",
            ),
            (
                "infra/main.tf",
                "provider \"azuredevops\" {\n  org_service_url = \"https://dev.azure.com/contoso\"\n  # personal_access_token = \"«token»\"\n}\n",
            ),
            (".gradle/gradle.properties", "#contosoPassword=«token»\n"),
            (
                ".config/Code/User/settings.json",
                "{\n  // \"azure-devops.pat\": \"«token»\"\n}\n",
            ),
        ],
    )
}
