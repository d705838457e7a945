//! The top of the model: everything that one run knows.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gatelint_syntax::{FileId, Span};

use crate::derived::Derived;
use crate::fpm::Fpm;
use crate::host::{Facts, Host};
use crate::nginx::{ContextKind, Nginx};
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
}

impl Stack {
    /// Reads everything that `roots` reach. Never fails: what went wrong stands in [`Stack::problems`] and in
    /// the parts.
    pub fn load(files: &dyn Files, roots: &Roots, options: &Options) -> Self {
        let mut sources = Sources::default();
        let mut problems = Vec::new();
        let nginx = Nginx::load(files, &mut sources, &mut problems, &roots.nginx, options);
        let mut fpm = Fpm::load(files, &mut sources, &mut problems, &roots.fpm, options);
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
        };
        Derived::build(&mut stack, files);
        stack.web = Web::load(files, &stack);
        stack
    }
}
