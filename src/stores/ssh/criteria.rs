//! Whether a `Host` or `Match` block applies to a connection.

use super::pattern::{self, Case};

/// Whether a block applies. What only running a program would tell is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Applies {
    No,
    Unknown,
    Yes,
}

impl From<bool> for Applies {
    fn from(applies: bool) -> Self {
        if applies { Self::Yes } else { Self::No }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) applies: Applies,
    /// It names the host more closely than with `*`.
    pub(super) named: bool,
    /// Its first line; empty before the first block.
    pub(super) header: String,
}

impl Block {
    /// What stands before the first block.
    pub(super) fn all() -> Self {
        Self {
            applies: Applies::Yes,
            named: false,
            header: String::new(),
        }
    }
}

/// What blocks are compared with, all through one reading of the files.
#[derive(Debug)]
pub(super) struct Target {
    /// The host as it was typed.
    pub(super) typed: String,
    /// The host that `Host` is compared with: the typed one, or in the final pass the one that was found.
    pub(super) matched: String,
    pub(super) local_user: String,
    pub(super) final_pass: bool,
}

/// What earlier lines have set.
#[derive(Debug)]
pub(super) struct Known<'k> {
    /// The host that is called, as far as it is known.
    pub(super) host: String,
    pub(super) user: Option<&'k str>,
    pub(super) tag: Option<&'k str>,
    /// Names of hosts are completed first, by asking the network.
    pub(super) canonicalizes: bool,
}

/// A `Match` that was read.
#[derive(Debug)]
pub(super) struct Matched {
    pub(super) block: Block,
    /// It asks for a final pass over all files.
    pub(super) wants_final_pass: bool,
}

impl Target {
    pub(super) fn host_block(&self, patterns: &[String], ceiling: Applies) -> Block {
        let each = || patterns.iter().map(String::as_str);
        let matches = pattern::list_matches(each(), &self.matched, Case::Exact);
        let named = each().any(|one| {
            !pattern::matches_all(one) && pattern::matches(one, &self.matched, Case::Exact)
        });
        let applies = if matches { ceiling } else { Applies::No };
        Block {
            applies,
            named: named && applies != Applies::No,
            header: format!("Host {}", patterns.join(" ")),
        }
    }

    pub(super) fn match_block(
        &self,
        words: &[String],
        ceiling: Applies,
        known: &Known<'_>,
    ) -> Matched {
        let mut applies = ceiling;
        let mut named = false;
        let mut wants_final_pass = false;
        let mut rest = words.iter().map(String::as_str);
        while let Some(word) = rest.next() {
            let (negated, word) = word
                .strip_prefix('!')
                .map_or((false, word), |word| (true, word));
            let (criterion, joined) = word
                .split_once('=')
                .map_or((word, None), |(word, value)| (word, Some(value)));
            let mut value = || joined.or_else(|| rest.next()).unwrap_or_default();
            let holds = match criterion.to_ascii_lowercase().as_str() {
                // These take no value.
                "all" => Applies::Yes,
                "final" => {
                    wants_final_pass = true;
                    self.final_pass.into()
                }
                "canonical" if known.canonicalizes && !self.final_pass => Applies::Unknown,
                "canonical" => self.final_pass.into(),
                criterion => {
                    let list = value();
                    named |= !negated
                        && matches!(criterion, "host" | "originalhost")
                        && !list.split(',').any(pattern::matches_all);
                    self.holds(criterion, list, known)
                }
            };
            applies = applies.min(match (holds, negated) {
                (Applies::Yes, true) => Applies::No,
                (Applies::No, true) => Applies::Yes,
                (holds, _) => holds,
            });
        }
        let block = Block {
            applies,
            named: named && applies != Applies::No,
            header: format!("Match {}", words.join(" ")),
        };
        Matched {
            block,
            wants_final_pass,
        }
    }

    fn holds(&self, criterion: &str, list: &str, known: &Known<'_>) -> Applies {
        let is_on = |text: &str, case| pattern::list_matches(list.split(','), text, case).into();
        match criterion {
            "host" => is_on(&known.host, Case::Any),
            "originalhost" => is_on(&self.typed, Case::Any),
            "user" => is_on(known.user.unwrap_or(&self.local_user), Case::Exact),
            "localuser" => is_on(&self.local_user, Case::Exact),
            "tagged" => is_on(known.tag.unwrap_or_default(), Case::Exact),
            // `exec` above all: nothing is run, and no network is asked.
            _ => Applies::Unknown,
        }
    }
}
