//! A home whose files are written as the tools write them, without starting the tools: cheap enough to plant
//! hundreds of times. Every secret is made from its number, so two such homes hold the same bytes.

use std::path::Path;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::tokens::{pat52, pat84};
use super::{Home, OLD_TENANT};

/// A file: where, with which rights, and what it holds.
pub struct Plain {
    pub path: &'static str,
    pub mode: u32,
    pub content: String,
}

/// Every file and every secret in them.
pub struct PlainHome {
    pub files: Vec<Plain>,
    pub secrets: Vec<String>,
}

/// When every planted file was last written: months before the connection, and not on a whole second.
pub fn planted_at() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::new(1_767_225_600, 123_456_789)
}

/// Plants the files.
pub fn plant(home: &Home) -> PlainHome {
    let plain = plain_home();
    for file in &plain.files {
        let path = home.write(file.path, &file.content);
        set_mode(&path, file.mode);
        let written = std::fs::File::options().write(true).open(&path).unwrap();
        written.set_modified(planted_at()).unwrap();
    }
    home.write("src/app/.git/HEAD", "ref: refs/heads/main\n");
    std::fs::create_dir_all(home.join("src/app/.git/objects")).unwrap();
    std::fs::create_dir_all(home.join("src/app/.git/refs")).unwrap();
    set_modified(&home.join("src/app/.git/HEAD"));
    plain
}

/// Makes a file as old as the planted ones.
pub fn set_modified(path: &Path) {
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_modified(planted_at()).unwrap();
}

#[cfg(unix)]
pub fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;

    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
pub fn set_mode(_path: &Path, _mode: u32) {}

/// Stale credentials of `contoso` in files of thirteen tools, each beside something that must stay.
pub fn plain_home() -> PlainHome {
    let mut secrets = Vec::new();
    let mut old = |seed: u8| {
        let secret = pat84('C', 'C', seed);
        secrets.push(secret.clone());
        secret
    };
    let feed = |organization: &str, kind: &str| {
        format!("https://pkgs.dev.azure.com/{organization}/_packaging/web/{kind}")
    };
    let mut files = Vec::new();
    let mut file = |path, mode, content: String| {
        files.push(Plain {
            path,
            mode,
            content,
        });
    };

    file(
        ".git-credentials",
        0o600,
        format!(
            "https://dev:{}@dev.azure.com/contoso\nhttps://dev:{}@dev.azure.com/fabrikam\n\
             https://dev:elsewhere@github.com\n",
            old(50),
            old(51)
        ),
    );
    file(
        ".gitconfig",
        0o644,
        format!(
            "[user]\n\tname = Dev\n[credential \"azrepos:org/contoso\"]\n\tazureAuthority = https://login.microsoftonline.com/{OLD_TENANT}\n\
             \tusername = dev@outlook.example\n[credential \"azrepos:org/fabrikam\"]\n\tusername = dev@fabrikam.example\n"
        ),
    );
    let header = STANDARD.encode(format!(":{}", old(52)));
    file(
        "src/app/.git/config",
        0o640,
        format!(
            "[core]\n\trepositoryformatversion = 0\n\tbare = false\n[remote \"origin\"]\n\
             \turl = https://dev:{}@dev.azure.com/contoso/web/_git/app\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n\
             [http \"https://dev.azure.com/contoso\"]\n\textraHeader = Authorization: Basic {header}\n",
            old(53)
        ),
    );
    let registry = |organization: &str| {
        format!("//pkgs.dev.azure.com/{organization}/_packaging/web/npm/registry/")
    };
    file(
        ".npmrc",
        0o600,
        format!(
            "; a comment\r\n@contoso:registry=https:{ours}\r\n{ours}:username=dev\r\n{ours}:_password={}\r\n\
             {theirs}:_password={}\r\n",
            STANDARD.encode(old(54)),
            STANDARD.encode(old(55)),
            ours = registry("contoso"),
            theirs = registry("fabrikam"),
        ),
    );
    file(
        ".config/pip/pip.conf",
        0o644,
        format!(
            "[global]\nindex-url = {}\ntimeout = 60\n",
            feed("contoso", "pypi/simple/").replacen("//", &format!("//dev:{}@", old(56)), 1)
        ),
    );
    file(
        ".pypirc",
        0o600,
        format!(
            "[contoso]\nrepository = {}\nusername = dev\npassword = {}\n\n[other]\nrepository = https://registry.example.com/\npassword = elsewhere\n",
            feed("contoso", "pypi/upload/"),
            old(57)
        ),
    );
    file(
        ".cargo/config.toml",
        0o644,
        format!(
            "[registries.contoso]\nindex = \"sparse+{}\"\n",
            feed("contoso", "Cargo/index/")
        ),
    );
    let login = STANDARD.encode(format!("dev:{}", old(58)));
    file(
        ".cargo/credentials.toml",
        0o600,
        format!(
            "[registries.contoso]\ntoken = \"Basic {login}\"\n\n[registries.other]\ntoken = \"elsewhere\"\n"
        ),
    );
    file(
        ".nuget/NuGet/NuGet.Config",
        0o644,
        format!(
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<configuration>\n  <packageSources>\n    <add key=\"web\" value=\"{}\" />\n  </packageSources>\n\
             \u{20} <packageSourceCredentials>\n    <web>\n      <add key=\"Username\" value=\"dev\" />\n      <add key=\"ClearTextPassword\" value=\"{}\" />\n    </web>\n  </packageSourceCredentials>\n</configuration>\n",
            feed("contoso", "nuget/v3/index.json"),
            old(59)
        ),
    );
    file(
        ".azure/azuredevops/personalAccessTokens",
        0o600,
        format!(
            "[azdevops-cli:https://dev.azure.com/contoso]\npersonal access token = {}\n\n\
             [azdevops-cli:https://dev.azure.com/fabrikam]\npersonal access token = {}\n\n",
            old(60),
            old(61)
        ),
    );
    file(
        ".ado_orgs.cache",
        0o644,
        format!(
            "{{\n  \"contoso\": {{\n    \"tenantId\": \"{OLD_TENANT}\",\n    \"refreshedOn\": 1760000000000\n  }},\n  \"fabrikam\": {{\n    \"tenantId\": \"{OLD_TENANT}\",\n    \"refreshedOn\": 1760000000000\n  }}\n}}"
        ),
    );
    file(
        ".local/share/MicrosoftCredentialProvider/SessionTokenCache.dat",
        0o600,
        format!(
            "{{\"{}\":\"{}\",\"{}\":\"{}\"}}",
            feed("contoso", "nuget/v3/index.json"),
            old(62),
            feed("fabrikam", "nuget/v3/index.json"),
            old(63)
        ),
    );
    file(
        ".gcm/store/git/https/dev.azure.com/contoso/dev.credential",
        0o600,
        format!(
            "{}\nservice=https://dev.azure.com/contoso\naccount=dev\n",
            old(64)
        ),
    );
    let legacy = pat52(65);
    file(
        ".netrc",
        0o600,
        format!(
            "machine example.com login a password elsewhere\nmachine dev.azure.com login contoso password {legacy}\n"
        ),
    );
    secrets.push(legacy);
    PlainHome { files, secrets }
}
