//! Every kind of secret, in usual and in odd places, in whole and in broken files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::plain::{plant, set_modified};
use super::tokens::{entra_jwt, pat52, pat84, service_jwt};
use super::{Home, OLD_TENANT};

/// Plants all and answers with the secrets.
pub fn plant_everything(home: &Home) -> Vec<String> {
    let mut secrets = plant(home).secrets;
    let mut keep = |secret: String| {
        secrets.push(secret.clone());
        secret
    };
    logins(home, &mut keep);
    git(home, &mut keep);
    packages(home, &mut keep);
    variables(home, &mut keep);
    package_managers(home, &mut keep);
    broken(home, &mut keep);
    secrets
}

fn old(home: &Home, path: &str, content: String) {
    set_modified(&home.write(path, content));
}

/// Adds to a file that is there.
fn more(home: &Home, path: &str, content: &str) {
    old(home, path, home.read(path) + content);
}

fn escape(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn logins(home: &Home, keep: &mut dyn FnMut(String) -> String) {
    let word = keep("correct/Horse+battery=Staple:9".to_owned());
    let legacy = keep(pat52(70));
    let name = keep(pat84('C', 'C', 71));
    more(
        home,
        ".git-credentials",
        &format!(
            "https://contoso:{}@dev.azure.com\nhttps://{name}@dev.azure.com/contoso\n\
             https://{legacy}:x-oauth-basic@contoso.visualstudio.com\nhttps://dev:{}@dev.azure.com/contoso/ %zz\n",
            escape(&word),
            keep(pat84('C', 'C', 72)),
        ),
    );
    more(
        home,
        ".netrc",
        &format!(
            "machine pkgs.dev.azure.com\nlogin contoso\npassword \"{}\"\nmachine contoso.visualstudio.com login {} password x\n\
             macdef init\nput {}\n\n",
            keep("another:quoted+word/of=27x".to_owned()),
            keep(pat84('C', 'C', 73)),
            keep(pat84('C', 'C', 74)),
        ),
    );
    old(
        home,
        "git-credential-manager/insecureStore.xml",
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n<insecureStore>\n<Tokens>\n<Token><key>git:https://contoso.visualstudio.com</key><Type>Personal</Type><Value>{}</Value></Token>\n</Tokens>\n</insecureStore>\n",
            keep(pat52(75))
        ),
    );
}

fn git(home: &Home, keep: &mut dyn FnMut(String) -> String) {
    more(
        home,
        ".gitconfig",
        &format!(
            "[http \"https://dev.azure.com/contoso\"]\n\textraHeader = Authorization: Bearer {}\n\
             [url \"https://dev:{}@dev.azure.com/contoso\"]\n\tinsteadOf = azure:\n\
             [credential \"https://dev:{}@dev.azure.com/contoso\"]\n\thelper = \"!f() {{ echo password={}; }}; f\"\n\
             [alias]\n\tup = push https://{}@dev.azure.com/contoso/web/_git/app\n",
            keep(entra_jwt(OLD_TENANT, 1_767_225_600)),
            keep(pat84('C', 'C', 80)),
            keep(pat84('C', 'C', 81)),
            keep(pat84('C', 'C', 82)),
            keep(pat84('C', 'C', 83)),
        ),
    );
    more(
        home,
        "src/app/.git/config",
        &format!(
            "[remote \"{}\"]\n\turl = https://dev.azure.com/contoso/web/_git/app?token={}\n\
             [remote \"two\"]\n\tpushurl = https://x:{}@contoso.visualstudio.com/web/_git/app\n",
            keep(pat84('C', 'C', 84)),
            keep(pat84('C', 'C', 85)),
            keep(pat52(86)),
        ),
    );
    old(
        home,
        "src/app/.git/FETCH_HEAD",
        format!(
            "0000000000000000000000000000000000000000\t\tbranch 'main' of https://dev:{}@dev.azure.com/contoso/web/_git/app\n",
            keep(pat84('C', 'C', 87))
        ),
    );
    old(
        home,
        ".gcm/store/git/https/dev.azure.com/contoso/x.credential",
        format!(
            "{}\nservice=https://dev:{}@dev.azure.com/contoso\naccount={}\n",
            keep(pat84('C', 'C', 88)),
            keep(pat84('C', 'C', 89)),
            keep(pat84('C', 'C', 103)),
        ),
    );
}

fn packages(home: &Home, keep: &mut dyn FnMut(String) -> String) {
    let feed = "//pkgs.dev.azure.com/contoso/_packaging/odd/npm/registry/";
    more(
        home,
        ".npmrc",
        &format!(
            "{feed}:_authToken={}\r\n{feed}:_auth={}\r\n{feed}:username={}\r\n{feed}:email={}\r\n\
             registry=https://dev:{}@pkgs.dev.azure.com/contoso/_packaging/odd/npm/registry/\r\n",
            keep(service_jwt(1_767_225_600)),
            STANDARD.encode(format!("dev:{}", keep(pat84('C', 'C', 90)))),
            keep(pat84('C', 'C', 91)),
            keep(pat84('C', 'C', 92)),
            keep(pat84('C', 'C', 93)),
        ),
    );
    old(
        home,
        ".npm/_logs/2026-01-01T00_00_00_000Z-debug-0.log",
        format!(
            "12 http fetch GET 401 https://dev:{}@pkgs.dev.azure.com/contoso/_packaging/odd/npm/registry/x 12ms\n",
            keep(pat84('C', 'C', 94))
        ),
    );
    let percent = keep("percent/Coded+word=in:URL77".to_owned());
    more(
        home,
        ".config/pip/pip.conf",
        &format!(
            "extra-index-url =\n    https://dev:{}@pkgs.dev.azure.com/contoso/_packaging/odd/pypi/simple/\n    https://{}@pkgs.dev.azure.com/contoso/_packaging/two/pypi/simple/\n",
            escape(&percent),
            keep(pat84('C', 'C', 95)),
        ),
    );
    let name = keep(pat84('C', 'C', 96));
    more(
        home,
        ".cargo/credentials.toml",
        &format!(
            "\n[registries.{name}]\ntoken = \"Bearer {}\"\n",
            keep(entra_jwt(OLD_TENANT, 1_700_000_000))
        ),
    );
    old(
        home,
        "src/lib/.npmrc",
        format!(
            "//pkgs.dev.azure.com/contoso/_packaging/web/npm/registry/:_password=\"{}\"\n",
            STANDARD.encode(keep(pat52(97)))
        ),
    );
    old(
        home,
        "src/lib/nuget.config",
        format!(
            "<configuration><packageSources><add key=\"a b\" value=\"https://dev:{}@pkgs.dev.azure.com/contoso/_packaging/web/nuget/v3/index.json\"/></packageSources>\
             <packageSourceCredentials><a_x0020_b><add key=\"Username\" value=\"{}\"/><add key=\"ClearTextPassword\" value=\"{}\"/></a_x0020_b></packageSourceCredentials></configuration>",
            keep(pat84('C', 'C', 98)),
            keep(pat84('C', 'C', 99)),
            keep(pat84('C', 'C', 100)),
        ),
    );
    more(
        home,
        ".azure/azuredevops/personalAccessTokens",
        &format!(
            "[azdevops-cli:https://dev:{}@dev.azure.com/contoso]\nPersonal Access Token={}\n",
            keep(pat84('C', 'C', 101)),
            keep(pat52(102))
        ),
    );
}

fn package_managers(home: &Home, keep: &mut dyn FnMut(String) -> String) {
    let mut pat = |seed: u8| keep(pat84('C', 'C', seed));
    let feed = "pkgs.dev.azure.com/contoso/_packaging/odd";
    let at = |secret: String| format!("https://dev:{secret}@{feed}/x");
    let files = [
        (
            ".yarnrc.yml",
            format!(
                "npmScopes:\n  {}:\n    npmAuthToken: &t {}\nhome: *t\nnpmRegistries: {{\"//{feed}\": {{npmAuthIdent: \"{}:{}\"}}}}\nnpmRegistryServer: {}\n",
                pat(130),
                pat(131),
                pat(132),
                pat(133),
                at(pat(134)),
            ),
        ),
        (
            ".yarnrc",
            format!(
                "registry \"{}\"\n\"//{feed}/:_authToken\" {}\n",
                at(pat(135)),
                pat(136)
            ),
        ),
        (
            ".config/pypoetry/auth.toml",
            format!(
                "[http-basic.{}]\nusername = \"{}\"\npassword = \"{}\"\n[pypi-token]\n\"{}\" = \"{}\"\n",
                pat(137),
                pat(138),
                pat(139),
                at(pat(140)),
                pat(141),
            ),
        ),
        (
            ".local/share/uv/credentials/credentials.toml",
            format!(
                "[[credential]]\nservice = \"{}\"\nusername = \"{}\"\npassword = \"{}\"\n",
                at(pat(142)),
                pat(143),
                pat(144),
            ),
        ),
        (
            "src/app/pyproject.toml",
            format!(
                "[[tool.{}]]\nurl = \"{}\"\n[[tool.poetry.source]]\nurl = \"{}\"\n",
                pat(145),
                at(pat(146)),
                at(pat(147))
            ),
        ),
        (
            "src/app/Pipfile",
            format!("[[source]]\nurl = \"{}\"\n", at(pat(148))),
        ),
        (
            ".m2/settings.xml",
            format!(
                "<settings><servers><server><id>{}</id><username>{}</username><password>{}</password></server></servers>\
                 <profiles><profile><properties><a>{}</a><b>{}</b></properties></profile></profiles></settings>",
                pat(149),
                pat(150),
                pat(151),
                pat(152),
                at(pat(153)),
            ),
        ),
        (
            ".gradle/gradle.properties",
            format!(
                "{}={}\nurl={}\nother=-Dpat={}\n",
                pat(154),
                pat(155),
                at(pat(156)),
                pat(157)
            ),
        ),
        (
            "src/app/build.gradle",
            format!(
                "maven {{ url '{}'\n credentials {{ {} = '{}' }} }}\n",
                at(pat(158)),
                pat(159),
                pat(160)
            ),
        ),
        (
            "src/app/bunfig.toml",
            format!(
                "[install.scopes]\n{} = {{ url = \"https://{feed}\", username = \"{}\", password = \"{}\" }}\n",
                pat(161),
                pat(162),
                pat(163),
            ),
        ),
        (
            "src/broken/.yarnrc.yml",
            format!("npmAuthToken: \"{}\n\t- {}\n", pat(164), pat(165)),
        ),
        (
            "src/broken/bunfig.toml",
            format!("[install\nurl = \"{}\n", at(pat(166))),
        ),
        (
            "src/broken/settings.xml",
            format!(
                "<settings><servers><server><{}>{}</password>",
                pat(167),
                pat(168)
            ),
        ),
        (
            "src/broken/gradle.properties",
            format!("{}\n= {}\n\\u{} \\", pat(169), pat(170), pat(171)),
        ),
        (
            "src/broken/pyproject.toml",
            format!("[{}\n{} {}", pat(172), pat(173), at(pat(174))),
        ),
    ];
    for (path, content) in files {
        old(home, path, content);
    }
}

/// In variables, in their names, in the words around them, and in what was typed.
fn variables(home: &Home, keep: &mut dyn FnMut(String) -> String) {
    let mut token = |seed| keep(pat84('C', 'C', seed));
    let named = token(90);
    old(
        home,
        ".bashrc",
        format!(
            "export AZDO_PAT={} AZDO_ORG=contoso\nexport {named}={}\nalias {}='curl -u :{} https://dev.azure.com/contoso'\n\
             if true; then\n  export A_URL=https://contoso:{}@pkgs.dev.azure.com/contoso\nfi\nB='{}\n",
            token(91),
            token(92),
            token(93),
            token(94),
            token(95),
            token(96),
        ),
    );
    old(
        home,
        ".config/fish/fish_variables",
        format!(
            "SETUVAR --export {named}:https\\x3a//u\\x3a{}\\x40dev\\x2eazure\\x2ecom/contoso\n",
            token(97)
        ),
    );
    old(
        home,
        "src/app/.env",
        format!(
            "AZDO_URL=https://dev.azure.com/contoso\nAZDO_PAT=\"{}\nwords {named} and {}\n",
            token(98),
            token(99)
        ),
    );
    old(
        home,
        ".bash_history",
        format!(
            "{named} {}\n/opt/{}/{named}\ngit clone https://{}@dev.azure.com/contoso/p/_git/r\n",
            token(100),
            token(101),
            token(102)
        ),
    );
    old(
        home,
        ".config/environment.d/50.conf",
        format!("{named}={}\nAZDO_ORG=contoso\n", token(103)),
    );
}

/// Files that their tools would not read, and texts where no text should be.
fn broken(home: &Home, keep: &mut dyn FnMut(String) -> String) {
    old(
        home,
        "src/broken/.npmrc",
        format!(
            "{}\n//pkgs.dev.azure.com/contoso/:_authToken\n= {}\n[{}\n",
            keep(pat84('C', 'C', 110)),
            keep(pat84('C', 'C', 111)),
            keep(pat84('C', 'C', 112))
        ),
    );
    old(
        home,
        "src/broken/nuget.config",
        format!(
            "<configuration><{}><add key={}></configuration>",
            keep(pat84('C', 'C', 113)),
            keep(pat84('C', 'C', 114))
        ),
    );
    old(
        home,
        "src/broken/.git/config",
        format!(
            "[core\n\turl = https://dev:{}@dev.azure.com/contoso\n[remote \"{}\n{}\n",
            keep(pat84('C', 'C', 115)),
            keep(pat84('C', 'C', 116)),
            keep(pat84('C', 'C', 117))
        ),
    );
    old(
        home,
        "src/broken/.git/HEAD",
        "ref: refs/heads/main\n".into(),
    );
    std::fs::create_dir_all(home.join("src/broken/.git/objects")).unwrap();
    std::fs::create_dir_all(home.join("src/broken/.git/refs")).unwrap();
    old(
        home,
        ".cargo/credentials",
        format!(
            "[registries.contoso\ntoken = {}\n{} = 1\n",
            keep(pat84('C', 'C', 118)),
            keep(pat84('C', 'C', 119))
        ),
    );
    old(
        home,
        ".config/git/credentials",
        format!(
            "https://dev:{}@dev.azure.com:contoso\n{}\n\u{feff}https://dev:{}@dev.azure.com/contoso\n",
            keep(pat84('C', 'C', 120)),
            keep(pat84('C', 'C', 121)),
            keep(pat84('C', 'C', 122))
        ),
    );
    old(
        home,
        ".ado_orgs.cache",
        format!(
            "{{\"contoso\": {{\"tenantId\": \"{}\"}}, \"{}\": {{\"tenantId\": \"{OLD_TENANT}\"}}, oops {}",
            keep(pat84('C', 'C', 123)),
            keep(pat84('C', 'C', 124)),
            keep(entra_jwt(OLD_TENANT, 1_700_000_001))
        ),
    );
    old(
        home,
        ".ssh/config",
        format!(
            "Host ssh.dev.azure.com\n  IdentityFile ~/.ssh/{}\n  ProxyCommand echo {}\n{}\n",
            keep(pat84('C', 'C', 125)),
            keep(pat84('C', 'C', 126)),
            keep(pat84('C', 'C', 127))
        ),
    );
}
