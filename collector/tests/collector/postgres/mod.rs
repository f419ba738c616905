//! A PostgreSQL server of a test's own, on a free port of loopback, which ends with the test.

#[cfg(unix)]
mod programs;
#[cfg(unix)]
mod server;

#[cfg(unix)]
pub(crate) use server::Postgres;

/// Where there is no way yet to start a server, no test has one.
#[cfg(not(unix))]
pub(crate) enum Postgres {}

#[cfg(not(unix))]
#[allow(
    clippy::unused_self,
    clippy::needless_pass_by_ref_mut,
    dead_code,
    reason = "the same as where there is one"
)]
impl Postgres {
    pub(crate) fn start() -> Option<Self> {
        eprintln!("not tried: PostgreSQL is started on Unix alone");
        None
    }

    pub(crate) fn start_durable() -> Option<Self> {
        Self::start()
    }

    pub(crate) fn url(&self) -> String {
        match *self {}
    }

    pub(crate) fn restart(&mut self) {
        match *self {}
    }

    pub(crate) fn stop(&mut self) {
        match *self {}
    }

    pub(crate) fn start_again(&mut self) {
        match *self {}
    }
}
