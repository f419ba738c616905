//! Git's configuration, work trees and helpers; Git Credential Manager; netrc.

use super::{AUTOMATIC, CONSENT, Holds, MANUAL, REMOTE, Row, row};

const CONFIG: &str = "src/app/.git/config";

pub fn rows() -> Vec<Row> {
    [remotes(), settings(), other_files(), logins(), manager()].concat()
}

fn config(path: &str, text: &str) -> Row {
    row("git-config", CONSENT, path, text)
}

fn by_hand(path: &str, text: &str) -> Row {
    row("git-config", MANUAL, path, text)
}

fn remotes() -> Vec<Row> {
    let url = |address: &str| format!("[remote \"origin\"]\n\turl = https://{address}\n");
    vec![
        config(CONFIG, &url("dev:«token»@dev.azure.com/contoso/web/_git/app")),
        config(CONFIG, &url("«token»@dev.azure.com/contoso/web/_git/app")),
        config(CONFIG, &url("contoso:«token»@dev.azure.com/contoso/web/_git/app")),
        config(CONFIG, &url("dev%40contoso.example:«percent»@dev.azure.com/contoso/web/_git/app")),
        config(CONFIG, &url("«token»:x-oauth-basic@dev.azure.com/contoso/web/_git/app")),
        config(CONFIG, &url("dev:«token»@contoso.visualstudio.com/DefaultCollection/web/_git/app")),
        config(CONFIG, &url("dev:«token»@codex.azure.com/contoso/_git/app")),
        config(CONFIG, &format!("{REMOTE}\tpushurl = https://dev:«token»@dev.azure.com/contoso/web/_git/app\n")),
        config(CONFIG, "[remote \"origin\"]\r\n\turl = \"https://dev:«token»@dev.azure.com/contoso/web/_git/app\" ; mine\r\n"),
        config("bare/app.git/config", "[core]\n\tbare = true\n[remote \"origin\"]\n\turl = https://dev:«token»@dev.azure.com/contoso/web/_git/app\n")
            .beside("bare/app.git/HEAD", "ref: refs/heads/main\n")
            .beside("bare/app.git/objects/info/packs", "")
            .beside("bare/app.git/refs/heads/.keep", ""),
        config(".gitconfig", "[url \"https://«token»@dev.azure.com/contoso/\"]\n\tinsteadOf = azure:\n"),
        config(".config/git/config", "[url \"https://dev:«token»@dev.azure.com/contoso/\"]\n\tpushInsteadOf = https://dev.azure.com/contoso/\n"),
    ]
}

fn settings() -> Vec<Row> {
    let basic = "extraHeader = Authorization: Basic";
    vec![
        config(CONFIG, &format!("{REMOTE}[http]\n\t{basic} «base64 :»\n")),
        config(
            CONFIG,
            &format!("{REMOTE}[http \"https://dev.azure.com\"]\n\t{basic} «base64 dev:»\n"),
        ),
        config(
            ".gitconfig",
            &format!("[http \"https://dev.azure.com/contoso\"]\n\t{basic} «base64 :»\n"),
        ),
        config(
            ".gitconfig",
            "[http \"https://contoso.visualstudio.com/\"]\n\textraheader = \"AUTHORIZATION: basic «base64 PAT:»\"\n",
        ),
        config(".gitconfig", &format!("[http]\n\t{basic} «base64 :»\n")).unknown(),
        config(
            CONFIG,
            &format!("{REMOTE}[http]\n\textraHeader = Authorization: Bearer «token»\n"),
        )
        .holds(Holds::Bearer, "access-token"),
        by_hand(
            ".gitconfig",
            "[credential \"https://dev.azure.com/contoso\"]\n\tpassword = «token»\n",
        ),
        by_hand(
            ".gitconfig",
            "[credential \"https://dev.azure.com/contoso\"]\n\tusername = «token»\n",
        ),
        by_hand(
            ".gitconfig",
            "[credential \"https://dev.azure.com/contoso\"]\n\thelper = \"!f() { echo username=dev; echo password=«token»; }; f\"\n",
        ),
        config(
            CONFIG,
            &format!(
                "{REMOTE}[lfs]\n\turl = https://dev:«token»@dev.azure.com/contoso/web/_git/app/info/lfs\n"
            ),
        ),
        config(
            CONFIG,
            &format!(
                "{REMOTE}[lfs \"https://dev:«token»@dev.azure.com/contoso/web/_git/app/info/lfs\"]\n\taccess = basic\n"
            ),
        ),
    ]
}

fn other_files() -> Vec<Row> {
    let url = "https://dev:«token»@dev.azure.com/contoso/web/_git/lib";
    let remote = format!("[remote \"origin\"]\n\turl = {url}\n");
    let submodule = format!("[submodule \"lib\"]\n\tpath = lib\n\turl = {url}\n");
    let header = "[http \"https://dev.azure.com/contoso\"]\n\textraHeader = Authorization: Basic «base64 :»\n";
    vec![
        config("src/app/.gitmodules", &submodule).tracked(),
        config("src/app/.git/modules/lib/config", &remote)
            .beside("src/app/.git/config", REMOTE)
            .beside("src/app/.git/modules/lib/HEAD", "ref: refs/heads/main\n"),
        config("src/app/.git/config.worktree", &remote).beside(
            CONFIG,
            "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tworktreeConfig = true\n",
        ),
        config("src/app/.git/worktrees/two/config.worktree", &remote)
            .beside(
                CONFIG,
                "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tworktreeConfig = true\n",
            )
            .beside("src/app/.git/worktrees/two/HEAD", "ref: refs/heads/two\n")
            .beside("src/app/.git/worktrees/two/commondir", "../..\n"),
        config(".gitconfig-work", header)
            .beside(".gitconfig", "[include]\n\tpath = .gitconfig-work\n"),
        config(".config/git/work", header).beside(
            ".gitconfig",
            "[includeIf \"gitdir:~/work/\"]\n\tpath = ~/.config/git/work\n",
        ),
        config(".gitconfig", header).tracked(),
        by_hand(
            "src/app/.git/FETCH_HEAD",
            &format!(
                "{}\t\tbranch 'main' of {url}\n",
                "0123456789abcdef0123456789abcdef01234567"
            ),
        )
        .beside(CONFIG, REMOTE),
        by_hand(
            "src/app/.lfsconfig",
            &format!("[lfs]\n\turl = {url}/info/lfs\n"),
        )
        .beside(CONFIG, REMOTE),
    ]
}

fn logins() -> Vec<Row> {
    let store = |path: &str, text: &str| row("git-credential-store", AUTOMATIC, path, text);
    let netrc = |path: &str, text: &str| row("netrc", CONSENT, path, text);
    let ours = "https://dev:«token»@dev.azure.com/contoso\n";
    vec![
        store(".git-credentials", ours),
        store(".config/git/credentials", ours),
        store("secrets/azure", ours).beside(".gitconfig", "[credential]\n\thelper = store --file ~/secrets/azure\n"),
        store(".git-credentials", "https://«token»@dev.azure.com/contoso\n"),
        store(".git-credentials", "https://dev:«percent»@dev.azure.com/contoso/web\n"),
        store(".git-credentials", "https://Personal%20Access%20Token:«token»@contoso.visualstudio.com\n"),
        store(".git-credentials", "https://dev:elsewhere@github.com\nhttps://contoso:«token»@dev.azure.com\n"),
        store(".git-credentials", "https://dev:«token»@pkgs.dev.azure.com/contoso\n"),
        row("git-credential-store", CONSENT, ".git-credentials", "https://dev:«token»@dev.azure.com\n").unknown(),
        netrc(".netrc", "machine dev.azure.com login contoso password «token»\n"),
        netrc(".netrc", "machine contoso.visualstudio.com\nlogin dev\npassword \"«token»\"\n"),
        netrc(".netrc", "machine github.com login a password elsewhere\nmachine pkgs.dev.azure.com login dev password «token»\n").unknown(),
        netrc("_netrc", "machine dev.azure.com\n\tlogin contoso\n\tpassword «token»\n"),
        netrc(".authinfo", "machine dev.azure.com login contoso port https password «token»\n"),
    ]
}

fn manager() -> Vec<Row> {
    let file = |path: &str, text: &str| row("gcm-files", AUTOMATIC, path, text);
    let folder = ".gcm/store/git/https/";
    let insecure = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n<insecureStore>\n<Credentials/>\n<Tokens>\n<entry>\n<key>git:https://contoso.visualstudio.com</key>\n<value>\n<Type>Personal</Type>\n<Value>«token»</Value>\n</value>\n</entry>\n</Tokens>\n</insecureStore>\n";
    let authority = |value: &str| format!("[credential \"azrepos:org/contoso\"]\n\t{value}\n");
    vec![
        file(
            &format!("{folder}dev.azure.com/contoso/dev@contoso.example.credential"),
            "«token»\nservice=https://dev.azure.com/contoso\naccount=dev@contoso.example\n",
        ),
        file(
            &format!("{folder}contoso.visualstudio.com/dev.credential"),
            "«token»\nservice=https://contoso.visualstudio.com\naccount=dev\n",
        ),
        row("gcm-files", CONSENT, &format!("{folder}dev.azure.com/dev.credential"), "«token»\nservice=https://dev.azure.com\naccount=dev\n")
            .unknown(),
        file("stores/gcm/git/https/dev.azure.com/contoso/dev.credential", "«token»\nservice=https://dev.azure.com/contoso\naccount=dev\n")
            .beside(".gitconfig", "[credential]\n\tplaintextStorePath = ~/stores/gcm\n"),
        file("git-credential-manager/insecureStore.xml", insecure),
        file("git-credential-manager/insecureStore.xml.old", insecure),
        file(".password-store/git/https/dev.azure.com/contoso/dev@contoso.example.gpg", "sealed")
            .holds(Holds::Written, "password")
            .beside(".password-store/.gpg-id", "0000\n"),
        row("gcm-authority", AUTOMATIC, ".gitconfig", authority("azureAuthority = https://login.microsoftonline.com/«tenant»"))
            .holds(Holds::Tenant, "tenant-cache"),
        row("gcm-authority", AUTOMATIC, ".config/git/config", authority("azureAuthority = https://login.microsoftonline.com/«tenant»/v2.0"))
            .holds(Holds::Tenant, "tenant-cache"),
        row("gcm-authority", CONSENT, ".gitconfig", "[credential]\n\tazreposServicePrincipal = «tenant»/33333333-0000-4000-8000-000000000003\n")
            .holds(Holds::Tenant, "pinned-tenant").unknown(),
        row("gcm-binding", AUTOMATIC, ".gitconfig", authority("username = dev@outlook.example"))
            .holds(Holds::Written, "account-binding"),
        row("gcm-binding", AUTOMATIC, "src/app/.git/config", format!("{REMOTE}{}", authority("username = dev@outlook.example")))
            .holds(Holds::Written, "account-binding"),
    ]
}
