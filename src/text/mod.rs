//! Files as they are read: bytes, their text in any common encoding, and places within them.

mod document;
mod draft;
mod encoding;
mod host;
pub mod ini;
pub mod json;
mod lines;
mod list;
mod named;
pub mod properties;
mod reference;
pub mod toml;
mod user_info;
pub mod xml;
pub mod yaml;

pub use document::{Custody, Document};
pub use draft::Draft;
pub use encoding::Text;
pub use host::may_name_host;
pub use lines::{Line, lines, range_in, with_lines};
pub use list::Cut;
pub use named::only_organization;
pub use reference::is_reference;
pub use user_info::{UserInfo, is_token_like};
