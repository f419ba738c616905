#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

use std::path::PathBuf;

use super::*;
use crate::model::{ConfigLevel, Question};
use crate::platform::System;
use crate::platform::vault::memory::MemoryVault;
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

/// One organization that is connected.
fn connected() -> Scope {
    let mut scope = scope(&["contoso"]);
    scope.organizations[0].connected_at = Some("2026-10-10T12:00:00Z".parse().unwrap());
    scope
}

fn asked(value: &str, level: ConfigLevel, name: &OrganizationName) -> Asked {
    Asked {
        helpers: vec![helper(value, level)],
        questions: Question::of_organization(name),
        organization: name.clone(),
    }
}

fn trial<'a>(
    platform: &'a dyn Platform,
    scope: &'a Scope,
    spared: &'a [&'a crate::model::Secret],
) -> Trial<'a> {
    Trial {
        platform,
        scope,
        pats: Pats::default(),
        now: "2026-12-01T00:00:00Z".parse().unwrap(),
        spared,
        proved: &|_| false,
    }
}

/// What one setting is found to be, and why.
fn prove_one(platform: &dyn Platform, value: &str, level: ConfigLevel) -> (HelperState, String) {
    let scope = connected();
    let asked = asked(value, level, &scope.organizations[0].name);
    let mut proofs = prove(&[asked], &trial(platform, &scope, &[]));
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
    let platform = platform.with("XDG_CONFIG_HOME", home.path().join(".config"));
    // git looks for an alias where it finds no such program.
    let settings = format!(
        "[alias]\n\tcredential-wincred = !touch {0}\n[trace2]\n\teventTarget = {0}\n",
        made.display()
    );
    home.write(".gitconfig", &settings);
    home.write(".config/git/config", &settings);
    let line = format!("https://x:{}@dev.azure.com/contoso\n", pat84('C', 'C', 1));
    let store = home.write(".git-credentials", &line);
    let programs = platform.programs().unwrap();
    let git = programs.git().unwrap();
    let said = programs
        .run(&crate::platform::programs::Call {
            program: &git,
            arguments: &["credential-wincred".as_ref(), "get".as_ref()],
            input: b"",
            limit: std::time::Duration::from_secs(30),
            most: 1_000,
        })
        .unwrap();
    assert!(!said.success, "git knows no such program and no such alias");
    for value in ["store", "cache", "libsecret", "wincred"] {
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
fn the_helper_of_macos_is_not_asked_there() {
    let home = TestHome::of(System::MacOs);
    let platform = Pretended::hermetic(&home);
    let (state, reason) = prove_one(&platform, "osxkeychain", ConfigLevel::Global);
    assert_eq!(state, HelperState::NotAsked);
    assert!(reason.contains("the keychain was listed"), "{reason}");
}

#[test]
fn a_helper_that_is_not_installed_is_not_asked() {
    let home = TestHome::new();
    let platform = Pretended::at_work(&home);
    for value in ["wincred", "/nowhere/git-credential-osxkeychain"] {
        let (state, reason) = prove_one(&platform, value, ConfigLevel::Global);
        assert_eq!(state, HelperState::NotAsked, "{value}");
        assert!(reason.contains("not installed"), "{reason}");
    }
}

/// git's own helper, with one that finds nothing in its place.
#[test]
fn the_keyring_is_looked_into_only_while_none_of_it_is_locked() {
    let home = TestHome::new();
    let helper = home.write("git-credential-libsecret", "#!/bin/sh\ncat\n");
    std::fs::set_permissions(&helper, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let value = helper.to_string_lossy().into_owned();
    let prove = |platform: &Pretended| prove_one(platform, &value, ConfigLevel::Global);
    let vault = MemoryVault::new();
    vault.add(&[("a", "b")], "c");
    let platform = Pretended::at_work(&home).with_vault(&vault);
    assert_eq!(prove(&platform).0, HelperState::Silent);
    vault.inside(|inside| inside.locked = true);
    let (state, reason) = prove(&platform);
    assert_eq!(state, HelperState::NotAsked);
    assert!(reason.contains("the keyring is locked"), "{reason}");
    vault.inside(|inside| (inside.locked, inside.absent) = (false, true));
    assert_eq!(prove(&platform).0, HelperState::NotAsked);
    let without = Pretended::at_work(&home);
    assert_eq!(prove(&without).0, HelperState::NotAsked);
}

#[test]
fn too_many_remotes_are_told() {
    let home = TestHome::new();
    let platform = Pretended::at_work(&home);
    let scope = connected();
    let name = scope.organizations[0].name.clone();
    let remote = |number: usize| {
        let path = format!("contoso/p/_git/r{number}");
        Question::new("dev.azure.com", Some(&path), None).unwrap()
    };
    let mut asked = asked("store", ConfigLevel::Global, &name);
    asked.questions.splice(0..0, (0..40).map(remote));
    let proofs = prove(&[asked], &trial(&platform, &scope, &[]));
    assert_eq!(proofs[0].state, HelperState::Silent);
    assert_eq!(
        proofs[0].reason.as_deref(),
        Some("asked for 30 of 43 addresses")
    );
}

#[test]
fn what_may_stay_may_be_answered() {
    let home = TestHome::new();
    let platform = Pretended::at_work(&home);
    let (accepted, other) = (pat84('C', 'C', 1), pat84('C', 'C', 2));
    let scope = connected();
    let name = scope.organizations[0].name.clone();
    let secret = crate::model::Secret::new(&*accepted);
    for (token, state) in [
        (accepted, HelperState::AnswersCurrent),
        (other, HelperState::StillAnswers),
    ] {
        home.write(
            ".git-credentials",
            format!("https://x:{token}@dev.azure.com/contoso\n"),
        );
        let asked = asked("store", ConfigLevel::Global, &name);
        let proofs = prove(&[asked], &trial(&platform, &scope, &[&secret]));
        assert_eq!(proofs[0].state, state);
    }
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
    assert_eq!(prove(&[asked], &trial(&platform, &scope, &[])), []);
}
