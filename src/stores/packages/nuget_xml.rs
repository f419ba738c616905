//! The parts of a `nuget.config` that name feeds and hold their passwords.
//!
//! Source: learn.microsoft.com, "nuget.config reference". Entities of a DTD are never resolved.

use std::ops::Range;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::text::range_in;

/// Deeper than any settings file is.
const DEEPEST: usize = 64;

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
    /// Where it stops being well-formed XML.
    pub(super) fn parse(text: &str) -> Result<Self, usize> {
        let mut config = Self::default();
        let mut reader = Reader::from_str(text);
        let mut open: Vec<(String, usize)> = Vec::new();
        loop {
            let start = offset(&reader, text);
            let event = reader.read_event().map_err(|_| start)?;
            let range = start..offset(&reader, text);
            match event {
                Event::Start(element) => {
                    config.enter(&open, &element, text, &range);
                    open.push((name_of(&element), start));
                    if open.len() > DEEPEST {
                        return Err(start);
                    }
                }
                Event::Empty(element) => config.enter(&open, &element, text, &range),
                Event::End(_) => {
                    if let Some((_, start)) = open.pop()
                        && is_login(&open)
                        && let Some(login) = config.logins.last_mut()
                    {
                        login.range = start..range.end;
                    }
                }
                Event::Eof if open.is_empty() => return Ok(config),
                Event::Eof => return Err(start),
                _ => {}
            }
        }
    }

    fn enter(
        &mut self,
        open: &[(String, usize)],
        element: &BytesStart<'_>,
        text: &str,
        range: &Range<usize>,
    ) {
        if is_login(open) {
            self.logins.push(Login {
                source: decode_name(&name_of(element)),
                entries: Vec::new(),
                range: range.clone(),
            });
            return;
        }
        let list = match open {
            [_, (section, _)] if section.eq_ignore_ascii_case("packageSources") => {
                &mut self.sources
            }
            [_, (section, _)] if section.eq_ignore_ascii_case("apikeys") => &mut self.keys,
            [above @ .., _] if is_login(above) => match self.logins.last_mut() {
                Some(login) => &mut login.entries,
                None => return,
            },
            _ => return,
        };
        if name_of(element).eq_ignore_ascii_case("add") {
            list.extend(entry(element, text, range));
        }
    }
}

/// Whether an element right below these is named for a feed.
fn is_login(open: &[(String, usize)]) -> bool {
    matches!(open, [_, (section, _)] if section.eq_ignore_ascii_case("packageSourceCredentials"))
}

fn offset(reader: &Reader<&[u8]>, text: &str) -> usize {
    usize::try_from(reader.buffer_position()).map_or(text.len(), |offset| offset.min(text.len()))
}

fn name_of(element: &BytesStart<'_>) -> String {
    let name = element.name();
    name.as_ref().to_owned()
}

fn entry(element: &BytesStart<'_>, text: &str, range: &Range<usize>) -> Option<Entry> {
    let mut key = None;
    let mut value = None;
    for attribute in element.attributes().flatten() {
        let plain = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_or_else(
                |_| attribute.value.to_string(),
                std::borrow::Cow::into_owned,
            );
        if attribute.key.as_ref() == "key" {
            key = Some(plain);
        } else if attribute.key.as_ref() == "value" {
            value = Some((plain, range_in(text, &attribute.value)));
        }
    }
    let (value, value_range) = value?;
    Some(Entry {
        key: key?,
        value,
        value_range,
        range: range.clone(),
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

    #[test]
    fn what_is_not_well_formed_is_said() {
        for text in ["<a>", "<a></b>", "<a", "</a>"] {
            assert!(NugetConfig::parse(text).is_err(), "{text}");
        }
        assert!(NugetConfig::parse(&"<a>".repeat(100_000)).is_err());
    }

    #[test]
    fn entities_of_a_dtd_are_left_alone() {
        let text = "<!DOCTYPE c [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n\
                    <c><packageSources><add key=\"a\" value=\"&x;&amp;\"/></packageSources></c>";
        let config = NugetConfig::parse(text);
        let values = config.map(|config| config.sources.into_iter().map(|source| source.value));
        assert!(values.is_ok_and(|mut values| values.next().as_deref() == Some("&x;&amp;")));
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
