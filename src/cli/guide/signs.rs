//! What a scan tells of the steps that only the person can end.

use crate::cli::session::Session;
use crate::guide::Signs;
use crate::model::{Credential, EvidenceCode, Finding, Kind, Tenant, Verdict};
use crate::scan::Scanned;
use crate::stores::ide::has_visual_studio;

/// The signs in what was found.
pub(in crate::cli) fn signs(session: &Session, found: &Scanned) -> Signs {
    let accounts = found.pairs().filter_map(|(finding, credential)| {
        let account = bound(finding, credential).or_else(|| said(finding))?;
        Some((credential.organization.clone(), account))
    });
    Signs {
        visual_studio: has_visual_studio(session.platform.as_ref()),
        accounts: accounts.collect(),
    }
}

/// The sign-in name that a tool was bound to before the change.
fn bound(finding: &Finding, credential: &Credential) -> Option<String> {
    let is_old = finding.kind == Kind::AccountBinding && finding.verdict == Verdict::Stale;
    credential.observed.account.clone().filter(|_| is_old)
}

/// The Microsoft account that the service still takes a token for.
fn said(finding: &Finding) -> Option<String> {
    let end = format!(" ({})", Tenant::MicrosoftAccount);
    let mut evidence = finding.evidence.iter();
    let said = evidence.find(|one| one.code == EvidenceCode::AcceptedAsOldIdentity)?;
    Some(said.detail.strip_suffix(&end)?.to_owned())
}
