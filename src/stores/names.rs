//! What the name of a setting says: whether it is for Azure DevOps, and whether its value names an organization.

use crate::model::Address;

/// Beginnings of names that only Azure DevOps and its tools use.
const FAMILIES: &[&str] = &[
    "AZURE_DEVOPS",
    "AZUREDEVOPS",
    "AZDO",
    "AZDOPULLREQUESTS",
    "AZP",
    "ADO",
    "VSTS",
    "GCM_AZREPOS",
    "VSS_NUGET",
    "ARTIFACTS_CREDENTIALPROVIDER",
    "ARTIFACTTOOL",
];
/// Whole names of that kind.
const NAMES: &[&str] = &["SYSTEM_ACCESSTOKEN", "TEAM_PAT", "TEAM_ACCT", "VSCE_PAT"];
/// What tools put before the names of variables that they hand on.
const HANDED_ON: &[&str] = &["TF_VAR_", "ORG_GRADLE_PROJECT_"];

/// A name in one spelling: capitals, `_` for what parts its words.
pub(super) fn spelled(name: &str) -> String {
    let capitals = name.to_ascii_uppercase().replace(['-', '.', ':'], "_");
    let inner = HANDED_ON
        .iter()
        .find_map(|prefix| capitals.strip_prefix(prefix));
    inner.map_or(capitals.clone(), str::to_owned)
}

/// Whether a name is for Azure DevOps alone. A token of GitHub that its tools want is not.
pub(super) fn is_for_azure_devops(name: &str) -> bool {
    let name = spelled(name);
    let family = FAMILIES.iter().any(|family| is_below(&name, family));
    (family || NAMES.contains(&name.as_str())) && !name.contains("GITHUB")
}

/// Whether a name is this one or begins with its words.
pub(super) fn is_below(name: &str, words: &str) -> bool {
    name.strip_prefix(words)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

/// Whether a name speaks of Azure DevOps anywhere: `APP_AZDO_PAT`.
pub(super) fn concerns_azure_devops(name: &str) -> bool {
    let name = spelled(name);
    let inside = |family: &&str| {
        let mut starts = name.match_indices(*family);
        starts
            .any(|(at, _)| (at == 0 || name[..at].ends_with('_')) && is_below(&name[at..], family))
    };
    is_for_azure_devops(&name) || FAMILIES.iter().any(inside) && !name.contains("GITHUB")
}

/// Whether a variable of this name tells where its tool talks to.
pub(super) fn is_address(name: &str) -> bool {
    let other = ["PROXY", "REDIRECT", "CALLBACK", "WEBHOOK"];
    (name.ends_with("URL")
        || name.ends_with("URI")
        || name.ends_with("SERVER")
        || name.ends_with("INDEX"))
        && !other.iter().any(|word| name.contains(word))
}

/// Whether settings that stand together say that their tokens are for a server on the premises: each that tells the
/// tools of Azure DevOps where to talk to, tells such a server.
pub(super) fn lead_to_a_server<'s>(settings: impl Iterator<Item = (&'s str, &'s str)>) -> bool {
    const OTHERS: &[&str] = &["TFS", "ORG_SERVICE_URL", "ORGSERVICEURL"];
    let mut leads = false;
    for (name, value) in settings {
        if !value.contains("://") {
            continue;
        }
        let name = spelled(name);
        let ours =
            concerns_azure_devops(&name) || OTHERS.iter().any(|words| is_below(&name, words));
        if ours && is_address(&name) {
            if Address::parse(value).is_some() {
                return false;
            }
            leads = true;
        }
    }
    leads
}

/// Whether the value of a setting of this name may be the bare name of an organization.
pub(super) fn is_organization(name: &str) -> bool {
    const ENDS: &[&str] = &["ORG", "ORGANIZATION", "ORG_NAME", "ORGANIZATION_NAME"];
    let name = spelled(name);
    is_for_azure_devops(&name) && ENDS.iter().any(|end| name.ends_with(end))
}

/// Whether a setting of this name, in a place that is for Azure DevOps, holds its secret whatever the value looks like.
/// The secret of another service that the same place needs is none: its name begins with the service.
pub(super) fn is_secret(name: &str) -> bool {
    const WORDS: &[&str] = &["PAT", "TOKEN", "PASSWORD"];
    const WHOLE: &[&str] = &[
        "PAT",
        "TOKEN",
        "PAT_TOKEN",
        "ACCESS_TOKEN",
        "AUTH_TOKEN",
        "PERSONAL_ACCESS_TOKEN",
        "AUTHORIZATION",
    ];
    let name = spelled(name);
    let name = name.trim_start_matches('_');
    let ends = |word: &&str| name.ends_with(*word);
    WHOLE.contains(&name) || is_for_azure_devops(name) && WORDS.iter().any(ends)
}

/// What samples have in the place of a secret: `<your token>`.
pub(super) fn is_placeholder(value: &str) -> bool {
    value.starts_with('<') && value.ends_with('>')
}

/// Whether a value has the very form of a token although its checksum fails: 52 of base32, or 84 with their mark.
///
/// What people write into samples has the length at most: it repeats itself or counts up.
pub(super) fn has_token_form(value: &str) -> bool {
    let short = value.len() == 52
        && value
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'))
        && value.bytes().any(|byte| byte.is_ascii_digit());
    let long = value.len() == 84
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && value.get(76..80) == Some("AZDO");
    (short || long) && is_random(&value.as_bytes()[..52])
}

fn is_random(bytes: &[u8]) -> bool {
    const DIFFERENT: usize = 14;
    const IN_STEP: usize = 4;
    let mut seen = [false; 256];
    for byte in bytes {
        seen[usize::from(*byte)] = true;
    }
    let different = seen.iter().filter(|seen| **seen).count();
    let in_step = |step: u8| {
        let steps = |window: &[u8]| {
            window
                .windows(2)
                .all(|pair| pair[0].wrapping_add(step) == pair[1])
        };
        bytes.windows(IN_STEP + 1).any(steps)
    };
    let half = bytes.len() / 2;
    let repeats = (4..=half).any(|period| bytes.iter().zip(&bytes[period..]).all(|(a, b)| a == b));
    different >= DIFFERENT && !in_step(0) && !in_step(1) && !repeats
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::pat84;

    #[test]
    fn names_say_what_they_are_for() {
        for (name, devops, organization, secret) in [
            ("AZURE_DEVOPS_EXT_PAT", true, false, true),
            ("azureDevOps.pat", true, false, true),
            ("azure-devops.token", true, false, true),
            ("azdoPullRequests.patToken", true, false, true),
            ("azuredevops:personalAccessToken", true, false, true),
            ("ADO_ORG", true, true, false),
            ("AZURE_DEVOPS_ORG_NAME", true, true, false),
            ("TF_VAR_azdo_pat", true, false, true),
            ("ADOBE_TOKEN", false, false, false),
            ("OPENAI_TOKEN", false, false, false),
            ("--pat", false, false, true),
            ("AZDO_GITHUB_SERVICE_CONNECTION_PAT", false, false, false),
            ("MY_ORG", false, false, false),
            ("PERSONAL_ACCESS_TOKEN", false, false, true),
            ("Authorization", false, false, true),
            ("path", false, false, false),
        ] {
            let said = (
                is_for_azure_devops(name),
                is_organization(name),
                is_secret(name),
            );
            assert_eq!(said, (devops, organization, secret), "{name}");
        }
    }

    #[test]
    fn a_server_is_told_by_names_of_azure_devops_alone() {
        let (server, service) = (
            "https://tfs.contoso.com/tfs",
            "https://dev.azure.com/contoso",
        );
        for (settings, expected) in [
            (&[("AZDO_ORG_SERVICE_URL", server)][..], true),
            (&[("org_service_url", server), ("name", "x")], true),
            (&[("azuredevops:orgServiceUrl", server)], true),
            (&[("APP_ADO_URL", server)], true),
            (&[("Tfs:Url", server)], true),
            (&[("AZDO_URL", server), ("AZDO_ORG_URL", service)], false),
            (&[("APP_URL", server), ("TORNADO_URL", server)], false),
            (
                &[("AZDO_PROXY_URL", server), ("AZDO_PROJECT", server)],
                false,
            ),
            (&[("AZDO_URL", "$URL")], false),
        ] {
            assert_eq!(
                lead_to_a_server(settings.iter().copied()),
                expected,
                "{settings:?}"
            );
        }
    }

    #[test]
    fn a_sample_has_not_the_form_of_a_token() {
        let changed = |token: String| {
            let last = if token.ends_with('b') { "c" } else { "b" };
            format!("{}{last}", &token[..token.len() - 1])
        };
        assert!(has_token_form(&changed(pat84('C', 'A', 7))));
        // The made-up tokens of the tests count up, so this one is made from letters that do not.
        let letters = b"k7q2mzx4wp6vj3tn5ydh";
        let random: String = (0..52_usize)
            .map(|at| char::from(letters[(at * at + at / 3) % 20]))
            .collect();
        assert!(has_token_form(&random), "{random}");
        for sample in [
            "x".repeat(52),
            "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst".to_owned(),
            "yourpersonalaccesstokengoeshereyourpersonalaccesstok".to_owned(),
            "k7q2mzx4wp6vj".repeat(4),
            "a2b3".repeat(13),
            random.to_uppercase(),
            random[1..].to_owned(),
            "Y".repeat(76) + "AZDO" + &"Y".repeat(4),
            String::new(),
        ] {
            assert!(!has_token_form(&sample), "{sample}");
        }
    }
}
