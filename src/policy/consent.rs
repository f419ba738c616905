//! Who has agreed to which edit: the person, a flag or machine policy.

use rekey_report::EvidenceCode as Code;

use super::{Leave, Settings};
use crate::model::{Finding, Kind, OrganizationName, OutcomeState, Remedy, Verdict};

/// How a command was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// On a terminal: the plan is shown and asked about once.
    Interactive,
    /// `--yes`: the answer for everything stale.
    Yes,
    /// `--unattended`: machine policy answers.
    Unattended,
    /// Neither, or `--dry-run`: the plan is shown, nothing changes.
    ShowOnly,
}

/// What happens to one edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// It is made.
    Make,
    /// The person is asked; the flag says whether "yes" to the whole plan covers it.
    Ask {
        /// It is stale, so the one question covers it. What is unsure is picked one by one.
        covered: bool,
    },
    /// It is not made.
    Leave(OutcomeState, String),
}

/// Why an edit that needs consent is made by nobody.
pub const FORBIDDEN: &str = "clean.consent is never";

/// Whether settings let nobody agree to an edit with this remedy, not even the person.
pub fn is_forbidden(remedy: Remedy, settings: &Settings) -> bool {
    needs_consent(remedy, settings) && settings.consent == Leave::Never
}

fn needs_consent(remedy: Remedy, settings: &Settings) -> bool {
    remedy == Remedy::Consent || !settings.automatic
}

/// Decides about the edit of one finding.
pub fn decide(finding: &Finding, settings: &Settings, mode: Mode) -> Decision {
    if is_gated(finding, settings) {
        return pending("the organization is not connected yet");
    }
    let needs_consent = needs_consent(finding.remedy, settings);
    if is_forbidden(finding.remedy, settings) {
        let reason = FORBIDDEN.to_owned();
        return Decision::Leave(OutcomeState::Declined, reason);
    }
    match (finding.verdict, mode) {
        (Verdict::Current, _) => pending("it is current"),
        (_, Mode::ShowOnly) => pending("nothing is changed without --yes"),
        (verdict, Mode::Interactive) => Decision::Ask {
            covered: verdict == Verdict::Stale,
        },
        (Verdict::Unsure, _) => pending("unsure: rekey asks about it on a terminal"),
        (Verdict::Stale, Mode::Unattended) if needs_consent && !settings.machine_consents => {
            pending("it needs the person's consent")
        }
        (Verdict::Stale, Mode::Unattended)
            if may_still_live(finding) && !settings.machine_regenerates =>
        {
            pending("the token may still work: its owner replaces it first, with rekey run")
        }
        (Verdict::Stale, Mode::Yes | Mode::Unattended) => Decision::Make,
    }
}

/// Decides about the edit of an old address: it works, so only the person's own word changes it.
pub fn decide_address(settings: &Settings, mode: Mode) -> Decision {
    if settings.consent == Leave::Never {
        let reason = FORBIDDEN.to_owned();
        return Decision::Leave(OutcomeState::Declined, reason);
    }
    match mode {
        Mode::Yes => Decision::Make,
        Mode::Interactive => Decision::Ask { covered: true },
        Mode::Unattended => pending("only the person changes an address: --yes, or on a terminal"),
        Mode::ShowOnly => pending("nothing is changed without --yes"),
    }
}

fn pending(reason: &str) -> Decision {
    Decision::Leave(OutcomeState::Pending, reason.to_owned())
}

/// Nothing of an organization that is not connected yet is changed, nor anything that may be its own.
fn is_gated(finding: &Finding, settings: &Settings) -> bool {
    let organizations = &settings.scope.organizations;
    match finding
        .organization
        .as_deref()
        .and_then(OrganizationName::new)
    {
        Some(name) => settings
            .scope
            .get(&name)
            .is_none_or(|organization| organization.gated),
        None => organizations.iter().any(|organization| organization.gated),
    }
}

/// Nobody is locked out unseen: a secret that is stale only by its month or its file's time may be
/// what the person works with until the hour they replace it.
fn may_still_live(finding: &Finding) -> bool {
    let holds_secret = matches!(finding.kind, Kind::Pat | Kind::Password | Kind::AccessToken);
    let known_dead = finding.evidence.iter().any(|item| {
        matches!(
            item.code,
            Code::RejectedByServer
                | Code::Expired
                | Code::AcceptedAsOldIdentity
                | Code::TenantDiffers
                | Code::TenantUnset
        )
    });
    holds_secret && !known_dead
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use rekey_report::{Evidence, Location};

    use super::*;
    use crate::policy::{Layer, Origin, resolve};

    fn settings(machine: &str) -> Settings {
        let path = std::path::Path::new("policy.toml");
        let machine = Layer::from_toml(path, machine).unwrap();
        let typed = "organizations = [{ name = \"contoso\" }]";
        let layers = [
            (Origin::Machine(path.to_owned()), machine),
            (Origin::CommandLine, Layer::from_toml(path, typed).unwrap()),
        ];
        resolve(&layers, "2026-12-01T00:00:00Z".parse().unwrap()).unwrap()
    }

    fn finding(kind: Kind, verdict: Verdict, remedy: Remedy, code: Code) -> Finding {
        Finding {
            id: "1".into(),
            store: "npm".into(),
            kind,
            organization: Some("Contoso".into()),
            location: Location::default(),
            verdict,
            evidence: vec![Evidence {
                code,
                detail: String::new(),
            }],
            remedy,
            fingerprint: None,
            advice: None,
            accepted: None,
        }
    }

    fn old_pat(remedy: Remedy) -> Finding {
        finding(
            Kind::Pat,
            Verdict::Stale,
            remedy,
            Code::CreatedBeforeConnection,
        )
    }

    fn is_pending(decision: &Decision) -> bool {
        matches!(decision, Decision::Leave(OutcomeState::Pending, _))
    }

    #[test]
    fn unattended_only_what_holds_no_living_secret_goes() {
        let plain = settings("");
        let cache = finding(
            Kind::TenantCache,
            Verdict::Stale,
            Remedy::Automatic,
            Code::TenantUnset,
        );
        let session = finding(
            Kind::SessionToken,
            Verdict::Stale,
            Remedy::Automatic,
            Code::WrittenBeforeConnection,
        );
        let expired = finding(
            Kind::AccessToken,
            Verdict::Stale,
            Remedy::Automatic,
            Code::Expired,
        );
        for made in [cache, session, expired] {
            assert_eq!(decide(&made, &plain, Mode::Unattended), Decision::Make);
        }
        assert!(is_pending(&decide(
            &old_pat(Remedy::Automatic),
            &plain,
            Mode::Unattended
        )));
        let regenerate = settings("pats = \"regenerate\"");
        assert_eq!(
            decide(&old_pat(Remedy::Automatic), &regenerate, Mode::Unattended),
            Decision::Make
        );
    }

    #[test]
    fn an_old_address_is_the_persons_own_to_change() {
        let consents = settings("[clean]\nconsent = \"always\"");
        assert_eq!(decide_address(&consents, Mode::Yes), Decision::Make);
        assert_eq!(
            decide_address(&consents, Mode::Interactive),
            Decision::Ask { covered: true }
        );
        for mode in [Mode::Unattended, Mode::ShowOnly] {
            assert!(is_pending(&decide_address(&consents, mode)));
        }
        let never = settings("[clean]\nconsent = \"never\"");
        assert!(matches!(
            decide_address(&never, Mode::Yes),
            Decision::Leave(OutcomeState::Declined, _)
        ));
    }

    #[test]
    fn unattended_consent_comes_from_machine_policy_alone() {
        let consents = settings("pats = \"regenerate\"\n[clean]\nconsent = \"always\"");
        assert_eq!(
            decide(&old_pat(Remedy::Consent), &consents, Mode::Unattended),
            Decision::Make
        );
        let silent = settings("pats = \"regenerate\"");
        assert!(is_pending(&decide(
            &old_pat(Remedy::Consent),
            &silent,
            Mode::Unattended
        )));
    }

    #[test]
    fn yes_answers_for_what_is_stale_and_never_for_what_is_unsure() {
        let plain = settings("");
        for remedy in [Remedy::Automatic, Remedy::Consent] {
            assert_eq!(decide(&old_pat(remedy), &plain, Mode::Yes), Decision::Make);
        }
        let unsure = finding(
            Kind::Pat,
            Verdict::Unsure,
            Remedy::Automatic,
            Code::CreatedInConnectionMonth,
        );
        assert!(is_pending(&decide(&unsure, &plain, Mode::Yes)));
        assert_eq!(
            decide(&unsure, &plain, Mode::Interactive),
            Decision::Ask { covered: false }
        );
    }

    #[test]
    fn policy_never_beats_yes() {
        let never = settings("[clean]\nconsent = \"never\"");
        let decision = decide(&old_pat(Remedy::Consent), &never, Mode::Yes);
        assert!(
            matches!(decision, Decision::Leave(OutcomeState::Declined, _)),
            "{decision:?}"
        );
        assert_eq!(
            decide(&old_pat(Remedy::Automatic), &never, Mode::Yes),
            Decision::Make
        );
    }

    #[test]
    fn nothing_of_an_organization_that_is_not_connected_is_changed() {
        let mut gated = settings("");
        gated.scope.organizations[0].gated = true;
        for mode in [Mode::Yes, Mode::Unattended, Mode::Interactive] {
            assert!(is_pending(&decide(
                &old_pat(Remedy::Automatic),
                &gated,
                mode
            )));
        }
    }
}
