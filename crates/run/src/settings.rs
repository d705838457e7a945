//! Which gatelint.toml holds where, and what it comes to beside the command line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use gatelint_lint::Rule;
use gatelint_lint::settings::{FILE_NAME, Policy, Reading, Settings};
use gatelint_model::discover::{self, Loaded};
use gatelint_model::files::{Memory, Rooted};
use gatelint_model::host::Facts;
use gatelint_model::stack::Containers;
use gatelint_model::{Files, Origin};
use gatelint_syntax::FileId;

use crate::root::{absolute, plain_error};

/// One gatelint.toml, or that there is none.
#[derive(Debug, Default)]
pub struct File {
    /// Where it lies: an absolute path of the machine.
    pub path: Option<PathBuf>,
    /// The directory that its paths start from.
    pub base: PathBuf,
    text: Vec<u8>,
    /// What was understood of it, and what was not.
    pub reading: Reading,
    /// Why it could not be read.
    pub failure: Option<String>,
    /// Made ready once: patterns take their time.
    policy: OnceLock<Policy>,
}

impl File {
    /// What it says.
    pub fn settings(&self) -> &Settings {
        &self.reading.settings
    }

    /// Its text as read; empty where there is none.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    fn none() -> Self {
        Self { base: PathBuf::from("/"), ..Self::default() }
    }

    /// Reads the file at `path`; nothing outside `top` is read on the way.
    fn read(path: &Path, top: &Path, base: &Path, rules: &[Rule]) -> Self {
        let file = Self { path: Some(path.to_path_buf()), base: base.to_path_buf(), ..Self::default() };
        let inside = Path::new("/").join(path.strip_prefix(top).unwrap_or(path));
        let text = Rooted::open(top).map_err(plain_error);
        match text.and_then(|files| files.read(&inside).map_err(|error| error.to_string())) {
            Ok(text) => Self { reading: Reading::new(&text, FileId(0), rules), text, ..file },
            Err(message) => Self { failure: Some(message), ..file },
        }
    }

    /// A world that holds nothing but the file: what its places are shown in.
    pub fn loaded(&self) -> Loaded {
        let nothing = discover::World::default();
        let mut loaded = discover::load(&Memory::default(), &nothing, &gatelint_model::Options::default());
        let name = self.path.as_deref().and_then(Path::file_name).unwrap_or(FILE_NAME.as_ref());
        loaded.stack.sources.add(Path::new("/").join(name), self.text.clone(), Origin::Tree);
        loaded
    }
}

/// What is said of settings from outside of them.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The file that holds, wherever the world lies.
    pub config: Option<PathBuf>,
    /// Whether no file is looked for.
    pub no_config: bool,
    /// What is said of the target; it goes before what a file says.
    pub model: gatelint_model::Options,
    /// Recorded facts of the machine.
    pub facts: Option<Arc<Facts>>,
    /// The rules that a file may name.
    pub rules: &'static [Rule],
}

/// Where the settings of a run come from; each file is read once.
#[derive(Debug)]
pub struct Store {
    model: gatelint_model::Options,
    facts: Option<Arc<Facts>>,
    rules: &'static [Rule],
    given: Option<Arc<File>>,
    files: Mutex<BTreeMap<PathBuf, Arc<File>>>,
}

impl Store {
    /// # Errors
    /// When the file that is named cannot be read.
    pub fn new(asked: Asked) -> Result<Self, String> {
        let Asked { config, no_config, model, facts, rules } = asked;
        let given = match &config {
            Some(named) => {
                let wrong = |message: String| format!("{}: {message}", named.display());
                let path = absolute(named).map_err(|error| wrong(plain_error(error)))?;
                let here = absolute(Path::new(".")).map_err(|error| wrong(plain_error(error)))?;
                let file = File::read(&path, Path::new("/"), &here, rules);
                if let Some(message) = file.failure {
                    return Err(wrong(message));
                }
                Some(Arc::new(file))
            }
            None => no_config.then(|| Arc::new(File::none())),
        };
        Ok(Self { model, facts, rules, given, files: Mutex::default() })
    }

    /// The settings that hold in a directory of the machine: the nearest file upwards, within its git work tree where it
    /// is in one.
    pub fn at(&self, dir: &Path) -> Arc<File> {
        if let Some(given) = &self.given {
            return Arc::clone(given);
        }
        let top = dir.ancestors().find(|dir| dir.join(".git").exists());
        let within = |dir: &&Path| top.is_none_or(|top| dir.starts_with(top));
        let exists = |dir: &&Path| dir.join(FILE_NAME).symlink_metadata().is_ok();
        let holder = dir.ancestors().take_while(within).find(exists);
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let file = files.entry(holder.map(Path::to_path_buf).unwrap_or_default()).or_insert_with(|| {
            Arc::new(match holder {
                Some(dir) => File::read(&dir.join(FILE_NAME), top.unwrap_or(dir), dir, self.rules),
                None => File::none(),
            })
        });
        Arc::clone(file)
    }

    /// The root that the settings at a path name, where the path lies below it.
    pub fn root_near(&self, path: &Path) -> Option<PathBuf> {
        let path = absolute(path).ok()?;
        let file = self.at(if path.is_dir() { &path } else { path.parent()? });
        let root = file.base.join(file.settings().root.as_ref()?.path());
        // A link may not lead out.
        let real = root.canonicalize().ok()?;
        let is_inside = real.starts_with(file.base.canonicalize().ok()?);
        let is_around = path.starts_with(&root) || root.starts_with(&path);
        (is_inside && is_around && real.is_dir()).then_some(root)
    }

    /// What the command line, the settings and recorded facts say of the target, in this order; the world's directory is
    /// `world`.
    pub fn model(&self, file: &File, world: &Path) -> gatelint_model::Options {
        let settings = file.settings();
        let mut options = self.model.clone();
        let nginx = settings.nginx.version.as_ref().map(|version| (version.0, version.1, version.2));
        let php = settings.php.version.as_ref().map(|version| (version.0, version.1));
        options.php_version = options.php_version.or(php);
        options.nginx_version = options.nginx_version.or(nginx);
        options.nginx_flavour = options.nginx_flavour.or(settings.nginx.flavour.map(Into::into));
        let compose = settings.containers.compose.iter().filter_map(|path| file.within(path.path(), world));
        options.containers = Containers { compose: compose.collect(), apart: settings.containers.apart };
        match self.facts.clone() {
            Some(facts) => options.with_facts(facts),
            None => options,
        }
    }

    /// Every file that was read and holds something to say of, in order.
    pub fn troubled(&self) -> Vec<Arc<File>> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let all = self.given.iter().chain(files.values());
        all.filter(|file| file.failure.is_some() || !file.reading.problems.is_empty()).cloned().collect()
    }
}

impl File {
    /// The settings made ready for the world in `world`.
    pub fn policy(&self, world: &Path) -> Policy {
        let policy = self.policy.get_or_init(|| Policy::new(self.settings(), Path::new("/"), &self.base));
        policy.in_world(world)
    }

    /// The directories of a world that lie elsewhere on the host.
    pub fn maps(&self, world: &Path) -> Vec<(PathBuf, PathBuf)> {
        let all = self.settings().map.iter();
        all.filter_map(|map| Some((self.within(map.from.path(), world)?, map.to.path().to_path_buf())))
            .collect()
    }

    /// Where a path of the file lies in a world; `None` where it lies outside.
    pub fn within(&self, path: &Path, world: &Path) -> Option<PathBuf> {
        Some(Path::new("/").join(self.base.join(path).strip_prefix(world).ok()?))
    }
}
