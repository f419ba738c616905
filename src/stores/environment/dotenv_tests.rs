use super::*;
use crate::model::{Kind, Remedy};
use crate::stores::checks::{secrets, shown, without};
use crate::testing::{TestHome, like_pat52, pat52, pat84};

#[test]
fn a_token_goes_with_its_line_and_a_sibling_names_its_organization() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    let text = |line: &str| {
        format!(
            "\u{feff}# shared\r\nNODE_ENV=production\r\n{line}AZURE_DEVOPS_ORG=contoso\r\nGITHUB_TOKEN=ghp_abc"
        )
    };
    home.write(
        "app/.env",
        text(&format!("AZDO_PAT=\"{token}\" # mine\r\n")),
    );
    let found = home.find(&Dotenv);
    assert_eq!(
        shown(&found),
        [("contoso", Kind::Pat, Remedy::Consent, 3, "AZDO_PAT")]
    );
    assert_eq!(secrets(&found), [token.as_str()]);
    assert_eq!(
        without(&found, "contoso"),
        Some(text("").trim_start_matches('\u{feff}').to_owned())
            .map(|rest| format!("\u{feff}{rest}"))
    );
}

#[test]
fn every_name_of_such_a_file_is_looked_at() {
    let home = TestHome::new();
    let line = format!("A={}\nB=https://dev.azure.com/contoso\n", pat52(1));
    for name in ["a/.env", "a/.env.local", "b/prod.env", "b/.envrc", "c/.ENV"] {
        home.write(name, &line);
    }
    home.write("a/env", &line);
    for name in ["d/mise.toml", "d/.mise.toml", ".config/mise/config.toml"] {
        home.write(
            name,
            format!(
                "[env]\nA = \"{}\"\nB = \"https://dev.azure.com/contoso\"\n",
                pat52(1)
            ),
        );
    }
    let found = home.find(&Dotenv);
    assert_eq!(shown(&found).len(), 8);
    assert!(
        shown(&found)
            .iter()
            .all(|it| it.0 == "contoso" && it.2 == Remedy::Consent && it.4 == "A")
    );
}

#[test]
fn an_address_loses_its_user_info_and_keeps_its_line() {
    let home = TestHome::new();
    let text = |user: &str| {
        format!(
            "PIP_INDEX_URL='https://{user}pkgs.dev.azure.com/contoso/_packaging/f/pypi/simple/'\n"
        )
    };
    home.write(".env", text(&format!("me:{}@", pat84('C', 'A', 1))));
    let found = home.find(&Dotenv);
    assert_eq!(without(&found, "contoso"), Some(text("")));
}

#[test]
fn samples_comments_and_references_are_silent() {
    let home = TestHome::new();
    let random = "k7q2mzx4wp6vj3tn5ydhc7s2rfb6gl4xa3wz5pq7mk2vt6jn4yhd";
    let commented = format!(
        "# AZDO_PAT={}\nAZDO_PAT=$AZDO_PAT\nA=\n",
        pat84('C', 'A', 1)
    );
    for (name, text) in [
        (".env.example", format!("AZDO_PAT={random}\n")),
        (".env.sample", format!("AZDO_PAT={}\n", "x".repeat(52))),
        (
            ".env",
            format!(
                "{commented}AZDO_PAT={}\nADO_TOKEN=changeme\nOTHER={random}\n",
                "X".repeat(84)
            ),
        ),
    ] {
        home.write(name, text);
    }
    assert_eq!(shown(&home.find(&Dotenv)), []);
}

#[test]
fn a_value_with_the_form_of_a_token_is_a_password_that_nobody_is_sure_of() {
    let home = TestHome::new();
    let random = "k7q2mzx4wp6vj3tn5ydhc7s2rfb6gl4xa3wz5pq7mk2vt6jn4yhd";
    home.write(".env", format!("AZDO_PAT={random}\n"));
    let found = home.find(&Dotenv);
    assert_eq!(
        shown(&found),
        [("?", Kind::Password, Remedy::Consent, 1, "AZDO_PAT")]
    );
    assert_eq!(found.credentials[0].observed.written, None);
}

#[test]
fn a_token_of_another_server_is_left_alone() {
    let home = TestHome::new();
    home.write(
        ".env",
        format!(
            "AZDO_SERVER_URL=https://tfs.contoso.com/tfs\nAZDO_PAT={}\n",
            pat52(1)
        ),
    );
    assert_eq!(shown(&home.find(&Dotenv)), []);
}

#[test]
fn two_organizations_each_have_their_own_token() {
    let home = TestHome::new();
    let (ours, theirs) = (pat84('C', 'A', 1), pat84('C', 'A', 2));
    let rest = format!("B_URL=https://dev.azure.com/fabrikam\nB_TOKEN={theirs}");
    home.write(
        ".env",
        format!("A_URL=https://dev.azure.com/contoso\nA_TOKEN={ours}\n{rest}"),
    );
    let found = home.find(&Dotenv);
    let whose: Vec<_> = shown(&found).iter().map(|it| (it.0, it.4)).collect();
    assert_eq!(whose, [("contoso", "A_TOKEN"), ("fabrikam", "B_TOKEN")]);
    assert_eq!(
        without(&found, "contoso"),
        Some(format!("A_URL=https://dev.azure.com/contoso\n{rest}"))
    );
}

#[test]
fn a_pinned_tenant_goes_with_its_line() {
    let home = TestHome::new();
    let tenant = "11111111-0000-4000-8000-000000000001";
    let rest = "AZDO_ORG_SERVICE_URL=https://dev.azure.com/contoso\n";
    home.write(".env", format!("AZDO_SP_TENANT_ID={tenant}\n{rest}"));
    let found = home.find(&Dotenv);
    assert_eq!(
        shown(&found),
        [(
            "contoso",
            Kind::PinnedTenant,
            Remedy::Consent,
            1,
            "AZDO_SP_TENANT_ID"
        )]
    );
    assert_eq!(without(&found, "contoso").as_deref(), Some(rest));
}

#[test]
fn what_does_not_parse_is_said_and_its_tokens_are_found() {
    let home = TestHome::new();
    let token = pat52(1);
    home.write("mise.toml", format!("[env]\nA = \"{token}\n"));
    home.write(".env", format!("just words {token}\n"));
    home.write(".envrc", format!("export A='{token}\n"));
    let found = home.find(&Dotenv);
    let shown = shown(&found);
    assert!(shown.iter().all(|it| it.2 == Remedy::Manual), "{shown:?}");
    assert_eq!(shown.len(), 3);
    let reasons: Vec<_> = found
        .places
        .iter()
        .filter_map(|place| place.reason.as_deref())
        .collect();
    assert_eq!(reasons, ["line 2 is no TOML"]);
}

#[test]
fn variables_of_sixteen_bits_are_read_and_cut() {
    let home = TestHome::new();
    let wide = |text: &str| {
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        [0xff, 0xfe].into_iter().chain(units).collect::<Vec<u8>>()
    };
    let path = home.write(
        ".env",
        wide(&format!("A=é\r\nAZDO_PAT={}\r\nB=2", pat52(1))),
    );
    let found = home.find(&Dotenv);
    assert_eq!(shown(&found).len(), 1);
    let Some(crate::model::Change::EditFile { splices, .. }) = &found.credentials[0].change else {
        panic!("no change");
    };
    let bytes = std::fs::read(path).unwrap_or_default();
    let left = crate::model::splice(&bytes, splices.clone());
    assert_eq!(left, Ok(wide("A=é\r\nB=2")));
}

#[test]
fn a_file_of_too_many_variables_is_said_to_be_and_does_not_cost_their_square() {
    let home = TestHome::new();
    let line = |number: usize| {
        format!(
            "A{number}_URL=https://{number}.example/\nA{number}_PAT={}\n",
            like_pat52(1)
        )
    };
    home.write(".env", (0..8_000).map(line).collect::<String>());
    let found = home.find(&Dotenv);
    let reason = found.places[0].reason.as_deref().unwrap_or_default();
    assert!(reason.contains("5000 variables"), "{reason}");
}
