//! The lines of an `.npmrc`, as npm's own reader takes them (npm/ini).

use std::ops::Range;

use crate::text::{lines, range_in};

/// What of one feed holds a secret.
pub(super) const SECRETS: &[&str] = &["_password", "_authToken", "_auth"];
/// What is of no use without it.
const COMPANIONS: &[&str] = &["username", "email", "always-auth"];

const BEGIN: &str = "begin auth token";
const END: &str = "end auth token";

/// One setting.
#[derive(Debug)]
pub(super) struct Setting<'t> {
    /// Its line with the break.
    pub(super) line: Range<usize>,
    /// The whole key.
    pub(super) key: &'t str,
    /// `//host/path` without the last slash; empty for a setting of no host.
    pub(super) feed: &'t str,
    /// The key's last part, which says what the value is.
    pub(super) name: &'t str,
    /// The value without its quotes.
    pub(super) value: &'t str,
}

impl Setting<'_> {
    /// Whether the value is a secret, if it is anything.
    pub(super) fn holds_secret(&self) -> bool {
        is_one_of(self.name, SECRETS) && !self.value.is_empty()
    }

    /// Where the value stands.
    pub(super) fn value_range(&self, text: &str) -> Range<usize> {
        range_in(text, self.value)
    }
}

/// The settings of a file and the comments that login tools put around theirs.
///
/// What belongs to a secret is looked up among all settings, so a file has to be of a size that people write.
#[derive(Debug)]
pub(super) struct Npmrc<'t> {
    pub(super) settings: Vec<Setting<'t>>,
    /// Begin and end marker of each block.
    blocks: Vec<(Range<usize>, Range<usize>)>,
    /// Comments that are no markers.
    remarks: Vec<Range<usize>>,
}

impl<'t> Npmrc<'t> {
    pub(super) fn parse(text: &'t str) -> Self {
        let mut npmrc = Self {
            settings: Vec::new(),
            blocks: Vec::new(),
            remarks: Vec::new(),
        };
        let mut begin = None;
        for line in lines(text) {
            let content = line.text.trim();
            if let Some(remark) = content.strip_prefix([';', '#']) {
                let remark = remark.trim();
                if remark.eq_ignore_ascii_case(BEGIN) {
                    begin = Some(line.range);
                } else if !remark.eq_ignore_ascii_case(END) {
                    npmrc.remarks.push(line.range);
                } else if let Some(begin) = begin.take() {
                    npmrc.blocks.push((begin, line.range));
                }
            } else if let Some((key, value)) = content.split_once('=') {
                let key = unquoted(key.trim());
                let (feed, name) = if key.starts_with("//") {
                    key.rsplit_once(':').unwrap_or((key, ""))
                } else {
                    ("", key)
                };
                npmrc.settings.push(Setting {
                    line: line.range,
                    key,
                    feed: feed.trim_end_matches('/'),
                    name,
                    value: value_of(value),
                });
            }
        }
        npmrc
    }

    /// The value that counts for a key: the last.
    pub(super) fn get(&self, key: &str) -> Option<&'t str> {
        let mut settings = self.settings.iter().rev();
        settings
            .find(|setting| setting.key == key)
            .map(|setting| setting.value)
    }

    /// The value of another setting of the same feed.
    pub(super) fn companion(&self, of: &Setting<'t>, name: &str) -> Option<&'t str> {
        let mut settings = self.settings.iter().rev();
        settings
            .find(|setting| setting.feed == of.feed && setting.name.eq_ignore_ascii_case(name))
            .map(|setting| setting.value)
    }

    /// The lines that go with a secret: its own, those that nothing needs any more, and the markers around them.
    pub(super) fn lines_of(&self, secret: &Setting<'t>) -> Vec<Range<usize>> {
        let mut ranges = vec![secret.line.clone()];
        let is_password = |setting: &Setting<'_>| setting.name.eq_ignore_ascii_case("_password");
        let feed = || {
            let settings = self.settings.iter();
            settings.filter(|setting| setting.feed == secret.feed)
        };
        // User name and mail belong to the password first, and stay as long as it does.
        if is_password(secret) || !feed().any(is_password) {
            let wanted: &[&str] = match (secret.feed.is_empty(), is_password(secret)) {
                (false, _) => COMPANIONS,
                (true, true) => &["username"],
                (true, false) => &[],
            };
            let companions = feed().filter(|setting| is_one_of(setting.name, wanted));
            ranges.extend(companions.map(|setting| setting.line.clone()));
        }
        for (begin, end) in &self.blocks {
            let within = |line: &Range<usize>| line.start >= begin.end && line.end <= end.start;
            let inside = || {
                let settings = self.settings.iter();
                settings.filter(|setting| within(&setting.line))
            };
            // The markers go where all between them was written for this very value, for one feed address or several.
            if within(&secret.line)
                && !self.remarks.iter().any(within)
                && inside().all(|setting| self.is_for(setting, secret.value))
            {
                ranges.extend([begin.clone(), end.clone()]);
            }
        }
        ranges
    }

    fn is_for(&self, setting: &Setting<'t>, value: &str) -> bool {
        let known = setting.holds_secret() || is_one_of(setting.name, COMPANIONS);
        let mut others = self.settings.iter();
        known
            && others.any(|other| {
                other.feed == setting.feed && other.holds_secret() && other.value == value
            })
            && !(setting.holds_secret() && setting.value != value)
    }
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Without quotes a comment sign ends the value.
fn value_of(text: &str) -> &str {
    let text = text.trim();
    let bare = unquoted(text);
    if bare.len() < text.len() {
        return bare;
    }
    let end = text.find([';', '#']).unwrap_or(text.len());
    text[..end].trim_end()
}

fn unquoted(text: &str) -> &str {
    ['"', '\'']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(text)
}
