//! The fixed words of the wire, in sentences for an admin.

use rekey_report::{
    EvidenceCode, Kind, OutcomeState, PlaceState, StepId, StepState, VariableScope, Verdict,
};

pub(super) fn state(word: &str) -> &'static str {
    match word {
        "compliant" => "Compliant",
        "action-needed" => "Action needed",
        "failed" => "Failed",
        "waiting" => "Waiting",
        "silent" => "Silent",
        _ => "Not reported",
    }
}

/// As the audit page defines them.
pub(super) fn state_means(word: &str) -> &'static str {
    match word {
        "compliant" => {
            "Nothing stale or undecided was found, no step is open, the run had no error."
        }
        "action-needed" => {
            "Something stale or undecided is left, or a step of the person's is open."
        }
        "failed" => "The last run had an error: a place could not be read, or an edit failed.",
        "waiting" => {
            "The organization is not connected yet, or cleaning is paused; nothing was changed."
        }
        "silent" => "No report for the set time. What it said before may still hold; nobody knows.",
        _ => "Enrolled, and no report has come yet.",
    }
}

pub(super) fn mark(word: &str) -> &str {
    match word {
        "declared" => "declared steps",
        "accepted" => "accepted findings",
        "cloned" => "two machines reporting as one",
        other => other,
    }
}

pub(super) fn system(word: &str) -> &str {
    match word {
        "windows" => "Windows",
        "macos" => "macOS",
        "linux" => "Linux",
        "" => "not told",
        other => other,
    }
}

pub(super) const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Stale => "Stale",
        Verdict::Current => "Current",
        Verdict::Unsure => "Unsure",
    }
}

pub(super) const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::TenantCache => "Tenant cache",
        Kind::AccountBinding => "Account binding",
        Kind::PinnedTenant => "Pinned tenant",
        Kind::Pat => "Personal access token",
        Kind::SessionToken => "Session token",
        Kind::AccessToken => "Access token",
        Kind::Password => "Password",
        Kind::SshKey => "SSH key",
        Kind::SshSetting => "SSH setting",
    }
}

pub(super) const fn evidence(code: EvidenceCode) -> &'static str {
    match code {
        EvidenceCode::RejectedByServer => "Azure DevOps refuses it",
        EvidenceCode::Expired => "It has expired",
        EvidenceCode::AcceptedAsOldIdentity => {
            "Azure DevOps accepts it as an identity of before the change"
        }
        EvidenceCode::AcceptedAsCurrentIdentity => {
            "Azure DevOps accepts it as an identity of the tenant"
        }
        EvidenceCode::TenantDiffers => "It names another tenant than the organization's",
        EvidenceCode::TenantUnset => "It says that the organization has no tenant",
        EvidenceCode::TenantMatches => "It names the organization's tenant",
        EvidenceCode::CreatedBeforeConnection => "Created before the connection",
        EvidenceCode::CreatedAfterConnection => "Created after the connection",
        EvidenceCode::CreatedInConnectionMonth => "Created in the month of the connection",
        EvidenceCode::WrittenBeforeConnection => "Last written before the connection",
        EvidenceCode::WrittenAfterConnection => "Last written after the connection",
        EvidenceCode::ProvedByGuide => "rekey saw it work with the new identity",
        EvidenceCode::KeyTypeRefused => "Azure DevOps does not accept this type of key",
        EvidenceCode::UnknownOrganization => "Nothing says whose it is",
    }
}

pub(super) const fn outcome(state: OutcomeState) -> &'static str {
    match state {
        OutcomeState::Done => "Done",
        OutcomeState::AlreadyDone => "Was so already",
        OutcomeState::ChangedMeanwhile => "Left alone: the file had changed meanwhile",
        OutcomeState::Failed => "Failed",
        OutcomeState::Declined => "Declined by the person or by policy",
        OutcomeState::Pending => "Waits for the person",
    }
}

pub(super) const fn place(state: PlaceState) -> &'static str {
    match state {
        PlaceState::Read => "Read",
        PlaceState::Absent => "Not there",
        PlaceState::Unreadable => "Could not be read",
        PlaceState::Locked => "Locked",
        PlaceState::Skipped => "Left alone on purpose",
    }
}

pub(super) const fn step(step: StepId) -> &'static str {
    match step {
        StepId::SignIn => "Sign out everywhere and in again with the work account",
        StepId::Caches => "Clear tenant caches",
        StepId::Pats => "Regenerate personal access tokens and revoke the old ones",
        StepId::SshKeys => "Have Support clear SSH keys and add them again",
        StepId::MicrosoftAccount => "Rename the Microsoft account with the same address",
        StepId::Subscription => "Move the Visual Studio subscription to the new sign-in name",
    }
}

pub(super) const fn step_state(state: StepState) -> &'static str {
    match state {
        StepState::NotNeeded => "Not needed",
        StepState::Pending => "Pending",
        StepState::Deferred => "Put off",
        StepState::Done => "Done",
    }
}

pub(super) const fn scope(scope: VariableScope) -> &'static str {
    match scope {
        VariableScope::Process => "of the process that started rekey",
        VariableScope::User => "of the person",
        VariableScope::Machine => "of the machine",
    }
}
