//! Keeps what this process holds in memory out of core dumps.

/// Asks the system not to write this process's memory to a disk when it crashes.
///
/// Where it cannot be asked rekey goes on: secrets are wiped when they are dropped in any case.
pub fn refuse() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};

        let none = Rlimit {
            current: Some(0),
            maximum: Some(0),
        };
        if let Err(error) = setrlimit(Resource::Core, none) {
            tracing::debug!(%error, "core dumps stay allowed");
        }
    }
    // The limit does not hold for a system that pipes dumps to a program.
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};

        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            tracing::debug!(%error, "core dumps stay allowed");
        }
    }
}
