//! Files as they are read: bytes, their text in any common encoding, and places within them.

mod document;
mod draft;
mod encoding;

pub use document::{Custody, Document};
pub use draft::Draft;
pub use encoding::Text;
