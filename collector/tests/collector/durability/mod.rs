//! What an acknowledgement is worth: collectors and databases are ended under load, and nothing is lost or there twice.

mod kept;
mod kill;
mod restart;
mod sender;
mod together;
