//! What the paths that were named mean: which worlds to read, and what of them was asked for.

use std::path::{Path, PathBuf};

use gatelint_model::Files;
use gatelint_model::discover::{
    Class, World, classify, classify_template, is_binary, known, search, search_in,
};
use gatelint_model::files::{Overlay, ReadError};
use gatelint_model::nginx::ContextKind;
use gatelint_model::template::is_template;

use crate::root::{Target, common};
use crate::world::Tree;

/// A world, and what of it was asked for; paths are those within the world.
#[derive(Default)]
pub(crate) struct Plan {
    pub(crate) world: World,
    pub(crate) everything: bool,
    pub(crate) mains: Vec<(PathBuf, Class)>,
    pub(crate) files: Vec<Named>,
    pub(crate) dirs: Vec<Named>,
}

/// A path within a world, what it is by its content, and the name that it was given.
pub(crate) struct Named {
    pub(crate) path: PathBuf,
    pub(crate) class: Option<Class>,
    pub(crate) is_template: bool,
    pub(crate) target: PathBuf,
}

/// What is read together: one world, or several of which only reading tells which of them knows a path.
#[derive(Default)]
pub struct Unit {
    pub(crate) plans: Vec<Plan>,
    /// Directories of which only reading tells whether these worlds know them.
    pub(crate) pending: Vec<Target>,
    /// Whether the search was cut short.
    pub(crate) cut: bool,
}

impl Unit {
    /// Where it begins, within its root.
    pub fn dir(&self) -> &Path {
        let pending = || self.pending.first().map(|target| target.path.as_path());
        self.plans.first().map(|plan| plan.world.dir.as_path()).or_else(pending).unwrap_or(Path::new("/"))
    }
}

/// What cannot be used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unusable {
    /// The path as it was named.
    pub path: PathBuf,
    /// Why.
    pub message: String,
    /// Whether it could be read, and is merely no configuration.
    pub is_foreign: bool,
}

impl Unusable {
    pub(crate) fn foreign(path: &Path, message: &str) -> Self {
        Self { path: path.to_path_buf(), message: message.to_owned(), is_foreign: true }
    }
}

impl Tree {
    /// What there is to read when everything is asked for, in order.
    ///
    /// # Errors
    /// When the tree holds no configuration.
    pub fn plan_everything(&self) -> Result<Vec<Unit>, String> {
        let (worlds, cut) = self.worlds(Path::new("/"));
        let plans = worlds.into_iter().map(|world| Plan { world, everything: true, ..Plan::default() });
        let units: Vec<Unit> = plans.map(|plan| Unit { plans: vec![plan], cut, ..Unit::default() }).collect();
        self.settle(&units);
        if units.is_empty() { Err(NOTHING.to_owned()) } else { Ok(units) }
    }

    /// What there is to read of the paths that are named, in order, and which of them are of no use anyhow.
    pub fn plan(&self, targets: &[&Target]) -> (Vec<Unit>, Vec<Unusable>) {
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
        let (mut pending, mut unusable, mut vague) = (Vec::new(), Vec::new(), Vec::new());
        for target in targets {
            if !target.is_dir {
                match self.look(target) {
                    Ok(looks) if looks.class.is_none() => vague.push((target, looks)),
                    Ok(looks) => ask_file(&mut plans, target, looks),
                    Err(error) => unusable.push(error),
                }
                continue;
            }
            let mut is_known = false;
            for plan in &mut plans {
                is_known |= plan.ask_directory(target);
            }
            if !is_known {
                pending.push((*target).clone());
            }
        }
        // What is nothing by itself may be part of what others name.
        for (target, looks) in vague {
            match plans.iter().any(|plan| target.path.starts_with(&plan.world.dir)) {
                true => ask_file(&mut plans, target, looks),
                false => unusable.push(Unusable::foreign(&target.named, FOREIGN)),
            }
        }
        plans.retain(Plan::is_asked);
        let (mut units, unknown) = group(plans, pending, cut);
        self.settle(&units);
        for target in unknown {
            match self.inner(&target.path).and_then(|tree| tree.holds_something()) {
                Ok(()) => units.push(Unit { plans: Vec::new(), pending: vec![target], cut }),
                Err(error) => unusable.push(Unusable { path: target.named, ..error }),
            }
        }
        units.sort_by(|a, b| a.dir().cmp(b.dir()));
        (units, unusable)
    }

    /// Whether there is anything to read.
    fn holds_something(&self) -> Result<(), Unusable> {
        let Err(message) = self.plan_everything() else { return Ok(()) };
        // Nobody knows whether what may not be listed is configuration.
        match known(&self.files).denied.first() {
            Some(denied) => {
                let message = format!("{}: {}", ReadError::Denied, denied.display());
                Err(Unusable { message, ..Unusable::default() })
            }
            None => Err(Unusable::foreign(Path::new("/"), &message)),
        }
    }

    /// Looks up the settings of all that is to be read.
    fn settle(&self, units: &[Unit]) {
        let Some(store) = &self.store else { return };
        for unit in units {
            for plan in &unit.plans {
                store.at(&self.looks_from(plan, &self.on_machine(&plan.world.dir)));
            }
            for target in &unit.pending {
                store.at(&self.on_machine(&target.path));
            }
        }
    }

    /// What a file is by its content.
    fn look(&self, target: &Target) -> Result<Looks, Unusable> {
        let path = &target.path;
        let files = Overlay::new(&self.files, self.texts_below(Path::new("/")));
        let unread = |message: String| Unusable { path: target.named.clone(), message, is_foreign: false };
        let text = files.read(path).map_err(|error| unread(error.to_string()))?;
        if is_binary(&text) {
            let is_foreign = !is_called_configuration(path);
            return Err(Unusable { is_foreign, ..Unusable::foreign(&target.named, BINARY) });
        }
        let is_template = is_template(path, &text);
        let class = if is_template { classify_template(path, &text) } else { classify(&text) };
        match main_class(path, class).filter(|_| !is_template) {
            Some(class) => Ok(Looks { class: Some(class), is_template }),
            None => Ok(Looks { class, is_template }),
        }
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

/// What a file is by its content.
struct Looks {
    class: Option<Class>,
    is_template: bool,
}

/// Asks the innermost world around a file for it.
fn ask_file(plans: &mut Vec<Plan>, target: &Target, looks: Looks) {
    let Looks { class, is_template } = looks;
    let path = &target.path;
    if !plans.iter().any(|plan| path.starts_with(&plan.world.dir)) {
        plans.push(Plan { world: World { dir: PathBuf::from("/"), ..World::default() }, ..Plan::default() });
    }
    let around = plans.iter_mut().filter(|plan| path.starts_with(&plan.world.dir));
    let Some(plan) = around.max_by_key(|plan| plan.world.dir.as_os_str().len()) else { return };
    let inside = Path::new("/").join(path.strip_prefix(&plan.world.dir).unwrap_or(path));
    match main_class(&inside, class).filter(|_| !is_template) {
        Some(class) => plan.mains.push((inside, class)),
        None => plan.files.push(Named { path: inside, class, is_template, target: target.named.clone() }),
    }
}

/// Plans that only together tell whether a directory is known make one unit. The directories that none of them knows
/// are left.
fn group(plans: Vec<Plan>, mut pending: Vec<Target>, cut: bool) -> (Vec<Unit>, Vec<Target>) {
    let mut units: Vec<Unit> = Vec::new();
    let (vague, clear): (Vec<Plan>, Vec<Plan>) = plans.into_iter().partition(|plan| !plan.dirs.is_empty());
    units.extend(clear.into_iter().map(|plan| Unit { plans: vec![plan], cut, ..Unit::default() }));
    for plan in vague {
        let (own, others) =
            std::mem::take(&mut pending).into_iter().partition(|target| plan.knows(&target.named));
        pending = others;
        let mut whole = Unit { plans: Vec::new(), pending: own, cut };
        // A directory lies in this world and in those that were taken before it.
        let is_shared = |unit: &mut Unit| unit.pending.iter().any(|target| plan.knows(&target.named));
        for unit in units.extract_if(.., is_shared) {
            whole.plans.extend(unit.plans);
            whole.pending.extend(unit.pending);
        }
        whole.plans.push(plan);
        whole.plans.sort_by(|a, b| a.world.dir.cmp(&b.world.dir));
        units.push(whole);
    }
    (units, pending)
}

impl Plan {
    /// Whether it was asked for a directory that was so named.
    fn knows(&self, named: &Path) -> bool {
        self.dirs.iter().any(|dir| dir.target == named)
    }

    fn is_asked(&self) -> bool {
        self.everything || !self.mains.is_empty() || !self.files.is_empty() || !self.dirs.is_empty()
    }

    /// The world may lie within the directory, or the directory within the world: then only reading tells whether it
    /// is known. Whether it certainly is.
    fn ask_directory(&mut self, target: &Target) -> bool {
        if self.world.dir.starts_with(&target.path) {
            self.everything = true;
            return !self.world.is_empty();
        } else if let Ok(inside) = target.path.strip_prefix(&self.world.dir) {
            let path = Path::new("/").join(inside);
            self.dirs.push(Named { path, class: None, is_template: false, target: target.named.clone() });
        }
        false
    }
}

/// Whether a file is evidently meant to be configuration, whatever became of its text.
fn is_called_configuration(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ["conf", "vhost", "inc", "nginx", "cfg"].iter().any(|one| ending == *one))
}

pub(crate) const FOREIGN: &str = "neither nginx nor PHP-FPM configuration; expected an nginx configuration, a vhost, or a \
                                  PHP-FPM configuration or pool";
const BINARY: &str =
    "a binary file; expected an nginx configuration, a vhost, or a PHP-FPM configuration or pool";

pub(crate) const NOTHING: &str = "no nginx or PHP-FPM configuration found; expected a directory that holds an nginx.conf, \
                                  vhosts, a php-fpm.conf or pools";

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
