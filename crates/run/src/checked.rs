//! A world that was read, and what of it is shown.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gatelint_lint::Finding;
use gatelint_model::discover::{Loaded, World, load};
use gatelint_model::files::Mapped;
use gatelint_model::{Files, Options, Source};
use gatelint_syntax::FileId;

use crate::settings::File;

/// A world that was read, and which of its files were asked for.
#[derive(Debug)]
pub struct Checked {
    /// The world's directory, relative to the root.
    pub within: PathBuf,
    /// What was read.
    pub loaded: Loaded,
    /// Where its files start from, as they were found and named.
    pub world: World,
    /// Whether the search that found it was cut short.
    pub cut: bool,
    /// Its directory, a path of the machine.
    pub dir: PathBuf,
    /// The settings that hold in it.
    pub file: Arc<File>,
    pub(crate) options: Options,
    pub(crate) scope: Scope,
}

/// What of a world is shown.
#[derive(Debug)]
pub(crate) enum Scope {
    Everything,
    /// What has to do with these files.
    Files(Vec<FileId>),
}

impl Checked {
    /// A gatelint.toml, as the world that its mistakes are shown in.
    #[must_use]
    pub fn settings(file: Arc<File>) -> Self {
        let dir = file.path.as_deref().and_then(Path::parent).unwrap_or(&file.base).to_path_buf();
        let (within, loaded) = (PathBuf::new(), file.loaded());
        let (world, options) = (World::default(), Options::default());
        Self { within, loaded, cut: false, dir, file, world, options, scope: Scope::Everything }
    }

    /// The texts that were read from the file at `path` of the root, also through a link.
    pub fn files_at(&self, path: &Path) -> Vec<FileId> {
        let dir = Path::new("/").join(&self.within);
        let inside = Path::new("/").join(path.strip_prefix(&dir).unwrap_or(path));
        let sources = self.loaded.stack.sources.iter();
        let is_it = |source: &Source| source.path == inside || source.file() == inside;
        let files: Vec<FileId> = sources.filter(|(_, source)| is_it(source)).map(|(id, _)| id).collect();
        match &self.scope {
            Scope::Files(shown) if files.is_empty() => shown.clone(),
            _ => files,
        }
    }

    /// The texts that were asked for.
    pub fn asked_sources(&self) -> impl Iterator<Item = &Source> {
        let is_asked = |file: &FileId| match &self.scope {
            Scope::Everything => true,
            Scope::Files(files) => files.contains(file),
        };
        self.loaded.stack.sources.iter().filter(move |(file, _)| is_asked(file)).map(|(_, source)| source)
    }

    /// Reads the world again, from its directory or from what is laid over it.
    pub fn reload(&self, files: &dyn Files) -> Loaded {
        load(&Mapped::new(files, self.file.maps(&self.dir)), &self.world, &self.options)
    }

    /// What was said of its target, the settings included.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The paths of the texts that were asked for by name; `None` where everything was.
    pub fn asked(&self) -> Option<Vec<&Path>> {
        let Scope::Files(files) = &self.scope else { return None };
        let sources = files.iter().filter_map(|file| self.loaded.stack.sources.get(*file));
        Some(sources.map(|source| source.path.as_path()).collect())
    }

    /// Shows nothing but what has to do with the file at `path` of the root.
    pub fn narrow(&mut self, path: &Path) {
        self.scope = Scope::Files(self.files_at(path));
    }

    /// Whether a finding has to do with what was asked for.
    pub fn shows(&self, finding: &Finding) -> bool {
        match &self.scope {
            Scope::Everything => true,
            Scope::Files(files) => std::iter::once(&finding.primary)
                .chain(&finding.related)
                .any(|label| files.contains(&label.span.file)),
        }
    }
}
