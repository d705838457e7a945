//! nginx: the context tree after includes, and the questions that rules ask of it.

mod at;
mod effective;
mod expand;
mod handle;
mod include;
mod index;
mod inet;
mod listen;
mod location;
pub mod number;
mod order;
mod params;
mod pass;
mod php;
mod redirect;
mod repair;
mod route;
mod sample;
mod script;
mod serve;
mod sockets;
pub mod trial;
mod upstream;
pub mod url;
mod variables;
mod vhost;
mod worker;

use std::path::PathBuf;

pub use at::{At, AtWord};
pub use effective::{Effective, Setting, may_stand};
pub use gatelint_catalog::nginx::Context as ContextKind;
use gatelint_catalog::nginx::Name;
use gatelint_syntax::nginx::{NodeId, Tree, Word};
use gatelint_syntax::{FileId, Span};
pub use handle::{Arg, Directive, Scope};
pub use include::glob;
pub use include::{IncludeProblem, IncludeProblemKind};
pub(crate) use listen::Listens;
pub use listen::{Listen, ListenAddress};
pub use location::Match;
pub(crate) use location::{Matches, Patterns};
pub(crate) use order::ReadingOrder;
pub use params::Params;
pub(crate) use params::{Lists, ParamData};
pub use pass::{Family, Pass, PassError, Target};
pub(crate) use pass::{PassData, build as passes};
pub use php::{PhpEvidence, PhpParams};
pub use redirect::Redirect;
use repair::Base;
pub(crate) use repair::misplaced;
pub use repair::{Edit, Refusal, Repair, RepairKind};
pub use route::{Choice, ChosenBy, End, Request, Step, StepKind, Way, Ways, normal_uri, that_matter};
use rustc_hash::FxHashSet;
pub use script::ScriptPath;
pub use serve::{DocumentRoot, Serving, internal_uri};
pub use sockets::Sockets;
pub(crate) use trial::Sound;
pub(crate) use upstream::Groups;
pub use upstream::{Peer, Upstream};
pub(crate) use variables::Definitions;
pub use variables::{Folded, Part, has_variables, parts};
pub(crate) use vhost::Vhosts;
pub use worker::Worker;

use crate::stack::NginxRoot;
use crate::{Files, Options, Problem, Sources};

/// A directive in the place where the includes put it; an index into [`Nginx`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlaceId(pub(crate) u32);

/// A block in the place where the includes put it; an index into [`Nginx`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContextId(pub(crate) u32);

/// A directive's name: one of the catalogue's, or one that only these files know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NameId(u32);

impl NameId {
    pub(crate) fn known(name: Name) -> Self {
        Self(name.index() as u32)
    }

    /// The catalogue's name, where it has one.
    pub(crate) fn catalogued(self) -> Option<Name> {
        Name::from_index(self.0 as usize)
    }

    /// Every name that the catalogue lacks.
    pub(crate) fn unknown() -> Self {
        Self(Name::count() as u32)
    }
}

/// One directive of one file, in one context.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) file: FileId,
    pub(crate) node: NodeId,
    pub(crate) context: ContextId,
    pub(crate) name: NameId,
    /// The context that its block opens.
    pub(crate) opens: Option<ContextId>,
    /// Its words, name first: where they start in [`Nginx::words`], and how many there are.
    pub(crate) words: (u32, u32),
}

/// One block.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) kind: ContextKind,
    pub(crate) parent: Option<ContextId>,
    pub(crate) opener: Option<PlaceId>,
    /// Its directives without a block, as a range of [`Nginx::own`], sorted by name, then by reading order.
    pub(crate) own: (u32, u32),
    /// Its blocks, as a range of [`Nginx::blocks`], in reading order.
    pub(crate) blocks: (u32, u32),
}

/// One parsed file with its directives' names looked up.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// The tree as repaired; places are those of the text as read.
    pub(crate) tree: Tree,
    pub(crate) names: Vec<NameId>,
    /// What had to be edited to get there, in the order of the text.
    pub(crate) repairs: Vec<Repair>,
    /// What it was taken to stand in.
    base: Base,
    pub(crate) sound: Sound,
}

/// The start of one configuration.
#[derive(Clone, Debug)]
pub struct Root {
    /// The file.
    pub file: FileId,
    /// Its path within the tree.
    pub path: PathBuf,
    /// The context in which it stands: `Main`, or what a fragment evidently is.
    pub context: ContextKind,
    pub(crate) id: ContextId,
}

/// Every nginx configuration of the tree.
#[derive(Debug, Default)]
pub struct Nginx {
    pub(crate) parsed: Vec<Option<Parsed>>,
    pub(crate) places: Vec<Place>,
    pub(crate) contexts: Vec<Context>,
    /// The words of all files, each file's once: rules read them more than anything else.
    pub(crate) words: Vec<Word>,
    /// The directives without a block, by context; the name stands beside each, so that a search stays in here.
    pub(crate) own: Vec<(NameId, PlaceId)>,
    pub(crate) blocks: Vec<ContextId>,
    /// Every place, grouped by name in reading order; `by_name_start` has each group's first.
    pub(crate) by_name: Vec<PlaceId>,
    pub(crate) by_name_start: Vec<u32>,
    pub(crate) order: ReadingOrder,
    /// Where reading started.
    pub roots: Vec<Root>,
    /// Includes that did not go as written.
    pub include_problems: Vec<IncludeProblem>,
    /// Stock files that were read in place of ones that the tree lacks, with the `include` that asked.
    pub stock_includes: Vec<(FileId, Span)>,
    /// Arguments of includes that took nothing in although there may be something.
    pub(crate) unread: FxHashSet<Span>,
}

impl Nginx {
    pub(crate) fn load(
        files: &dyn Files,
        sources: &mut Sources,
        problems: &mut Vec<Problem>,
        roots: &[NginxRoot],
        options: &Options,
        before: Vec<Option<Parsed>>,
    ) -> Self {
        expand::Expansion::new(files, sources, problems, options, before).run(roots)
    }

    pub(crate) fn place(&self, id: PlaceId) -> Option<&Place> {
        self.places.get(id.0 as usize)
    }

    pub(crate) fn context(&self, id: ContextId) -> Option<&Context> {
        self.contexts.get(id.0 as usize)
    }

    pub(crate) fn parsed(&self, file: FileId) -> Option<&Parsed> {
        self.parsed.get(file.0 as usize).and_then(Option::as_ref)
    }

    /// The tree of a file that nginx's part read.
    pub fn tree(&self, file: FileId) -> Option<&Tree> {
        self.parsed(file).map(|parsed| &parsed.tree)
    }

    /// Every file that nginx's part read.
    pub fn files(&self) -> impl Iterator<Item = FileId> {
        self.parsed
            .iter()
            .enumerate()
            .filter(|(_, parsed)| parsed.is_some())
            .map(|(index, _)| FileId(index as u32))
    }

    /// All places of one name, in reading order.
    pub(crate) fn named(&self, name: NameId) -> &[PlaceId] {
        let index = name.0 as usize;
        let start = self.by_name_start.get(index).copied().unwrap_or(0) as usize;
        let end = self.by_name_start.get(index + 1).copied().unwrap_or(0) as usize;
        self.by_name.get(start..end).unwrap_or_default()
    }
}
