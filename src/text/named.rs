//! Which organizations a text names, wherever in it.

use crate::model::{Address, OrganizationName};

/// Every host of Azure DevOps ends in one of these.
const HOSTS: [&str; 3] = ["dev.azure.com", "codex.azure.com", "visualstudio.com"];
/// How far to each side of its host an address is looked at; a hostile text is one endless address.
const LONGEST: usize = 1024;

/// The one organization that the addresses in the text name; `None` where they name none or several.
pub fn only_organization(text: &str) -> Option<OrganizationName> {
    let lower = text.to_ascii_lowercase();
    let hosts = HOSTS.iter();
    let found = hosts.flat_map(|host| memchr::memmem::find_iter(lower.as_bytes(), host));
    let mut hosts: Vec<_> = found.collect();
    hosts.sort_unstable();
    let mut only: Option<OrganizationName> = None;
    let mut from = 0;
    for host in hosts {
        if host < from {
            continue;
        }
        let start = text
            .floor_char_boundary(host.saturating_sub(LONGEST))
            .max(from);
        let start = text[start..host].rfind(is_end).map_or(start, |at| {
            let end = text[start + at..].chars().next();
            start + at + end.map_or(1, char::len_utf8)
        });
        let limit = text.floor_char_boundary(host + LONGEST);
        let length = text[host..limit].find(is_end);
        let end = length.map_or(limit, |length| host + length);
        from = end;
        let Some(name) = Address::parse(&text[start..end]).and_then(|found| found.organization)
        else {
            continue;
        };
        if only.as_ref().is_some_and(|known| *known != name) {
            return None;
        }
        only = Some(name);
    }
    only
}

fn is_end(character: char) -> bool {
    character.is_whitespace() || "\"'<>[](){},;=".contains(character)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_organization_is_told_from_none_and_several() {
        for (text, expected) in [
            (
                "registry=https://pkgs.dev.azure.com/contoso/_packaging/f/npm/\n",
                Some("contoso"),
            ),
            (
                "a https://dev.azure.com/contoso b https://CONTOSO.visualstudio.com",
                Some("contoso"),
            ),
            (
                "machine contoso.visualstudio.com login x\nmachine dev.azure.com",
                Some("contoso"),
            ),
            (
                "[azdevops-cli:https://dev.azure.com/contoso]",
                Some("contoso"),
            ),
            (
                "<add value=\"https://contoso.pkgs.visualstudio.com/\" />",
                Some("contoso"),
            ),
            ("git@ssh.dev.azure.com:v3/contoso/p/r", Some("contoso")),
            (
                "https://dev.azure.com/contoso https://dev.azure.com/fabrikam",
                None,
            ),
            ("https://dev.azure.com https://github.com/contoso", None),
            ("https://dev.azure.com.contoso.com/contoso", None),
            ("", None),
        ] {
            let only = only_organization(text);
            let only = only.as_ref().map(|name| name.as_str().to_ascii_lowercase());
            assert_eq!(only.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_large_text_takes_time_of_its_size() {
        let text = "https://dev.azure.com/contoso visualstudio.com\n".repeat(20_000);
        let only = only_organization(&text);
        assert_eq!(only.as_ref().map(OrganizationName::as_str), Some("contoso"));
    }

    proptest! {
        #[test]
        fn any_text_can_be_searched(text in "(dev.azure.com|visualstudio.com|[/ é.=a:@]){0,20}") {
            let _ = only_organization(&text);
        }
    }
}
