//! Evidence in, verdict out. Pure: the time is a parameter, and nothing is read.

mod evidence;

use rekey_report::EvidenceCode as Code;

use crate::model::{Evidence, Verdict};

pub use evidence::{Known, evidence};

/// What becomes of tokens that still work with the new identity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pats {
    /// They are made anew.
    #[default]
    Regenerate,
    /// They stay.
    OnlyIfBroken,
}

/// How much a kind of evidence weighs. The strongest that decides wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Written,
    Month,
    Tenant,
    Proved,
    Answered,
}

/// The verdict that the evidence leads to: the strongest decides, and at equal rank stale wins.
pub fn judge(evidence: &[Evidence], pats: Pats) -> Verdict {
    let ownerless = evidence
        .iter()
        .any(|item| item.code == Code::UnknownOrganization);
    let decisive = evidence
        .iter()
        .filter_map(|item| weigh(item.code, pats))
        // Whose token it is stays open, so neither its month nor its file can tell.
        .filter(|(rank, _)| !ownerless || *rank >= Rank::Proved);
    let strongest = decisive.max_by_key(|(rank, verdict)| (*rank, *verdict == Verdict::Stale));
    strongest.map_or(Verdict::Unsure, |(_, verdict)| verdict)
}

fn weigh(code: Code, pats: Pats) -> Option<(Rank, Verdict)> {
    let (rank, verdict) = match code {
        Code::RejectedByServer
        | Code::Expired
        | Code::AcceptedAsOldIdentity
        | Code::KeyTypeRefused => (Rank::Answered, Verdict::Stale),
        Code::AcceptedAsCurrentIdentity if pats == Pats::OnlyIfBroken => {
            (Rank::Answered, Verdict::Current)
        }
        Code::ProvedByGuide => (Rank::Proved, Verdict::Current),
        Code::TenantDiffers | Code::TenantUnset => (Rank::Tenant, Verdict::Stale),
        Code::TenantMatches => (Rank::Tenant, Verdict::Current),
        Code::CreatedBeforeConnection => (Rank::Month, Verdict::Stale),
        Code::CreatedAfterConnection => (Rank::Month, Verdict::Current),
        Code::WrittenBeforeConnection => (Rank::Written, Verdict::Stale),
        Code::AcceptedAsCurrentIdentity
        | Code::CreatedInConnectionMonth
        | Code::WrittenAfterConnection
        | Code::UnknownOrganization => return None,
    };
    Some((rank, verdict))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(codes: &[Code]) -> Verdict {
        verdict_under(codes, Pats::Regenerate)
    }

    fn verdict_under(codes: &[Code], pats: Pats) -> Verdict {
        let evidence: Vec<_> = codes
            .iter()
            .map(|code| Evidence {
                code: *code,
                detail: String::new(),
            })
            .collect();
        judge(&evidence, pats)
    }

    #[test]
    fn nothing_decisive_is_unsure() {
        assert_eq!(verdict(&[]), Verdict::Unsure);
        assert_eq!(
            verdict(&[Code::CreatedInConnectionMonth, Code::WrittenAfterConnection]),
            Verdict::Unsure
        );
    }

    #[test]
    fn stronger_evidence_wins_in_either_order() {
        for (stronger, weaker, wanted) in [
            (Code::RejectedByServer, Code::ProvedByGuide, Verdict::Stale),
            (Code::ProvedByGuide, Code::TenantDiffers, Verdict::Current),
            (
                Code::TenantMatches,
                Code::CreatedBeforeConnection,
                Verdict::Current,
            ),
            (
                Code::TenantDiffers,
                Code::CreatedAfterConnection,
                Verdict::Stale,
            ),
            (
                Code::CreatedAfterConnection,
                Code::WrittenBeforeConnection,
                Verdict::Current,
            ),
            (
                Code::WrittenBeforeConnection,
                Code::CreatedInConnectionMonth,
                Verdict::Stale,
            ),
        ] {
            assert_eq!(verdict(&[stronger, weaker]), wanted);
            assert_eq!(verdict(&[weaker, stronger]), wanted);
        }
    }

    #[test]
    fn at_equal_rank_stale_wins() {
        for codes in [
            [Code::TenantMatches, Code::TenantUnset],
            [Code::TenantDiffers, Code::TenantMatches],
            [Code::CreatedAfterConnection, Code::CreatedBeforeConnection],
        ] {
            assert_eq!(verdict(&codes), Verdict::Stale);
        }
    }

    #[test]
    fn a_working_token_is_kept_only_where_policy_says_so() {
        let codes = [
            Code::AcceptedAsCurrentIdentity,
            Code::CreatedBeforeConnection,
        ];
        assert_eq!(verdict(&codes), Verdict::Stale);
        assert_eq!(verdict_under(&codes, Pats::OnlyIfBroken), Verdict::Current);
        assert_eq!(verdict(&[Code::AcceptedAsCurrentIdentity]), Verdict::Unsure);
    }

    #[test]
    fn a_token_without_an_organization_is_unsure_whatever_its_month_says() {
        for code in [
            Code::CreatedBeforeConnection,
            Code::CreatedAfterConnection,
            Code::WrittenBeforeConnection,
            Code::TenantDiffers,
        ] {
            assert_eq!(verdict(&[Code::UnknownOrganization, code]), Verdict::Unsure);
        }
        assert_eq!(
            verdict(&[Code::UnknownOrganization, Code::Expired]),
            Verdict::Stale
        );
    }
}
