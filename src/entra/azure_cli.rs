//! The sign-in that the Azure CLI holds: `az account get-access-token`.

use std::ffi::OsStr;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::aadsts::{Refusal, code_in};
use super::{AccessToken, RESOURCE, SignInFault, Way};
use crate::model::Secret;
use crate::platform::Programs;
use crate::platform::programs::Call;

/// It is written in Python, and may have to renew its token over the network.
const LIMIT: Duration = Duration::from_secs(60);
/// A token has some 3 KB.
const MOST: usize = 64 * 1024;

/// What it says when somebody has to sign in again, beside the codes of Microsoft Entra ID.
const SIGNED_OUT: [&str; 4] = [
    "az login",
    "Interactive authentication is needed",
    "no subscription",
    "was not found",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    access_token: Zeroizing<String>,
}

/// Asks the Azure CLI for a token of this tenant.
///
/// # Errors
/// Where it has none.
pub(super) fn token(
    programs: &Programs,
    tenant: Uuid,
    now: Timestamp,
) -> Result<AccessToken, SignInFault> {
    let program = programs.azure_cli().ok_or(SignInFault::NoAzureCli)?;
    let tenant_text = tenant.to_string();
    let arguments: Vec<&OsStr> = [
        "account",
        "get-access-token",
        "--resource",
        RESOURCE,
        "--tenant",
        &tenant_text,
        "--output",
        "json",
        "--only-show-errors",
    ]
    .map(OsStr::new)
    .to_vec();
    let said = programs
        .ask_azure_cli(&Call {
            program: &program,
            arguments: &arguments,
            input: b"",
            limit: LIMIT,
            most: MOST,
        })
        .map_err(|fault| SignInFault::AzureCli(fault.to_string()))?;
    if !said.success {
        return Err(refusal(said.errors.expose(), tenant));
    }
    let answer: Answer = serde_json::from_str(said.output.expose())
        .map_err(|_| SignInFault::AzureCli("its answer cannot be read".to_owned()))?;
    let secret = Secret::new(answer.access_token.as_str());
    AccessToken::accept(secret, tenant, now, Way::AzureCli).map_err(|fault| match fault {
        SignInFault::Ended => SignInFault::AzureCliSignedOut {
            tenant,
            refusal: None,
        },
        other => other,
    })
}

fn refusal(errors: &str, tenant: Uuid) -> SignInFault {
    let code = code_in(errors);
    if code.is_some() || SIGNED_OUT.iter().any(|words| errors.contains(words)) {
        return SignInFault::AzureCliSignedOut {
            tenant,
            refusal: code.map(|code| Refusal::new(Some(code), "")),
        };
    }
    SignInFault::AzureCli("it fails".to_owned())
}

// Not on Windows: the scripts that stand in are of Unix.
#[cfg(all(test, unix))]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::disallowed_methods,
        reason = "tests stop at the first surprise"
    )]

    use rstest::rstest;

    use super::*;
    use crate::entra::testing::{NOW, TENANT, azure_cli, now};
    use crate::testing::{TestHome, entra_jwt};

    fn ask(script: &str) -> Result<AccessToken, SignInFault> {
        let home = TestHome::new();
        token(&azure_cli(&home, script), TENANT, now())
    }

    #[test]
    fn its_token_is_taken_and_it_is_asked_for_this_tenant_alone() {
        let home = TestHome::new();
        let jwt = entra_jwt(&TENANT.to_string(), NOW + 3600);
        let script = format!(
            r#"echo "$@" > "$HOME/asked"; env > "$HOME/seen"
               echo '{{"accessToken":"{jwt}","expiresOn":"2026-11-29 18:00:00.000000","tenant":"{TENANT}","tokenType":"Bearer"}}'"#
        );
        let found = token(&azure_cli(&home, &script), TENANT, now()).unwrap();
        assert_eq!(found.secret().expose(), jwt);
        assert_eq!(found.way(), Way::AzureCli);
        let asked = std::fs::read_to_string(home.path().join("asked")).unwrap();
        assert_eq!(
            asked.trim(),
            format!(
                "account get-access-token --resource {RESOURCE} --tenant {TENANT} --output json --only-show-errors"
            )
        );
        let seen = std::fs::read_to_string(home.path().join("seen")).unwrap();
        assert!(
            seen.contains("AZURE_CORE_COLLECT_TELEMETRY=false"),
            "{seen}"
        );
        assert!(!seen.contains("eyJ"), "{seen}");
    }

    #[rstest]
    #[case("ERROR: Please run 'az login' to setup account.", None)]
    #[case(
        "ERROR: AADSTS700082: The refresh token has expired due to inactivity.",
        Some(700_082)
    )]
    #[case(
        "ERROR: AADSTS50076: you must use multi-factor authentication",
        Some(50_076)
    )]
    fn one_that_is_signed_out_says_so_with_the_next_step(
        #[case] words: &str,
        #[case] code: Option<u32>,
    ) {
        let fault = ask(&format!("echo \"{words}\" >&2; exit 1")).unwrap_err();
        let SignInFault::AzureCliSignedOut { refusal, .. } = &fault else {
            panic!("{fault:?}");
        };
        assert_eq!(refusal.as_ref().and_then(|refusal| refusal.code), code);
        let step = fault.next_step();
        assert!(
            step.contains(&format!("az login --tenant {TENANT}")),
            "{step}"
        );
    }

    #[rstest]
    #[case("exit 3", "it fails")]
    #[case("echo 'no JSON'", "cannot be read")]
    #[case("echo '{}'", "cannot be read")]
    #[case("head -c 70000 /dev/zero", "too much")]
    fn what_else_goes_wrong_is_told(#[case] script: &str, #[case] words: &str) {
        let fault = ask(script).unwrap_err();
        assert!(matches!(fault, SignInFault::AzureCli(_)), "{fault:?}");
        assert!(fault.to_string().contains(words), "{fault}");
    }

    #[test]
    fn a_token_of_another_tenant_is_none_for_this_one() {
        let jwt = entra_jwt(&Uuid::from_u128(9).to_string(), NOW + 3600);
        let fault = ask(&format!("echo '{{\"accessToken\":\"{jwt}\"}}'")).unwrap_err();
        assert!(
            matches!(fault, SignInFault::OtherTenant { .. }),
            "{fault:?}"
        );
        assert!(fault.next_step().contains(&TENANT.to_string()));
    }

    #[test]
    fn one_that_is_not_there_is_not_asked() {
        let programs = Programs::new(|_| None);
        assert_eq!(
            token(&programs, TENANT, now()),
            Err(SignInFault::NoAzureCli)
        );
    }
}
