//! Files as they are read: bytes, their text in any common encoding, and places within them.

mod document;
mod draft;
mod encoding;
pub mod ini;
pub mod json;
mod lines;
mod list;
mod named;
mod reference;
mod user_info;

pub use document::{Custody, Document};
pub use draft::Draft;
pub use encoding::Text;
pub use lines::{Line, lines, range_in};
pub use list::Cut;
pub use named::only_organization;
pub use reference::is_reference;

pub use user_info::{UserInfo, is_token_like};
