//! The person whom device management asks about, where it asks as the system itself.

use std::path::PathBuf;

/// Someone who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SignedIn {
    /// The SID.
    pub(super) sid: String,
    /// They sit before the machine itself.
    pub(super) at_console: bool,
}

/// What a machine knows of its people.
pub(super) trait People {
    /// Who works in a session now, at the console or from afar.
    fn active(&self) -> Vec<SignedIn>;

    /// SIDs whose part of the registry is loaded, as it is from signing in to signing out.
    fn loaded(&self) -> Vec<String>;

    /// The profile folder of a SID.
    fn profile(&self, sid: &str) -> Option<PathBuf>;
}

/// Accounts of machines and domains, and those of Entra ID; services have others.
fn is_person(sid: &str) -> bool {
    ["S-1-5-21-", "S-1-12-1-"]
        .iter()
        .any(|start| sid.starts_with(start) && !sid.ends_with("_Classes"))
}

/// The profile folder of the person at the console, else of whoever else is at work, else of the only one who is signed
/// in. Where several are and none is at work, nobody is meant.
pub(super) fn profile_of_person(people: &dyn People) -> Option<PathBuf> {
    let mut active = people.active();
    active.retain(|one| is_person(&one.sid));
    active.sort_by_key(|one| !one.at_console);
    let sid = if let Some(one) = active.into_iter().next() {
        one.sid
    } else {
        let loaded = people.loaded().into_iter();
        let mut persons = loaded.filter(|sid| is_person(sid));
        let only = persons.next()?;
        persons.next().is_none().then_some(only)?
    };
    people.profile(&sid).filter(|home| home.is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Machine {
        active: Vec<(&'static str, bool)>,
        loaded: Vec<&'static str>,
    }

    impl People for Machine {
        fn active(&self) -> Vec<SignedIn> {
            let active = self.active.iter();
            let signed_in = active.map(|(sid, at_console)| SignedIn {
                sid: (*sid).to_owned(),
                at_console: *at_console,
            });
            signed_in.collect()
        }

        fn loaded(&self) -> Vec<String> {
            self.loaded.iter().map(|sid| (*sid).to_owned()).collect()
        }

        fn profile(&self, sid: &str) -> Option<PathBuf> {
            let known = sid.ends_with("-1001") || sid.ends_with("-1002");
            known.then(|| std::env::temp_dir().join(sid))
        }
    }

    const DEV: &str = "S-1-5-21-1-2-3-1001";
    const ADA: &str = "S-1-12-1-7-8-9-1002";

    fn found(active: &[(&'static str, bool)], loaded: &[&'static str]) -> Option<String> {
        let machine = Machine {
            active: active.to_vec(),
            loaded: loaded.to_vec(),
        };
        let profile = profile_of_person(&machine)?;
        Some(profile.file_name()?.to_string_lossy().into_owned())
    }

    #[test]
    fn the_person_at_the_console_comes_before_those_from_afar() {
        let both = [(DEV, false), (ADA, true)];
        assert_eq!(found(&both, &[]).as_deref(), Some(ADA));
        assert_eq!(found(&both[..1], &[ADA]).as_deref(), Some(DEV));
    }

    #[test]
    fn the_only_one_who_is_signed_in_is_meant_and_of_several_none() {
        let classes = "S-1-5-21-1-2-3-1001_Classes";
        let services = ["S-1-5-18", "S-1-5-19", ".DEFAULT", classes];
        let loaded = [&services[..], &[DEV]].concat();
        assert_eq!(found(&[], &loaded).as_deref(), Some(DEV));
        assert_eq!(found(&[], &[&loaded[..], &[ADA]].concat()), None);
        assert_eq!(found(&[], &services), None);
        assert_eq!(found(&[("S-1-5-18", true)], &[]), None);
    }

    #[test]
    fn who_has_no_profile_has_no_state() {
        assert_eq!(found(&[("S-1-5-21-1-2-3-500", true)], &[DEV]), None);
    }
}
