//! Files as they are read: bytes, their text in any common encoding, and places within them.

mod document;
mod draft;
mod encoding;
pub mod hcl;
pub mod ini;
pub mod json;
mod lines;
mod list;
mod named;
pub mod properties;
mod reference;
mod telling;
mod tokens;
pub mod toml;
mod user_info;
mod wildcard;
pub mod xml;
pub mod yaml;

pub use document::{Custody, Document};
pub use draft::Draft;
pub(crate) use draft::{file_location, hold};
pub use encoding::Text;
pub use lines::{Line, lines, range_in, whole_lines, with_lines};
pub use list::Cut;
pub use named::only_organization;
pub use reference::is_reference;
pub use telling::tells_of_azure_devops;
pub use tokens::{tokens, tokens_beside_addresses};
pub use user_info::{UserInfo, is_token_like};
pub(crate) use wildcard::Wildcard;
