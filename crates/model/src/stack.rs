//! The top of the model: everything that one run knows.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gatelint_syntax::{FileId, Span};

use crate::derived::Derived;
use crate::fpm::Fpm;
use crate::host::{Facts, Host};
use crate::nginx::{ContextKind, Nginx, Parsed};
use crate::target::{Flavour, Target};
use crate::unreached::Unreached;
use crate::web::Web;
use crate::world::World;
use crate::{Files, Sources};

/// Where reading starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roots {
    /// Main configurations of nginx, and fragments that no main configuration includes.
    pub nginx: Vec<NginxRoot>,
    /// Main configurations of PHP-FPM, and pool files that no main configuration includes.
    pub fpm: Vec<FpmRoot>,
}

/// A file that nginx's part starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NginxRoot {
    /// The absolute path within the tree.
    pub path: PathBuf,
    /// The context in which its first word stands: [`ContextKind::Main`] for a main configuration,
    /// `Http` for a lone vhost, and so on.
    pub context: ContextKind,
}

/// A file that PHP-FPM's part starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FpmRoot {
    /// The absolute paths within the tree: one main configuration, or pool files without one, in order.
    pub paths: Vec<PathBuf>,
    /// Whether it is a main configuration: one that lacks a pool or a key is judged as php-fpm would.
    pub is_main: bool,
}

/// What the user says about the target.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// PHP's version, such as `(8, 2)`, where it is given and not read off the tree.
    pub php_version: Option<(u8, u8)>,
    /// Whether the tree is all there is, as on the host itself: then no stock file stands in for a missing one.
    pub complete: bool,
    /// nginx's version, such as `(1, 22, 1)`, where it is given.
    pub nginx_version: Option<(u16, u16, u16)>,
    /// Whose nginx it is, where that is given.
    pub nginx_flavour: Option<Flavour>,
    /// What is known of the machine that it runs on.
    pub facts: Option<Arc<Facts>>,
    /// Compose files that a search found, as absolute paths within the tree; those in usual places are found anyway.
    pub compose: Vec<PathBuf>,
    /// What runs in containers, where that is given and not seen in the tree.
    pub containers: Containers,
}

/// What the user says of containers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Containers {
    /// The compose files that count, as absolute paths within the tree; where it is empty, they are looked for.
    pub compose: Vec<PathBuf>,
    /// Whether nginx and PHP-FPM run apart from each other; `None` where container files are to tell.
    pub apart: Option<bool>,
}

/// Something that could not be read, or was cut short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The path within the tree.
    pub path: PathBuf,
    /// The directive that asked for it, where one did.
    pub at: Option<Span>,
    /// What happened, in one line.
    pub message: String,
}

/// One world: the configurations of one host, one image or one repository, and the links between them.
#[derive(Debug)]
pub struct Stack {
    /// Every text that was read.
    pub sources: Sources,
    /// nginx's part.
    pub nginx: Nginx,
    /// PHP-FPM's part.
    pub fpm: Fpm,
    /// What the tree says about the machine.
    pub host: Host,
    /// Where the programs run.
    pub world: World,
    /// What lies below the document roots.
    pub web: Web,
    /// The nginx that the configuration is for.
    pub target: Target,
    /// What was not read.
    pub problems: Vec<Problem>,
    /// Vhosts and pools that lie around and that no program reads.
    pub unreached: Vec<Unreached>,
    pub(crate) derived: Derived,
    pub(crate) marks: Marks,
}

impl Stack {
    /// Reads everything that `roots` reach. Never fails: what went wrong stands in [`Stack::problems`] and in
    /// the parts.
    pub fn load(files: &dyn Files, roots: &Roots, options: &Options) -> Self {
        Self::load_after(None, files, roots, options)
    }

    /// As [`Stack::load`], of a tree that was read before with the same options and in which nothing has changed but
    /// the texts of some files: what follows from the others alone is taken over. The result is the same.
    pub(crate) fn load_after(
        before: Option<Before>,
        files: &dyn Files,
        roots: &Roots,
        options: &Options,
    ) -> Self {
        let mut problems = Vec::new();
        let (mut sources, mut kept) = match before {
            Some(before) => before.split(roots),
            None => Default::default(),
        };
        let nginx = match kept.nginx.take() {
            Some((nginx, of, told)) if sources.recall_all(0..of) => {
                problems.extend(told);
                nginx
            }
            _ => Nginx::load(files, &mut sources, &mut problems, &roots.nginx, options, kept.parsed),
        };
        let nginx_ends = (sources.len(), problems.len());
        let mut fpm = match kept.fpm.take() {
            Some((fpm, of, told)) if sources.recall_all(of.clone()) => {
                problems.extend(told);
                fpm
            }
            _ => Fpm::load(files, &mut sources, &mut problems, &roots.fpm, options),
        };
        let fpm_ends = (sources.len(), problems.len());
        sources.forget();
        let mut host = Host::load(files, options.facts.clone());
        let world = World::load(files, &mut sources, &mut problems, options);
        host.place(files, &mut sources);
        for master in &mut fpm.masters {
            let of = |file: &FileId| sources.get(*file).map(crate::Source::file);
            let pools: Vec<&Path> = master.files.iter().filter_map(of).collect();
            if let Some(inis) = world.compose.inis(files, &pools) {
                master.take_inis(files, &mut sources, &mut problems, &inis);
            }
        }
        let target = Target::load(files, options);
        let mut stack = Self {
            sources,
            nginx,
            fpm,
            host,
            world,
            web: Web::default(),
            target,
            problems,
            unreached: Vec::new(),
            derived: Derived::default(),
            marks: Marks { roots: roots.clone(), nginx: nginx_ends, fpm: fpm_ends },
        };
        Derived::build(&mut stack, files);
        stack.web = Web::load(files, &stack);
        stack
    }
}

/// Where the parts of a reading end: how many texts and problems there were.
#[derive(Debug)]
pub(crate) struct Marks {
    roots: Roots,
    nginx: (usize, usize),
    fpm: (usize, usize),
}

/// An earlier reading of a tree, and the names of the files whose texts have changed since.
#[derive(Debug)]
pub(crate) struct Before {
    pub(crate) stack: Stack,
    pub(crate) changed: Vec<PathBuf>,
}

/// What an earlier reading may lend to the next one.
#[derive(Default)]
struct Kept {
    nginx: Option<(Nginx, usize, Vec<Problem>)>,
    parsed: Vec<Option<Parsed>>,
    fpm: Option<(Fpm, std::ops::Range<usize>, Vec<Problem>)>,
}

impl Before {
    /// The texts, and of the parts those whose roots and texts are the same.
    fn split(self, roots: &Roots) -> (Sources, Kept) {
        let Stack { sources, nginx, fpm, mut problems, marks, .. } = self.stack;
        let (nginx_end, fpm_end) = (marks.nginx.0, marks.fpm.0);
        // A file that no program read may be asked for by either.
        let touches = |of: std::ops::Range<usize>| {
            let file = |path: &PathBuf| sources.find(path).map(|file| file.0 as usize);
            self.changed
                .iter()
                .any(|path| file(path).is_none_or(|file| of.contains(&file) || file >= fpm_end))
        };
        problems.truncate(marks.fpm.1);
        let of_fpm = problems.split_off(marks.nginx.1.min(problems.len()));
        let mut kept = Kept::default();
        if !touches(nginx_end..fpm_end) && marks.roots.fpm == roots.fpm {
            kept.fpm = Some((fpm, nginx_end..fpm_end, of_fpm));
        }
        if !touches(0..nginx_end) && marks.roots.nginx == roots.nginx {
            kept.nginx = Some((nginx, nginx_end, problems));
        } else {
            kept.parsed = nginx.parsed;
        }
        (Sources::after(sources, &self.changed), kept)
    }
}

/// Rules run on several threads at once.
const _: () = {
    const fn is_shared<T: Send + Sync>() {}
    is_shared::<Stack>();
};
