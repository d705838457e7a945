//! What the paths that were named mean: which worlds to read, and what of them to show.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gatelint_lint::Finding;
use gatelint_model::discover::{
    Class, Fragment, Loaded, World, classify, classify_template, is_binary, known, load, search, search_in,
};
use gatelint_model::files::{Mapped, Overlay, Rooted, link_target};
use gatelint_model::nginx::ContextKind;
use gatelint_model::stack::{FpmRoot, NginxRoot};
use gatelint_model::template::is_template;
use gatelint_model::{Files, Options, Source, Sources};
use gatelint_syntax::FileId;

use crate::root::{Target, absolute, common};
use crate::settings::{File, Store};

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
    options: Options,
    scope: Scope,
}

/// What of a world is shown.
#[derive(Debug)]
enum Scope {
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

/// A root, and how to read below it.
pub struct Tree {
    files: Rooted,
    /// What it is on the machine.
    root: PathBuf,
    /// The machine's own `/`: it is not searched.
    is_host: bool,
    /// Whether `--root` names it.
    is_given: bool,
    options: Options,
    /// Texts that hold instead of those on disk, by absolute path within the root.
    texts: BTreeMap<PathBuf, Vec<u8>>,
    /// Where each world's settings are looked up; without it `options` hold.
    store: Option<Arc<Store>>,
    /// Whether no path was named: then it also counts where gatelint was called.
    is_whole_run: bool,
}

/// A world, and what of it was asked for; paths are those within the world.
#[derive(Default)]
struct Plan {
    world: World,
    everything: bool,
    mains: Vec<(PathBuf, Class)>,
    files: Vec<Named>,
    dirs: Vec<Named>,
}

/// A path within a world, what it is by its content, and the name that it was given.
struct Named {
    path: PathBuf,
    class: Option<Class>,
    is_template: bool,
    target: PathBuf,
}

/// What cannot be used: a path as it was named, and why.
pub type Unusable = (PathBuf, String);

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

    /// The texts below `dir`, by absolute path within it.
    fn texts_below<'a>(&'a self, dir: &'a Path) -> impl Iterator<Item = (PathBuf, &'a [u8])> {
        let inside = move |path: &'a PathBuf| Some(Path::new("/").join(path.strip_prefix(dir).ok()?));
        self.texts.iter().filter_map(move |(path, text)| Some((inside(path)?, text.as_slice())))
    }

    /// Everything that the tree holds.
    ///
    /// # Errors
    /// When it holds no configuration.
    pub fn everything(&self) -> Result<Vec<Checked>, String> {
        let (worlds, cut) = self.worlds(Path::new("/"));
        let plans = worlds.into_iter().map(|world| Plan { world, everything: true, ..Plan::default() });
        let checked: Vec<Checked> =
            plans.filter_map(|plan| self.read(plan, cut, &mut Vec::new(), &mut Vec::new())).collect();
        if checked.is_empty() { Err(NOTHING.to_owned()) } else { Ok(checked) }
    }

    /// What paths name, each world read once.
    pub fn targets(&self, targets: &[&Target]) -> (Vec<Checked>, Vec<Unusable>) {
        let (worlds, cut) = match targets.iter().all(|target| target.is_evident) {
            true => self.worlds(&common(targets.iter().map(|target| target.dir()))),
            false => {
                let (dirs, files): (Vec<&Target>, Vec<&Target>) =
                    targets.iter().partition(|target| target.is_dir);
                let dirs: Vec<&Path> = dirs.iter().map(|target| target.dir()).collect();
                let tops: Vec<&Path> = files.iter().map(|target| target.dir()).collect();
                let found = search_in(&self.files, &dirs, &tops, &self.root);
                (found.worlds, !found.complete)
            }
        };
        let mut plans: Vec<Plan> =
            worlds.into_iter().map(|world| Plan { world, ..Plan::default() }).collect();
        let mut unusable = Vec::new();
        // Directories that some world knows.
        let mut answered = Vec::new();
        for target in targets {
            if target.is_dir {
                for plan in &mut plans {
                    plan.ask_directory(target, &mut answered);
                }
            } else if let Err(message) = self.ask_file(&mut plans, target) {
                unusable.push((target.named.clone(), message));
            }
        }
        let mut checked: Vec<Checked> = plans
            .into_iter()
            .filter(Plan::is_asked)
            .filter_map(|plan| self.read(plan, cut, &mut answered, &mut unusable))
            .collect();
        for target in targets.iter().filter(|target| target.is_dir && !answered.contains(&target.named)) {
            match self.apart(&target.path) {
                Ok(found) => checked.extend(found),
                Err(message) => unusable.push((target.named.clone(), message)),
            }
        }
        (checked, unusable)
    }

    fn ask_file(&self, plans: &mut Vec<Plan>, target: &Target) -> Result<(), String> {
        let path = &target.path;
        let files = Overlay::new(&self.files, self.texts_below(Path::new("/")));
        let text = files.read(path).map_err(|error| error.to_string())?;
        if is_binary(&text) {
            return Err(format!("a binary file; {EXPECTED}"));
        }
        let around = plans.iter_mut().filter(|plan| path.starts_with(&plan.world.dir));
        let plan = match around.max_by_key(|plan| plan.world.dir.as_os_str().len()) {
            Some(plan) => plan,
            None => {
                let world = World { dir: PathBuf::from("/"), ..World::default() };
                plans.push(Plan { world, ..Plan::default() });
                plans.last_mut().ok_or("no world")?
            }
        };
        let inside = Path::new("/").join(path.strip_prefix(&plan.world.dir).unwrap_or(path));
        let is_template = is_template(path, &text);
        let class = if is_template { classify_template(path, &text) } else { classify(&text) };
        match main_class(&inside, class).filter(|_| !is_template) {
            Some(class) => plan.mains.push((inside, class)),
            None => plan.files.push(Named { path: inside, class, is_template, target: target.named.clone() }),
        }
        Ok(())
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
        let dir = self.root.join(plan.world.dir.strip_prefix("/").unwrap_or(&plan.world.dir));
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
                    let message = format!("neither nginx nor PHP-FPM configuration; {EXPECTED}");
                    unusable.push((file.target.clone(), message));
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
    fn looks_from(&self, plan: &Plan, world: &Path) -> PathBuf {
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
    fn apart(&self, dir: &Path) -> Result<Vec<Checked>, String> {
        let files = self.files.subtree(dir).map_err(|error| error.to_string())?;
        let inside = dir.strip_prefix("/").unwrap_or(dir);
        let inner = Tree {
            files,
            root: self.root.join(inside),
            is_host: false,
            is_given: self.is_given,
            options: self.options.clone(),
            texts: self.texts_below(dir).map(|(path, text)| (path, text.to_vec())).collect(),
            store: self.store.clone(),
            is_whole_run: false,
        };
        let mut found = inner.everything()?;
        for checked in &mut found {
            checked.within = inside.join(&checked.within);
        }
        Ok(found)
    }

    fn worlds(&self, near: &Path) -> (Vec<World>, bool) {
        if self.is_host {
            let world = known(&self.files);
            return (if world.is_empty() { Vec::new() } else { vec![world] }, false);
        }
        let found = search(&self.files, near, &self.root);
        (found.worlds, !found.complete)
    }
}

impl Plan {
    fn is_asked(&self) -> bool {
        self.everything || !self.mains.is_empty() || !self.files.is_empty() || !self.dirs.is_empty()
    }

    /// The world may lie within the directory, or the directory within the world.
    fn ask_directory(&mut self, target: &Target, answered: &mut Vec<PathBuf>) {
        if self.world.dir.starts_with(&target.path) {
            self.everything = true;
            if !self.world.is_empty() {
                answered.push(target.named.clone());
            }
        } else if let Ok(inside) = target.path.strip_prefix(&self.world.dir) {
            let path = Path::new("/").join(inside);
            self.dirs.push(Named { path, class: None, is_template: false, target: target.named.clone() });
        }
    }
}

const EXPECTED: &str = "expected an nginx configuration, a vhost, or a PHP-FPM configuration or pool";

const NOTHING: &str = "no nginx or PHP-FPM configuration found; expected a directory that holds an nginx.conf, vhosts, \
                       a php-fpm.conf or pools";

/// A file that its content makes a main configuration, or the name under which it was asked for.
fn main_class(path: &Path, class: Option<Class>) -> Option<Class> {
    let name = path.file_name().unwrap_or_default();
    match class {
        None | Some(Class::Nginx(_) | Class::NginxSnippet(_)) if name == "nginx.conf" => {
            Some(Class::Nginx(ContextKind::Main))
        }
        None | Some(Class::FpmPool) if name == "php-fpm.conf" => Some(Class::FpmMain),
        Some(Class::Nginx(ContextKind::Main) | Class::FpmMain) => class,
        _ => None,
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
