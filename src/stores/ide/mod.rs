//! Stores: development environments and git clients with windows.

mod editors;
mod sqlite;
mod vscode;

pub(super) use editors::settings_folders;
pub use vscode::VsCode;
