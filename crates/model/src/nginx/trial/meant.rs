//! Which real name a misspelt one is most likely meant to be.

use gatelint_catalog::nginx::{Name, Origin, names};
use strsim::osa_distance;

use crate::Target;
use crate::nginx::ContextKind;

/// The directive of this context, or else of any, that `written` is most likely a slip of.
pub(super) fn meant(written: &[u8], kind: ContextKind, target: &Target) -> Option<Name> {
    let written = std::str::from_utf8(written).ok()?.to_ascii_lowercase();
    let limit = match written.len() {
        0..=2 => 0,
        3..=4 => 1,
        5..=9 => 2,
        _ => 3,
    };
    let rank = |known: &'static str| {
        if known.len().abs_diff(written.len()) > limit {
            return None;
        }
        let name = Name::find(known.as_bytes())?;
        let distance = osa_distance(&written, known);
        let fits = name.directives().iter().any(|directive| target.takes_in(directive, kind));
        let is_own = name.directives().iter().any(|directive| directive.origin == Origin::Oss);
        // Names of this place come first, those of other modules last.
        let rank = 2 * distance + usize::from(!fits) + usize::from(!is_own);
        (distance <= limit).then_some((rank, name))
    };
    names().filter_map(rank).min_by_key(|(rank, name)| (*rank, *name)).map(|(_, name)| name)
}
