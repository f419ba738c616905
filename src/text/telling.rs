//! A quick look at bytes that may speak of Azure DevOps, for files that stand in every repository.

/// What follows the `z` where a text names Azure DevOps, its hosts, its tools, or has the mark of its tokens.
const AFTER_Z: [&[u8]; 5] = [
    b"do",
    b"uredevops",
    b"ure_devops",
    b"ure-devops",
    b"ure.com",
];
/// The older host, from its full stop back and on.
const OLDER: (&[u8], &[u8]) = (b"visualstudio", b"com");

/// Whether a file of these bytes is worth reading. It errs on the side of yes: what is not plain text may be.
pub fn tells_of_azure_devops(bytes: &[u8]) -> bool {
    // UTF-16, whose words are not found byte by byte.
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]) {
        return true;
    }
    memchr::memchr3_iter(b'z', b'Z', b'.', bytes).any(|at| match bytes.get(at) {
        Some(b'z' | b'Z') => {
            let begun = at.checked_sub(1).and_then(|at| bytes.get(at));
            let rest = bytes.get(at + 1..).unwrap_or_default();
            begun.is_some_and(|byte| byte.eq_ignore_ascii_case(&b'a'))
                && AFTER_Z.iter().any(|after| begins(rest, after))
        }
        Some(b'.') => {
            let before = bytes.get(..at).unwrap_or_default();
            let rest = bytes.get(at + 1..).unwrap_or_default();
            begins(rest, OLDER.1) && ends(before, OLDER.0)
        }
        _ => false,
    })
}

fn begins(bytes: &[u8], with: &[u8]) -> bool {
    let start = bytes.get(..with.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(with))
}

fn ends(bytes: &[u8], with: &[u8]) -> bool {
    let start = bytes.len().checked_sub(with.len());
    let end = start.and_then(|start| bytes.get(start..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(with))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Address;
    use crate::testing::pat84;

    #[test]
    fn what_speaks_of_azure_devops_is_told_from_what_speaks_of_azure() {
        let token = pat84('C', 'A', 1);
        for (text, expected) in [
            ("provider \"azuredevops\" {}", true),
            ("https://dev.azure.com/contoso", true),
            ("contoso.VisualStudio.com", true),
            ("AZDO_PERSONAL_ACCESS_TOKEN", true),
            ("azure-devops", true),
            (token.as_str(), true),
            ("\u{feff}azure_devops", true),
            ("provider \"azurerm\" {}", false),
            ("visualstudio", false),
            ("lazy dog", false),
            ("z", false),
            ("", false),
        ] {
            assert_eq!(tells_of_azure_devops(text.as_bytes()), expected, "{text}");
        }
        assert!(tells_of_azure_devops(&[0xff, 0xfe, b'x', 0]));
    }

    proptest! {
        #[test]
        fn no_address_of_the_service_is_missed(text in "[a-zA-Z:/.@ ]{0,20}(dev.azure.com|Contoso.VisualStudio.com)[/a-z]{0,9}") {
            if Address::parse(&text).is_some() {
                prop_assert!(tells_of_azure_devops(text.as_bytes()));
            }
        }

        #[test]
        fn any_bytes_can_be_looked_at(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = tells_of_azure_devops(&bytes);
        }
    }
}
