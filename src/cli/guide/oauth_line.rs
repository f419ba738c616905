//! The one setting of git by which Git Credential Manager signs in without tokens.

use std::ops::Range;

use crate::stores::git::config_file::{ConfigFile, Section};

const KEY: &str = "azreposcredentialtype";
const WANTED: &str = "oauth";

/// What is put where into git's settings, so that the last word on the setting is `oauth`; `None` where it is.
///
/// # Errors
/// Where git itself would not read the file.
pub(super) fn oauth_line(text: &str) -> Result<Option<(Range<usize>, String)>, ()> {
    let parsed = ConfigFile::parse(text);
    if parsed.fault.is_some() {
        return Err(());
    }
    let ends = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let in_credential =
        |section: &Section| section.name() == "credential" && section.subsection().is_none();
    let set = parsed
        .entries
        .iter()
        .rev()
        .find(|entry| entry.key == KEY && parsed.section_of(entry).is_some_and(in_credential));
    if let Some(entry) = set {
        if entry.value().eq_ignore_ascii_case(WANTED) {
            return Ok(None);
        }
        let line = entry.key_span.start..entry.extent.end;
        let old = text.get(line.clone()).unwrap_or_default();
        let end = if old.ends_with('\n') { ends } else { "" };
        return Ok(Some((
            line,
            format!("azreposCredentialType = {WANTED}{end}"),
        )));
    }
    let line = format!("\tazreposCredentialType = {WANTED}{ends}");
    let section = parsed
        .sections
        .iter()
        .rev()
        .find(|section| in_credential(section));
    // What stands behind the header on the same line is part of the section.
    let below = section.and_then(|section| {
        let rest = text.get(section.header.end..)?;
        let end = rest.find('\n')?;
        rest.get(..end)?
            .trim()
            .is_empty()
            .then_some(section.header.end + end + 1)
    });
    if let Some(at) = below {
        return Ok(Some((at..at, line)));
    }
    let gap = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        ends
    };
    let at = text.len();
    Ok(Some((at..at, format!("{gap}[credential]{ends}{line}"))))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;

    fn with(text: &str) -> String {
        let mut text = text.to_owned();
        if let Some((range, line)) = oauth_line(&text).unwrap() {
            text.replace_range(range, &line);
        }
        text
    }

    #[test]
    fn it_goes_into_the_section_that_is_there_or_into_a_new_one() {
        let line = "\tazreposCredentialType = oauth\n";
        for (before, after) in [
            ("", format!("[credential]\n{line}")),
            (
                "[user]\n\tname = x",
                format!("[user]\n\tname = x\n[credential]\n{line}"),
            ),
            (
                "[credential]\n\thelper = manager\n",
                format!("[credential]\n{line}\thelper = manager\n"),
            ),
            (
                "[credential \"https://dev.azure.com\"]\n\tuseHttpPath = true\n",
                format!(
                    "[credential \"https://dev.azure.com\"]\n\tuseHttpPath = true\n[credential]\n{line}"
                ),
            ),
            (
                "[credential] helper = x\n",
                format!("[credential] helper = x\n[credential]\n{line}"),
            ),
        ] {
            assert_eq!(with(before), after);
            assert_eq!(with(&after), after, "once more changes nothing");
        }
    }

    #[test]
    fn another_value_is_changed_and_the_rest_stays() {
        let before =
            "[credential]\r\n\tAzReposCredentialType = pat ; old\r\n\thelper = manager\r\n";
        let after = "[credential]\r\n\tazreposCredentialType = oauth\r\n\thelper = manager\r\n";
        assert_eq!(with(before), after);
        let set = "[credential]\n\tazreposCredentialType = OAuth\n";
        assert_eq!(with(set), set);
    }

    #[test]
    fn what_git_cannot_read_is_left_alone() {
        assert_eq!(oauth_line("[credential\nhelper = x\n"), Err(()));
    }
}
