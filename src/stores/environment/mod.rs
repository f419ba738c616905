//! Variables: of the process, in what shells and sessions read when they start, in projects, and in what was typed.

mod dotenv;
mod holding;
mod launchd;
mod mise;
mod names;
mod plist;
mod profiles;
mod registered;
mod script;
mod shell_history;
mod shell_profile;
mod siblings;
mod sweep;
mod variables;

pub use dotenv::Dotenv;
pub use shell_history::ShellHistory;
pub use shell_profile::ShellProfile;
pub use variables::Environment;
