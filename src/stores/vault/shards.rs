//! Entries that hold one secret together: Windows keeps 2,560 bytes in one, and forks of Python's keyring go on in entries
//! `NAME-shard-0001`, `NAME-shard-0002`, … (jaraco/keyring#544).

use super::targets::PYTHON;
use crate::model::VaultEntry;
use crate::model::windows_credential::{COMMENT, TARGET_NAME, TYPE, USER_NAME};

/// One secret's entries: the one that names it, and those that it goes on in, in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Group<'e> {
    pub(super) first: &'e VaultEntry,
    pub(super) shards: Vec<&'e VaultEntry>,
}

/// The name of the entry that a shard goes on for.
pub(super) fn first_name(target: &str) -> Option<&str> {
    split(target).map(|(first, _)| first)
}

fn split(target: &str) -> Option<(&str, u32)> {
    let (first, digits) = target.rsplit_once("-shard-")?;
    let plain = digits.len() >= 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse().ok().filter(|_| plain)?;
    Some((first, number))
}

/// Puts together what belongs together; a shard without its first entry stands for itself.
pub(super) fn group(entries: &[VaultEntry]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut shards = Vec::new();
    for entry in entries {
        match shard(entry) {
            Some((first, number)) => shards.push((first, number, entry)),
            None => groups.push(Group {
                first: entry,
                shards: Vec::new(),
            }),
        }
    }
    shards.sort_by_key(|(_, number, _)| *number);
    for (first, _, entry) in shards {
        let same = |name| entry.attribute(name);
        let of_it = groups.iter_mut().find(|group| {
            let names = [COMMENT, USER_NAME, TYPE];
            group.first.attribute(TARGET_NAME) == Some(first)
                && names
                    .iter()
                    .all(|name| group.first.attribute(name) == same(name))
        });
        match of_it {
            Some(group) => group.shards.push(entry),
            None => groups.push(Group {
                first: entry,
                shards: Vec::new(),
            }),
        }
    }
    groups
}

fn shard(entry: &VaultEntry) -> Option<(&str, u32)> {
    let target = entry.attribute(TARGET_NAME)?;
    split(target).filter(|_| entry.attribute(COMMENT) == Some(PYTHON))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::vault::memory::MemoryVault;

    fn entry(vault: &MemoryVault, target: &str, account: &str) -> VaultEntry {
        let attributes = [
            (TARGET_NAME, target),
            (TYPE, "1"),
            (COMMENT, PYTHON),
            (USER_NAME, account),
        ];
        vault.add(&attributes, "")
    }

    #[test]
    fn a_secret_in_pieces_is_one() {
        let vault = MemoryVault::new();
        let entries = [
            entry(&vault, "https://h/x-shard-0002", "dev"),
            entry(&vault, "https://h/x", "dev"),
            entry(&vault, "https://h/x-shard-0001", "dev"),
            entry(&vault, "https://h/x-shard-0003", "another"),
            entry(&vault, "https://h/x-shard-1", "dev"),
            vault.add(&[(TARGET_NAME, "https://h/x-shard-0004")], ""),
        ];
        let [third, first, second, others @ ..] = &entries;
        let alone = |entry| Group {
            first: entry,
            shards: Vec::new(),
        };
        let together = Group {
            first,
            shards: vec![second, third],
        };
        let expected = [
            together,
            alone(&others[1]),
            alone(&others[2]),
            alone(&others[0]),
        ];
        assert_eq!(group(&entries), expected);
    }

    #[test]
    fn the_name_of_a_piece_is_that_of_the_whole() {
        assert_eq!(first_name("a-shard-0001"), Some("a"));
        assert_eq!(first_name("a-shard-12345"), Some("a"));
        for name in [
            "a",
            "a-shard-",
            "a-shard-1",
            "a-shard-+001",
            "a-shard-99999999999",
        ] {
            assert_eq!(first_name(name), None, "{name}");
        }
    }
}
