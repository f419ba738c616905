//! `rekey scan`.

use std::collections::BTreeSet;

use super::args::Places;
use super::fault::{Exit, Fault};
use super::find::Extent;
use super::session::Session;
use super::{find, scope, service, show};
use crate::model::Scan;
use crate::reporting::is_unread;

/// Finds and judges; changes nothing.
pub(super) fn scan(
    session: &Session,
    places: &Places,
    all: bool,
    as_sarif: bool,
) -> Result<Exit, Fault> {
    find::check_depth(session, places)?;
    let memory = find::Memory::to_look(session)?;
    let mut scope = scope::learn(session, &memory)?;
    let known = if session.asking.tokens {
        service::learn_tenants(session, &mut scope)
    } else {
        BTreeSet::new()
    };
    let mut found = find::find(
        session,
        &scope,
        &Extent {
            all,
            ..Extent::of(session, places)
        },
        &memory,
    );
    found.seen.extend(known);
    service::verify(session, &scope, &mut found);
    scope::warn_of_unknown(session, &scope, &found);
    scope::say_undated(session, &scope);
    if as_sarif {
        session.print_json(&show::sarif(&found.scan))?;
    } else if session.json {
        session.print_json(&found.scan)?;
    } else {
        session.print(&show::findings(
            &found.scan,
            &session.layout,
            session.loudness > 0,
        ))?;
    }
    Ok(exit(&found.scan))
}

/// A place that could not be read outweighs what remains: nobody may take the rest for the whole.
pub(super) fn exit(scan: &Scan) -> Exit {
    if scan.places.iter().any(is_unread) {
        Exit::Failed
    } else if scan.summary.stale + scan.summary.unsure > 0 {
        Exit::Remains
    } else {
        Exit::Done
    }
}
