//! Members of a JSON object.

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};

use super::Cut;

/// RFC 8259 and nothing more: what the tools that own these files would refuse is broken for us too.
const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// The object that is the whole text; `Ok(None)` for a text of white space.
///
/// # Errors
/// One short sentence without any of the text.
pub fn object(text: &str) -> Result<Option<Object<'_>>, String> {
    let collect = CollectOptions {
        comments: CommentCollectionStrategy::Off,
        tokens: false,
    };
    match parse_to_ast(text, &collect, &STRICT) {
        Ok(parsed) => match parsed.value {
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(_) => Err("it is JSON but no object".into()),
            None => Ok(None),
        },
        Err(error) => Err(format!("it is no JSON (line {})", error.line_display())),
    }
}

/// What cuts the member of this index, and any other members with it; `None` beyond the last.
///
/// `text` is what the object was read from.
pub fn cut_member(text: &str, object: &Object<'_>, index: usize) -> Option<Cut> {
    let member = object.properties.get(index)?;
    Some(Cut::of_item(text, &(member.start()..member.end())))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;
    use crate::model::{Splice, splice};

    fn without(text: &str, members: &[usize]) -> String {
        let read = object(text).unwrap().unwrap();
        let splices = members.iter().map(|index| {
            let cut = cut_member(text, &read, *index).unwrap();
            Splice {
                range: cut.range,
                replacement: cut.separator.into(),
            }
        });
        String::from_utf8(splice(text.as_bytes(), splices.collect()).unwrap()).unwrap()
    }

    #[test]
    fn a_member_goes_with_its_line_and_the_rest_stays() {
        let text = "{\n  \"a\": 1,\n  \"b\": {\"x\": \",\"},\n  \"c\" : 3 \n}\n";
        for (members, left) in [
            (&[0][..], "{\n  \"b\": {\"x\": \",\"},\n  \"c\" : 3 \n}\n"),
            (&[1], "{\n  \"a\": 1,\n  \"c\" : 3 \n}\n"),
            (&[2], "{\n  \"a\": 1,\n  \"b\": {\"x\": \",\"} \n}\n"),
            (&[0, 1, 2], "{ \n}\n"),
        ] {
            assert_eq!(without(text, members), left);
        }
        assert_eq!(without("{ \"a\": 1 }", &[0]), "{}");
    }

    #[test]
    fn what_is_no_object_says_why_without_quoting_it() {
        for text in ["[\"s3cret\"]", "{\"s3cret", "{\"a\":1,}", "// s3cret\n{}"] {
            let reason = object(text).unwrap_err();
            assert!(!reason.contains("s3cret"), "{reason}");
        }
        assert!(object(&"{\"a\":".repeat(100_000)).is_err());
        assert_eq!(object(" \n"), Ok(None));
    }

    proptest! {
        #[test]
        fn any_choice_leaves_an_object_of_the_rest(
            kept in proptest::collection::vec(any::<bool>(), 1..7),
            space in "[ \n\t]{0,3}",
        ) {
            let members = (0..kept.len()).map(|n| format!("{space}\"{n}\"{space}:{space}[{n},{n}]{space}"));
            let text = format!("{space}{{{}}}{space}", members.collect::<Vec<_>>().join(","));
            let cut: Vec<_> = (0..kept.len()).filter(|index| !kept[*index]).collect();
            let left: serde_json::Map<String, serde_json::Value> =
                serde_json::from_str(&without(&text, &cut)).unwrap();
            let expected = (0..kept.len()).filter(|index| kept[*index]).map(|n| n.to_string());
            prop_assert!(left.keys().cloned().eq(expected));
        }
    }
}
