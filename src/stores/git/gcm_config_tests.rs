#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first surprise"
)]

use super::*;
use crate::model::TenantRecord;
use crate::stores::git::GcmBinding;
use crate::stores::git::testing::{cleaned, git, git_says, repositories, rows};
use crate::testing::{TestHome, after, scope};

const OLD: &str = "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555";

fn name(text: &str) -> Option<OrganizationName> {
    OrganizationName::new(text)
}

#[test]
#[cfg_attr(windows, ignore = "needs the real git")]
fn what_git_wrote_for_gcm_is_found_and_cut() {
    let home = TestHome::new();
    for (key, value) in [
        ("user.name", "Jane"),
        ("credential.azrepos:org/contoso.azureAuthority", OLD),
        (
            "credential.azrepos:org/contoso.username",
            "jane@outlook.com",
        ),
        ("credential.azrepos:org/fabrikam.azureAuthority", OLD),
        ("credential.https://dev.azure.com.useHttpPath", "true"),
    ] {
        git(&home, &["config", "--global", key, value], "");
    }
    let path = home.path().join(".gitconfig");
    let found = home.find(&GcmAuthority);
    assert_eq!(
        rows(&found),
        [
            "tenant-cache contoso 4 credential.azrepos:org/contoso.azureAuthority automatic",
            "tenant-cache fabrikam 7 credential.azrepos:org/fabrikam.azureAuthority automatic",
        ]
    );
    let tenants = &found.credentials[0].observed.tenants;
    let claim = TenantClaim::from_guid("11111111-2222-3333-4444-555555555555").unwrap();
    let organization = name("contoso");
    assert_eq!(
        *tenants,
        [TenantRecord {
            organization,
            claim
        }]
    );

    let bindings = home.find(&GcmBinding);
    assert_eq!(
        rows(&bindings),
        ["account-binding contoso 5 credential.azrepos:org/contoso.username automatic"]
    );
    assert_eq!(bindings.credentials[0].observed.tenants, *tenants);

    let changes = [&found.credentials[0], &bindings.credentials[0]];
    let text = after(changes.map(|credential| credential.change.as_ref().unwrap()));
    std::fs::write(&path, text.unwrap()).unwrap();
    let listing = git_says(&home, &["config", "--global", "--list"], "");
    let left = format!(
        "user.name=Jane\ncredential.azrepos:org/fabrikam.azureauthority={OLD}\n\
         credential.https://dev.azure.com.usehttppath=true\n"
    );
    assert_eq!(listing, left);
}

#[test]
fn a_section_with_nothing_else_goes_whole() {
    let home = TestHome::new();
    let path = home.write(
        ".gitconfig",
        "[credential \"azrepos:org/Contoso\"]\r\n\tazureAuthority = x\r\n\
         [credential \"azrepos:org/contoso\"]\r\n\tusername = j\r\n\tazureAuthority = https://h/common\r\n",
    );
    let found = home.find(&GcmAuthority);
    assert_eq!(
        rows(&found),
        [
            "tenant-cache Contoso 2 credential.azrepos:org/Contoso.azureAuthority automatic",
            "tenant-cache contoso 5 credential.azrepos:org/contoso.azureAuthority automatic",
        ]
    );
    assert_eq!(found.credentials[0].observed.tenants, []);
    assert_eq!(
        found.credentials[1].observed.tenants[0].claim,
        TenantClaim::Any
    );
    let changes = found
        .credentials
        .iter()
        .map(|one| one.change.as_ref().unwrap());
    assert_eq!(
        after(changes).unwrap(),
        "[credential \"azrepos:org/contoso\"]\r\n\tusername = j\r\n"
    );
    assert!(path.exists());
}

#[test]
fn a_pinned_tenant_is_asked_about() {
    let home = TestHome::new();
    let path = home.write(
        ".gitconfig",
        "[credential]\n\tauthority = MSA\n\
         [credential \"https://github.com\"]\n\tauthority = MSA\n\
         [credential \"https://contoso.visualstudio.com\"]\n\tauthority = liveid # old\n\tinteractive = never\n\
         [credential \"visualstudio.com\"]\n\tauthority = AAD\n\
         [credential \"https://dev.azure.com/contoso\"]\n\
         \tazreposServicePrincipal = 11111111-2222-3333-4444-555555555555/client\n\
         \tazreposWorkloadFederationTenantId = contoso.onmicrosoft.com\n",
    );
    let found = home.find(&GcmAuthority);
    assert_eq!(
        rows(&found),
        [
            "pinned-tenant - 2 credential.authority consent",
            "pinned-tenant contoso 6 credential.https://contoso.visualstudio.com.authority consent",
            "pinned-tenant contoso 11 credential.https://dev.azure.com/contoso.azreposServicePrincipal consent",
            "pinned-tenant contoso 12 credential.https://dev.azure.com/contoso.azreposWorkloadFederationTenantId consent",
        ]
    );
    let claims = found.credentials.iter().map(|one| {
        let tenants = one.observed.tenants.first();
        tenants.map(|record| record.claim.to_string())
    });
    assert_eq!(
        claims.collect::<Vec<_>>(),
        [
            Some("no tenant".to_owned()),
            Some("no tenant".to_owned()),
            Some("11111111-2222-3333-4444-555555555555".to_owned()),
            None,
        ]
    );
    let text = cleaned(&found, &path, Some("contoso")).unwrap();
    assert!(text.ends_with(
        "[credential \"https://contoso.visualstudio.com\"]\n\tinteractive = never\n\
         [credential \"visualstudio.com\"]\n\tauthority = AAD\n\
         [credential \"https://dev.azure.com/contoso\"]\n"
    ));
}

#[test]
fn a_binding_goes_by_the_authority_of_its_own_section() {
    let home = TestHome::new();
    let section = |name: &str, authority: &str| {
        let url = format!("https://login.microsoftonline.com/{authority}");
        format!(
            "[credential \"azrepos:org/{name}\"]\n\tusername = jane\n\tazureAuthority = {url}\n"
        )
    };
    let tenant = "22222222-0000-4000-8000-000000000002";
    home.write(
        ".gitconfig",
        section("contoso", tenant)
            + &section("Contoso", "organizations")
            + "[credential \"azrepos:org/CONTOSO\"]\n\tusername = jane\n",
    );
    let found = home.find(&GcmBinding);
    let claims = found.credentials.iter().map(|one| {
        let tenants = one.observed.tenants.iter();
        tenants.map(|record| record.claim.to_string()).collect()
    });
    let claims: Vec<Vec<_>> = claims.collect();
    assert_eq!(
        claims,
        [vec![tenant], vec!["no tenant"], vec![tenant, "no tenant"]]
    );
}

#[test]
fn a_repository_may_have_a_binding_of_its_own() {
    let home = TestHome::new();
    let bound = "[credential \"azrepos:org/contoso\"]\n\tusername = jane@outlook.com\n";
    let unbound = "[credential \"azrepos:org/contoso\"]\n\tusername =\n";
    home.write("a/.git/HEAD", "ref: refs/heads/main\n");
    let path = home.write("a/.git/config", format!("[core]\n\tbare = false\n{bound}"));
    home.write("b/.git/config", unbound);
    let projects = repositories(&home, &["a", "b"]);
    let found = home.find_among(&GcmBinding, &scope(&["contoso"]), &projects);
    assert_eq!(
        rows(&found),
        ["account-binding contoso 4 credential.azrepos:org/contoso.username automatic"]
    );
    let left = cleaned(&found, &path, Some("contoso"));
    assert_eq!(left.unwrap(), "[core]\n\tbare = false\n");
}
