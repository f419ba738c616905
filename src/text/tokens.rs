//! Tokens in a text, without those that its addresses hand to other hosts.

use super::UserInfo;
use crate::model::Address;
use crate::token::{self, Sighting};

/// Longer than any address that is meant.
const LONGEST: usize = 8 * 1024;

/// Every token in the text but those in addresses with a login for another host: these are none of Azure DevOps Services.
pub fn tokens(text: &str) -> Vec<Sighting> {
    standing(text, |stands| stands != Standing::Elsewhere)
}

/// The same without what [`UserInfo::secret`] tells of in an address of Azure DevOps, for who has looked at these.
pub fn tokens_beside_addresses(text: &str) -> Vec<Sighting> {
    standing(text, |stands| stands == Standing::Free)
}

fn standing(text: &str, fits: impl Fn(Standing) -> bool) -> Vec<Sighting> {
    let mut tokens = token::find_all(text);
    tokens.retain(|sighting| fits(stands(text, sighting.at)));
    tokens
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// In no address with a login.
    Free,
    /// In the login of an address of Azure DevOps.
    Login,
    /// In an address with a login for another host.
    Elsewhere,
}

/// What is at `at` is part of the address that began last, if of any: looking back from each token costs the same
/// however many addresses the text has.
fn stands(text: &str, at: usize) -> Standing {
    let from = text.floor_char_boundary(at.saturating_sub(LONGEST));
    let Some(begun) = text.get(from..at).and_then(|before| before.rfind("//")) else {
        return Standing::Free;
    };
    let start = from + begun;
    let limit = text.floor_char_boundary(start.saturating_add(2 * LONGEST));
    let address = text.get(start..limit).unwrap_or_default();
    // A later address of the same piece may have the first login.
    let own = UserInfo::of(address).filter(|info| info.range.start == 2);
    let Some(info) = own.filter(|info| at - start < info.address.end) else {
        return Standing::Free;
    };
    if Address::parse(&info.address_in(address)).is_none() {
        Standing::Elsewhere
    } else if info.secret().is_some() && at - start < info.range.end {
        Standing::Login
    } else {
        Standing::Free
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{pat52, pat84};

    #[test]
    fn tokens_for_other_hosts_are_left_out() {
        let token = pat84('C', 'A', 1);
        let encoded = STANDARD.encode(format!("u:{token}"));
        for (text, any, beside) in [
            (token.clone(), 1, 1),
            (
                format!("git::https://u:{token}@tfs.contoso.com/tfs/_git/m"),
                0,
                0,
            ),
            (format!("https://{token}@github.com/a"), 0, 0),
            (format!("https://{encoded}@github.com/a"), 0, 0),
            (format!("https://github.com/a?t={encoded}"), 1, 1),
            (format!("https://u:p@github.com/a?t={token}"), 0, 0),
            (format!("https://u:p@github.com/a {token}"), 1, 1),
            (format!("https://u:p@github.com/a // {token}"), 1, 1),
            (format!("https://u:{token}@dev.azure.com/contoso"), 1, 0),
            (
                format!("https://contoso@dev.azure.com/contoso?t={token}"),
                1,
                1,
            ),
            (
                format!("https://a.example/ https://u:{token}@dev.azure.com/contoso {token}"),
                2,
                1,
            ),
            (
                format!(
                    "https://u:{token}@dev.azure.com/contoso https://u:{token}@tfs.contoso.com"
                ),
                1,
                0,
            ),
            (format!("\"https://tfs.contoso.com\",\"{token}\""), 1, 1),
        ] {
            let found = (tokens(&text).len(), tokens_beside_addresses(&text).len());
            assert_eq!(found, (any, beside), "{text}");
        }
        assert!(tokens(&format!("//u:{}@tfs.contoso.com", pat52(1))).is_empty());
    }

    proptest! {
        #[test]
        fn any_text_can_be_searched(text in "(//|u:|@|dev.azure.com|é| |/|T){0,20}") {
            let text = text.replace('T', &pat52(1));
            prop_assert!(tokens(&text).len() >= tokens_beside_addresses(&text).len());
        }
    }
}
