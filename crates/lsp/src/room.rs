//! One world in an editor: its texts over the disk, what was read of them and what was found.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gatelint_lint::{Filter, Finding};
use gatelint_model::discover::{Loaded, World, load, load_after};
use gatelint_model::files::{Mapped, Memo, Overlay, Rooted};
use gatelint_model::{Options, Origin, Stack};
use gatelint_rules::RULES;
use gatelint_run::settings::File;
use gatelint_run::world::Checked;
use gatelint_syntax::FileId;

/// A world. What lies on disk is read once, until somebody says that it has changed.
pub(crate) struct Room {
    /// The directory that plays `/`: a path of the machine.
    pub(crate) dir: PathBuf,
    world: World,
    options: Options,
    /// The settings that hold in it.
    settings: Arc<File>,
    disk: Rooted,
    memo: Memo,
    /// The open texts below its directory, by absolute path within it.
    texts: BTreeMap<PathBuf, Vec<u8>>,
    /// By the same paths: the names under which the world reads each.
    names: BTreeMap<PathBuf, Vec<PathBuf>>,
    loaded: Option<Loaded>,
    /// The texts that were edited since it was read.
    edited: Vec<PathBuf>,
    findings: Option<Vec<Finding>>,
}

impl Room {
    /// The room of a world that was found below `root`, with the open texts of the machine.
    pub(crate) fn new<'a>(
        root: &Path,
        checked: Checked,
        texts: impl Iterator<Item = (&'a PathBuf, &'a [u8])>,
    ) -> Option<Self> {
        let dir: PathBuf = root.join(&checked.within).components().collect();
        let disk = Rooted::open(&dir).ok()?;
        let inside = |path: &Path| Some(Path::new("/").join(path.strip_prefix(&dir).ok()?));
        let texts = texts.filter_map(|(path, text)| Some((inside(path)?, text.to_vec()))).collect();
        let mut room = Self {
            options: checked.options().clone(),
            settings: checked.file,
            world: checked.world,
            disk,
            memo: Memo::default(),
            texts,
            names: BTreeMap::new(),
            loaded: Some(checked.loaded),
            edited: Vec::new(),
            findings: None,
            dir: dir.clone(),
        };
        room.find_names();
        Some(room)
    }

    /// Finds out under which names the world reads the open texts: links lead to them too.
    fn find_names(&mut self) {
        let overlay = Overlay::new(&self.disk, texts(&self.texts));
        let mut names: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
        let open: BTreeMap<PathBuf, &PathBuf> =
            self.texts.keys().map(|path| (overlay.real(path), path)).collect();
        let sources = self.loaded.iter().flat_map(|loaded| loaded.stack.sources.iter());
        for (_, source) in sources.filter(|(_, source)| source.origin == Origin::Tree) {
            let path = open.get(&overlay.real(&source.path)).or_else(|| open.get(source.file()));
            if let Some(path) = path {
                names.entry((*path).clone()).or_default().push(source.path.clone());
            }
        }
        self.names = names;
    }

    /// The absolute path within it of a path of the machine.
    pub(crate) fn inside(&self, path: &Path) -> Option<PathBuf> {
        Some(Path::new("/").join(path.strip_prefix(&self.dir).ok()?))
    }

    /// Whether it reads the open text at a path of the machine.
    pub(crate) fn reads(&self, path: &Path) -> bool {
        self.inside(path).is_some_and(|path| self.names.contains_key(&path))
    }

    /// Takes a new text of a file that it reads.
    pub(crate) fn edit(&mut self, path: &Path, text: &[u8]) {
        let Some(path) = self.inside(path) else { return };
        self.texts.insert(path.clone(), text.to_vec());
        if !self.edited.contains(&path) {
            self.edited.push(path);
        }
        self.findings = None;
    }

    /// What it reads, as the texts are now.
    pub(crate) fn loaded(&mut self) -> &Loaded {
        let edited = std::mem::take(&mut self.edited);
        let before = self.loaded.take();
        let loaded = match before {
            Some(loaded) if edited.is_empty() => loaded,
            before => {
                let names: Vec<PathBuf> =
                    edited.iter().filter_map(|path| self.names.get(path)).flatten().cloned().collect();
                names.iter().for_each(|name| self.memo.forget(name));
                let overlay = Overlay::new(&self.disk, texts(&self.texts));
                let mapped = Mapped::new(&overlay, self.settings.maps(&self.dir));
                let files = self.memo.over(&mapped);
                match before {
                    Some(before) => load_after(before, &names, &files, &self.world, &self.options),
                    None => load(&files, &self.world, &self.options),
                }
            }
        };
        self.loaded.insert(loaded)
    }

    /// What was found; `None` where `is_stale` said so meanwhile.
    pub(crate) fn judge(&mut self, is_stale: &(dyn Fn() -> bool + Sync)) -> Option<(&Loaded, &[Finding])> {
        self.loaded();
        let loaded = self.loaded.as_ref()?;
        if self.findings.is_none() {
            let filter = Filter { policy: self.settings.policy(&self.dir).into(), ..Filter::default() };
            let outcome = gatelint_lint::run_unless(&loaded.stack, RULES, &filter, is_stale);
            self.findings = outcome.map(|outcome| outcome.findings);
        }
        Some((loaded, self.findings.as_deref()?))
    }

    /// Whether its findings are those of the texts as they are.
    pub(crate) fn is_judged(&self) -> bool {
        self.findings.is_some()
    }

    /// The text that the world reads from a path of the machine.
    pub(crate) fn file(&mut self, path: &Path) -> Option<(&Stack, FileId)> {
        let inside = self.inside(path)?;
        let name = self.names.get(&inside).and_then(|names| names.first()).cloned().unwrap_or(inside);
        let stack = &self.loaded().stack;
        Some((stack, stack.sources.find(&name)?))
    }

    /// The path of the machine at which a text is edited; `None` for one that the program brings along.
    pub(crate) fn path_of(dir: &Path, stack: &Stack, file: FileId) -> Option<PathBuf> {
        let source = stack.sources.get(file).filter(|source| source.origin != Origin::Stock)?;
        let inside = source.file();
        Some(dir.join(inside.strip_prefix("/").unwrap_or(inside)))
    }

    /// What it read last.
    pub(crate) fn stack(&self) -> Option<&Stack> {
        self.loaded.as_ref().map(|loaded| &loaded.stack)
    }

    /// What was found in it last.
    pub(crate) fn findings(&self) -> &[Finding] {
        self.findings.as_deref().unwrap_or_default()
    }

    /// Its files on disk.
    pub(crate) fn disk(&self) -> &Rooted {
        &self.disk
    }
}

fn texts(texts: &BTreeMap<PathBuf, Vec<u8>>) -> impl Iterator<Item = (&PathBuf, &[u8])> {
    texts.iter().map(|(path, text)| (path, text.as_slice()))
}
