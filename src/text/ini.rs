//! Settings files as Python's configparser reads them, with the place of every part.
//!
//! Source: docs.python.org, "configparser", with its default delimiters, comment signs and
//! continuation lines. It reads on after a line that configparser would refuse, and remembers it.

use std::ops::Range;

use super::{Line, lines, range_in};

/// A settings file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ini<'t> {
    /// Its sections in their order; what stands before the first is in one without a name.
    pub sections: Vec<Section<'t>>,
    /// Where the first line begins that is no setting.
    pub strange: Option<usize>,
}

/// A section.
#[derive(Debug, PartialEq, Eq)]
pub struct Section<'t> {
    /// Its name between the brackets.
    pub name: &'t str,
    /// From its header to the end of its last setting and the blank lines after it.
    pub range: Range<usize>,
    /// Its settings in their order.
    pub settings: Vec<Setting<'t>>,
}

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<'t> {
    /// Its name as written.
    pub key: &'t str,
    /// Its value, over all its lines, without white space around it.
    pub value: Range<usize>,
    /// All its lines with their breaks.
    pub range: Range<usize>,
}

impl<'t> Section<'t> {
    /// The last setting of that name, without case: the one that counts.
    pub fn get(&self, key: &str) -> Option<&Setting<'t>> {
        let mut settings = self.settings.iter().rev();
        settings.find(|setting| setting.key.eq_ignore_ascii_case(key))
    }
}

impl<'t> Setting<'t> {
    /// Its value in the text that it was read from.
    pub fn value_in(&self, text: &'t str) -> &'t str {
        &text[self.value.clone()]
    }
}

impl<'t> Ini<'t> {
    /// Reads a text. It never fails.
    pub fn parse(text: &'t str) -> Self {
        let mut ini = Self::default();
        // The indentation of the setting that a deeper line would continue.
        let mut depth = None;
        for line in lines(text) {
            if line.is_comment(&['#', ';']) {
                if line.text.trim().is_empty()
                    && let Some(section) = ini.sections.last_mut()
                    && section.range.end == line.range.start
                {
                    section.range.end = line.range.end;
                }
                continue;
            }
            let indentation = line.text.len() - line.text.trim_start().len();
            let content = line.text.trim();
            let content_range = range_in(text, content);
            if depth.is_some_and(|depth| indentation > depth)
                && let Some(section) = ini.sections.last_mut()
                && let Some(setting) = section.settings.last_mut()
            {
                if setting.value.is_empty() {
                    setting.value.start = content_range.start;
                }
                setting.value.end = content_range.end;
                setting.range.end = line.range.end;
                section.range.end = line.range.end;
                continue;
            }
            if let Some(name) = header(content) {
                ini.sections.push(Section {
                    name,
                    range: line.range,
                    settings: Vec::new(),
                });
                depth = None;
            } else if let Some(setting) = setting(text, content, &line) {
                ini.add(setting);
                depth = Some(indentation);
            } else {
                ini.strange.get_or_insert(line.range.start);
                depth = None;
            }
        }
        ini
    }

    fn add(&mut self, setting: Setting<'t>) {
        if self.sections.is_empty() {
            self.strange.get_or_insert(setting.range.start);
            self.sections.push(Section {
                name: "",
                range: setting.range.clone(),
                settings: Vec::new(),
            });
        }
        if let Some(section) = self.sections.last_mut() {
            section.range.end = setting.range.end;
            section.settings.push(setting);
        }
    }
}

fn header(content: &str) -> Option<&str> {
    let (name, _) = content.strip_prefix('[')?.rsplit_once(']')?;
    (!name.is_empty()).then_some(name)
}

fn setting<'t>(text: &str, content: &'t str, line: &Line<'t>) -> Option<Setting<'t>> {
    let (key, value) = content.split_once(['=', ':'])?;
    let key = key.trim_end();
    (!key.is_empty()).then(|| Setting {
        key,
        value: range_in(text, value.trim()),
        range: line.range.clone(),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<(&str, &str, &str)> {
        let ini = Ini::parse(text);
        let settings = ini.sections.iter().flat_map(|section| {
            let values = section.settings.iter();
            values.map(|setting| (section.name, setting.key, setting.value_in(text)))
        });
        settings.collect()
    }

    #[test]
    fn settings_are_read_as_configparser_reads_them() {
        let text = "[a b]\r\nk = v\r\nX:y=z\r\n# c\r\n; c = d\r\n[two]\r\nlist =\r\n  one\r\n\r\n  # c\r\n  two\r\nlast=";
        assert_eq!(
            read(text),
            [
                ("a b", "k", "v"),
                ("a b", "X", "y=z"),
                ("two", "list", "one\r\n\r\n  # c\r\n  two"),
                ("two", "last", ""),
            ]
        );
        assert_eq!(Ini::parse(text).strange, None);
    }

    #[test]
    fn a_section_ends_before_the_comment_of_the_next() {
        let text = "[a]\nk = v\n\n# of b\n[b]\nk = w\n";
        let ini = Ini::parse(text);
        assert_eq!(&text[ini.sections[0].range.clone()], "[a]\nk = v\n\n");
        assert_eq!(&text[ini.sections[1].range.clone()], "[b]\nk = w\n");
    }

    #[test]
    fn a_strange_line_is_remembered_and_passed_over() {
        assert_eq!(Ini::parse("[a]\nwhat\nk=v\n").strange, Some(4));
        assert_eq!(read("[a]\nwhat\nk=v\n"), [("a", "k", "v")]);
        assert_eq!(Ini::parse("k=v\n").strange, Some(0));
        assert_eq!(read("k=v\n"), [("", "k", "v")]);
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "[a\\[\\]=: #\n\ré]{0,40}") {
            let ini = Ini::parse(&text);
            for setting in ini.sections.iter().flat_map(|section| &section.settings) {
                prop_assert!(text[setting.range.clone()].contains(setting.key));
                prop_assert!(setting.value.end <= setting.range.end);
                let _ = setting.value_in(&text);
            }
        }
    }
}
