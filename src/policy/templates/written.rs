//! The kept files are what the list of keys makes of them, and the agent reads what they write.

use std::collections::BTreeSet;
use std::path::Path;

use super::{KEYS, KeyKind, ROOT, adml, admx, installer, keep, project, rules};
use crate::model::{Hive, RegistryData, RegistryKey};
use crate::platform::registry::memory::MemoryRegistry;
use crate::policy::{Layer, from_registry};
use crate::text::xml::{Element, parse};

const ADMX: &str = "installer/windows/policy/rekey.admx";
const ADML: &str = "installer/windows/policy/en-US/rekey.adml";
const PROPERTIES: &str = "installer/windows/policy/properties.tsv";
const PAGE: &str = "docs/deploy/windows.md";
const BEGIN: &str = "<!-- the properties: REKEY_REWRITE_DOCS=1 cargo test templates -->\n";
const END: &str = "<!-- the end of the properties -->";
const HEAD: &str = "| property | setting | takes |\n|---|---|---|\n";

#[test]
fn the_kept_files_are_made_from_the_list_of_keys() {
    keep(ADMX, &admx::admx().document());
    keep(ADML, &adml::adml().document());
    keep(PROPERTIES, &installer::table());
    let text = std::fs::read_to_string(project(PAGE)).unwrap();
    let text = text.replace("\r\n", "\n");
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let rows = installer::rows();
    keep(PAGE, &format!("{before}{BEGIN}{HEAD}{rows}{END}{after}"));
}

fn template() -> Element {
    parse(&admx::admx().document()).unwrap()
}

fn words() -> Element {
    parse(&adml::adml().document()).unwrap()
}

#[test]
fn template_and_words_follow_the_schema() {
    assert_eq!(rules::faults(&template()), Vec::<String>::new());
    assert_eq!(rules::faults(&words()), Vec::<String>::new());
}

/// Every attribute of this name, of the element and of those below it.
fn all(element: &Element, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    element.visit(&mut |_, element| found.extend(get(element, name).map(str::to_owned)));
    found
}

/// The value of an attribute.
fn get<'e>(element: &'e Element, name: &str) -> Option<&'e str> {
    Some(element.attribute(name)?.value.as_str())
}

/// The element behind these names.
#[track_caller]
fn at<'e>(element: &'e Element, path: &[&str]) -> &'e Element {
    let mut element = element;
    for name in path {
        let child = element.child(name);
        element = child.unwrap_or_else(|| panic!("{} has no {name}", element.name));
    }
    element
}

/// The list as a set, once no member is in it twice.
#[track_caller]
fn unique(list: Vec<String>) -> BTreeSet<String> {
    let count = list.len();
    let set: BTreeSet<String> = list.into_iter().collect();
    assert_eq!(set.len(), count, "something is there twice: {set:?}");
    set
}

#[test]
fn each_setting_has_its_words_its_fields_and_a_name_of_its_own() {
    let (template, words) = (template(), words());
    unique(all(at(&template, &["policies"]), "name"));
    unique(all(at(&template, &["policies"]), "id"));
    let strings = unique(all(at(&words, &["resources", "stringTable"]), "id"));
    let mut named = all(&template, "displayName");
    named.extend(all(&template, "explainText"));
    let named: BTreeSet<String> = named
        .iter()
        .map(|name| {
            name.trim_start_matches("$(string.")
                .trim_end_matches(')')
                .to_owned()
        })
        .collect();
    assert_eq!(
        named, strings,
        "words that are wanted, and words that are there"
    );

    let presentations = at(&words, &["resources", "presentationTable"]);
    let ids = unique(all(presentations, "id"));
    for policy in at(&template, &["policies"]).all("policy") {
        let name = get(policy, "name").unwrap();
        assert_eq!(
            get(policy, "presentation").is_some(),
            ids.contains(name),
            "{name}"
        );
        assert_eq!(
            get(at(policy, &["parentCategory"]), "ref"),
            Some(admx::CATEGORY)
        );
        let Some(presentation) = presentations
            .all("presentation")
            .find(|one| get(one, "id") == Some(name))
        else {
            continue;
        };
        let fields: Vec<_> = presentation
            .children
            .iter()
            .map(|field| get(field, "refId"))
            .collect();
        let elements: Vec<_> = at(policy, &["elements"])
            .children
            .iter()
            .map(|element| get(element, "id"))
            .collect();
        assert_eq!(fields, elements, "{name}");
    }
}

/// A text that lies in the registry.
#[derive(Debug, Clone)]
struct Written {
    key: String,
    name: String,
    text: String,
}

impl Written {
    fn new(key: &str, name: &str, text: &str) -> Self {
        Self {
            key: key.to_owned(),
            name: name.to_owned(),
            text: text.to_owned(),
        }
    }

    /// The setting that it is of, dots between the parts of its name.
    fn setting(&self) -> String {
        let below = self.key.strip_prefix(ROOT).unwrap();
        let below = below.trim_start_matches('\\').replace('\\', ".");
        format!("{below}.{}", self.name)
            .trim_start_matches('.')
            .to_owned()
    }
}

/// What the agent makes of these.
fn read(written: &[Written]) -> Layer {
    let registry = MemoryRegistry::new();
    for one in written {
        let key = RegistryKey::new(Hive::LocalMachine, one.key.as_str());
        registry.put(&key, &one.name, RegistryData::text(&one.text));
    }
    let mut layers = from_registry(&registry).unwrap();
    assert_eq!(layers.len(), 1, "{written:?}");
    layers.remove(0).1
}

/// What the editor of policies writes for this setting, one list for each way to fill it in.
fn writings(policy: &Element) -> Vec<Vec<Written>> {
    let key = get(policy, "key").unwrap();
    if let Some(name) = get(policy, "valueName") {
        let state = |state: &str| {
            let text = at(policy, &[state, "string"]).text.trim();
            vec![Written::new(key, name, text)]
        };
        return vec![state("enabledValue"), state("disabledValue")];
    }
    let mut writings = vec![Vec::new()];
    for element in &at(policy, &["elements"]).children {
        let key = get(element, "key").unwrap_or(key);
        let fields = match element.name.as_str() {
            "list" => vec![items(key)],
            _ => texts(element)
                .iter()
                .map(|text| vec![Written::new(key, get(element, "valueName").unwrap(), text)])
                .collect(),
        };
        writings = writings
            .iter()
            .flat_map(|writing| {
                fields
                    .iter()
                    .map(|field| [writing.as_slice(), field].concat())
            })
            .collect();
    }
    writings
}

/// Two items of a list, one with a comma in it.
fn items(key: &str) -> Vec<Written> {
    [("1", r"~\one, two"), ("2", r"D:\src")]
        .map(|(name, text)| Written::new(key, name, text))
        .into()
}

/// What may stand in a field: all words, the bounds of a number, or an example of a text.
fn texts(element: &Element) -> Vec<String> {
    match element.name.as_str() {
        "enum" => element
            .all("item")
            .map(|item| at(item, &["value", "string"]).text.trim().to_owned())
            .collect(),
        "decimal" => ["minValue", "maxValue"]
            .map(|bound| get(element, bound).unwrap().to_owned())
            .into(),
        _ => {
            let is_time = get(element, "maxLength") == Some("40");
            vec![text_for(get(element, "valueName").unwrap(), is_time)]
        }
    }
}

fn text_for(value: &str, is_time: bool) -> String {
    match value {
        _ if is_time => "2026-11-20T18:00:00Z".to_owned(),
        "tenant" => "22222222-0000-4000-8000-000000000002".to_owned(),
        _ => "contoso".to_owned(),
    }
}

/// What a file of policy that says the same reads as.
fn in_toml(written: &[Written]) -> Layer {
    let mut lines = Vec::new();
    for key in KEYS {
        let below = format!("{}.", key.name);
        let is_mine = |one: &&Written| {
            let setting = one.setting();
            setting == key.name || setting.starts_with(&below)
        };
        let mine: Vec<&Written> = written.iter().filter(is_mine).collect();
        let Some(first) = mine.first() else { continue };
        let value = match key.kind {
            KeyKind::Organizations => {
                let fields = mine
                    .iter()
                    .map(|one| format!("{} = {:?}", one.name, one.text));
                format!("[{{ {} }}]", fields.collect::<Vec<_>>().join(", "))
            }
            KeyKind::List => {
                format!("{:?}", mine.iter().map(|one| &one.text).collect::<Vec<_>>())
            }
            KeyKind::Bool | KeyKind::Number { .. } => first.text.clone(),
            // `scan.deep` is a truth value or a word.
            KeyKind::Choice(_) if ["true", "false"].contains(&first.text.as_str()) => {
                first.text.clone()
            }
            _ => format!("{:?}", first.text),
        };
        lines.push(format!("{} = {value}", key.name));
    }
    Layer::from_toml(Path::new("policy.toml"), &lines.join("\n")).unwrap()
}

#[test]
fn the_agent_reads_whatever_the_editor_of_policies_writes() {
    let template = template();
    let mut keys = BTreeSet::new();
    for policy in at(&template, &["policies"]).all("policy") {
        for written in writings(policy) {
            let layer = read(&written);
            assert_ne!(layer, Layer::default(), "{written:?} is not read");
            assert_eq!(layer, in_toml(&written), "{written:?}");
            let setting = written[0].setting();
            let names = KEYS.iter().map(|key| key.name);
            keys.extend(names.filter(|name| setting.starts_with(name)));
        }
    }
    let listed: BTreeSet<&str> = KEYS.iter().map(|key| key.name).collect();
    assert_eq!(
        keys, listed,
        "keys that the template sets, and keys that there are"
    );
}

#[test]
fn the_agent_reads_whatever_the_installer_writes() {
    for property in installer::properties() {
        let value = &property.value;
        let text = match value.kind {
            KeyKind::Bool => "false",
            KeyKind::Number { .. } => "3",
            KeyKind::Choice(words) => words[words.len() - 1],
            KeyKind::List => "one,two",
            KeyKind::Time => "2026-11-20T18:00:00Z",
            _ if value.name == "tenant" => "microsoft-account",
            _ => "contoso",
        };
        let mut written = vec![Written::new(&value.key(), &value.name, text)];
        assert_eq!(written[0].setting(), value.dotted());
        if !property.belongs_to.is_empty() {
            written.insert(0, Written::new(&value.key(), "name", "contoso"));
        }
        let layer = read(&written);
        assert_ne!(layer, Layer::default(), "{}", property.name);
        if value.kind == KeyKind::List {
            let lists = [layer.scan.roots, layer.scan.exclude];
            assert!(lists.contains(&Some(vec!["one".into(), "two".into()])));
        } else {
            assert_eq!(layer, in_toml(&written), "{}", property.name);
        }
    }
}

#[test]
fn properties_are_ones_that_can_be_typed_and_that_the_installer_can_tell_apart() {
    let properties = installer::properties();
    let names = unique(properties.iter().map(|one| one.name.clone()).collect());
    for name in &names {
        // A public property has capitals only; Windows Installer takes 72 characters, "FOUND_" before it too.
        let is_public =
            |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
        assert!(name.chars().all(is_public) && name.len() < 60, "{name}");
    }
    unique(properties.iter().map(|one| one.value.dotted()).collect());
}
