//! Machine ids that many machines have. Agents make ids of their own (random UUIDs); an id of the firmware can come
//! from whoever writes an agent, or a policy, by hand.

/// What firmware says where its maker set nothing: the words of boards, and the UUIDs that osquery lists as
/// placeholders (`osquery/core/system.cpp`).
const KNOWN: [&str; 12] = [
    "03000200040005000006000700080009",
    "030201000504070608090a0b0c0d0e0f",
    "10000000000080000040000000000000",
    "tobefilledbyoem",
    "defaultstring",
    "notspecified",
    "notapplicable",
    "systemserialnumber",
    "none",
    "null",
    "unknown",
    "na",
];

/// Whether no machine can be told by it.
pub(crate) fn is_placeholder(machine_id: &str) -> bool {
    let id: String = machine_id
        .chars()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    let only = |letter: char| id.chars().all(|character| character == letter);
    only('0') || only('f') || KNOWN.contains(&id.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_many_have_is_none() {
        for id in [
            "00000000-0000-0000-0000-000000000000",
            "{FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF}",
            "03000200-0400-0500-0006-000700080009",
            "To Be Filled By O.E.M.",
            "Default string",
            "N/A",
            "-",
        ] {
            assert!(is_placeholder(id), "{id}");
        }
        for id in [
            "0190c1aa-0000-7000-8000-000000000001",
            "ffffffff-ffff-ffff-ffff-fffffffffffe",
            "m-CONTOSO-LT-07",
        ] {
            assert!(!is_placeholder(id), "{id}");
        }
    }
}
