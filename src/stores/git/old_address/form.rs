//! The forms of addresses below `visualstudio.com`, and the same repository's address of now.

use std::ops::Range;

use crate::model::{Address, OrganizationName, Service};
use crate::text::UserInfo;

/// What every old host ends with.
const HOST: &str = "visualstudio.com";

/// The name of the one collection that an organization has; new addresses leave it out.
const COLLECTION: &str = "DefaultCollection";

/// Whether a text may hold an old address.
pub(in crate::stores::git) fn is_in(text: &str) -> bool {
    // Hosts are the same in any case, and nobody writes them in capitals.
    text.contains(HOST) || text.to_ascii_lowercase().contains(HOST)
}

/// An address on an old host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Old {
    pub(super) organization: OrganizationName,
    /// `None` where its form is not understood.
    pub(super) modern: Option<Modern>,
}

/// The address of now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Modern {
    /// The whole address, without a user.
    pub(super) address: String,
    /// What takes the place of which part of the old one. A secret in it is left to the edit that is about secrets.
    pub(super) splices: Vec<(Range<usize>, String)>,
}

/// The repository that a path leads to.
#[derive(Debug, PartialEq, Eq)]
struct Repository<'u> {
    organization: Option<&'u str>,
    project: Option<&'u str>,
    /// `_full` or `_optimized`: how many branches the server shows.
    view: Option<&'u str>,
    name: &'u str,
}

impl Old {
    /// Reads an address; `None` for every other host.
    pub(super) fn parse(url: &str) -> Option<Self> {
        let address = Address::parse(url)?;
        let is_git = matches!(address.service, Service::Web | Service::Ssh);
        if !is_git || !address.host.ends_with(HOST) {
            return None;
        }
        Some(Self {
            organization: address.organization?,
            modern: modern(url, &address.host),
        })
    }
}

fn modern(url: &str, host: &str) -> Option<Modern> {
    if !url.chars().all(may_be_copied) {
        return None;
    }
    match url.split_once("://") {
        Some((scheme, _)) if ["https", "http"].contains(&scheme) => of_web(url, host),
        Some(("ssh" | "git+ssh" | "ssh+git", rest)) => {
            let (authority, path) = rest.split_once('/')?;
            of_ssh(url, authority, path, host)
        }
        Some(_) => None,
        None => {
            let (authority, path) = url.split_once(':')?;
            of_ssh(url, authority, path.strip_prefix('/').unwrap_or(path), host)
        }
    }
}

/// `https://ORG.visualstudio.com/[DefaultCollection/][PROJECT/]_git/REPOSITORY`.
fn of_web(url: &str, host: &str) -> Option<Modern> {
    let authority = url.find("://")? + 3;
    let path = authority + url[authority..].find('/')?;
    let user_info = UserInfo::of(url).filter(|info| info.range.start == authority);
    let start = user_info.as_ref().map_or(authority, |info| info.range.end);
    let port = url[start..path].get(host.len()..)?;
    if !["", ":443"].contains(&port) {
        return None;
    }
    let label = url[start..].split('.').next()?;
    let rest = &url[path + 1..];
    let first = rest.split('/').next()?;
    let collection = if first.eq_ignore_ascii_case(COLLECTION) {
        first.len() + 1
    } else {
        0
    };
    let rest = &rest[collection..];
    Repository::parse(rest, &["_git"])?;
    let mut splices = Vec::new();
    if url.starts_with("http:") {
        splices.push((0.."http".len(), "https".to_owned()));
    }
    if let Some(info) = user_info.filter(|info| info.secret().is_none()) {
        splices.push((info.range, String::new()));
    }
    splices.push((start..path, format!("dev.azure.com/{label}")));
    if collection > 0 {
        splices.push((path..path + collection, String::new()));
    }
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    Some(Modern {
        address: format!("https://dev.azure.com/{label}/{rest}"),
        splices,
    })
}

/// `ORG@vs-ssh.visualstudio.com:v3/ORG/PROJECT/REPOSITORY` and the forms before it.
fn of_ssh(url: &str, authority: &str, path: &str, host: &str) -> Option<Modern> {
    let (user, host_and_port) = match authority.rsplit_once('@') {
        Some((user, rest)) => (Some(user), rest),
        None => (None, authority),
    };
    let port = host_and_port.get(host.len()..)?;
    if !["", ":22"].contains(&port) {
        return None;
    }
    let label = if host.starts_with("vs-ssh.") {
        user
    } else {
        host_and_port.split('.').next()
    };
    let repository = if let Some(path) = path.strip_prefix("v3/") {
        Repository::parse_v3(path)?
    } else {
        let first = path.split('/').next()?;
        let rest = if first.eq_ignore_ascii_case(COLLECTION) {
            path.get(first.len() + 1..)?
        } else {
            path
        };
        Repository::parse(rest, &["_ssh", "_git"])?
    };
    let organization = repository.organization.or(label)?;
    OrganizationName::new(organization)?;
    let name = repository.name;
    // A repository without a project in its address has the project's name.
    let project = repository.project.unwrap_or(name);
    let view = repository
        .view
        .map(|view| format!("{view}/"))
        .unwrap_or_default();
    let address = format!("git@ssh.dev.azure.com:v3/{organization}/{project}/{view}{name}");
    Some(Modern {
        splices: vec![(0..url.len(), address.clone())],
        address,
    })
}

impl<'u> Repository<'u> {
    /// `[PROJECT/]_git/[_full/]REPOSITORY`.
    fn parse(path: &'u str, markers: &[&str]) -> Option<Self> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut segments: Vec<&str> = path.split('/').collect();
        let project = match segments.first() {
            Some(first) if !markers.contains(first) => Some(segments.remove(0)),
            _ => None,
        };
        match segments.split_first() {
            Some((marker, rest)) if markers.contains(marker) => Self::of_end(None, project, rest),
            _ => None,
        }
    }

    /// `ORG/PROJECT/[_full/]REPOSITORY`.
    fn parse_v3(path: &'u str) -> Option<Self> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let segments: Vec<&str> = path.split('/').collect();
        match segments.as_slice() {
            [organization, project, rest @ ..] => {
                Self::of_end(Some(organization), Some(project), rest)
            }
            _ => None,
        }
    }

    fn of_end(
        organization: Option<&'u str>,
        project: Option<&'u str>,
        end: &[&'u str],
    ) -> Option<Self> {
        let (view, name) = match end {
            [name] => (None, *name),
            [view @ ("_full" | "_optimized"), name] => (Some(*view), *name),
            _ => return None,
        };
        let is_name = |name: &str| !name.is_empty() && !name.starts_with('_');
        let names = [organization, project, Some(name)];
        names.into_iter().flatten().all(is_name).then_some(Self {
            organization,
            project,
            view,
            name,
        })
    }
}

/// What can stand in a config file's value and in an address without being written otherwise.
fn may_be_copied(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || "-._~%:/@+,=()&! ".contains(character)
        || !character.is_ascii() && character.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;

    /// The address of now, and the old one after its splices.
    fn now(url: &str) -> Option<(Option<String>, String)> {
        let old = Old::parse(url)?;
        let mut edited = url.to_owned();
        let mut splices = old
            .modern
            .as_ref()
            .map(|modern| modern.splices.clone())
            .unwrap_or_default();
        splices.sort_unstable_by_key(|(range, _)| range.start);
        for (range, with) in splices.into_iter().rev() {
            edited.replace_range(range, &with);
        }
        Some((old.modern.map(|modern| modern.address), edited))
    }

    #[test]
    fn every_old_form_has_its_new_one() {
        let web = "https://dev.azure.com/contoso/My%20App/_git/r";
        let ssh = "git@ssh.dev.azure.com:v3/contoso/My%20App/r";
        for (old, new) in [
            ("https://contoso.visualstudio.com/My%20App/_git/r", web),
            (
                "https://contoso.visualstudio.com/DefaultCollection/My%20App/_git/r",
                web,
            ),
            (
                "https://contoso.visualstudio.com/defaultcollection/My%20App/_git/r",
                web,
            ),
            ("https://contoso.visualstudio.com:443/My%20App/_git/r", web),
            (
                "https://jane%40x@contoso.visualstudio.com/My%20App/_git/r",
                web,
            ),
            ("http://contoso.visualstudio.com/My%20App/_git/r", web),
            (
                "https://contoso.visualstudio.com/DefaultCollection/_git/r",
                "https://dev.azure.com/contoso/_git/r",
            ),
            (
                "https://Contoso.visualstudio.com/p/_git/_optimized/r",
                "https://dev.azure.com/Contoso/p/_git/_optimized/r",
            ),
            ("contoso@vs-ssh.visualstudio.com:v3/contoso/My%20App/r", ssh),
            ("git@vs-ssh.visualstudio.com:v3/contoso/My%20App/r", ssh),
            (
                "ssh://contoso@vs-ssh.visualstudio.com/v3/contoso/My%20App/r",
                ssh,
            ),
            (
                "ssh://contoso@vs-ssh.visualstudio.com:22/My%20App/_ssh/r",
                ssh,
            ),
            (
                "ssh://contoso@vs-ssh.visualstudio.com:22/DefaultCollection/My%20App/_ssh/r",
                ssh,
            ),
            (
                "ssh://contoso@contoso.visualstudio.com:22/My%20App/_git/r",
                ssh,
            ),
            (
                "ssh://contoso@contoso.visualstudio.com:22/DefaultCollection/My%20App/_ssh/r/",
                ssh,
            ),
            (
                "ssh://contoso@vs-ssh.visualstudio.com:22/_ssh/r",
                "git@ssh.dev.azure.com:v3/contoso/r/r",
            ),
            (
                "contoso@vs-ssh.visualstudio.com:v3/contoso/p/_full/r",
                "git@ssh.dev.azure.com:v3/contoso/p/_full/r",
            ),
        ] {
            let expected = Some((Some(new.to_owned()), new.to_owned()));
            assert_eq!(now(old), expected, "{old}");
        }
    }

    #[test]
    fn a_secret_is_left_to_the_edit_that_is_about_secrets() {
        let old = "https://me:secret@contoso.visualstudio.com/DefaultCollection/p/_git/r/";
        assert_eq!(
            now(old),
            Some((
                Some("https://dev.azure.com/contoso/p/_git/r".to_owned()),
                "https://me:secret@dev.azure.com/contoso/p/_git/r/".to_owned()
            ))
        );
    }

    #[test]
    fn a_form_that_is_not_understood_is_left_as_it_is() {
        for url in [
            "https://contoso.visualstudio.com",
            "https://contoso.visualstudio.com/",
            "https://contoso.visualstudio.com/p/team/_git/r",
            "https://contoso.visualstudio.com/p/_git/r/pullrequests",
            "https://contoso.visualstudio.com/p/_git/r?version=GBmain",
            "https://contoso.visualstudio.com/p/_git/",
            "https://contoso.visualstudio.com/p/_git/r\"x",
            "https://contoso.visualstudio.com:8080/p/_git/r",
            "contoso@vs-ssh.visualstudio.com:22/p/_ssh/r",
            "ssh://contoso@contoso.visualstudio.com:2222/p/_ssh/r",
            "ssh://contoso@vs-ssh.visualstudio.com/v3/contoso/r",
            "ftp://contoso.visualstudio.com/p/_git/r",
        ] {
            assert_eq!(now(url), Some((None, url.to_owned())), "{url}");
        }
    }

    #[test]
    fn other_hosts_are_not_old() {
        for url in [
            "https://dev.azure.com/contoso/p/_git/r",
            "git@ssh.dev.azure.com:v3/contoso/p/r",
            "https://github.com/contoso/visualstudio.com",
            "https://contoso.pkgs.visualstudio.com/_packaging/f",
            "https://marketplace.visualstudio.com/items",
            "https://visualstudio.com/p/_git/r",
            "../r",
            "",
        ] {
            assert_eq!(now(url), None, "{url}");
        }
    }

    proptest! {
        #[test]
        fn any_address_is_read(
            url in "(https?://|ssh://|contoso|@|:22|:|/|v3|_git|_ssh|DefaultCollection|.visualstudio.com|é|%20|\\?){0,12}"
        ) {
            if let Some((Some(address), edited)) = now(&url) {
                prop_assert!(Old::parse(&address).is_none());
                prop_assert!(Old::parse(&edited).is_none(), "{}", edited);
            }
        }
    }
}
