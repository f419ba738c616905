//! A quick look at bytes that may name Azure DevOps, for files that stand in every repository.

/// Every host of Azure DevOps ends in one of these.
const ENDINGS: [&[u8]; 2] = [b"azure.com", b"visualstudio.com"];
/// How all of them end, from the last full stop on.
const TOP: usize = ".com".len();

/// Whether the bytes may name a host of Azure DevOps. It errs on the side of yes: what is not plain text may.
pub fn may_name_host(bytes: &[u8]) -> bool {
    // UTF-16, whose names are not found byte by byte.
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return true;
    }
    memchr::memchr_iter(b'.', bytes).any(|stop| {
        let before = bytes.get(..stop + TOP).unwrap_or_default();
        ENDINGS.iter().any(|ending| {
            let start = before.len().checked_sub(ending.len());
            start
                .and_then(|start| before.get(start..))
                .is_some_and(|name| name.eq_ignore_ascii_case(ending))
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Address;

    #[test]
    fn hosts_are_seen_in_any_case_and_encoding() {
        let utf16: Vec<u8> = "\u{feff}https://dev.azure.com/"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for (bytes, expected) in [
            (&b"https://u:p@pkgs.dev.azure.com/contoso"[..], true),
            (b"contoso.PKGS.VisualStudio.Com", true),
            (b"azure.com", true),
            (&utf16, true),
            (b"https://pypi.org/simple", false),
            (b"azure.co", false),
            (b"visualstudio", false),
            (b".com", false),
            (b"", false),
        ] {
            assert_eq!(may_name_host(bytes), expected, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn no_address_of_the_service_is_missed(text in "[a-zA-Z:/.@ ]{0,20}(dev.azure.com|Contoso.VisualStudio.com)[/a-z]{0,9}") {
            if Address::parse(&text).is_some() {
                prop_assert!(may_name_host(text.as_bytes()));
            }
        }
    }
}
