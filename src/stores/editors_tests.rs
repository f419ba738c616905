//! Each store that edits files: any entries go, in any encoding, and all other bytes stay.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

use proptest::prelude::*;

use super::{Store, environment, git, packages, tools};
use crate::model::{Change, splice};
use crate::testing::{TestHome, pat84};
use crate::text::Text;

/// The most entries of a file.
const MOST: usize = 5;

/// A file with entries that are all alike. In them `ORG` stands for one of two organizations, `NUM` for the entry's
/// number and `¤` for its token; what stands in `«»` goes with the token.
struct Editor {
    store: &'static dyn Store,
    path: &'static str,
    head: &'static str,
    entry: &'static str,
    tail: &'static str,
}

const fn editor(
    store: &'static dyn Store,
    path: &'static str,
    [head, entry, tail]: [&'static str; 3],
) -> Editor {
    Editor {
        store,
        path,
        head,
        entry,
        tail,
    }
}

const NUGET: [&str; 3] = [
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<configuration>\n  <packageSources>\n\
     \x20   <add key=\"f0\" value=\"https://pkgs.dev.azure.com/contoso/_packaging/f/nuget/v3/index.json\" />\n\
     \x20   <add key=\"f1\" value=\"https://pkgs.dev.azure.com/fabrikam/_packaging/f/nuget/v3/index.json\" />\n\
     \x20   <add key=\"f2\" value=\"https://pkgs.dev.azure.com/contoso/_packaging/g/nuget/v3/index.json\" />\n\
     \x20   <add key=\"f3\" value=\"https://fabrikam.pkgs.visualstudio.com/_packaging/g/nuget/v3/index.json\" />\n\
     \x20   <add key=\"f4\" value=\"https://contoso.pkgs.visualstudio.com/_packaging/h/nuget/v3/index.json\" />\n\
     \x20 </packageSources>\n  <!-- é <kept> -->\n  <packageSourceCredentials>\n",
    "«    <fNUM>\n        <add key=\"Username\" value=\"me\" />\n        <add key=\"ClearTextPassword\" value=\"¤\" />\n      </fNUM>\n»",
    "  </packageSourceCredentials>\n</configuration>\n",
];

const EDITORS: &[Editor] = &[
    editor(
        &git::GitCredentialStore,
        ".git-credentials",
        [
            "https://me:elsewhere@example.com\n",
            "«https://me:¤@dev.azure.com/ORG\n»",
            "",
        ],
    ),
    editor(
        &git::NetRc,
        ".netrc",
        [
            "# é\nmachine example.com login me password elsewhere\n\n",
            "«machine ORGNUM.visualstudio.com login me password ¤\n»",
            "",
        ],
    ),
    editor(
        &git::GitConfig,
        ".gitconfig",
        [
            "[user]\n\tname = é\n",
            "[http \"https://dev.azure.com/ORG/NUM\"]\n\tproxy = x\n«\textraheader = Authorization: Basic :¤\n»",
            "",
        ],
    ),
    editor(
        &packages::Npm,
        ".npmrc",
        [
            "; é\nregistry=https://registry.example.com/\n",
            "«//pkgs.dev.azure.com/ORG/_packaging/fNUM/npm/registry/:_authToken=¤\n»",
            "//registry.example.com/:_authToken=elsewhere\n",
        ],
    ),
    editor(
        &packages::Npm,
        "app/bunfig.toml",
        [
            "# é\n[install.scopes]\n",
            "\"@aNUM\" = { url = \"https://pkgs.dev.azure.com/ORG/_packaging/f/npm/registry/\"«, token = \"¤\"» } # note\n",
            "other = { url = \"https://registry.example.com/\", token = \"elsewhere\" }\n",
        ],
    ),
    editor(
        &packages::Yarn,
        ".yarnrc.yml",
        [
            "# é\nnpmRegistries:\n",
            "  \"//pkgs.dev.azure.com/ORG/_packaging/fNUM/npm/registry\":\n    npmAlwaysAuth: true\n«    npmAuthToken: \"¤\" # note\n»",
            "nodeLinker: node-modules\n",
        ],
    ),
    editor(&packages::Nuget, ".nuget/NuGet/NuGet.Config", NUGET),
    editor(
        &packages::ArtifactsCredprovider,
        ".local/share/MicrosoftCredentialProvider/SessionTokenCache.dat",
        [
            "{\n  \"https://é.example.com/\": \"elsewhere\"",
            "«,\n  \"https://pkgs.dev.azure.com/ORG/_packaging/fNUM/nuget/v3/index.json\": \"¤\"»",
            "\n}\n",
        ],
    ),
    editor(
        &packages::Pip,
        ".config/pip/pip.conf",
        [
            "# é\n[global]\ntimeout = 60\nextra-index-url =\n",
            "    https://«me:¤@»pkgs.dev.azure.com/ORG/_packaging/fNUM/pypi/simple/\n",
            "    https://u:p@registry.example.com/simple\n",
        ],
    ),
    editor(
        &packages::Pypirc,
        ".pypirc",
        [
            "[distutils]\nindex-servers =\n    é\n\n",
            "[fNUM]\nrepository = https://pkgs.dev.azure.com/ORG/_packaging/fNUM/pypi/upload/\nusername = me\n«password = ¤\n»",
            "",
        ],
    ),
    editor(
        &packages::Poetry,
        ".config/pypoetry/auth.toml",
        [
            "# é\n",
            "[repositories.fNUM]\nurl = \"https://pkgs.dev.azure.com/ORG/_packaging/f/pypi/simple/\"\n\
             [http-basic.fNUM]\nusername = \"me\"\n«password = \"¤\" # note\n»",
            "",
        ],
    ),
    editor(
        &packages::Poetry,
        ".config/pypoetry/auth.toml",
        [
            "# é\n",
            "repositories.fNUM.url = \"https://pkgs.dev.azure.com/ORG/_packaging/f/pypi/simple/\"\n\
             http-basic.fNUM.username = \"me\"\n«http-basic.fNUM.password = '¤'\n»",
            "[z]\n",
        ],
    ),
    editor(
        &packages::Uv,
        ".local/share/uv/credentials/credentials.toml",
        [
            "# é\n",
            "«[[credential]]\nservice = \"https://pkgs.dev.azure.com/ORG/_packaging/fNUM/pypi\"\nusername = \"me\"\nscheme = \"basic\"\npassword = \"¤\"\n»",
            "",
        ],
    ),
    editor(
        &packages::Maven,
        ".m2/settings.xml",
        [
            "<settings>\n  <servers><!-- é -->\n",
            "    <server>\n      <id>https://pkgs.dev.azure.com/ORG/NUM</id>\n      <username>me</username>\n«      <password>¤</password>\n»    </server>\n",
            "  </servers>\n</settings>\n",
        ],
    ),
    editor(
        &packages::Gradle,
        ".gradle/gradle.properties",
        [
            "# é\norg.gradle.jvmargs=-Xmx2g \\\n  -Dx=y\n",
            "fNUMUser=ORG\n«fNUMPassword = ¤\n»",
            "",
        ],
    ),
    editor(
        &packages::Cargo,
        ".cargo/credentials.toml",
        [
            "# é\n[registries]\n",
            "fNUM.index = \"sparse+https://pkgs.dev.azure.com/ORG/_packaging/f/Cargo/index/\"\n«fNUM.token = \"¤\"\n»",
            "other.token = \"elsewhere\"\n",
        ],
    ),
    editor(
        &packages::Cargo,
        ".cargo/config.toml",
        [
            "# é\n[registries]\nother = { index = \"sparse+https://registry.example.com/\" }\n",
            "fNUM = {«token=\"¤\",» index = \"sparse+https://pkgs.dev.azure.com/ORG/_packaging/f/Cargo/index/\"}\n",
            "",
        ],
    ),
    editor(
        &tools::AzureCliDevops,
        ".azure/azuredevops/personalAccessTokens",
        [
            "; é\n",
            "«[azdevops-cli:https://dev.azure.com/ORGNUM]\npersonal access token = ¤\n\n»",
            "[other]\nx = y\n",
        ],
    ),
    editor(
        &tools::Terraform,
        "infra/main.tf",
        [
            "# é\nterraform {\n}\n\n",
            "provider \"azuredevops\" {\n  alias = \"pNUM\"\n  org_service_url = \"https://dev.azure.com/ORG\"\n«  personal_access_token = \"¤\" # note\n»}\n",
            "",
        ],
    ),
    editor(
        &tools::McpConfig,
        ".cursor/mcp.json",
        [
            "{\n  // é\n  \"mcpServers\": {\n",
            "    \"sNUM\": {\n      \"command\": \"npx\",\n      \"args\": [\"-y\", \"@azure-devops/mcp\", \"ORG\"],\n\
             \x20     \"env\": {\n        \"LOG\": \"1\"«,\n        \"PERSONAL_ACCESS_TOKEN\": \"¤\"»\n      }\n    },\n",
            "    \"other\": {}\n  }\n}\n",
        ],
    ),
    editor(
        &environment::Dotenv,
        "app/.env",
        [
            "# é\nMODE=test\n",
            "«AZURE_DEVOPS_PAT_NUM=¤\n»",
            "LEVEL=1\n",
        ],
    ),
    editor(
        &environment::Dotenv,
        "app/mise.toml",
        [
            "# é\n[tools]\nnode = \"22\"\n\n[env]\n",
            "«AZURE_DEVOPS_PAT_NUM = { value = \"¤\", redact = true }\n»",
            "",
        ],
    ),
    editor(
        &environment::ShellProfile,
        ".bashrc",
        [
            "# é\nalias ll='ls -l'\n",
            "«export AZURE_DEVOPS_PAT_NUM=¤\n»",
            "umask 022\n",
        ],
    ),
];

/// How a file's text becomes its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Plain,
    Mark,
    Utf16Little,
    Utf16Big,
}

impl Encoding {
    fn bytes(self, text: &str) -> Vec<u8> {
        let marked = format!("\u{feff}{text}");
        match self {
            Self::Plain => text.into(),
            Self::Mark => marked.into(),
            Self::Utf16Little => marked.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Big => marked.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        }
    }
}

/// How a file is written, and which of its entries go.
#[derive(Debug, Clone)]
struct Writing {
    gone: Vec<bool>,
    encoding: Encoding,
    crlf: bool,
    final_newline: bool,
}

fn writing() -> impl Strategy<Value = Writing> {
    let encoding = prop_oneof![
        Just(Encoding::Plain),
        Just(Encoding::Mark),
        Just(Encoding::Utf16Little),
        Just(Encoding::Utf16Big)
    ];
    let gone = proptest::collection::vec(any::<bool>(), 1..=MOST);
    (gone, encoding, any::<bool>(), any::<bool>()).prop_map(
        |(gone, encoding, crlf, final_newline)| Writing {
            gone,
            encoding,
            crlf,
            final_newline,
        },
    )
}

fn token(number: usize) -> String {
    pat84('C', 'A', u8::try_from(number).unwrap())
}

impl Editor {
    /// The file's bytes with all entries, and without those that go.
    fn contents(&self, writing: &Writing) -> [Vec<u8>; 2] {
        let mut pieces = vec![(self.head.to_owned(), true)];
        for (number, gone) in writing.gone.iter().enumerate() {
            let organization = ["contoso", "fabrikam"][number % 2];
            let entry = self.entry.replace("ORG", organization);
            let entry = entry.replace("NUM", &number.to_string());
            let entry = entry.replace("¤", &token(number)).replace('»', "«");
            // Every other piece goes with the token.
            let parts = entry.split('«').enumerate();
            pieces.extend(parts.map(|(at, part)| (part.to_owned(), at % 2 == 0 || !gone)));
        }
        pieces.push((self.tail.to_owned(), true));
        if !writing.final_newline
            && let Some((last, _)) = pieces.iter_mut().rev().find(|(text, _)| !text.is_empty())
        {
            *last = last.trim_end_matches('\n').to_owned();
        }
        let bytes = |all: bool| {
            let pieces = pieces.iter().filter(|(_, stays)| all || *stays);
            let text: String = pieces.map(|(text, _)| text.as_str()).collect();
            let text = if writing.crlf {
                text.replace('\n', "\r\n")
            } else {
                text
            };
            writing.encoding.bytes(&text)
        };
        [bytes(true), bytes(false)]
    }

    fn check(&self, writing: &Writing) -> Result<(), TestCaseError> {
        let home = TestHome::new();
        let [all, rest] = self.contents(writing);
        home.write(self.path, &all);
        let found = home.find(self.store);
        let mut splices = Vec::new();
        for (number, gone) in writing.gone.iter().enumerate() {
            let token = token(number);
            let change = found.credentials.iter().find_map(|found| {
                let secret = found.secret.as_ref()?;
                found
                    .change
                    .as_ref()
                    .filter(|_| secret.expose().contains(&token))
            });
            let Some(Change::EditFile { splices: own, .. }) = change else {
                let reason = format!("{}: no edit of entry {number}: {found:?}", self.path);
                return Err(TestCaseError::fail(reason));
            };
            if *gone {
                splices.extend(own.iter().cloned());
            }
        }
        let left = splice(&all, splices).unwrap();
        let shown = |bytes: &[u8]| Text::decode(bytes).as_str().to_owned();
        prop_assert_eq!(shown(&left), shown(&rest), "{}", self.path);
        prop_assert_eq!(left, rest, "{}", self.path);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn any_entries_of_a_file_go_and_every_other_byte_stays(writing in writing()) {
        for editor in EDITORS {
            editor.check(&writing)?;
        }
    }
}
