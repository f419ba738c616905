//! One request over HTTP and its answer: an exact address, no redirects, bounded in size and time, through the system's
//! proxy and checked against the system's trust.

mod answer;
mod client;
mod deadline;
mod fault;
mod proxy;
mod request;

pub use answer::Answer;
pub use client::{Client, Trust};
pub use deadline::Deadline;
pub use fault::NetworkFault;
pub use request::Request;
