//! What is worked out once, right after reading, and asked by many rules.

use std::sync::{Mutex, OnceLock};

use gatelint_syntax::FileId;
use rustc_hash::FxHashMap;

use crate::fpm::UserInis;
use crate::links::Links;
use crate::nginx::trial::Emerg;
use crate::nginx::{Definitions, Groups, Listens, Lists, Matches, PassData, Patterns, Vhosts, passes};
use crate::{Files, Stack};

/// A project and a service of it by index, and a path in its container.
pub(crate) type HomePlace = (usize, usize, String);

/// Indexes over a stack that has been read.
#[derive(Debug, Default)]
pub(crate) struct Derived {
    pub(crate) emergs: OnceLock<Vec<Emerg>>,
    pub(crate) groups: Groups,
    pub(crate) definitions: Definitions,
    pub(crate) patterns: Patterns,
    pub(crate) matches: Matches,
    pub(crate) passes: Vec<PassData>,
    pub(crate) links: Links,
    pub(crate) lists: Lists,
    pub(crate) listens: Listens,
    pub(crate) vhosts: Vhosts,
    pub(crate) user_inis: UserInis,
    /// The containers in which nginx reads each file; filled in when first asked.
    pub(crate) nginx_homes: Mutex<FxHashMap<FileId, Vec<HomePlace>>>,
}

impl Derived {
    /// Works everything out, each part from the ones before it.
    pub(crate) fn build(stack: &mut Stack, files: &dyn Files) {
        stack.derived.groups = Groups::build(stack);
        stack.derived.definitions = Definitions::build(stack);
        stack.derived.passes = passes(stack);
        stack.derived.links = Links::build(stack);
        stack.derived.listens = Listens::build(stack);
        stack.derived.user_inis = UserInis::load(files, stack);
    }
}
