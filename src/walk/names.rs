//! Looks up many names among few, without case and without allocating.

/// What a list of wanted files says: a whole name, or with a `*` at one side how a name begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pattern {
    Name(&'static str),
    Prefix(&'static str),
    Ending(&'static str),
}

impl Pattern {
    fn of(text: &'static str) -> Self {
        match (text.strip_suffix('*'), text.strip_prefix('*')) {
            (Some(prefix), _) => Self::Prefix(prefix),
            (None, Some(ending)) => Self::Ending(ending),
            (None, None) => Self::Name(text),
        }
    }
}

/// Patterns, ready to be asked about every name of a disk.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    names: Names<&'static str>,
    prefixes: Edges,
    endings: Edges,
}

impl Wanted {
    /// Patterns in lower case, each once: `.npmrc`, `.env*`, `*.tfvars`.
    pub(super) fn new(patterns: impl IntoIterator<Item = &'static str>) -> Self {
        let mut names = Vec::new();
        let (mut prefixes, mut endings) = (Edges::default(), Edges::default());
        for text in patterns {
            match Pattern::of(text) {
                Pattern::Name(name) => names.push((name, text)),
                Pattern::Prefix(prefix) => prefixes.add(prefix, prefix.bytes().next(), text),
                Pattern::Ending(ending) => endings.add(ending, ending.bytes().last(), text),
            }
        }
        Self {
            names: Names::new(names),
            prefixes,
            endings,
        }
    }

    /// The patterns that a name fits, ASCII letters in either case.
    pub(super) fn get<'n>(&'n self, name: &'n [u8]) -> impl Iterator<Item = &'static str> {
        let prefixes = self.prefixes.near(name.first());
        let endings = self.endings.near(name.last());
        let begins = |part: &str| {
            name.get(..part.len())
                .is_some_and(|start| same(part, start))
        };
        let ends = |part: &str| {
            let start = name.len().checked_sub(part.len());
            start.is_some_and(|start| same(part, &name[start..]))
        };
        let prefixes = prefixes.iter().filter(move |(part, _)| begins(part));
        let endings = endings.iter().filter(move |(part, _)| ends(part));
        let parts = prefixes.chain(endings).map(|(_, pattern)| *pattern);
        self.names.get(name).copied().chain(parts)
    }
}

fn same(part: &str, other: &[u8]) -> bool {
    part.as_bytes().eq_ignore_ascii_case(other)
}

/// Parts that stand at one side of a name.
#[derive(Debug, Clone)]
struct Edges {
    /// The bytes that stand outermost: nearly every name falls out here.
    outermost: [bool; 256],
    /// Each part with its pattern.
    parts: Vec<(&'static str, &'static str)>,
}

impl Default for Edges {
    fn default() -> Self {
        Self {
            outermost: [false; 256],
            parts: Vec::new(),
        }
    }
}

impl Edges {
    fn add(&mut self, part: &'static str, outermost: Option<u8>, pattern: &'static str) {
        self.parts.push((part, pattern));
        match outermost {
            Some(byte) => {
                for byte in [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()] {
                    self.outermost[usize::from(byte)] = true;
                }
            }
            None => self.outermost = [true; 256],
        }
    }

    /// The parts, unless none can fit a name whose outermost byte is this.
    fn near(&self, outermost: Option<&u8>) -> &[(&'static str, &'static str)] {
        if outermost.is_some_and(|byte| self.outermost[usize::from(*byte)]) {
            &self.parts
        } else {
            &[]
        }
    }
}

/// Values by name.
#[derive(Debug, Clone)]
pub(super) struct Names<V> {
    /// By the length of the name: all but a few candidates fall out at once.
    by_length: Vec<Vec<(&'static str, V)>>,
}

impl<V> Names<V> {
    pub(super) fn new(entries: impl IntoIterator<Item = (&'static str, V)>) -> Self {
        let mut by_length: Vec<Vec<_>> = Vec::new();
        for (name, value) in entries {
            if by_length.len() <= name.len() {
                by_length.resize_with(name.len() + 1, Vec::new);
            }
            if let Some(same_length) = by_length.get_mut(name.len()) {
                same_length.push((name, value));
            }
        }
        Self { by_length }
    }

    /// What was entered under this name, ASCII letters in either case.
    pub(super) fn get<'n>(&'n self, name: &'n [u8]) -> impl Iterator<Item = &'n V> {
        let same_length = self
            .by_length
            .get(name.len())
            .map_or(&[][..], Vec::as_slice);
        same_length
            .iter()
            .filter(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::{Names, Wanted};

    #[test]
    fn a_star_at_one_side_stands_for_any_part_of_a_name() {
        let wanted = Wanted::new([
            ".npmrc",
            ".env*",
            "*.tfvars",
            "*.tf",
            "pulumi.*",
            "*.Run.xml",
        ]);
        for (name, patterns) in [
            (".npmrc", &[".npmrc"][..]),
            (".env", &[".env*"]),
            (".ENV.local", &[".env*"]),
            (".envrc", &[".env*"]),
            ("a.env", &[]),
            ("terraform.tfvars", &["*.tfvars"]),
            ("Main.TF", &["*.tf"]),
            (".tf", &["*.tf"]),
            ("main.tf.json", &[]),
            ("pulumi.tf", &["pulumi.*", "*.tf"]),
            ("tf", &[]),
            ("app.run.xml", &["*.Run.xml"]),
            ("", &[]),
        ] {
            let got: Vec<_> = wanted.get(name.as_bytes()).collect();
            assert_eq!(got, patterns, "{name}");
        }
        assert_eq!(wanted.get(&[0xff, b'.', b't', b'f']).count(), 1);
    }

    #[test]
    fn a_star_alone_is_every_name() {
        let wanted = Wanted::new(["*"]);
        assert_eq!(wanted.get(b"any").count(), 1);
        assert_eq!(wanted.get(&[0xff]).count(), 1);
    }

    #[test]
    fn a_name_is_found_in_either_case_and_only_whole() {
        let names = Names::new([(".npmrc", 1), ("nuget.config", 2), (".npmrc", 3)]);
        let get = |name: &[u8]| names.get(name).copied().collect::<Vec<_>>();
        assert_eq!(get(b".NPMrc"), [1, 3]);
        assert_eq!(get(b"NuGet.Config"), [2]);
        assert!(get(b".npmr").is_empty());
        assert!(get(b".npmrcx").is_empty());
        assert!(get(b"").is_empty());
        assert!(get(&[0xff; 6]).is_empty());
    }
}
