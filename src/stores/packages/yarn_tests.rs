use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::model::PlaceState;
use crate::stores::checks::{find_with_variables, secrets, shown, without, without_one};
use crate::testing::{TestHome, pat52, pat84};

const FEED: &str = "//pkgs.dev.azure.com/contoso/_packaging/f/npm/registry";

#[test]
fn the_auth_keys_go_and_the_rest_stays() {
    let home = TestHome::new();
    let (ours, theirs) = (pat84('C', 'A', 1), pat52(1));
    // As `yarn config set` writes: keys without quotes, values sometimes in them.
    let text = |ident: &str, token: &str| {
        format!(
            "npmRegistries:\n  {FEED}:\n    npmAlwaysAuth: true\n{ident}  \
             //fabrikam.pkgs.visualstudio.com/_packaging/f/npm/registry:\n    npmAuthToken: {theirs}\n  \
             //registry.example.com:\n    npmAuthToken: elsewhere\n  //tfs.contoso.com/tfs:\n    npmAuthToken: on-premises\n\n\
             npmScopes:\n  contoso:\n{token}    npmRegistryServer: \"https:{FEED}\"\n\n# kept\nyarnPath: .yarn/releases/yarn.cjs\n"
        )
    };
    home.write(
        FILE,
        text(
            &format!("    npmAuthIdent: \"me:{ours}\"\n"),
            "    npmAuthToken: word # note\n",
        ),
    );
    let found = home.find(&Yarn);
    let ident = format!("npmRegistries[\"{FEED}\"].npmAuthIdent");
    assert_eq!(
        shown(&found),
        [
            ("contoso", Kind::Pat, Remedy::Automatic, 4, ident.as_str()),
            (
                "fabrikam",
                Kind::Pat,
                Remedy::Automatic,
                6,
                "npmRegistries[\"//fabrikam.pkgs.visualstudio.com/_packaging/f/npm/registry\"].npmAuthToken"
            ),
            (
                "contoso",
                Kind::Password,
                Remedy::Automatic,
                14,
                "npmScopes.contoso.npmAuthToken"
            ),
        ]
    );
    assert_eq!(secrets(&found), [ours.as_str(), theirs.as_str(), "word"]);
    assert_eq!(without(&found, "contoso"), Some(text("", "")));
}

#[test]
fn no_mapping_becomes_an_empty_value_which_would_hide_what_a_project_sets() {
    let home = TestHome::new();
    let text = format!(
        "npmRegistries:\n  {FEED}:\n    npmAuthIdent: me:one\n    npmAuthToken: two\nnpmScopes:\n  a:\n    npmAuthToken: {}\n",
        pat84('C', 'A', 1)
    );
    home.write(FILE, text);
    let found = home.find(&Yarn);
    let all = found
        .credentials
        .iter()
        .filter_map(|one| one.change.as_ref());
    assert_eq!(
        crate::testing::after(all),
        Some(format!(
            "npmRegistries:\n  {FEED}:\n    npmAuthIdent: \"\"\n    npmAuthToken: \"\"\nnpmScopes:\n  a: {{}}\n"
        ))
    );
}

#[test]
fn an_ident_is_a_user_and_a_password_in_either_form() {
    let token = pat84('C', 'A', 1);
    for (ident, secret, organization) in [
        (format!("contoso:{token}"), token.as_str(), "contoso"),
        (
            STANDARD.encode(format!("Contoso:{token}")),
            token.as_str(),
            "contoso",
        ),
        (STANDARD.encode("contoso:word"), "word", "contoso"),
        ("me:a:b".to_owned(), "a:b", "?"),
    ] {
        let home = TestHome::new();
        home.write(
            FILE,
            format!(
                "npmRegistries: {{ \"//pkgs.dev.azure.com\": {{ npmAuthIdent: \"{ident}\" }} }}\r\n"
            ),
        );
        let found = home.find(&Yarn);
        assert_eq!(secrets(&found), [secret]);
        assert_eq!(shown(&found)[0].0, organization, "{ident}");
        assert_eq!(
            without(&found, organization).as_deref(),
            Some("npmRegistries: { \"//pkgs.dev.azure.com\": {} }\r\n")
        );
    }
}

#[test]
fn another_file_may_know_the_registry() {
    let home = TestHome::new();
    let text = "npmScopes:\n  web:\n    npmAuthToken: scoped\n";
    home.write(FILE, text);
    assert_eq!(shown(&home.find(&Yarn)), []);
    home.write(
        "src/a/.yarnrc.yml",
        format!("npmScopes:\n  web:\n    npmRegistryServer: https:{FEED}\n"),
    );
    let found = home.find(&Yarn);
    assert_eq!(
        shown(&found),
        [(
            "contoso",
            Kind::Password,
            Remedy::Automatic,
            3,
            "npmScopes.web.npmAuthToken"
        )]
    );
    assert_eq!(
        without(&found, "contoso").as_deref(),
        Some("npmScopes:\n  web: {}\n")
    );

    // A login without a name is for whatever registry a project uses.
    home.write(FILE, "npmAuthToken: any\n");
    home.write(
        "src/a/.yarnrc.yml",
        format!("npmRegistryServer: https:{FEED}\n"),
    );
    assert_eq!(
        shown(&home.find(&Yarn)),
        [(
            "contoso",
            Kind::Password,
            Remedy::Consent,
            1,
            "npmAuthToken"
        )]
    );
    home.write(
        FILE,
        format!("npmAuthToken: any\nnpmRegistryServer: https:{FEED}"),
    );
    assert_eq!(shown(&home.find(&Yarn))[0].2, Remedy::Automatic);
    home.write(
        FILE,
        "npmAuthToken: any\nnpmRegistryServer: https://registry.example.com",
    );
    assert_eq!(shown(&home.find(&Yarn)), []);
}

#[test]
fn what_stands_in_no_slot_needs_a_known_token() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    home.write(
        FILE,
        format!("npmAuthToken: {token}\nhome: &t {token}\nlist:\n  - npmAuthToken: word\n"),
    );
    let found = home.find(&Yarn);
    assert_eq!(
        shown(&found),
        [
            ("?", Kind::Pat, Remedy::Consent, 1, "npmAuthToken"),
            ("?", Kind::Pat, Remedy::Consent, 2, "home"),
        ]
    );
}

#[test]
fn variables_comments_and_empty_values_are_no_credentials() {
    let home = TestHome::new();
    home.write(
        FILE,
        format!(
            "npmRegistryServer: https:{FEED}\n# npmAuthToken: a\nnpmAuthToken: ${{NPM_TOKEN-}}\nnpmScopes:\n  a:\n    npmAuthIdent: \"me:${{PAT}}\"\n  b:\n    npmAuthToken:\n  c:\n"
        ),
    );
    assert_eq!(shown(&home.find(&Yarn)), []);
}

#[test]
fn what_cannot_be_cut_exactly_is_left_to_the_person() {
    for text in [
        format!("npmRegistryServer: https:{FEED}\nnpmAuthToken: &t word\nx: *t\n"),
        format!("{{npmRegistryServer: \"https:{FEED}\", # note\n npmAuthToken: word, x: y}}\n"),
        format!("? npmAuthToken\n: word\nnpmRegistryServer: https:{FEED}\n"),
    ] {
        let home = TestHome::new();
        home.write(FILE, &text);
        let found = home.find(&Yarn);
        assert_eq!(shown(&found).len(), 1, "{text}");
        assert_eq!(shown(&found)[0].2, Remedy::Manual, "{text}");
        assert_eq!(found.credentials[0].change, None, "{text}");
        assert!(found.credentials[0].advice.is_some(), "{text}");
    }
}

#[test]
fn the_secret_of_an_alias_is_that_of_its_anchor() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    home.write(
        FILE,
        format!("x: &t {token}\nnpmRegistryServer: https:{FEED}\nnpmAuthToken: *t\n"),
    );
    let found = home.find(&Yarn);
    assert_eq!(secrets(&found), [&token, &token]);
    assert_eq!(
        without_one(&found, 1),
        Some(format!("x: &t {token}\nnpmRegistryServer: https:{FEED}\n"))
    );
}

#[test]
fn a_project_asks_first_and_one_without_a_login_is_not_listed() {
    let home = TestHome::new();
    let text = |login: &str| format!("\u{feff}npmRegistryServer: https:{FEED}\r\n{login}");
    home.write("src/a/.yarnrc.yml", text("npmAuthToken: word"));
    home.write("src/b/.yarnrc.yml", "nodeLinker: node-modules\n");
    let found = home.find(&Yarn);
    assert_eq!(
        shown(&found),
        [(
            "contoso",
            Kind::Password,
            Remedy::Consent,
            2,
            "npmAuthToken"
        )]
    );
    assert_eq!(without(&found, "contoso"), Some(text("")));
    let read = |place: &&crate::model::Place| place.state == PlaceState::Read;
    assert_eq!(found.places.iter().filter(read).count(), 1);
}

#[test]
fn user_info_of_a_registry_is_cut() {
    let home = TestHome::new();
    let text = |user: &str| format!("npmRegistryServer: 'https://{user}{}' # note\n", &FEED[2..]);
    home.write(FILE, text("me:s3cret@"));
    let found = home.find(&Yarn);
    assert_eq!(
        shown(&found),
        [(
            "contoso",
            Kind::Password,
            Remedy::Automatic,
            1,
            "npmRegistryServer"
        )]
    );
    assert_eq!(without(&found, "contoso"), Some(text("")));
}

#[test]
fn a_file_in_utf16_is_read_and_cut() {
    let home = TestHome::new();
    let bytes = |text: &str| -> Vec<u8> {
        let text = format!("\u{feff}{text}");
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    let rest = format!("é: 1\r\nnpmRegistryServer: https:{FEED}\r\n");
    let path = home.write(FILE, bytes(&format!("{rest}npmAuthToken: word\r\n")));
    let found = home.find(&Yarn);
    assert_eq!(shown(&found)[0].3, 3);
    let Some(crate::model::Change::EditFile { splices, .. }) = &found.credentials[0].change else {
        panic!("the file is edited");
    };
    let before = std::fs::read(path).unwrap();
    let after = crate::model::splice(&before, splices.clone());
    assert_eq!(after, Ok(bytes(&rest)));
}

#[test]
fn what_is_no_yaml_is_said_without_quoting_it() {
    for text in [
        "npmAuthToken: s3cret\n\tx: y\n".to_owned(),
        "npmAuthToken: \"s3cret".to_owned(),
        "a: {npmAuthToken: s3cret\n".to_owned(),
        format!("a: {}npmAuthToken: s3cret", "{a: ".repeat(100_000)),
        format!(
            "npmRegistryServer: https:{FEED}\n{}",
            "npmAuthToken: s3cret\n".repeat(MOST + 1)
        ),
    ] {
        let home = TestHome::new();
        home.write(FILE, text);
        let found = home.find(&Yarn);
        assert_eq!(shown(&found), []);
        assert_eq!(found.places[0].state, PlaceState::Unreadable);
        let reason = found.places[0].reason.as_deref().unwrap_or_default();
        assert!(!reason.contains("s3cret"), "{reason}");
    }
}

#[test]
fn the_file_of_yarn_1_is_read_too() {
    let home = TestHome::new();
    let text = |user: &str, secret: &str| {
        format!(
            "# yarn lockfile v1\n\nregistry \"https://{user}{}/\"\n{secret}\"//registry.example.com/:_authToken\" elsewhere\nlastUpdateCheck 1\n",
            &FEED[2..]
        )
    };
    let secret = format!("\"{FEED}/:_authToken\" word\n");
    home.write(OLD_FILE, text("me:s3cret@", &secret));
    let found = home.find(&Yarn);
    let entry = format!("{FEED}/:_authToken");
    assert_eq!(
        shown(&found),
        [
            ("contoso", Kind::Password, Remedy::Automatic, 3, "registry"),
            (
                "contoso",
                Kind::Password,
                Remedy::Automatic,
                4,
                entry.as_str()
            ),
        ]
    );
    assert_eq!(secrets(&found), ["s3cret", "word"]);
    assert_eq!(without(&found, "contoso"), Some(text("", "")));
    home.write("src/a/.yarnrc", text("me:s3cret@", ""));
    assert_eq!(shown(&home.find(&Yarn))[2].2, Remedy::Consent);
}

#[test]
fn a_variable_names_the_file() {
    let home = TestHome::new();
    let text = format!("npmRegistryServer: https:{FEED}\nnpmAuthToken: word\n");
    home.write(".company.yml", &text);
    let found = |name: &str| {
        let variables = [("YARN_RC_FILENAME", PathBuf::from(name))];
        shown(&find_with_variables(&home, &Yarn, &variables)).len()
    };
    assert_eq!((found(".company.yml"), found("a/.company.yml")), (1, 0));
}
