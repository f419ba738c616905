//! What the real tfx, vsce and MSAL write is found, and they go on after the removal. See `ci/command-line-tools`.
//! Not on Windows: the real tools are Linux programs.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise, and say why they are skipped"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::service::Service;
use support::tokens::{entra_jwt, pat52, pat84};
use support::tree::{differences, tree};
use support::{Answer, Home, OLD_TENANT, TENANT, findings, not_tried};

/// As the Azure CLI does it (`azure/cli/core/auth/persistence.py`), with what Entra would have answered.
const MSAL: &str = r#"
import base64, json, os, sys
from msal_extensions import FilePersistence, PersistedTokenCache
path, *tokens = sys.argv[1:]
os.makedirs(os.path.dirname(path), exist_ok=True)
cache = PersistedTokenCache(FilePersistence(path))
for pair in tokens:
    tenant, token = pair.split("=", 1)
    info = base64.urlsafe_b64encode(json.dumps({"uid": "oid-" + tenant, "utid": tenant}).encode()).decode()
    cache.add({
        "client_id": "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
        "scope": ["499b84ac-1321-427f-aa17-267ca6975798/.default"],
        "token_endpoint": "https://login.microsoftonline.com/%s/oauth2/v2.0/token" % tenant,
        "response": {"access_token": token, "refresh_token": "0.opaque", "expires_in": 3599, "client_info": info},
    })
"#;

/// The tools, with the real service played on loopback.
struct Tools {
    folder: PathBuf,
    service: Service,
    redirection: tempfile::NamedTempFile,
}

impl Tools {
    /// `None` where they cannot be had.
    fn get() -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let output = Command::new(root.join("ci/command-line-tools"))
            .output()
            .unwrap();
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr);
            not_tried(&format!(
                "ci/command-line-tools did not get the tools: {reason}"
            ));
            return None;
        }
        let folder = PathBuf::from(String::from_utf8(output.stdout).unwrap().trim_end());
        let service = Service::start();
        let redirection = tempfile::Builder::new().suffix(".cjs").tempfile().unwrap();
        // vsce asks for a token only where it sees a terminal.
        let script = service.redirection() + "process.stdout.isTTY = true;\n";
        std::fs::write(redirection.path(), script).unwrap();
        Some(Self {
            folder,
            service,
            redirection,
        })
    }

    fn node(&self, home: &Home, tool: &str, arguments: &[&str], input: &str) -> Answer {
        let program = self.folder.join("node_modules/.bin").join(tool);
        let market = format!("VSCE_MARKETPLACE_URL=http://{}", self.service.address);
        let fixed = [
            "VSCE_STORE=file",
            &market,
            "node",
            "--require",
            self.redirection.path().to_str().unwrap(),
            program.to_str().unwrap(),
        ];
        home.tool("env", &[&fixed, arguments].concat(), &home.path(), input)
    }

    fn tfx_login(&self, home: &Home, url: &str, token: &str) {
        let arguments = [
            "login",
            "--no-prompt",
            "--service-url",
            url,
            "--token",
            token,
        ];
        self.node(home, "tfx", &arguments, "").expect(0);
    }

    fn sign_in(&self, home: &Home, path: &str, tokens: &[(&str, String)]) {
        let modules = format!("PYTHONPATH={}", self.folder.join("python").display());
        let path = home.join(path);
        let tokens: Vec<_> = tokens
            .iter()
            .map(|(tenant, token)| format!("{tenant}={token}"))
            .collect();
        let mut arguments = vec![&*modules, "python3", "-c", MSAL, path.to_str().unwrap()];
        arguments.extend(tokens.iter().map(String::as_str));
        home.tool("env", &arguments, &home.path(), "").expect(0);
    }
}

#[test]
fn logins_of_tfx_go_one_by_one_and_tfx_goes_on() {
    let Some(tools) = Tools::get() else { return };
    let home = Home::new();
    let (old, new, theirs) = (pat84('C', 'C', 1), pat84('C', 'K', 2), pat84('C', 'C', 3));
    tools.tfx_login(&home, "https://dev.azure.com/fabrikam", &theirs);
    tools.tfx_login(
        &home,
        "https://contoso.visualstudio.com/DefaultCollection",
        &new,
    );
    tools.tfx_login(&home, "https://dev.azure.com/contoso", &old);

    let before = tree(&home.path());
    let scan = home.about_contoso(&["scan", "--json"]).expect(1).json();
    assert_eq!(
        findings(&scan, "stale"),
        ["tfx https://dev.azure.com/contoso"]
    );
    assert_eq!(
        findings(&scan, "current"),
        ["tfx https://contoso.visualstudio.com/DefaultCollection"]
    );
    home.about_contoso(&["clean", "--yes"]).expect(0);
    assert_eq!(
        differences(&before, &tree(&home.path())),
        [".tfx/https__dev.azure.com_contoso/.allusers"]
    );
    tools.node(&home, "tfx", &["logout"], "").expect(0);
    tools.tfx_login(&home, "https://dev.azure.com/contoso", &new);
    assert_eq!(
        home.read(".tfx/https__dev.azure.com_contoso/.allusers"),
        format!("pat:{new}")
    );
}

#[test]
fn tokens_of_publishers_are_unsure_and_stay_until_the_person_picks_them() {
    let Some(tools) = Tools::get() else { return };
    let home = Home::new();
    let (one, two) = (pat84('C', 'C', 1), pat52(2));
    for (publisher, token) in [("contoso", &one), ("fabrikam", &two)] {
        let input = format!("{token}\n");
        tools
            .node(&home, "vsce", &["login", publisher], &input)
            .expect(0);
    }
    let entry = |name: &str, token: &str| format!(r#"{{"name":"{name}","pat":"{token}"}}"#);
    assert_eq!(
        home.read(".vsce"),
        format!(
            r#"{{"publishers":[{},{}]}}"#,
            entry("contoso", &one),
            entry("fabrikam", &two)
        )
    );
    let scan = home.about_contoso(&["scan", "--json"]).expect(1).json();
    assert_eq!(findings(&scan, "unsure"), ["vsce contoso", "vsce fabrikam"]);
    home.about_contoso(&["clean", "--yes"]).expect(1);
    let known = tools
        .node(&home, "vsce", &["ls-publishers"], "")
        .expect(0)
        .stdout;
    assert_eq!(known, "contoso\nfabrikam\n", "what is unsure stays");
}

#[test]
fn sign_ins_of_the_old_tenant_are_shown_and_left_to_the_person() {
    let Some(tools) = Tools::get() else { return };
    let home = Home::new();
    let token = |tenant: &str| entra_jwt(tenant, 1_700_000_000);
    let tokens = [(OLD_TENANT, token(OLD_TENANT)), (TENANT, token(TENANT))];
    tools.sign_in(&home, ".azure/msal_token_cache.json", &tokens);
    tools.sign_in(&home, ".local/.IdentityService/msal.cache", &tokens);
    let before = tree(&home.path());
    let scan = home.about_contoso(&["scan", "--json"]).expect(1).json();
    let lines = |tenant: &str| {
        ["azure-cli", "msal-cache"].map(|store| format!("{store} access token of {tenant}"))
    };
    assert_eq!(findings(&scan, "stale"), lines(OLD_TENANT));
    assert_eq!(findings(&scan, "current"), lines(TENANT));
    assert_eq!(findings(&scan, "unsure"), Vec::<String>::new());
    home.about_contoso(&["clean", "--yes"]).expect(1);
    assert_eq!(
        differences(&before, &tree(&home.path())),
        Vec::<String>::new()
    );
}
