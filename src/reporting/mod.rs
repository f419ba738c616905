//! x
mod standing;
pub use standing::*;
