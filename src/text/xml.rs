//! Elements of an XML file with their places. Entities of a DTD are never resolved.

use std::ops::Range;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::{Text, range_in};

/// Deeper than any settings file is.
const DEEPEST: usize = 64;
/// More elements than any settings file has.
const MOST: usize = 100_000;

/// An element.
#[derive(Debug, Default)]
pub struct Element {
    /// Its name as written.
    pub name: String,
    /// Its attributes in their order.
    pub attributes: Vec<Attribute>,
    /// Its own text, with entities resolved and white space around it.
    pub text: String,
    /// What stands between its tags.
    pub inner: Range<usize>,
    /// From the start tag to the end tag.
    pub range: Range<usize>,
    /// The elements in it.
    pub children: Vec<Self>,
}

/// An attribute.
#[derive(Debug)]
pub struct Attribute {
    /// Its name as written.
    pub key: String,
    /// Its value, with entities resolved.
    pub value: String,
    /// Its value as it stands in the file.
    pub range: Range<usize>,
}

/// Why a text was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is not well-formed from this offset on, or nested too deep.
    Malformed(usize),
    /// It has more elements than are read.
    TooMany,
}

impl Fault {
    /// What people are told of it.
    pub fn reason(self, text: &Text) -> String {
        match self {
            Self::Malformed(offset) => {
                format!("it is no well-formed XML (line {})", text.line(offset))
            }
            Self::TooMany => format!("it has more than {MOST} elements"),
        }
    }
}

impl Element {
    /// The elements of this name in it.
    pub fn all<'e>(&'e self, name: &str) -> impl Iterator<Item = &'e Self> {
        let children = self.children.iter();
        children.filter(move |child| child.name == name)
    }

    /// The first element of this name in it.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first element of this name in it, without white space around it.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim())
    }

    /// The attribute of this name.
    pub fn attribute(&self, key: &str) -> Option<&Attribute> {
        self.attributes
            .iter()
            .find(|attribute| attribute.key == key)
    }

    /// Calls `each` with every element from this one down, and the elements around it.
    pub fn visit<'e>(&'e self, each: &mut dyn FnMut(&[&'e Self], &'e Self)) {
        self.descend(&mut Vec::new(), each);
    }

    fn descend<'e>(
        &'e self,
        around: &mut Vec<&'e Self>,
        each: &mut dyn FnMut(&[&'e Self], &'e Self),
    ) {
        each(around, self);
        around.push(self);
        for child in &self.children {
            child.descend(around, each);
        }
        around.pop();
    }
}

/// The outermost element of a text.
///
/// # Errors
/// A [`Fault`].
pub fn parse(text: &str) -> Result<Element, Fault> {
    let mut reader = Reader::from_str(text);
    // The outermost one stands for the file.
    let mut open = vec![Element::default()];
    let mut count = 0;
    loop {
        let start = offset(&reader, text);
        let event = reader.read_event().map_err(|_| Fault::Malformed(start))?;
        let range = start..offset(&reader, text);
        match event {
            Event::Start(element) => {
                open.push(entered(&element, text, range));
                count += 1;
                if open.len() > DEEPEST {
                    return Err(Fault::Malformed(start));
                }
            }
            Event::Empty(element) => {
                let element = entered(&element, text, range);
                count += 1;
                if let Some(above) = open.last_mut() {
                    above.children.push(element);
                }
            }
            Event::End(_) => {
                if let Some(mut element) = open.pop() {
                    element.inner.end = range.start;
                    element.range.end = range.end;
                    match open.last_mut() {
                        Some(above) => above.children.push(element),
                        None => return Err(Fault::Malformed(start)),
                    }
                }
            }
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {
                let source = text.get(range).unwrap_or_default();
                if let Some(element) = open.last_mut() {
                    let plain = match event {
                        Event::Text(_) => Some(source.to_owned()),
                        Event::CData(_) => source
                            .strip_prefix("<![CDATA[")
                            .and_then(|inner| inner.strip_suffix("]]>"))
                            .map(str::to_owned),
                        _ => quick_xml::escape::unescape(source)
                            .ok()
                            .map(std::borrow::Cow::into_owned),
                    };
                    element.text.push_str(plain.as_deref().unwrap_or(source));
                }
            }
            Event::Eof => {
                let mut file = open.pop().unwrap_or_default();
                return match (open.is_empty(), file.children.len()) {
                    (true, 1) => Ok(file.children.remove(0)),
                    _ => Err(Fault::Malformed(start)),
                };
            }
            _ => {}
        }
        if count > MOST {
            return Err(Fault::TooMany);
        }
    }
}

fn offset(reader: &Reader<&[u8]>, text: &str) -> usize {
    usize::try_from(reader.buffer_position()).map_or(text.len(), |offset| offset.min(text.len()))
}

fn entered(element: &BytesStart<'_>, text: &str, range: Range<usize>) -> Element {
    let attributes = element.attributes().flatten().map(|attribute| Attribute {
        key: attribute.key.as_ref().to_owned(),
        value: attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_or_else(
                |_| attribute.value.to_string(),
                std::borrow::Cow::into_owned,
            ),
        range: range_in(text, &attribute.value),
    });
    let name = element.name();
    Element {
        name: name.as_ref().to_owned(),
        attributes: attributes.collect(),
        inner: range.end..range.end,
        range,
        ..Element::default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn elements_know_their_text_and_their_place() {
        let text = "<?xml version=\"1.0\"?>\n<a x='1&amp;2'>\n <b> p&amp;q<!-- no --> r </b>\n <b/>\n <c><![CDATA[<s>]]></c>\n</a>\n";
        let root = parse(text).unwrap();
        assert_eq!((root.name.as_str(), root.children.len()), ("a", 3));
        let attribute = root.attribute("x").unwrap();
        assert_eq!(
            (attribute.value.as_str(), &text[attribute.range.clone()]),
            ("1&2", "1&amp;2")
        );
        assert_eq!(root.value("b"), Some("p&q r"));
        assert_eq!(root.value("c"), Some("<s>"));
        assert_eq!(root.all("b").count(), 2);
        let first = root.child("b").unwrap();
        assert_eq!(&text[first.inner.clone()], " p&amp;q<!-- no --> r ");
        assert_eq!(&text[first.range.clone()], "<b> p&amp;q<!-- no --> r </b>");
        let mut visited = Vec::new();
        root.visit(&mut |around, element| visited.push((around.len(), element.name.as_str())));
        assert_eq!(visited, [(0, "a"), (1, "b"), (1, "b"), (1, "c")]);
    }

    #[test]
    fn what_is_not_well_formed_is_said() {
        for text in ["", "<a>", "<a></b>", "<a", "</a>", "<a/><b/>", "text"] {
            assert!(matches!(parse(text), Err(Fault::Malformed(_))), "{text}");
        }
        assert!(parse(&"<a>".repeat(100_000)).is_err());
        let many = format!("<a>{}</a>", "<b/>".repeat(MOST));
        assert_eq!(parse(&many).err(), Some(Fault::TooMany));
    }

    #[test]
    fn entities_of_a_dtd_are_left_alone() {
        let text = "<!DOCTYPE c [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n<c><d e=\"&x;&amp;\">&x;</d></c>";
        let root = parse(text).unwrap();
        let child = root.child("d").unwrap();
        assert_eq!(child.attribute("e").unwrap().value, "&x;&amp;");
        assert_eq!(child.text, "&x;");
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "[<>/a=\" é&;!?\\[-]{0,40}") {
            if let Ok(root) = parse(&text) {
                root.visit(&mut |_, element| {
                    assert!(text.get(element.range.clone()).is_some());
                    assert!(text.get(element.inner.clone()).is_some());
                });
            }
        }
    }
}
