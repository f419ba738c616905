//! Goes through the places of git config files and what they include.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::super::{gcm_defaults, installations};
use super::{
    Config, Configs, Given, Reach, Remotes, folders, is_below_home, may_look_at, open_named,
    outside,
};
use crate::model::PlaceState;
use crate::platform::{System, read};
use crate::stores::Finder;
use crate::stores::folders::homes;

/// git's own limit (`MAX_INCLUDE_DEPTH`).
const INCLUDE_DEPTH: u32 = 10;
/// How many includes of one file are followed.
const INCLUDES: usize = 500;
/// How many settings of the environment are read.
const VARIABLES: usize = 1_000;
/// How deep below `modules` a submodule's git folder may be.
const MODULE_DEPTH: u32 = 10;

pub(super) struct Collector<'a> {
    finder: Finder<'a>,
    configs: Configs,
    /// Paths and targets that were read, with their index; `None` where nothing came of it.
    known: HashMap<PathBuf, Option<usize>>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(finder: Finder<'a>) -> Self {
        Self {
            finder,
            configs: Configs::default(),
            known: HashMap::new(),
        }
    }

    pub(super) fn collect(mut self) -> Configs {
        self.configs.variables = self.environment();
        self.person();
        self.machine();
        self.defaults();
        self.configs.own_places = self.finder.places().len();
        for repository in self.finder.repositories() {
            self.repository(&repository.git_dir, 0);
        }
        self.finish()
    }

    /// git-config(1), FILES; a variable that names another file does not make the usual ones safe.
    fn person(&mut self) {
        let folders = self.finder.folders();
        for home in homes(&self.finder) {
            self.read(&home.join(".gitconfig"), Reach::Person, 0);
        }
        self.read(&folders.xdg_config.join("git/config"), Reach::Person, 0);
        self.variable("GIT_CONFIG_GLOBAL", Reach::Person);
    }

    fn machine(&mut self) {
        let platform = self.finder.platform();
        if platform.hermetic() {
            return;
        }
        let below = |variable: &str, path: &str| {
            let base = platform.variable(variable).map(PathBuf::from);
            base.map(|base| base.join(path))
        };
        let files = match platform.system() {
            System::Linux => vec![Some("/etc/gitconfig".into())],
            System::MacOs => vec![
                Some("/etc/gitconfig".into()),
                Some("/usr/local/etc/gitconfig".into()),
                Some("/opt/homebrew/etc/gitconfig".into()),
                Some("/Library/Developer/CommandLineTools/usr/share/git-core/gitconfig".into()),
                Some(
                    "/Applications/Xcode.app/Contents/Developer/usr/share/git-core/gitconfig"
                        .into(),
                ),
            ],
            System::Windows => vec![
                below("ProgramFiles", "Git/etc/gitconfig"),
                // Installed for one person.
                below("LOCALAPPDATA", "Programs/Git/etc/gitconfig"),
                below("ProgramData", "Git/config"),
            ],
        };
        for file in files.iter().flatten() {
            self.read(file, Reach::Machine, 0);
        }
        for file in installations::settings(&mut self.finder) {
            if !self.known.contains_key(&file) {
                self.read_if_there(&file, Reach::Machine);
            }
        }
        self.variable("GIT_CONFIG_SYSTEM", Reach::Machine);
    }

    /// What holds where no file says anything; git itself does not read it.
    fn defaults(&mut self) {
        for document in gcm_defaults::documents(&mut self.finder) {
            let config = Config::made_up(document, Reach::Machine);
            self.configs.files.push(config);
        }
    }

    fn environment(&self) -> Vec<Given> {
        let platform = self.finder.platform();
        let text = |name: String| Some((platform.variable(&name)?.into_string().ok()?, name));
        let count = text("GIT_CONFIG_COUNT".to_owned());
        let count: usize = count.and_then(|(count, _)| count.parse().ok()).unwrap_or(0);
        let given = |index: usize| {
            let (name, _) = text(format!("GIT_CONFIG_KEY_{index}"))?;
            let (value, variable) = text(format!("GIT_CONFIG_VALUE_{index}"))?;
            let (section, rest) = name.split_once('.')?;
            let (subsection, key) = match rest.rsplit_once('.') {
                Some((subsection, key)) => (Some(subsection.to_owned()), key),
                None => (None, rest),
            };
            Some(Given {
                variable,
                section: section.to_ascii_lowercase(),
                subsection,
                key: key.to_ascii_lowercase(),
                value,
            })
        };
        (0..count.min(VARIABLES)).filter_map(given).collect()
    }

    fn variable(&mut self, name: &str, reach: Reach) {
        if let Some(path) = self.finder.platform().variable(name).map(PathBuf::from)
            && path.is_absolute()
        {
            self.read(&path, reach, 0);
        }
    }

    fn repository(&mut self, git_dir: &Path, depth: u32) {
        if !self.may_enter(git_dir) {
            return outside(&mut self.finder, git_dir);
        }
        let reach = Reach::Repository(self.configs.remotes.len());
        self.configs.remotes.push(Remotes {
            git_dir: git_dir.to_owned(),
            ..Remotes::default()
        });
        self.configs.git_dirs.push(git_dir.to_owned());
        self.configs.repositories.push(git_dir.to_owned());
        self.read(&git_dir.join("config"), reach, 0);
        self.read_if_there(&git_dir.join("config.worktree"), reach);
        for work_tree in folders(&mut self.finder, &git_dir.join("worktrees")) {
            self.read_if_there(&work_tree.join("config.worktree"), reach);
            self.configs.git_dirs.push(work_tree);
        }
        self.modules(&git_dir.join("modules"), depth + 1);
    }

    /// A `.git` file may lead anywhere, and so may a link.
    fn may_enter(&self, git_dir: &Path) -> bool {
        let finder = &self.finder;
        if !finder.platform().hermetic() {
            return true;
        }
        let real = may_look_at(finder, git_dir).then(|| read::real_folder(git_dir));
        real.is_some_and(|real| real.is_ok_and(|real| is_below_home(finder, &real)))
    }

    /// A submodule's name, and so its folder, may have slashes.
    fn modules(&mut self, folder: &Path, depth: u32) {
        if depth > MODULE_DEPTH {
            self.finder
                .unreadable(folder, "submodules are nested too deep to be looked at");
            return;
        }
        for folder in folders(&mut self.finder, folder) {
            let head = folder.join("HEAD");
            if self.finder.may_look(&head) && head.is_file() {
                self.repository(&folder, depth);
            } else {
                self.modules(&folder, depth + 1);
            }
        }
    }

    fn read_if_there(&mut self, path: &Path, reach: Reach) {
        if !self.finder.is_absent(path) {
            self.read(path, reach, 0);
        }
    }

    fn read(&mut self, path: &Path, reach: Reach, depth: u32) {
        if depth == 0 && matches!(reach, Reach::Person | Reach::Machine) {
            self.configs.starts.push(path.to_owned());
        }
        if let Some(known) = self.known.get(path) {
            return self.reach_again(*known, reach, depth);
        }
        self.known.insert(path.to_owned(), None);
        let Some(document) = open_named(&mut self.finder, path) else {
            return;
        };
        let target = document.target().to_owned();
        if let Some(known @ Some(_)) = self.known.get(&target).copied() {
            self.known.insert(path.to_owned(), known);
            return self.reach_again(known, reach, depth);
        }
        let mut config = Config::new(document, reach);
        config.included = depth > 0;
        if let Some(offset) = config.parsed.fault {
            let line = config.document.text().line(offset);
            let reason =
                format!("git cannot read it: line {line} is not git config; mend that line");
            self.finder.unreadable(path, reason);
        }
        let index = self.configs.files.len();
        self.configs.files.push(config);
        self.known.insert(target, Some(index));
        self.known.insert(path.to_owned(), Some(index));
        self.includes(index, reach, depth);
    }

    /// A file that git looks for by itself stays whose it is, whoever includes it.
    fn reach_again(&mut self, known: Option<usize>, reach: Reach, depth: u32) {
        let Some((index, config)) = known.and_then(|index| {
            let config = self.configs.files.get_mut(index)?;
            Some((index, config))
        }) else {
            return;
        };
        if !config.included || depth > 0 && [reach, Reach::Several].contains(&config.reach) {
            return;
        }
        config.included = depth > 0;
        config.reach = if depth > 0 { Reach::Several } else { reach };
        let reach = config.reach;
        self.includes(index, reach, depth);
    }

    /// Follows includes whatever their conditions say: a token is a token in a file that is not used now.
    fn includes(&mut self, index: usize, reach: Reach, depth: u32) {
        let Some(config) = self.configs.files.get(index) else {
            return;
        };
        let home = self.finder.home();
        let entries = config.parsed.entries.iter();
        let paths: Vec<PathBuf> = entries
            .filter_map(|entry| config.include(entry, home))
            .take(INCLUDES)
            .collect();
        for path in paths {
            if depth < INCLUDE_DEPTH {
                self.read(&path, reach, depth + 1);
            } else {
                let reason = Some("includes are nested too deep; git refuses them too".to_owned());
                self.finder.place(&path, PlaceState::Skipped, reason);
            }
        }
    }

    fn finish(mut self) -> Configs {
        for config in &self.configs.files {
            if let Reach::Repository(index) = config.reach
                && let Some(remotes) = self.configs.remotes.get_mut(index)
            {
                remotes.learn(config);
            }
        }
        let files = std::mem::take(&mut self.configs.files);
        let mut moved = vec![None; files.len()];
        for (old, config) in files.into_iter().enumerate() {
            if config.is_of_interest() {
                moved[old] = Some(self.configs.files.len());
                self.configs.files.push(config);
            }
        }
        let known = self.known.into_iter();
        let by_path = known.filter_map(|(path, old)| Some((path, (*moved.get(old?)?)?)));
        self.configs.by_path = by_path.collect();
        self.configs.places = self.finder.finish().places;
        self.configs
    }
}
