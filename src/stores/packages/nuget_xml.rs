//! The parts of a `nuget.config` that name feeds and hold their passwords.
//!
//! Source: learn.microsoft.com, "nuget.config reference".

use std::ops::Range;

use crate::text::xml::{self, Element, Fault};

/// A `nuget.config`.
#[derive(Debug, Default)]
pub(super) struct NugetConfig {
    /// `packageSources`: name and address of each feed.
    pub(super) sources: Vec<Entry>,
    /// `packageSourceCredentials`: what is known of each feed's login.
    pub(super) logins: Vec<Login>,
    /// `apikeys`: address and key.
    pub(super) keys: Vec<Entry>,
}

/// An `<add key="…" value="…"/>`.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    /// The value, with entities resolved.
    pub(super) value: String,
    /// The value as it stands in the file.
    pub(super) value_range: Range<usize>,
    /// The element.
    pub(super) range: Range<usize>,
}

/// The element that is named for a feed.
#[derive(Debug)]
pub(super) struct Login {
    /// The feed's name, decoded.
    pub(super) source: String,
    /// `Username`, `Password`, `ClearTextPassword`, `ValidAuthenticationTypes`.
    pub(super) entries: Vec<Entry>,
    /// From the start tag to the end tag.
    pub(super) range: Range<usize>,
}

impl Login {
    /// The entry of that name, without case, that has a value.
    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        let mut entries = self.entries.iter();
        entries.find(|entry| entry.key.eq_ignore_ascii_case(key) && !entry.value.is_empty())
    }
}

impl NugetConfig {
    /// Reads a text.
    ///
    /// # Errors
    /// Why it was not read.
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let mut config = Self::default();
        for section in xml::parse(text)?.children {
            if section.name.eq_ignore_ascii_case("packageSources") {
                config.sources.extend(entries(&section));
            } else if section.name.eq_ignore_ascii_case("apikeys") {
                config.keys.extend(entries(&section));
            } else if section
                .name
                .eq_ignore_ascii_case("packageSourceCredentials")
            {
                config
                    .logins
                    .extend(section.children.iter().map(|feed| Login {
                        source: decode_name(&feed.name),
                        entries: entries(feed).collect(),
                        range: feed.range.clone(),
                    }));
            }
        }
        Ok(config)
    }
}

fn entries(list: &Element) -> impl Iterator<Item = Entry> {
    let added = list.children.iter();
    let added = added.filter(|child| child.name.eq_ignore_ascii_case("add"));
    added.filter_map(|element| {
        let value = element.attribute("value")?;
        Some(Entry {
            key: element.attribute("key")?.value.clone(),
            value: value.value.clone(),
            value_range: value.range.clone(),
            range: element.range.clone(),
        })
    })
}

/// The inverse of .NET's `XmlConvert.EncodeLocalName`: `_x0020_` is a blank.
fn decode_name(name: &str) -> String {
    let mut decoded = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(start) = rest.find("_x") {
        let (before, from) = rest.split_at(start);
        decoded.push_str(before);
        let code = from.get(2..).and_then(|code| code.split_once('_'));
        let character = code
            .filter(|(code, _)| matches!(code.len(), 4 | 8))
            .and_then(|(code, after)| {
                let code = u32::from_str_radix(code, 16).ok()?;
                Some((char::from_u32(code)?, after))
            });
        if let Some((character, after)) = character {
            decoded.push(character);
            rest = after;
        } else {
            decoded.push_str("_x");
            rest = &from[2..];
        }
    }
    decoded.push_str(rest);
    decoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_decoded_as_dotnet_encodes_them() {
        for (name, decoded) in [
            ("Contoso_x0020_feed", "Contoso feed"),
            ("_x0031_st", "1st"),
            ("a_xyz_b", "a_xyz_b"),
            ("_x", "_x"),
            ("_x00", "_x00"),
            ("_xD800_é", "_xD800_é"),
        ] {
            assert_eq!(decode_name(name), decoded);
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "[<>/a=\" é&!?\\[-]{0,40}") {
            let _ = NugetConfig::parse(&text);
        }

        #[test]
        fn any_name_can_be_decoded(name in "[_x0Dé]{0,20}") {
            let _ = decode_name(&name);
        }
    }
}
