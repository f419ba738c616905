//! Stores: development environments and git clients with windows.

mod editors;
mod github_desktop;
mod jetbrains;
mod sourcetree;
mod sqlite;
mod token_storage;
mod visual_studio;
mod vscode;

use crate::model::Scope;
use crate::text::Document;

pub(super) use editors::settings_folders;
pub use github_desktop::GitHubDesktop;
pub use jetbrains::JetBrains;
pub use sourcetree::Sourcetree;
pub use visual_studio::{VisualStudio, is_seen as has_visual_studio};
pub use vscode::VsCode;

/// Whether a sealed file was last written before every change: then what it holds is old, whosever it is.
fn older_than_the_change(scope: &Scope, document: &Document) -> bool {
    let changes = scope.organizations.iter();
    let first = changes
        .filter_map(|organization| organization.connected_at)
        .min();
    let written = document.written();
    written
        .zip(first)
        .is_some_and(|(written, first)| written < first)
}
