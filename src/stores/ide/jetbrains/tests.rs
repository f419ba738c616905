//! Files as the IDEs write them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::model::Kind;
use crate::platform::System;
use crate::stores::checks::{secrets, shown, without, without_one};
use crate::testing::{TestHome, like_pat52, pat52, pat84};

fn workspace(lines: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<project version=\"4\">\n  <component name=\"RunManager\" selected=\"Application.App\">\n    \
         <configuration name=\"App\" type=\"Application\" factoryName=\"Application\">\n      <envs>\n{lines}        <env name=\"ORG\" value=\"https://dev.azure.com/contoso\" />\n      \
         </envs>\n    </configuration>\n  </component>\n</project>"
    )
}

#[test]
fn a_variable_of_a_run_configuration_goes_with_its_line() {
    let home = TestHome::new();
    let (long, short) = (pat84('C', 'A', 1), pat52(1));
    let line =
        |name: &str, value: &str| format!("        <env name=\"{name}\" value=\"{value}\" />\n");
    home.write(
        "shop/.idea/workspace.xml",
        workspace(&line("AZURE_DEVOPS_EXT_PAT", &long)),
    );
    home.write(
        "shop/.idea/runConfigurations/App.xml",
        workspace(&line("X", &short)),
    );
    home.write(
        "shop/.run/App.run.xml",
        workspace(&line("ADO_PAT", &like_pat52(1))),
    );
    home.write("shop/src/workspace.xml", workspace(&line("ADO_PAT", &long)));
    home.write(
        "shop/.idea/misc.xml",
        "<project><component name=\"x\"/></project>",
    );
    let found = home.find(&JetBrains);
    let entry = |name: &str| format!("project/RunManager/App/envs/{name}");
    let (x, first, third) = (entry("X"), entry("AZURE_DEVOPS_EXT_PAT"), entry("ADO_PAT"));
    assert_eq!(
        shown(&found),
        [
            (
                "contoso",
                Kind::Password,
                Remedy::Consent,
                6,
                third.as_str()
            ),
            ("contoso", Kind::Pat, Remedy::Consent, 6, first.as_str()),
            ("contoso", Kind::Pat, Remedy::Consent, 6, x.as_str()),
        ]
    );
    for index in 0..3 {
        assert_eq!(without_one(&found, index), Some(workspace("")));
    }
}

#[test]
fn a_login_in_an_address_is_cut_and_other_hosts_stay() {
    let home = TestHome::of(System::Windows);
    let text = |login: &str| {
        format!(
            "\u{feff}<application>\r\n  <component name=\"Servers\">\r\n    <option name=\"url\" value=\"https://{login}dev.azure.com/contoso\" />\r\n    \
             <remote url=\"https://u:p@github.com/contoso\">https://u:p@example.com</remote>\r\n  </component>\r\n</application>\r\n"
        )
    };
    home.write(
        "AppData/Roaming/JetBrains/IdeaIC2026.1/options/servers.xml",
        text("u:word@"),
    );
    let found = home.find(&JetBrains);
    assert_eq!(
        shown(&found),
        [(
            "contoso",
            Kind::Password,
            Remedy::Consent,
            3,
            "application/Servers/url"
        )]
    );
    assert_eq!(secrets(&found), ["word"]);
    assert_eq!(without(&found, "contoso"), Some(text("")));
}

#[test]
fn only_the_token_goes_from_a_longer_text() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    let text = |token: &str| {
        format!(
            "<project>\n  <component name=\"x\">\n    <option name=\"args\" value=\"--org https://dev.azure.com/fabrikam --pat {token}\" />\n    <note>{token}</note>\n  </component>\n</project>\n"
        )
    };
    home.write("shop/.idea/vcs.xml", text(&token));
    let found = home.find(&JetBrains);
    assert_eq!(
        shown(&found),
        [
            ("fabrikam", Kind::Pat, Remedy::Consent, 3, "project/x/args"),
            ("fabrikam", Kind::Pat, Remedy::Consent, 4, "project/x/note"),
        ]
    );
    assert_eq!(without(&found, "fabrikam"), Some(text("")));
}

#[test]
fn environments_of_the_http_client_lose_the_member() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    let text = |member: &str| {
        format!(
            "{{\n  \"dev\": {{\n    \"host\": \"https://dev.azure.com/contoso\"{member}\n  }},\n  \"other\": {{ \"pat\": \"x\" }}\n}}\n"
        )
    };
    home.write(
        "api/http-client.private.env.json",
        text(&format!(",\n    \"pat\": \"{token}\"")),
    );
    let found = home.find(&JetBrains);
    assert_eq!(
        shown(&found),
        [("contoso", Kind::Pat, Remedy::Consent, 4, "dev.pat")]
    );
    assert_eq!(without(&found, "contoso"), Some(text("")));
}

#[test]
fn the_log_of_requests_is_shown_and_never_changed() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    let basic = STANDARD.encode(format!(":{token}"));
    let request = |organization: &str| {
        format!(
            "GET https://dev.azure.com/{organization}/_apis/projects\nAuthorization: Basic {basic}\nUser-Agent: IntelliJ HTTP Client/IntelliJ IDEA 2026.1\n\n<> 2026-03-01T101010.200.json\n\n###\n\n"
        )
    };
    home.write("api/.idea/modules.xml", "<project/>");
    home.write(
        "api/.idea/httpRequests/http-requests-log.http",
        request("contoso") + &request("fabrikam"),
    );
    home.write(
        "api/.idea/httpRequests/2026-03-01T101010.200.json",
        "{\"url\": \"https://dev.azure.com/contoso\"",
    );
    let scratch = |token: &str| {
        format!("GET https://dev.azure.com/contoso\nAuthorization: Basic me {token}\n")
    };
    home.write(
        ".config/JetBrains/GoLand2026.1/scratches/a.http",
        scratch(&token),
    );
    let found = home.find(&JetBrains);
    let entry = |count: usize| format!("token {count} of the requests");
    let (one, two) = (entry(1), entry(2));
    assert_eq!(
        shown(&found),
        [
            ("contoso", Kind::Pat, Remedy::Consent, 2, one.as_str()),
            ("contoso", Kind::Pat, Remedy::Manual, 2, one.as_str()),
            ("fabrikam", Kind::Pat, Remedy::Manual, 10, two.as_str()),
        ]
    );
    assert_eq!(without_one(&found, 0), Some(scratch("")));
    assert!(found.credentials[1].change.is_none());
    assert!(
        found
            .places
            .iter()
            .all(|place| place.state == PlaceState::Read)
    );
}

#[test]
fn the_password_safe_is_told_of_only_where_git_may_use_it() {
    let home = TestHome::new();
    for product in ["Rider2025.3", "Rider2026.1", "PyCharm2026.1"] {
        home.write(
            &format!(".config/JetBrains/{product}/c.kdbx"),
            [3, 0xd9, 0xa2, 0x9a],
        );
    }
    assert!(home.find(&JetBrains).places.is_empty());
    home.write("shop/.git/HEAD", "ref: refs/heads/main\n");
    home.write(
        "shop/.git/config",
        "[remote \"origin\"]\n\turl = https://dev.azure.com/contoso/p/_git/r\n",
    );
    let found = home.find(&JetBrains);
    let told: Vec<_> = found
        .places
        .iter()
        .map(|place| (place.path.ends_with("c.kdbx"), place.state))
        .collect();
    assert_eq!(
        told,
        [(true, PlaceState::Skipped), (true, PlaceState::Skipped)]
    );
    assert!(
        found
            .places
            .iter()
            .all(|place| place.path.contains("2026.1"))
    );
    assert!(found.credentials.is_empty());
}

#[test]
fn a_file_that_is_cut_short_is_said_to_be() {
    let home = TestHome::new();
    home.write(
        "shop/.idea/workspace.xml",
        "<project><a b=\"dev.azure.com\"",
    );
    let found = home.find(&JetBrains);
    assert_eq!(found.places[0].state, PlaceState::Unreadable);
    assert_eq!(
        found.places[0].reason.as_deref(),
        Some("it is no well-formed XML (line 1)")
    );
}

#[test]
fn a_token_alone_in_the_persons_own_files_is_found() {
    let home = TestHome::new();
    let token = pat52(1);
    let product = ".config/JetBrains/Rider2026.1";
    home.write(
        &format!("{product}/options/other.xml"),
        format!("<a><b name=\"x\" value=\"{token}\"/></a>"),
    );
    home.write(&format!("{product}/options/broken.xml"), "<a>");
    home.write(
        &format!("{product}/scratches/a.http"),
        format!("GET {{{{host}}}}\nX: {token}\n"),
    );
    let found = home.find(&JetBrains);
    assert_eq!(secrets(&found), [token.as_str(); 2]);
    let read = found.places.iter().filter(|place| place.reason.is_some());
    assert_eq!(read.count(), 0);
}
