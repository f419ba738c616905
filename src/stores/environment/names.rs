//! What the name of a variable says: which tool it is for, and where its organization stands.

pub(super) use crate::stores::names::{is_below, is_for_azure_devops, spelled};

/// Whether the value of a variable of this name may be the bare name of an organization.
pub(super) fn is_organization(name: &str) -> bool {
    const ENDS: &[&str] = &[
        "ORG",
        "ORGANIZATION",
        "ORGANISATION",
        "ORG_NAME",
        "ORGANIZATION_NAME",
        "ACCT",
        "ACCOUNT",
        "ACCOUNT_NAME",
        "INSTANCE",
    ];
    let ends = |end: &&str| {
        name.strip_suffix(*end)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
    };
    ENDS.iter().any(ends)
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

/// Where the address of a slot stands that has a name of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Slot {
    /// In a variable of this name, or of one that begins so: nowhere else.
    Named(String),
    /// Beside this name in one of uv's lists of indexes, `name=address`.
    Uv(String),
    /// Anywhere among the variables whose names begin with the same words.
    Free,
    /// It is a token for a whole account of publishers: no address is its own.
    Nowhere,
}

/// The slot that a variable of this name fills.
///
/// Sources: doc.rust-lang.org, "cargo, environment variables"; python-poetry.org, "Configuration"; docs.astral.sh, "uv,
/// environment variables"; git-scm.com, git-config(1); microsoft/vscode-vsce.
pub(super) fn slot(name: &str) -> Slot {
    let middle = |before: &str, after: &str| {
        let inner = name.strip_prefix(before)?.strip_suffix(after)?;
        (!inner.is_empty()).then_some(inner)
    };
    if let Some(registry) = middle("CARGO_REGISTRIES_", "_TOKEN") {
        return Slot::Named(format!("CARGO_REGISTRIES_{registry}_INDEX"));
    }
    let poetry = middle("POETRY_HTTP_BASIC_", "_PASSWORD").or(middle("POETRY_PYPI_TOKEN_", ""));
    if let Some(repository) = poetry {
        return Slot::Named(format!("POETRY_REPOSITORIES_{repository}_URL"));
    }
    if let Some(index) = middle("UV_INDEX_", "_PASSWORD") {
        return Slot::Uv(index.to_owned());
    }
    if let Some(number) = middle("GIT_CONFIG_VALUE_", "") {
        return Slot::Named(format!("GIT_CONFIG_KEY_{number}"));
    }
    match name {
        "VSCE_PAT" => Slot::Nowhere,
        _ => Slot::Free,
    }
}

/// Words that begin names of several tools, so that they make no family alone.
const SHARED: &[&str] = &[
    "AZURE",
    "GIT",
    "NPM_CONFIG",
    "NPM",
    "NUGETPACKAGESOURCECREDENTIALS",
    "MY",
];

/// The beginnings that names of the same family have, the longest first: `AZDO_ORG`, `AZDO`.
pub(super) fn families(name: &str) -> Vec<&str> {
    let ends = name.match_indices('_').map(|(at, _)| at);
    let mut prefixes: Vec<_> = ends.map(|at| &name[..at]).collect();
    prefixes.reverse();
    prefixes.retain(|prefix| !prefix.is_empty() && !SHARED.contains(prefix));
    prefixes
}

/// Which tenant a variable pins, by how its value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pin {
    /// A GUID.
    Tenant,
    /// `tenant/client`
    ServicePrincipal,
    /// An address of the sign-in service with the tenant in its path.
    Authority,
    /// The word for a kind of account.
    Account,
}

/// Whether a variable of this name pins a tenant.
///
/// Sources: microsoft/terraform-provider-azuredevops, "Authentication"; microsoft/artifacts-credprovider, `EnvUtil.cs`;
/// git-ecosystem/git-credential-manager, `AzureDevOpsConstants.cs`, docs/environment.md.
pub(super) fn pin(name: &str) -> Option<Pin> {
    Some(match name {
        "AZDO_SP_TENANT_ID" | "GCM_AZREPOS_WIF_TENANTID" => Pin::Tenant,
        "GCM_AZREPOS_SERVICE_PRINCIPAL" => Pin::ServicePrincipal,
        "ARTIFACTS_CREDENTIALPROVIDER_MSAL_AUTHORITY"
        | "NUGET_CREDENTIALPROVIDER_MSAL_AUTHORITY" => Pin::Authority,
        "GCM_AUTHORITY" => Pin::Account,
        _ => return None,
    })
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
    fn only_names_of_azure_devops_alone_are_its_own() {
        for (name, expected) in [
            ("AZURE_DEVOPS_EXT_PAT", true),
            ("TF_VAR_azdo_pat", true),
            ("azdo-token", true),
            ("SYSTEM_ACCESSTOKEN", true),
            ("AZURE_DEVOPS_EXT_GITHUB_PAT", false),
            ("AZDO_GITHUB_SERVICE_CONNECTION_PAT", false),
            ("ADOBE_TOKEN", false),
            ("AZURE_CLIENT_SECRET", false),
            ("NPM_TOKEN", false),
            ("PERSONAL_ACCESS_TOKEN", false),
        ] {
            assert_eq!(is_for_azure_devops(&spelled(name)), expected, "{name}");
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
            "X".repeat(76) + "AZDO" + "XXXX",
            String::new(),
        ] {
            assert!(!has_token_form(&sample), "{sample}");
        }
    }
}
