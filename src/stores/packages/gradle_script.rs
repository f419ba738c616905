//! Tokens in scripts of Gradle, in Groovy or Kotlin. A script is a program, so it is the person who edits it.

use super::{MOST, addresses};
use crate::model::{Credential, Kind, OrganizationName, Remedy, Scope};
use crate::text::{Document, UserInfo, lines, only_organization};
use crate::token;

const BY_HAND: &str = "Take the token out of this script with an editor";
/// How far from a token the braces around it are looked for, in bytes.
const NEAR: usize = 16 * 1024;
/// How many blocks around a token are looked at; a password is three deep in its repository.
const BLOCKS: usize = 8;

/// The credentials in a script.
pub(super) fn credentials(
    document: &Document,
    store: &'static str,
    scope: &Scope,
) -> Vec<Credential> {
    let text = document.as_str();
    let mut found = Vec::new();
    for line in lines(text) {
        if line.text.trim_start().starts_with(['/', '*', '#']) {
            continue;
        }
        let start = line.range.start;
        let drafts = addresses::in_part(document, store, line.range, "", scope);
        let drafts = drafts.into_iter();
        found.extend(drafts.map(|draft| draft.remedy(Remedy::Manual).advice(BY_HAND).finish()));
        let addresses = UserInfo::find_all(line.text);
        for sighting in token::find_all(line.text) {
            let range = &sighting.range;
            if addresses
                .iter()
                .any(|info| info.range.contains(&range.start))
            {
                continue;
            }
            let draft = document
                .draft(store, Kind::Pat)
                .organization(organization(text, start + range.start))
                .entry(label(&line.text[..range.start]))
                .at(start + range.start)
                .sighted(&sighting)
                .remedy(Remedy::Manual)
                .advice(BY_HAND);
            found.push(draft.finish());
        }
        if found.len() > MOST {
            break;
        }
    }
    found
}

/// The word that a value is given to: `password` of `password = "`. One in quotes may be a secret itself.
fn label(before: &str) -> &str {
    let belongs = |character: char| character.is_alphanumeric() || character == '_';
    let given = before.trim_end_matches(|character: char| " \t=('\"".contains(character));
    let word = given.rsplit(|character| !belongs(character)).next();
    let word = word.unwrap_or_default();
    let alone = given[..given.len() - word.len()].ends_with([' ', '\t', '{', ';', '.']);
    if alone || word.len() == given.len() {
        word
    } else {
        ""
    }
}

/// The organization that the smallest block names which names any, where it names one alone.
fn organization(text: &str, at: usize) -> Option<OrganizationName> {
    let from = text.floor_char_boundary(at.saturating_sub(NEAR));
    let to = text.floor_char_boundary(at + NEAR);
    let (mut start, mut end) = (at, at);
    for _ in 0..BLOCKS {
        start = from + brace(text[from..start].char_indices().rev(), '{', '}')?;
        end += brace(text[end..to].char_indices(), '}', '{')? + 1;
        let named = only_organization(&text[start..end]);
        if named.is_some() {
            return named;
        }
    }
    None
}

/// The first brace of one kind that none of the other kind before it has opened.
fn brace(
    characters: impl Iterator<Item = (usize, char)>,
    wanted: char,
    other: char,
) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, character) in characters {
        if character == wanted {
            if depth == 0 {
                return Some(at);
            }
            depth -= 1;
        } else if character == other {
            depth += 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_block_around_a_token_tells_whose_it_is() {
        let text = "repositories {\n maven { url 'https://pkgs.dev.azure.com/contoso/x'\n credentials { password '1' } }\n \
                    maven { url 'https://fabrikam.pkgs.visualstudio.com/x'\n credentials { password '2' } }\n mavenCentral() }\nx = '3'";
        for (sign, expected) in [("1", Some("contoso")), ("2", Some("fabrikam")), ("3", None)] {
            let at = text.find(&format!("'{sign}'")).unwrap_or_default() + 1;
            let found = organization(text, at);
            assert_eq!(found.as_ref().map(OrganizationName::as_str), expected);
        }
        assert_eq!(organization("} a {", 2), None);
    }

    #[test]
    fn the_word_before_a_value_names_it() {
        for (before, expected) in [
            ("    password = \"", "password"),
            ("password '", "password"),
            ("ext.azure_pat=", "azure_pat"),
            ("credentials {password('", "password"),
            ("add(\"word\", \"", ""),
            ("Basic user:word:", ""),
            ("\"", ""),
            ("", ""),
        ] {
            assert_eq!(label(before), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_searched(text in "[{}é/a=' \n]{0,40}", at: prop::sample::Index) {
            let at = text.floor_char_boundary(at.index(text.len() + 1));
            let _ = organization(&text, at);
            let _ = label(&text[..at]);
        }
    }
}
