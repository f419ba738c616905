//! Stores: development environments and git clients with windows.

mod editors;
mod jetbrains;
mod sqlite;
mod vscode;

pub(super) use editors::settings_folders;
pub use jetbrains::JetBrains;
pub use vscode::VsCode;
