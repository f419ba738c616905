//! JSON whose members and elements know their places.

use jsonc_parser::ast::{Array, Object, Value};
use jsonc_parser::common::Ranged;
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

/// What .NET's configuration and editors allow beyond it: comments, and a comma after the last.
const RELAXED: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_trailing_commas: true,
    ..STRICT
};

/// The object that is the whole text; `Ok(None)` for a text of white space.
///
/// # Errors
/// One short sentence without any of the text.
pub fn object(text: &str) -> Result<Option<Object<'_>>, String> {
    only_object(value(text)?)
}

/// The same with comments, and with a comma after the last member or element.
///
/// # Errors
/// One short sentence without any of the text.
pub fn object_with_comments(text: &str) -> Result<Option<Object<'_>>, String> {
    only_object(parse(text, &RELAXED)?)
}

/// The value that is the whole text; `Ok(None)` for a text of white space.
///
/// # Errors
/// One short sentence without any of the text.
pub fn value(text: &str) -> Result<Option<Value<'_>>, String> {
    parse(text, &STRICT)
}

fn only_object(value: Option<Value<'_>>) -> Result<Option<Object<'_>>, String> {
    match value {
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err("it is JSON but no object".into()),
        None => Ok(None),
    }
}

fn parse<'t>(text: &'t str, options: &ParseOptions) -> Result<Option<Value<'t>>, String> {
    let collect = CollectOptions {
        comments: CommentCollectionStrategy::Off,
        tokens: false,
    };
    match parse_to_ast(text, &collect, options) {
        Ok(parsed) => Ok(parsed.value),
        Err(error) => Err(format!("it is no JSON (line {})", error.line_display())),
    }
}

/// What cuts the member of this index, and any other members with it; `None` beyond the last.
///
/// `text` is what the object was read from.
pub fn cut_member(text: &str, object: &Object<'_>, index: usize) -> Option<Cut> {
    cut(text, object, &object.properties, index)
}

/// What cuts the element of this index, and any other elements with it; `None` beyond the last.
///
/// `text` is what the array was read from.
pub fn cut_element(text: &str, array: &Array<'_>, index: usize) -> Option<Cut> {
    cut(text, array, &array.elements, index)
}

fn cut(text: &str, list: &impl Ranged, items: &[impl Ranged], index: usize) -> Option<Cut> {
    let item = items.get(index)?;
    let item = item.start()..item.end();
    // Between the brackets and the items, from the first gap to the last.
    let starts = std::iter::once(list.start() + 1).chain(items.iter().map(Ranged::end));
    let ends = items.iter().map(Ranged::start).chain([list.end() - 1]);
    let gaps: Vec<_> = starts.zip(ends).collect();
    let (before, after) = (gaps[index].0, gaps[index + 1].1);
    // A break that ends a comment may stand before an item that is cut, and the next one's break take its place: in
    // a list with comments anywhere all items are cut in the same way.
    let has_comments = |&(start, end): &(usize, usize)| text[start..end].contains(['/', '#']);
    if gaps.iter().any(has_comments) {
        return Some(Cut::apart(text, &item, before, after));
    }
    Some(Cut::of_item(text, &item))
}

/// The text of a member that is a string.
pub fn string<'o>(object: &'o Object<'_>, name: &str) -> Option<&'o str> {
    let member = object.get_string(name)?;
    Some(&member.value)
}

/// The member of this name, in either case, as PowerShell reads it.
pub fn get<'o, 't>(object: &'o Object<'t>, name: &str) -> Option<&'o Value<'t>> {
    let mut members = object.properties.iter();
    let member = members.find(|member| member.name.as_str().eq_ignore_ascii_case(name));
    member.map(|member| &member.value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;
    use crate::model::{Splice, splice};

    fn spliced(text: &str, cuts: impl IntoIterator<Item = Cut>) -> String {
        let parts = cuts
            .into_iter()
            .flat_map(|cut| cut.parts().collect::<Vec<_>>());
        let splices = parts.map(|(range, separator)| Splice {
            range,
            replacement: separator.into(),
        });
        String::from_utf8(splice(text.as_bytes(), splices.collect()).unwrap()).unwrap()
    }

    fn without(text: &str, members: &[usize]) -> String {
        let read = object_with_comments(text).unwrap().unwrap();
        let members = members.iter();
        spliced(
            text,
            members.map(|index| cut_member(text, &read, *index).unwrap()),
        )
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

    #[test]
    fn comments_stay_and_end_where_they_did() {
        let text = "{\n  // a\n  \"a\": 1, // b\n  \"b\": 2, /* c */ \"c\": 3 // end\n}\n";
        for (members, left) in [
            (
                &[0][..],
                "{\n  // a\n // b\n  \"b\": 2, /* c */ \"c\": 3 // end\n}\n",
            ),
            (
                &[1],
                "{\n  // a\n  \"a\": 1, // b\n /* c */ \"c\": 3 // end\n}\n",
            ),
            (
                &[2],
                "{\n  // a\n  \"a\": 1, // b\n  \"b\": 2 /* c */ // end\n}\n",
            ),
            (&[0, 1, 2], "{\n  // a\n // b\n /* c */ // end\n}\n"),
        ] {
            assert_eq!(without(text, members), left);
        }
        let text = "{\"0\":0,//\n\"1\":1,\n\"2\":2,\"3\":3}";
        assert_eq!(without(text, &[0, 1, 2]), "{//\n\"3\":3}");
        let text = "{\r\n  // pat\r\n  \"a\": 1,\r\n  \"b\": 2,\r\n}";
        assert_eq!(without(text, &[0]), "{\r\n  // pat\r\n  \"b\": 2,\r\n}");
        assert_eq!(without(text, &[1]), "{\r\n  // pat\r\n  \"a\": 1,\r\n}");
    }

    #[test]
    fn elements_go_as_members_do() {
        let text = "[\n  {\"a\": [1, 2]},\n  2\n]";
        let Some(Value::Array(array)) = value(text).unwrap() else {
            panic!("an array");
        };
        let cut = |index| cut_element(text, &array, index).unwrap();
        assert_eq!(spliced(text, [cut(0)]), "[\n  2\n]");
        assert_eq!(spliced(text, [cut(1)]), "[\n  {\"a\": [1, 2]}\n]");
        assert_eq!(spliced(text, [cut(0), cut(1)]), "[\n]");
        assert_eq!(cut_element(text, &array, 2), None);
    }

    proptest! {
        #[test]
        fn any_choice_among_comments_leaves_the_rest_and_every_comment(
            kept in proptest::collection::vec(any::<bool>(), 1..6),
            gaps in proptest::collection::vec("([ \n\t]|//[,x]{0,2}\n|/\\*[,\n/]{0,2}\\*/){0,3}", 24),
            trailing: bool,
        ) {
            let gap = |index: usize| gaps[index % gaps.len()].as_str();
            let mut text = format!("{}{{", gap(0));
            for n in 0..kept.len() {
                let comma = if trailing || n + 1 < kept.len() { "," } else { "" };
                text += &format!("{}\"{n}\":{}[{n}, {n}]{}{comma}", gap(3 * n + 1), gap(3 * n + 2), gap(3 * n + 3));
            }
            text += &format!("{}}}{}", gap(22), gap(23));
            let cut: Vec<_> = (0..kept.len()).filter(|index| !kept[*index]).collect();
            let left = without(&text, &cut);
            let read = object_with_comments(&left);
            prop_assert!(read.is_ok(), "{:?} | {:?}", text, left);
            let read = read.unwrap().unwrap();
            let names: Vec<_> = read.properties.iter().map(|member| member.name.as_str().to_owned()).collect();
            let expected: Vec<_> = (0..kept.len()).filter(|index| kept[*index]).map(|n| n.to_string()).collect();
            prop_assert_eq!(names, expected, "{} | {}", text, left);
        }

        #[test]
        fn any_text_can_be_read(text in "[\\[\\]{}\":,/*a1\n\\\\]{0,40}") {
            let _ = (object(&text), object_with_comments(&text), value(&text));
        }

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
