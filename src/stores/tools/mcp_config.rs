//! Servers of the Model Context Protocol in the settings of editors and assistants: tokens in their environment, headers
//! and arguments, and tenants that they pin.
//!
//! Sources: code.visualstudio.com, "MCP configuration reference"; microsoft/azure-devops-mcp, README and `src/auth.ts`;
//! modelcontextprotocol.io, "Connect to local MCP servers"; docs.github.com, "Copilot CLI"; docs.windsurf.com.

mod server;

use std::path::{Path, PathBuf};

use jsonc_parser::ast::Object;

use crate::model::{Remedy, Scope};
use crate::stores::json_slots::{self, MOST_FOUND, Owners, Slot};
use crate::stores::{About, Finder, Store, ide};
use crate::text::{Document, Draft, json};
use server::Servers;

const NAME: &str = "mcp-config";

/// The store.
#[derive(Debug)]
pub struct McpConfig;

/// What else stands in a file beside servers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nothing of importance: everything in it is looked at.
    Servers,
    /// Settings of an editor, which another store looks at.
    Settings,
}

impl Store for McpConfig {
    fn about(&self) -> About {
        About {
            name: NAME,
            title: "Servers for assistants (MCP)",
            clears: "cut the token from the server's \"env\" and let the editor ask for it with \"inputs\"",
        }
    }

    fn project_files(&self) -> &'static [&'static str] {
        &["mcp.json", ".mcp.json"]
    }

    fn find(&self, finder: &mut Finder<'_>) {
        for (path, kind) in files(finder) {
            let Some(document) = finder.open_once(&path) else {
                continue;
            };
            match json::object_with_comments(document.as_str()) {
                Ok(None) => {}
                Ok(Some(object)) => {
                    let slots = json_slots::below(&object);
                    let scope = finder.scope();
                    let drafts = drafts(&document, &object, &slots, kind, scope);
                    json_slots::enter_drafts(finder, &document, &slots, drafts, Remedy::Consent);
                }
                Err(reason) => finder.unreadable(&path, reason),
            }
        }
    }
}

fn files(finder: &mut Finder<'_>) -> Vec<(PathBuf, Kind)> {
    let folders = finder.folders();
    let mut files = Vec::new();
    for folder in ide::settings_folders(finder) {
        files.push((folder.join("mcp.json"), Kind::Servers));
        files.push((folder.join("settings.json"), Kind::Settings));
    }
    let home = |path: &str| folders.home.join(path);
    files.extend([
        (home(".claude.json"), Kind::Servers),
        (
            folders.config.join("Claude/claude_desktop_config.json"),
            Kind::Servers,
        ),
        (home(".cursor/mcp.json"), Kind::Servers),
        (home(".copilot/mcp-config.json"), Kind::Servers),
        (home(".codeium/windsurf/mcp_config.json"), Kind::Servers),
        (home(".gemini/settings.json"), Kind::Servers),
        (home(".mcp.json"), Kind::Servers),
    ]);
    let projects = finder
        .project_files()
        .into_iter()
        .filter(|path| is_of_project(path));
    files.extend(projects.map(|path| (path.to_owned(), Kind::Servers)));
    files
}

/// `.mcp.json`, and `mcp.json` in the folder of an editor: `.vscode`, `.cursor`, `.vs`.
fn is_of_project(path: &Path) -> bool {
    let names = [path.file_name(), path.parent().and_then(Path::file_name)];
    let hidden = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(b".");
    names.into_iter().flatten().any(hidden)
}

fn drafts<'d>(
    document: &'d Document,
    object: &Object<'_>,
    slots: &[Slot<'_, '_>],
    kind: Kind,
    scope: &Scope,
) -> Vec<Draft<'d>> {
    let text = document.as_str();
    let servers = Servers::of(text, object);
    let mut owners = Owners::new(text);
    let mut found = Vec::new();
    for (index, slot) in slots.iter().enumerate() {
        if found.len() > MOST_FOUND {
            break;
        }
        let drafts: Vec<_> = match servers.around(slot) {
            Some(server) => {
                let before = index.checked_sub(1).and_then(|index| slots.get(index));
                let before = before.filter(|before| before.is_beside(slot));
                let drafts = server.drafts(document, slot, before, scope, &mut owners);
                let drafts = drafts.into_iter().map(|draft| {
                    if servers.several {
                        server.alone(draft)
                    } else {
                        draft
                    }
                });
                drafts.collect()
            }
            None if kind == Kind::Servers => {
                json_slots::of_slot(document, slot, NAME, scope, &mut owners)
            }
            None => Vec::new(),
        };
        found.extend(drafts);
    }
    found
}

/// Whether a string of an editor's settings belongs to a server, which is looked at here and nowhere else.
pub(in crate::stores) fn is_of_server(slot: &Slot<'_, '_>) -> bool {
    server::is_below_servers(&slot.path())
}

#[cfg(test)]
mod tests;
