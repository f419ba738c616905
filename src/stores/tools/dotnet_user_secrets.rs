//! Secrets that .NET projects keep out of their folders: `secrets.json`, one folder a project.
//!
//! Keys are flat (`AzureDevOps:PersonalAccessToken`) as `dotnet user-secrets` writes them, or nested as people do;
//! comments and a last comma are allowed. Sources: learn.microsoft.com, "Safe storage of app secrets in development";
//! dotnet/runtime, `JsonConfigurationFileParser.cs`.

use std::path::PathBuf;

use jsonc_parser::ast::{Object, StringLit, Value};
use jsonc_parser::common::Ranged as _;

use crate::model::{Kind, OrganizationName, Remedy, Scope};
use crate::platform::System;
use crate::stores::git::stray;
use crate::stores::packages::{MOST, addresses, too_many};
use crate::stores::{About, Finder, Store};
use crate::text::{Cut, Document, json, only_organization};
use crate::token;

const NAME: &str = "dotnet-user-secrets";
const BROKEN: &str = "dotnet user-secrets cannot read this file either: mend it with an editor, and take the token out";
/// What parts the sections of a key.
const PART: char = ':';
/// So many sections around a token are asked whose it is, and the whole file after them.
const MOST_SECTIONS: usize = 8;
/// Words of a key that is about Azure DevOps.
const OURS: [&str; 5] = ["devops", "azdo", "vsts", "visualstudio", "tfs"];

/// The store.
#[derive(Debug)]
pub struct DotnetUserSecrets;

impl Store for DotnetUserSecrets {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "User secrets of .NET projects",
            clears: "dotnet user-secrets remove KEY --id ID (the name of the folder)",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        for folder in finder.list(&root(finder)) {
            if let Some(document) = finder.open(&folder.join("secrets.json")) {
                look_at(finder, &document);
            }
        }
    }
}

fn root(finder: &Finder<'_>) -> PathBuf {
    let folders = finder.folders();
    match finder.platform().system() {
        System::Windows => folders.config.join("Microsoft").join("UserSecrets"),
        System::MacOs | System::Linux => folders.home.join(".microsoft").join("usersecrets"),
    }
}

fn look_at(finder: &mut Finder<'_>, document: &Document) {
    let text = document.as_str();
    let object = match json::object_with_comments(text) {
        Ok(object) => object,
        Err(reason) => {
            finder.unreadable(document.path(), reason);
            return stray::enter(finder, document, BROKEN);
        }
    };
    let mut settings = Vec::new();
    if let Some(object) = &object {
        members(text, object, "", &mut settings);
    }
    if settings.len() > MOST {
        finder.unreadable(document.path(), too_many());
        return stray::enter(finder, document, BROKEN);
    }
    for setting in &settings {
        enter(finder, document, setting, &settings);
    }
}

/// One string with the whole key that .NET gives it.
struct Setting<'o, 't> {
    key: String,
    value: &'o StringLit<'t>,
    /// The organization that an address in the value names.
    named: Option<OrganizationName>,
    cut: Cut,
}

fn members<'o, 't>(
    text: &str,
    object: &'o Object<'t>,
    section: &str,
    found: &mut Vec<Setting<'o, 't>>,
) {
    for (index, member) in object.properties.iter().enumerate() {
        let key = join(section, member.name.as_str());
        if let Some(cut) = json::cut_member(text, object, index) {
            value(text, &member.value, key, cut, found);
        }
    }
}

fn value<'o, 't>(
    text: &str,
    value_of: &'o Value<'t>,
    key: String,
    cut: Cut,
    found: &mut Vec<Setting<'o, 't>>,
) {
    // One more than allowed tells that there are too many.
    if found.len() > MOST {
        return;
    }
    match value_of {
        Value::StringLit(value) => found.push(Setting {
            key,
            value,
            named: only_organization(&value.value),
            cut,
        }),
        Value::Object(object) => members(text, object, &key, found),
        Value::Array(array) => {
            for (index, element) in array.elements.iter().enumerate() {
                if let Some(cut) = json::cut_element(text, array, index) {
                    value(text, element, join(&key, &index.to_string()), cut, found);
                }
            }
        }
        Value::NumberLit(_) | Value::BooleanLit(_) | Value::NullKeyword(_) => {}
    }
}

fn join(section: &str, key: &str) -> String {
    if section.is_empty() {
        key.to_owned()
    } else {
        format!("{section}{PART}{key}")
    }
}

fn section_of(key: &str) -> &str {
    key.rsplit_once(PART).map_or("", |(section, _)| section)
}

fn enter(
    finder: &mut Finder<'_>,
    document: &Document,
    setting: &Setting<'_, '_>,
    settings: &[Setting<'_, '_>],
) {
    let range = setting.value.start()..setting.value.end();
    let in_address = addresses::in_part(document, NAME, range, &setting.key, finder.scope());
    if !in_address.is_empty() {
        let drafts = in_address.into_iter();
        return drafts.for_each(|draft| finder.add(draft.remedy(Remedy::Consent).finish()));
    }
    let whole = &*setting.value.value;
    // A token may be a part of the value: a header, a connection string.
    let found = token::find_all(whole).into_iter().next();
    let is_token = token::open(whole).token.is_some();
    if !is_token && found.is_none() {
        return;
    }
    let mut draft = document
        .draft(NAME, Kind::Password)
        .entry(&setting.key)
        .at(setting.value.start());
    draft = match owner(setting, settings, finder.scope()) {
        Owner::One(organization) => draft.organization(Some(organization)),
        Owner::Several => draft.listed(),
        Owner::Unknown => draft,
    };
    draft = draft.remedy(Remedy::Consent);
    draft = match found.filter(|_| !is_token) {
        Some(sighting) if !sighting.whole => {
            // A script or the like, which is more than the token.
            draft.sighted(&sighting).cut_sighted(&sighting, 0)
        }
        Some(sighting) => setting.cut.clone().cut_from(draft.sighted(&sighting)),
        None => setting.cut.clone().cut_from(draft.value(whole)),
    };
    finder.add(draft.finish());
}

enum Owner {
    One(OrganizationName),
    Several,
    Unknown,
}

/// What the value itself names, else its section, else the sections around that.
fn owner(setting: &Setting<'_, '_>, settings: &[Setting<'_, '_>], scope: &Scope) -> Owner {
    if let Some(organization) = &setting.named {
        return Owner::One(organization.clone());
    }
    let own = section_of(&setting.key);
    let sections = std::iter::successors(Some(own), |section| {
        (!section.is_empty()).then(|| section_of(section))
    });
    for section in sections.take(MOST_SECTIONS).chain([""]) {
        let mut named: Vec<OrganizationName> = Vec::new();
        let inside = settings
            .iter()
            .filter(|other| is_inside(&other.key, section));
        for other in inside {
            let beside = section_of(&other.key).eq_ignore_ascii_case(own);
            let by_name = || name_in(other, scope).filter(|_| beside);
            let name = other.named.clone().or_else(by_name);
            named.extend(name.filter(|name| !named.contains(name)));
        }
        match (named.pop(), named.is_empty()) {
            (Some(one), true) => return Owner::One(one),
            (Some(_), false) => return Owner::Several,
            (None, _) => {}
        }
    }
    Owner::Unknown
}

fn is_inside(key: &str, section: &str) -> bool {
    let start = key.get(..section.len());
    let rest = key.get(section.len()..).unwrap_or_default();
    let below = section.is_empty() || rest.starts_with(PART);
    below && start.is_some_and(|start| start.eq_ignore_ascii_case(section))
}

/// A setting that is called "organization" names it without an address. One that may be about another service
/// counts only where the name is one in scope.
fn name_in(setting: &Setting<'_, '_>, scope: &Scope) -> Option<OrganizationName> {
    let key = setting.key.to_ascii_lowercase();
    let fits = [
        "organization",
        "organisation",
        "organizationname",
        "org",
        "account",
    ];
    let name = OrganizationName::new(&setting.value.value)?;
    let ours = OURS.iter().any(|word| key.contains(word));
    (fits.iter().any(|end| key.ends_with(end)) && (ours || scope.has(&name))).then_some(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::PlaceState;
    use crate::stores::checks::{secrets, shown, without, without_one};
    use crate::testing::{TestHome, pat52, pat84};

    const FILE: &str = ".microsoft/usersecrets/5a1f-contoso/secrets.json";

    /// As `dotnet user-secrets set` writes it: two blanks, a last line without a break.
    fn file(lines: &[String]) -> String {
        format!("{{\n  {}\n}}", lines.join(",\n  "))
    }

    fn line(key: &str, value: &str) -> String {
        format!("\"{key}\": \"{value}\"")
    }

    #[test]
    fn only_the_key_with_the_token_goes() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        let lines = [
            line("AzureDevOps:PersonalAccessToken", &token),
            line(
                "AzureDevOps:OrganizationUrl",
                "https://dev.azure.com/contoso",
            ),
            line("Database:Password", "hunter2"),
        ];
        for (mark, end) in [("", "\n"), ("\u{feff}", "\r\n")] {
            let text = |lines: &[String]| format!("{mark}{}", file(lines)).replace('\n', end);
            home.write(FILE, text(&lines));
            let found = home.find(&DotnetUserSecrets);
            assert_eq!(
                shown(&found),
                [(
                    "contoso",
                    Kind::Pat,
                    Remedy::Consent,
                    2,
                    "AzureDevOps:PersonalAccessToken"
                )]
            );
            assert_eq!(secrets(&found), [&token]);
            assert_eq!(without(&found, "contoso"), Some(text(&lines[1..])));
        }
    }

    #[test]
    fn the_nearest_section_tells_whose_a_token_is() {
        let home = TestHome::new();
        let (one, two, three) = (pat84('C', 'A', 1), pat52(2), pat84('C', 'B', 3));
        let text = |middle: &str| {
            format!(
                "{{\n  // mine\n  \"Ours\": {{\n    \"Org\": \"contoso\",{middle}\n    \"Retries\": 3\n  }},\n  \
                 \"VstsTheirs\": {{\"Pat\": \"{two}\", \"Account\": \"fabrikam\"}},\n  \"Pat\": \"{three}\",\n}}\n"
            )
        };
        home.write(FILE, text(&format!("\n    /* old */ \"Pat\": \"{one}\",")));
        let found = home.find(&DotnetUserSecrets);
        assert_eq!(
            shown(&found),
            [
                ("contoso", Kind::Pat, Remedy::Consent, 5, "Ours:Pat"),
                ("fabrikam", Kind::Pat, Remedy::Consent, 8, "VstsTheirs:Pat"),
                ("?", Kind::Pat, Remedy::Consent, 9, "Pat"),
            ]
        );
        assert_eq!(without_one(&found, 0), Some(text("\n    /* old */")));
    }

    #[test]
    fn the_whole_file_tells_unless_it_names_several() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        let address = |name: &str| {
            line(
                &format!("Feeds:{name}"),
                &format!("https://pkgs.dev.azure.com/{name}/_packaging/f/nuget/v3/index.json"),
            )
        };
        for (others, expected) in [
            (vec![address("contoso")], "contoso"),
            (vec![address("fabrikam")], "fabrikam"),
            (vec![address("contoso"), address("fabrikam")], "?"),
            (vec![line("GitHub:Organization", "fabrikam")], "?"),
            (vec![], "?"),
        ] {
            let mut lines = others;
            lines.push(line("Build:Pat", &token));
            home.write(FILE, file(&lines));
            let found = home.find(&DotnetUserSecrets);
            assert_eq!(shown(&found)[0].0, expected, "{lines:?}");
            lines.pop();
            if lines.is_empty() {
                assert_eq!(without(&found, "?").as_deref(), Some("{}"));
            } else {
                assert_eq!(without_one(&found, 0), Some(file(&lines)));
            }
        }
    }

    #[test]
    fn tokens_inside_of_values_are_seen() {
        let home = TestHome::new();
        let (one, two) = (pat84('C', 'A', 1), pat52(2));
        let feed = "pkgs.dev.azure.com/contoso/_packaging/f/npm/registry/";
        let lines = |user: &str| {
            [
                line("Feed", &format!("https://{user}{feed}")),
                line(
                    "Connection",
                    &format!("Url=https://dev.azure.com/contoso;Pat={two}"),
                ),
                line("Elsewhere", "https://dev:word@registry.example.com/"),
            ]
        };
        home.write(FILE, file(&lines(&format!("dev:{one}@"))));
        let found = home.find(&DotnetUserSecrets);
        assert_eq!(
            shown(&found),
            [
                ("contoso", Kind::Pat, Remedy::Consent, 2, "Feed"),
                ("contoso", Kind::Pat, Remedy::Consent, 3, "Connection"),
            ]
        );
        assert_eq!(secrets(&found), [&one, &two]);
        let [feed, _, elsewhere] = lines("");
        assert_eq!(without(&found, "contoso"), Some(file(&[feed, elsewhere])));
    }

    #[test]
    fn a_token_in_a_broken_file_is_never_lost() {
        let home = TestHome::new();
        let token = pat84('C', 'A', 1);
        home.write(
            FILE,
            format!("{{\n  \"AzureDevOps:Pat\": \"{token}\",\n  \"Url"),
        );
        let found = home.find(&DotnetUserSecrets);
        assert_eq!(shown(&found), [("?", Kind::Pat, Remedy::Manual, 2, "")]);
        assert_eq!(found.places[0].state, PlaceState::Unreadable);
        let many: Vec<_> = (0..=MOST).map(|n| line(&n.to_string(), "x")).collect();
        home.write(FILE, file(&many));
        assert_eq!(
            home.find(&DotnetUserSecrets).places[0].state,
            PlaceState::Unreadable
        );
    }

    #[test]
    fn windows_has_its_own_folder_and_other_secrets_are_nothing() {
        let home = TestHome::of(System::Windows);
        let token = pat84('C', 'A', 1);
        let folder = "AppData/Roaming/Microsoft/UserSecrets";
        home.write(
            &format!("{folder}/a/secrets.json"),
            file(&[line("p", &token)]),
        );
        home.write(
            &format!("{folder}/b/secrets.json"),
            "{\"p\": \"x\", \"q\": [1, null, {}]}",
        );
        home.write(&format!("{folder}/c/secrets.json"), "");
        let found = home.find(&DotnetUserSecrets);
        assert_eq!((shown(&found).len(), found.places.len()), (1, 3));
    }

    proptest! {
        #[test]
        fn any_file_can_be_read(text in "[{}\\[\\]\":,/*ab\\\\ ]{0,60}", seed: u8) {
            let home = TestHome::new();
            home.write(FILE, &text);
            home.find(&DotnetUserSecrets);
            home.write(FILE, text.replace('b', &pat52(seed)));
            home.find(&DotnetUserSecrets);
        }

        #[test]
        fn removing_one_leaves_every_other_byte(
            before in proptest::collection::vec("[a-z]{1,4}", 0..3),
            after in proptest::collection::vec("[a-z]{1,4}", 0..3),
        ) {
            let home = TestHome::new();
            let lines = |names: &[String]| names.iter().map(|name| line(name, name)).collect::<Vec<_>>();
            let (before, after) = (lines(&before), lines(&after));
            let token = vec![line("AzureDevOps:Pat", &pat84('C', 'A', 1))];
            home.write(FILE, file(&[before.clone(), token, after.clone()].concat()));
            let left = without(&home.find(&DotnetUserSecrets), "?").unwrap_or_default();
            let rest = [before, after].concat();
            let expected = if rest.is_empty() { "{}".to_owned() } else { file(&rest) };
            prop_assert_eq!(left, expected);
        }
    }
}
