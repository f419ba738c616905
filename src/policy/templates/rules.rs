//! What the schema of administrative templates demands ("ADMX Schema" and "ADML Schema", Microsoft's reference), of
//! the elements that ours have.

use std::collections::BTreeSet;

use crate::text::xml::{Element, parse};

/// An element: attributes that it must have, attributes that it may have, and children in their order, each with
/// how often it may stand there (`1`, `?`, `+`, `*`). Children in one group, with `|` between, have no order.
type Rule = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, char)],
);

const RULES: &[Rule] = &[
    (
        "policyDefinitions",
        "revision schemaVersion xmlns",
        "",
        &[
            ("policyNamespaces", '1'),
            ("resources", '1'),
            ("supportedOn", '?'),
            ("categories", '?'),
            ("policies", '?'),
        ],
    ),
    (
        "policyNamespaces",
        "",
        "",
        &[("target", '1'), ("using", '*')],
    ),
    ("target", "prefix namespace", "", &[]),
    ("supportedOn/definitions", "", "", &[("definitions", '1')]),
    ("definitions", "", "", &[("definition", '+')]),
    ("definition", "name displayName", "", &[]),
    ("categories", "", "", &[("category", '+')]),
    (
        "category",
        "name displayName",
        "explainText",
        &[("parentCategory", '?')],
    ),
    ("policies", "", "", &[("policy", '+')]),
    (
        "policy",
        "name class displayName key",
        "explainText presentation valueName",
        &[
            ("parentCategory", '1'),
            ("supportedOn", '1'),
            ("enabledValue", '?'),
            ("disabledValue", '?'),
            ("elements", '?'),
        ],
    ),
    ("parentCategory", "ref", "", &[]),
    ("supportedOn/ref", "ref", "", &[]),
    ("enabledValue", "", "", &[("string|decimal|delete", '1')]),
    ("disabledValue", "", "", &[("string|decimal|delete", '1')]),
    (
        "elements",
        "",
        "",
        &[("boolean|decimal|text|enum|list|multiText", '+')],
    ),
    (
        "text",
        "id valueName",
        "key required maxLength expandable soft",
        &[],
    ),
    (
        "decimal",
        "id valueName",
        "key required minValue maxValue storeAsText soft",
        &[],
    ),
    ("enum", "id valueName", "key required", &[("item", '+')]),
    (
        "item",
        "displayName",
        "",
        &[("value", '1'), ("valueList", '?')],
    ),
    ("value", "", "", &[("string|decimal|delete", '1')]),
    (
        "list",
        "id",
        "key valuePrefix additive expandable explicitValue",
        &[],
    ),
    (
        "policyDefinitionResources",
        "revision schemaVersion xmlns",
        "",
        &[
            ("displayName", '1'),
            ("description", '1'),
            ("resources", '1'),
        ],
    ),
    ("displayName", "", "", &[]),
    ("description", "", "", &[]),
    (
        "resources/words",
        "",
        "",
        &[("stringTable", '?'), ("presentationTable", '?')],
    ),
    (
        "resources/revision",
        "minRequiredRevision",
        "fallbackCulture",
        &[],
    ),
    ("stringTable", "", "", &[("string", '+')]),
    ("string/id", "id", "", &[]),
    ("string/value", "", "", &[]),
    ("presentationTable", "", "", &[("presentation", '+')]),
    (
        "presentation",
        "id",
        "",
        &[(
            "text|decimalTextBox|textBox|checkBox|comboBox|dropdownList|listBox",
            '+',
        )],
    ),
    ("decimalTextBox", "refId", "defaultValue spin spinStep", &[]),
    ("dropdownList", "refId", "noSort defaultItem", &[]),
    ("listBox", "refId", "required", &[]),
    (
        "textBox",
        "refId",
        "",
        &[("label", '1'), ("defaultValue", '?')],
    ),
    ("label", "", "", &[]),
];

/// What is wrong with the element and those in it.
pub(super) fn faults(element: &Element) -> Vec<String> {
    let mut faults = Vec::new();
    check(element, "", &mut faults);
    faults
}

/// Some names mean different things in different places.
fn rule_of(element: &Element, parent: &str) -> Option<&'static Rule> {
    let name = match (element.name.as_str(), parent) {
        ("supportedOn", "policyDefinitions") => "supportedOn/definitions",
        ("supportedOn", _) => "supportedOn/ref",
        ("resources", "policyDefinitions") => "resources/revision",
        ("resources", _) => "resources/words",
        ("string", "stringTable") => "string/id",
        ("string", _) => "string/value",
        (name, _) => name,
    };
    RULES.iter().find(|rule| rule.0 == name)
}

fn check(element: &Element, parent: &str, faults: &mut Vec<String>) {
    let name = &element.name;
    let Some((_, must, may, children)) = rule_of(element, parent) else {
        faults.push(format!("{parent} has no {name}"));
        return;
    };
    let must: BTreeSet<&str> = must.split_whitespace().collect();
    let has: BTreeSet<&str> = element
        .attributes
        .iter()
        .map(|one| one.key.as_str())
        .collect();
    for missing in must.difference(&has) {
        faults.push(format!("{name} lacks {missing}"));
    }
    for attribute in has.difference(&must) {
        if !may.split_whitespace().any(|known| known == *attribute) {
            faults.push(format!("{name} takes no {attribute}"));
        }
    }
    let mut rest = element.children.as_slice();
    for (group, often) in *children {
        let fits = |child: &&Element| group.split('|').any(|known| known == child.name);
        let count = rest.iter().take_while(fits).count();
        let (least, most) = match often {
            '1' => (1, 1),
            '?' => (0, 1),
            '+' => (1, usize::MAX),
            _ => (0, usize::MAX),
        };
        if count < least || count > most {
            faults.push(format!("{name} has {count} of {group}"));
        }
        rest = &rest[count..];
    }
    if let Some(child) = rest.first() {
        faults.push(format!("{name}: {} is out of place", child.name));
    }
    for child in &element.children {
        check(child, name, faults);
    }
}

#[test]
fn what_is_missing_unknown_or_out_of_place_is_found() {
    let faults = |text: &str| faults(&parse(text).unwrap()).join("; ");
    assert_eq!(faults("<target prefix='a' namespace='b'/>"), "");
    assert_eq!(faults("<target prefix='a'/>"), "target lacks namespace");
    assert_eq!(
        faults("<target prefix='a' namespace='b' x='c'/>"),
        "target takes no x"
    );
    assert_eq!(
        faults("<enabledValue/>"),
        "enabledValue has 0 of string|decimal|delete"
    );
    assert_eq!(
        faults("<textBox refId='a'><label/><label/></textBox>"),
        "textBox has 2 of label"
    );
    assert_eq!(
        faults("<textBox refId='a'><label/><x/></textBox>"),
        "textBox: x is out of place; textBox has no x"
    );
}
