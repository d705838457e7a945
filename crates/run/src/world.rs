//! A root, and how the worlds below it are read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gatelint_model::discover::{Class, Fragment, Loaded, World, load};
use gatelint_model::files::{Mapped, Overlay, Rooted, link_target};
use gatelint_model::nginx::ContextKind;
use gatelint_model::stack::{FpmRoot, NginxRoot};
use gatelint_model::{Files, Options, Source, Sources};
use gatelint_syntax::FileId;

pub use crate::checked::Checked;
use crate::checked::Scope;
use crate::plan::{FOREIGN, NOTHING, Plan};
pub use crate::plan::{Unit, Unusable};
use crate::root::{Target, absolute, common};
use crate::settings::Store;

/// A root, and how to read below it.
pub struct Tree {
    pub(crate) files: Rooted,
    /// What it is on the machine.
    pub(crate) root: PathBuf,
    /// The machine's own `/`: it is not searched.
    pub(crate) is_host: bool,
    /// Whether `--root` names it.
    is_given: bool,
    options: Options,
    /// Texts that hold instead of those on disk, by absolute path within the root.
    texts: BTreeMap<PathBuf, Vec<u8>>,
    /// Where each world's settings are looked up; without it `options` hold.
    pub(crate) store: Option<Arc<Store>>,
    /// Whether no path was named: then it also counts where gatelint was called.
    is_whole_run: bool,
}

impl Tree {
    /// Opens a root; `is_given`: somebody says that it is one.
    ///
    /// # Errors
    /// When it is no directory, or may not be opened.
    pub fn open(root: &Path, is_given: bool, options: &Options) -> std::io::Result<Self> {
        let is_host = root == Path::new("/");
        let options = Options { complete: is_host, ..options.clone() };
        Ok(Self {
            files: Rooted::open(root)?,
            root: root.to_path_buf(),
            is_host,
            is_given,
            options,
            store: None,
            is_whole_run: false,
            texts: BTreeMap::new(),
        })
    }

    /// With the settings that are found at each world; `is_whole_run`: no path was named.
    #[must_use]
    pub fn with_settings(self, store: &Arc<Store>, is_whole_run: bool) -> Self {
        Self { store: Some(Arc::clone(store)), is_whole_run, ..self }
    }

    /// Reads `texts` (by absolute path within the root) instead of what is on disk, where it may have nothing.
    #[must_use]
    pub fn over(mut self, texts: BTreeMap<PathBuf, Vec<u8>>) -> Self {
        self.texts = texts;
        self
    }

    /// The path on the machine of a path within the tree.
    pub(crate) fn on_machine(&self, path: &Path) -> PathBuf {
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// The texts below `dir`, by absolute path within it.
    pub(crate) fn texts_below<'a>(&'a self, dir: &'a Path) -> impl Iterator<Item = (PathBuf, &'a [u8])> {
        let inside = move |path: &'a PathBuf| Some(Path::new("/").join(path.strip_prefix(dir).ok()?));
        self.texts.iter().filter_map(move |(path, text)| Some((inside(path)?, text.as_slice())))
    }

    /// Everything that the tree holds.
    ///
    /// # Errors
    /// When it holds no configuration.
    pub fn everything(&self) -> Result<Vec<Checked>, String> {
        let units = self.plan_everything()?;
        let checked: Vec<Checked> = units.into_iter().flat_map(|unit| self.read_unit(unit).0).collect();
        if checked.is_empty() { Err(NOTHING.to_owned()) } else { Ok(checked) }
    }

    /// What paths name, each world read once.
    pub fn targets(&self, targets: &[&Target]) -> (Vec<Checked>, Vec<Unusable>) {
        let (units, mut unusable) = self.plan(targets);
        let mut checked = Vec::new();
        for unit in units {
            let (found, others) = self.read_unit(unit);
            checked.extend(found);
            unusable.extend(others);
        }
        (checked, unusable)
    }

    /// Reads what was planned; what of it turns out to be of no use is listed.
    pub fn read_unit(&self, unit: Unit) -> (Vec<Checked>, Vec<Unusable>) {
        let Unit { plans, pending, cut } = unit;
        let (mut answered, mut unusable) = (Vec::new(), Vec::new());
        let read = |plan| self.read(plan, cut, &mut answered, &mut unusable);
        let mut checked: Vec<Checked> = plans.into_iter().filter_map(read).collect();
        for target in pending.iter().filter(|target| !answered.contains(&target.named)) {
            match self.apart(&target.path) {
                Ok(found) => checked.extend(found),
                Err(error) => unusable.push(Unusable { path: target.named.clone(), ..error }),
            }
        }
        (checked, unusable)
    }

    /// Reads a world, and finds in it what was asked for; `None` where there is nothing of it.
    fn read(
        &self,
        mut plan: Plan,
        cut: bool,
        answered: &mut Vec<PathBuf>,
        unusable: &mut Vec<Unusable>,
    ) -> Option<Checked> {
        let disk = self.files.subtree(&plan.world.dir).ok()?;
        let inner = plan.world.dir.clone();
        let laid = Overlay::new(&disk, self.texts_below(&inner));
        let dir = self.on_machine(&plan.world.dir);
        let (file, options) = match &self.store {
            Some(store) => {
                let file = store.at(&self.looks_from(&plan, &dir));
                let options = Options { complete: self.is_host, ..store.model(&file, &dir) };
                (file, options)
            }
            None => (Arc::default(), self.options.clone()),
        };
        let files = Mapped::new(&laid, file.maps(&dir));
        start_from(&mut plan.world, &plan.mains);
        let mut loaded = load(&files, &plan.world, &options);
        let mut is_new = false;
        for file in &plan.files {
            match file.class {
                _ if !read_below(&files, &loaded.stack.sources, &file.path).is_empty() => {}
                Some(class) if file.is_template => {
                    plan.world.templates.push(Fragment { path: file.path.clone(), class });
                    is_new = true;
                }
                Some(class) => {
                    add(&mut plan.world, file.path.clone(), class, self.is_given);
                    is_new = true;
                }
                None => {
                    unusable.push(Unusable::foreign(&file.target, FOREIGN));
                }
            }
        }
        if is_new {
            loaded = load(&files, &plan.world, &options);
        }

        let mut everything = plan.everything || !plan.mains.is_empty();
        let mut shown = Vec::new();
        let mut is_usable = everything || plan.files.iter().any(|file| file.class.is_some());
        for asked in plan.files.iter().chain(&plan.dirs) {
            let read = read_below(&files, &loaded.stack.sources, &asked.path);
            let is_main = holds_main(&loaded, &asked.path);
            everything |= is_main;
            if is_main || !read.is_empty() {
                is_usable = true;
                answered.push(asked.target.clone());
            }
            shown.extend(read);
        }
        let scope = if everything { Scope::Everything } else { Scope::Files(shown) };
        let within = plan.world.dir.strip_prefix("/").unwrap_or(&plan.world.dir).to_path_buf();
        is_usable &= !loaded.stack.sources.is_empty() || !loaded.stack.problems.is_empty();
        let world = plan.world;
        is_usable.then_some(Checked { within, loaded, cut, dir, file, world, options, scope })
    }

    /// The directory from which a world's settings are looked for upwards: what was named in it, else where it was called
    /// in it, else its own. The machine's own `/` is not looked at from a project on it.
    pub(crate) fn looks_from(&self, plan: &Plan, world: &Path) -> PathBuf {
        let files = plan.mains.iter().map(|(path, _)| path).chain(plan.files.iter().map(|file| &file.path));
        let dirs = plan.dirs.iter().map(|dir| dir.path.as_path());
        let asked: Vec<&Path> = files.filter_map(|path| path.parent()).chain(dirs).collect();
        if !asked.is_empty() && !plan.everything {
            let common = common(asked);
            return world.join(common.strip_prefix("/").unwrap_or(&common));
        }
        let is_ours = |here: &PathBuf| here.starts_with(world) && (!self.is_host || here.starts_with("/etc"));
        let here = absolute(Path::new(".")).ok().filter(|here| self.is_whole_run && is_ours(here));
        here.unwrap_or_else(|| if self.is_host { PathBuf::from("/etc") } else { world.to_path_buf() })
    }

    /// A directory that the worlds around it know nothing of, as a tree of its own.
    pub(crate) fn inner(&self, dir: &Path) -> Result<Self, Unusable> {
        let wrong = |error: std::io::Error| Unusable { message: error.to_string(), ..Unusable::default() };
        Ok(Self {
            files: self.files.subtree(dir).map_err(wrong)?,
            root: self.on_machine(dir),
            is_host: false,
            is_given: self.is_given,
            options: self.options.clone(),
            texts: self.texts_below(dir).map(|(path, text)| (path, text.to_vec())).collect(),
            store: self.store.clone(),
            is_whole_run: false,
        })
    }

    fn apart(&self, dir: &Path) -> Result<Vec<Checked>, Unusable> {
        let found = self.inner(dir)?.everything();
        let mut found = found.map_err(|message| Unusable::foreign(dir, &message))?;
        let inside = dir.strip_prefix("/").unwrap_or(dir);
        for checked in &mut found {
            checked.within = inside.join(&checked.within);
        }
        Ok(found)
    }
}

/// Makes `mains` the main configurations of their program. One machine runs one nginx; it may run several
/// masters of PHP-FPM, so those that lie elsewhere stay, as does everything where `mains` were found anyway.
fn start_from(world: &mut World, mains: &[(PathBuf, Class)]) {
    let of =
        |nginx: bool| mains.iter().filter(move |(_, class)| class.is_nginx() == nginx).map(|(path, _)| path);
    let roots = &mut world.roots;
    if of(true).next().is_some() {
        roots.nginx =
            of(true).map(|path| NginxRoot { path: path.clone(), context: ContextKind::Main }).collect();
        world.fragments.retain(|fragment| !fragment.class.is_nginx());
    }
    for path in of(false) {
        if roots.fpm.iter().any(|root| root.paths.contains(path)) {
            continue;
        }
        let is_beside = |other: &PathBuf| other.parent() == path.parent();
        roots.fpm.retain(|root| !root.paths.iter().any(is_beside));
        roots.fpm.push(FpmRoot { paths: vec![path.clone()], is_main: true });
        world.fragments.retain(|fragment| fragment.class.is_nginx());
    }
}

/// Adds a file that nothing includes: as the fragment it evidently is, or, where `--root` says that this is
/// all there is, as the main configuration.
fn add(world: &mut World, path: PathBuf, class: Class, is_given: bool) {
    let has_main = if class.is_nginx() {
        world.roots.nginx.iter().any(|root| root.context == ContextKind::Main)
    } else {
        world.roots.fpm.iter().any(|root| root.is_main)
    };
    world.fragments.retain(|fragment: &Fragment| fragment.path != path);
    match class {
        _ if is_given && !has_main => start_from(world, &[(path, class)]),
        Class::Nginx(context) | Class::NginxSnippet(context) => {
            world.roots.nginx.push(NginxRoot { path, context })
        }
        Class::FpmMain | Class::FpmPool => {
            world.roots.fpm.push(FpmRoot { paths: vec![path], is_main: false })
        }
    }
}

/// Whether reading starts from a main configuration below `dir`.
fn holds_main(loaded: &Loaded, dir: &Path) -> bool {
    let nginx =
        loaded.roots.nginx.iter().filter(|root| root.context == ContextKind::Main).map(|root| &root.path);
    let fpm = loaded.roots.fpm.iter().filter(|root| root.is_main).flat_map(|root| &root.paths);
    nginx.chain(fpm).any(|path| path.starts_with(dir))
}

/// The files that were read from `path` or below it, also those that were read through a link from elsewhere.
fn read_below(files: &dyn Files, sources: &Sources, path: &Path) -> Vec<FileId> {
    let is_below = |source: &Source| source.path.starts_with(path) || source.file().starts_with(path);
    let direct: Vec<FileId> =
        sources.iter().filter(|(_, source)| is_below(source)).map(|(id, _)| id).collect();
    if !direct.is_empty() {
        return direct;
    }
    let leads_there = |link: &Path| link_target(files, link).is_some_and(|target| target.starts_with(path));
    sources.iter().filter(|(_, source)| leads_there(&source.path)).map(|(id, _)| id).collect()
}
