#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::path::PathBuf;

use super::*;
use crate::model::{ConfigLevel, Question};
use crate::stores::git::helper_command::HelperCommand;
use crate::testing::{Pretended, TestHome, pat52, pat84, scope};

fn helper(value: &str, level: ConfigLevel) -> Helper {
    Helper {
        command: HelperCommand::parse(value),
        scope: None,
        level,
        repository: (level == ConfigLevel::Local).then(|| PathBuf::from("/r")),
        path: PathBuf::from("/c"),
        line: 1,
        conditional: false,
    }
}

/// What one setting is found to be, and why.
fn prove_one(platform: &dyn Platform, value: &str, level: ConfigLevel) -> (HelperState, String) {
    let mut scope = scope(&["contoso"]);
    scope.organizations[0].connected_at = Some("2026-10-10T12:00:00Z".parse().unwrap());
    let name = scope.organizations[0].name.clone();
    let asked = Asked {
        helpers: vec![helper(value, level)],
        questions: Question::of_organization(&name),
        organization: name,
    };
    let trial = Trial {
        platform,
        scope: &scope,
        pats: Pats::default(),
        now: "2026-12-01T00:00:00Z".parse().unwrap(),
    };
    let mut proofs = prove(&[asked], &trial);
    let proof = proofs.remove(0);
    (proof.state, proof.reason.unwrap_or_default())
}

#[test]
fn the_real_store_is_asked_in_every_form() {
    let home = TestHome::new();
    let platform = Pretended::at_work(&home);
    let old = pat84('C', 'C', 1);
    for (line, state) in [
        (String::new(), HelperState::Silent),
        (
            format!("https://x:{old}@dev.azure.com/contoso\n"),
            HelperState::StillAnswers,
        ),
        (
            format!("https://contoso:{old}@dev.azure.com\n"),
            HelperState::StillAnswers,
        ),
        (
            format!("https://x:{old}@contoso.visualstudio.com\n"),
            HelperState::StillAnswers,
        ),
        (
            format!("https://x:{}@dev.azure.com/contoso\n", pat52(1)),
            HelperState::StillAnswers,
        ),
        (
            format!("https://x:{}@dev.azure.com/contoso\n", pat84('C', 'K', 1)),
            HelperState::AnswersCurrent,
        ),
        (
            format!("https://x:{old}@dev.azure.com/fabrikam\n"),
            HelperState::Silent,
        ),
        (
            format!("https://x:{old}@github.com/contoso\n"),
            HelperState::Silent,
        ),
    ] {
        home.write(".git-credentials", &line);
        home.write("my creds", &line);
        for value in [
            "store",
            "/usr/lib/git-core/git-credential-store",
            "store --file '~/my creds'",
            "store --file=$HOME/my\\ creds",
        ] {
            let (found, reason) = prove_one(&platform, value, ConfigLevel::Global);
            assert_eq!(found, state, "{line} {value} {reason}");
            assert!(!reason.contains(&old), "{reason}");
        }
    }
}

#[test]
fn asking_leaves_no_trace() {
    let home = TestHome::new();
    let platform = Pretended::at_work(&home);
    let made = home.path().join("made");
    home.write(
        ".gitconfig",
        format!(
            "[alias]\n\tcredential-libsecret = !touch {0}\n[trace2]\n\teventTarget = {0}\n",
            made.display()
        ),
    );
    let line = format!("https://x:{}@dev.azure.com/contoso\n", pat84('C', 'C', 1));
    let store = home.write(".git-credentials", &line);
    for value in ["store", "cache", "libsecret", "osxkeychain"] {
        let _ = prove_one(&platform, value, ConfigLevel::Global);
    }
    assert!(!made.exists());
    assert!(!home.path().join(".cache").exists());
    assert_eq!(std::fs::read_to_string(store).unwrap(), line);
}

#[test]
fn whoever_could_do_anything_is_not_asked() {
    let home = TestHome::new();
    let program = home.path().join("git-credential-libsecret");
    let by_path = program.to_string_lossy().into_owned();
    let platform = Pretended::at_work(&home);
    for (value, level) in [
        ("manager", ConfigLevel::Global),
        ("/usr/local/bin/git-credential-manager", ConfigLevel::Global),
        ("!git credential-store", ConfigLevel::Global),
        ("oauth", ConfigLevel::Global),
        ("store; touch x", ConfigLevel::Global),
        (by_path.as_str(), ConfigLevel::Local),
    ] {
        let (state, reason) = prove_one(&platform, value, level);
        assert_eq!(state, HelperState::NotAsked, "{value}");
        assert!(!reason.is_empty());
    }
}

#[test]
fn a_helper_that_is_not_there_is_told() {
    let home = TestHome::new();
    let platform = Pretended::at_work(&home);
    let (state, _) = prove_one(&platform, "wincred", ConfigLevel::Global);
    assert_eq!(state, HelperState::Failed);
}

#[test]
fn a_home_alone_is_not_asked() {
    let home = TestHome::new();
    let platform = crate::platform::Hermetic::new(crate::platform::System::Linux, &home.path());
    for value in ["store", "cache"] {
        let (state, reason) = prove_one(&platform, value, ConfigLevel::Global);
        assert_eq!(state, HelperState::NotAsked);
        assert!(reason.contains("--home"), "{reason}");
    }
}

#[test]
fn an_organization_that_is_not_connected_is_not_asked_for() {
    let home = TestHome::new();
    let platform = Pretended::at_work(&home);
    let mut scope = scope(&["contoso"]);
    scope.organizations[0].gated = true;
    let asked = Asked {
        organization: scope.organizations[0].name.clone(),
        helpers: vec![helper("store", ConfigLevel::Global)],
        questions: Vec::new(),
    };
    let trial = Trial {
        platform: &platform,
        scope: &scope,
        pats: Pats::default(),
        now: "2026-12-01T00:00:00Z".parse().unwrap(),
    };
    assert_eq!(prove(&[asked], &trial), []);
}
