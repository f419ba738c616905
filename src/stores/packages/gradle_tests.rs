use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::model::PlaceState;
use crate::stores::checks::{find_with_variables, secrets, shown, without, without_one};
use crate::testing::{TestHome, pat52, pat84};

const USER: &str = ".gradle/gradle.properties";

#[test]
fn a_property_goes_with_its_lines_and_the_rest_stays() {
    let home = TestHome::new();
    let (token, legacy) = (pat84('C', 'A', 1), pat52(2));
    let text = |ours: &str, other: &str| {
        format!(
            "# settings\r\norg.gradle.jvmargs=-Xmx2g\r\ncontosoUsername=Contoso\r\n{ours}fabrikam.user : me\r\n{other}x=1"
        )
    };
    let ours = format!("contosoPassword = \\\r\n    {token}\r\n");
    let other = format!("fabrikam.token : {legacy}\r\n");
    home.write(USER, text(&ours, &other));
    let found = home.find(&Gradle);
    assert_eq!(
        shown(&found),
        [
            ("contoso", Kind::Pat, Remedy::Consent, 5, "contosoPassword"),
            ("?", Kind::Pat, Remedy::Consent, 7, "fabrikam.token"),
        ]
    );
    assert_eq!(secrets(&found), [&token, &legacy]);
    assert_eq!(without_one(&found, 0), Some(text("", &other)));
    assert_eq!(without_one(&found, 1), Some(text(&ours, "")));
}

#[test]
fn the_file_or_the_value_may_name_the_organization() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    let url = "url=https\\://pkgs.dev.azure.com/contoso/_packaging/f/maven/v1\n";
    home.write(USER, format!("{url}pat={token}"));
    let found = home.find(&Gradle);
    assert_eq!(
        shown(&found),
        [("contoso", Kind::Pat, Remedy::Consent, 2, "pat")]
    );
    assert_eq!(without(&found, "contoso").as_deref(), Some(url));
    let header = STANDARD.encode(format!("contoso:{token}"));
    home.write(USER, format!("header=Basic {header}\n"));
    assert_eq!(shown(&home.find(&Gradle))[0].0, "contoso");
    assert_eq!(secrets(&home.find(&Gradle)), [&token]);
}

#[test]
fn a_token_is_its_own_feeds() {
    let token = pat84('C', 'A', 1);
    let url = |name: &str| format!("https://pkgs.dev.azure.com/{name}/_packaging/f/maven/v1");
    for (rest, organization) in [
        (
            format!("user=contoso\nfabrikamFeedUrl={}\n", url("fabrikam")),
            "fabrikam",
        ),
        (
            format!("feedUser=contoso\nfeedUrl={}\n", url("fabrikam")),
            "fabrikam",
        ),
        ("fabrikamUser=contoso\n".to_owned(), "contoso"),
        ("user=contoso\n".to_owned(), "?"),
        (
            format!(
                "fabrikamUser=contoso\nfabrikamFeedUrl={}\n",
                url("fabrikam")
            ),
            "fabrikam",
        ),
        (
            format!("aUrl={}\nbUrl={}\n", url("contoso"), url("fabrikam")),
            "?",
        ),
    ] {
        let home = TestHome::new();
        let feed = if rest.contains("feedU") {
            "feed"
        } else {
            "fabrikamFeed"
        };
        home.write(USER, format!("{rest}{feed}Token={token}\n"));
        assert_eq!(shown(&home.find(&Gradle))[0].0, organization, "{rest}");
    }
}

#[test]
fn every_token_of_a_property_is_found() {
    let home = TestHome::new();
    let tokens = [1, 2].map(|seed| pat84('C', 'A', seed));
    let [first, second] = &tokens;
    home.write(
        USER,
        format!("args=-Durl=https://u:{first}@dev.azure.com/contoso/ -Dpat={second}\n"),
    );
    let found = home.find(&Gradle);
    let mut secrets = secrets(&found);
    secrets.sort_unstable();
    let mut tokens = tokens.each_ref();
    tokens.sort_unstable();
    assert_eq!(secrets, tokens);
}

#[test]
fn user_info_is_cut_where_it_is_written_with_escapes() {
    let home = TestHome::new();
    let text = |user: &str| {
        format!("\u{feff}a=b\nurl=https\\://{user}pkgs.dev.azure.com/contoso/x https\\://u\\:p@h\n")
    };
    home.write("src/a/gradle.properties", text("me\\:s3cr\\u0065t@"));
    let found = home.find(&Gradle);
    assert_eq!(secrets(&found), ["s3cret"]);
    let entry = "url https://pkgs.dev.azure.com/contoso/x";
    assert_eq!(
        shown(&found),
        [("contoso", Kind::Password, Remedy::Consent, 2, entry)]
    );
    assert_eq!(without(&found, "contoso"), Some(text("")));
}

#[test]
fn words_variables_and_comments_are_no_credentials() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    home.write(
        USER,
        format!(
            "#pat={token}\n! pat={token}\nfeedPassword=word\nurl=https://pkgs.dev.azure.com/contoso/\nother=${{PAT}}\npat=\n"
        ),
    );
    assert_eq!(shown(&home.find(&Gradle)), []);
}

#[test]
fn a_token_among_other_words_is_left_to_the_person() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    home.write(
        "src/a/local.properties",
        format!("org.gradle.jvmargs=-Xmx2g -Dpat={token}\n"),
    );
    let found = home.find(&Gradle);
    assert_eq!(
        shown(&found),
        [("?", Kind::Pat, Remedy::Manual, 1, "org.gradle.jvmargs")]
    );
    assert_eq!(secrets(&found), [&token]);
    assert_eq!(found.credentials[0].change, None);
}

#[test]
fn scripts_are_shown_and_never_edited() {
    let token = pat84('C', 'A', 1);
    let script = format!(
        "repositories {{\n    maven {{\n        url = uri(\"https://pkgs.dev.azure.com/contoso/_packaging/f/maven/v1\")\n        \
         credentials {{\n            username = \"me\"\n            password = \"{token}\"\n        }}\n    }}\n    \
         // password = \"{token}\"\n    maven {{ url 'https://a:b@fabrikam.pkgs.visualstudio.com/' }}\n}}\n"
    );
    for path in [
        ".gradle/init.gradle",
        ".gradle/init.gradle.kts",
        ".gradle/init.d/feeds.gradle",
        ".gradle/init.d/feeds.gradle.kts",
        "src/a/build.gradle",
        "src/a/build.gradle.kts",
        "src/a/settings.gradle",
        "src/a/settings.gradle.kts",
    ] {
        let home = TestHome::new();
        home.write(path, &script);
        let found = home.find(&Gradle);
        assert_eq!(
            shown(&found),
            [
                ("contoso", Kind::Pat, Remedy::Manual, 6, "password"),
                (
                    "fabrikam",
                    Kind::Password,
                    Remedy::Manual,
                    10,
                    "https://fabrikam.pkgs.visualstudio.com/"
                ),
            ],
            "{path}"
        );
    }
    let home = TestHome::new();
    home.write(".gradle/init.d/readme.txt", &script);
    home.write("src/a/other.gradle", &script);
    assert_eq!(shown(&home.find(&Gradle)), []);
}

#[test]
fn a_file_without_a_secret_is_not_listed() {
    let home = TestHome::new();
    home.write("src/a/gradle.properties", "org.gradle.caching=true\n");
    home.write("src/a/build.gradle", "plugins { id 'java' }\n");
    let found = home.find(&Gradle);
    assert_eq!(shown(&found), []);
    let read = |place: &&crate::model::Place| place.state == PlaceState::Read;
    assert_eq!(found.places.iter().filter(read).count(), 0);
}

#[test]
fn a_variable_moves_the_folder() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    home.write("moved/gradle.properties", format!("pat={token}"));
    let variables = [("GRADLE_USER_HOME", home.path().join("moved"))];
    assert_eq!(
        shown(&find_with_variables(&home, &Gradle, &variables)).len(),
        1
    );
}

#[test]
fn a_file_that_nobody_wrote_is_said_to_be_one() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    home.write(USER, format!("pat={token}\n").repeat(MOST + 1));
    let found = home.find(&Gradle);
    assert_eq!(shown(&found), []);
    assert_eq!(found.places[0].state, PlaceState::Unreadable);
}
