#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise, and one writes a page of documents"
)]

use std::path::{Path, PathBuf};

use rstest::rstest;

use super::*;

fn steps(text: &str) -> Vec<Option<StepId>> {
    symptoms(text).iter().map(|symptom| symptom.step).collect()
}

#[rstest]
#[case(
    "TF400813: The user 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa' is not authorized",
    Some(StepId::Caches)
)]
#[case("tf400813", Some(StepId::Caches))]
#[case(
    "TF401444: Please sign-in at least once as x\\y\\dev@contoso.com in a web browser",
    Some(StepId::SignIn)
)]
#[case("VS403283: Could not add user 'x' at this time", Some(StepId::SignIn))]
#[case(
    "VS403463: The conditional access policy defined by your administrator has failed.",
    None
)]
#[case(
    "VS30063: You are not authorized to access https://dev.azure.com.",
    Some(StepId::SignIn)
)]
#[case(
    "AADSTS900021: Requested tenant identifier is not valid",
    Some(StepId::Caches)
)]
#[case("AADSTS90072: User account does not exist", Some(StepId::SignIn))]
#[case(
    "error: cannot spawn askpass: No such file or directory",
    Some(StepId::Caches)
)]
#[case(
    "fatal: could not read Username for 'https://dev.azure.com'",
    Some(StepId::Caches)
)]
#[case(
    "fatal: Authentication failed for 'https://dev.azure.com/contoso/'",
    Some(StepId::Pats)
)]
#[case("remote: Public key\n  authentication failed.", Some(StepId::SshKeys))]
#[case(
    "Access Denied: The Personal Access Token used has expired.",
    Some(StepId::Pats)
)]
fn each_message_leads_to_what_mends_it(#[case] text: &str, #[case] step: Option<StepId>) {
    assert_eq!(steps(text), [step], "{text}");
}

#[test]
fn a_text_may_hold_several_messages_or_none() {
    let text = "remote: TF400813: x\nfatal: Authentication failed for 'https://dev.azure.com/'";
    assert_eq!(steps(text), [Some(StepId::Caches), Some(StepId::Pats)]);
    assert_eq!(symptoms("fatal: not a git repository"), [] as [&Symptom; 0]);
    assert_eq!(symptoms(""), [] as [&Symptom; 0]);
}

#[test]
fn signs_are_in_lower_case_and_sentences_end() {
    for symptom in SYMPTOMS {
        for sign in symptom.signs {
            assert_eq!(*sign, sign.to_lowercase());
        }
        assert!(
            symptom.cause.ends_with(['.']) || symptom.cause.ends_with("..."),
            "{}",
            symptom.message
        );
        assert!(symptom.cure.ends_with('.'), "{}", symptom.message);
    }
}

const BEGIN: &str = "<!-- the table: REKEY_REWRITE_DOCS=1 cargo test symptoms_page -->\n";
const END: &str = "<!-- the end of the table -->";
const HEAD: &str = "| message | why it comes | what mends it | type |\n|---|---|---|---|\n";

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/symptoms.md")
}

#[test]
fn the_symptoms_page_has_every_message() {
    let text = std::fs::read_to_string(page())
        .unwrap()
        .replace("\r\n", "\n");
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let row = |symptom: &Symptom| {
        let Symptom {
            message,
            cause,
            cure,
            ..
        } = symptom;
        let command = symptom
            .command()
            .map_or_else(String::new, |command| format!("`{command}`"));
        format!("| {message} | {cause} | {cure} | {command} |\n")
    };
    let rows: String = SYMPTOMS.iter().map(row).collect();
    let wanted = format!("{before}{BEGIN}{HEAD}{rows}{END}{after}");
    if std::env::var_os("REKEY_REWRITE_DOCS").is_some() {
        std::fs::write(page(), &wanted).unwrap();
    } else {
        assert!(
            text == wanted,
            "docs/symptoms.md differs from the code: REKEY_REWRITE_DOCS=1 cargo test symptoms_page writes it"
        );
    }
}
