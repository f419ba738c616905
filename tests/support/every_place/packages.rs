//! Package managers.

use super::{AUTOMATIC, CONSENT, Holds, MANUAL, Row, row};

pub fn rows() -> Vec<Row> {
    [
        npm(),
        yarn(),
        dotnet(),
        python(),
        poetry_and_uv(),
        java(),
        cargo(),
    ]
    .concat()
}

fn npm() -> Vec<Row> {
    let own = |path: &str, text: &str| row("npm", AUTOMATIC, path, text);
    let of_project = |path: &str, text: &str| row("npm", CONSENT, path, text);
    let password = "; begin auth token\n//«feed»/npm/registry/:username=contoso\n//«feed»/npm/registry/:_password=«base64 »\n//«feed»/npm/registry/:email=dev@contoso.example\n; end auth token\n";
    let old = "//contoso.pkgs.visualstudio.com/_packaging/web/npm/registry/";
    vec![
        own(".npmrc", password),
        own(".npmrc", "//«feed»/npm/:_password=\"«base64 »\"\n"),
        own(".npmrc", "//«feed»/npm/registry/:_authToken=«token»\n"),
        own(".npmrc", "//«feed»/npm/registry/:_auth=«base64 dev:»\n"),
        own(".npmrc", &format!("{old}:_authToken=«token»\n")),
        own(
            ".npmrc",
            &format!("\u{feff}registry=https:{old}\r\n_authToken=«token»\r\nalways-auth=true\r\n"),
        ),
        own(
            ".npmrc",
            "_auth=«base64 dev:»\nregistry=https://«feed»/npm/registry/\n",
        ),
        own(
            ".npmrc",
            "@web:registry=https://dev:«token»@«feed»/npm/registry/\n",
        ),
        own(
            ".config/pnpm/rc",
            "//«feed»/npm/registry/:_authToken=«token»\n",
        ),
        own(
            ".config/pnpm/auth.ini",
            "//«feed»/npm/registry/:_authToken=«token»\n",
        ),
        of_project("src/app/.npmrc", password).beside("src/app/package.json", "{}\n"),
        of_project("src/app/.npmrc", password).untracked(),
        of_project("src/app/.npmrc", password).tracked(),
        row(
            "npm",
            MANUAL,
            ".npm/_logs/2026-01-01T00_00_00_000Z-debug-0.log",
            "0 verbose cli /usr/bin/node /usr/bin/npm\n1 verbose argv \"config\" \"set\" \"//«feed»/npm/registry/:_authToken=«token»\"\n",
        ),
        of_project(
            ".bunfig.toml",
            "[install.scopes]\nweb = { url = \"https://«feed»/npm/registry/\", username = \"dev\", password = \"«token»\" }\n",
        ),
        of_project(
            "src/app/bunfig.toml",
            "[install.registry]\nurl = \"https://«feed»/npm/registry/\"\ntoken = \"«token»\"\n",
        ),
        of_project(
            "src/app/bunfig.toml",
            "[install]\nregistry = \"https://dev:«token»@«feed»/npm/registry/\"\n",
        )
        .tracked(),
    ]
}

fn yarn() -> Vec<Row> {
    let registry = |auth: &str| {
        format!(
            "npmRegistries:\n  \"//«feed»/npm/registry\":\n    npmAlwaysAuth: true\n    {auth}\n"
        )
    };
    let own = |auth: &str| row("yarn", AUTOMATIC, ".yarnrc.yml", registry(auth));
    vec![
        own("npmAuthIdent: \"dev:«token»\""),
        own("npmAuthIdent: «base64 dev:»"),
        own("npmAuthToken: «token»"),
        row(
            "yarn",
            AUTOMATIC,
            ".yarnrc.yml",
            "npmScopes:\n  web:\n    npmRegistryServer: \"https://«feed»/npm/registry\"\n    npmAuthToken: \"«token»\"\n",
        ),
        row(
            "yarn",
            AUTOMATIC,
            ".yarnrc.yml",
            "npmRegistries:\n  //contoso.pkgs.visualstudio.com/_packaging/web/npm/registry:\n    npmAuthToken: «token»\n",
        ),
        row(
            "yarn",
            CONSENT,
            "src/app/.yarnrc.yml",
            registry("npmAuthIdent: \"dev:«token»\""),
        ),
        row(
            "yarn",
            CONSENT,
            "src/app/.yarnrc.yml",
            registry("npmAuthToken: «token»"),
        )
        .tracked(),
        row(
            "yarn",
            AUTOMATIC,
            ".yarnrc",
            "\"//«feed»/npm/registry/:_authToken\" «token»\n",
        ),
    ]
}

fn dotnet() -> Vec<Row> {
    let config = |source: &str, element: &str, key: &str| {
        format!(
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<configuration>\n  <packageSources>\n    <add key=\"{source}\" value=\"https://«feed»/nuget/v3/index.json\" />\n  </packageSources>\n  \
             <packageSourceCredentials>\n    <{element}>\n      <add key=\"Username\" value=\"dev\" />\n      <add key=\"{key}\" value=\"«token»\" />\n    </{element}>\n  </packageSourceCredentials>\n</configuration>\n"
        )
    };
    let clear = || config("web", "web", "ClearTextPassword");
    let own = |path: &str| row("nuget", AUTOMATIC, path, clear());
    let session = |text: &str| {
        row(
            "artifacts-credprovider",
            AUTOMATIC,
            ".local/share/MicrosoftCredentialProvider/SessionTokenCache.dat",
            text,
        )
    };
    vec![
        own(".nuget/NuGet/NuGet.Config"),
        own(".config/NuGet/NuGet.Config"),
        own(".nuget/config/web.config"),
        own(".config/NuGet/config/web.config"),
        row("nuget", AUTOMATIC, ".nuget/NuGet/NuGet.Config", config("The web", "The_x0020_web", "ClearTextPassword")),
        row("nuget", AUTOMATIC, ".nuget/NuGet/NuGet.Config", clear().replace("«feed»", "contoso.pkgs.visualstudio.com/_packaging/web")),
        row("nuget", CONSENT, "src/app/nuget.config", clear()),
        row("nuget", CONSENT, "src/app/NuGet.Config", clear()).tracked(),
        session("{\"https://«feed»/nuget/v3/index.json\":\"«token»\"}").kind("session-token"),
        session("{\"https://contoso.pkgs.visualstudio.com/_packaging/web/nuget/v3/index.json\":\"«token»\"}").kind("session-token"),
        session("{\"https://«feed»/nuget/v3/index.json\":\"«token»\"}").holds(Holds::Bearer, "session-token"),
    ]
}

fn python() -> Vec<Row> {
    let pip = |path: &str, text: &str| row("pip", CONSENT, path, text);
    let listed = |path: &str, text: &str| row("pip", MANUAL, path, text);
    let index = "[global]\nindex-url = https://dev:«token»@«feed»/pypi/simple/\n";
    let requirements = "--extra-index-url https://«token»@«feed»/pypi/simple/\nrequests==2.32\n";
    vec![
        pip(".config/pip/pip.conf", index),
        pip(".pip/pip.conf", index),
        pip(".config/pip/pip.conf", "[install]\nextra-index-url =\n    https://pypi.example.com/simple\n    https://build:«token»@«feed»/pypi/simple/\n"),
        pip(".config/pip/pip.conf", "[global]\nfind-links = https://«token»@contoso.pkgs.visualstudio.com/_packaging/web/pypi/\n"),
        pip(".config/pip/pip.conf", "[global]\nindex-url = https://dev:«percent»@«feed»/pypi/simple/\n"),
        pip("src/app/.venv/pip.conf", index).beside("src/app/.venv/pyvenv.cfg", "home = /usr/bin\n"),
        pip("src/app/pip.conf", index),
        listed("src/app/requirements.txt", requirements),
        listed("src/app/requirements-dev.txt", requirements),
        listed("src/app/constraints.txt", "web @ https://dev:«token»@«feed»/pypi/download/web/1/web-1.tar.gz\n"),
        listed("src/app/requirements.txt", requirements).tracked(),
        pip("src/app/Pipfile", "[[source]]\nname = \"web\"\nurl = \"https://dev:«token»@«feed»/pypi/simple\"\nverify_ssl = true\n"),
        pip("src/app/Pipfile.lock", "{\n    \"_meta\": {\n        \"sources\": [\n            {\n                \"name\": \"web\",\n                \"url\": \"https://dev:«token»@«feed»/pypi/simple\"\n            }\n        ]\n    }\n}\n").tracked(),
        pip("src/app/environment.yml", "dependencies:\n  - pip:\n      - --extra-index-url https://dev:«token»@«feed»/pypi/simple\n").tracked(),
        row("pypirc", CONSENT, ".pypirc", "[distutils]\nindex-servers = web\n\n[web]\nrepository = https://«feed»/pypi/upload/\nusername = dev\npassword = «token»\n"),
        row("pypirc", CONSENT, ".pypirc", "[web]\nrepository: https://contoso.pkgs.visualstudio.com/_packaging/web/pypi/upload\npassword: «token»\n"),
        row("pypirc", CONSENT, ".pypirc", "[web]\nrepository = https://dev:«token»@«feed»/pypi/upload/\n"),
    ]
}

fn poetry_and_uv() -> Vec<Row> {
    let repository = "[repositories.web]\nurl = \"https://«feed»/pypi/upload/\"\n";
    let basic = "[http-basic.web]\nusername = \"dev\"\npassword = \"«token»\"\n";
    let credential =
        |rest: &str| format!("[[credential]]\nservice = \"https://«feed»/pypi\"\n{rest}");
    let uv = ".local/share/uv/credentials/credentials.toml";
    let index = "[[index]]\nname = \"web\"\nurl = \"https://dev:«token»@«feed»/pypi/simple/\"\n";
    vec![
        row("poetry", AUTOMATIC, ".config/pypoetry/auth.toml", basic).beside(".config/pypoetry/config.toml", repository),
        row("poetry", AUTOMATIC, ".config/pypoetry/auth.toml", "[pypi-token]\nweb = \"«token»\"\n").beside(".config/pypoetry/config.toml", repository),
        row("poetry", AUTOMATIC, ".config/pypoetry/auth.toml", basic)
            .beside("src/app/pyproject.toml", "[[tool.poetry.source]]\nname = \"web\"\nurl = \"https://«feed»/pypi/simple/\"\n"),
        row("poetry", CONSENT, ".config/pypoetry/auth.toml", basic).unknown(),
        row("poetry", CONSENT, ".config/pypoetry/config.toml", "[repositories.web]\nurl = \"https://dev:«token»@«feed»/pypi/upload/\"\n"),
        row("poetry", CONSENT, "src/app/poetry.lock", "[[package]]\nname = \"web\"\n\n[package.source]\ntype = \"legacy\"\nurl = \"https://dev:«token»@«feed»/pypi/simple\"\n").tracked(),
        row("poetry", CONSENT, "src/app/pyproject.toml", "[[tool.poetry.source]]\nname = \"web\"\nurl = \"https://dev:«token»@«feed»/pypi/simple/\"\n"),
        row("poetry", CONSENT, "src/app/pyproject.toml", "[[tool.poetry.source]]\nname = \"web\"\nurl = \"https://dev:«token»@«feed»/pypi/simple/\"\n").tracked(),
        row("uv", AUTOMATIC, uv, credential("username = \"dev\"\nscheme = \"basic\"\npassword = \"«token»\"\n")),
        row("uv", AUTOMATIC, uv, credential("scheme = \"bearer\"\ntoken = \"«token»\"\n")),
        row("uv", CONSENT, uv, "[[credential]]\nservice = \"https://pkgs.dev.azure.com\"\nusername = \"dev\"\nscheme = \"basic\"\npassword = \"«token»\"\n").unknown(),
        row("uv", CONSENT, ".config/uv/uv.toml", index),
        row("uv", CONSENT, "src/app/uv.toml", index),
        row("uv", CONSENT, "src/app/pyproject.toml", "[[tool.uv.index]]\nname = \"web\"\nurl = \"https://dev:«token»@«feed»/pypi/simple/\"\n").tracked(),
        row("uv", CONSENT, "src/app/uv.lock", "version = 1\n\n[[package]]\nname = \"web\"\nsource = { registry = \"https://dev:«token»@«feed»/pypi/simple/\" }\n").tracked(),
    ]
}

fn java() -> Vec<Row> {
    let server = |password: &str, repositories: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<settings xmlns=\"http://maven.apache.org/SETTINGS/1.0.0\">\n  <servers>\n    <server>\n      <id>web</id>\n      <username>contoso</username>\n      {password}\n    </server>\n  </servers>\n{repositories}</settings>\n"
        )
    };
    let url = "<repository><id>web</id><url>https://«feed»/maven/v1</url></repository>";
    let here = format!(
        "  <profiles><profile><id>p</id><repositories>{url}</repositories></profile></profiles>\n"
    );
    let password = "<password>«token»</password>";
    let header = "<configuration><httpHeaders><property><name>Authorization</name><value>Basic «base64 :»</value></property></httpHeaders></configuration>";
    let gradle = |path: &str, text: &str| row("gradle", CONSENT, path, text);
    let script = |path: &str, text: &str| row("gradle", MANUAL, path, text);
    let groovy = "allprojects {\n  repositories {\n    maven {\n      url 'https://«feed»/maven/v1'\n      credentials {\n        username 'contoso'\n        password '«token»'\n      }\n    }\n  }\n}\n";
    let kotlin = "repositories {\n  maven {\n    url = uri(\"https://«feed»/maven/v1\")\n    credentials {\n      username = \"contoso\"\n      password = \"«token»\"\n    }\n  }\n}\n";
    let properties =
        "contosoUsername=contoso\ncontosoUrl=https\\://«feed»/maven/v1\ncontosoPassword=«token»\n";
    vec![
        row(
            "maven",
            CONSENT,
            ".m2/settings.xml",
            server(password, &here),
        ),
        row("maven", CONSENT, ".m2/settings.xml", server(password, "")).beside(
            "src/app/pom.xml",
            &format!("<project><repositories>{url}</repositories></project>\n"),
        ),
        row("maven", CONSENT, ".m2/settings.xml", server(header, &here)),
        row(
            "maven",
            CONSENT,
            "src/app/settings.xml",
            server(password, &here),
        ),
        row(
            "maven",
            CONSENT,
            "src/app/settings.xml",
            server(password, &here),
        )
        .tracked(),
        gradle(".gradle/gradle.properties", properties),
        gradle(
            ".gradle/gradle.properties",
            "systemProp.url=https\\://«feed»/maven/v1\nheader=Basic «base64 contoso\\:»\n"
                .replace("\\:»", ":»")
                .as_str(),
        ),
        gradle(
            "src/app/gradle.properties",
            "feed=https\\://dev\\:«token»@«feed»/maven/v1\n",
        ),
        gradle("src/app/gradle.properties", properties).tracked(),
        script(".gradle/init.gradle", groovy),
        script(".gradle/init.gradle.kts", kotlin),
        script(".gradle/init.d/feeds.gradle", groovy),
        script("src/app/build.gradle", groovy),
        script("src/app/settings.gradle.kts", kotlin).tracked(),
    ]
}

fn cargo() -> Vec<Row> {
    let index = "[registries.web]\nindex = \"sparse+https://«feed»/Cargo/index/\"\n";
    let cargo = |path: &str, text: &str| row("cargo", AUTOMATIC, path, text);
    let known = |path: &str, text: &str| cargo(path, text).beside(".cargo/config.toml", index);
    vec![
        known(
            ".cargo/credentials.toml",
            "[registries.web]\ntoken = \"Basic «base64 PAT:»\"\n",
        ),
        known(
            ".cargo/credentials.toml",
            "[registries.web]\ntoken = \"Basic «base64 :»\"\n",
        ),
        known(
            ".cargo/credentials.toml",
            "[registries]\nweb = { token = \"«token»\" }\n",
        ),
        known(
            ".cargo/credentials",
            "[registries.web]\ntoken = \"Basic «base64 dev:»\"\n",
        ),
        known(
            ".cargo/credentials.toml",
            "[registries.web]\ntoken = \"Bearer «token»\"\n",
        )
        .holds(Holds::Bearer, "access-token"),
        cargo(
            ".cargo/config.toml",
            &format!("{index}token = \"Basic «base64 PAT:»\"\n"),
        ),
        row(
            "cargo",
            CONSENT,
            "src/app/.cargo/config.toml",
            format!("{index}token = \"Basic «base64 PAT:»\"\n"),
        ),
        row(
            "cargo",
            CONSENT,
            "src/app/.cargo/config.toml",
            format!("{index}token = \"Basic «base64 PAT:»\"\n"),
        )
        .tracked(),
    ]
}
