//! The address of a remote's repository over SSH, whatever form the remote has (Azure DevOps, "Use SSH keys").

use crate::model::{Address, OrganizationName, Service};
use crate::text::is_token_like;

/// The host of now for SSH.
const HOST: &str = "ssh.dev.azure.com";
/// The name of the one collection that an organization has; new addresses leave it out.
const COLLECTION: &str = "DefaultCollection";

/// Whose repository it is, and `git@ssh.dev.azure.com:v3/ORG/PROJECT/REPOSITORY`. `None` for another host, and for a
/// form that is not understood.
pub(super) fn of_remote(url: &str) -> Option<(OrganizationName, String)> {
    let url = url.trim();
    let address = Address::parse(url);
    let (organization, project, repository) = match &address {
        Some(address) if address.service == Service::Web => of_web(url, address)?,
        Some(address) if address.service == Service::Ssh => of_v3(url)?,
        Some(_) => return None,
        // An alias of the person's own: its path alone tells that it is one of Azure DevOps.
        None => of_v3(url)?,
    };
    let organization = OrganizationName::new(organization)?;
    if ![project, repository].into_iter().all(is_plain) {
        return None;
    }
    let address = format!("git@{HOST}:v3/{organization}/{project}/{repository}");
    Some((organization, address))
}

/// `https://dev.azure.com/ORG/[PROJECT/]_git/REPOSITORY`, and the same below `ORG.visualstudio.com`.
fn of_web<'u>(url: &'u str, address: &'u Address) -> Option<(&'u str, &'u str, &'u str)> {
    let (_, rest) = url.split_once("://")?;
    let (_, path) = rest.split_once('/')?;
    let mut segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if address.host == "dev.azure.com" && !segments.is_empty() {
        segments.remove(0);
    }
    if segments
        .first()
        .is_some_and(|first| first.eq_ignore_ascii_case(COLLECTION))
    {
        segments.remove(0);
    }
    let organization = address.organization.as_ref()?.as_str();
    match segments.as_slice() {
        [project, "_git", .., repository] => Some((organization, project, repository)),
        // A repository without a project in its address has the project's name.
        ["_git", .., repository] => Some((organization, repository, repository)),
        _ => None,
    }
}

/// `v3/ORG/PROJECT/[_full/]REPOSITORY` after a colon, or after the host of `ssh://`.
fn of_v3(url: &str) -> Option<(&str, &str, &str)> {
    let path = match url.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("ssh") => rest.split_once('/')?.1,
        Some(_) => return None,
        None => url.split_once(':')?.1,
    };
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match segments.as_slice() {
        ["v3", organization, project, .., repository] => Some((organization, project, repository)),
        _ => None,
    }
}

/// A name as addresses write it. What could be a secret in the wrong place goes into no process's arguments.
fn is_plain(name: &str) -> bool {
    let is_fine = |one: char| one.is_alphanumeric() || "-._~%+()&!,'$@".contains(one);
    !name.starts_with('_') && name.chars().all(is_fine) && !is_token_like(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_remote_leads_to_the_one_address() {
        for url in [
            "https://dev.azure.com/contoso/web/_git/site",
            "https://contoso@dev.azure.com/contoso/web/_git/site",
            "https://contoso.visualstudio.com/DefaultCollection/web/_git/site",
            "https://contoso.visualstudio.com/web/_git/_full/site",
            "git@ssh.dev.azure.com:v3/contoso/web/site",
            "ssh://git@ssh.dev.azure.com/v3/contoso/web/site",
            "contoso@vs-ssh.visualstudio.com:v3/contoso/web/site",
            "git@devops_contoso:v3/contoso/web/site",
        ] {
            let address = of_remote(url).map(|(_, address)| address);
            let wanted = "git@ssh.dev.azure.com:v3/contoso/web/site";
            assert_eq!(address.as_deref(), Some(wanted), "{url}");
        }
        let alone = of_remote("https://dev.azure.com/contoso/_git/My%20site");
        let wanted = "git@ssh.dev.azure.com:v3/contoso/My%20site/My%20site";
        assert_eq!(alone.map(|(_, address)| address).as_deref(), Some(wanted));
    }

    #[test]
    fn what_is_no_repository_of_azure_devops_has_none() {
        for url in [
            "https://github.com/contoso/site",
            "git@github.com:contoso/site",
            "https://dev.azure.com/contoso",
            "https://pkgs.dev.azure.com/contoso/_git/site",
            "git@ssh.dev.azure.com:v3/contoso/web",
            "git@ssh.dev.azure.com:v3/contoso/web/si te",
            "../site",
            "",
        ] {
            assert_eq!(of_remote(url), None, "{url}");
        }
    }
}
