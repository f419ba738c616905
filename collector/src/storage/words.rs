//! How a search finds a device: by the beginning of any part of its machine's or its person's name. Pure.

use std::collections::BTreeSet;

/// More parts than that has no name of a person or a machine; a hostile one shall not fill the table.
const MOST: usize = 24;

/// From where each part begins up to the end of the name: `contoso-lt-07`, `lt-07` and `07`.
pub(crate) fn words(machine: &str, person: Option<&str>) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for name in [Some(machine), person].into_iter().flatten() {
        let name = name.to_lowercase();
        let mut inside = false;
        for (at, character) in name.char_indices() {
            let part = character.is_alphanumeric();
            // A sign begins a word only where the name begins with it.
            if (part && !inside) || at == 0 {
                words.insert(name[at..].to_owned());
            }
            inside = part;
            if words.len() >= MOST {
                return words;
            }
        }
    }
    words
}

/// The range of words that begin with what is searched for: from the first up to, and without, the second.
pub(crate) fn range(search: &str) -> (String, String) {
    let from = search.trim().to_lowercase();
    let mut to = from.clone();
    to.push(char::MAX);
    (from, to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(search: &str) -> bool {
        let (from, to) = range(search);
        words("CONTOSO-LT-07", Some("Kim.Lee@contoso.example"))
            .iter()
            .any(|word| *word >= from && *word < to)
    }

    #[test]
    fn the_beginning_of_any_part_finds_it() {
        for search in [
            "contoso",
            "LT-07",
            "07",
            "kim",
            "Lee@",
            "contoso.ex",
            " kim ",
        ] {
            assert!(finds(search), "{search}");
        }
        for search in ["ontoso", "%", "kim@", "fabrikam"] {
            assert!(!finds(search), "{search}");
        }
    }

    #[test]
    fn a_hostile_name_has_few_words() {
        assert!(words(&"a-".repeat(1000), None).len() <= MOST);
        assert!(words("", None).is_empty());
    }
}
