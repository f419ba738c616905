//! The table of all places as Windows lays them out: that of Linux with its folders moved, and what only Windows has.

use super::places::{
    AUTOMATIC, CONSENT, Custody, Holds, MANUAL, REMOTE, Row, row, rows as of_linux,
};
use super::planting::Text;
use super::support::layout::moved;

/// How a Windows program may have written a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As tools from Unix write it.
    Plain,
    /// With the line ends of Windows.
    LineEnds,
    /// With those and a byte order mark.
    Marked,
    /// UTF-16, as Windows PowerShell writes with `>`.
    Wide,
}

impl Encoding {
    pub fn of(self, text: &str) -> Vec<u8> {
        let marked = |text: &str| format!("\u{feff}{}", text.trim_start_matches('\u{feff}'));
        let lines = || text.replace("\r\n", "\n").replace('\n', "\r\n");
        match self {
            Self::Plain => text.into(),
            Self::LineEnds => lines().into(),
            Self::Marked => marked(&lines()).into(),
            Self::Wide => marked(&lines())
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect(),
        }
    }
}

/// In which encodings a row's file can be: what its own tool reads.
pub fn encodings(row: &Row) -> Vec<Encoding> {
    use Encoding::{LineEnds, Marked, Plain, Wide};
    match row.store {
        _ if row.store == "nuget" || is_of_power_shell(row) => vec![Plain, LineEnds, Marked, Wide],
        // git takes a carriage return for a part of the address.
        "git-credential-store" | "gcm-files" | "tfx" => vec![Plain],
        _ => vec![Plain, LineEnds, Marked],
    }
}

fn is_of_power_shell(row: &Row) -> bool {
    row.path.contains("PowerShell")
}

/// Every row. Those that need git are tried on Linux alone: the rules of custody are the same.
pub fn rows() -> Vec<Row> {
    let of_linux = of_linux().into_iter().filter_map(|mut row| {
        if row.custody != Custody::Own {
            return None;
        }
        row.path = moved(&row.path)?;
        for (path, _) in &mut row.beside {
            *path = moved(path)?;
        }
        Some(row)
    });
    let mut all: Vec<_> = of_linux.collect();
    all.extend(own());
    all
}

/// What only Windows has, and the forms that only PowerShell has.
fn own() -> Vec<Row> {
    let sealed = "AQAAANCMnd8BFdERjHoAwE/Cl+sBAAAAzAAAAA==";
    let nuget = format!(
        "<configuration>\n  <packageSources>\n    <add key=\"web\" value=\"https://«feed»/nuget/v3/index.json\" />\n  </packageSources>\n  <packageSourceCredentials>\n    <web>\n      <add key=\"Username\" value=\"dev\" />\n      <add key=\"Password\" value=\"{sealed}\" />\n    </web>\n  </packageSourceCredentials>\n</configuration>\n"
    );
    let written = |row: Row| row.holds(Holds::Written, "password");
    let mut rows = vec![
        written(row(
            "gcm-files",
            AUTOMATIC,
            ".gcm/dpapi_store/git/https/dev.azure.com/contoso/dev.credential",
            format!("{sealed}\r\nservice=https://dev.azure.com/contoso\r\naccount=dev\r\n"),
        )),
        written(row(
            "gcm-files",
            AUTOMATIC,
            "stores/sealed/git/https/dev.azure.com-8443/contoso/dev.credential",
            format!("{sealed}\r\nservice=https://dev.azure.com:8443/contoso\r\naccount=dev\r\n"),
        )
        .beside(".gitconfig", "[credential]\n\tdpapiStorePath = ~/stores/sealed\n")),
        written(row("nuget", AUTOMATIC, "AppData/Roaming/NuGet/NuGet.Config", nuget)),
        written(row(
            "sourcetree",
            CONSENT,
            "AppData/Local/Atlassian/SourceTree/passwd",
            format!("me@bitbucket.org {sealed}\ncontoso@dev.azure.com {sealed}\nme@northwind.visualstudio.com {sealed}\n"),
        )),
        row(
            "npm",
            AUTOMATIC,
            "AppData/Roaming/npm/etc/npmrc",
            "//«feed»/npm/registry/:_authToken=«token»\n",
        ),
        row(
            "netrc",
            CONSENT,
            "_netrc",
            "machine northwind.visualstudio.com login dev password elsewhere\nmachine dev.azure.com login contoso password «token»\n",
        ),
        row(
            "git-config",
            MANUAL,
            "src/app/.git/git-credential-manager.log",
            "2026-01-01 08:00:00Z  Program: store protocol=https host=dev.azure.com path=contoso\n2026-01-01 08:00:00Z  password=«token» for https://dev.azure.com/contoso/\n",
        )
        .beside("src/app/.git/config", REMOTE),
        row(
            "shell-profile",
            CONSENT,
            ".bashrc",
            "export AZDO_ORG=contoso\nexport AZDO_PAT='«token»'\nalias ll='ls -l'\n",
        ),
    ];
    let organization = "$env:AZDO_ORG_SERVICE_URL = \"https://dev.azure.com/contoso\"\n";
    for folder in [
        "Documents/PowerShell",
        "Documents/WindowsPowerShell",
        "OneDrive/Documents/PowerShell",
    ] {
        for name in [
            "profile.ps1",
            "Microsoft.PowerShell_profile.ps1",
            "Microsoft.VSCode_profile.ps1",
        ] {
            let text = format!("{organization}$env:AZDO_PERSONAL_ACCESS_TOKEN = '«token»'\n");
            let path = format!("{folder}/{name}");
            rows.push(row("shell-profile", CONSENT, &path, text));
        }
    }
    for line in [
        "[Environment]::SetEnvironmentVariable(\"AZDO_PAT\", \"«token»\", \"User\")",
        "[System.Environment]::SetEnvironmentVariable('AZDO_PAT','«token»')",
        "Set-Item -Path Env:AZDO_PAT -Value '«token»'",
        "setx AZDO_PAT «token»",
        "${env:AZDO_PAT} = \"«token»\" # mine",
        "$AZDO_PAT = '«token»'",
        "$env:AZDO_HEADER = 'Basic «base64 :»'",
    ] {
        let text = format!("{organization}{line}\nSet-Alias ll Get-ChildItem\n");
        let path = "Documents/WindowsPowerShell/profile.ps1";
        rows.push(row("shell-profile", CONSENT, path, text));
    }
    let history = "AppData/Roaming/Microsoft/Windows/PowerShell/PSReadLine/ConsoleHost_history.txt";
    for line in [
        "git clone https://dev:«token»@dev.azure.com/contoso/web/_git/app",
        "$env:AZURE_DEVOPS_EXT_PAT = '«token»'; az devops project list --org https://dev.azure.com/contoso",
        "dotnet nuget add source https://«feed»/nuget/v3/index.json -u dev -p «token»",
        "Invoke-RestMethod https://dev.azure.com/contoso/_apis/projects `\n  -Headers @{ Authorization = 'Basic «base64 :»' }",
    ] {
        let text = format!("Get-ChildItem\n{line}\n");
        rows.push(row("shell-history", MANUAL, history, text));
    }
    rows
}

/// A row of which folders that any project may have are in one of this number, so that many rows fit into one home.
pub fn numbered(mut row: Row, number: usize) -> Row {
    let apart = |path: &mut String| {
        let first = path.split('/').next().unwrap_or_default();
        if matches!(first, "src" | "infra" | "app" | "agent" | "bare") {
            *path = format!("w{number}/{path}");
        }
    };
    apart(&mut row.path);
    for (path, _) in &mut row.beside {
        apart(path);
    }
    row
}

/// Rows that fit into one home: none writes another's file, and where nothing tells whose a token is, each store has one.
pub fn packed(rows: Vec<Row>) -> Vec<Vec<Row>> {
    let mut homes: Vec<Vec<Row>> = Vec::new();
    for row in rows {
        let fits = |home: &&mut Vec<Row>| home.iter().all(|other| agree(&row, other));
        match homes.iter_mut().find(fits) {
            Some(home) => home.push(row),
            None => homes.push(vec![row]),
        }
    }
    homes
}

fn agree(one: &Row, other: &Row) -> bool {
    let files = |row: &Row| -> Vec<(String, Text)> {
        let own = (row.path.clone(), row.text.clone());
        row.beside.iter().cloned().chain([own]).collect()
    };
    let (ours, theirs) = (files(one), files(other));
    let alone = |row: &Row, path: &str| row.path == path;
    let apart = ours.iter().all(|(path, text)| {
        theirs.iter().all(|(known, also)| {
            !path.eq_ignore_ascii_case(known)
                || (format!("{text:?}") == format!("{also:?}")
                    && !alone(one, path)
                    && !alone(other, path))
        })
    });
    let unknown = |row: &Row| row.organization.is_none();
    apart && unknown(one) == unknown(other) && !(unknown(one) && one.store == other.store)
}
