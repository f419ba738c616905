use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::model::PlaceState;
use crate::stores::checks::{secrets, shown, without, without_one};
use crate::testing::{TestHome, pat52, pat84};

const USER: &str = ".m2/settings.xml";
const SEALED: &str = "{COQLCE6DU6GtcS5P=}";

fn feed(organization: &str) -> String {
    format!("https://pkgs.dev.azure.com/{organization}/_packaging/f/maven/v1")
}

fn server(id: &str, user: &str, password: &str) -> String {
    format!(
        "    <server>\n      <id>{id}</id>\n      <username>{user}</username>\n{password}    </server>\n"
    )
}

fn password(value: &str) -> String {
    format!("      <password>{value}</password>\n")
}

fn repository(id: &str, address: &str) -> String {
    format!("<repository><id>{id}</id><url>{address}</url></repository>")
}

fn settings(servers: &[String], repositories: &[String]) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <settings xmlns=\"http://maven.apache.org/SETTINGS/1.0.0\">\n  <servers>\n{}  </servers>\n  \
         <!-- kept -->\n  <profiles><profile><id>p</id><repositories>{}</repositories></profile></profiles>\n</settings>",
        servers.concat(),
        repositories.concat()
    )
}

fn pom(repository: &str) -> String {
    format!(
        "<project><developers><developer><id>feed</id><url>https://example.com</url></developer></developers>\
         <repositories>{repository}</repositories></project>"
    )
}

#[test]
fn a_password_goes_with_its_line_and_the_rest_stays() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    let text = |ours: &str, sealed: &str| {
        settings(
            &[
                server("ours", "contoso", ours),
                server("theirs", "fabrikam", &password("a&amp;b")),
                server("other", "contoso", &password("elsewhere")),
                server("sealed", "me", sealed),
                server("variable", "me", &password("${env.PAT}")),
            ],
            &[
                repository("ours", &feed("contoso")),
                repository("theirs", &feed("fabrikam")),
                repository("other", "https://registry.example.com/"),
                repository("sealed", &feed("contoso")),
                repository("variable", &feed("contoso")),
            ],
        )
    };
    home.write(USER, text(&password(&token), &password(SEALED)));
    let found = home.find(&Maven);
    assert_eq!(
        shown(&found),
        [
            (
                "contoso",
                Kind::Pat,
                Remedy::Consent,
                7,
                "servers/ours/password"
            ),
            (
                "fabrikam",
                Kind::Password,
                Remedy::Consent,
                12,
                "servers/theirs/password"
            ),
            (
                "contoso",
                Kind::Password,
                Remedy::Consent,
                22,
                "servers/sealed/password"
            ),
        ]
    );
    assert_eq!(secrets(&found), [token.as_str(), "a&b", ""]);
    assert!(found.credentials[2].observed.written.is_some());
    assert_eq!(without(&found, "contoso"), Some(text("", "")));
    assert_eq!(without_one(&found, 0), Some(text("", &password(SEALED))));
}

#[test]
fn a_mirror_and_a_pom_may_know_the_id() {
    let login = settings(&[server("feed", "me", &password("word"))], &[]);
    let home = TestHome::new();
    home.write(USER, &login);
    home.write("src/a/pom.xml", pom(&repository("feed", &feed("contoso"))));
    home.write(
        "src/b/pom.xml",
        pom(&repository("another", &feed("fabrikam"))),
    );
    home.write("src/c/pom.xml", "<project>https://dev.azure.com/fabrikam");
    assert_eq!(
        shown(&home.find(&Maven)),
        [(
            "contoso",
            Kind::Password,
            Remedy::Consent,
            7,
            "servers/feed/password"
        )]
    );
    home.write("src/d/pom.xml", pom(&repository("feed", &feed("fabrikam"))));
    assert_eq!(shown(&home.find(&Maven))[0].0, "?");

    // What the settings say comes before any project.
    let mirror =
        "<mirrors><mirror><id>feed</id><url>https://registry.example.com</url></mirror></mirrors>";
    home.write(USER, login.replace("  <!-- kept -->", mirror));
    assert_eq!(shown(&home.find(&Maven)), []);
}

#[test]
fn poms_are_read_only_for_a_server_that_nothing_explains() {
    let home = TestHome::new();
    home.write("src/a/pom.xml", pom(&repository("feed", &feed("contoso"))));
    home.write(
        USER,
        settings(
            &[server("feed", "me", &password("word"))],
            &[repository("feed", &feed("contoso"))],
        ),
    );
    let found = home.find(&Maven);
    assert_eq!(shown(&found).len(), 1);
    assert!(
        found
            .places
            .iter()
            .all(|place| !place.path.ends_with("pom.xml"))
    );
}

#[test]
fn user_info_in_a_pom_is_cut() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    let text = |user: &str| {
        format!(
            "<project>\n  <scm>\n    <developerConnection>scm:git:https://{user}dev.azure.com/contoso/p/_git/r</developerConnection>\n  </scm>\n</project>"
        )
    };
    home.write("src/a/pom.xml", text(&format!("dev:{token}@")));
    let found = home.find(&Maven);
    assert_eq!(secrets(&found), [token.as_str()]);
    assert_eq!(shown(&found)[0].2, Remedy::Consent);
    assert_eq!(without(&found, "contoso"), Some(text("")));
}

#[test]
fn an_id_that_nothing_knows_needs_a_token_or_a_user_that_is_the_organization() {
    let (token, legacy) = (pat84('C', 'A', 1), pat52(2));
    for (user, value, expected) in [
        ("contoso", token.as_str(), Some(("contoso", Kind::Pat))),
        ("me", token.as_str(), Some(("?", Kind::Pat))),
        ("Contoso", SEALED, Some(("contoso", Kind::Password))),
        ("me", SEALED, None),
        ("contoso", "word", None),
        ("contoso", "{word\\}", None),
        (
            "me",
            &STANDARD.encode(format!("contoso:{legacy}")),
            Some(("contoso", Kind::Pat)),
        ),
        ("contoso", "", None),
    ] {
        let home = TestHome::new();
        home.write(USER, settings(&[server("a", user, &password(value))], &[]));
        let found = home.find(&Maven);
        let shown: Vec<_> = shown(&found)
            .iter()
            .map(|(name, kind, remedy, ..)| {
                assert_eq!(*remedy, Remedy::Consent);
                (*name, *kind)
            })
            .collect();
        assert_eq!(shown, Vec::from_iter(expected), "{user} {value}");
    }
}

#[test]
fn a_header_that_logs_in_goes_as_a_whole() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    let property = |name: &str, value: &str| {
        format!("<property><name>{name}</name><value>{value}</value></property>\r\n")
    };
    let text = |header: &str| {
        let user_agent = property("User-Agent", "x");
        let inner = format!(
            "<configuration><httpHeaders>\r\n{header}{user_agent}</httpHeaders></configuration>"
        );
        settings(
            &[server("a", "", &inner)],
            &[repository("a", &feed("contoso"))],
        )
    };
    let header = format!("Basic {}", STANDARD.encode(format!(":{token}")));
    home.write(USER, text(&property("Authorization", &header)));
    let found = home.find(&Maven);
    assert_eq!(
        shown(&found),
        [(
            "contoso",
            Kind::Pat,
            Remedy::Consent,
            8,
            "servers/a/httpHeaders/Authorization"
        )]
    );
    assert_eq!(secrets(&found), [token.as_str()]);
    assert_eq!(without(&found, "contoso"), Some(text("")));
}

#[test]
fn tokens_and_user_info_elsewhere_are_found() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    let text = |user: &str, property: &str| {
        format!(
            "\u{feff}<settings>\r\n<servers><server><id>a</id><username>{{u}}</username></server></servers>\r\n\
             <profiles><profile><properties>\r\n{property}</properties>\r\n\
             <repositories>{}</repositories></profile></profiles></settings>\r\n",
            repository("b", &feed("contoso").replace("//", &format!("//{user}")))
        )
    };
    let property = format!("\t<feed.pat> {token} </feed.pat>\r\n");
    home.write(USER, text("me:s3cret@", &property));
    let found = home.find(&Maven);
    assert_eq!(
        shown(&found),
        [
            (
                "contoso",
                Kind::Password,
                Remedy::Consent,
                6,
                "profiles/profile/repositories/repository/url"
            ),
            // The file names one organization, so it is that one's.
            (
                "contoso",
                Kind::Pat,
                Remedy::Consent,
                4,
                "profiles/profile/properties/feed.pat"
            ),
        ]
    );
    assert_eq!(without(&found, "contoso"), Some(text("", "")));
}

#[test]
fn every_token_of_an_element_is_found() {
    let home = TestHome::new();
    let tokens = [1, 2, 3].map(|seed| pat84('C', 'A', seed));
    let [first, second, third] = &tokens;
    home.write(
        USER,
        format!(
            "<settings><a>-Durl=https://u:{first}@dev.azure.com/contoso/ -Dpat={second}</a><b>x {third} y</b></settings>"
        ),
    );
    let found = home.find(&Maven);
    let mut secrets = secrets(&found);
    secrets.sort_unstable();
    let mut tokens = tokens.each_ref();
    tokens.sort_unstable();
    assert_eq!(secrets, tokens);
}

#[test]
fn settings_of_a_project_are_found_and_other_files_of_the_name_left_alone() {
    let home = TestHome::new();
    let text = settings(
        &[server("feed", "me", &password("word"))],
        &[repository("feed", &feed("contoso"))],
    );
    home.write("src/a/.mvn/settings.xml", &text);
    home.write("src/b/settings.xml", &text);
    home.write("src/c/settings.xml", "<settings><editor>");
    let found = home.find(&Maven);
    let remedies: Vec<_> = shown(&found).iter().map(|shown| shown.2).collect();
    assert_eq!(remedies, [Remedy::Consent, Remedy::Consent]);
    assert!(
        found
            .places
            .iter()
            .all(|place| !place.path.contains("src/c"))
    );
}

#[test]
fn a_file_that_is_cut_short_is_said_to_be() {
    let home = TestHome::new();
    home.write(USER, "<settings><servers>\n<server><password>s3cret");
    let found = home.find(&Maven);
    assert_eq!(shown(&found), []);
    assert_eq!(found.places[0].state, PlaceState::Unreadable);
    assert_eq!(
        found.places[0].reason.as_deref(),
        Some("it is no well-formed XML (line 2)")
    );
    home.write(USER, "");
    assert_eq!(home.find(&Maven).places[0].state, PlaceState::Read);
}
