//! A finding with its verdict and the reasons in words.

use jiff::Timestamp;
use rekey_report::{EvidenceCode, Finding, Kind, Location, Remedy, Report, Verdict};

use super::show::date;
use super::words;

/// Beyond it a page helps nobody; the API gives them all.
const MOST: usize = 500;

pub(super) struct FindingView {
    pub(super) word: &'static str,
    pub(super) verdict: &'static str,
    pub(super) kind: &'static str,
    pub(super) store: String,
    pub(super) organization: String,
    pub(super) location: String,
    pub(super) entry: String,
    pub(super) evidence: Vec<String>,
    pub(super) remedy: &'static str,
    pub(super) manual: bool,
    pub(super) advice: String,
    pub(super) accepted: Option<String>,
}

/// What is open, what is settled (current or accepted), and how many are not shown.
pub(super) fn findings(
    report: &Report,
    now: Timestamp,
) -> (Vec<FindingView>, Vec<FindingView>, usize) {
    let mut sorted: Vec<_> = report.findings.iter().collect();
    sorted.sort_by_key(|finding| match finding.verdict {
        _ if settled(finding) => 2,
        Verdict::Unsure => 1,
        _ => 0,
    });
    let left_out = sorted.len().saturating_sub(MOST);
    let (closed, open): (Vec<_>, Vec<_>) = sorted
        .into_iter()
        .take(MOST)
        .partition(|finding| settled(finding));
    let view = |findings: Vec<&Finding>| {
        findings
            .into_iter()
            .map(|finding| of(finding, now))
            .collect()
    };
    (view(open), view(closed), left_out)
}

fn settled(finding: &Finding) -> bool {
    finding.verdict == Verdict::Current || finding.accepted.is_some()
}

fn of(finding: &Finding, now: Timestamp) -> FindingView {
    FindingView {
        word: finding.verdict.as_str(),
        verdict: words::verdict(finding.verdict),
        kind: words::kind(finding.kind),
        store: finding.store.clone(),
        organization: finding
            .organization
            .clone()
            .unwrap_or_else(|| "organization not known".to_owned()),
        location: location(&finding.location),
        entry: finding.location.entry.clone().unwrap_or_default(),
        evidence: finding
            .evidence
            .iter()
            .map(|evidence| {
                let reason = words::evidence(evidence.code);
                if evidence.detail.is_empty() {
                    reason.to_owned()
                } else {
                    format!("{reason}: {}", detail(&evidence.detail))
                }
            })
            .collect(),
        remedy: remedy(finding),
        manual: finding.remedy == Remedy::Manual,
        advice: finding.advice.as_deref().map(sentence).unwrap_or_default(),
        accepted: finding.accepted.as_ref().map(|accepted| {
            let until = match accepted.until {
                Some(until) if until < now => format!(", until {}, which is past", date(until)),
                Some(until) => format!(", until {}", date(until)),
                None => String::new(),
            };
            format!("Accepted by {}{until}: {}", accepted.by, accepted.reason)
        }),
    }
}

/// A time as the rest of the page writes it; anything else as it came.
fn detail(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), date)
}

/// Advice ends where the agent stopped; here it stands among sentences.
fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || text.ends_with(['.', '!', '?']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

/// Who removes it, and when: an unattended run leaves a token alone that may still work.
fn remedy(finding: &Finding) -> &'static str {
    let dead = finding.evidence.iter().any(|evidence| {
        matches!(
            evidence.code,
            EvidenceCode::Expired
                | EvidenceCode::RejectedByServer
                | EvidenceCode::AcceptedAsOldIdentity
                | EvidenceCode::TenantDiffers
                | EvidenceCode::TenantUnset
        )
    });
    match (finding.remedy, finding.verdict, finding.kind) {
        // The private key itself is harmless, and the person keeps it.
        (Remedy::Manual, _, Kind::SshKey) => "rekey does not remove keys",
        (Remedy::Manual, _, _) => "The person removes it by hand",
        (Remedy::Consent, _, _) | (_, Verdict::Unsure, _) => {
            "rekey removes it once the person agrees"
        }
        (Remedy::Automatic, _, Kind::Pat | Kind::Password | Kind::AccessToken) if !dead => {
            "rekey removes it when the person runs it, and unattended only where policy sets \
             pats = \"regenerate\""
        }
        (Remedy::Automatic, _, _) => "rekey removes it by itself",
    }
}

/// Reports may leave paths out, by policy.
fn location(location: &Location) -> String {
    let text = if let Some(path) = &location.path {
        match location.line {
            Some(line) => format!("{path}, line {line}"),
            None => path.clone(),
        }
    } else if let Some(vault) = &location.vault {
        let mut text = vault.clone();
        for part in [&location.target, &location.account].into_iter().flatten() {
            text = format!("{text} › {part}");
        }
        text
    } else if let Some(variable) = &location.variable {
        let scope = location.scope.map_or("", words::scope);
        format!("variable {variable} {scope}").trim_end().to_owned()
    } else {
        String::new()
    };
    if text.is_empty() {
        "place not told, by policy".to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use serde_json::json;

    use super::*;

    fn remedy_of(kind: &str, verdict: &str, remedy_word: &str, code: &str) -> &'static str {
        let finding = json!({
            "id": "1", "store": "npm", "kind": kind, "organization": null, "location": {},
            "verdict": verdict, "evidence": [{ "code": code, "detail": "" }],
            "remedy": remedy_word, "fingerprint": null
        });
        remedy(&serde_json::from_value(finding).unwrap())
    }

    #[test]
    fn only_what_holds_no_living_secret_goes_by_itself() {
        let month = "created-before-connection";
        let itself = "rekey removes it by itself";
        assert_eq!(
            remedy_of("account-binding", "stale", "automatic", month),
            itself
        );
        assert_eq!(remedy_of("pat", "stale", "automatic", "expired"), itself);
        assert!(remedy_of("pat", "stale", "automatic", month).contains("only where policy"));
        assert!(remedy_of("pat", "unsure", "automatic", month).contains("agrees"));
        assert!(remedy_of("pat", "stale", "consent", "expired").contains("agrees"));
    }

    #[test]
    fn a_private_key_is_not_to_be_removed() {
        let key = remedy_of("ssh-key", "stale", "manual", "written-before-connection");
        assert_eq!(key, "rekey does not remove keys");
        let file = remedy_of("pat", "stale", "manual", "expired");
        assert_eq!(file, "The person removes it by hand");
    }

    #[test]
    fn times_among_the_reasons_read_as_the_pages_own() {
        assert_eq!(detail("2026-11-23T09:30:44Z"), "23 Nov 2026, 09:30 UTC");
        assert_eq!(detail("2026-03"), "2026-03");
        assert_eq!(sentence("Have Support clear it"), "Have Support clear it.");
        assert_eq!(sentence("Is it yours?"), "Is it yours?");
        assert_eq!(sentence(" "), "");
    }
}
