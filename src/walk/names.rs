//! Looks up many names among few, without case and without allocating.

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
    use super::Names;

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
