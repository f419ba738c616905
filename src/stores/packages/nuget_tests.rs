use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::model::PlaceState;
use crate::platform::dpapi::Dpapi as _;
use crate::platform::dpapi::memory::MemoryDpapi;
use crate::stores::checks::{find_with_dpapi, secrets, shown, without};
use crate::testing::{TestHome, pat84};

const USER: &str = ".nuget/NuGet/NuGet.Config";

fn login(name: &str, key: &str, value: &str) -> String {
    // With the indentation that dotnet really writes.
    format!(
        "    <{name}>\n        <add key=\"Username\" value=\"me\" />\n        \
         <add key=\"{key}\" value=\"{value}\" />\n      </{name}>\n"
    )
}

fn file(logins: &[&str]) -> String {
    format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<configuration>\n  <packageSources>\n    \
         <add key=\"Contoso feed\" value=\"https://pkgs.dev.azure.com/contoso/_packaging/f/nuget/v3/index.json\" />\n    \
         <add key=\"fabrikam\" value=\"https://fabrikam.pkgs.visualstudio.com/_packaging/f/nuget/v3/index.json\" />\n    \
         <add key=\"other\" value=\"https://registry.example.com/v3/index.json\" />\n  </packageSources>\n  \
         <!-- <kept> -->\n  <packageSourceCredentials>\n{}  </packageSourceCredentials>\n</configuration>",
        logins.concat()
    )
}

#[test]
fn the_element_of_a_feed_goes_with_its_lines() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    let ours = login("Contoso_x0020_feed", "ClearTextPassword", &token);
    let theirs = login("fabrikam", "ClearTextPassword", "a&amp;b");
    let other = login("other", "ClearTextPassword", "elsewhere");
    home.write(USER, file(&[&ours, &theirs, &other]));
    let found = home.find(&Nuget);
    assert_eq!(
        shown(&found),
        [
            (
                "contoso",
                Kind::Pat,
                Remedy::Automatic,
                12,
                "packageSourceCredentials/Contoso feed"
            ),
            (
                "fabrikam",
                Kind::Password,
                Remedy::Automatic,
                16,
                "packageSourceCredentials/fabrikam"
            ),
        ]
    );
    assert_eq!(secrets(&found), [token.as_str(), "a&b"]);
    assert_eq!(without(&found, "contoso"), Some(file(&[&theirs, &other])));
    assert_eq!(without(&found, "fabrikam"), Some(file(&[&ours, &other])));
}

#[test]
fn a_sealed_password_is_found_without_its_value() {
    let home = TestHome::of(System::Windows);
    let sealed = login("Contoso_x0020_feed", "Password", "AQAAANCMnd8BFdER");
    home.write("AppData/Roaming/NuGet/NuGet.Config", file(&[&sealed]));
    let found = home.find(&Nuget);
    assert_eq!(
        shown(&found),
        [(
            "contoso",
            Kind::Password,
            Remedy::Automatic,
            12,
            "packageSourceCredentials/Contoso feed"
        )]
    );
    assert!(found.credentials[0].secret.is_none());
    assert_eq!(without(&found, "contoso"), Some(file(&[])));
}

#[test]
fn what_windows_opens_is_judged_by_what_it_holds() {
    let home = TestHome::of(System::Windows);
    let keys = Arc::new(MemoryDpapi::of(1));
    let (ours, own, other) = (pat84('C', 'A', 1), pat84('C', 'A', 2), pat84('C', 'A', 3));
    let seal = |dpapi: &MemoryDpapi, text: &str, entropy: &[u8]| {
        STANDARD.encode(dpapi.protect(text.as_bytes(), entropy).unwrap_or_default())
    };
    let text = |logins: &[&str], key: &str| {
        file(logins).replace("</configuration>", &format!("{key}</configuration>"))
    };
    let key = format!(
        "<apikeys><add key=\"https://pkgs.dev.azure.com/contoso/\" value=\"{}\" />\
         <add key=\"https://pkgs.dev.azure.com/contoso/x\" value=\"{}\" /></apikeys>",
        seal(&keys, &own, b"NuGet"),
        seal(&keys, "az", b"NuGet"),
    );
    let sealed = |name: &str, value: String| login(name, "Password", &value);
    let contoso = sealed("Contoso_x0020_feed", seal(&keys, &ours, b"NuGet"));
    let unknown = sealed("unknown", seal(&keys, &other, b"NuGet"));
    let secret = sealed("secret", seal(&keys, "word", b"NuGet"));
    let logins = [contoso.as_str(), &unknown, &secret];
    home.write("AppData/Roaming/NuGet/NuGet.Config", text(&logins, &key));
    let found = find_with_dpapi(&home, &Nuget, &keys);
    assert_eq!(secrets(&found), [ours.as_str(), &other, &own]);
    let kinds: Vec<_> = shown(&found).iter().map(|one| (one.0, one.1)).collect();
    let pat = Kind::Pat;
    assert_eq!(kinds, [("contoso", pat), ("?", pat), ("contoso", pat)]);
    assert_eq!(found.places[0].reason, None);

    let stranger = Arc::new(MemoryDpapi::of(2));
    let found = find_with_dpapi(&home, &Nuget, &stranger);
    assert_eq!(secrets(&found), [""; 3]);
    assert_eq!(found.places[0].state, PlaceState::Locked);
    let reason = found.places[0].reason.as_deref().unwrap_or_default();
    assert!(
        reason.contains("another user or another computer"),
        "{reason}"
    );
}

#[test]
fn a_home_that_is_only_looked_at_has_its_sealed_passwords_judged_by_time() {
    let home = TestHome::of(System::Windows);
    let sealed = login("Contoso_x0020_feed", "Password", "AQAAANCMnd8BFdER");
    home.write("AppData/Roaming/NuGet/NuGet.Config", file(&[&sealed]));
    let place = &home.find(&Nuget).places[0];
    assert_eq!(place.state, PlaceState::Read);
    let reason = place.reason.as_deref().unwrap_or_default();
    assert!(reason.ends_with("judged by its time alone"), "{reason}");
}

#[test]
fn a_sealed_password_of_no_known_organization_asks_first() {
    let home = TestHome::new();
    let login = login("a", "Password", "AQAAANCMnd8BFdER");
    let source =
        "<packageSources><add key=\"a\" value=\"https://pkgs.dev.azure.com/\"/></packageSources>";
    home.write(
        USER,
        format!("<c>{source}<packageSourceCredentials>{login}</packageSourceCredentials></c>"),
    );
    let found = home.find(&Nuget);
    assert_eq!(shown(&found)[0].0, "?");
    assert_eq!(shown(&found)[0].2, Remedy::Consent);
}

#[test]
fn an_element_on_a_shared_line_is_cut_alone() {
    let home = TestHome::new();
    let text = |login: &str| {
        format!(
            "<configuration><packageSources><add value='https://pkgs.dev.azure.com/contoso/' key='a'></add></packageSources>\
             <packageSourceCredentials>{login} <b/></packageSourceCredentials></configuration>\r\n"
        )
    };
    home.write(
        USER,
        text("<a><add key='ClearTextPassword' value='p'/></a>"),
    );
    let found = home.find(&Nuget);
    assert_eq!(shown(&found).len(), 1);
    assert_eq!(without(&found, "contoso"), Some(text("")));
}

#[test]
fn another_file_may_know_the_feed() {
    let home = TestHome::new();
    let login = login("Contoso_x0020_feed", "ClearTextPassword", "p");
    let alone = format!("<c><packageSourceCredentials>\n{login}</packageSourceCredentials></c>");
    home.write(".config/NuGet/config/extra.Config", &alone);
    assert_eq!(shown(&home.find(&Nuget)), []);
    home.write("src/app/nuget.config", file(&[]));
    assert_eq!(shown(&home.find(&Nuget))[0].0, "contoso");
}

#[test]
fn a_feed_that_nothing_knows_needs_a_known_token() {
    let home = TestHome::new();
    let login = login("feed", "Password", &pat84('C', 'A', 1));
    home.write(
        USER,
        format!("<c><packageSourceCredentials>\n{login}</packageSourceCredentials></c>"),
    );
    assert_eq!(
        shown(&home.find(&Nuget)),
        [(
            "?",
            Kind::Pat,
            Remedy::Consent,
            4,
            "packageSourceCredentials/feed"
        )]
    );
}

#[test]
fn a_project_file_asks_first_and_variables_are_no_passwords() {
    let home = TestHome::new();
    let ours = login("Contoso_x0020_feed", "ClearTextPassword", "p");
    let theirs = login("fabrikam", "ClearTextPassword", "%NUGET_PAT%");
    home.write("src/NuGet.config", file(&[&ours, &theirs]));
    let found = home.find(&Nuget);
    assert_eq!(shown(&found).len(), 1);
    assert_eq!(shown(&found)[0].2, Remedy::Consent);
}

#[test]
fn user_info_and_api_keys_are_found() {
    let home = TestHome::new();
    let text = |user: &str, key: &str| {
        format!(
            "<configuration>\n<packageSources>\n<add key=\"a\" value=\"https://{user}pkgs.dev.azure.com/contoso/\" />\n\
             </packageSources>\n<apikeys>\n{key}<add key=\"https://pkgs.dev.azure.com/fabrikam/\" value=\"az\" />\n\
             </apikeys>\n</configuration>\n"
        )
    };
    let key = "  <add key=\"https://pkgs.dev.azure.com/contoso/\" value=\"AQAAANCMnd8BFdER\" />\n";
    home.write(USER, text("me:p@", key));
    let found = home.find(&Nuget);
    assert_eq!(
        shown(&found),
        [
            (
                "contoso",
                Kind::Password,
                Remedy::Automatic,
                3,
                "packageSources/a"
            ),
            (
                "contoso",
                Kind::Password,
                Remedy::Automatic,
                6,
                "apikeys/https://pkgs.dev.azure.com/contoso/"
            ),
        ]
    );
    assert_eq!(without(&found, "contoso"), Some(text("", "")));
}

#[test]
fn utf_16_is_cut_in_its_own_units() {
    let home = TestHome::new();
    let encode =
        |text: String| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let ours = login("Contoso_x0020_feed", "ClearTextPassword", "pé😀");
    let theirs = login("fabrikam", "ClearTextPassword", "q");
    let path = home.write(USER, encode(file(&[&ours, &theirs])));
    let found = home.find(&Nuget);
    let Some(crate::model::Change::EditFile { splices, .. }) = &found.credentials[0].change else {
        unreachable!()
    };
    let bytes = std::fs::read(path).unwrap_or_default();
    let left = crate::model::splice(&bytes, splices.clone());
    assert_eq!(left, Ok(encode(file(&[&theirs]))));
}

#[test]
fn broken_xml_is_said_without_quoting_it() {
    let home = TestHome::new();
    home.write(USER, "<configuration>\n<packageSources></s3cret>");
    let place = &home.find(&Nuget).places[0];
    assert_eq!(place.state, PlaceState::Unreadable);
    assert_eq!(
        place.reason.as_deref(),
        Some("it is no well-formed XML (line 2)")
    );
}
